package db_test

import (
	"fmt"
	"strings"
	"sync"
	"sync/atomic"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/kirana-commerce/kirana/commerce"
	"github.com/kirana-commerce/kirana/db"
	"github.com/kirana-commerce/kirana/db/dbtest"
)

// guests signs customers in, who are called and reached so.
func guests(t *testing.T, d *dbtest.Database, store commerce.StoreID, names ...[3]string) (ids []commerce.CustomerID) {
	t.Helper()
	for i, name := range names {
		contact := byEmail(name[2])
		if strings.HasPrefix(name[2], "+") {
			contact = byPhone(name[2])
		}
		token := fmt.Sprintf("guest %d %d", store, i)
		ids = append(ids, signedIn(t, d, store, contact, token).ID)
		_, err := d.UpdateCustomer(t.Context(), commerce.CustomerTokenKey{Store: store, Hash: tokenOf(token).Hash},
			&commerce.CustomerUpdateInput{FirstName: &name[0], LastName: &name[1]})
		require.NoError(t, err)
	}
	return ids
}

// The customers of a store are listed in every order, page by page, as a query narrows them, for whoever may see them, in one statement.
func TestCustomerList(t *testing.T) {
	t.Parallel()
	d := dbtest.New(t)
	alpha, beta := openStore(t, d.DB, "alpha").ID, openStore(t, d.DB, "beta").ID
	ids := guests(t, d, alpha,
		[3]string{"Asha", "Nair", "asha@example.com"}, [3]string{"", "", "+919876543210"}, [3]string{"Ravi", "Menon", "ravi@shop.test"},
		[3]string{"Asha", "menon", "asha@shop.test"}, [3]string{"100%", "_", "percent@example.com"})
	guests(t, d, beta, [3]string{"Asha", "Nair", "asha@example.com"})
	run(t, d, `UPDATE customers SET first_name = 'Ravindra' WHERE id = $1`, int64(ids[2])) // and so the last to change
	var statements atomic.Int64
	counting, err := db.Open(d.URL, nil, db.Options{OnStatement: func(string) { statements.Add(1) }})
	require.NoError(t, err)
	t.Cleanup(func() { require.NoError(t, counting.Close()) })
	mine := counting.ViewOf([]commerce.StoreID{alpha}, false)

	// walk reads the list in pages of two, from either end.
	walk := func(words string, order commerce.Ordering, backward bool) (places []int) {
		args := commerce.PageArgs{First: new(2)}
		if backward {
			args = commerce.PageArgs{Last: new(2)}
		}
		for {
			page, err := commerce.NewPage(args, order)
			require.NoError(t, err)
			key := commerce.CustomerListKey{Store: alpha, Page: page, Words: words}
			statements.Store(0)
			found, err := mine.CustomerLists(t.Context(), []commerce.CustomerListKey{key, {Store: beta, Page: page, Words: words}})
			require.NoError(t, err)
			require.Equal(t, int64(1), statements.Load())
			require.Empty(t, found[commerce.CustomerListKey{Store: beta, Page: page, Words: words}].Items)
			l, batch := found[key], []int(nil)
			for _, item := range l.Items {
				batch = append(batch, int(item.Node.ID-ids[0]))
			}
			if backward {
				places = append(batch, places...)
				if !l.HasPrevious {
					return places
				}
				args.Before = new(l.CursorAt(0))
				continue
			}
			places = append(places, batch...)
			if !l.HasNext {
				return places
			}
			args.After = new(l.CursorAt(len(l.Items) - 1))
		}
	}
	for _, c := range []struct {
		words string
		key   commerce.SortKey
		want  []int
	}{
		{"", commerce.CustomerSortID, []int{0, 1, 2, 3, 4}},
		{"", commerce.CustomerSortName, []int{1, 4, 3, 2, 0}},
		{"", commerce.CustomerSortUpdatedAt, []int{0, 1, 3, 4, 2}},
		{"asha", commerce.CustomerSortID, []int{0, 3}},
		{"asha MENON", commerce.CustomerSortID, []int{3}},
		{"%", commerce.CustomerSortID, []int{4}},
		{"98765", commerce.CustomerSortID, []int{1}},
		{"email:ASHA@example.com", commerce.CustomerSortID, []int{0}},
		{`phone:"+919876543210" OR email:ravi*`, commerce.CustomerSortID, []int{1, 2}},
		{"last_name:menon -first_name:ravi*", commerce.CustomerSortName, []int{3}},
		{"created_at:<2020-01-01", commerce.CustomerSortID, nil},
		{"updated_at:>2020-01-01", commerce.CustomerSortName, []int{1, 4, 3, 2, 0}},
	} {
		for _, backward := range []bool{false, true} {
			require.Equal(t, c.want, walk(c.words, commerce.Ordering{Key: c.key}, backward), "%q by %s", c.words, c.key)
		}
		reversed := walk(c.words, commerce.Ordering{Key: c.key, Reverse: true}, false)
		for i, place := range reversed {
			require.Equal(t, c.want[len(c.want)-1-i], place)
		}
		counted := commerce.CustomerListKey{Store: alpha, Words: c.words}.Counting()
		found, err := mine.CustomerLists(t.Context(), []commerce.CustomerListKey{counted})
		require.NoError(t, err)
		require.Equal(t, len(c.want), found[counted].Total)
	}
}

// The orders of the list are those of indexes.
func TestCustomerListPlans(t *testing.T) {
	t.Parallel()
	d := dbtest.New(t)
	run(t, d, `SET enable_seqscan = off`)
	run(t, d, `SET enable_sort = off`)
	for order, index := range map[string]string{
		"c.id": "customers_pkey", `lower(c.last_name || ' ' || c.first_name) COLLATE "C", c.id`: "customers_name", "c.updated_at, c.id": "customers_updated_at",
	} {
		plan := queryRows(t, d, `EXPLAIN SELECT c.id FROM customers c WHERE c.store_id = 1 ORDER BY `+order+` LIMIT 10`)
		require.Contains(t, fmt.Sprint(plan), " using "+index)
		require.NotContains(t, fmt.Sprint(plan), "Sort")
	}
}

// Who has an e-mail address is found before who has the phone number, in the view's own stores alone.
func TestCustomersByContact(t *testing.T) {
	t.Parallel()
	d := dbtest.New(t)
	alpha, beta := openStore(t, d.DB, "alpha").ID, openStore(t, d.DB, "beta").ID
	call, mail := signedIn(t, d, alpha, byPhone(ashasPhone), "call").ID, signedIn(t, d, alpha, byEmail(ashasEmail), "mail").ID
	theirs := signedIn(t, d, beta, byEmail(ashasEmail), "theirs").ID
	key := func(store commerce.StoreID, email, phone string) commerce.CustomerContactKey {
		return commerce.CustomerContactKey{Store: store, CustomerContact: commerce.CustomerContact{Email: email, Phone: phone}}
	}
	wants := map[commerce.CustomerContactKey]commerce.CustomerID{
		key(alpha, ashasEmail, ashasPhone): mail, key(alpha, "ravi@example.com", ashasPhone): call, key(alpha, "", ashasPhone): call,
		key(alpha, "", ""): 0, key(alpha, ashasPhone, ashasEmail): 0, key(beta, ashasEmail, ""): 0,
	}
	var keys []commerce.CustomerContactKey
	for k := range wants {
		keys = append(keys, k)
	}
	view := d.ViewOf([]commerce.StoreID{alpha}, false)
	found, err := view.CustomersByContact(t.Context(), keys)
	require.NoError(t, err)
	for k, want := range wants {
		if want == 0 {
			require.Nil(t, found[k])
		} else {
			require.Equal(t, want, found[k].ID)
		}
	}
	shown := func(store commerce.StoreID, id commerce.CustomerID, shown bool) commerce.CustomerKey {
		return commerce.CustomerKey{CustomerRef: commerce.CustomerRef{Store: store, ID: id}, Shown: shown}
	}
	customers, err := view.Customers(t.Context(), []commerce.CustomerKey{
		shown(alpha, mail, false), shown(beta, theirs, false), shown(beta, theirs, true), shown(alpha, theirs, true), shown(alpha, 0, true),
	})
	require.NoError(t, err)
	require.Len(t, customers, 2)
	require.NotNil(t, customers[shown(alpha, mail, false)])
	require.NotNil(t, customers[shown(beta, theirs, true)])
}

// Of a cart that a customer fills while they are forgotten nothing is left: it is refused, or it is deleted. Nobody waits for ever.
func TestForgottenWhileFillingACart(t *testing.T) {
	t.Parallel()
	d := dbtest.New(t)
	s := newTill(t, d, "alpha")
	for i := range 20 {
		token := tokenOf(fmt.Sprint(i)).Hash
		signedIn(t, d, s.store.ID, byEmail(ashasEmail), fmt.Sprint(i))
		cart := s.filled(t)
		change := commerce.SetCartBuyer(nil, &commerce.CartBuyerIdentityInput{CustomerAccessToken: new("it"), Email: new("office@example.com")})
		change.Token = &token
		var both sync.WaitGroup
		var erasing, changing error
		both.Go(func() {
			_, erasing = d.EraseCustomer(t.Context(), commerce.Author{}, s.store, &commerce.CustomerEraseInput{Email: new(ashasEmail)})
		})
		both.Go(func() { _, changing = d.ChangeCart(t.Context(), cart.Ref(), change) })
		both.Wait()
		require.NoError(t, erasing)
		if _, refused := commerce.RefusalsOf(changing); !refused {
			require.NoError(t, changing)
		}
		require.Equal(t, [][]string{{"0"}}, queryRows(t, d, `SELECT count(*) FROM carts WHERE content -> 'buyer' ? 'customer'`))
	}
}
