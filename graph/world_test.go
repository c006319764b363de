package graph_test

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"go.uber.org/goleak"

	"github.com/kirana-commerce/kirana/commerce"
	"github.com/kirana-commerce/kirana/dataloader"
	"github.com/kirana-commerce/kirana/graph"
	"github.com/kirana-commerce/kirana/internal/auth"
	"github.com/kirana-commerce/kirana/resolvers"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// world is a store with three products, in memory. Any of its reads can be made to fail, which real servers do not on demand.
type world struct {
	err    error                 // of reads of products
	panics any                   // instead of reads of products
	search func() error          // of searches
	wait   func(context.Context) // before reads of products
}

const storeID commerce.StoreID = 1

func stores() []*commerce.Store {
	return []*commerce.Store{{ID: storeID, Handle: "corner", Name: "Corner", Currency: "INR", Status: commerce.StorePublished, CreatedAt: time.Unix(0, 0)}}
}

func products() []*commerce.Product {
	list := make([]*commerce.Product, 3)
	for i := range list {
		list[i] = &commerce.Product{StoreID: storeID, ID: commerce.ProductID(i + 1), Currency: "INR", Handle: fmt.Sprintf("rice-%d", i+1), Title: fmt.Sprintf("Rice %d", i+1)}
	}
	return list
}

func (w *world) fault(ctx context.Context) error {
	if w.wait != nil {
		w.wait(ctx)
	}
	if w.panics != nil {
		panic(w.panics)
	}
	return w.err
}

func found[K comparable, V any](all []V, key func(V) K, wanted []K) map[K]V {
	m := map[K]V{}
	for _, v := range all {
		for _, k := range wanted {
			if key(v) == k {
				m[k] = v
			}
		}
	}
	return m
}

// StoresByID finds stores.
func (w *world) StoresByID(_ context.Context, ids []commerce.StoreID) (map[commerce.StoreID]*commerce.Store, error) {
	return found(stores(), func(s *commerce.Store) commerce.StoreID { return s.ID }, ids), nil
}

// StoresByHandle finds stores.
func (w *world) StoresByHandle(_ context.Context, handles []string) (map[string]*commerce.Store, error) {
	return found(stores(), func(s *commerce.Store) string { return s.Handle }, handles), nil
}

// Stores lists stores.
func (w *world) Stores(_ context.Context, p commerce.Page, _ string) (commerce.List[*commerce.Store], error) {
	return list(p, stores(), func(s *commerce.Store) int64 { return int64(s.ID) }), nil
}

func list[T any](p commerce.Page, all []T, id func(T) int64) commerce.List[T] {
	if p.Count {
		return commerce.List[T]{Total: len(all)}
	}
	items := make([]commerce.Item[T], len(all))
	for i, v := range all {
		items[i] = commerce.Item[T]{Node: v, ID: id(v)}
	}
	return commerce.NewList(p, items)
}

// ProductsByID finds products.
func (w *world) ProductsByID(ctx context.Context, refs []commerce.ProductRef) (map[commerce.ProductRef]*commerce.Product, error) {
	return found(products(), (*commerce.Product).Ref, refs), w.fault(ctx)
}

// ProductsByHandle finds products.
func (w *world) ProductsByHandle(ctx context.Context, refs []commerce.HandleRef) (map[commerce.HandleRef]*commerce.Product, error) {
	return found(products(), func(p *commerce.Product) commerce.HandleRef {
		return commerce.HandleRef{Store: p.StoreID, Handle: p.Handle}
	}, refs), w.fault(ctx)
}

// ProductLists lists products.
func (w *world) ProductLists(ctx context.Context, keys []commerce.ProductListKey) (map[commerce.ProductListKey]commerce.List[*commerce.Product], error) {
	m := map[commerce.ProductListKey]commerce.List[*commerce.Product]{}
	for _, k := range keys {
		m[k] = list(k.Page, products(), func(p *commerce.Product) int64 { return int64(p.ID) })
	}
	return m, w.fault(ctx)
}

// ProductSummaries sums up nothing.
func (w *world) ProductSummaries(context.Context, []commerce.ProductRef) (map[commerce.ProductRef]commerce.ProductSummary, error) {
	return map[commerce.ProductRef]commerce.ProductSummary{}, w.err
}

// SearchProducts finds all products.
func (w *world) SearchProducts(_ context.Context, queries []commerce.SearchQuery) ([]commerce.SearchResult, error) {
	if w.search != nil {
		return nil, w.search()
	}
	results := make([]commerce.SearchResult, len(queries))
	for i, q := range queries {
		refs := make([]commerce.ProductRef, 0, 3)
		for _, p := range products() {
			refs = append(refs, p.Ref())
		}
		results[i].Hits = list(q.Page, refs, func(r commerce.ProductRef) int64 { return int64(r.ID) })
		results[i].Total = len(refs)
	}
	return results, nil
}

// nothing has no options, variants, pictures or collections.
type nothing struct{}

func (nothing) OptionsByID(context.Context, []commerce.OptionRef) (map[commerce.OptionRef]*commerce.ProductOption, error) {
	return map[commerce.OptionRef]*commerce.ProductOption{}, nil
}

func (nothing) ProductOptions(context.Context, []commerce.ProductRef) (map[commerce.ProductRef][]*commerce.ProductOption, error) {
	return map[commerce.ProductRef][]*commerce.ProductOption{}, nil
}

func (nothing) VariantsByID(context.Context, []commerce.VariantRef) (map[commerce.VariantRef]*commerce.ProductVariant, error) {
	return map[commerce.VariantRef]*commerce.ProductVariant{}, nil
}

func (nothing) VariantLists(context.Context, []commerce.ProductPageKey) (map[commerce.ProductPageKey]commerce.List[*commerce.ProductVariant], error) {
	return map[commerce.ProductPageKey]commerce.List[*commerce.ProductVariant]{}, nil
}

func (nothing) MediaByID(context.Context, []commerce.MediaRef) (map[commerce.MediaRef]*commerce.MediaImage, error) {
	return map[commerce.MediaRef]*commerce.MediaImage{}, nil
}

func (nothing) VariantImages(context.Context, []commerce.VariantRef) (map[commerce.VariantRef]*commerce.MediaImage, error) {
	return map[commerce.VariantRef]*commerce.MediaImage{}, nil
}

func (nothing) MediaLists(context.Context, []commerce.ProductPageKey) (map[commerce.ProductPageKey]commerce.List[*commerce.MediaImage], error) {
	return map[commerce.ProductPageKey]commerce.List[*commerce.MediaImage]{}, nil
}

func (nothing) CollectionsByID(context.Context, []commerce.CollectionRef) (map[commerce.CollectionRef]*commerce.Collection, error) {
	return map[commerce.CollectionRef]*commerce.Collection{}, nil
}

func (nothing) CollectionsByHandle(context.Context, []commerce.HandleRef) (map[commerce.HandleRef]*commerce.Collection, error) {
	return map[commerce.HandleRef]*commerce.Collection{}, nil
}

func (nothing) CollectionLists(context.Context, []commerce.CollectionListKey) (map[commerce.CollectionListKey]commerce.List[*commerce.Collection], error) {
	return map[commerce.CollectionListKey]commerce.List[*commerce.Collection]{}, nil
}

func (nothing) CollectionProducts(context.Context, []commerce.CollectionPageKey) (map[commerce.CollectionPageKey]commerce.List[*commerce.Product], error) {
	return map[commerce.CollectionPageKey]commerce.List[*commerce.Product]{}, nil
}

func (nothing) ProductCollections(context.Context, []commerce.ProductPageKey) (map[commerce.ProductPageKey]commerce.List[*commerce.Collection], error) {
	return map[commerce.ProductPageKey]commerce.List[*commerce.Collection]{}, nil
}

func (nothing) Metafields(context.Context, []commerce.MetafieldKey) (map[commerce.MetafieldKey]*commerce.Metafield, error) {
	return map[commerce.MetafieldKey]*commerce.Metafield{}, nil
}

func (nothing) MetafieldsByID(context.Context, []commerce.MetafieldRef) (map[commerce.MetafieldRef]*commerce.Metafield, error) {
	return map[commerce.MetafieldRef]*commerce.Metafield{}, nil
}

// bundle is the handler under test, and its log.
type bundle struct {
	handler   http.Handler
	log       *bytes.Buffer
	responses *int
}

func setup(tb testing.TB, w *world, o graph.Options) bundle {
	tb.Helper()
	b := bundle{log: &bytes.Buffer{}, responses: new(int)}
	var mu sync.Mutex
	o.Logger = slog.New(slog.NewJSONHandler(b.log, nil)) // slog's handlers lock
	o.RequestID = func(context.Context) string { return "id-1" }
	o.PerResponse = func(ctx context.Context, _ bool) context.Context {
		mu.Lock()
		defer mu.Unlock()
		*b.responses++
		return dataloader.With(ctx, dataloader.New(dataloader.Readers{
			Stores: w, Products: w, Options: nothing{}, Variants: nothing{}, Media: nothing{}, Collections: nothing{},
			Labels: nothing{}, Choices: nothing{}, Pages: nothing{}, Menus: nothing{}, Metafields: nothing{}, Carts: noCarts{}, Orders: noOrders{},
		}))
	}
	var err error
	b.handler, err = graph.NewHandler(&resolvers.Resolver{Stores: w, Searcher: w, Carts: noCarts{}, Till: noCarts{}}, o)
	require.NoError(tb, err)
	return b
}

// answer is a response as a client reads it.
type answer struct {
	Data   json.RawMessage `json:"data"`
	Errors []fault         `json:"errors"`
}

type fault struct {
	Message    string         `json:"message"`
	Path       []any          `json:"path"`
	Extensions map[string]any `json:"extensions"`
}

func (b bundle) send(t *testing.T, r *http.Request) (*httptest.ResponseRecorder, answer) {
	t.Helper()
	w := httptest.NewRecorder()
	b.handler.ServeHTTP(w, r)
	var a answer
	if w.Body.Len() > 0 {
		require.NoError(t, json.Unmarshal(w.Body.Bytes(), &a), w.Body.String())
	}
	for _, e := range a.Errors {
		require.NotEmpty(t, e.Message)
		require.NotEmpty(t, e.Extensions["code"], e.Message)
	}
	return w, a
}

// post sends a body of JSON.
func (b bundle) post(t *testing.T, body string, header ...string) (*httptest.ResponseRecorder, answer) {
	t.Helper()
	return b.send(t, postRequest(t, body, header...))
}

func postRequest(t *testing.T, body string, header ...string) *http.Request {
	t.Helper()
	r := httptest.NewRequestWithContext(auth.With(t.Context(), auth.Request{BaseURL: "http://kirana"}), http.MethodPost, "/graphql", strings.NewReader(body))
	r.Header.Set("Content-Type", "application/json")
	for i := 0; i < len(header); i += 2 {
		r.Header.Set(header[i], header[i+1])
	}
	return r
}

// ask sends a document and variables, the latter as JSON.
func (b bundle) ask(t *testing.T, query, variables string) answer {
	t.Helper()
	if variables == "" {
		variables = "{}"
	}
	text, err := json.Marshal(query)
	require.NoError(t, err)
	w, a := b.post(t, `{"query":`+string(text)+`,"variables":`+variables+`}`)
	require.Equal(t, 200, w.Code, w.Body.String())
	return a
}

func (nothing) ProductTags(context.Context, []commerce.LabelListKey) (map[commerce.LabelListKey][]string, error) {
	return map[commerce.LabelListKey][]string{}, nil
}

func (nothing) ProductTypes(context.Context, []commerce.LabelListKey) (map[commerce.LabelListKey][]string, error) {
	return map[commerce.LabelListKey][]string{}, nil
}

func (nothing) ChosenVariants(context.Context, []commerce.ChoiceKey) (map[commerce.ChoiceKey]*commerce.ProductVariant, error) {
	return map[commerce.ChoiceKey]*commerce.ProductVariant{}, nil
}

func (nothing) AdjacentVariants(context.Context, []commerce.ChoiceKey) (map[commerce.ChoiceKey][]*commerce.ProductVariant, error) {
	return map[commerce.ChoiceKey][]*commerce.ProductVariant{}, nil
}

func (nothing) FirstVariants(context.Context, []commerce.ProductRef) (map[commerce.ProductRef]map[commerce.SelectedOption]*commerce.ProductVariant, error) {
	return map[commerce.ProductRef]map[commerce.SelectedOption]*commerce.ProductVariant{}, nil
}

func (nothing) PagesByID(context.Context, []commerce.PageRef) (map[commerce.PageRef]*commerce.TextPage, error) {
	return map[commerce.PageRef]*commerce.TextPage{}, nil
}

func (nothing) PagesByHandle(context.Context, []commerce.HandleRef) (map[commerce.HandleRef]*commerce.TextPage, error) {
	return map[commerce.HandleRef]*commerce.TextPage{}, nil
}

func (nothing) PageLists(_ context.Context, keys []commerce.TextPageListKey) (map[commerce.TextPageListKey]commerce.List[*commerce.TextPage], error) {
	return map[commerce.TextPageListKey]commerce.List[*commerce.TextPage]{}, nil
}

func (nothing) MenusByID(context.Context, []commerce.MenuRef) (map[commerce.MenuRef]*commerce.Menu, error) {
	return map[commerce.MenuRef]*commerce.Menu{}, nil
}

func (nothing) MenusByHandle(context.Context, []commerce.HandleRef) (map[commerce.HandleRef]*commerce.Menu, error) {
	return map[commerce.HandleRef]*commerce.Menu{}, nil
}

// noCarts are the carts of a world in which there are none, and none can be made.
type noCarts struct{}

// Carts finds nothing.
func (noCarts) Carts(context.Context, []commerce.CartKey) (map[commerce.CartKey]*commerce.Cart, error) {
	return map[commerce.CartKey]*commerce.Cart{}, nil
}

// CreateCart refuses.
func (noCarts) CreateCart(context.Context, *commerce.Store, commerce.CartChange) (*commerce.ChangedCart, error) {
	return nil, commerce.Refuse(commerce.RefusalInvalid, nil, "There are no carts.")
}

// ChangeCart refuses.
func (noCarts) ChangeCart(context.Context, commerce.CartKey, commerce.CartChange) (*commerce.ChangedCart, error) {
	return nil, commerce.Refuse(commerce.RefusalInvalid, nil, "There are no carts.")
}

// CompleteCart refuses.
func (noCarts) CompleteCart(context.Context, commerce.CartKey, *commerce.CartCompleteInput) (*commerce.Order, error) {
	return nil, commerce.Refuse(commerce.RefusalInvalid, nil, "There are no carts.")
}

// noOrders are the orders of such a world.
type noOrders struct{ commerce.OrderReader }

// Orders finds nothing.
func (noOrders) Orders(context.Context, []commerce.OrderKey) (map[commerce.OrderKey]*commerce.Order, error) {
	return map[commerce.OrderKey]*commerce.Order{}, nil
}
