package main

import (
	"strings"

	"github.com/stretchr/testify/require"
)

// ofCart is for a mutation of a cart: its variables besides the cart's id.
func ofCart(rest func(s trial, cart string) map[string]any) prepared {
	return func(s trial) map[string]any {
		cart := s.cart()
		variables := rest(s, cart)
		variables["cartId"] = cart
		return variables
	}
}

// always is the same for any cart.
func always(name string, value any) func(trial, string) map[string]any {
	return func(trial, string) map[string]any { return map[string]any{name: value} }
}

// cart is one with two units of a product that sells without stock, and an address.
func (s trial) cart() string {
	var made struct{ Cart struct{ ID string } }
	r := s.mine.ask(s.t, hydrogenCreate, map[string]any{"input": map[string]any{
		"lines":    []any{map[string]any{"merchandiseId": s.sold(), "quantity": 2}},
		"delivery": map[string]any{"addresses": []any{map[string]any{"address": kochi()}}},
	}})
	require.Empty(s.t, r.refusals(s.t, "cartCreate"), r.text)
	r.field(s.t, "cartCreate", &made)
	return made.Cart.ID
}

// sold is a variant of a product that buyers can see, of which there is no end, in a store that is open.
func (s trial) sold() string {
	s.open("storePublish")
	var made struct {
		Product struct {
			ID       string
			Variants struct{ Nodes []struct{ ID string } }
		}
	}
	s.mine.run(s.t, "productSet", map[string]any{"title": "Rice", "status": "ACTIVE", "variants": []any{map[string]any{"price": "10"}}},
		"product { id variants(first: 1) { nodes { id } } }", &made)
	s.mine.run(s.t, "productPublish", map[string]any{"id": made.Product.ID}, "", &struct{}{})
	return made.Product.Variants.Nodes[0].ID
}

func kochi() map[string]any {
	return map[string]any{"deliveryAddress": map[string]any{"address1": "7 MG Road", "city": "Kochi", "countryCode": "IN", "lastName": "Nair"}}
}

// part is the global id of the first part of a kind that a cart has.
func part(kind, cart string) string {
	return "gid://kirana/" + kind + "/1/1?cart=" + cartNumber(cart)
}

// groupOf is the global id of the one delivery group that a cart has.
func groupOf(cart string) string { return "gid://kirana/CartDeliveryGroup/1/" + cartNumber(cart) }

// cartNumber is a cart's id in its store, with its key.
func cartNumber(cart string) string {
	return strings.TrimPrefix(cart[:strings.Index(cart, "?")], "gid://kirana/Cart/1/")
}

// completion is the input that makes an order of a new cart, at what it costs with the prices that other trials have left.
func (s trial) completion() map[string]any {
	cart := s.cart()
	var found struct {
		Cost struct{ TotalAmount map[string]any }
	}
	s.mine.ask(s.t, `query($id: ID!) { cart(id: $id) { cost { totalAmount { amount currencyCode } } } }`, map[string]any{"id": cart}).field(s.t, "cart", &found)
	return map[string]any{"cartId": cart, "expectedTotal": found.Cost.TotalAmount, "contact": map[string]any{"email": "asha@example.com"}}
}

// order is one of two units, by the id that its merchant has.
func (s trial) order() (id, line string) {
	var made struct {
		Order struct {
			ID        string
			LineItems []struct{ ID string }
		}
	}
	s.mine.run(s.t, "cartComplete", s.completion(), "order { id lineItems { id } }", &made)
	id, _, _ = strings.Cut(made.Order.ID, "?")
	return id, made.Order.LineItems[0].ID
}

// byCard is an order that is to be paid by card, by the id that its buyer has.
func (s trial) byCard() string {
	s.mine.run(s.t, "paymentSettingsSet", map[string]any{"stripeAccountId": "acct_corner"}, "", &struct{}{})
	in := s.completion()
	in["payment"] = map[string]any{"method": "CARD"}
	var made struct{ Order struct{ ID string } }
	s.mine.run(s.t, "cartComplete", in, "order { id }", &made)
	return made.Order.ID
}

func (s trial) paid() (id, line string) {
	id, line = s.order()
	s.mine.run(s.t, "orderMarkAsPaid", map[string]any{"id": id}, "", &struct{}{})
	return id, line
}

// ofOrder is for a mutation of an order: its input besides the order's id.
func ofOrder(pairs ...any) prepared {
	return func(s trial) map[string]any {
		id, _ := s.order()
		return input(append([]any{"id", id}, pairs...)...)
	}
}

func repeatedCart() map[string]prepared {
	three := func(s trial) []any { return []any{map[string]any{"merchandiseId": s.sold(), "quantity": 3}} }
	return map[string]prepared{
		"cartCreate":   func(s trial) map[string]any { return input("lines", three(s)) },
		"cartLinesAdd": ofCart(func(s trial, _ string) map[string]any { return map[string]any{"lines": three(s)} }),
		"cartLinesUpdate": ofCart(func(_ trial, cart string) map[string]any {
			return map[string]any{"lines": []any{map[string]any{"id": part("CartLine", cart), "quantity": 5}}}
		}),
		"cartLinesRemove": ofCart(func(_ trial, cart string) map[string]any {
			return map[string]any{"lineIds": []any{part("CartLine", cart)}}
		}),
		"cartNoteUpdate":           ofCart(always("note", "Ring twice")),
		"cartAttributesUpdate":     ofCart(always("attributes", []any{map[string]any{"key": "gift", "value": "yes"}})),
		"cartBuyerIdentityUpdate":  ofCart(always("buyerIdentity", map[string]any{"email": "asha@example.com"})),
		"cartDiscountCodesUpdate":  ofCart(always("discountCodes", []any{"NONE"})),
		"cartDeliveryAddressesAdd": ofCart(always("addresses", []any{map[string]any{"address": kochi(), "selected": true}})),
		"cartDeliveryAddressesUpdate": ofCart(func(_ trial, cart string) map[string]any {
			other := map[string]any{"deliveryAddress": map[string]any{"address1": "8 MG Road", "city": "Kochi", "countryCode": "IN", "lastName": "Nair"}}
			return map[string]any{"addresses": []any{map[string]any{"id": part("CartSelectableAddress", cart), "address": other}}}
		}),
		"cartDeliveryAddressesRemove": ofCart(func(_ trial, cart string) map[string]any {
			return map[string]any{"addressIds": []any{part("CartSelectableAddress", cart)}}
		}),
		"cartSelectedDeliveryOptionsUpdate": ofCart(func(s trial, cart string) map[string]any {
			return map[string]any{"selectedDeliveryOptions": []any{map[string]any{"deliveryGroupId": groupOf(cart), "deliveryOptionHandle": s.pickup(cart)}}}
		}),
		"cartComplete": func(s trial) map[string]any { return map[string]any{"input": s.completion()} },
	}
}

// pickup is the handle of the first way in which what is in a cart comes to the buyer.
func (s trial) pickup(cart string) string {
	var found struct {
		DeliveryGroups struct {
			Nodes []struct{ DeliveryOptions []struct{ Handle string } }
		}
	}
	s.mine.ask(s.t, `query($id: ID!) { cart(id: $id) { deliveryGroups(first: 1) { nodes { deliveryOptions { handle } } } } }`, map[string]any{"id": cart}).field(s.t, "cart", &found)
	require.NotEmpty(s.t, found.DeliveryGroups.Nodes)
	return found.DeliveryGroups.Nodes[0].DeliveryOptions[0].Handle
}

func repeatedOrder() map[string]prepared {
	return map[string]prepared{
		"orderConfirm":       ofOrder(),
		"orderMarkAsPaid":    ofOrder(),
		"orderCancel":        ofOrder("reason", "CUSTOMER"),
		"orderUpdate":        ofOrder("note", "Call first"),
		"orderPaymentCreate": func(s trial) map[string]any { return input("orderId", s.byCard()) },
		"customerErase": func(s trial) map[string]any {
			id, _ := s.order()
			s.mine.run(s.t, "orderCancel", map[string]any{"id": id, "reason": "CUSTOMER"}, "", &struct{}{})
			return input("email", "asha@example.com")
		},
		"fulfillmentCreate": func(s trial) map[string]any {
			id, line := s.order()
			return input("orderId", id, "lineItems", []any{map[string]any{"id": line, "quantity": 1}}, "tracking", map[string]any{"number": "7"})
		},
		"refundCreate": func(s trial) map[string]any {
			id, line := s.paid()
			return input("orderId", id, "lineItems", []any{map[string]any{"id": line, "quantity": 1}})
		},
	}
}

func repeatedPricing() map[string]prepared {
	discount := func(code string) map[string]any {
		return map[string]any{"code": code, "type": "PERCENTAGE", "percentage": "10"}
	}
	made := func(s trial, code string) string {
		return s.made("discountCodeCreate", "discountCode", "discountCode", discount(code))
	}
	return map[string]prepared{
		"deliverySettingsSet": plain("pickups", []any{}, "zones", []any{map[string]any{
			"name": "World", "restOfWorld": true, "areas": []any{}, "rates": []any{map[string]any{"title": "Air", "price": "900"}},
		}}),
		"taxSettingsSet":     plain("pricesIncludeTax", false, "taxDelivery", true, "country", "IN", "rates", []any{map[string]any{"country": "IN", "title": "GST", "percentage": "18"}}),
		"paymentSettingsSet": plain("upiId", "corner@bank", "payeeName", "Corner", "holdHours", 48),
		"productTaxRatesSet": func(s trial) map[string]any {
			return input("products", []any{map[string]any{"productId": s.product(), "rates": []any{map[string]any{"country": "IN", "title": "GST", "percentage": "5"}}}})
		},
		"discountCodeCreate": plain("discountCode", discount("HOLI")),
		"discountCodeUpdate": func(s trial) map[string]any {
			return input("id", made(s, "ONAM"), "discountCode", discount("ONAM2"))
		},
		"discountCodeDelete": func(s trial) map[string]any { return input("id", made(s, "EID")) },
	}
}
