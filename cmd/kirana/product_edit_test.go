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

	"github.com/stretchr/testify/require"

	"github.com/kirana-commerce/kirana/commerce"
	"github.com/kirana-commerce/kirana/dataloader"
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

func TestProductSet(t *testing.T) {
	t.Parallel()
	c := newCounter(t)
	const selection = `id handle title descriptionHtml status version publishedAt vendor tags seo { title }
		options { name values } media(first: 9) { nodes { alt ... on MediaImage { image { url width height } } } }
		variants(first: 9) { nodes { id title sku price { amount } compareAtPrice { amount } weight weightUnit quantityAvailable image { url } } }`
	in := shirt()
	in["descriptionHtml"] = `<p onclick="steal()">Cotton</p><script>alert(1)</script>`
	made := c.done(t, "productSet", selection, in)
	text, err := json.MarshalIndent(made, "", " ")
	require.NoError(t, err)
	t.Log(string(text))
	require.Equal(t, "shirt", made["handle"])
	require.Equal(t, "<p>Cotton</p>", made["descriptionHtml"])
}

var _ = dataloader.From
var _ context.Context
