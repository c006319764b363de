package main

import (
	"testing"

	"github.com/stretchr/testify/require"
)

// priced is an office with two stores, each of which sells a product.
type priced struct {
	*stocked

	// product and theirProduct are global ids.
	product, theirProduct string
}

func newPriced(t *testing.T) *priced {
	t.Helper()
	p := &priced{stocked: newStocked(t)}
	id := func(c client) string {
		var store struct{ Product struct{ ID string } }
		c.ask(t, `{ store { product(handle: "tea") { id } } }`, nil).field(t, "store", &store)
		return store.Product.ID
	}
	p.product, p.theirProduct = id(p.mine), id(p.theirs)
	return p
}

// prices is a print of all that decides prices beyond the catalogue, and of who changed it.
func (p *priced) prices(t *testing.T) string {
	t.Helper()
	var text string
	require.NoError(t, p.database.SQL.QueryRowContext(t.Context(), `
SELECT concat((SELECT json_agg(d) FROM delivery_settings d), (SELECT json_agg(o) FROM pickup_locations o), (SELECT json_agg(z) FROM delivery_zones z),
    (SELECT json_agg(a) FROM delivery_areas a), (SELECT json_agg(r) FROM delivery_rates r), (SELECT json_agg(t) FROM tax_settings t),
    (SELECT json_agg(r) FROM tax_rates r), (SELECT json_agg(r) FROM product_tax_rates r), (SELECT json_agg(d) FROM discounts d), (SELECT json_agg(y) FROM payment_settings y), (SELECT count(*) FROM audit_log))`).Scan(&text))
	return text
}

type object = map[string]any

// A merchant says how goods come to buyers and which taxes there are, and reads it back.
func TestPricingStory(t *testing.T) {
	t.Parallel()
	p := newPriced(t)
	const delivery = `version pickups { name description location { id name } } zones { name restOfWorld areas { country provinces }
		rates { handle title description price { amount currencyCode } weightBands { upToGrams price { amount } } freeFrom { amount } } }`
	r := p.mine.ask(t, `{ store { deliverySettings { `+delivery+` updatedAt } taxSettings { version updatedAt pricesIncludeTax taxDelivery country province rates { title } } } }`, nil)
	require.JSONEq(t, `{"store": {"deliverySettings": {"version": 0, "updatedAt": null, "zones": [], "pickups": [{"name": "Corner", "description": "", "location": {"id": "`+p.location+`", "name": "Corner"}}]},
		"taxSettings": {"version": 0, "updatedAt": null, "pricesIncludeTax": true, "taxDelivery": false, "country": "IN", "province": "", "rates": []}}}`, data(t, r))

	r = p.mine.ask(t, mutationText("deliverySettingsSet", "deliverySettings { "+delivery+" }"), object{"input": object{
		"expectedVersion": 0, "pickups": []any{object{"locationId": p.location, "description": "From 9 to 6"}},
		"zones": []any{
			object{"name": "India", "areas": []any{object{"country": "IN"}}, "rates": []any{
				object{"title": "Standard", "price": "40", "freeFrom": "500.00"},
				object{"title": "डाक", "description": "A week", "weightBands": []any{object{"upToGrams": 500, "price": "25.5"}}},
			}},
			object{"name": "World", "areas": []any{}, "restOfWorld": true, "rates": []any{object{"title": "Air", "price": "900", "handle": "air"}}},
		},
	}})
	require.JSONEq(t, `{"deliverySettingsSet": {"userErrors": [], "deliverySettings": {"version": 1,
		"pickups": [{"name": "Corner", "description": "From 9 to 6", "location": {"id": "`+p.location+`", "name": "Corner"}}],
		"zones": [{"name": "India", "restOfWorld": false, "areas": [{"country": "IN", "provinces": []}], "rates": [
			{"handle": "india-standard", "title": "Standard", "description": "", "price": {"amount": "40.00", "currencyCode": "INR"}, "weightBands": [], "freeFrom": {"amount": "500.00"}},
			{"handle": "india-डाक", "title": "डाक", "description": "A week", "price": null, "weightBands": [{"upToGrams": 500, "price": {"amount": "25.50"}}], "freeFrom": null}
		]}, {"name": "World", "restOfWorld": true, "areas": [], "rates": [
			{"handle": "air", "title": "Air", "description": "", "price": {"amount": "900.00", "currencyCode": "INR"}, "weightBands": [], "freeFrom": null}
		]}]}}}`, data(t, r))

	r = p.mine.ask(t, mutationText("taxSettingsSet", "taxSettings { version country province rates { country province title percentage } }"), object{"input": object{
		"pricesIncludeTax": false, "taxDelivery": true, "country": "IN", "province": "kl", "rates": []any{object{"country": "IN", "title": "GST", "percentage": "18.250"}},
	}})
	require.JSONEq(t, `{"taxSettingsSet": {"userErrors": [], "taxSettings": {"version": 1, "country": "IN", "province": "KL",
		"rates": [{"country": "IN", "province": "", "title": "GST", "percentage": "18.25"}]}}}`, data(t, r))
	r = p.mine.ask(t, mutationText("productTaxRatesSet", "products { title taxRates { country percentage } }"), object{"input": object{
		"products": []any{object{"productId": p.product, "rates": []any{object{"country": "IN", "title": "GST", "percentage": "5"}}}},
	}})
	require.JSONEq(t, `{"productTaxRatesSet": {"userErrors": [], "products": [{"title": "Tea", "taxRates": [{"country": "IN", "percentage": "5"}]}]}}`, data(t, r))
	r = p.theirs.ask(t, `{ store { deliverySettings { version } taxSettings { version } product(handle: "tea") { taxRates { title } } } }`, nil)
	require.JSONEq(t, `{"store": {"deliverySettings": {"version": 0}, "taxSettings": {"version": 0}, "product": {"taxRates": []}}}`, data(t, r))
}

// A merchant makes, finds, changes and deletes a discount.
func TestDiscountStory(t *testing.T) {
	t.Parallel()
	p := newPriced(t)
	var made struct{ DiscountCode struct{ ID string } }
	p.mine.run(t, "discountCodeCreate", object{"discountCode": object{
		"code": "Diwali", "type": "PERCENTAGE", "percentage": "12.5", "items": object{"productIds": []any{p.product}}, "minimumSubtotal": "100",
		"startsAt": "2026-10-01T00:00:00Z", "endsAt": "2026-11-01T00:00:00Z", "usageLimit": 100, "oncePerCustomer": true,
		"combinesWith": object{"shippingDiscounts": true},
	}}, "discountCode { id }", &made)
	p.mine.run(t, "discountCodeCreate", object{"discountCode": object{"code": "3 for 2", "type": "BUY_X_GET_Y", "buysQuantity": 2, "getsQuantity": 1}}, "", &struct{}{})
	const fields = `code type class percentage amount { amount } items { productIds collectionIds } buysItems { productIds } buysQuantity getsQuantity usesPerOrder minimumSubtotal { amount }
		minimumQuantity startsAt endsAt usageLimit usageCount oncePerCustomer combinesWith { productDiscounts orderDiscounts shippingDiscounts } version`
	r := p.mine.ask(t, `query($id: ID!) { store { discountCode(id: $id) { `+fields+` } discountCodes(first: 5, sortKey: CODE, query: "usage_count:0") { totalCount nodes { code class percentage } }
		again: discountCode(code: "DIWALI ") { code } none: discountCode(code: "Holi") { code } } node(id: $id) { ... on DiscountCode { code } } }`, object{"id": made.DiscountCode.ID})
	require.JSONEq(t, `{"store": {"discountCode": {"code": "Diwali", "type": "PERCENTAGE", "class": "PRODUCT", "percentage": "12.5", "amount": null,
		"items": {"productIds": ["`+p.product+`"], "collectionIds": []}, "buysItems": {"productIds": []}, "buysQuantity": 0, "getsQuantity": 0, "usesPerOrder": null, "minimumSubtotal": {"amount": "100.00"},
		"minimumQuantity": null, "startsAt": "2026-10-01T00:00:00Z", "endsAt": "2026-11-01T00:00:00Z", "usageLimit": 100, "usageCount": 0, "oncePerCustomer": true,
		"combinesWith": {"productDiscounts": false, "orderDiscounts": false, "shippingDiscounts": true}, "version": 1},
		"discountCodes": {"totalCount": 2, "nodes": [{"code": "3 for 2", "class": "PRODUCT", "percentage": "100"}, {"code": "Diwali", "class": "PRODUCT", "percentage": "12.5"}]},
		"again": {"code": "Diwali"}, "none": null}, "node": {"code": "Diwali"}}`, data(t, r))
	r = p.mine.ask(t, mutationText("discountCodeUpdate", "discountCode { code class version startsAt endsAt amount { amount } percentage }"), object{"input": object{
		"id": made.DiscountCode.ID, "expectedVersion": 1, "discountCode": object{"code": "DIWALI", "type": "FIXED_AMOUNT", "amount": "50"},
	}})
	require.JSONEq(t, `{"discountCodeUpdate": {"userErrors": [], "discountCode": {"code": "DIWALI", "class": "ORDER", "version": 2, "startsAt": "2026-10-01T00:00:00Z",
		"endsAt": null, "amount": {"amount": "50.00"}, "percentage": null}}}`, data(t, r))
	r = p.mine.ask(t, mutationText("discountCodeDelete", "deletedDiscountCodeId"), object{"input": object{"id": made.DiscountCode.ID}})
	require.JSONEq(t, `{"discountCodeDelete": {"userErrors": [], "deletedDiscountCodeId": "`+made.DiscountCode.ID+`"}}`, data(t, r))
	require.JSONEq(t, `{"node": null}`, data(t, p.mine.ask(t, `query($id: ID!) { node(id: $id) { id } }`, object{"id": made.DiscountCode.ID})))
	for _, question := range []string{`discountCode { id }`, `discountCode(id: "x") { id }`, `discountCode(id: "x", code: "y") { id }`, `discountCodes { nodes { id } }`} {
		require.Equal(t, []string{"BAD_USER_INPUT"}, p.mine.ask(t, `{ store { `+question+` } }`, nil).codes(), question)
	}
}

// A buyer hears of the codes that do not count.
func TestCodesThatDoNotCount(t *testing.T) {
	t.Parallel()
	s := trial{newStocked(t), t}
	s.mine.run(t, "discountCodeCreate", object{"discountCode": object{"code": "MANY", "type": "PERCENTAGE", "percentage": "10", "minimumQuantity": 3}}, "", &struct{}{})
	cart := s.cart()
	const document = `mutation($cartId: ID!, $codes: [String!]!) { cartDiscountCodesUpdate(cartId: $cartId, discountCodes: $codes) {
		cart { discountCodes { code applicable } } userErrors { code } warnings { code message target } } }`
	require.JSONEq(t, `{"cartDiscountCodesUpdate": {"userErrors": [], "cart": {"discountCodes": [{"code": "many", "applicable": false}, {"code": "NONE", "applicable": false}]}, "warnings": [
		{"code": "DISCOUNT_QUANTITY_NOT_IN_RANGE", "message": "The code \"many\" counts from 3 units on.", "target": "`+cart+`"},
		{"code": "DISCOUNT_NOT_FOUND", "message": "The store has no code \"NONE\".", "target": "`+cart+`"}]}}`,
		data(t, s.mine.ask(t, document, object{"cartId": cart, "codes": []any{"many", "NONE"}})))
}

// Who may not change prices neither sees codes nor changes what decides prices; buyers see none of it.
func TestPricingIsPrivate(t *testing.T) {
	t.Parallel()
	p := newPriced(t)
	var made struct{ DiscountCode struct{ ID string } }
	p.mine.run(t, "discountCodeCreate", object{"discountCode": object{"code": "SHIP", "type": "FREE_SHIPPING"}}, "discountCode { id }", &made)
	p.exec(t, `UPDATE stores SET status = 'PUBLISHED'`)
	packer := p.mine.key(t, "catalog:read", "inventory:read", "orders:read", "orders:write")
	stranger := client{office: p.office, token: p.theirs.token, store: p.mine.store}
	before := p.prices(t)
	settings := []string{`deliverySettings { version }`, `taxSettings { version }`, `product(handle: "tea") { taxRates { title } }`}
	codes := []string{`discountCodes(first: 1) { nodes { code } }`, `discountCode(code: "SHIP") { code }`}
	for name, c := range map[string]struct {
		client client
		code   string
		fields []string
	}{
		"nobody": {p.as("").in(p.mine.store), "UNAUTHENTICATED", append(settings, codes...)}, "a stranger": {stranger, "FORBIDDEN", append(settings, codes...)},
		"who sends orders out": {packer, "FORBIDDEN", codes},
	} {
		for _, field := range c.fields {
			require.Equal(t, []string{c.code}, c.client.ask(t, `{ store { `+field+` } }`, nil).codes(), "%s: %s", name, field)
		}
		require.JSONEq(t, `{"node": null}`, data(t, c.client.ask(t, `query($id: ID!) { node(id: $id) { id } }`, object{"id": made.DiscountCode.ID})), name)
		for _, mutation := range []string{
			`deliverySettingsSet(input: {pickups: [], zones: []})`, `taxSettingsSet(input: {pricesIncludeTax: true, taxDelivery: true, country: IN, rates: []})`,
			`productTaxRatesSet(input: {products: []})`, `discountCodeCreate(input: {discountCode: {code: "x", type: FREE_SHIPPING}})`,
			`discountCodeUpdate(input: {id: "x", discountCode: {code: "x", type: FREE_SHIPPING}})`, `discountCodeDelete(input: {id: "x"})`,
		} {
			code := c.code
			if name == "a stranger" {
				code = "STORE_NOT_FOUND" // which it would be for a draft, too
			}
			require.Equal(t, []string{code}, c.client.ask(t, `mutation { `+mutation+` { userErrors { code } } }`, nil).codes(), "%s: %s", name, mutation)
		}
	}
	for _, field := range settings {
		require.Empty(t, packer.ask(t, `{ store { `+field+` } }`, nil).codes(), field)
	}
	require.Equal(t, before, p.prices(t))
}
