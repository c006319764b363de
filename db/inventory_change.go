package db

import (
	"context"
	"time"

	"github.com/jmoiron/sqlx"

	"github.com/kirana-commerce/kirana/commerce"
)

// stockReason is what the ledger keeps of a transaction that changes stock.
type stockReason struct {
	why       commerce.InventoryReason
	reference string
	by        commerce.Author
}

const explainSQL = kept + `
SELECT now() FROM (
    SELECT set_config('kirana.stock_reason', $1, true), set_config('kirana.stock_reference', $2, true),
        set_config('kirana.stock_merchant', coalesce(nullif($3::bigint, 0)::text, ''), true), set_config('kirana.stock_api_key', coalesce(nullif($4::bigint, 0)::text, ''), true)
) s`

// explain says why stock changes from here to the end of the transaction, whatever statement changes it: the triggers of the
// tables write the ledger.
func explain(ctx context.Context, tx *sqlx.Tx, s stockReason) error {
	_, err := tx.ExecContext(ctx, explainSQL, string(s.why), s.reference, int64(s.by.Merchant), int64(s.by.Key))
	return err
}

// sharedLocationsSQL keeps locations from being closed until the transaction ends.
const sharedLocationsSQL = `
SELECT id, active FROM locations WHERE store_id = $1 AND id = ANY($2::bigint[]) ORDER BY id FOR SHARE`

const lockLevelsSQL = kept + `
SELECT variant_id, location_id, on_hand, reserved FROM inventory_levels
WHERE store_id = $1 AND variant_id = ANY($2::bigint[]) ORDER BY variant_id, location_id FOR NO KEY UPDATE`

// openLevelsSQL makes the levels that are not there yet. They are empty, so that setLevelsSQL alone moves a variant's quantity, once: a
// row that a transaction writes twice has its foreign keys checked again, and that would wait for whoever writes the product.
const openLevelsSQL = `
INSERT INTO inventory_levels (store_id, variant_id, location_id)
SELECT $1, r.variant, r.location FROM json_to_recordset($2::json) AS r (variant bigint, location bigint)
ORDER BY r.variant, r.location
ON CONFLICT DO NOTHING`

const setLevelsSQL = `
UPDATE inventory_levels l SET on_hand = r.on_hand
FROM json_to_recordset($2::json) AS r (variant bigint, location bigint, on_hand integer)
WHERE l.store_id = $1 AND l.variant_id = r.variant AND l.location_id = r.location`

type levelRow struct {
	Variant  commerce.VariantID  `json:"variant"`
	Location commerce.LocationID `json:"location"`
	OnHand   int                 `json:"on_hand"`
}

// ChangeStock carries out a change of stock: all of it or, when anything is refused, nothing. It takes seven statements, however many
// lines there are. Refusals; codes UNAVAILABLE.
func (d *DB) ChangeStock(ctx context.Context, by commerce.Author, store *commerce.Store, change commerce.StockChange) (*commerce.InventoryAdjustmentGroup, error) {
	group := &commerce.InventoryAdjustmentGroup{Reason: change.Reason}
	if change.Reference != "" {
		group.ReferenceDocumentURI = &change.Reference
	}
	err := mutate(ctx, d, store.ID, &group, func(tx *sqlx.Tx) error {
		found, err := lockStock(ctx, tx, store.ID, change.Lines)
		if err != nil {
			return err
		}
		if group.Changes, err = change.Apply(store.ID, found); err != nil {
			return err
		}
		if group.CreatedAt, err = writeStock(ctx, tx, store.ID, group.Changes, stockReason{change.Reason, change.Reference, by}); err != nil {
			return err
		}
		return audit(ctx, tx, auditEntry{
			store: store.ID, by: by, action: change.Action,
			detail: map[string]any{"reason": change.Reason, "lines": len(change.Lines), "changed": len(group.Changes)},
		})
	})
	if err != nil {
		return nil, err
	}
	return group, nil
}

// writeStock writes levels; the triggers of the table do what follows from it.
func writeStock(ctx context.Context, tx *sqlx.Tx, store commerce.StoreID, changes []*commerce.InventoryChange, why stockReason) (time.Time, error) {
	var at time.Time
	if err := tx.GetContext(ctx, &at, explainSQL, string(why.why), why.reference, int64(why.by.Merchant), int64(why.by.Key)); err != nil || len(changes) == 0 {
		return at, err
	}
	rows := make([]levelRow, len(changes))
	for i, c := range changes {
		rows[i] = levelRow{c.VariantID, c.LocationID, c.OnHand}
	}
	if err := execRows(ctx, tx, openLevelsSQL, store, rows); err != nil {
		return at, err
	}
	return at, execRows(ctx, tx, setLevelsSQL, store, rows)
}

// lockStock reads what a change meets and locks it: locations against being closed, then variants, then their levels, each in the
// order of their ids. Every statement sees what was committed while the one before waited.
func lockStock(ctx context.Context, tx *sqlx.Tx, store commerce.StoreID, lines []commerce.StockLine) (commerce.StockFound, error) {
	found := commerce.StockFound{
		Variants: make(map[commerce.VariantID]commerce.VariantStock, len(lines)), Locations: make(map[commerce.LocationID]bool),
		Levels: make(map[commerce.VariantID]map[commerce.LocationID]commerce.InventoryLevel, len(lines)),
	}
	variants := bigints(lines, func(l commerce.StockLine) int64 { return int64(l.Variant) })
	for _, s := range []struct {
		text, ids string
		scan      func(*sqlx.Rows) error
	}{
		{sharedLocationsSQL, bigints(lines, func(l commerce.StockLine) int64 { return int64(l.Location) }), func(rows *sqlx.Rows) error {
			var id commerce.LocationID
			var active bool
			err := rows.Scan(&id, &active)
			found.Locations[id] = active
			return err
		}},
		{lockVariantsSQL, variants, func(rows *sqlx.Rows) error {
			var id commerce.VariantID
			var v commerce.VariantStock
			err := rows.Scan(&id, &v.Quantity, &v.Policy)
			found.Variants[id] = v
			return err
		}},
		{lockLevelsSQL, variants, func(rows *sqlx.Rows) error {
			l := commerce.InventoryLevel{StoreID: store}
			err := rows.Scan(&l.VariantID, &l.LocationID, &l.OnHand, &l.Reserved)
			if found.Levels[l.VariantID] == nil {
				found.Levels[l.VariantID] = make(map[commerce.LocationID]commerce.InventoryLevel, 1)
			}
			found.Levels[l.VariantID][l.LocationID] = l
			return err
		}},
	} {
		if err := eachIn(ctx, tx, s.scan, s.text, int64(store), s.ids); err != nil {
			return found, err
		}
	}
	return found, nil
}
