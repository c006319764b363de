package main

import (
	"bytes"
	"fmt"
	"maps"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/kirana-commerce/kirana/commerce"
	"github.com/kirana-commerce/kirana/internal/config"
)

// stocked is an office with two stores of one merchant each, which sell a product of three variants.
type stocked struct {
	*office

	mine, theirs client
	// variants and location are global ids of mine.
	variants []string
	location string
	// theirVariant and theirLocation are those of the other store.
	theirVariant, theirLocation string
}

func newStocked(t *testing.T, edit ...func(*config.Config)) *stocked {
	t.Helper()
	o := newOffice(t, edit...)
	s := &stocked{office: o}
	s.mine, s.theirs = o.as(o.signUp(t, "a@example.com")), o.as(o.signUp(t, "b@example.com"))
	s.mine = s.mine.in(s.mine.open(t, "Corner"))
	s.theirs = s.theirs.in(s.theirs.open(t, "Market"))
	s.variants, s.location = s.stock(t, s.mine)
	theirs, location := s.stock(t, s.theirs)
	s.theirVariant, s.theirLocation = theirs[0], location
	return s
}

// stock gives a store a product with three variants, of which there are 0, 1 and 2.
func (s *stocked) stock(t *testing.T, c client) ([]string, string) {
	t.Helper()
	store, err := s.database.FindStore(t.Context(), c.store)
	require.NoError(t, err)
	in := commerce.ProductInput{Handle: "tea", Title: "Tea", Status: commerce.ProductActive, Published: true, Options: []string{"Size"}}
	for i, size := range []string{"S", "M", "L"} {
		in.Variants = append(in.Variants, commerce.VariantInput{
			Options: []string{size}, InventoryQuantity: i, InventoryTracked: true, InventoryPolicy: commerce.InventoryDeny, WeightUnit: commerce.WeightGrams,
		})
	}
	_, err = s.database.UpsertProducts(t.Context(), store, []commerce.ProductInput{in})
	require.NoError(t, err)
	var found struct {
		Locations struct{ Nodes []struct{ ID string } }
		Product   struct {
			Variants struct{ Nodes []struct{ ID string } }
		}
	}
	c.ask(t, `{ store { locations(first: 5) { nodes { id } } product(handle: "tea") { variants(first: 5, sortKey: ID) { nodes { id } } } } }`, nil).field(t, "store", &found)
	var ids []string
	for _, v := range found.Product.Variants.Nodes {
		ids = append(ids, v.ID)
	}
	return ids, found.Locations.Nodes[0].ID
}

func line(variant, location string, more map[string]any) map[string]any {
	more["variantId"], more["locationId"] = variant, location
	return more
}

// A merchant adds a location, counts, takes away, and reads what happened.
func TestInventoryStory(t *testing.T) {
	t.Parallel()
	s := newStocked(t)
	var added struct{ Location struct{ ID string } }
	s.mine.run(t, "locationAdd", map[string]any{"name": "Cellar", "address": map[string]any{"city": "Pune"}}, "location { id name isDefault address { city zip } }", &added)
	r := s.mine.ask(t, mutationText("inventorySetQuantities", `inventoryAdjustmentGroup { reason referenceDocumentUri
		changes { name delta quantityAfterChange variant { quantityAvailable } location { name } } }`), map[string]any{"input": map[string]any{
		"name": "ON_HAND", "reason": "CYCLE_COUNT", "referenceDocumentUri": "count:1", "quantities": []any{
			line(s.variants[1], s.location, map[string]any{"quantity": 4, "compareQuantity": 1}),
			line(s.variants[1], added.Location.ID, map[string]any{"quantity": 10, "compareQuantity": 0}),
		},
	}})
	require.JSONEq(t, `{"inventorySetQuantities": {"userErrors": [], "inventoryAdjustmentGroup": {"reason": "CYCLE_COUNT", "referenceDocumentUri": "count:1", "changes": [
		{"name": "ON_HAND", "delta": 3, "quantityAfterChange": 4, "variant": {"quantityAvailable": 14}, "location": {"name": "Corner"}},
		{"name": "ON_HAND", "delta": 10, "quantityAfterChange": 10, "variant": {"quantityAvailable": 14}, "location": {"name": "Cellar"}}
	]}}}`, data(t, r))
	s.mine.run(t, "inventoryAdjustQuantities", map[string]any{
		"name": "AVAILABLE", "reason": "DAMAGED", "changes": []any{line(s.variants[1], added.Location.ID, map[string]any{"delta": -2})},
	}, "inventoryAdjustmentGroup { createdAt }", &struct{}{})

	r = s.mine.ask(t, `query($id: ID!) { node(id: $id) { ... on ProductVariant { inventoryLevels { location { name } onHand reserved available }
		inventoryHistory(first: 2) { nodes { reason deltaOnHand onHand location { name } author { kind name } referenceDocumentUri } pageInfo { hasNextPage } } } } }`,
		map[string]any{"id": s.variants[1]})
	require.JSONEq(t, `{"node": {"inventoryLevels": [
		{"location": {"name": "Corner"}, "onHand": 4, "reserved": 0, "available": 4}, {"location": {"name": "Cellar"}, "onHand": 8, "reserved": 0, "available": 8}
	], "inventoryHistory": {"nodes": [
		{"reason": "DAMAGED", "deltaOnHand": -2, "onHand": 8, "location": {"name": "Cellar"}, "author": {"kind": "MERCHANT", "name": "Merchant"}, "referenceDocumentUri": null},
		{"reason": "CYCLE_COUNT", "deltaOnHand": 10, "onHand": 10, "location": {"name": "Cellar"}, "author": {"kind": "MERCHANT", "name": "Merchant"}, "referenceDocumentUri": "count:1"}
	], "pageInfo": {"hasNextPage": true}}}}`, data(t, r))
	r = s.mine.ask(t, `{ store { inventoryLevels(first: 10) { nodes { variant { title } location { name } onHand } } none: inventoryLevels(first: 10, query: "coffee") { nodes { onHand } } } }`, nil)
	require.JSONEq(t, `{"store": {"none": {"nodes": []}, "inventoryLevels": {"nodes": [
		{"variant": {"title": "S"}, "location": {"name": "Corner"}, "onHand": 0}, {"variant": {"title": "M"}, "location": {"name": "Corner"}, "onHand": 4},
		{"variant": {"title": "M"}, "location": {"name": "Cellar"}, "onHand": 8}, {"variant": {"title": "L"}, "location": {"name": "Corner"}, "onHand": 2}
	]}}}`, data(t, r))
	s.requireVerified(t)
}

func data(t *testing.T, r reply) string {
	t.Helper()
	require.Empty(t, r.Errors, r.text)
	parts := make([]string, 0, len(r.Data))
	for name, value := range r.Data {
		parts = append(parts, fmt.Sprintf("%q: %s", name, value))
	}
	return "{" + strings.Join(parts, ", ") + "}"
}

// requireVerified runs kirana verify.
func (o *office) requireVerified(t *testing.T) {
	t.Helper()
	var out, log bytes.Buffer
	require.Zero(t, run(t.Context(), []string{"verify", "--inventory", "--books", "--json", "--database-url", o.database.URL}, &out, &log), "%s%s", &out, &log)
	require.JSONEq(t, `{"inventory": [], "books": []}`, out.String())
}

// Whoever may not see stock sees none: the field is refused, and a location looks like one that does not exist.
func TestInventoryIsPrivate(t *testing.T) {
	t.Parallel()
	s := newStocked(t)
	_, err := s.database.SQL.ExecContext(t.Context(), `UPDATE stores SET status = 'PUBLISHED'`)
	require.NoError(t, err)
	nobody, stranger := s.as("").in(s.mine.store), client{office: s.office, token: s.theirs.token, store: s.mine.store}
	for name, c := range map[string]struct {
		client client
		code   string
	}{"nobody": {nobody, "UNAUTHENTICATED"}, "a stranger": {stranger, "FORBIDDEN"}} {
		for _, field := range []string{"store { locations(first: 1) { nodes { id } } }", "store { inventoryLevels(first: 1) { nodes { onHand } } }"} {
			require.Equal(t, []string{c.code}, c.client.ask(t, "{ "+field+" }", nil).codes(), "%s: %s", name, field)
		}
		r := c.client.ask(t, `query($id: ID!) { node(id: $id) { ... on ProductVariant { id inventoryLevels { onHand } } } }`, map[string]any{"id": s.variants[0]})
		require.Equal(t, []string{c.code}, r.codes(), name)
		require.JSONEq(t, `{"node": null}`, data(t, c.client.ask(t, `query($id: ID!) { node(id: $id) { id } }`, map[string]any{"id": s.location})), name)
		require.JSONEq(t, `{"node": null}`, data(t, c.client.ask(t, `{ node(id: "gid://kirana/Location/1/999") { id } }`, nil)), name)
	}
	require.JSONEq(t, `{"node": {"name": "Corner"}}`, data(t, s.mine.ask(t, `query($id: ID!) { node(id: $id) { ... on Location { name } } }`, map[string]any{"id": s.location})))
	for _, mutation := range []string{
		`inventorySetQuantities(input: {name: ON_HAND, reason: OTHER, quantities: []})`, `inventoryAdjustQuantities(input: {name: ON_HAND, reason: OTHER, changes: []})`,
		`locationAdd(input: {name: "x"})`, `locationEdit(input: {id: "x"})`, `locationDeactivate(input: {id: "x"})`, `locationActivate(input: {id: "x"})`,
	} {
		require.Equal(t, []string{"UNAUTHENTICATED"}, nobody.ask(t, `mutation { `+mutation+` { userErrors { code } } }`, nil).codes(), mutation)
		require.NotEmpty(t, stranger.ask(t, `mutation { `+mutation+` { userErrors { code } } }`, nil).codes(), mutation)
	}
}

// Every refusal of the stock's mutations: path and code, and nothing is written.
func TestInventoryRefusals(t *testing.T) {
	t.Parallel()
	s := newStocked(t)
	var closed struct{ Location struct{ ID string } }
	s.mine.run(t, "locationAdd", map[string]any{"name": "Attic"}, "location { id }", &closed)
	s.mine.run(t, "locationDeactivate", map[string]any{"id": closed.Location.ID}, "location { isActive }", &struct{}{})
	before := s.everything(t)
	v, at := s.variants[0], s.location
	many := make([]any, 251)
	for i := range many {
		many[i] = line(v, at, map[string]any{"quantity": 1, "compareQuantity": 0})
	}
	one := func(l map[string]any) []any { return []any{l} }
	good := func() map[string]any {
		return line(s.variants[2], at, map[string]any{"quantity": 9, "compareQuantity": 2})
	}
	for name, c := range map[string]struct {
		more  map[string]any
		lines []any
		want  []string
	}{
		"nothing to do":                {nil, []any{}, []string{"input.quantities BLANK"}},
		"too much":                     {nil, many, nil},
		"the system's reason":          {map[string]any{"reason": "ORDER"}, one(good()), []string{"input.reason RESERVED"}},
		"a reference that is too long": {map[string]any{"referenceDocumentUri": strings.Repeat("x", 2049)}, one(good()), []string{"input.referenceDocumentUri TOO_LONG"}},
		"another store's ids": {
			nil,
			[]any{good(), line(s.theirVariant, s.theirLocation, map[string]any{"quantity": 1, "compareQuantity": 0})},
			[]string{"input.quantities.1.variantId NOT_FOUND", "input.quantities.1.locationId NOT_FOUND"},
		},
		"ids of nothing": {
			nil,
			[]any{good(), line("gid://kirana/ProductVariant/1/999", "gid://kirana/Location/1/999", map[string]any{"quantity": 1, "compareQuantity": 0})},
			[]string{"input.quantities.1.variantId NOT_FOUND", "input.quantities.1.locationId NOT_FOUND"},
		},
		"no ids": {nil, one(line("7", at, map[string]any{"quantity": 1, "compareQuantity": 0})), []string{"input.quantities.0.variantId NOT_FOUND"}},
		"ids of something else": {
			nil, one(line(at, v, map[string]any{"quantity": 1, "compareQuantity": 0})),
			[]string{"input.quantities.0.variantId NOT_FOUND", "input.quantities.0.locationId NOT_FOUND"},
		},
		"a closed location":        {nil, []any{good(), line(v, closed.Location.ID, map[string]any{"quantity": 1, "compareQuantity": 0})}, []string{"input.quantities.1.locationId LOCATION_INACTIVE"}},
		"stale":                    {nil, []any{good(), line(v, at, map[string]any{"quantity": 1, "compareQuantity": 5})}, []string{"input.quantities.1.compareQuantity COMPARE_QUANTITY_STALE"}},
		"nothing to compare with":  {nil, one(line(v, at, map[string]any{"quantity": 1})), []string{"input.quantities.0.compareQuantity COMPARE_QUANTITY_REQUIRED"}},
		"twice":                    {nil, []any{good(), good()}, []string{"input.quantities.1 DUPLICATE"}},
		"less than nothing":        {nil, one(line(v, at, map[string]any{"quantity": -1, "compareQuantity": 0})), []string{"input.quantities.0.quantity NOT_ENOUGH_STOCK"}},
		"more than a billion":      {nil, one(line(v, at, map[string]any{"quantity": 1_000_000_001, "compareQuantity": 0})), []string{"input.quantities.0.quantity INVALID"}},
		"more than anybody counts": {nil, one(line(v, at, map[string]any{"quantity": 2147483648, "compareQuantity": 0})), []string{"input.quantities.0.quantity INVALID"}},
	} {
		input := map[string]any{"name": "ON_HAND", "reason": "CORRECTION", "quantities": c.lines}
		maps.Copy(input, c.more)
		r := s.mine.ask(t, mutationText("inventorySetQuantities", "inventoryAdjustmentGroup { reason }"), map[string]any{"input": input})
		switch {
		case len(r.Errors) > 0:
			require.Equal(t, "more than anybody counts", name, r.text) // no Int of GraphQL
		case name == "too much":
			require.Contains(t, r.refusals(t, "inventorySetQuantities"), "input.quantities TOO_MANY")
		default:
			require.Equal(t, c.want, r.refusals(t, "inventorySetQuantities"), name)
		}
		require.Equal(t, before, s.everything(t), name)
	}
	for name, c := range map[string]struct {
		lines []any
		want  []string
	}{
		"nothing to do":       {[]any{}, []string{"input.changes BLANK"}},
		"less than nothing":   {[]any{line(s.variants[2], at, map[string]any{"delta": -3})}, []string{"input.changes.0.delta NOT_ENOUGH_STOCK"}},
		"another store's":     {[]any{line(s.theirVariant, at, map[string]any{"delta": 1})}, []string{"input.changes.0.variantId NOT_FOUND"}},
		"twice":               {[]any{line(v, at, map[string]any{"delta": 1}), line(v, at, map[string]any{"delta": 1})}, []string{"input.changes.1 DUPLICATE"}},
		"more than a billion": {[]any{line(v, at, map[string]any{"delta": 1_000_000_001})}, []string{"input.changes.0.delta INVALID"}},
		"one of two":          {[]any{line(v, at, map[string]any{"delta": 1}), line(s.variants[1], at, map[string]any{"delta": -2})}, []string{"input.changes.1.delta NOT_ENOUGH_STOCK"}},
	} {
		r := s.mine.ask(t, mutationText("inventoryAdjustQuantities", "inventoryAdjustmentGroup { reason }"), map[string]any{
			"input": map[string]any{"name": "AVAILABLE", "reason": "OTHER", "changes": c.lines},
		})
		require.Equal(t, c.want, r.refusals(t, "inventoryAdjustQuantities"), name)
		require.Equal(t, before, s.everything(t), name)
	}
}

// everything is a print of all that mutations of stock write.
func (s *stocked) everything(t *testing.T) string {
	t.Helper()
	var text string
	require.NoError(t, s.database.SQL.QueryRowContext(t.Context(), `
SELECT concat((SELECT json_agg(l ORDER BY store_id, variant_id, location_id) FROM inventory_levels l), (SELECT json_agg(o ORDER BY id) FROM locations o),
    (SELECT count(*) FROM inventory_ledger), (SELECT count(*) FROM audit_log), (SELECT json_agg(v ORDER BY id) FROM product_variants v))`).Scan(&text))
	return text
}

// Every refusal of the locations' mutations: path and code, and nothing is written.
func TestLocationRefusals(t *testing.T) {
	t.Parallel()
	s := newStocked(t)
	var attic struct{ Location struct{ ID string } }
	s.mine.run(t, "locationAdd", map[string]any{"name": "Attic"}, "location { id }", &attic)
	s.mine.run(t, "inventoryAdjustQuantities", map[string]any{
		"name": "ON_HAND", "reason": "RECEIVED", "changes": []any{line(s.variants[0], attic.Location.ID, map[string]any{"delta": 1})},
	}, "inventoryAdjustmentGroup { reason }", &struct{}{})
	before := s.everything(t)
	for name, c := range map[string]struct {
		mutation string
		input    map[string]any
		want     []string
	}{
		"no name":              {"locationAdd", map[string]any{"name": " "}, []string{"input.name BLANK"}},
		"a name that is taken": {"locationAdd", map[string]any{"name": "ATTIC"}, []string{"input.name TAKEN"}},
		"a long name":          {"locationAdd", map[string]any{"name": strings.Repeat("x", 256)}, []string{"input.name TOO_LONG"}},
		"a long address":       {"locationAdd", map[string]any{"name": "x", "address": map[string]any{"city": strings.Repeat("x", 256)}}, []string{"input.address.city TOO_LONG"}},
		"a position below 0":   {"locationAdd", map[string]any{"name": "x", "position": -1}, []string{"input.position INVALID"}},
		"another's name":       {"locationEdit", map[string]any{"id": attic.Location.ID, "name": "corner"}, []string{"input.name TAKEN"}},
		"an empty name":        {"locationEdit", map[string]any{"id": attic.Location.ID, "name": ""}, []string{"input.name BLANK"}},
		"another store's":      {"locationEdit", map[string]any{"id": s.theirLocation, "name": "Mine"}, []string{"input.id NOT_FOUND"}},
		"none":                 {"locationEdit", map[string]any{"id": "gid://kirana/Location/1/999"}, []string{"input.id NOT_FOUND"}},
		"the default":          {"locationDeactivate", map[string]any{"id": s.location}, []string{"input.id DEFAULT_LOCATION"}},
		"with stock":           {"locationDeactivate", map[string]any{"id": attic.Location.ID}, []string{"input.id HAS_STOCK"}},
		"to close another's":   {"locationDeactivate", map[string]any{"id": s.theirLocation}, []string{"input.id NOT_FOUND"}},
		"to open another's":    {"locationActivate", map[string]any{"id": s.theirLocation}, []string{"input.id NOT_FOUND"}},
		"something else":       {"locationActivate", map[string]any{"id": s.variants[0]}, []string{"input.id NOT_FOUND"}},
	} {
		r := s.mine.ask(t, mutationText(c.mutation, "location { id }"), map[string]any{"input": c.input})
		require.Equal(t, c.want, r.refusals(t, c.mutation), name)
		require.Equal(t, before, s.everything(t), name)
	}
	s.mine.run(t, "locationEdit", map[string]any{"id": attic.Location.ID, "name": "Loft", "address": map[string]any{"city": " Pune "}}, "location { name }", &struct{}{})
	r := s.mine.ask(t, `{ store { locations(first: 5, reverse: true) { nodes { name address { city zip } } } } }`, nil)
	require.JSONEq(t, `{"store": {"locations": {"nodes": [{"name": "Loft", "address": {"city": "Pune", "zip": null}}, {"name": "Corner", "address": {"city": null, "zip": null}}]}}}`, data(t, r))
}

// What does not add up is listed, and the exit code says so.
func TestVerifyInventory(t *testing.T) {
	t.Parallel()
	s := newStocked(t)
	_, err := s.database.SQL.ExecContext(t.Context(), `ALTER TABLE product_variants DISABLE TRIGGER USER; UPDATE product_variants SET inventory_quantity = 50 WHERE store_id = 1 AND inventory_quantity = 2`)
	require.NoError(t, err)
	for _, c := range []struct {
		args []string
		code int
		says string
	}{
		{[]string{"--inventory"}, 3, ": inventory_quantity is 50, explained are 2\n1 difference\n"},
		{[]string{"--inventory", "--store", s.mine.store}, 3, "store corner, variant "},
		{[]string{"--inventory", "--store", s.theirs.store}, 0, "0 differences\n"},
		{[]string{"--inventory", "--json"}, 3, `"stored": 50`},
		{[]string{"--inventory", "--store", "none"}, 1, ""},
		{nil, 1, ""},
	} {
		var out, log bytes.Buffer
		code := run(t.Context(), append([]string{"verify", "--database-url", s.database.URL}, c.args...), &out, &log)
		require.Equal(t, c.code, code, "%v: %s%s", c.args, &out, &log)
		require.Contains(t, out.String(), c.says, "%v", c.args)
	}
}
