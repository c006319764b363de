package db

import (
	"context"

	"github.com/kirana-commerce/kirana/commerce"
)

const levelColumns = `l.variant_id, l.location_id, l.on_hand, l.reserved, (date_part('epoch', l.updated_at) * 1000000)::bigint`

func scanLevel(r *row, store commerce.StoreID) *commerce.InventoryLevel {
	return &commerce.InventoryLevel{
		StoreID: store, VariantID: commerce.VariantID(r.int()), LocationID: commerce.LocationID(r.int()),
		OnHand: int(r.int()), Reserved: int(r.int()), UpdatedAt: r.moment(),
	}
}

const variantLevelsSQL = `
SELECT l.store_id, ` + levelColumns + `
FROM unnest($1::bigint[], $2::bigint[]) AS k (store_id, id)
JOIN inventory_levels l ON l.store_id = k.store_id AND l.variant_id = k.id
JOIN locations o ON o.store_id = l.store_id AND o.id = l.location_id
WHERE l.store_id = ANY($3::bigint[]) ORDER BY o.position, o.id`

// VariantLevels reads the stock of variants of the view's own stores, in the order of the locations.
func (v View) VariantLevels(ctx context.Context, refs []commerce.VariantRef) (map[commerce.VariantRef][]*commerce.InventoryLevel, error) {
	found := make(map[commerce.VariantRef][]*commerce.InventoryLevel, len(refs))
	err := v.each(ctx, func(r *row) {
		l := scanLevel(r, commerce.StoreID(r.int()))
		found[l.Variant()] = append(found[l.Variant()], l)
	}, variantLevelsSQL, variantStores(refs), variantIDs(refs), v.own)
	return found, err
}

func levelOrders() map[commerce.SortKey]sorting {
	return map[commerce.SortKey]sorting{commerce.InventorySortVariant: byInt("l.variant_id", "l.location_id")}
}

const levelWords = `
JOIN product_variants v ON v.store_id = l.store_id AND v.id = l.variant_id
JOIN products p ON p.store_id = v.store_id AND p.id = v.product_id`

func levelList() list {
	return newList(levelOrders(), 2, ` AND p.title || ' ' || v.sku ILIKE ALL ($%d::text[])`, func(r reading, s sorting, where, orderBy string) string {
		joined := ""
		if r.words {
			joined = levelWords
		}
		return `
SELECT k.ordinal, l.sort_value, ` + levelColumns + `
FROM unnest($1::bigint[]) WITH ORDINALITY AS k (store_id, ordinal)
CROSS JOIN LATERAL (
    SELECT l.variant_id, l.location_id, l.on_hand, l.reserved, l.updated_at, ` + s.value + ` AS sort_value FROM inventory_levels l` + joined + `
    WHERE l.store_id = k.store_id AND k.store_id = ANY($2::bigint[])` + where + orderBy + `
) l`
	})
}

// LevelLists reads pages of the stock of the view's own stores.
func (v View) LevelLists(ctx context.Context, keys []commerce.InventoryLevelListKey) (map[commerce.InventoryLevelListKey]commerce.List[*commerce.InventoryLevel], error) {
	what := func(k commerce.InventoryLevelListKey) asked { return asked{page: k.Page, words: k.Words} }
	own := func(keys []commerce.InventoryLevelListKey) []any {
		return []any{bigints(keys, func(k commerce.InventoryLevelListKey) int64 { return int64(k.Store) }), v.own}
	}
	return lists(ctx, v, v.lists.levels, keys, what, own, func(int) func(*row, commerce.InventoryLevelListKey) (*commerce.InventoryLevel, int64) {
		return func(r *row, k commerce.InventoryLevelListKey) (*commerce.InventoryLevel, int64) {
			l := scanLevel(r, k.Store)
			return l, int64(l.LocationID)
		}
	})
}

func historyOrders() map[commerce.SortKey]sorting {
	return map[commerce.SortKey]sorting{commerce.InventorySortID: byInt("g.id", "g.id")}
}

func historyList() list {
	return newList(historyOrders(), 3, "", func(_ reading, s sorting, where, orderBy string) string {
		return `
SELECT k.ordinal, g.sort_value, g.id, g.location_id, (date_part('epoch', g.at) * 1000000)::bigint, g.reason, g.reference,
    g.delta_on_hand, g.delta_reserved, g.on_hand, g.reserved, coalesce(g.merchant_id, 0), coalesce(g.api_key_id, 0),
    coalesce((SELECT m.name FROM merchants m WHERE m.id = g.merchant_id), '')
FROM unnest($1::bigint[], $2::bigint[]) WITH ORDINALITY AS k (store_id, variant_id, ordinal)
CROSS JOIN LATERAL (
    SELECT g.id, g.location_id, g.at, g.reason, g.reference, g.delta_on_hand, g.delta_reserved, g.on_hand, g.reserved, g.merchant_id, g.api_key_id,
        ` + s.value + ` AS sort_value FROM inventory_ledger g
    WHERE g.store_id = k.store_id AND g.variant_id = k.variant_id AND k.store_id = ANY($3::bigint[])` + where + orderBy + `
) g`
	})
}

// InventoryHistories reads pages of what happened to the stock of variants of the view's own stores.
func (v View) InventoryHistories(ctx context.Context, keys []commerce.InventoryHistoryKey) (map[commerce.InventoryHistoryKey]commerce.List[*commerce.InventoryHistoryEntry], error) {
	what := func(k commerce.InventoryHistoryKey) asked { return asked{page: k.Page} }
	own := func(keys []commerce.InventoryHistoryKey) []any {
		return []any{
			bigints(keys, func(k commerce.InventoryHistoryKey) int64 { return int64(k.Variant.Store) }),
			bigints(keys, func(k commerce.InventoryHistoryKey) int64 { return int64(k.Variant.ID) }), v.own,
		}
	}
	return lists(ctx, v, v.lists.histories, keys, what, own, func(int) func(*row, commerce.InventoryHistoryKey) (*commerce.InventoryHistoryEntry, int64) {
		return func(r *row, k commerce.InventoryHistoryKey) (*commerce.InventoryHistoryEntry, int64) {
			e := scanEntry(r, k.Variant.Store)
			return e, e.ID
		}
	})
}

func scanEntry(r *row, store commerce.StoreID) *commerce.InventoryHistoryEntry {
	return &commerce.InventoryHistoryEntry{
		StoreID: store, ID: r.int(), LocationID: commerce.LocationID(r.int()), CreatedAt: r.moment(), Reason: commerce.InventoryReason(r.text()),
		ReferenceDocumentURI: r.trimmed(), DeltaOnHand: int(r.int()), DeltaReserved: int(r.int()), OnHand: int(r.int()), Reserved: int(r.int()),
		Author: commerce.InventoryAuthor{
			Author: commerce.Author{Merchant: commerce.MerchantID(r.int()), Key: commerce.APIKeyID(r.int())}, Name: r.trimmed(),
		},
	}
}
