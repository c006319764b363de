package db_test

import (
	"errors"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/kirana-commerce/kirana/commerce"
	"github.com/kirana-commerce/kirana/db"
	"github.com/kirana-commerce/kirana/db/dbtest"
)

var spring = time.Date(2026, 3, 1, 0, 0, 0, 0, time.UTC)

func tenOff(code string) commerce.DiscountCodeInput {
	return commerce.DiscountCodeInput{Code: code, Type: commerce.DiscountPercentage, Percentage: new(commerce.DecimalText("10"))}
}

func addDiscount(t *testing.T, d *db.DB, store *commerce.Store, in commerce.DiscountCodeInput) *commerce.Discount {
	t.Helper()
	discount, err := d.AddDiscount(t.Context(), commerce.Author{}, store, in, spring)
	require.NoError(t, err)
	return discount
}

func TestAddDiscount(t *testing.T) {
	t.Parallel()
	d := dbtest.New(t)
	store, other := openStore(t, d.DB, "one"), openStore(t, d.DB, "other")
	upsert(t, d.DB, store, product("shirt"))
	id := func(table string, kind commerce.Kind) string {
		var id int64
		require.NoError(t, d.SQL.QueryRowContext(t.Context(), `SELECT id FROM `+table+` WHERE store_id = $1`, int64(store.ID)).Scan(&id))
		return commerce.GlobalID{Kind: kind, Store: store.ID, ID: id}.String()
	}
	items := &commerce.DiscountItemsInput{ProductIDs: []string{id("products", commerce.KindProduct)}, CollectionIDs: []string{id("collections", commerce.KindCollection)}}
	ends := spring.AddDate(0, 1, 0)
	for _, in := range []commerce.DiscountCodeInput{
		{
			Code: " Spring '26 ", Type: commerce.DiscountPercentage, Percentage: new(commerce.DecimalText("12.5")), Items: items,
			MinimumSubtotal: new(commerce.DecimalText("100")), MinimumQuantity: new(2), EndsAt: &ends, UsageLimit: new(5), OncePerCustomer: new(true),
			CombinesWith: &commerce.DiscountCombination{ProductDiscounts: true, ShippingDiscounts: true},
		},
		{Code: "५०", Type: commerce.DiscountFixedAmount, Amount: new(commerce.DecimalText("50"))},
		{Code: "SHIP", Type: commerce.DiscountFreeShipping, StartsAt: &ends},
		{
			Code: "THREE", Type: commerce.DiscountBuyXGetY, Percentage: new(commerce.DecimalText("50")), Items: items, BuysItems: items,
			BuysQuantity: new(2), GetsQuantity: new(1), UsesPerOrder: new(3),
		},
	} {
		made := addDiscount(t, d.DB, store, in)
		want, err := in.Discount(store, spring)
		require.NoError(t, err)
		want.ID, want.Version, want.CreatedAt, want.UpdatedAt = made.ID, 1, made.CreatedAt, made.UpdatedAt
		require.Equal(t, want, made)
		ref := commerce.DiscountRef{Store: store.ID, Code: commerce.DiscountKey(in.Code)}
		found, err := d.DiscountsByCode(t.Context(), []commerce.DiscountRef{ref, {Store: other.ID, Code: ref.Code}})
		require.NoError(t, err)
		require.Equal(t, map[commerce.DiscountRef]*commerce.Discount{ref: made}, found)
		for _, v := range []struct {
			view *db.View
			n    int
		}{{d.ViewOf([]commerce.StoreID{store.ID}, true), 1}, {d.ViewOf([]commerce.StoreID{other.ID}, true), 0}, {&d.View, 0}} {
			byID, err := v.view.DiscountsByID(t.Context(), []commerce.DiscountIDRef{made.Ref()})
			require.NoError(t, err)
			require.Len(t, byID, v.n)
		}
	}
}

// What needs a look at the store is refused, and then nothing is written.
func TestDiscountRefusals(t *testing.T) {
	t.Parallel()
	d := dbtest.New(t)
	store, other := openStore(t, d.DB, "one"), openStore(t, d.DB, "other")
	upsert(t, d.DB, other, product("theirs"))
	var theirs int64
	require.NoError(t, d.SQL.QueryRowContext(t.Context(), `SELECT id FROM products WHERE store_id = $1`, int64(other.ID)).Scan(&theirs))
	mine := addDiscount(t, d.DB, store, tenOff("Straße"))
	hers := addDiscount(t, d.DB, other, tenOff("HERS"))
	second := addDiscount(t, d.DB, store, tenOff("SECOND"))
	at := func(store commerce.StoreID) commerce.DiscountCodeInput {
		in := tenOff("NEW")
		in.Items = &commerce.DiscountItemsInput{ProductIDs: []string{commerce.GlobalID{Kind: commerce.KindProduct, Store: store, ID: theirs}.String()}}
		return in
	}
	missing := [2]string{"/input/discountCode/items/productIds/0", "NOT_FOUND"}
	before := queryRows(t, d, `SELECT store_id, code, version FROM discounts ORDER BY id`)
	for name, c := range map[string]struct {
		change func() error
		want   [2]string
	}{
		"a code there is": {
			func() error {
				_, err := d.AddDiscount(t.Context(), commerce.Author{}, store, tenOff("STRAßE "), spring)
				return err
			}, [2]string{"/input/discountCode/code", "TAKEN"},
		},
		"another store's product": {func() error {
			_, err := d.AddDiscount(t.Context(), commerce.Author{}, store, at(other.ID), spring)
			return err
		}, missing},
		"a number of another store's product": {func() error {
			_, err := d.AddDiscount(t.Context(), commerce.Author{}, store, at(store.ID), spring)
			return err
		}, missing},
		"a change to a code there is":            {editing(t, d.DB, store, second.ID, nil, tenOff("straße")), [2]string{"/input/discountCode/code", "TAKEN"}},
		"a change of another store's":            {editing(t, d.DB, store, hers.ID, nil, tenOff("X")), [2]string{"/input/id", "NOT_FOUND"}},
		"a change of what somebody else changed": {editing(t, d.DB, store, mine.ID, new(7), tenOff("X")), [2]string{"/input/expectedVersion", "STALE_OBJECT"}},
		"a change to what cannot be":             {editing(t, d.DB, store, mine.ID, nil, tenOff(" ")), [2]string{"/input/discountCode/code", "BLANK"}},
		"the end of another store's": {func() error {
			return d.DeleteDiscount(t.Context(), commerce.Author{}, commerce.DiscountIDRef{Store: store.ID, ID: hers.ID})
		}, [2]string{"/input/id", "NOT_FOUND"}},
		"a change to a number of another's thing": {editing(t, d.DB, store, mine.ID, nil, at(store.ID)), missing},
	} {
		t.Log(name)
		requireRefused(t, c.change(), c.want)
	}
	require.Equal(t, before, queryRows(t, d, `SELECT store_id, code, version FROM discounts ORDER BY id`))
	require.Equal(t, [][]string{{"3"}}, queryRows(t, d, `SELECT count(*) FROM audit_log WHERE action LIKE 'discount%'`))
}

func editing(t *testing.T, d *db.DB, store *commerce.Store, id commerce.DiscountID, expected *int, in commerce.DiscountCodeInput) func() error {
	t.Helper()
	return func() error {
		_, err := d.EditDiscount(t.Context(), commerce.Author{}, store, id, expected, in)
		return err
	}
}

// A change keeps the start and the uses; a use is no change.
func TestEditDiscount(t *testing.T) {
	t.Parallel()
	d := dbtest.New(t)
	store := openStore(t, d.DB, "one")
	made := addDiscount(t, d.DB, store, tenOff("TEN"))
	require.NoError(t, d.UseDiscounts(t.Context(), store.ID, []commerce.DiscountID{made.ID}, "", 1))
	changed, err := d.EditDiscount(t.Context(), commerce.Author{}, store, made.ID, new(1), commerce.DiscountCodeInput{
		Code: "ten", Type: commerce.DiscountFixedAmount, Amount: new(commerce.DecimalText("5")),
	})
	require.NoError(t, err)
	require.Equal(t, 2, changed.Version)
	require.Equal(t, 1, changed.UsageCount)
	require.Equal(t, spring, changed.StartsAt)
	require.Equal(t, int64(500), changed.AmountMinor)
	require.Zero(t, changed.Rate)
	require.NoError(t, d.DeleteDiscount(t.Context(), commerce.Author{}, made.Ref()))
	require.Empty(t, queryRows(t, d, `SELECT discount_id FROM discount_uses`))
	requireRefused(t, d.DeleteDiscount(t.Context(), commerce.Author{}, made.Ref()), [2]string{"/input/id", "NOT_FOUND"})
}

func TestDiscountLists(t *testing.T) {
	t.Parallel()
	d := dbtest.New(t)
	store, other := openStore(t, d.DB, "one"), openStore(t, d.DB, "other")
	addDiscount(t, d.DB, other, tenOff("THEIRS"))
	for _, code := range []string{"beta", "Alpha", "gamma ten"} {
		addDiscount(t, d.DB, store, tenOff(code))
	}
	addDiscount(t, d.DB, store, commerce.DiscountCodeInput{Code: "SHIP", Type: commerce.DiscountFreeShipping})
	own := d.ViewOf([]commerce.StoreID{store.ID}, true)
	list := func(v *db.View, s commerce.StoreID, key commerce.SortKey, words string) []string {
		k := commerce.DiscountListKey{Store: s, Page: commerce.FirstPage(10, commerce.Ordering{Key: key}), Words: words}
		found, err := v.DiscountLists(t.Context(), []commerce.DiscountListKey{k})
		require.NoError(t, err)
		var codes []string
		for _, item := range found[k].Items {
			codes = append(codes, item.Node.Code)
		}
		return codes
	}
	require.Equal(t, []string{"beta", "Alpha", "gamma ten", "SHIP"}, list(own, store.ID, commerce.DiscountSortID, ""))
	require.Equal(t, []string{"Alpha", "beta", "gamma ten", "SHIP"}, list(own, store.ID, commerce.DiscountSortCode, ""))
	require.Equal(t, []string{"gamma ten"}, list(own, store.ID, commerce.DiscountSortID, "TEN"))
	require.Equal(t, []string{"SHIP"}, list(own, store.ID, commerce.DiscountSortID, "type:FREE_SHIPPING"))
	require.Empty(t, list(own, other.ID, commerce.DiscountSortID, ""))
	require.Empty(t, list(&d.View, store.ID, commerce.DiscountSortID, ""))
}

// problemOf is why discounts could not be used, empty when they could.
func problemOf(t *testing.T, err error) commerce.DiscountProblem {
	t.Helper()
	if refused, ok := errors.AsType[*commerce.DiscountUseError](err); ok {
		return refused.Problem
	}
	require.NoError(t, err)
	return ""
}

// A use is counted once, refused with its reason, and taken back once.
func TestUseDiscounts(t *testing.T) {
	t.Parallel()
	d := dbtest.New(t)
	store, other := openStore(t, d.DB, "one"), openStore(t, d.DB, "other")
	limited, once := tenOff("LIMITED"), tenOff("ONCE")
	limited.UsageLimit, once.OncePerCustomer = new(2), new(true)
	a, b, c := addDiscount(t, d.DB, store, limited).ID, addDiscount(t, d.DB, store, once).ID, addDiscount(t, d.DB, store, tenOff("FREE")).ID
	counts := func() [][]string {
		return queryRows(t, d, `SELECT usage_count FROM discounts WHERE store_id = $1 ORDER BY id`, int64(store.ID))
	}
	use := func(order int64, customer string, ids ...commerce.DiscountID) commerce.DiscountProblem {
		return problemOf(t, d.UseDiscounts(t.Context(), store.ID, ids, customer, order))
	}
	require.Empty(t, use(1, "asha@example.com", a, b, c))
	require.Equal(t, [][]string{{"1"}, {"1"}, {"1"}}, counts())
	require.Equal(t, commerce.DiscountUsedByCustomer, use(2, "asha@example.com", a, b, c))
	require.Equal(t, commerce.DiscountCustomerMissing, use(2, "", c, b, a))
	require.Equal(t, [][]string{{"1"}, {"1"}, {"1"}}, counts(), "what is refused counts nothing")
	require.Empty(t, use(2, "ravi@example.com", a, b))
	require.Equal(t, commerce.DiscountUsageLimitReached, use(3, "mina@example.com", a, c))
	require.Equal(t, commerce.DiscountNotFound, use(3, "mina@example.com", c, 1<<40))
	require.Equal(t, commerce.DiscountNotFound, problemOf(t, d.UseDiscounts(t.Context(), other.ID, []commerce.DiscountID{c}, "", 3)), "another store's")
	require.Empty(t, use(4, ""))
	require.Empty(t, use(5, "", c), "buyers whom nobody knows")
	require.Equal(t, [][]string{{"2"}, {"2"}, {"2"}}, counts())
	used, err := d.UsedDiscounts(t.Context(), store.ID, []commerce.DiscountID{a, b, c}, "ravi@example.com")
	require.NoError(t, err)
	require.Equal(t, map[commerce.DiscountID]bool{a: true, b: true}, used)
	used, err = d.UsedDiscounts(t.Context(), store.ID, []commerce.DiscountID{a, b, c}, "")
	require.NoError(t, err)
	require.Empty(t, used)

	require.NoError(t, d.GiveBackDiscounts(t.Context(), other.ID, 1))
	require.Equal(t, [][]string{{"2"}, {"2"}, {"2"}}, counts(), "another store's order")
	for range 2 {
		require.NoError(t, d.GiveBackDiscounts(t.Context(), store.ID, 1))
		require.Equal(t, [][]string{{"1"}, {"1"}, {"1"}}, counts())
	}
	require.Empty(t, use(6, "asha@example.com", a, b, c), "what was given back can be used again")
}

// Orders that come at the same moment, with the same codes in any order, use no more than there is, and do not lock each other out.
func TestUseDiscountsAtOnce(t *testing.T) {
	t.Parallel()
	d := dbtest.New(t)
	store := openStore(t, d.DB, "one")
	limited, once := tenOff("LIMITED"), tenOff("ONCE")
	limited.UsageLimit, once.OncePerCustomer = new(3), new(true)
	a, b := addDiscount(t, d.DB, store, limited).ID, addDiscount(t, d.DB, store, once).ID
	race := func(ids func(i int) []commerce.DiscountID, customer func(i int) string) map[commerce.DiscountProblem]int {
		const orders = 16
		errs := make([]error, orders)
		var wait sync.WaitGroup
		for i := range orders {
			wait.Go(func() { errs[i] = d.UseDiscounts(t.Context(), store.ID, ids(i), customer(i), int64(100+i)) })
		}
		wait.Wait()
		problems := map[commerce.DiscountProblem]int{}
		for _, err := range errs {
			problems[problemOf(t, err)]++
		}
		return problems
	}
	both := func(i int) []commerce.DiscountID {
		if i%2 == 0 {
			return []commerce.DiscountID{a, b}
		}
		return []commerce.DiscountID{b, a}
	}
	require.Equal(t, map[commerce.DiscountProblem]int{"": 3, commerce.DiscountUsageLimitReached: 13},
		race(both, func(i int) string { return string(rune('a' + i)) }))
	onlyOnce := func(int) []commerce.DiscountID { return []commerce.DiscountID{b} }
	require.Equal(t, map[commerce.DiscountProblem]int{"": 1, commerce.DiscountUsedByCustomer: 15}, race(onlyOnce, func(int) string { return "asha@example.com" }))
	require.Equal(t, [][]string{{"3", "4"}}, queryRows(t, d,
		`SELECT max(usage_count) FILTER (WHERE id = $1), max(usage_count) FILTER (WHERE id = $2) FROM discounts WHERE store_id = $3`, int64(a), int64(b), int64(store.ID)))
}
