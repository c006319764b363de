package shop_test

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"golang.org/x/net/html"

	"github.com/kirana-commerce/kirana/commerce"
	"github.com/kirana-commerce/kirana/internal/auth"
	"github.com/kirana-commerce/kirana/internal/shop"
)

// world is one store in memory, so that its readings can be counted and can fail.
type world struct {
	store       commerce.Store
	products    []*commerce.Product
	collections []*commerce.Collection
	options     []*commerce.ProductOption
	variants    []*commerce.ProductVariant
	media       []*commerce.MediaImage
	till        *till
	facets      []commerce.Facet

	// fail is the errors of readers by their names.
	fail map[string]error

	mu       sync.Mutex
	calls    map[string]int
	searches []commerce.SearchQuery
	lists    []commerce.ProductListKey
}

var errDown = errors.New("secret: password=hunter2")

// newWorld has n products, of which the first has the options, variants and pictures.
func newWorld(n int) *world {
	w := &world{
		store: commerce.Store{ID: 1, Handle: "corner", Name: "The Corner Shop", Description: "All the small things.", Currency: "INR", TimeZone: "Asia/Kolkata", Status: commerce.StorePublished},
		fail:  map[string]error{}, calls: map[string]int{}, till: newTill(),
		collections: []*commerce.Collection{{StoreID: 1, ID: 1, Handle: "teas", Title: "Teas", DescriptionHTML: "<p>All <b>teas</b></p>", ImageURL: "/pictures/corner/teas.svg"}},
		options:     []*commerce.ProductOption{{StoreID: 1, ProductID: 1, ID: 1, Name: "Size", Values: []string{"S", "M"}}, {StoreID: 1, ProductID: 1, ID: 2, Name: "Colour", Values: []string{"Red", "Blue"}}},
		media: []*commerce.MediaImage{
			{StoreID: 1, ProductID: 1, ID: 1, Image: commerce.Image{StoreID: 1, MediaID: 1, URL: "/pictures/corner/tea-1.svg", AltText: new("A cup")}},
			{StoreID: 1, ProductID: 1, ID: 2, Image: commerce.Image{StoreID: 1, MediaID: 2, URL: "https://cdn.shopify.com/tea-2.jpg?v=1"}},
		},
	}
	for i := range n {
		w.products = append(w.products, &commerce.Product{
			StoreID: 1, ID: commerce.ProductID(i + 1), Currency: "INR", Handle: fmt.Sprintf("tea-%d", i+1), Title: fmt.Sprintf("Tea %d", i+1),
			DescriptionHTML: "<p>Black <b>tea</b></p>", Vendor: "Tata", ProductType: "Tea", PublishedAt: time.Unix(0, 0),
		})
	}
	// Sizes and colours of which M in blue is not made, and S in red is used up.
	for i, v := range [][2]string{{"S", "Red"}, {"S", "Blue"}, {"M", "Red"}} {
		w.variants = append(w.variants, &commerce.ProductVariant{
			StoreID: 1, ProductID: 1, ID: commerce.VariantID(i + 1), Currency: "INR", Position: i, SKU: new(fmt.Sprintf("SKU-%d", i)), PriceMinor: int64(42000 + i*5000),
			CompareAtMinor: new(int64(60000)), InventoryTracked: true, RequiresShipping: true, Taxable: true, InventoryQuantity: i * 3, InventoryPolicy: commerce.InventoryDeny, ImageID: commerce.MediaID(i),
			SelectedOptions: []commerce.SelectedOption{{Name: "Size", Value: v[0]}, {Name: "Colour", Value: v[1]}},
		})
	}
	yes := true
	w.facets = []commerce.Facet{
		{ID: commerce.FilterAvailability, Label: "Availability", Type: commerce.FacetBoolean, Values: []commerce.FacetValue{{Label: "In stock", Count: 3, Input: commerce.ProductFilter{Available: &yes}}}},
		{ID: commerce.FilterPrice, Label: "Price", Type: commerce.FacetPriceRange, Values: []commerce.FacetValue{{Count: 3, Input: commerce.ProductFilter{Price: &commerce.PriceRangeFilter{Min: new(10.0), Max: new(250.5)}}}}},
		{ID: commerce.FilterVendor, Label: "Vendor", Type: commerce.FacetList},
	}
	for i := range 12 {
		name := fmt.Sprintf("Vendor %d", i)
		w.facets[2].Values = append(w.facets[2].Values, commerce.FacetValue{Label: name, Count: 12 - i, Input: commerce.ProductFilter{ProductVendor: &name}})
	}
	return w
}

// read counts a reading, and fails when it is told to.
func (w *world) read(name string) error {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.calls[name]++
	return w.fail[name]
}

func (w *world) StoresByID(context.Context, []commerce.StoreID) (map[commerce.StoreID]*commerce.Store, error) {
	return nil, w.read("StoresByID")
}

func (w *world) StoresByHandle(_ context.Context, handles []string) (map[string]*commerce.Store, error) {
	found := map[string]*commerce.Store{}
	for _, h := range handles {
		if h == w.store.Handle {
			found[h] = &w.store
		}
	}
	return found, w.read("StoresByHandle")
}

func (w *world) Stores(context.Context, commerce.Page, string) (commerce.List[*commerce.Store], error) {
	return commerce.List[*commerce.Store]{}, w.read("Stores")
}

func (w *world) ProductsByID(_ context.Context, refs []commerce.ProductRef) (map[commerce.ProductRef]*commerce.Product, error) {
	found := map[commerce.ProductRef]*commerce.Product{}
	for _, r := range refs {
		if int(r.ID) <= len(w.products) {
			found[r] = w.products[r.ID-1]
		}
	}
	return found, w.read("ProductsByID")
}

func (w *world) ProductsByHandle(_ context.Context, refs []commerce.HandleRef) (map[commerce.HandleRef]*commerce.Product, error) {
	found := map[commerce.HandleRef]*commerce.Product{}
	for _, p := range w.products {
		if p.Handle == refs[0].Handle {
			found[refs[0]] = p
		}
	}
	return found, w.read("ProductsByHandle")
}

// page is a page of all products; a cursor's id is the number of the product that it stands at.
func (w *world) page(p commerce.Page) commerce.List[*commerce.Product] {
	var items []commerce.Item[*commerce.Product]
	for _, one := range w.products {
		if !p.Bounded || int64(one.ID) > p.Bound.ID {
			items = append(items, commerce.Item[*commerce.Product]{Node: one, Value: "v", ID: int64(one.ID)})
		}
	}
	return commerce.NewList(p, items[:min(len(items), p.Limit+1)])
}

func (w *world) ProductLists(_ context.Context, keys []commerce.ProductListKey) (map[commerce.ProductListKey]commerce.List[*commerce.Product], error) {
	w.mu.Lock()
	w.lists = append(w.lists, keys...)
	w.mu.Unlock()
	return map[commerce.ProductListKey]commerce.List[*commerce.Product]{keys[0]: w.page(keys[0].Page)}, w.read("ProductLists")
}

func (w *world) ProductSummaries(_ context.Context, refs []commerce.ProductRef) (map[commerce.ProductRef]commerce.ProductSummary, error) {
	found := map[commerce.ProductRef]commerce.ProductSummary{}
	for _, r := range refs {
		found[r] = commerce.ProductSummary{VariantsCount: len(w.variants), PriceMin: 42000, PriceMax: 52000, AvailableForSale: true}
	}
	return found, w.read("ProductSummaries")
}

func (w *world) OptionsByID(context.Context, []commerce.OptionRef) (map[commerce.OptionRef]*commerce.ProductOption, error) {
	return nil, w.read("OptionsByID")
}

func (w *world) ProductOptions(_ context.Context, refs []commerce.ProductRef) (map[commerce.ProductRef][]*commerce.ProductOption, error) {
	return map[commerce.ProductRef][]*commerce.ProductOption{refs[0]: w.options}, w.read("ProductOptions")
}

func (w *world) VariantsByID(context.Context, []commerce.VariantRef) (map[commerce.VariantRef]*commerce.ProductVariant, error) {
	return nil, w.read("VariantsByID")
}

func (w *world) VariantLists(_ context.Context, keys []commerce.ProductPageKey) (map[commerce.ProductPageKey]commerce.List[*commerce.ProductVariant], error) {
	var items []commerce.Item[*commerce.ProductVariant]
	p := keys[0].Page
	for _, v := range w.variants {
		if !p.Bounded || int64(v.ID) > p.Bound.ID {
			items = append(items, commerce.Item[*commerce.ProductVariant]{Node: v, ID: int64(v.ID)})
		}
	}
	list := commerce.NewList(p, items[:min(len(items), p.Limit+1)])
	return map[commerce.ProductPageKey]commerce.List[*commerce.ProductVariant]{keys[0]: list}, w.read("VariantLists")
}

func (w *world) MediaByID(context.Context, []commerce.MediaRef) (map[commerce.MediaRef]*commerce.MediaImage, error) {
	return nil, w.read("MediaByID")
}

func (w *world) VariantImages(context.Context, []commerce.VariantRef) (map[commerce.VariantRef]*commerce.MediaImage, error) {
	return nil, w.read("VariantImages")
}

func (w *world) MediaLists(_ context.Context, keys []commerce.ProductPageKey) (map[commerce.ProductPageKey]commerce.List[*commerce.MediaImage], error) {
	found := map[commerce.ProductPageKey]commerce.List[*commerce.MediaImage]{}
	for _, k := range keys {
		var items []commerce.Item[*commerce.MediaImage]
		for _, m := range w.media {
			if m.ProductID == k.Product.ID && len(items) <= k.Page.Limit {
				items = append(items, commerce.Item[*commerce.MediaImage]{Node: m, ID: int64(m.ID)})
			}
		}
		found[k] = commerce.NewList(k.Page, items)
	}
	return found, w.read("MediaLists")
}

func (w *world) CollectionsByID(context.Context, []commerce.CollectionRef) (map[commerce.CollectionRef]*commerce.Collection, error) {
	return nil, w.read("CollectionsByID")
}

func (w *world) CollectionsByHandle(_ context.Context, refs []commerce.HandleRef) (map[commerce.HandleRef]*commerce.Collection, error) {
	found := map[commerce.HandleRef]*commerce.Collection{}
	for _, c := range w.collections {
		if c.Handle == refs[0].Handle {
			found[refs[0]] = c
		}
	}
	return found, w.read("CollectionsByHandle")
}

func (w *world) CollectionLists(_ context.Context, keys []commerce.CollectionListKey) (map[commerce.CollectionListKey]commerce.List[*commerce.Collection], error) {
	var items []commerce.Item[*commerce.Collection]
	for _, c := range w.collections {
		items = append(items, commerce.Item[*commerce.Collection]{Node: c, ID: int64(c.ID)})
	}
	return map[commerce.CollectionListKey]commerce.List[*commerce.Collection]{keys[0]: commerce.NewList(keys[0].Page, items)}, w.read("CollectionLists")
}

func (w *world) CollectionProducts(_ context.Context, keys []commerce.CollectionPageKey) (map[commerce.CollectionPageKey]commerce.List[*commerce.Product], error) {
	return map[commerce.CollectionPageKey]commerce.List[*commerce.Product]{keys[0]: w.page(keys[0].Page)}, w.read("CollectionProducts")
}

func (w *world) ProductCollections(context.Context, []commerce.ProductPageKey) (map[commerce.ProductPageKey]commerce.List[*commerce.Collection], error) {
	return nil, w.read("ProductCollections")
}

func (w *world) SearchProducts(_ context.Context, queries []commerce.SearchQuery) ([]commerce.SearchResult, error) {
	w.mu.Lock()
	w.searches = append(w.searches, queries...)
	w.mu.Unlock()
	if err := w.read("SearchProducts"); err != nil {
		return nil, err
	}
	if q := queries[0]; q.Page.Bounded && q.Page.Bound.Value == "foreign" {
		return nil, commerce.BadInput("after", "this is not a cursor of this search.")
	}
	page := w.page(queries[0].Page)
	hits := commerce.List[commerce.ProductRef]{Order: page.Order, HasNext: page.HasNext, HasPrevious: page.HasPrevious}
	for _, i := range page.Items {
		hits.Items = append(hits.Items, commerce.Item[commerce.ProductRef]{Node: i.Node.Ref(), Value: i.Value, ID: i.ID})
	}
	return []commerce.SearchResult{{Hits: hits, Total: len(w.products), Facets: w.facets}}, nil
}

// answer is what a request got.
type answer struct {
	*httptest.ResponseRecorder

	log string
}

// request asks for a page of the world, under https://shops.test unless known says otherwise.
func (w *world) request(t *testing.T, method, target string, known auth.Request, header ...string) answer {
	t.Helper()
	return w.requestWith(t, method, target, "", known, header...)
}

func (w *world) requestWith(t *testing.T, method, target, body string, known auth.Request, header ...string) answer {
	t.Helper()
	var log bytes.Buffer
	h := shop.New(shop.Options{
		Stores: w, Products: w, Options: w, Variants: w, Media: w, Collections: w, Texts: w, Searcher: w,
		Till:   shop.Till{Carts: w, Editor: w, Pricer: w, Settings: w, Completer: w, Orders: w, Payments: w, Products: w, Media: w},
		Logger: slog.New(slog.NewJSONHandler(&log, nil)), RequestID: func(context.Context) string { return "the-id" },
	})
	if known.BaseURL == "" {
		known.BaseURL = "https://shops.test"
	}
	r := httptest.NewRequestWithContext(auth.With(t.Context(), known), method, "/", strings.NewReader(body))
	u, err := url.Parse(target)
	require.NoError(t, err)
	r.URL, r.Host = u, strings.TrimPrefix(known.BaseURL, "https://")
	for i := 0; i < len(header); i += 2 {
		r.Header.Set(header[i], header[i+1])
	}
	rec := httptest.NewRecorder()
	h.ServeHTTP(rec, r)
	return answer{rec, log.String()}
}

func (w *world) get(t *testing.T, target string) answer {
	t.Helper()
	return w.request(t, http.MethodGet, target, auth.Request{})
}

// document is the page as a browser reads it.
func (a answer) document(t *testing.T) *html.Node {
	t.Helper()
	doc, err := html.Parse(bytes.NewReader(a.Body.Bytes()))
	require.NoError(t, err)
	return doc
}
