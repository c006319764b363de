package main

import (
	"context"
	"encoding/json"
	"fmt"
	"strings"
	"sync/atomic"
	"testing"

	"github.com/99designs/gqlgen/graphql"
	"github.com/stretchr/testify/require"

	"github.com/kirana-commerce/kirana/commerce"
	"github.com/kirana-commerce/kirana/dataloader"
	"github.com/kirana-commerce/kirana/db"
	"github.com/kirana-commerce/kirana/db/dbtest"
	"github.com/kirana-commerce/kirana/graph/generated"
	"github.com/kirana-commerce/kirana/graph/plan/plantest"
	"github.com/kirana-commerce/kirana/internal/auth"
	"github.com/kirana-commerce/kirana/resolvers"
)

// hydrogenCart is what the cart page of Hydrogen's skeleton asks for, but for the customer and the parents of lines.
const hydrogenCart = `
fragment Amount on MoneyV2 { currencyCode amount }
fragment Bought on BaseCartLine {
  id quantity attributes { key value }
  cost { totalAmount { ...Amount } amountPerQuantity { ...Amount } compareAtAmountPerQuantity { ...Amount } }
  merchandise { ... on ProductVariant {
    id availableForSale compareAtPrice { ...Amount } price { ...Amount } requiresShipping title image { id url altText width height }
    product { handle title id vendor } selectedOptions { name value }
  } }
}
fragment CartPage on Cart {
  updatedAt id appliedGiftCards { id lastCharacters amountUsed { ...Amount } } checkoutUrl totalQuantity
  buyerIdentity { countryCode email phone }
  lines(first: $numCartLines) { nodes { ... on CartLine { ...Bought } } nodes { ... on ComponentizableCartLine { ...Bought lineComponents { ...Bought } } } }
  cost { subtotalAmount { ...Amount } totalAmount { ...Amount } totalDutyAmount { ...Amount } totalTaxAmount { ...Amount } }
  note attributes { key value } discountCodes { code applicable }
  delivery { addresses(selected: true) { id selected address { ... on CartDeliveryAddress { formatted name } } } }
  deliveryGroups(first: 2) { nodes { id deliveryOptions { handle title estimatedCost { ...Amount } } selectedDeliveryOption { handle } cartLines(first: 3) { nodes { id } } } }
}`

const hydrogenQuery = `query Cart($cartId: ID!, $numCartLines: Int = 100, $country: CountryCode = ZZ, $language: LanguageCode) @inContext(country: $country, language: $language) {
  cart(id: $cartId) { ...CartPage }
}` + hydrogenCart

const hydrogenCreate = `mutation Create($input: CartInput!, $country: CountryCode = ZZ, $language: LanguageCode) @inContext(country: $country, language: $language) {
  cartCreate(input: $input) { cart { id totalQuantity checkoutUrl } userErrors { message field code } warnings { code message target } }
}`

// shopEngine is an engine of the API in the store `corner`, over a database.
type shopEngine struct {
	graphql.ExecutableSchema

	db *db.DB
}

// Exec gives each response loaders of its own, as the handler does.
func (c shopEngine) Exec(ctx context.Context) graphql.ResponseHandler {
	next := c.ExecutableSchema.Exec(ctx)
	return func(ctx context.Context) *graphql.Response {
		set := dataloader.New(readersFor(c.db, nil, true))
		return next(auth.With(dataloader.With(ctx, set), auth.Request{StoreHandle: "corner", BaseURL: "http://kirana"}))
	}
}

// answerOf runs a document, which must not fail, and returns its data.
func answerOf(t *testing.T, c shopEngine, d plantest.Document) string {
	t.Helper()
	out := plantest.Execute(t.Context(), c, d)
	require.Empty(t, out.Refused)
	require.Len(t, out.Responses, 1)
	require.Empty(t, out.Responses[0].Errors)
	return string(out.Responses[0].Data)
}

// Both engines show Hydrogen the same cart, with as many statements for thirty lines as for one.
func TestHydrogenCart(t *testing.T) {
	t.Parallel()
	database := dbtest.New(t)
	fillStore(t, database, "corner", 30)
	var statements atomic.Int64
	d, err := db.Open(database.URL, nil, db.Options{OnStatement: func(string) { statements.Add(1) }})
	require.NoError(t, err)
	t.Cleanup(func() { require.NoError(t, d.Close()) })
	config := generated.Config{Resolvers: &resolvers.Resolver{Stores: d, Carts: d, Till: d}}
	plans, reference := shopEngine{generated.NewPlan(config), d}, shopEngine{generated.NewExecutableSchema(config), d}
	seen := map[int64][]int{}
	for _, n := range []int{1, 2, 30} {
		lines := make([]any, n)
		for i := range lines {
			lines[i] = map[string]any{"merchandiseId": fmt.Sprintf("gid://kirana/ProductVariant/1/%d", 3*i+1), "quantity": json.Number("2"), "attributes": []any{map[string]any{"key": "gift", "value": "yes"}}}
		}
		var made struct {
			CartCreate struct {
				Cart       struct{ ID string }
				UserErrors []any
			}
		}
		require.NoError(t, json.Unmarshal([]byte(answerOf(t, plans, plantest.Document{Query: hydrogenCreate, Variables: map[string]any{"input": map[string]any{
			"lines": lines, "note": "Ring twice", "discountCodes": []any{"NONE"}, "buyerIdentity": map[string]any{"email": "asha@example.com", "countryCode": "IN"},
			"delivery": map[string]any{"addresses": []any{map[string]any{"address": kochi()}}},
		}}})), &made))
		require.Empty(t, made.CartCreate.UserErrors)
		page := plantest.Document{Query: hydrogenQuery, Variables: map[string]any{"cartId": made.CartCreate.Cart.ID}}
		require.Empty(t, plantest.Compare(t.Context(), reference, plans, page))
		before := statements.Load()
		data := answerOf(t, plans, page)
		took := statements.Load() - before
		seen[took] = append(seen[took], n)
		require.Contains(t, data, fmt.Sprintf(`"totalQuantity":%d`, 2*n))
		require.Equal(t, n, strings.Count(data, `"key":"gift"`))
		require.Contains(t, data, `"discountCodes":[{"code":"NONE","applicable":false}]`)
		require.Contains(t, data, `"checkoutUrl":"http://kirana/s/corner/`)
	}
	require.Len(t, seen, 1, "statements by how many lines: %v", seen)
	for took := range seen {
		require.LessOrEqual(t, took, int64(12))
	}
}

// cartMutation is the document of a mutation of carts, whose arguments are variables.
func cartMutation(name, arguments string) string {
	var given []string
	for argument := range strings.SplitSeq(arguments, ", ") {
		variable, _, _ := strings.Cut(argument, ":")
		given = append(given, strings.TrimPrefix(variable, "$")+": "+variable)
	}
	return "mutation(" + arguments + ") { " + name + "(" + strings.Join(given, ", ") + ") { cart { id note totalQuantity } userErrors { field code message } warnings { code target } } }"
}

// A buyer without an account buys, through every mutation there is for it.
func TestBuyerBuys(t *testing.T) {
	t.Parallel()
	o := newOffice(t)
	fillStore(t, o.database, "corner", 2)
	fillStore(t, o.database, "market", 1)
	buyer := o.as("").in("corner")
	variant := func(n int) string { return fmt.Sprintf("gid://kirana/ProductVariant/1/%d", n) }
	var made struct{ Cart struct{ ID string } }
	r := buyer.ask(t, hydrogenCreate, map[string]any{"input": map[string]any{"lines": []any{map[string]any{"merchandiseId": variant(1)}}}})
	require.Empty(t, r.refusals(t, "cartCreate"), r.text)
	r.field(t, "cartCreate", &made)
	cart := made.Cart.ID
	line, address, group := part("CartLine", cart), part("CartSelectableAddress", cart), groupOf(cart)
	for _, m := range []struct {
		name, arguments string
		fine, wrong     map[string]any
		refusal         string
	}{
		{
			"cartLinesAdd", "$cartId: ID!, $lines: [CartLineInput!]!",
			map[string]any{"lines": []any{map[string]any{"merchandiseId": variant(2), "quantity": 3}}},
			map[string]any{"lines": []any{map[string]any{"merchandiseId": variant(2), "quantity": 0}}},
			"lines.0.quantity LESS_THAN",
		},
		{
			"cartLinesUpdate", "$cartId: ID!, $lines: [CartLineUpdateInput!]!",
			map[string]any{"lines": []any{map[string]any{"id": line, "quantity": 2}}},
			map[string]any{"lines": []any{map[string]any{"id": line, "merchandiseId": "gid://kirana/ProductVariant/2/7"}}},
			"lines.0.merchandiseId INVALID",
		},
		{
			"cartLinesRemove", "$cartId: ID!, $lineIds: [ID!]!",
			map[string]any{"lineIds": []any{line}},
			map[string]any{"lineIds": []any{line}},
			"lineIds.0 INVALID_MERCHANDISE_LINE",
		},
		{
			"cartNoteUpdate", "$cartId: ID!, $note: String!",
			map[string]any{"note": "Ring twice"},
			map[string]any{"note": strings.Repeat("न", 5001)},
			"note NOTE_TOO_LONG",
		},
		{
			"cartAttributesUpdate", "$cartId: ID!, $attributes: [AttributeInput!]!",
			map[string]any{"attributes": []any{map[string]any{"key": "gift", "value": "yes"}}},
			map[string]any{"attributes": []any{map[string]any{"key": "", "value": "yes"}}},
			"attributes.0.key INVALID",
		},
		{
			"cartBuyerIdentityUpdate", "$cartId: ID!, $buyerIdentity: CartBuyerIdentityInput!",
			map[string]any{"buyerIdentity": map[string]any{"phone": "+91 98765 43210"}},
			map[string]any{"buyerIdentity": map[string]any{"email": "asha"}},
			"buyerIdentity.email INVALID",
		},
		{
			"cartDiscountCodesUpdate", "$cartId: ID!, $discountCodes: [String!]!",
			map[string]any{"discountCodes": []any{"NONE"}},
			map[string]any{"discountCodes": []any{strings.Repeat("x", 256)}},
			"discountCodes.0 INVALID",
		},
		{
			"cartDeliveryAddressesAdd", "$cartId: ID!, $addresses: [CartSelectableAddressInput!]!",
			map[string]any{"addresses": []any{map[string]any{"address": kochi()}}},
			map[string]any{"addresses": []any{map[string]any{"address": map[string]any{"deliveryAddress": map[string]any{"phone": "x"}}}}},
			"addresses.0.address.deliveryAddress.phone INVALID",
		},
		{
			"cartDeliveryAddressesUpdate", "$cartId: ID!, $addresses: [CartSelectableAddressUpdateInput!]!",
			map[string]any{"addresses": []any{map[string]any{"id": address, "selected": true}}},
			map[string]any{"addresses": []any{map[string]any{"id": address + "9"}}},
			"addresses.0.id INVALID_DELIVERY_ADDRESS_ID",
		},
		{
			"cartSelectedDeliveryOptionsUpdate", "$cartId: ID!, $selectedDeliveryOptions: [CartSelectedDeliveryOptionInput!]!",
			map[string]any{"selectedDeliveryOptions": []any{map[string]any{"deliveryGroupId": group, "deliveryOptionHandle": ""}}},
			map[string]any{"selectedDeliveryOptions": []any{map[string]any{"deliveryGroupId": group + "9", "deliveryOptionHandle": ""}}},
			"selectedDeliveryOptions.0.deliveryGroupId INVALID_DELIVERY_GROUP",
		},
		{
			"cartDeliveryAddressesRemove", "$cartId: ID!, $addressIds: [ID!]!",
			map[string]any{"addressIds": []any{address}},
			map[string]any{"addressIds": []any{address}},
			"addressIds.0 INVALID_DELIVERY_ADDRESS_ID",
		},
	} {
		document := cartMutation(m.name, m.arguments)
		m.fine["cartId"], m.wrong["cartId"] = cart, cart
		r := buyer.ask(t, document, m.fine)
		require.Empty(t, r.refusals(t, m.name), "%s: %s", m.name, r.text)
		require.Contains(t, r.text, `"cart":{`, m.name)
		before := o.dump(t)
		r = buyer.ask(t, document, m.wrong)
		require.Equal(t, []string{m.refusal}, r.refusals(t, m.name), r.text)
		require.Equal(t, []string{"cartId INVALID"}, buyer.in("market").ask(t, document, m.fine).refusals(t, m.name), "%s in another store", m.name)
		for _, wrong := range []string{cart[:len(cart)-1] + "_", cart[:strings.Index(cart, "?")], "x", ""} {
			m.fine["cartId"] = wrong
			require.Equal(t, []string{"cartId INVALID"}, buyer.ask(t, document, m.fine).refusals(t, m.name), "%s of %q", m.name, wrong)
		}
		require.Equal(t, before, o.dump(t), "%s writes nothing that is refused", m.name)
	}
	requireOrdered(t, o, buyer, cart)
}

// requireOrdered completes a cart of three units at 1.00, and finds the order.
func requireOrdered(t *testing.T, o *office, buyer client, cart string) {
	t.Helper()
	complete := `mutation($input: CartCompleteInput!) { cartComplete(input: $input) { order { id name totalPrice { amount } phone note } cart { id totalQuantity } userErrors { field code message } } }`
	input := func(total string) map[string]any {
		return map[string]any{"input": map[string]any{"cartId": cart, "expectedTotal": map[string]any{"amount": total, "currencyCode": "INR"}}}
	}
	before := o.dump(t)
	r := buyer.ask(t, complete, input("2.99"))
	require.Equal(t, []string{"input.expectedTotal PRICE_CHANGED"}, r.refusals(t, "cartComplete"), r.text)
	require.Contains(t, r.text, `"cart":{"id":"`+cart+`","totalQuantity":3}`, "the buyer sees what it costs now")
	require.Equal(t, []string{"input.cartId INVALID"}, buyer.in("market").ask(t, complete, input("3.00")).refusals(t, "cartComplete"))
	require.Equal(t, before, o.dump(t))
	r = buyer.ask(t, complete, input("3.00"))
	require.Empty(t, r.refusals(t, "cartComplete"), r.text)
	var done struct {
		Order struct{ ID, Name, Phone, Note string }
	}
	r.field(t, "cartComplete", &done)
	require.Equal(t, []string{"#1001", "+919876543210", "Ring twice"}, []string{done.Order.Name, done.Order.Phone, done.Order.Note})
	require.JSONEq(t, r.text, buyer.ask(t, complete, input("1")).text, "who asks again is told the same")

	found := `query($id: ID!, $key: ID!) { cart(id: $id) { id } order(id: $key) { name lineItems { title quantity } } nodes(ids: [$id, $key]) { __typename } }`
	require.JSONEq(t, `{"data":{"cart":null,"order":{"name":"#1001","lineItems":[{"title":"Product 0","quantity":3}]},"nodes":[null,{"__typename":"Order"}]}}`,
		buyer.ask(t, found, map[string]any{"id": cart, "key": done.Order.ID}).text)
	nothing := `{"data":{"cart":null,"order":null,"nodes":[null,null]}}`
	require.JSONEq(t, nothing, buyer.in("market").ask(t, found, map[string]any{"id": cart, "key": done.Order.ID}).text)
	require.JSONEq(t, nothing, buyer.ask(t, found, map[string]any{"id": cart, "key": done.Order.ID[:strings.Index(done.Order.ID, "?")]}).text)
	differences, err := o.database.CheckInventory(t.Context(), commerce.StoreID(0))
	require.NoError(t, err)
	require.Empty(t, differences)
}
