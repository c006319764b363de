package db_test

import (
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/kirana-commerce/kirana/commerce"
	"github.com/kirana-commerce/kirana/db/dbtest"
)

var (
	_ commerce.CartReader    = (*dbtest.Database)(nil)
	_ commerce.CartPricer    = (*dbtest.Database)(nil)
	_ commerce.CartEditor    = (*dbtest.Database)(nil)
	_ commerce.CartCompleter = (*dbtest.Database)(nil)
)

// wanted is some units of a variant.
func wanted(variant string, quantity int, notes ...*commerce.Attribute) *commerce.CartLineInput {
	return &commerce.CartLineInput{MerchandiseID: variant, Quantity: &quantity, Attributes: notes}
}

func adding(lines ...*commerce.CartLineInput) commerce.CartChange {
	return commerce.AddCartLines([]any{"lines"}, lines)
}

// cart makes a cart of the store.
func (s *stockroom) cart(tb testing.TB, changes ...commerce.CartChange) *commerce.Cart {
	tb.Helper()
	made, err := s.CreateCart(tb.Context(), s.store, commerce.CartChanges(changes...))
	require.NoError(tb, err)
	return made.Cart
}

// filled is a cart with a unit of the last variant.
func (s *stockroom) filled(tb testing.TB, changes ...commerce.CartChange) *commerce.Cart {
	tb.Helper()
	return s.cart(tb, append([]commerce.CartChange{adding(wanted(s.variants[2], 1))}, changes...)...)
}

func (s *stockroom) carts(tb testing.TB) [][]string {
	tb.Helper()
	return queryRows(tb, s.Database, `SELECT store_id, id, key, content, order_id, updated_at FROM carts ORDER BY id`)
}

// A cart comes back as it was made, for whoever has its secret.
func TestCarts(t *testing.T) {
	t.Parallel()
	s := newStockroom(t)
	street := "7 MG Road"
	cart := s.cart(t,
		adding(wanted(s.variants[2], 1, &commerce.Attribute{Key: "b", Value: "2"}, &commerce.Attribute{Key: "a", Value: "1"}), wanted(s.variants[1], 1)),
		commerce.SetCartNote(nil, "Ring twice <b>"), commerce.SetCartAttributes(nil, []*commerce.Attribute{{Key: "k", Value: ""}}), commerce.SetCartDiscountCodes(nil, []string{"TEN"}),
		commerce.SetCartBuyer(nil, &commerce.CartBuyerIdentityInput{Email: new("Asha@Example.com")}),
		commerce.AddCartAddresses(nil, []*commerce.CartSelectableAddressInput{{Address: &commerce.CartAddressInput{DeliveryAddress: &commerce.MailingAddressInput{Address1: &street}}}}),
	)
	require.GreaterOrEqual(t, len(cart.Key), 26, "130 random bits")
	require.Equal(t, cart.Ref(), cart.Lines[1].Cart)
	require.Equal(t, cart.Ref(), cart.Places[0].Cart)
	require.Equal(t, []commerce.Attribute{{Key: "a", Value: "1"}, {Key: "b", Value: "2"}}, cart.Lines[0].Attributes)
	key, ok := commerce.ParseCartID(cart.NodeID().String())
	require.True(t, ok)
	wrong, nowhere := key, key
	wrong.Key, nowhere.Store = strings.Repeat("A", len(key.Key)), key.Store+1
	found, err := s.Carts(t.Context(), []commerce.CartKey{key, wrong, nowhere, {}})
	require.NoError(t, err)
	require.Equal(t, map[commerce.CartKey]*commerce.Cart{key: cart}, found)

	changed, err := s.ChangeCart(t.Context(), key, commerce.RemoveCartLines(nil, []string{cart.Lines[0].NodeID().String()}))
	require.NoError(t, err)
	require.Len(t, changed.Cart.Lines, 1)
	require.True(t, changed.Cart.UpdatedAt.After(cart.UpdatedAt))
	run(t, s.Database, `UPDATE stores SET status = 'DRAFT'`)
	found, err = s.Carts(t.Context(), []commerce.CartKey{key})
	require.NoError(t, err)
	require.Empty(t, found, "a store that is not open sells nothing")
}

// What is refused leaves the carts as they were.
func TestCartRefusalsWriteNothing(t *testing.T) {
	t.Parallel()
	s := newStockroom(t)
	other := furnish(t, s.Database, "beta")
	cart, theirs, bought := s.filled(t), other.filled(t), s.filled(t)
	_, err := s.CompleteCart(t.Context(), bought.Ref(), cash("52.00"))
	require.NoError(t, err)
	key, foreign := cart.Ref(), cart.Ref()
	key.Key, foreign.Store = theirs.Key, other.store.ID
	noted := commerce.SetCartNote([]any{"note"}, "hello")
	before := s.carts(t)
	for name, c := range map[string]struct {
		key    commerce.CartKey
		change commerce.CartChange
		want   [2]string
	}{
		"wrong key":        {key, noted, [2]string{"/cartId", "INVALID"}},
		"no key":           {commerce.CartKey{Store: cart.StoreID, ID: cart.ID}, noted, [2]string{"/cartId", "INVALID"}},
		"another store":    {foreign, noted, [2]string{"/cartId", "INVALID"}},
		"no cart":          {commerce.CartKey{}, noted, [2]string{"/cartId", "INVALID"}},
		"an order by now":  {bought.Ref(), noted, [2]string{"/cartId", "INVALID"}},
		"foreign variant":  {cart.Ref(), adding(wanted(s.variants[0], 1), wanted(other.variants[2], 1)), [2]string{"/lines/1/merchandiseId", "INVALID"}},
		"foreign line":     {cart.Ref(), commerce.RemoveCartLines([]any{"lineIds"}, []string{theirs.Lines[0].NodeID().String()}), [2]string{"/lineIds/0", "INVALID_MERCHANDISE_LINE"}},
		"half of it wrong": {cart.Ref(), commerce.CartChanges(noted, adding(wanted(s.variants[2], 0))), [2]string{"/lines/0/quantity", "LESS_THAN"}},
	} {
		_, err := s.ChangeCart(t.Context(), c.key, c.change)
		requireRefused(t, err, c.want)
		require.Equal(t, before, s.carts(t), name)
	}
	_, err = s.CreateCart(t.Context(), s.store, adding(wanted(s.variants[2], 1), wanted(other.variants[2], 1)))
	requireRefused(t, err, [2]string{"/lines/1/merchandiseId", "INVALID"})
	draft := *s.store
	draft.Status = commerce.StoreDraft
	_, err = s.CreateCart(t.Context(), &draft, adding())
	requireRefused(t, err, [2]string{"", "INVALID"})
	require.Equal(t, before, s.carts(t))
	run(t, s.Database, `UPDATE stores SET status = 'DRAFT'`)
	_, err = s.ChangeCart(t.Context(), cart.Ref(), noted)
	requireRefused(t, err, [2]string{"/cartId", "INVALID"})
	require.Equal(t, before, s.carts(t))
}

// What buyers cannot see cannot be added, and a line of it does not show until it is back.
func TestCartOfHiddenProducts(t *testing.T) {
	t.Parallel()
	s := newStockroom(t)
	cart := s.cart(t, adding(wanted(s.variants[1], 1), wanted(s.variants[2], 2)))
	lines := func() []int {
		priced, err := s.PriceCarts(t.Context(), []*commerce.Cart{cart})
		require.NoError(t, err)
		var quantities []int
		for _, l := range priced[cart].Lines {
			quantities = append(quantities, l.Quantity)
		}
		return quantities
	}
	require.Equal(t, []int{1, 2}, lines())
	run(t, s.Database, `UPDATE products SET status = 'DRAFT'`)
	require.Empty(t, lines())
	_, err := s.ChangeCart(t.Context(), cart.Ref(), adding(wanted(s.variants[2], 1)))
	requireRefused(t, err, [2]string{"/lines/0/merchandiseId", "INVALID"})
	run(t, s.Database, `UPDATE products SET status = 'ACTIVE'`)
	require.Equal(t, []int{1, 2}, lines())
	run(t, s.Database, `DELETE FROM product_variants WHERE id = $1`, numberOf(s.variants[1]))
	require.Equal(t, []int{2}, lines())
}

// Carts that nobody has touched for 30 days go, whatever became of them; others stay.
func TestCartsAreSwept(t *testing.T) {
	t.Parallel()
	s := newStockroom(t)
	idle, fresh, bought, busy := s.filled(t), s.filled(t), s.filled(t), s.filled(t)
	order, err := s.CompleteCart(t.Context(), bought.Ref(), cash("52.00"))
	require.NoError(t, err)
	run(t, s.Database, `ALTER TABLE carts DISABLE TRIGGER carts_touch`)
	run(t, s.Database, `UPDATE carts SET updated_at = now() - interval '29 days 23 hours' WHERE id = $1`, int64(fresh.ID))
	run(t, s.Database, `UPDATE carts SET updated_at = now() - interval '30 days 1 minute' WHERE id <> $1`, int64(fresh.ID))
	tx, err := s.SQL.BeginTx(t.Context(), nil)
	require.NoError(t, err)
	_, err = tx.ExecContext(t.Context(), `SELECT FROM carts WHERE id = $1 FOR NO KEY UPDATE`, int64(busy.ID))
	require.NoError(t, err)
	require.NoError(t, s.Sweep(t.Context()), "one that somebody holds is not waited for")
	require.NoError(t, tx.Rollback())
	left := func() []commerce.CartID {
		var ids []commerce.CartID
		for _, c := range []*commerce.Cart{idle, fresh, bought, busy} {
			if len(queryRows(t, s.Database, `SELECT id FROM carts WHERE id = $1`, int64(c.ID))) > 0 {
				ids = append(ids, c.ID)
			}
		}
		return ids
	}
	require.Equal(t, []commerce.CartID{fresh.ID, busy.ID}, left())
	require.NoError(t, s.Sweep(t.Context()))
	require.Equal(t, []commerce.CartID{fresh.ID}, left())
	orders, err := s.Orders(t.Context(), []commerce.OrderKey{{Store: order.StoreID, ID: order.ID, Key: order.Key}})
	require.NoError(t, err)
	require.Len(t, orders, 1, "the order stays")
}

// Whatever change of a cart makes a code fall away says so, and says why; a change of a cart without codes asks nothing more.
func TestCartsTellOfCodes(t *testing.T) {
	t.Parallel()
	s := newCounter(t)
	least := tenOff("LEAST")
	least.MinimumQuantity, least.OncePerCustomer = new(2), new(true)
	addDiscount(t, s.DB, s.store, least)
	warned := func(changed *commerce.ChangedCart, err error) []commerce.CartWarningCode {
		require.NoError(t, err)
		var codes []commerce.CartWarningCode
		for _, w := range changed.Warnings {
			codes = append(codes, w.Code)
			require.NotEmpty(t, w.Message)
		}
		return codes
	}
	made, err := s.CreateCart(t.Context(), s.store, commerce.CartChanges(adding(wanted(s.variants[1], 2)), commerce.SetCartDiscountCodes(nil, []string{"least", "none"})))
	require.Equal(t, []commerce.CartWarningCode{"DISCOUNT_NOT_FOUND"}, warned(made, err))
	require.Equal(t, made.Cart.NodeID(), made.Warnings[0].Target)
	change := func(change commerce.CartChange) []commerce.CartWarningCode {
		return warned(s.ChangeCart(t.Context(), made.Cart.Ref(), change))
	}
	lines := func(quantity int) commerce.CartChange {
		return commerce.UpdateCartLines(nil, []*commerce.CartLineUpdateInput{{ID: made.Cart.Lines[0].NodeID().String(), Quantity: &quantity}})
	}
	require.Empty(t, change(commerce.SetCartNote(nil, "Ring twice")), "the buyer knows it")
	require.Equal(t, []commerce.CartWarningCode{"DISCOUNT_QUANTITY_NOT_IN_RANGE"}, change(lines(1)))
	require.Empty(t, change(lines(2)))
	require.Equal(t, []commerce.CartWarningCode{"MERCHANDISE_NOT_ENOUGH_STOCK"}, change(lines(9)))

	asha := commerce.SetCartBuyer(nil, &commerce.CartBuyerIdentityInput{Phone: new("+91 98765 43210")})
	other := s.cart(t, adding(wanted(s.variants[2], 2)), commerce.SetCartDiscountCodes(nil, []string{"LEAST"}), asha)
	_, err = s.CompleteCart(t.Context(), other.Ref(), cash(s.total(t, other)))
	require.NoError(t, err)
	require.Equal(t, []commerce.CartWarningCode{"DISCOUNT_CUSTOMER_USAGE_LIMIT_REACHED"}, change(asha))
	require.Empty(t, change(commerce.SetCartDiscountCodes(nil, nil)))
}
