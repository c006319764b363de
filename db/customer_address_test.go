package db_test

import (
	"sync"
	"sync/atomic"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/kirana-commerce/kirana/commerce"
	"github.com/kirana-commerce/kirana/db/dbtest"
)

// Of many who add the last address at the same time one does; and when all addresses but one go at the same time, that one is the default.
func TestCustomerAddressRace(t *testing.T) {
	t.Parallel()
	d := dbtest.New(t)
	store := openStore(t, d.DB, "alpha").ID
	for range 5 {
		asha := signedIn(t, d, store, byEmail(ashasEmail), "asha")
		who := commerce.CustomerTokenKey{Store: store, Hash: tokenOf("asha").Hash}
		run(t, d, `INSERT INTO customer_addresses (store_id, customer_id, address) SELECT $1, $2, '{"city": "Kochi"}' FROM generate_series(2, $3)`,
			int64(store), int64(asha.ID), commerce.MaxCustomerAddresses)
		race := func(n int, one func(i int) error) (done, refused int64) {
			var all sync.WaitGroup
			var carriedOut, kept atomic.Int64
			for i := range n {
				all.Go(func() {
					err := one(i)
					if _, is := commerce.RefusalsOf(err); is {
						kept.Add(1)
					} else if err == nil {
						carriedOut.Add(1)
					}
				})
			}
			all.Wait()
			return carriedOut.Load(), kept.Load()
		}
		done, refused := race(8, func(int) error {
			_, err := d.AddCustomerAddress(t.Context(), who, &commerce.MailingAddressInput{City: new("Kochi")})
			return err
		})
		require.Equal(t, []int64{1, 7}, []int64{done, refused})

		key := commerce.CustomerAddressListKey{CustomerPartKey: commerce.CustomerPartKey{CustomerRef: asha.Ref(), Own: true}}
		var err error
		key.Page, err = commerce.NewPage(commerce.PageArgs{First: new(250)}, commerce.Ordering{Key: commerce.CustomerAddressSortID})
		require.NoError(t, err)
		found, err := d.CustomerAddressLists(t.Context(), []commerce.CustomerAddressListKey{key})
		require.NoError(t, err)
		book := found[key].Items
		require.Len(t, book, commerce.MaxCustomerAddresses)
		done, _ = race(len(book)-1, func(i int) error {
			_, err := d.DeleteCustomerAddress(t.Context(), who, commerce.CustomerAddressID(book[i].ID))
			return err
		})
		require.Equal(t, int64(len(book)-1), done)
		defaults := commerce.CustomerAddressKey{CustomerPartKey: key.CustomerPartKey}
		left, err := d.CustomerAddresses(t.Context(), []commerce.CustomerAddressKey{defaults})
		require.NoError(t, err)
		require.NotNil(t, left[defaults])
		require.Equal(t, book[len(book)-1].ID, left[defaults].Saved.ID)
		run(t, d, `DELETE FROM customers`)
	}
}

// Addresses are read page by page for the customer, and for whoever may see who buys.
func TestCustomerAddressPages(t *testing.T) {
	t.Parallel()
	d := dbtest.New(t)
	alpha, beta := openStore(t, d.DB, "alpha").ID, openStore(t, d.DB, "beta").ID
	var keys []commerce.CustomerPartKey
	for _, store := range []commerce.StoreID{alpha, beta} {
		c := signedIn(t, d, store, byEmail(ashasEmail), "asha")
		for _, city := range []string{"Kochi", "Delhi", "Pune"} {
			_, err := d.AddCustomerAddress(t.Context(), commerce.CustomerTokenKey{Store: store, Hash: tokenOf("asha").Hash}, &commerce.MailingAddressInput{City: &city})
			require.NoError(t, err)
		}
		keys = append(keys, commerce.CustomerPartKey{CustomerRef: c.Ref(), Own: true}, commerce.CustomerPartKey{CustomerRef: c.Ref()})
	}
	order := commerce.Ordering{Key: commerce.CustomerAddressSortID, Reverse: true}
	page, err := commerce.NewPage(commerce.PageArgs{First: new(2)}, order)
	require.NoError(t, err)
	var cities [][]string
	for _, key := range keys {
		var mine []string
		for p, more := page, true; more; {
			k := commerce.CustomerAddressListKey{CustomerPartKey: key, Page: p}
			found, err := d.ViewOf([]commerce.StoreID{alpha}, false).CustomerAddressLists(t.Context(), []commerce.CustomerAddressListKey{k})
			require.NoError(t, err)
			for _, item := range found[k].Items {
				mine = append(mine, *item.Node.City)
			}
			if more = found[k].HasNext; more {
				p, err = commerce.NewPage(commerce.PageArgs{First: new(2), After: new(found[k].CursorAt(1))}, order)
				require.NoError(t, err)
			}
		}
		cities = append(cities, mine)
	}
	all := []string{"Pune", "Delhi", "Kochi"}
	require.Equal(t, [][]string{all, all, all, nil}, cities)
}
