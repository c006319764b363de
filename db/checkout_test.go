package db_test

import (
	"strconv"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/kirana-commerce/kirana/commerce"
)

// cash completes a cart for a buyer who pays in cash and takes the total to be this.
func cash(total string) *commerce.CartCompleteInput {
	return &commerce.CartCompleteInput{
		ExpectedTotal: &commerce.MoneyInput{Amount: commerce.DecimalText(total), CurrencyCode: "INR"},
		Contact:       &commerce.ContactInput{Name: new("Asha"), Phone: new("+91 98765 43210")},
	}
}

// total is what a cart costs now.
func (s *stockroom) total(tb testing.TB, cart *commerce.Cart) string {
	tb.Helper()
	priced, err := s.PriceCarts(tb.Context(), []*commerce.Cart{cart})
	require.NoError(tb, err)
	return priced[cart].Cost.TotalAmount.Amount().String()
}

// written is everything that an order leaves behind.
func (s *stockroom) written(tb testing.TB) [][]string {
	tb.Helper()
	return queryRows(tb, s.Database, `
SELECT 'orders', string_agg(o.id || ' #' || o.number, ',' ORDER BY o.id) FROM orders o
UNION ALL SELECT 'lines', count(*)::text FROM order_lines
UNION ALL SELECT 'events', count(*)::text FROM order_events
UNION ALL SELECT 'outbox', count(*)::text FROM outbox
UNION ALL SELECT 'counters', string_agg(c.store_id || ' ' || c.last, ',' ORDER BY c.store_id) FROM order_counters c
UNION ALL SELECT 'promised', string_agg(r.variant_id || ' ' || r.quantity, ',' ORDER BY r.order_id, r.line_id, r.location_id) FROM stock_reservations r
UNION ALL SELECT 'levels', string_agg(l.variant_id || ' ' || l.on_hand || ' ' || l.reserved, ',' ORDER BY l.variant_id, l.location_id) FROM inventory_levels l
UNION ALL SELECT 'ledger', count(*)::text FROM inventory_ledger
UNION ALL SELECT 'uses', count(*)::text FROM discount_uses
UNION ALL SELECT 'used', string_agg(d.code || ' ' || d.usage_count, ',' ORDER BY d.id) FROM discounts d
UNION ALL SELECT 'carts', string_agg(c.id || ' ' || c.content || ' ' || coalesce(c.order_id, 0), ',' ORDER BY c.id) FROM carts c`)
}

// requireBalanced holds the stock against its ledger, and what is reserved against the orders for which it is.
func (s *stockroom) requireBalanced(tb testing.TB) {
	tb.Helper()
	requireExplained(tb, s.Database)
	require.Empty(tb, queryRows(tb, s.Database, `
SELECT l.store_id, l.variant_id, l.location_id, l.reserved, sum(r.quantity) FROM inventory_levels l
LEFT JOIN stock_reservations r ON r.store_id = l.store_id AND r.variant_id = l.variant_id AND r.location_id = l.location_id
GROUP BY l.store_id, l.variant_id, l.location_id HAVING l.reserved <> coalesce(sum(r.quantity), 0)`), "reserved is what orders were promised")
	require.Empty(tb, queryRows(tb, s.Database, `
SELECT o.id FROM orders o LEFT JOIN order_lines l ON l.store_id = o.store_id AND l.order_id = o.id
GROUP BY o.store_id, o.id HAVING count(l.id) = 0 OR sum(l.subtotal_minor) <> o.subtotal_minor`), "the lines add up to the order")
}

// A cart becomes an order, which holds everything as it was.
func TestCompleteCart(t *testing.T) {
	t.Parallel()
	s := newStockroom(t)
	addDiscount(t, s.DB, s.store, tenOff("TEN"))
	cart := s.cart(t, adding(wanted(s.variants[2], 2, &commerce.Attribute{Key: "gift", Value: "yes"}), wanted(s.variants[1], 1)),
		commerce.SetCartNote(nil, "Ring twice"), commerce.SetCartDiscountCodes(nil, []string{"ten", "none"}))
	total := s.total(t, cart)
	require.Equal(t, "139.50", total, "2 × 52 and 51, less 10 %")
	order, err := s.CompleteCart(t.Context(), cart.Ref(), cash(total))
	require.NoError(t, err)
	require.Equal(t, "#1001", order.Name())
	require.Equal(t, commerce.Contact{Name: "Asha", Phone: "+919876543210"}, order.Contact)
	require.Equal(t, []int64{15500, 1550, 0, 13950}, []int64{order.SubtotalMinor, order.DiscountMinor, order.TaxMinor, order.TotalMinor})
	require.Equal(t, commerce.DeliveryPickup, order.Delivery.Method)
	require.Equal(t, "Ring twice", order.BuyerNote)
	require.Equal(t, commerce.PaymentCashOnDelivery, order.PaymentMethod)
	require.Len(t, order.Discounts, 1)
	require.Nil(t, order.Address)
	lines, err := s.OrderLines(t.Context(), []commerce.OrderRef{order.Ref()})
	require.NoError(t, err)
	require.Len(t, lines[order.Ref()], 2)
	first := lines[order.Ref()][0]
	require.Equal(t, "Title of tea", first.Title)
	require.Equal(t, []commerce.Attribute{{Key: "gift", Value: "yes"}}, first.Attributes)
	require.Equal(t, []any{2, int64(5200), int64(10400), "tea-L", true}, []any{first.Quantity, first.PriceMinor, first.SubtotalMinor, first.SKU, first.Stocked})
	require.Equal(t, "0 0 0", s.quantities(t))
	id := commerce.GlobalID{Kind: commerce.KindOrder, Store: order.StoreID, ID: int64(order.ID)}.String()
	require.Equal(t, [][]string{{"order.created", "1", id, `{"id": "` + id + `", "name": "#1001", "currency": "INR", "totalMinor": 13950}`}},
		queryRows(t, s.Database, `SELECT topic, version, subject, payload FROM outbox`))
	require.Equal(t, [][]string{{"ORDER", id}}, queryRows(t, s.Database, `SELECT DISTINCT reason, reference FROM inventory_ledger WHERE reason = 'ORDER'`))
	s.requireBalanced(t)

	before := s.written(t)
	again, err := s.CompleteCart(t.Context(), cart.Ref(), cash("1.00"))
	require.NoError(t, err)
	require.Equal(t, order, again, "whoever asks again gets the same order")
	require.Equal(t, before, s.written(t))

	run(t, s.Database, `UPDATE stores SET status = 'DRAFT'`)
	again, err = s.CompleteCart(t.Context(), cart.Ref(), cash("1.00"))
	require.NoError(t, err)
	require.Equal(t, order, again, "also when the store has closed since")
	_, err = s.ChangeCart(t.Context(), cart.Ref(), commerce.SetCartNote(nil, "Ring once"))
	requireRefused(t, err, [2]string{"/cartId", "INVALID"})
	require.Equal(t, before, s.written(t))
	run(t, s.Database, `UPDATE stores SET status = 'PUBLISHED'`)

	in := product("tea")
	in.Title = "Renamed"
	upsert(t, s.DB, s.store, in)
	lines, err = s.OrderLines(t.Context(), []commerce.OrderRef{order.Ref()})
	require.NoError(t, err)
	require.Equal(t, "Title of tea", lines[order.Ref()][0].Title, "an order does not change when the catalogue does")
}

// Stock is promised where the goods are fetched, as far as it goes, and else where there is some.
func TestStockIsPromisedWhereItIs(t *testing.T) {
	t.Parallel()
	s := newStockroom(t)
	_, err := s.set(t.Context(), set(s.variants[1], s.shop, 2, new(1)), set(s.variants[1], s.cellar, 5, new(0)))
	require.NoError(t, err)
	run(t, s.Database, `UPDATE product_variants SET inventory_policy = 'CONTINUE' WHERE id = $1`, numberOf(s.variants[0]))
	run(t, s.Database, `UPDATE product_variants SET inventory_tracked = false WHERE id = $1`, numberOf(s.variants[2]))
	note := func(i int) *commerce.Attribute { return &commerce.Attribute{Key: "for", Value: strconv.Itoa(i)} }
	cart := s.cart(t, adding(wanted(s.variants[1], 1), wanted(s.variants[1], 3, note(1)), wanted(s.variants[0], 4), wanted(s.variants[2], 100)))
	order, err := s.CompleteCart(t.Context(), cart.Ref(), cash(s.total(t, cart)))
	require.NoError(t, err)
	require.Equal(t, [][]string{
		{"1", numberOf(s.shop), "1"}, {"2", numberOf(s.shop), "1"}, {"2", numberOf(s.cellar), "2"}, {"3", numberOf(s.shop), "4"},
	}, queryRows(t, s.Database, `SELECT line_id, location_id, quantity FROM stock_reservations WHERE order_id = $1 ORDER BY 1, 2`, int64(order.ID)))
	require.Equal(t, "-4 3 2", s.quantities(t), "one sells on without stock, one is not counted")
	s.requireBalanced(t)
}

// checkoutCase is a cart that cannot become an order.
type checkoutCase struct {
	// cart makes the cart; nil for one with a unit of the last variant.
	cart func(*stockroom) *commerce.Cart
	// meanwhile is what happens between the look at the total and the order.
	meanwhile func(*stockroom)
	input     func(*commerce.CartCompleteInput)
	want      [][2]string
}

// south is an address in the zone of delivery(), as far as parts are given.
func south(in commerce.MailingAddressInput) *commerce.MailingAddressInput {
	country := commerce.CountryCode("LK")
	in.CountryCode = &country
	return &in
}

// checkoutCases are the reasons for which a cart does not become an order.
func checkoutCases(t *testing.T) map[string]checkoutCase {
	t.Helper()
	exec := func(text string) func(*stockroom) { return func(s *stockroom) { run(t, s.Database, text) } }
	delivers := func(change func(*commerce.DeliverySettingsSetInput)) func(*stockroom) {
		return func(s *stockroom) {
			in := delivery(defaultLocation(t, s.Database, s.store.ID))
			if change != nil {
				change(&in)
			}
			_, err := s.SetDelivery(t.Context(), commerce.Author{}, s.store, in)
			require.NoError(t, err)
		}
	}
	changed := [][2]string{{"/input/expectedTotal", "PRICE_CHANGED"}}
	soldOut := [][2]string{{"/input/cartId", "MERCHANDISE_OUT_OF_STOCK"}}
	both := func(s *stockroom) *commerce.Cart {
		return s.cart(t, adding(wanted(s.variants[1], 1), wanted(s.variants[2], 1)))
	}
	coded := func(s *stockroom) *commerce.Cart {
		in := tenOff("TEN")
		in.UsageLimit = new(1)
		addDiscount(t, s.DB, s.store, in)
		return s.filled(t, commerce.SetCartDiscountCodes(nil, []string{"TEN"}))
	}
	shipping := func(address *commerce.MailingAddressInput) func(*commerce.CartCompleteInput) {
		return func(in *commerce.CartCompleteInput) {
			in.ShippingAddress, in.DeliveryOption = address, new("shipping-south-standard")
		}
	}
	return map[string]checkoutCase{
		"empty":           {cart: func(s *stockroom) *commerce.Cart { return s.cart(t) }, want: [][2]string{{"/input/cartId", "INVALID_PAYMENT_EMPTY_CART"}}},
		"nobody to reach": {input: func(in *commerce.CartCompleteInput) { in.Contact = nil }, want: [][2]string{{"/input/contact", "CONTACT_REQUIRED"}}},
		"a name alone":    {input: func(in *commerce.CartCompleteInput) { in.Contact.Phone = nil }, want: [][2]string{{"/input/contact", "CONTACT_REQUIRED"}}},
		"bad contact": {input: func(in *commerce.CartCompleteInput) {
			in.Contact = &commerce.ContactInput{Name: new(strings.Repeat("x", 256)), Email: new("asha"), Phone: new("12345")}
		}, want: [][2]string{{"/input/contact/email", "INVALID"}, {"/input/contact/name", "ADDRESS_FIELD_IS_TOO_LONG"}}},

		"several ways of delivery": {
			meanwhile: delivers(nil), input: func(in *commerce.CartCompleteInput) { in.ShippingAddress = south(commerce.MailingAddressInput{}) },
			want: [][2]string{{"/input/deliveryOption", "INVALID_DELIVERY_OPTION"}},
		},
		"no such way": {
			meanwhile: delivers(nil), input: func(in *commerce.CartCompleteInput) { in.DeliveryOption = new("shipping-moon") },
			want: [][2]string{{"/input/deliveryOption", "INVALID_DELIVERY_OPTION"}},
		},
		"the only way, and another said": {
			input: func(in *commerce.CartCompleteInput) { in.DeliveryOption = new("shipping-moon") },
			want:  [][2]string{{"/input/deliveryOption", "INVALID_DELIVERY_OPTION"}},
		},
		"not delivered there": {
			meanwhile: delivers(func(in *commerce.DeliverySettingsSetInput) { in.Pickups, in.Zones = nil, in.Zones[:1] }),
			input: func(in *commerce.CartCompleteInput) {
				country := commerce.CountryCode("US")
				in.ShippingAddress = &commerce.MailingAddressInput{CountryCode: &country}
			}, want: [][2]string{{"/input/shippingAddress", "INVALID_DELIVERY_OPTION"}},
		},
		"no address": {
			cart: func(s *stockroom) *commerce.Cart {
				country := commerce.CountryCode("LK")
				return s.filled(t, commerce.SetCartBuyer(nil, &commerce.CartBuyerIdentityInput{CountryCode: &country}))
			}, meanwhile: delivers(nil), input: func(in *commerce.CartCompleteInput) {
				in.DeliveryOption, in.ExpectedTotal.Amount = new("shipping-south-standard"), "92"
			},
			want: [][2]string{{"/input/shippingAddress", "ADDRESS_FIELD_IS_REQUIRED"}},
		},
		"half an address": {meanwhile: delivers(nil), input: func(in *commerce.CartCompleteInput) {
			shipping(south(commerce.MailingAddressInput{Zip: new("10100"), FirstName: new(" ")}))(in)
			in.ExpectedTotal.Amount, in.Contact.Name = "92", nil
		}, want: [][2]string{
			{"/input/shippingAddress/address1", "ADDRESS_FIELD_IS_REQUIRED"}, {"/input/shippingAddress/city", "ADDRESS_FIELD_IS_REQUIRED"}, {"/input/shippingAddress/lastName", "ADDRESS_FIELD_IS_REQUIRED"},
		}},

		"another total":     {input: func(in *commerce.CartCompleteInput) { in.ExpectedTotal.Amount = "51.99" }, want: changed},
		"another currency":  {input: func(in *commerce.CartCompleteInput) { in.ExpectedTotal.CurrencyCode = "USD" }, want: [][2]string{{"/input/expectedTotal/currencyCode", "INVALID"}}},
		"no amount":         {input: func(in *commerce.CartCompleteInput) { in.ExpectedTotal.Amount = "52.001" }, want: [][2]string{{"/input/expectedTotal/amount", "INVALID"}}},
		"dearer":            {meanwhile: exec(`UPDATE product_variants SET price_minor = price_minor + 1`), want: changed},
		"cheaper":           {meanwhile: exec(`UPDATE product_variants SET price_minor = price_minor - 1`), want: changed},
		"code switched off": {cart: coded, meanwhile: exec(`UPDATE discounts SET ends_at = now() - interval '1 hour'`), want: changed},
		"code used up": {cart: coded, meanwhile: func(s *stockroom) {
			quicker := s.filled(t, commerce.SetCartDiscountCodes(nil, []string{"ten"}))
			_, err := s.CompleteCart(t.Context(), quicker.Ref(), cash("46.80"))
			require.NoError(t, err)
		}, want: changed},
		"tax came": {meanwhile: func(s *stockroom) {
			_, err := s.SetTaxes(t.Context(), commerce.Author{}, s.store, commerce.TaxSettingsSetInput{Country: "IN", Rates: []*commerce.TaxRateInput{{Country: "IN", Title: "GST", Percentage: "18"}}})
			require.NoError(t, err)
		}, want: changed},

		"one of two deleted": {cart: both, meanwhile: func(s *stockroom) {
			run(t, s.Database, `DELETE FROM product_variants WHERE id = $1`, numberOf(s.variants[1]))
		}, want: changed},
		"the only one deleted": {meanwhile: exec(`DELETE FROM products`), want: [][2]string{{"/input/cartId", "INVALID_PAYMENT_EMPTY_CART"}}},
		"unpublished":          {cart: both, meanwhile: exec(`UPDATE products SET published_at = NULL`), want: [][2]string{{"/input/cartId", "INVALID_PAYMENT_EMPTY_CART"}}},
		"archived":             {cart: both, meanwhile: exec(`UPDATE products SET status = 'ARCHIVED'`), want: [][2]string{{"/input/cartId", "INVALID_PAYMENT_EMPTY_CART"}}},
		"store closed":         {meanwhile: exec(`UPDATE stores SET status = 'DRAFT'`), want: [][2]string{{"/input/cartId", "INVALID"}}},

		"sold out": {meanwhile: exec(`UPDATE product_variants SET inventory_quantity = 0`), want: soldOut},
		"fewer left": {
			cart:      func(s *stockroom) *commerce.Cart { return s.cart(t, adding(wanted(s.variants[2], 2))) },
			meanwhile: exec(`UPDATE product_variants SET inventory_quantity = 1`), want: soldOut,
		},
		"fewer left than two lines want": {cart: func(s *stockroom) *commerce.Cart {
			return s.cart(t, adding(wanted(s.variants[2], 1), wanted(s.variants[2], 1, &commerce.Attribute{Key: "a", Value: "b"})))
		}, meanwhile: exec(`UPDATE product_variants SET inventory_quantity = 1`), want: soldOut},
		"both sold out": {cart: both, meanwhile: exec(`UPDATE product_variants SET inventory_quantity = -1`), want: [][2]string{soldOut[0], soldOut[0]}},
		"the location closed": {cart: func(s *stockroom) *commerce.Cart {
			_, err := s.set(t.Context(), set(s.variants[2], s.shop, 0, new(2)), set(s.variants[2], s.cellar, 2, new(0)))
			require.NoError(t, err)
			return s.filled(t)
		}, meanwhile: func(s *stockroom) {
			_, err := s.set(t.Context(), set(s.variants[2], s.cellar, 0, new(2)))
			require.NoError(t, err)
			_, err = s.SetLocationActive(t.Context(), commerce.Author{}, s.store, s.cellar, false)
			require.NoError(t, err)
		}, want: soldOut},
	}
}

// Every refusal says what to do, and leaves nothing behind.
func TestCompleteCartRefusals(t *testing.T) {
	t.Parallel()
	for name, c := range checkoutCases(t) {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s := newStockroom(t)
			fill := c.cart
			if fill == nil {
				fill = func(s *stockroom) *commerce.Cart { return s.filled(t) }
			}
			cart := fill(s)
			in := cash(s.total(t, cart))
			if c.meanwhile != nil {
				c.meanwhile(s)
			}
			if c.input != nil {
				c.input(in)
			}
			before := s.written(t)
			_, err := s.CompleteCart(t.Context(), cart.Ref(), in)
			requireRefused(t, err, c.want...)
			require.Equal(t, before, s.written(t), "nothing was written")
			s.requireBalanced(t)
		})
	}
}

// Who has not the secret has not the cart.
func TestCompleteCartNeedsTheKey(t *testing.T) {
	t.Parallel()
	s := newStockroom(t)
	other := furnish(t, s.Database, "beta")
	cart, theirs := s.filled(t), other.filled(t)
	before := s.written(t)
	for _, key := range []commerce.CartKey{
		{}, {Store: s.store.ID, ID: cart.ID}, {Store: s.store.ID, ID: cart.ID, Key: theirs.Key}, {Store: other.store.ID, ID: cart.ID, Key: cart.Key},
	} {
		_, err := s.CompleteCart(t.Context(), key, cash("52.00"))
		requireRefused(t, err, [2]string{"/input/cartId", "INVALID"})
		require.Equal(t, before, s.written(t))
	}
}

// What is sent goes to the address that was given last, with a name from wherever there is one.
func TestCompleteCartWithDelivery(t *testing.T) {
	t.Parallel()
	s := newStockroom(t)
	_, err := s.SetDelivery(t.Context(), commerce.Author{}, s.store, delivery(defaultLocation(t, s.Database, s.store.ID)))
	require.NoError(t, err)
	cart := s.filled(t)
	in := cash("92.00")
	in.DeliveryOption = new("shipping-south-standard")
	in.ShippingAddress = south(commerce.MailingAddressInput{Address1: new(" 7 Galle Road "), City: new("Colombo")})
	order, err := s.CompleteCart(t.Context(), cart.Ref(), in)
	require.NoError(t, err)
	require.Equal(t, []string{"7 Galle Road", "Colombo", "LK"}, order.Address.Formatted(nil, nil))
	require.Equal(t, commerce.OrderDelivery{Price: 4000, Handle: "shipping-south-standard", Title: "Standard", Method: commerce.DeliveryShipping}, order.Delivery)
	require.Equal(t, int64(4000), order.DeliveryMinor)
	found, err := s.Orders(t.Context(), []commerce.OrderKey{{Store: order.StoreID, ID: order.ID, Key: order.Key}, {Store: order.StoreID, ID: order.ID}})
	require.NoError(t, err)
	require.Len(t, found, 1, "without the secret nobody finds it")
	s.requireBalanced(t)
}
