package db_test

import (
	"crypto/sha256"
	"encoding/binary"
	"encoding/hex"
	"fmt"
	"slices"
	"strings"
	"sync/atomic"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/kirana-commerce/kirana/commerce"
	"github.com/kirana-commerce/kirana/db"
	"github.com/kirana-commerce/kirana/db/dbtest"
)

var (
	_ commerce.CustomerReader = (*dbtest.Database)(nil)
	_ commerce.CustomerEraser = (*dbtest.Database)(nil)
)

// newTill is a counter that sends goods and has a code for every customer once.
func newTill(t *testing.T, d *dbtest.Database, handle string) counter {
	t.Helper()
	s := counter{furnish(t, d, handle)}
	s.stock(t, set(s.variants[1], s.shop, 50, nil))
	_, err := s.SetDelivery(t.Context(), commerce.Author{}, s.store, delivery(defaultLocation(t, d, s.store.ID)))
	require.NoError(t, err)
	once := tenOff("ONCE")
	once.OncePerCustomer = new(true)
	addDiscount(t, d.DB, s.store, once)
	return s
}

// buy orders a unit, with something personal wherever there is room for it.
func (s counter) buy(t *testing.T, email, phone string) *commerce.Order {
	t.Helper()
	var changes []commerce.CartChange
	if email != "" {
		changes = append(changes, commerce.SetCartDiscountCodes(nil, []string{"ONCE"}))
	}
	cart := s.cart(t, append(changes, adding(wanted(s.variants[1], 1, &commerce.Attribute{Key: "engrave", Value: "For Ravi"})),
		commerce.SetCartNote(nil, "Ring at Menon's"), commerce.SetCartAttributes(nil, []*commerce.Attribute{{Key: "birthday", Value: "3 May 1980"}}))...)
	in := cash("0")
	in.Contact = &commerce.ContactInput{Name: new("Asha Nair")}
	if email != "" {
		in.Contact.Email = &email
	}
	if phone != "" {
		in.Contact.Phone = &phone
	}
	in.DeliveryOption = new("shipping-south-standard")
	in.ShippingAddress = south(commerce.MailingAddressInput{
		FirstName: new("Asha"), LastName: new("Nair"), Address1: new("7 Galle Road"), City: new("Colombo"), Zip: new("00300"), ProvinceCode: new("WP"), Phone: in.Contact.Phone,
	})
	// What it costs is known when it is refused.
	_, err := s.CompleteCart(t.Context(), cart.Ref(), in)
	refusals, _ := commerce.RefusalsOf(err)
	require.Len(t, refusals, 1)
	_, rest, _ := strings.Cut(refusals[0].Message, "costs ")
	total, _, _ := strings.Cut(rest, " ")
	in.ExpectedTotal.Amount = commerce.DecimalText(total)
	order, err := s.CompleteCart(t.Context(), cart.Ref(), in)
	require.NoError(t, err)
	return order
}

// finish brings an order to its end, and a little further, under keys that remember what came of it.
func (s counter) finish(t *testing.T, o *commerce.Order) {
	t.Helper()
	for i, edit := range []commerce.OrderEdit{
		commerce.MarkOrderAsPaid,
		commerce.FulfillOrder(&commerce.FulfillmentCreateInput{Tracking: &commerce.TrackingInput{
			Company: new("India Post"), Number: new("EX1TRACK"), URL: new("https://post.example/EX1TRACK"),
		}}),
		commerce.RefundOrder(&commerce.RefundCreateInput{Amount: &commerce.MoneyInput{Amount: "1.00", CurrencyCode: "INR"}, Note: new("Asha was ill")}),
	} {
		key := commerce.IdempotencyKey{Hash: sha256.Sum256([]byte{byte(o.StoreID), byte(o.ID), byte(i)})}
		_, err := s.EditOrder(commerce.WithIdempotencyKey(t.Context(), key), commerce.Author{}, s.store, o.ID, "test", edit)
		require.NoError(t, err)
	}
}

func (s counter) erase(t *testing.T, email, phone string) *commerce.CustomerErasure {
	t.Helper()
	done, err := s.EraseCustomer(t.Context(), commerce.Author{}, s.store, &commerce.CustomerEraseInput{Email: &email, Phone: &phone})
	require.NoError(t, err)
	return done
}

// rows are all rows of all tables that belong to a store or to none, as text: of any column that anybody may add.
func (s counter) rows(t *testing.T) map[string]string {
	t.Helper()
	all := map[string]string{}
	for _, table := range queryRows(t, s.Database, `
SELECT t.table_name, EXISTS (SELECT FROM information_schema.columns c WHERE c.table_schema = 'public' AND c.table_name = t.table_name AND c.column_name = 'store_id')
FROM information_schema.tables t WHERE t.table_schema = 'public' AND t.table_type = 'BASE TABLE'`) {
		where, args := "", []any{}
		if table[1] == "true" {
			where, args = ` WHERE store_id = $1`, []any{int64(s.store.ID)}
		}
		all[table[0]] = queryRows(t, s.Database, `SELECT coalesce(string_agg(r::text, E'\n' ORDER BY r::text), '') FROM `+table[0]+` r`+where, args...)[0][0]
	}
	return all
}

// mentions are the tables that have a text in them.
func mentions(rows map[string]string, text string) []string {
	var tables []string
	for table, content := range rows {
		if strings.Contains(strings.ToLower(content), strings.ToLower(text)) {
			tables = append(tables, table)
		}
	}
	return tables
}

// customerHash is what discount_uses has for an e-mail address.
func customerHash(store commerce.StoreID, email string) string {
	sum := sha256.Sum256(append(binary.BigEndian.AppendUint64(nil, uint64(store)), email...))
	return hex.EncodeToString(sum[:])
}

const (
	ashasEmail = "asha@example.com"
	ashasPhone = "+919876543210"
)

// personal is what buy, finish, fillCarts and visit leave of a customer.
func personal(store commerce.StoreID) []string {
	return []string{
		ashasEmail, "9876543210", "Asha", "Nair", "Galle Road", "Colombo", "00300", "Menon", "1980", "For Ravi", "EX1TRACK", "was ill", "Technopark",
		customerHash(store, ashasEmail),
	}
}

// fillCarts makes a cart of the customer for each place where a cart can tell who it is of.
func (s counter) fillCarts(t *testing.T) {
	t.Helper()
	s.filled(t, commerce.SetCartBuyer(nil, &commerce.CartBuyerIdentityInput{Email: new(ashasEmail)}), commerce.SetCartNote(nil, "Ring at Menon's"))
	s.filled(t, commerce.SetCartBuyer(nil, &commerce.CartBuyerIdentityInput{Phone: new(ashasPhone)}))
	s.filled(t, commerce.AddCartAddresses(nil, []*commerce.CartSelectableAddressInput{
		{Address: &commerce.CartAddressInput{DeliveryAddress: &commerce.MailingAddressInput{Phone: new(ashasPhone)}}},
	}))
}

// visit signs the customer in, who leaves a name and an address.
func (s counter) visit(t *testing.T) {
	t.Helper()
	who := commerce.CustomerTokenKey{Store: s.store.ID, Hash: tokenOf("visit").Hash}
	signedIn(t, s.Database, s.store.ID, byEmail(ashasEmail), "visit")
	_, err := s.UpdateCustomer(t.Context(), who, &commerce.CustomerUpdateInput{FirstName: new("Asha"), LastName: new("Nair")})
	require.NoError(t, err)
	_, err = s.AddCustomerAddress(t.Context(), who, &commerce.MailingAddressInput{Address1: new("Technopark")})
	require.NoError(t, err)
}

// reread is the order as it is now, for whoever has its secret.
func (s counter) reread(t *testing.T, o *commerce.Order) *commerce.Order {
	t.Helper()
	found, err := s.Orders(t.Context(), []commerce.OrderKey{o.KeyRef()})
	require.NoError(t, err)
	return found[o.KeyRef()]
}

// Nothing that is known of a customer is anywhere in the store afterwards, whatever tables and columns there are, and the books add up. The
// same customer in another store is as before.
func TestEraseCustomer(t *testing.T) {
	t.Parallel()
	d := dbtest.New(t)
	s, other := newTill(t, d, "alpha"), newTill(t, d, "beta")
	var id commerce.OrderID
	for _, in := range []counter{other, s} {
		o := in.buy(t, ashasEmail, ashasPhone)
		in.finish(t, o)
		in.fillCarts(t)
		in.visit(t)
		id = o.ID
	}
	rows, elsewhere := s.rows(t), other.rows(t)
	for _, word := range personal(s.store.ID) {
		require.NotEmpty(t, mentions(rows, word), "%s is to be there first", word)
	}
	require.Contains(t, mentions(rows, "was ill"), "idempotency_keys")
	require.Contains(t, mentions(rows, "EX1TRACK"), "idempotency_keys")

	require.Equal(t, &commerce.CustomerErasure{OrdersErased: 1, CartsDeleted: 4}, s.erase(t, " ASHA@example.com", "+91 98765-43210"))
	rows = s.rows(t)
	for _, word := range personal(s.store.ID) {
		require.Empty(t, mentions(rows, word), word)
	}
	require.Equal(t, elsewhere, other.rows(t))
	s.requireBalanced(t)
	require.Equal(t, [][]string{{"customerErase", "", `{"cartsDeleted": 4, "ordersErased": 1, "ordersRetained": 0}`}},
		queryRows(t, d, `SELECT action, subject, detail FROM audit_log WHERE store_id = $1 AND action = 'customerErase'`, int64(s.store.ID)))
	heard := queryRows(t, d, `SELECT store_id, version, subject, payload ->> 'orders' FROM outbox WHERE topic = 'customer.erased'`)
	require.Equal(t, [][]string{{"1", "1", "gid://kirana/Store/1", fmt.Sprintf(`["gid://kirana/Order/1/%d"]`, id)}}, heard)

	require.Equal(t, &commerce.CustomerErasure{}, s.erase(t, ashasEmail, ashasPhone), "nobody is known under it any more")
	require.Len(t, queryRows(t, d, `SELECT FROM outbox WHERE topic = 'customer.erased'`), 1)
	require.Len(t, s.buy(t, ashasEmail, ashasPhone).Discounts, 1, "whoever was forgotten is a new customer")
	s.requireBalanced(t)
}

// An order that was erased is the same order, of nobody. The buyer's secret still finds it.
func TestErasedOrder(t *testing.T) {
	t.Parallel()
	s := newTill(t, dbtest.New(t), "alpha")
	theirs := s.buy(t, "ravi@example.com", "")
	s.finish(t, theirs)
	o := s.buy(t, ashasEmail, ashasPhone)
	s.finish(t, o)
	before, theirs := s.reread(t, o), s.reread(t, theirs)
	require.Equal(t, &commerce.CustomerErasure{OrdersErased: 1, CartsDeleted: 1}, s.erase(t, ashasEmail, ""))
	country := commerce.CountryCode("LK")
	want, got := *before, s.reread(t, o)
	want.Contact, want.BuyerNote, want.Attributes, want.UpdatedAt = commerce.Contact{}, "", []commerce.Attribute{}, got.UpdatedAt
	want.Address = &commerce.MailingAddress{Country: &country, ProvinceCode: new("WP")}
	require.Equal(t, &want, got)
	require.Equal(t, theirs, s.reread(t, theirs), "an order of somebody else stays")
	_, err := s.edit(o, commerce.RefundOrder(&commerce.RefundCreateInput{Amount: &commerce.MoneyInput{Amount: "1.00", CurrencyCode: "INR"}}))
	require.NoError(t, err, "money can still go back")
	s.requireBalanced(t)
}

// An order that is not over is left as it is until it is, and so is the use of its code. Whoever is to get the goods is a customer as well.
func TestErasureWaitsForOrders(t *testing.T) {
	t.Parallel()
	s := newTill(t, dbtest.New(t), "alpha")
	o := s.buy(t, ashasEmail, ashasPhone)
	run(t, s.Database, `UPDATE orders SET phone = ''`)
	before := s.reread(t, o)
	done := s.erase(t, "", ashasPhone)
	require.Equal(t, &commerce.CustomerErasure{OrdersRetained: 1, CartsDeleted: 1}, done)
	require.Equal(t, commerce.CustomerOrderUnderWay, *done.RetainedBecause())
	require.Equal(t, before, s.reread(t, o))
	require.NotEmpty(t, mentions(s.rows(t), customerHash(s.store.ID, ashasEmail)))
	require.Empty(t, queryRows(t, s.Database, `SELECT FROM outbox WHERE topic = 'customer.erased'`))
	_, err := s.edit(o, commerce.CancelOrder(&commerce.OrderCancelInput{Reason: commerce.CancelCustomer}))
	require.NoError(t, err)
	done = s.erase(t, "", ashasPhone)
	require.Equal(t, &commerce.CustomerErasure{OrdersErased: 1}, done)
	require.Nil(t, done.RetainedBecause())
	require.Empty(t, s.reread(t, o).Contact)
	s.requireBalanced(t)
}

func TestEraseCustomerRefusals(t *testing.T) {
	t.Parallel()
	s := newTill(t, dbtest.New(t), "alpha")
	s.finish(t, s.buy(t, ashasEmail, ashasPhone))
	for name, c := range map[string]struct {
		in   commerce.CustomerEraseInput
		want [][2]string
	}{
		"nobody":           {want: [][2]string{{"/input", "BLANK"}}},
		"empty texts":      {in: commerce.CustomerEraseInput{Email: new(""), Phone: new("")}, want: [][2]string{{"/input", "BLANK"}}},
		"no e-mail":        {in: commerce.CustomerEraseInput{Email: new("asha"), Phone: new(ashasPhone)}, want: [][2]string{{"/input/email", "INVALID"}}},
		"no phone":         {in: commerce.CustomerEraseInput{Email: new(ashasEmail), Phone: new("%")}, want: [][2]string{{"/input/phone", "INVALID"}}},
		"neither":          {in: commerce.CustomerEraseInput{Email: new("%"), Phone: new("call me")}, want: [][2]string{{"/input/email", "INVALID"}, {"/input/phone", "INVALID"}}},
		"NUL":              {in: commerce.CustomerEraseInput{Email: new("a\x00@example.com")}, want: [][2]string{{"/input/email", "INVALID"}}},
		"spaces, no phone": {in: commerce.CustomerEraseInput{Phone: new("   ")}, want: [][2]string{{"/input/phone", "INVALID"}}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			before := s.rows(t)
			_, err := s.EraseCustomer(t.Context(), commerce.Author{}, s.store, &c.in)
			requireRefused(t, err, c.want...)
			require.Equal(t, before, s.rows(t))
		})
	}
}

// What is read of a customer is everything, of the view's own stores alone, in pages; and it takes one statement, as forgetting takes five.
func TestCustomerData(t *testing.T) {
	t.Parallel()
	d := dbtest.New(t)
	s, other := newTill(t, d, "alpha"), newTill(t, d, "beta")
	s.finish(t, s.buy(t, ashasEmail, ashasPhone))
	s.finish(t, s.buy(t, ashasEmail, ""))
	s.fillCarts(t)
	s.visit(t)
	other.buy(t, ashasEmail, ashasPhone)
	var statements atomic.Int64
	counting, err := db.Open(d.URL, nil, db.Options{OnStatement: func(string) { statements.Add(1) }})
	require.NoError(t, err)
	t.Cleanup(func() { require.NoError(t, counting.Close()) })
	asha := commerce.CustomerContact{Email: ashasEmail, Phone: ashasPhone}
	all := commerce.CustomerDataKey{Store: s.store.ID, CustomerContact: asha}
	older, foreign := all, all
	older.Before, foreign.Store = 1002, other.store.ID
	found, err := counting.ViewOf([]commerce.StoreID{s.store.ID}, false).CustomerData(t.Context(), []commerce.CustomerDataKey{all, older, foreign})
	require.NoError(t, err)
	require.Equal(t, int64(1), statements.Load())
	require.Nil(t, found[foreign])
	require.Equal(t, []int{2, 5, 2, 5}, []int{found[all].OrdersCount, found[all].CartsCount, len(found[all].Orders), len(found[all].Carts)})
	require.Contains(t, found[all].Orders[0], `"name": "#1002"`)
	require.Equal(t, found[all].Orders[1:], found[older].Orders)
	text := strings.Join(slices.Concat(found[all].Orders, found[all].Carts, found[all].Accounts), "\n")
	for _, word := range personal(s.store.ID) {
		if word != customerHash(s.store.ID, ashasEmail) {
			require.Contains(t, text, word)
		}
	}
	for _, secret := range queryRows(t, d, `SELECT key FROM orders UNION ALL SELECT key FROM carts`) {
		require.NotContains(t, text, secret[0])
	}
	statements.Store(0)
	_, err = counting.EraseCustomer(t.Context(), commerce.Author{}, s.store, &commerce.CustomerEraseInput{Email: new(ashasEmail), Phone: new(ashasPhone)})
	require.NoError(t, err)
	require.Equal(t, int64(7), statements.Load(), "however many rows there are")
	found, err = counting.ViewOf([]commerce.StoreID{s.store.ID}, false).CustomerData(t.Context(), []commerce.CustomerDataKey{all})
	require.NoError(t, err)
	require.Equal(t, &commerce.CustomerData{Orders: []string{}, Carts: []string{}, Accounts: []string{}}, found[all])
}
