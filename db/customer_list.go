package db

import (
	"context"
	"slices"

	"github.com/kirana-commerce/kirana/commerce"
)

func customerList() queryable {
	orders := map[commerce.SortKey]sorting{
		commerce.CustomerSortID:        byInt("c.id", "c.id"),
		commerce.CustomerSortName:      byText("lower(c.last_name || ' ' || c.first_name)", "c.id"),
		commerce.CustomerSortUpdatedAt: byTime("c.updated_at", "c.id"),
	}
	fields := map[string]queryField{
		wordField:    {expr: "c.first_name || ' ' || c.last_name || ' ' || c.email || ' ' || c.phone"},
		"email":      {expr: "c.email"},
		"phone":      {expr: "c.phone"},
		"first_name": {expr: "c.first_name"},
		"last_name":  {expr: "c.last_name"},
		"created_at": {typ: commerce.QueryTime, expr: "c.created_at"},
		"updated_at": {typ: commerce.QueryTime, expr: "c.updated_at"},
	}
	return newQueryable(orders, fields, func(_ reading, s sorting, where, orderBy string) string {
		return `
SELECT k.ordinal, c.sort_value, ` + customerColumns + `
FROM unnest($1::bigint[]) WITH ORDINALITY AS k (store_id, ordinal)
CROSS JOIN LATERAL (
    SELECT c.store_id, c.id, c.email, c.phone, c.first_name, c.last_name, c.created_at, c.updated_at, ` + s.value + ` AS sort_value
    FROM customers c WHERE c.store_id = k.store_id` + where + orderBy + `
) c`
	})
}

// CustomerLists reads pages of the customers of the view's own stores; of others there are none.
func (v View) CustomerLists(ctx context.Context, keys []commerce.CustomerListKey) (map[commerce.CustomerListKey]commerce.List[*commerce.Customer], error) {
	own := slices.DeleteFunc(slices.Clone(keys), func(k commerce.CustomerListKey) bool { return !v.owns(k.Store) })
	return lists(ctx, v, v.lists.customers, own,
		func(k commerce.CustomerListKey) asked { return asked{k.Page, k.Words, true} },
		func(keys []commerce.CustomerListKey) []any {
			return []any{bigints(keys, func(k commerce.CustomerListKey) int64 { return int64(k.Store) })}
		}, func(int) func(*row, commerce.CustomerListKey) (*commerce.Customer, int64) {
			return func(r *row, _ commerce.CustomerListKey) (*commerce.Customer, int64) {
				c := scanCustomer(r)
				return c, int64(c.ID)
			}
		})
}

// customersByContactSQL finds the customer of an e-mail address before that of a phone number.
const customersByContactSQL = `
SELECT k.n, ` + customerColumns + `
FROM unnest($1::bigint[], $2::text[], $3::text[]) WITH ORDINALITY AS k (store_id, email, phone, n)
CROSS JOIN LATERAL (
    SELECT c.store_id, c.id, c.email, c.phone, c.first_name, c.last_name, c.created_at, c.updated_at FROM customers c
    WHERE c.store_id = k.store_id AND (c.email = k.email AND c.phone = '' OR c.email = '' AND c.phone = k.phone) ORDER BY c.phone LIMIT 1
) c
WHERE k.store_id = ANY($4::bigint[])`

// CustomersByContact finds customers of the view's own stores by what they have proved. Nobody has proved nothing.
func (v View) CustomersByContact(ctx context.Context, keys []commerce.CustomerContactKey) (map[commerce.CustomerContactKey]*commerce.Customer, error) {
	found := make(map[commerce.CustomerContactKey]*commerce.Customer, len(keys))
	err := v.each(ctx, func(r *row) {
		key := keys[r.int()-1]
		found[key] = scanCustomer(r)
	}, customersByContactSQL,
		bigints(keys, func(k commerce.CustomerContactKey) int64 { return int64(k.Store) }),
		texts(keys, func(k commerce.CustomerContactKey) string { return k.Email }),
		texts(keys, func(k commerce.CustomerContactKey) string { return k.Phone }), v.own)
	return found, err
}
