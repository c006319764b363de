package db_test

import (
	"crypto/sha256"
	"strings"
	"sync"
	"sync/atomic"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/kirana-commerce/kirana/commerce"
	"github.com/kirana-commerce/kirana/db"
	"github.com/kirana-commerce/kirana/db/dbtest"
)

var (
	_ commerce.CustomerCodeStore   = (*dbtest.Database)(nil)
	_ commerce.CustomerOrderReader = (*dbtest.Database)(nil)
	_ commerce.CustomerEditor      = (*dbtest.Database)(nil)
)

func byEmail(email string) commerce.CustomerContact { return commerce.CustomerContact{Email: email} }

func byPhone(phone string) commerce.CustomerContact { return commerce.CustomerContact{Phone: phone} }

func tokenOf(text string) commerce.NewCustomerToken {
	return commerce.NewCustomerToken{Hash: sha256.Sum256([]byte(text)), Life: commerce.CustomerTokenLife}
}

// sent keeps a code for somebody.
func sent(tb testing.TB, d *dbtest.Database, store commerce.StoreID, to commerce.CustomerContact) commerce.CustomerCode {
	tb.Helper()
	_, kept := commerce.NewCustomerCode()
	_, err := d.KeepCode(tb.Context(), store, to, kept)
	require.NoError(tb, err)
	return kept
}

// signedIn signs somebody in, with a token that is a text's.
func signedIn(tb testing.TB, d *dbtest.Database, store commerce.StoreID, to commerce.CustomerContact, token string) *commerce.Customer {
	tb.Helper()
	in, err := d.SignInCustomer(tb.Context(), store, to, sent(tb, d, store, to), tokenOf(token))
	require.NoError(tb, err)
	require.NotNil(tb, in)
	return in.Customer
}

// visitor is whom a token finds in a store.
func visitor(tb testing.TB, d *dbtest.Database, store commerce.StoreID, token string) *commerce.Customer {
	tb.Helper()
	key := commerce.CustomerTokenKey{Store: store, Hash: tokenOf(token).Hash}
	found, err := d.CustomersByToken(tb.Context(), []commerce.CustomerTokenKey{key})
	require.NoError(tb, err)
	return found[key]
}

// A code has five tries, ten minutes and one use, and the next one takes its place.
func TestCustomerCodes(t *testing.T) {
	t.Parallel()
	d := dbtest.New(t)
	alpha, beta, asha := openStore(t, d.DB, "alpha").ID, openStore(t, d.DB, "beta").ID, byEmail(ashasEmail)
	try := func(store commerce.StoreID, to commerce.CustomerContact) *commerce.CustomerCode {
		code, err := d.TryCode(t.Context(), store, to)
		require.NoError(t, err)
		return code
	}
	require.Nil(t, try(alpha, asha), "nobody was sent one")
	first := sent(t, d, alpha, asha)
	require.Equal(t, &first, try(alpha, asha))
	require.Nil(t, try(beta, asha), "the other store has sent none")
	second := sent(t, d, alpha, asha)
	for range commerce.CustomerCodeTries {
		require.Equal(t, &second, try(alpha, asha))
	}
	require.Nil(t, try(alpha, asha), "the tries are used up")

	in, err := d.SignInCustomer(t.Context(), alpha, asha, first, tokenOf("1"))
	require.NoError(t, err)
	require.Nil(t, in, "another was sent since")
	in, err = d.SignInCustomer(t.Context(), beta, asha, second, tokenOf("1"))
	require.NoError(t, err)
	require.Nil(t, in, "it is the other store's")
	require.Equal(t, [][]string{{"0"}}, queryRows(t, d, `SELECT (SELECT count(*) FROM customers) + (SELECT count(*) FROM customer_tokens)`))
	in, err = d.SignInCustomer(t.Context(), alpha, asha, second, tokenOf("1"))
	require.NoError(t, err)
	require.Equal(t, asha, in.Customer.Contact)
	in, err = d.SignInCustomer(t.Context(), alpha, asha, second, tokenOf("2"))
	require.NoError(t, err)
	require.Nil(t, in, "it was used")

	old := sent(t, d, alpha, asha)
	run(t, d, `UPDATE customer_codes SET expires_at = now()`)
	require.Nil(t, try(alpha, asha))
	in, err = d.SignInCustomer(t.Context(), alpha, asha, old, tokenOf("2"))
	require.NoError(t, err)
	require.Nil(t, in, "it has expired")
	dropped := sent(t, d, alpha, asha)
	require.NoError(t, d.DropCode(t.Context(), alpha, asha, old))
	require.Equal(t, &dropped, try(alpha, asha), "what was dropped was another one")
	require.NoError(t, d.DropCode(t.Context(), alpha, asha, dropped))
	require.Nil(t, try(alpha, asha))
}

// Of many who sign in with one code at the same time one does; and many tries at the same time are many tries.
func TestCustomerCodeRace(t *testing.T) {
	t.Parallel()
	d := dbtest.New(t)
	store, asha := openStore(t, d.DB, "alpha").ID, byEmail(ashasEmail)
	race := func(one func(i int) bool) int64 {
		var won atomic.Int64
		var all sync.WaitGroup
		for i := range 8 {
			all.Go(func() {
				if one(i) {
					won.Add(1)
				}
			})
		}
		all.Wait()
		return won.Load()
	}
	code := sent(t, d, store, asha)
	require.Equal(t, int64(1), race(func(i int) bool {
		in, err := d.SignInCustomer(t.Context(), store, asha, code, tokenOf(string(rune('a'+i))))
		return err == nil && in != nil
	}))
	require.Equal(t, [][]string{{"1", "1"}}, queryRows(t, d, `SELECT (SELECT count(*) FROM customers), (SELECT count(*) FROM customer_tokens)`))
	sent(t, d, store, asha)
	require.Equal(t, int64(commerce.CustomerCodeTries), race(func(int) bool {
		code, err := d.TryCode(t.Context(), store, asha)
		return err == nil && code != nil
	}))
}

// The same address in two stores is two customers, and a token of one opens nothing in the other.
func TestCustomersOfStores(t *testing.T) {
	t.Parallel()
	d := dbtest.New(t)
	alpha, beta, asha := openStore(t, d.DB, "alpha").ID, openStore(t, d.DB, "beta").ID, byEmail(ashasEmail)
	mine, theirs := signedIn(t, d, alpha, asha, "a"), signedIn(t, d, beta, asha, "b")
	require.NotEqual(t, mine.Ref(), theirs.Ref())
	require.Equal(t, mine, signedIn(t, d, alpha, asha, "again"), "they are the same whenever they come")
	require.NotEqual(t, mine.ID, signedIn(t, d, alpha, byPhone(ashasPhone), "phone").ID)
	require.Equal(t, mine, visitor(t, d, alpha, "a"))
	require.Nil(t, visitor(t, d, beta, "a"))
	require.Nil(t, visitor(t, d, alpha, "b"))

	closed, err := d.SignOutCustomer(t.Context(), beta, tokenOf("a").Hash)
	require.NoError(t, err)
	require.False(t, closed, "it is the other store's")
	closed, err = d.SignOutCustomer(t.Context(), alpha, tokenOf("a").Hash)
	require.NoError(t, err)
	require.True(t, closed)
	require.Nil(t, visitor(t, d, alpha, "a"))
	require.Equal(t, mine, visitor(t, d, alpha, "again"))
	run(t, d, `UPDATE customer_tokens SET expires_at = now() WHERE store_id = $1`, int64(alpha))
	require.Nil(t, visitor(t, d, alpha, "again"), "it has expired")
	closed, err = d.SignOutCustomer(t.Context(), alpha, tokenOf("again").Hash)
	require.NoError(t, err)
	require.False(t, closed)
	run(t, d, `UPDATE customer_codes SET expires_at = now()`)
	sent(t, d, alpha, asha)
	require.NoError(t, d.Sweep(t.Context()))
	require.Equal(t, [][]string{{"1", "1"}}, queryRows(t, d, `SELECT (SELECT count(*) FROM customer_tokens), (SELECT count(*) FROM customer_codes)`))
}

func TestCustomerHasSoManyTokens(t *testing.T) {
	t.Parallel()
	d := dbtest.New(t)
	store := openStore(t, d.DB, "alpha").ID
	for i := range commerce.MaxCustomerTokens + 1 {
		signedIn(t, d, store, byEmail(ashasEmail), "token "+strings.Repeat("i", i))
	}
	require.Equal(t, [][]string{{"20"}}, queryRows(t, d, `SELECT count(*) FROM customer_tokens`))
	require.Nil(t, visitor(t, d, store, "token "), "the oldest is gone")
}

// Customers see what was ordered under what they have proved, with the secrets; others what they may.
func TestCustomerOrders(t *testing.T) {
	t.Parallel()
	d := dbtest.New(t)
	s, other := newTill(t, d, "alpha"), newTill(t, d, "beta")
	both, mail, call := s.buy(t, ashasEmail, ashasPhone), s.buy(t, ashasEmail, ""), s.buy(t, "", ashasPhone)
	s.buy(t, "ravi@example.com", "")
	foreign := other.buy(t, ashasEmail, ashasPhone)
	page, err := commerce.NewPage(commerce.PageArgs{First: new(10)}, commerce.Ordering{Key: commerce.OrderSortNumber, Reverse: true})
	require.NoError(t, err)
	var statements atomic.Int64
	counting, err := db.Open(d.URL, nil, db.Options{OnStatement: func(string) { statements.Add(1) }})
	require.NoError(t, err)
	t.Cleanup(func() { require.NoError(t, counting.Close()) })
	key := func(store commerce.StoreID, contact commerce.CustomerContact, own bool) commerce.CustomerOrderListKey {
		return commerce.CustomerOrderListKey{Store: store, Contact: contact, Own: own, Page: page}
	}
	wants := map[commerce.CustomerOrderListKey][]*commerce.Order{
		key(s.store.ID, byEmail(ashasEmail), true):           {mail, both},
		key(s.store.ID, byPhone(ashasPhone), true):           {call, both},
		key(other.store.ID, byEmail(ashasEmail), true):       {foreign},
		key(s.store.ID, byEmail("nobody@example.com"), true): nil,
		key(s.store.ID, byEmail(ashasEmail), false):          {mail, both},
		key(other.store.ID, byEmail(ashasEmail), false):      nil,
	}
	var keys []commerce.CustomerOrderListKey
	for k := range wants {
		keys = append(keys, k)
	}
	found, err := counting.ViewOf([]commerce.StoreID{s.store.ID}, false).CustomerOrderLists(t.Context(), keys)
	require.NoError(t, err)
	require.Equal(t, int64(1), statements.Load(), "one statement for all")
	for k, want := range wants {
		require.Len(t, found[k].Items, len(want), "%+v", k)
		for i, o := range want {
			require.Equal(t, o.ID, found[k].Items[i].Node.ID)
			require.Equal(t, k.Own, found[k].Items[i].Node.Key == o.Key, "the secret is the customer's")
		}
	}
}

// The orders of a customer are found by an index: a shop with many orders does not read them all.
func TestCustomerOrdersPlan(t *testing.T) {
	t.Parallel()
	d := dbtest.New(t)
	s := newTill(t, d, "alpha")
	s.buy(t, ashasEmail, ashasPhone)
	run(t, d, `SET enable_seqscan = off`)
	for column, index := range map[string]string{"email": "orders_email", "phone": "orders_phone"} {
		plan := queryRows(t, d, `EXPLAIN SELECT o.id FROM orders o WHERE o.store_id = 1 AND o.`+column+` = 'a' AND o.`+column+` <> ''`)
		var text strings.Builder
		for _, line := range plan {
			text.WriteString(line[0])
		}
		require.Contains(t, text.String(), index)
	}
}

// Who is forgotten has no account any more: their tokens and codes go with it. Others keep theirs.
func TestErasedAccounts(t *testing.T) {
	t.Parallel()
	d := dbtest.New(t)
	s, other := newTill(t, d, "alpha"), newTill(t, d, "beta")
	asha := commerce.CustomerContact{Email: ashasEmail, Phone: ashasPhone}
	signedIn(t, d, s.store.ID, byEmail(ashasEmail), "mail")
	signedIn(t, d, s.store.ID, byPhone(ashasPhone), "call")
	s.visit(t)
	signedIn(t, d, s.store.ID, byEmail("ravi@example.com"), "ravi")
	signedIn(t, d, other.store.ID, byEmail(ashasEmail), "other")
	sent(t, d, s.store.ID, byEmail(ashasEmail))
	sent(t, d, other.store.ID, byEmail(ashasEmail))
	held := func() []string {
		key := commerce.CustomerDataKey{Store: s.store.ID, CustomerContact: asha}
		found, err := d.ViewOf([]commerce.StoreID{s.store.ID}, false).CustomerData(t.Context(), []commerce.CustomerDataKey{key})
		require.NoError(t, err)
		return found[key].Accounts
	}
	accounts := held()
	require.Len(t, accounts, 2)
	require.Contains(t, accounts[0], ashasEmail)
	require.Contains(t, accounts[0], `"addresses": [{"default": true, "address1": "Technopark"}]`)
	require.Contains(t, accounts[1], ashasPhone)
	s.erase(t, ashasEmail, ashasPhone)
	require.Empty(t, held())
	require.Nil(t, visitor(t, d, s.store.ID, "mail"))
	require.Nil(t, visitor(t, d, s.store.ID, "call"))
	require.NotNil(t, visitor(t, d, s.store.ID, "ravi"))
	require.NotNil(t, visitor(t, d, other.store.ID, "other"))
	require.Equal(t, [][]string{{"2"}}, queryRows(t, d, `SELECT store_id FROM customer_codes`))
}
