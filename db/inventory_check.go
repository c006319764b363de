package db

import (
	"context"

	"github.com/kirana-commerce/kirana/commerce"
)

// checkInventorySQL compares, in one snapshot, each level with the sum of its ledger and each variant's quantity with what is available
// over its levels. A level that is gone is one of 0, so that the ledger of a deleted variant has to come to nothing.
const checkInventorySQL = `
WITH explained AS (
    SELECT g.store_id, g.variant_id, g.location_id, sum(g.delta_on_hand)::bigint AS on_hand, sum(g.delta_reserved)::bigint AS reserved
    FROM inventory_ledger g WHERE $1 = 0 OR g.store_id = $1 GROUP BY g.store_id, g.variant_id, g.location_id
), compared AS (
    SELECT store_id, variant_id, location_id, coalesce(l.on_hand, 0) AS on_hand, coalesce(l.reserved, 0) AS reserved,
        coalesce(e.on_hand, 0) AS on_hand_due, coalesce(e.reserved, 0) AS reserved_due
    FROM (SELECT l.store_id, l.variant_id, l.location_id, l.on_hand, l.reserved FROM inventory_levels l WHERE $1 = 0 OR l.store_id = $1) l
    FULL JOIN explained e USING (store_id, variant_id, location_id)
), differences AS (
    SELECT store_id, variant_id, location_id, 'on_hand' AS what, on_hand::bigint AS stored, on_hand_due AS due FROM compared WHERE on_hand <> on_hand_due
    UNION ALL
    SELECT store_id, variant_id, location_id, 'reserved', reserved, reserved_due FROM compared WHERE reserved <> reserved_due
    UNION ALL
    SELECT v.store_id, v.id, 0, 'inventory_quantity', v.inventory_quantity, coalesce(a.available, 0)
    FROM product_variants v LEFT JOIN (
        SELECT l.store_id, l.variant_id, sum(l.on_hand::bigint - l.reserved)::bigint AS available FROM inventory_levels l
        WHERE $1 = 0 OR l.store_id = $1 GROUP BY l.store_id, l.variant_id
    ) a ON a.store_id = v.store_id AND a.variant_id = v.id
    WHERE ($1 = 0 OR v.store_id = $1) AND v.inventory_quantity <> coalesce(a.available, 0)
)
SELECT coalesce(s.handle, ''), d.variant_id, d.location_id, d.what, d.stored, d.due
FROM differences d LEFT JOIN stores s ON s.id = d.store_id
ORDER BY d.store_id, d.variant_id, d.location_id, d.what`

// CheckInventory tells where stock differs from what explains it, in a store or, with 0, in all of them.
func (d *DB) CheckInventory(ctx context.Context, store commerce.StoreID) ([]commerce.InventoryDifference, error) {
	differences := []commerce.InventoryDifference{}
	err := d.eachFresh(ctx, func(r *row) {
		differences = append(differences, commerce.InventoryDifference{
			Store: r.text(), Variant: commerce.VariantID(r.int()), Location: commerce.LocationID(r.int()), What: r.text(), Stored: r.int(), Expected: r.int(),
		})
	}, checkInventorySQL, int64(store))
	return differences, err
}
