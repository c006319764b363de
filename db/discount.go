package db

import (
	"context"
	"strconv"
	"time"

	"github.com/jmoiron/sqlx"
	"github.com/lib/pq"

	"github.com/kirana-commerce/kirana/commerce"
)

const discountColumns = `d.store_id, d.id, s.currency, d.code, d.type, d.rate, d.amount_minor, d.product_ids::text[], d.collection_ids::text[],
    d.buys_product_ids::text[], d.buys_collection_ids::text[], d.buys_quantity, d.gets_quantity, d.uses_per_order, d.minimum_subtotal_minor,
    d.minimum_quantity, (date_part('epoch', d.starts_at) * 1000000)::bigint, (date_part('epoch', d.ends_at) * 1000000)::bigint, d.usage_limit,
    d.usage_count, d.once_per_customer, d.with_products, d.with_orders, d.with_shipping, d.version,
    (date_part('epoch', d.created_at) * 1000000)::bigint, (date_part('epoch', d.updated_at) * 1000000)::bigint`

// scanDiscount reads discountColumns.
func scanDiscount(r *row) *commerce.Discount {
	store := commerce.StoreID(r.int())
	return &commerce.Discount{
		StoreID: store, ID: commerce.DiscountID(r.int()), Currency: commerce.Currency(r.text()), Code: r.text(),
		Type: commerce.DiscountType(r.text()), Rate: commerce.Rate(r.int()), AmountMinor: r.int(), Items: scanItems(r, store), Buys: scanItems(r, store),
		BuysQuantity: int(r.int()), GetsQuantity: int(r.int()), UsesPerOrder: r.size(), MinimumSubtotalMinor: r.amount(), MinimumQuantity: r.size(),
		StartsAt: r.moment(), EndsAt: r.optionalMoment(), UsageLimit: r.size(), UsageCount: int(r.int()), OncePerCustomer: r.bool(),
		CombinesWith: commerce.DiscountCombination{ProductDiscounts: r.bool(), OrderDiscounts: r.bool(), ShippingDiscounts: r.bool()},
		Version:      int(r.int()), CreatedAt: r.moment(), UpdatedAt: r.moment(),
	}
}

// scanItems reads two columns, the ids of products and of collections.
func scanItems(r *row, store commerce.StoreID) commerce.DiscountItems {
	return commerce.DiscountItems{StoreID: store, Products: scanIDs[commerce.ProductID](r), Collections: scanIDs[commerce.CollectionID](r)}
}

// scanIDs reads an array of ids as texts.
func scanIDs[T ~int64](r *row) []T {
	var ids []T
	for _, text := range r.texts() {
		id, err := strconv.ParseInt(text, 10, 64)
		if err != nil {
			r.fail(err)
		}
		ids = append(ids, T(id))
	}
	return ids
}

const discountsByCodeSQL = kept + `
SELECT d.code_key, ` + discountColumns + `
FROM unnest($1::bigint[], $2::text[]) AS k (store_id, code)
JOIN discounts d ON d.store_id = k.store_id AND d.code_key = k.code
JOIN stores s ON s.id = d.store_id`

// DiscountsByCode reads discounts by their codes, for whoever asks: who knows the code may know what it does.
func (v View) DiscountsByCode(ctx context.Context, refs []commerce.DiscountRef) (map[commerce.DiscountRef]*commerce.Discount, error) {
	return discountsByCode(func(scan scanner, text string, args ...any) error { return v.each(ctx, scan, text, args...) }, refs)
}

func discountsByCode(read rowsOf, refs []commerce.DiscountRef) (map[commerce.DiscountRef]*commerce.Discount, error) {
	found := make(map[commerce.DiscountRef]*commerce.Discount, len(refs))
	err := read(func(r *row) {
		key := r.text()
		d := scanDiscount(r)
		found[commerce.DiscountRef{Store: d.StoreID, Code: key}] = d
	}, discountsByCodeSQL,
		bigints(refs, func(r commerce.DiscountRef) int64 { return int64(r.Store) }),
		texts(refs, func(r commerce.DiscountRef) string { return r.Code }))
	return found, err
}

const collectionsOfSQL = `
SELECT m.store_id, m.product_id, m.collection_id
FROM unnest($1::bigint[], $2::bigint[]) AS p (store_id, id)
JOIN collection_products m ON m.store_id = p.store_id AND m.product_id = p.id
WHERE (m.store_id, m.collection_id) IN (SELECT c.store_id, c.id FROM unnest($3::bigint[], $4::bigint[]) AS c (store_id, id))
ORDER BY m.store_id, m.product_id, m.collection_id`

// CollectionsOf tells in which of some collections products are, shown to buyers or not.
func (v View) CollectionsOf(ctx context.Context, products []commerce.ProductRef, collections []commerce.CollectionRef) (map[commerce.ProductRef][]commerce.CollectionID, error) {
	return collectionsOf(func(scan scanner, text string, args ...any) error { return v.each(ctx, scan, text, args...) }, products, collections)
}

func collectionsOf(read rowsOf, products []commerce.ProductRef, collections []commerce.CollectionRef) (map[commerce.ProductRef][]commerce.CollectionID, error) {
	found := make(map[commerce.ProductRef][]commerce.CollectionID)
	if len(products) == 0 || len(collections) == 0 {
		return found, nil
	}
	err := read(func(r *row) {
		ref := commerce.ProductRef{Store: commerce.StoreID(r.int()), ID: commerce.ProductID(r.int())}
		found[ref] = append(found[ref], commerce.CollectionID(r.int()))
	}, collectionsOfSQL,
		bigints(products, func(r commerce.ProductRef) int64 { return int64(r.Store) }),
		bigints(products, func(r commerce.ProductRef) int64 { return int64(r.ID) }),
		bigints(collections, func(r commerce.CollectionRef) int64 { return int64(r.Store) }),
		bigints(collections, func(r commerce.CollectionRef) int64 { return int64(r.ID) }))
	return found, err
}

const discountsByIDSQL = `
SELECT ` + discountColumns + `
FROM unnest($1::bigint[], $2::bigint[]) AS k (store_id, id)
JOIN discounts d ON d.store_id = k.store_id AND d.id = k.id
JOIN stores s ON s.id = d.store_id
WHERE d.store_id = ANY($3::bigint[])`

// DiscountsByID reads discounts of the view's own stores.
func (v View) DiscountsByID(ctx context.Context, refs []commerce.DiscountIDRef) (map[commerce.DiscountIDRef]*commerce.Discount, error) {
	found := make(map[commerce.DiscountIDRef]*commerce.Discount, len(refs))
	err := v.each(ctx, func(r *row) {
		d := scanDiscount(r)
		found[d.Ref()] = d
	}, discountsByIDSQL,
		bigints(refs, func(r commerce.DiscountIDRef) int64 { return int64(r.Store) }),
		bigints(refs, func(r commerce.DiscountIDRef) int64 { return int64(r.ID) }), v.own)
	return found, err
}

func discountOrders() map[commerce.SortKey]sorting {
	return map[commerce.SortKey]sorting{
		commerce.DiscountSortID:        byInt("d.id", "d.id"),
		commerce.DiscountSortCode:      byText("d.code_key", "d.id"),
		commerce.DiscountSortCreatedAt: byTime("d.created_at", "d.id"),
	}
}

// discountList reads pages of a store's discounts, which the view has to own. No index knows when they were made: a store has few.
func discountList() queryable {
	render := func(_ reading, s sorting, where, orderBy string) string {
		return `
SELECT k.ordinal, d.sort_value, ` + discountColumns + `
FROM unnest($1::bigint[]) WITH ORDINALITY AS k (store_id, ordinal)
JOIN stores s ON s.id = k.store_id
CROSS JOIN LATERAL (
    SELECT d.store_id, d.id, d.code, d.type, d.rate, d.amount_minor, d.product_ids, d.collection_ids, d.buys_product_ids, d.buys_collection_ids,
        d.buys_quantity, d.gets_quantity, d.uses_per_order, d.minimum_subtotal_minor, d.minimum_quantity, d.starts_at, d.ends_at, d.usage_limit,
        d.usage_count, d.once_per_customer, d.with_products, d.with_orders, d.with_shipping, d.version, d.created_at, d.updated_at,
        ` + s.value + ` AS sort_value
    FROM discounts d WHERE d.store_id = k.store_id` + where + orderBy + `
) d`
	}
	return newQueryable(discountOrders(), map[string]queryField{
		wordField:     {expr: "d.code"},
		"code":        {typ: commerce.QueryTitle, expr: "d.code"},
		"type":        {expr: "d.type"},
		"usage_count": {typ: commerce.QueryInt, expr: "d.usage_count"},
		"starts_at":   {typ: commerce.QueryTime, expr: "d.starts_at"},
		"ends_at":     {typ: commerce.QueryTime, expr: "d.ends_at"},
		"created_at":  {typ: commerce.QueryTime, expr: "d.created_at"},
		"updated_at":  {typ: commerce.QueryTime, expr: "d.updated_at"},
	}, render)
}

// DiscountLists reads pages of discounts of the view's own stores. Of other stores there are none.
func (v View) DiscountLists(ctx context.Context, keys []commerce.DiscountListKey) (map[commerce.DiscountListKey]commerce.List[*commerce.Discount], error) {
	return lists(ctx, v, v.lists.discounts, keys,
		func(k commerce.DiscountListKey) asked { return asked{k.Page, k.Words, true} },
		func(keys []commerce.DiscountListKey) []any {
			return []any{bigints(keys, func(k commerce.DiscountListKey) int64 {
				if !v.owns(k.Store) {
					return 0 // no store
				}
				return int64(k.Store)
			})}
		}, func(int) func(*row, commerce.DiscountListKey) (*commerce.Discount, int64) {
			return func(r *row, _ commerce.DiscountListKey) (*commerce.Discount, int64) {
				d := scanDiscount(r)
				return d, int64(d.ID)
			}
		})
}

const countDiscountsSQL = `SELECT count(*) FROM discounts WHERE store_id = $1`

const discountTakenSQL = `SELECT EXISTS (SELECT FROM discounts WHERE store_id = $1 AND code_key = $2 AND id <> $3)`

const insertDiscountSQL = `
WITH made AS (
INSERT INTO discounts (store_id, code, code_key, type, rate, amount_minor, product_ids, collection_ids, buys_product_ids, buys_collection_ids,
    buys_quantity, gets_quantity, uses_per_order, minimum_subtotal_minor, minimum_quantity, starts_at, ends_at, usage_limit, once_per_customer,
    with_products, with_orders, with_shipping)
VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17, $18, $19, $20, $21, $22)
RETURNING store_id, id, code, type, rate, amount_minor, product_ids, collection_ids, buys_product_ids, buys_collection_ids, buys_quantity,
    gets_quantity, uses_per_order, minimum_subtotal_minor, minimum_quantity, starts_at, ends_at, usage_limit, usage_count, once_per_customer,
    with_products, with_orders, with_shipping, version, created_at, updated_at
)
SELECT ` + discountColumns + ` FROM made d JOIN stores s ON s.id = d.store_id`

const lockDiscountSQL = `
SELECT version, (date_part('epoch', starts_at) * 1000000)::bigint FROM discounts WHERE store_id = $1 AND id = $2 FOR NO KEY UPDATE`

const updateDiscountSQL = `
UPDATE discounts d SET code = $3, code_key = $4, type = $5, rate = $6, amount_minor = $7, product_ids = $8, collection_ids = $9, buys_product_ids = $10,
    buys_collection_ids = $11, buys_quantity = $12, gets_quantity = $13, uses_per_order = $14, minimum_subtotal_minor = $15, minimum_quantity = $16,
    starts_at = $17, ends_at = $18, usage_limit = $19, once_per_customer = $20, with_products = $21, with_orders = $22, with_shipping = $23
FROM stores s WHERE d.store_id = $1 AND d.id = $2 AND s.id = d.store_id
RETURNING ` + discountColumns

// discountValues are the discount's columns as the statements take them.
func discountValues(d *commerce.Discount) []any {
	return []any{
		d.Code, commerce.DiscountKey(d.Code), string(d.Type), int64(d.Rate), d.AmountMinor,
		pq.Array(int64s(d.Items.Products)), pq.Array(int64s(d.Items.Collections)), pq.Array(int64s(d.Buys.Products)), pq.Array(int64s(d.Buys.Collections)),
		d.BuysQuantity, d.GetsQuantity, d.UsesPerOrder, d.MinimumSubtotalMinor, d.MinimumQuantity, d.StartsAt, d.EndsAt, d.UsageLimit, d.OncePerCustomer,
		d.CombinesWith.ProductDiscounts, d.CombinesWith.OrderDiscounts, d.CombinesWith.ShippingDiscounts,
	}
}

// int64s are ids as an array of Postgres takes them, never nil: that would be NULL.
func int64s[T ~int64](ids []T) []int64 {
	numbers := make([]int64, len(ids))
	for i, id := range ids {
		numbers[i] = int64(id)
	}
	return numbers
}

// AddDiscount makes a discount, which starts now unless the input says otherwise. Somebody who takes the code at the same moment makes
// the transaction run again, and find it taken. Refusals; codes UNAVAILABLE.
func (d *DB) AddDiscount(ctx context.Context, by commerce.Author, store *commerce.Store, in commerce.DiscountCodeInput, now time.Time) (*commerce.Discount, error) {
	discount, err := in.Discount(store, now)
	if err != nil {
		return nil, err
	}
	return d.changeDiscount(ctx, by, store.ID, "discountCodeCreate", func(tx *sqlx.Tx) (*commerce.Discount, error) {
		var n int
		err := tx.GetContext(ctx, &n, countDiscountsSQL, int64(store.ID))
		if err == nil && n >= commerce.MaxDiscounts {
			err = commerce.Refuse(commerce.RefusalTooMany, []any{"input"}, "A store has at most %d discounts.", commerce.MaxDiscounts)
		}
		return discount, err
	})
}

// EditDiscount replaces a discount, which goes on to start when it did unless the input says otherwise. What has been used stays used.
// Refusals; codes UNAVAILABLE.
func (d *DB) EditDiscount(ctx context.Context, by commerce.Author, store *commerce.Store, id commerce.DiscountID, expected *int,
	in commerce.DiscountCodeInput,
) (*commerce.Discount, error) {
	return d.changeDiscount(ctx, by, store.ID, "discountCodeUpdate", func(tx *sqlx.Tx) (*commerce.Discount, error) {
		startsAt, err := lockDiscount(ctx, tx, commerce.DiscountIDRef{Store: store.ID, ID: id}, expected)
		if err != nil {
			return nil, err
		}
		discount, err := in.Discount(store, startsAt)
		if err == nil {
			discount.ID = id
		}
		return discount, err
	})
}

// changeDiscount writes a discount, whose code has to be free and whose things have to be there, and who did. One without an id is new.
func (d *DB) changeDiscount(ctx context.Context, by commerce.Author, store commerce.StoreID, action string,
	prepare func(*sqlx.Tx) (*commerce.Discount, error),
) (*commerce.Discount, error) {
	var written *commerce.Discount
	err := mutate(ctx, d, store, &written, func(tx *sqlx.Tx) error {
		discount, err := prepare(tx)
		if err != nil {
			return err
		}
		if err := checkDiscount(ctx, tx, discount); err != nil {
			return err
		}
		text, key := insertDiscountSQL, []any{int64(discount.StoreID)}
		if discount.ID != 0 {
			text, key = updateDiscountSQL, append(key, int64(discount.ID))
		}
		if written, err = scanOneDiscount(ctx, tx, text, append(key, discountValues(discount)...)...); err != nil {
			return err
		}
		return audit(ctx, tx, auditEntry{
			store: discount.StoreID, by: by, action: action, subject: written.NodeID().String(), detail: map[string]any{"code": written.Code},
		})
	})
	if err != nil {
		return nil, err
	}
	return written, nil
}

// lockDiscount holds a discount, which has to be at the version that the merchant expects, and tells when it starts.
func lockDiscount(ctx context.Context, tx *sqlx.Tx, ref commerce.DiscountIDRef, expected *int) (time.Time, error) {
	version, startsAt := 0, time.Time{}
	err := scanIn(ctx, tx, func(r *row) { version, startsAt = int(r.int()), r.moment() }, lockDiscountSQL, int64(ref.Store), int64(ref.ID))
	switch {
	case err != nil:
	case version == 0:
		err = commerce.Refuse(commerce.RefusalNotFound, []any{"input", "id"}, "The store has no such discount.")
	case expected != nil && *expected != version:
		err = commerce.Refuse(commerce.RefusalStaleObject, []any{"input", "expectedVersion"},
			"The discount is at version %d, not %d: it was changed since. Read it again, and decide anew.", version, *expected)
	}
	return startsAt, err
}

// checkDiscount refuses a code that another discount has, and things that the store does not have.
func checkDiscount(ctx context.Context, tx *sqlx.Tx, d *commerce.Discount) error {
	var taken bool
	if err := tx.GetContext(ctx, &taken, discountTakenSQL, int64(d.StoreID), commerce.DiscountKey(d.Code), int64(d.ID)); err != nil {
		return err
	}
	if taken {
		return commerce.Refuse(commerce.RefusalTaken, []any{"input", "discountCode", "code"}, "Another discount of the store has the code %q.", d.Code)
	}
	return refuseMissing(ctx, tx, d.StoreID, append(itemThings(d.StoreID, d.Items, "items"), itemThings(d.StoreID, d.Buys, "buysItems")...))
}

// itemThings are what a discount names, with the places where it does.
func itemThings(store commerce.StoreID, items commerce.DiscountItems, field string) []thing {
	things := make([]thing, 0, len(items.Products)+len(items.Collections))
	for i, p := range items.Products {
		things = append(things, thing{commerce.GlobalID{Kind: commerce.KindProduct, Store: store, ID: int64(p)}, []any{"input", "discountCode", field, "productIds", i}})
	}
	for i, c := range items.Collections {
		things = append(things, thing{commerce.GlobalID{Kind: commerce.KindCollection, Store: store, ID: int64(c)}, []any{"input", "discountCode", field, "collectionIds", i}})
	}
	return things
}

// scanOneDiscount runs a statement that returns a discount.
func scanOneDiscount(ctx context.Context, tx *sqlx.Tx, text string, args ...any) (*commerce.Discount, error) {
	var d *commerce.Discount
	err := scanIn(ctx, tx, func(r *row) { d = scanDiscount(r) }, text, args...)
	return d, err
}

const deleteDiscountSQL = `DELETE FROM discounts WHERE store_id = $1 AND id = $2 RETURNING code`

// DeleteDiscount deletes a discount. Orders keep what it took off. Refusals; codes UNAVAILABLE.
func (d *DB) DeleteDiscount(ctx context.Context, by commerce.Author, ref commerce.DiscountIDRef) error {
	return mutate(ctx, d, ref.Store, &nothing{}, func(tx *sqlx.Tx) error {
		codes := make(map[string]bool, 1)
		if err := handlesIn(ctx, tx, codes, deleteDiscountSQL, ref.Store, int64(ref.ID)); err != nil {
			return err
		}
		for code := range codes {
			return audit(ctx, tx, auditEntry{
				store: ref.Store, by: by, action: "discountCodeDelete", subject: ref.NodeID().String(), detail: map[string]any{"code": code},
			})
		}
		return commerce.Refuse(commerce.RefusalNotFound, []any{"input", "id"}, "The store has no such discount.")
	})
}
