package main

import (
	"context"
	"encoding/json"
	"fmt"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/kirana-commerce/kirana/commerce"
	"github.com/kirana-commerce/kirana/dataloader"
	"github.com/kirana-commerce/kirana/db"
	"github.com/kirana-commerce/kirana/db/dbtest"
	"github.com/kirana-commerce/kirana/graph"
	"github.com/kirana-commerce/kirana/internal/auth"
	"github.com/kirana-commerce/kirana/resolvers"
)

// counted is the API over a database that counts its statements.
type counted struct {
	handler    http.Handler
	statements atomic.Int64
}

func newCounted(tb testing.TB, url string) *counted {
	tb.Helper()
	c := &counted{}
	d, err := db.Open(url, nil, db.Options{OnStatement: func(string) { c.statements.Add(1) }})
	require.NoError(tb, err)
	tb.Cleanup(func() { require.NoError(tb, d.Close()) })
	readers := readersFor(d, everyStore(), false)
	c.handler, err = graph.NewHandler(&resolvers.Resolver{Stores: d, Now: time.Now}, graph.Options{
		Logger: slog.New(slog.DiscardHandler),
		PerResponse: func(ctx context.Context, _ bool) context.Context {
			return dataloader.With(auth.With(ctx, auth.Request{Viewer: everyStore()}), dataloader.New(readers))
		},
		Limits: graph.Limits{Cost: 1 << 30, Aliases: 1000, Repeats: 1000, RootFields: 1000}, // what is counted is statements
	})
	require.NoError(tb, err)
	return c
}

// everyStore is somebody who may do everything in the few stores that a test has.
func everyStore() *commerce.Viewer {
	v := &commerce.Viewer{Merchant: 1}
	for id := range commerce.StoreID(9) {
		v.Grants = append(v.Grants, commerce.Grant{Store: id + 1, Role: commerce.RoleOwner, Scopes: commerce.Scopes()})
	}
	return v
}

// ask runs a document and returns the number of statements it took.
func (c *counted) ask(tb testing.TB, document string) int64 {
	tb.Helper()
	return c.askOperation(tb, document, "")
}

// askOperation is ask for a document of several operations.
func (c *counted) askOperation(tb testing.TB, document, operation string) int64 {
	tb.Helper()
	body, err := json.Marshal(map[string]string{"query": document, "operationName": operation})
	require.NoError(tb, err)
	req := httptest.NewRequestWithContext(tb.Context(), http.MethodPost, "/graphql", strings.NewReader(string(body)))
	req.Header.Set("Content-Type", "application/json")
	before := c.statements.Load()
	res := httptest.NewRecorder()
	c.handler.ServeHTTP(res, req)
	require.Equal(tb, http.StatusOK, res.Code)
	require.NotContains(tb, res.Body.String(), `"errors"`)
	return c.statements.Load() - before
}

// The number of statements is the document's alone: as many for one product as for fifty, and at most one for each field
// that a resolver stands behind, however deep it lies.
func TestStatementsDependOnTheDocumentAlone(t *testing.T) { //nolint:tparallel // the cases share one counter
	t.Parallel()
	database := dbtest.New(t)
	for handle, n := range map[string]int{"small": 1, "large": 50} {
		fillStore(t, database, handle, n)
	}
	api := newCounted(t, database.URL)
	for name, c := range map[string]struct {
		document string
		atMost   int64
	}{
		"one list": {`{ store(handle: "HANDLE") { products(first: 50) { nodes { title } } } }`, 2},
		"the storefront list": {`{ store(handle: "HANDLE") { products(first: 50) { nodes { title
			variants(first: 3) { nodes { sku } } media(first: 2) { nodes { id } } } } } }`, 4},
		"through edges": {`{ store(handle: "HANDLE") { products(first: 50) { edges { node { title
			variants(first: 3) { edges { node { sku } } } media(first: 2) { edges { node { id } } } } } } } }`, 4},
		"two lists deep": {`{ store(handle: "HANDLE") { products(first: 50) { nodes {
			variants(first: 3) { nodes { image { altText } product { handle } } } } } } }`, 5},
		"collections of products of collections": {`{ store(handle: "HANDLE") { collections(first: 5) { nodes { products(first: 20) {
			edges { node { collections(first: 2) { edges { node { title } } } } } } } } } }`, 4},
		"what variants add up to": {`{ store(handle: "HANDLE") { products(first: 50) { nodes { priceRange { minVariantPrice { amount } }
			compareAtPriceRange { maxVariantPrice { amount } } availableForSale totalInventory variantsCount { count } options { name } } } } }`, 7},
		"what a storefront begins with": {`{ store(handle: "HANDLE") { shop { name primaryDomain { url } } pages(first: 9) { nodes { title } }
			menu(handle: "main-menu") { items { url resource { ... on Collection { title } } } } footer: menu(handle: "footer") { itemsCount } } }`, 7},
		"how long lists are": {`{ store(handle: "HANDLE") { products(first: 50, sortKey: TITLE) { totalCount nodes { collections(first: 1) { totalCount } } }
			again: products(first: 1) { totalCount } cheap: products(first: 1, query: "price:<100") { totalCount } collections(first: 5) { totalCount
			nodes { products(first: 1) { totalCount nodes { id } } } } } }`, 12},
		"a merchant's list": {`{ store(handle: "HANDLE") { products(first: 250, query: "price:>=0 -tag:gone", sortKey: TITLE) { nodes { title
			variants(first: 3) { nodes { sku } } featuredImage { url } variantsCount { count } totalInventory } } } }`, 5}, // one of them reads the store
		"what is recommended": {`{ store(handle: "HANDLE") { productRecommendations(productHandle: "p-0") { title }
			complementary: productRecommendations(productHandle: "p-0", intent: COMPLEMENTARY) { title } } }`, 5},
		"variants by their options": {`{ store(handle: "HANDLE") { productTags(first: 9) { nodes } productTypes(first: 9) { nodes } products(first: 50) { nodes {
			variantBySelectedOptions(selectedOptions: [{name: "Size", value: "M"}]) { title } selectedOrFirstAvailableVariant { title }
			adjacentVariants { title } options { optionValues { firstSelectableVariant { title } } } } } } }`, 9},
		"aliases share": {`{ store(handle: "HANDLE") { a: products(first: 50) { nodes { a: variants(first: 3) { nodes { sku } } b: variants(first: 3) { nodes { title } } } }
			b: products(first: 50) { nodes { variants(first: 3) { nodes { id } } } } } }`, 3},
	} {
		t.Run(name, func(t *testing.T) {
			small := api.ask(t, strings.ReplaceAll(c.document, "HANDLE", "small"))
			large := api.ask(t, strings.ReplaceAll(c.document, "HANDLE", "large"))
			require.Equal(t, small, large, "statements for 1 and for 50 products")
			require.LessOrEqual(t, large, c.atMost)
		})
	}
}

// A list of the current store takes its merchant a statement for each thing that it shows: the store has come with the merchant.
func TestStatementsOfAMerchantsList(t *testing.T) {
	t.Parallel()
	c := newCounter(t)
	fillStore(t, c.Database, "corner", 250)
	fillStore(t, c.Database, "market", 1)
	list := `products(first: 250, query: "price:>=0 -tag:gone", sortKey: TITLE) { nodes { title
		variants(first: 3) { nodes { sku } } featuredImage { url } variantsCount { count } totalInventory store { name } } }`
	for document, most := range map[string]int64{
		`{ ` + list + ` }`: 4, `{ store { name ` + list + ` } }`: 4, `{ store(handle: "corner") { ` + list + ` } }`: 4,
		`{ store(handle: "market") { ` + list + ` } }`: 6, // somebody else's is read, by its handle and by its id
	} {
		viewer := c.signIn(t, "corner")
		before := c.statements.Load()
		answer := c.as(t, viewer, document, nil)
		require.NotContains(t, answer, `"errors"`)
		require.Contains(t, answer, `"sku":"0-S"`)
		require.Equal(t, most, c.statements.Load()-before, document)
	}
	require.Nil(t, c.signIn(t, "market").Current, "a store that the merchant does not work in")
	require.Nil(t, c.signIn(t, "").Current)
}

// The store that came with the merchant is as it was when the request came: what a mutation changes of it is seen at once, and
// so is what others change by whoever stays for longer.
func TestStoreThatCameWithTheMerchant(t *testing.T) {
	t.Parallel()
	c := newCounter(t)
	fillStore(t, c.Database, "corner", 1)
	asha := c.signIn(t, "corner")
	require.JSONEq(t, `{"data":{"a":{"userErrors":[]},"b":{"product":{"title":"Tea","store":{"name":"Tea Corner"}}}}}`, c.as(t, asha, `mutation($id: ID!) {
		a: storeUpdate(input: {name: "Tea Corner"}) { userErrors { code } } b: productUpdate(input: {id: $id, title: "Tea"}) { product { title store { name } } }
	}`, map[string]any{"id": fmt.Sprintf("gid://kirana/Product/%d/1", c.store.ID)}))
	const name = `{ store { name } products(first: 1) { nodes { store { name } } } }`
	says := func(name string) string {
		return fmt.Sprintf(`{"data":{"store":{"name":%[1]q},"products":{"nodes":[{"store":{"name":%[1]q}}]}}}`, name)
	}
	require.JSONEq(t, says("Tea Corner"), c.as(t, c.signIn(t, "corner"), name, nil), "the next request")
	require.JSONEq(t, says("Corner"), c.as(t, asha, name, nil), "the same request, which read the store before")
	require.JSONEq(t, says("Tea Corner"), c.as(t, asha.Later(), name, nil), "a connection that stays open")
	require.Nil(t, (*commerce.Viewer)(nil).Later())
}

func fillStore(tb testing.TB, d *dbtest.Database, handle string, products int) {
	tb.Helper()
	store, _, err := d.UpsertStore(tb.Context(), commerce.StoreInput{Handle: handle, Name: handle, Currency: "INR", Status: commerce.StorePublished})
	require.NoError(tb, err)
	in := make([]commerce.ProductInput, products)
	for i := range in {
		in[i] = commerce.ProductInput{
			Handle: fmt.Sprintf("p-%d", i), Title: fmt.Sprintf("Product %d", i), Status: commerce.ProductActive, Published: true,
			Options: []string{"Size"}, Collections: []string{"All", fmt.Sprintf("Group %d", i%3)},
			Media: []commerce.MediaInput{{URL: "https://example.com/1.jpg"}, {URL: "https://example.com/2.jpg"}},
		}
		for _, size := range []string{"S", "M", "L"} {
			in[i].Variants = append(in[i].Variants, commerce.VariantInput{
				Options: []string{size}, SKU: fmt.Sprintf("%d-%s", i, size), PriceMinor: int64(100 + i),
				InventoryPolicy: commerce.InventoryDeny, WeightUnit: commerce.WeightGrams,
			})
		}
	}
	_, err = d.UpsertProducts(tb.Context(), store, in)
	require.NoError(tb, err)
}
