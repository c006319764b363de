package main

import (
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
	"github.com/kirana-commerce/kirana/db"
	"github.com/kirana-commerce/kirana/db/dbtest"
	"github.com/kirana-commerce/kirana/graph"
	"github.com/kirana-commerce/kirana/internal/auth"
	"github.com/kirana-commerce/kirana/resolvers"
)

// counter is the API of a store over a database of its own, as its merchant and its buyers see it.
type counter struct {
	*dbtest.Database

	db         *db.DB
	handler    http.Handler
	store      *commerce.Store
	merchant   *commerce.Viewer
	statements atomic.Int64
}

func newCounter(t *testing.T) *counter {
	t.Helper()
	c := &counter{Database: dbtest.New(t)}
	var err error
	c.db, err = db.Open(c.URL, nil, db.Options{OnStatement: func(string) { c.statements.Add(1) }})
	require.NoError(t, err)
	t.Cleanup(func() { require.NoError(t, c.db.Close()) })
	c.store, _, err = c.db.UpsertStore(t.Context(), commerce.StoreInput{Handle: "corner", Name: "Corner", Currency: "INR", Status: commerce.StorePublished})
	require.NoError(t, err)
	c.merchant = &commerce.Viewer{Merchant: 7, Grants: []commerce.Grant{
		{Store: c.store.ID, Handle: "corner", Role: commerce.RoleOwner, Scopes: commerce.Scopes()},
	}}
	s := &service{db: c.db}
	c.handler, err = graph.NewHandler(&resolvers.Resolver{Stores: c.db, StoreEditor: c.db, ProductEditor: c.db}, graph.Options{
		Logger: slog.New(slog.DiscardHandler), PerResponse: s.perResponse,
	})
	require.NoError(t, err)
	return c
}

// signIn looks a merchant of the store up, as the server does for each request: with the current store. The merchant is made at
// the first time.
func (c *counter) signIn(t *testing.T, current string) *commerce.Viewer {
	t.Helper()
	token, now := commerce.TokenHash{7}, time.Now()
	viewer, err := c.db.SessionViewer(t.Context(), token, current, now)
	require.NoError(t, err)
	if viewer != nil {
		return viewer
	}
	asha, err := c.db.AddMerchant(t.Context(), commerce.NewMerchant{Email: "asha@shop.test", Name: "Asha", PasswordHash: "x"}, commerce.NewSession{Hash: token, At: now})
	require.NoError(t, err)
	_, err = c.SQL.ExecContext(t.Context(), `INSERT INTO store_staff (store_id, merchant_id, role) VALUES ($1, $2, 'OWNER')`, int64(c.store.ID), int64(asha.ID))
	require.NoError(t, err)
	return c.signIn(t, current)
}

// as sends a document and returns the answer.
func (c *counter) as(t *testing.T, viewer *commerce.Viewer, document string, variables map[string]any) string {
	t.Helper()
	body, err := json.Marshal(map[string]any{"query": document, "variables": variables})
	require.NoError(t, err)
	return c.send(t, viewer, string(body))
}

func (c *counter) send(t *testing.T, viewer *commerce.Viewer, body string) string {
	t.Helper()
	ctx := auth.With(t.Context(), auth.Request{StoreHandle: "corner", BaseURL: "https://shop.test", Viewer: viewer})
	r := httptest.NewRequestWithContext(ctx, http.MethodPost, "/graphql", strings.NewReader(body))
	r.Header.Set("Content-Type", "application/json")
	w := httptest.NewRecorder()
	c.handler.ServeHTTP(w, r)
	return w.Body.String()
}

// do carries out a mutation with one input, and returns its payload.
func (c *counter) do(t *testing.T, mutation, selection string, input map[string]any) map[string]any {
	t.Helper()
	kind := strings.ToUpper(mutation[:1]) + mutation[1:] + "Input!"
	document := fmt.Sprintf("mutation ($input: %s) { %s(input: $input) { %s userErrors { field code message } } }", kind, mutation, selection)
	answer := c.as(t, c.merchant, document, map[string]any{"input": input})
	var parsed struct {
		Data   map[string]map[string]any
		Errors []any
	}
	require.NoError(t, json.Unmarshal([]byte(answer), &parsed))
	require.Empty(t, parsed.Errors, answer)
	return parsed.Data[mutation]
}

// done is do for a mutation that is not refused, which returns the product.
func (c *counter) done(t *testing.T, mutation, selection string, input map[string]any) map[string]any {
	t.Helper()
	payload := c.do(t, mutation, "product { "+selection+" }", input)
	require.Empty(t, payload["userErrors"])
	return payload["product"].(map[string]any)
}

func shirt() map[string]any {
	return map[string]any{
		"title": "Shirt", "productOptions": []map[string]any{{"name": "Size"}}, "media": []map[string]any{{"url": "https://img.test/shirt.jpg"}},
		"variants": []map[string]any{
			{"price": "499.00", "sku": "S", "optionValues": []map[string]any{{"optionName": "Size", "name": "S"}}},
			{"price": "549.00", "sku": "M", "optionValues": []map[string]any{{"optionName": "Size", "name": "M"}}, "mediaUrl": "https://img.test/shirt.jpg"},
		},
	}
}

// A product is made, and replaced whole: what is left out is empty, but for the handle, the status, the publication and the stock.
func TestProductSet(t *testing.T) {
	t.Parallel()
	c := newCounter(t)
	const selection = `id handle title descriptionHtml status version vendor tags seo { title } options { name optionValues { name } }
		media(first: 9) { nodes { alt ... on MediaImage { image { url width height } } } }
		variants(first: 9) { nodes { id title price { amount } compareAtPrice { amount } weight weightUnit quantityAvailable image { url } } }`
	in := shirt()
	in["descriptionHtml"], in["vendor"], in["tags"] = `<p onclick="steal()">Cotton</p><script>alert(1)</script>`, "Loom", []string{"new"}
	made := c.done(t, "productSet", selection, in)
	require.Equal(t, "shirt", made["handle"])
	require.Equal(t, "<p>Cotton</p>", made["descriptionHtml"])
	require.Equal(t, "ACTIVE", made["status"])
	text, err := json.Marshal(made["variants"])
	require.NoError(t, err)
	require.JSONEq(t, `{"nodes": [
		{"id": "gid://kirana/ProductVariant/1/1", "title": "S", "price": {"amount": "499.00"}, "compareAtPrice": null, "weight": null, "weightUnit": "KILOGRAMS",
			"quantityAvailable": null, "image": {"url": "https://img.test/shirt.jpg"}},
		{"id": "gid://kirana/ProductVariant/1/2", "title": "M", "price": {"amount": "549.00"}, "compareAtPrice": null, "weight": null, "weightUnit": "KILOGRAMS",
			"quantityAvailable": null, "image": {"url": "https://img.test/shirt.jpg"}}]}`, string(text))

	again := c.done(t, "productSet", selection, map[string]any{
		"id": made["id"], "title": "Plain shirt", "variants": []map[string]any{{"price": "500", "weight": 0.25, "inventoryTracked": true, "inventoryQuantity": 3}},
	})
	require.Equal(t, made["id"], again["id"])
	require.Equal(t, "shirt", again["handle"])
	require.InDelta(t, 2, again["version"], 0)
	require.Empty(t, again["descriptionHtml"])
	require.Empty(t, again["tags"])
	text, err = json.Marshal([]any{again["options"], again["media"], again["variants"]})
	require.NoError(t, err)
	require.JSONEq(t, `[[{"name": "Title", "optionValues": [{"name": "Default Title"}]}], {"nodes": []}, {"nodes": [
		{"id": "gid://kirana/ProductVariant/1/3", "title": "Default Title", "price": {"amount": "500.00"}, "compareAtPrice": null, "weight": 0.25, "weightUnit": "KILOGRAMS",
			"quantityAvailable": 3, "image": null}]}]`, string(text))

	c.done(t, "productUnpublish", "id", map[string]any{"id": made["id"]})
	kept := c.done(t, "productSet", selection, map[string]any{"handle": "shirt", "title": "Plain shirt", "variants": []map[string]any{{"price": "500"}}})
	require.Equal(t, made["id"], kept["id"], "found by its handle")
	require.Contains(t, c.as(t, nil, `{ product(handle: "shirt") { id } }`, nil), `{"product":null}`, "it stays hidden")
}

// Amounts are read as they are written, in the document and in variables, as text and as number.
func TestAmountsAreExact(t *testing.T) {
	t.Parallel()
	c := newCounter(t)
	for literal, want := range map[string]string{
		`"9007199254740.93"`: "9007199254740.93", `9007199254740.93`: "9007199254740.93", `0.1`: "0.10", `5`: "5.00", `1.5e2`: "150.00", `"12.500"`: "12.50",
	} {
		document := fmt.Sprintf(`mutation { productSet(input: {title: "a", variants: [{price: %s}]}) { product { variants(first: 1) { nodes { price { amount } } } } userErrors { message } } }`, literal)
		require.Contains(t, c.as(t, c.merchant, document, nil), `{"price":{"amount":"`+want+`"}}`, literal)
		body := fmt.Sprintf(`{"query": "mutation ($p: Decimal) { productSet(input: {title: \"a\", variants: [{price: $p}]}) { product { variants(first: 1) { nodes { price { amount } } } } userErrors { message } } }", "variables": {"p": %s}}`, literal)
		require.Contains(t, c.send(t, c.merchant, body), `{"price":{"amount":"`+want+`"}}`, literal)
	}
	for _, literal := range []string{`"1,299"`, `"x"`, `true`, `""`} {
		document := fmt.Sprintf(`mutation { productSet(input: {title: "a", variants: [{price: %s}]}) { userErrors { code } } }`, literal)
		require.Contains(t, c.as(t, c.merchant, document, nil), `"errors"`, literal)
	}
}

// rows is everything that mutations of products could write, as text.
func (c *counter) rows(t *testing.T) string {
	t.Helper()
	var text string
	require.NoError(t, c.SQL.QueryRowContext(t.Context(), `SELECT concat((SELECT json_agg(p) FROM products p), (SELECT json_agg(p) FROM product_options p),
		(SELECT json_agg(p) FROM product_variants p), (SELECT json_agg(p) FROM product_media p), (SELECT json_agg(p) FROM product_redirects p), (SELECT json_agg(p) FROM audit_log p))`).Scan(&text))
	return text
}

// with is shirt with a change.
func with(key string, value any) map[string]any {
	in := shirt()
	in[key] = value
	return in
}

// withVariant is shirt with a change of its second variant.
func withVariant(key string, value any) map[string]any {
	in := shirt()
	in["variants"].([]map[string]any)[1][key] = value
	return in
}

// What is refused has a field and a code, and nothing is written.
func TestProductMutationsRefuse(t *testing.T) {
	t.Parallel()
	c := newCounter(t)
	other, _, err := c.db.UpsertStore(t.Context(), commerce.StoreInput{Handle: "other", Name: "Other", Currency: "INR", Status: commerce.StorePublished})
	require.NoError(t, err)
	ids := c.done(t, "productSet", "id options { id } media(first: 1) { nodes { id } } variants(first: 2) { nodes { id } }", shirt())
	c.done(t, "productSet", "id", map[string]any{"title": "Tea", "variants": []map[string]any{{"price": 1, "sku": "tea"}}})
	_, err = c.db.EditProduct(t.Context(), commerce.Author{}, other, commerce.ProductEdit{Action: "productSet", Patch: &commerce.ProductSetting{
		Currency: "INR", Product: commerce.ProductInput{Title: "Theirs"}, Options: []commerce.OptionChange{{Name: "Size"}}, Media: []commerce.MediaInput{{URL: "https://img.test/1.jpg"}},
		Variants: []commerce.VariantChange{{Price: new(commerce.DecimalText("1")), OptionValues: []commerce.SelectedOption{{Name: "Size", Value: "S"}}}},
	}})
	require.NoError(t, err)
	var theirs [4]string
	require.NoError(t, c.SQL.QueryRowContext(t.Context(), `SELECT 'gid://kirana/Product/2/' || p.id, 'gid://kirana/ProductVariant/2/' || v.id,
		'gid://kirana/MediaImage/2/' || m.id, 'gid://kirana/ProductOption/2/' || o.id FROM products p JOIN product_variants v ON v.product_id = p.id
		JOIN product_media m ON m.product_id = p.id JOIN product_options o ON o.product_id = p.id WHERE p.store_id = 2`).Scan(&theirs[0], &theirs[1], &theirs[2], &theirs[3]))
	product := ids["id"].(string)
	node := func(list string, i int) string {
		return ids[list].(map[string]any)["nodes"].([]any)[i].(map[string]any)["id"].(string)
	}
	variant, second, picture := node("variants", 0), node("variants", 1), node("media", 0)
	option := ids["options"].([]any)[0].(map[string]any)["id"].(string)
	many := func(n int, each func(i int) map[string]any) []map[string]any {
		all := make([]map[string]any, n)
		for i := range all {
			all[i] = each(i)
		}
		return all
	}
	bulk := func(variants ...map[string]any) map[string]any {
		return map[string]any{"productId": product, "variants": variants}
	}
	values := func(pairs ...string) []map[string]any {
		var all []map[string]any
		for i := 0; i < len(pairs); i += 2 {
			all = append(all, map[string]any{"optionName": pairs[i], "name": pairs[i+1]})
		}
		return all
	}
	media := func(fields ...any) []map[string]any {
		m := map[string]any{}
		for i := 0; i < len(fields); i += 2 {
			m[fields[i].(string)] = fields[i+1]
		}
		return []map[string]any{m}
	}
	type refusal struct {
		mutation string
		input    map[string]any
		want     string
	}
	table := []refusal{
		{"productSet", with("title", ""), "input.title BLANK"},
		{"productSet", with("title", " \u00a0"), "input.title BLANK"},
		{"productSet", with("title", strings.Repeat("क", 256)), "input.title TOO_LONG"},
		{"productSet", with("descriptionHtml", strings.Repeat("a", commerce.MaxHTML+1)), "input.descriptionHtml TOO_LONG"},
		{"productSet", with("handle", "a/b"), "input.handle INVALID"},
		{"productSet", with("tags", make([]string, 251)), "input.tags TOO_MANY"},
		{"productSet", with("id", "gid://kirana/Product/1/99"), "input.id NOT_FOUND"},
		{"productSet", with("id", theirs[0]), "input.id NOT_FOUND"},
		{"productSet", with("id", variant), "input.id NOT_FOUND"},
		{"productSet", with("id", "x"), "input.id NOT_FOUND"},
		{"productSet", with("expectedVersion", 3), "input.expectedVersion STALE_OBJECT"},
		{"productSet", with("variants", []any{}), "input.variants BLANK"},
		{"productSet", with("variants", many(2049, func(i int) map[string]any {
			return map[string]any{"price": 1, "optionValues": values("Size", fmt.Sprint(i))}
		})), "input.variants TOO_MANY"},
		{"productSet", with("productOptions", []map[string]any{{"name": "Size"}, {"name": "size "}}), "input.variants.0.optionValues INVALID, input.variants.1.optionValues INVALID, input.productOptions.1.name DUPLICATE"},
		{"productSet", with("productOptions", []map[string]any{{"name": "Size", "id": theirs[3]}}), "input.productOptions.0.id NOT_FOUND"},
		{"productSet", map[string]any{
			"title": "a", "productOptions": many(4, func(i int) map[string]any { return map[string]any{"name": fmt.Sprint(i)} }),
			"variants": []map[string]any{{"price": 1, "optionValues": values("0", "a", "1", "a", "2", "a", "3", "a")}},
		}, "input.productOptions TOO_MANY"},
		{"productSet", with("media", many(251, func(i int) map[string]any { return map[string]any{"url": fmt.Sprintf("https://img.test/%d.jpg", i)} })), "input.media TOO_MANY"},
		{"productSet", with("media", media()), "input.media.0.url BLANK, input.variants.1.mediaUrl NOT_FOUND"},
		{"productSet", with("media", media("id", theirs[2])), "input.media.0.id NOT_FOUND, input.variants.1.mediaUrl NOT_FOUND"},
		{"productSet", with("media", media("url", "https://img.test/shirt.jpg", "width", -1)), "input.media.0.width INVALID"},
		{"productSet", withVariant("price", nil), "input.variants.1.price BLANK"},
		{"productSet", withVariant("price", "1.234"), "input.variants.1.price INVALID"},
		{"productSet", withVariant("price", "-1"), "input.variants.1.price INVALID"},
		{"productSet", withVariant("price", "99999999999999999999999999"), "input.variants.1.price INVALID"},
		{"productSet", withVariant("compareAtPrice", "10000000000000.01"), "input.variants.1.compareAtPrice INVALID"},
		{"productSet", withVariant("optionValues", values("Size", "s ")), "input.variants.1.optionValues DUPLICATE"},
		{"productSet", withVariant("optionValues", values("Colour", "red")), "input.variants.1.optionValues.0.optionName NOT_FOUND"},
		{"productSet", withVariant("optionValues", values("Size", "M", "size", "L")), "input.variants.1.optionValues.1.optionName DUPLICATE"},
		{"productSet", withVariant("optionValues", values("Size", " ")), "input.variants.1.optionValues.0.name BLANK"},
		{"productSet", withVariant("optionValues", nil), "input.variants.1.optionValues INVALID"},
		{"productSet", withVariant("id", theirs[1]), "input.variants.1.id NOT_FOUND"},
		{"productSet", withVariant("sku", strings.Repeat("a", 256)), "input.variants.1.sku TOO_LONG"},
		{"productSet", withVariant("weight", -1), "input.variants.1.weight INVALID"},
		{"productSet", withVariant("mediaUrl", "https://img.test/other.jpg"), "input.variants.1.mediaUrl NOT_FOUND"},
		{"productUpdate", map[string]any{"id": theirs[0], "title": "a"}, "input.id NOT_FOUND"},
		{"productUpdate", map[string]any{"id": product, "title": ""}, "input.title BLANK"},
		{"productUpdate", map[string]any{"id": product, "handle": "tea"}, "input.handle TAKEN"},
		{"productUpdate", map[string]any{"id": product, "handle": ""}, "input.handle BLANK"},
		{"productUpdate", map[string]any{"id": product, "title": "a", "expectedVersion": 9}, "input.expectedVersion STALE_OBJECT"},
		{"productUpdate", map[string]any{"id": product, "media": media("id", picture, "url", "https://img.test/other.jpg")}, "input.media.0.url INVALID"},
		{"productDelete", map[string]any{"id": theirs[0]}, "input.id NOT_FOUND"},
		{"productDelete", map[string]any{"id": product, "expectedVersion": 9}, "input.expectedVersion STALE_OBJECT"},
		{"productPublish", map[string]any{"id": theirs[0]}, "input.id NOT_FOUND"},
		{"productUnpublish", map[string]any{"id": theirs[0]}, "input.id NOT_FOUND"},
		{"productOptionUpdate", map[string]any{"productId": theirs[0], "optionId": theirs[3]}, "input.productId NOT_FOUND"},
		{"productOptionUpdate", map[string]any{"productId": product, "optionId": theirs[3]}, "input.optionId NOT_FOUND"},
		{"productOptionUpdate", map[string]any{"productId": product, "optionId": option, "name": ""}, "input.name BLANK"},
		{"productOptionUpdate", map[string]any{"productId": product, "optionId": option, "values": []map[string]any{{"from": "XL", "to": "XXL"}}}, "input.values.0.from NOT_FOUND"},
		{"productOptionUpdate", map[string]any{"productId": product, "optionId": option, "values": []map[string]any{{"from": "S", "to": "M"}}}, "input.values DUPLICATE"},
		{"productOptionUpdate", map[string]any{"productId": product, "optionId": option, "values": []map[string]any{{"from": "S", "to": ""}}}, "input.values.0.to BLANK"},
		{"productVariantsBulkUpdate", map[string]any{"productId": theirs[0], "variants": []any{}}, "input.productId NOT_FOUND"},
		{"productVariantsBulkUpdate", bulk(map[string]any{"price": 1}), "input.variants.0.id NOT_FOUND"},
		{"productVariantsBulkUpdate", bulk(map[string]any{"id": theirs[1], "price": 1}), "input.variants.0.id NOT_FOUND"},
		{"productVariantsBulkUpdate", bulk(map[string]any{"id": second}, map[string]any{"id": second}), "input.variants.1.id DUPLICATE"},
		{"productVariantsBulkUpdate", bulk(map[string]any{"id": second, "price": "0.001"}), "input.variants.0.price INVALID"},
		{"productVariantsBulkUpdate", bulk(map[string]any{"id": variant, "optionValues": values("Size", "m")}), "input.variants DUPLICATE"},
		{"productVariantsBulkUpdate", bulk(map[string]any{"id": second, "mediaId": theirs[2]}), "input.variants.0.mediaId NOT_FOUND"},
	}
	for _, url := range []string{
		"ftp://img.test/a.jpg", "javascript:alert(1)", "data:image/png;base64,AAAA", "//img.test/a.jpg", "img.test/a.jpg", "https://me:secret@img.test/a.jpg", "http://localhost/a.jpg",
		"http://127.0.0.1/a.jpg", "http://10.0.0.1/", "http://169.254.169.254/latest/meta-data", "http://[::1]/", "http://metadata.google.internal/", "http://printer.local/",
	} {
		table = append(table, refusal{"productUpdate", map[string]any{"id": product, "media": media("url", url)}, "input.media.0.url INVALID"})
	}
	unique := withVariant("sku", "tea")
	unique["uniqueSkus"] = true
	table = append(table, refusal{"productSet", unique, "input.variants.0.sku DUPLICATE, input.variants.1.sku DUPLICATE"})
	before := c.rows(t)
	for _, r := range table {
		payload := c.do(t, r.mutation, "", r.input)
		var got []string
		for _, e := range payload["userErrors"].([]any) {
			refused := e.(map[string]any)
			got = append(got, strings.Trim(strings.ReplaceAll(fmt.Sprint(refused["field"]), " ", "."), "[]")+" "+fmt.Sprint(refused["code"]))
			require.NotContains(t, refused["message"], "pq:")
		}
		require.Equal(t, r.want, strings.Join(got, ", "), "%s %.300v", r.mutation, r.input)
		require.Equal(t, before, c.rows(t), "%s wrote something for %.300v", r.mutation, r.input)
	}
}

// A product with as many variants as there may be goes in and is changed in one request each, by whoever may send large ones.
func TestLargestProduct(t *testing.T) {
	t.Parallel()
	c := newCounter(t)
	in := map[string]any{"title": "Large", "productOptions": []map[string]any{{"name": "Colour"}, {"name": "Size"}, {"name": "Fabric"}}}
	variants := make([]map[string]any, commerce.MaxVariants)
	for i := range variants {
		variants[i] = map[string]any{"price": "1299.50", "sku": fmt.Sprintf("LARGE-%04d", i), "barcode": "4006381333931", "optionValues": []map[string]any{
			{"optionName": "Colour", "name": fmt.Sprintf("Colour %d", i/256)}, {"optionName": "Size", "name": fmt.Sprintf("Size %d", i/16%16)}, {"optionName": "Fabric", "name": fmt.Sprintf("Fabric %d", i%16)},
		}}
	}
	in["variants"] = variants
	made := c.done(t, "productSet", "id variantsCount { count } variants(first: 250) { nodes { id } }", in)
	require.Equal(t, map[string]any{"count": float64(commerce.MaxVariants)}, made["variantsCount"])
	var change []map[string]any
	for n := range commerce.MaxVariants {
		change = append(change, map[string]any{"id": fmt.Sprintf("gid://kirana/ProductVariant/1/%d", n+1), "price": "5", "compareAtPrice": 6, "weight": 2, "weightUnit": "GRAMS"})
	}
	payload := c.do(t, "productVariantsBulkUpdate", "product { version } productVariants { id price { amount } compareAtPrice { amount } weight }",
		map[string]any{"productId": made["id"], "variants": change})
	require.Empty(t, payload["userErrors"])
	require.Equal(t, map[string]any{"version": 2.0}, payload["product"])
	changed := payload["productVariants"].([]any)
	require.Len(t, changed, commerce.MaxVariants)
	require.Equal(t, map[string]any{
		"id": "gid://kirana/ProductVariant/1/2048", "price": map[string]any{"amount": "5.00"}, "compareAtPrice": map[string]any{"amount": "6.00"}, "weight": 2.0,
	}, changed[commerce.MaxVariants-1])
	c.do(t, "productVariantsBulkUpdate", "product { id }", map[string]any{"productId": made["id"], "variants": []map[string]any{{"id": "gid://kirana/ProductVariant/1/1", "compareAtPrice": nil}}})
	reduced := func(id int) string {
		return c.as(t, nil, fmt.Sprintf(`{ node(id: "gid://kirana/ProductVariant/1/%d") { ... on ProductVariant { compareAtPrice { amount } } } }`, id), nil)
	}
	require.JSONEq(t, `{"data":{"node":{"compareAtPrice":null}}}`, reduced(1), "null takes it away")
	require.JSONEq(t, `{"data":{"node":{"compareAtPrice":{"amount":"6.00"}}}}`, reduced(2))
	require.Contains(t, c.send(t, nil, `{"query": "{ shop { name } }", "extensions": "`+strings.Repeat("x", 300<<10)+`"}`), "The body is too large.", "nobody else may")
}

// What is not published is in none of the readers' answers to buyers, and its status is none of their business.
func TestBuyersSeeNoDrafts(t *testing.T) {
	t.Parallel()
	c := newCounter(t)
	ids := c.done(t, "productSet", "id options { id } media(first: 1) { nodes { id } } variants(first: 1) { nodes { id } }", with("status", "DRAFT"))
	_, err := c.db.UpsertProducts(t.Context(), c.store, []commerce.ProductInput{{
		Handle: "shown", Title: "Shirt too", Status: commerce.ProductActive, Published: true, Options: []string{"Title"}, Collections: []string{"All"},
		Variants: []commerce.VariantInput{{Options: []string{"Default Title"}, InventoryPolicy: commerce.InventoryDeny, WeightUnit: commerce.WeightGrams}},
	}})
	require.NoError(t, err)
	_, err = c.SQL.ExecContext(t.Context(), `INSERT INTO collection_products (store_id, collection_id, product_id, position) VALUES (1, 1, 1, 9)`)
	require.NoError(t, err)
	text, err := json.Marshal(ids)
	require.NoError(t, err)
	var nodes []string
	for id := range strings.SplitSeq(string(text), `"`) {
		if strings.HasPrefix(id, "gid:") {
			nodes = append(nodes, id)
		}
	}
	require.Len(t, nodes, 4)
	const document = `query ($ids: [ID!]!) { nodes(ids: $ids) { id } byHandle: product(handle: "shirt") { title } byId: product(id: "gid://kirana/Product/1/1") { title }
		products(first: 9) { nodes { title } } byPrice: products(first: 9, sortKey: PRICE) { nodes { title } } byWords: products(first: 9, query: "shirt") { nodes { title } }
		collection(handle: "all") { products(first: 9) { nodes { title } } } }`
	const hidden = `{"data":{"nodes":[null,null,null,null],"byHandle":null,"byId":null,"products":{"nodes":[{"title":"Shirt too"}]},"byPrice":{"nodes":[{"title":"Shirt too"}]},` +
		`"byWords":{"nodes":[{"title":"Shirt too"}]},"collection":{"products":{"nodes":[{"title":"Shirt too"}]}}}}`
	buyers := map[string]*commerce.Viewer{"nobody": nil, "another merchant": {Merchant: 8, Grants: []commerce.Grant{{Store: 99, Handle: "other", Scopes: commerce.Scopes()}}}}
	product := ids["id"]
	for _, step := range []struct {
		mutation string
		input    map[string]any
		shown    bool
	}{
		{"productUpdate", map[string]any{"id": product, "status": "ARCHIVED"}, false},
		{"productPublish", map[string]any{"id": product, "publishedAt": "2999-01-01T00:00:00Z"}, false},
		{"productPublish", map[string]any{"id": product}, true},
		{"productUnpublish", map[string]any{"id": product}, false},
		{"productPublish", map[string]any{"id": product, "publishedAt": "2020-01-01T05:30:00+05:30"}, true},
		{"productUpdate", map[string]any{"id": product, "status": "DRAFT"}, false},
	} {
		c.done(t, step.mutation, "id", step.input)
		for who, viewer := range buyers {
			answer := c.as(t, viewer, document, map[string]any{"ids": nodes})
			require.Equal(t, !step.shown, answer == hidden, "%s after %s %v: %s", who, step.mutation, step.input, answer)
		}
		require.Contains(t, c.as(t, c.merchant, `{ product(handle: "shirt") { title } }`, nil), `"title":"Shirt"`, "its merchant sees it all the time")
	}
	require.Contains(t, c.as(t, c.merchant, `{ product(handle: "shirt") { status version publishedAt } }`, nil), `{"status":"DRAFT","version":7,"publishedAt":"2020-01-01T00:00:00Z"}`)
	require.Contains(t, c.as(t, nil, `{ product(handle: "shown") { status } }`, nil), "UNAUTHENTICATED")
	for mutation := range map[string]bool{"productUpdate": true, "productDelete": true, "productPublish": true} {
		answer := c.as(t, buyers["another merchant"], fmt.Sprintf(`mutation { %s(input: {id: "%s"}) { userErrors { code } } }`, mutation, product), nil)
		require.Contains(t, answer, "STORE_NOT_FOUND", mutation)
	}
}
