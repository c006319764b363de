package db

import (
	"context"

	"github.com/jmoiron/sqlx"

	"github.com/kirana-commerce/kirana/commerce"
)

// missingProductsSQL yields the places in a list, from 0, of products that the store does not have. Those that it has stay until
// the transaction ends.
const missingProductsSQL = `
WITH kept AS MATERIALIZED (
    SELECT p.id FROM products p WHERE p.store_id = $1 AND p.id = ANY ($2::bigint[]) FOR KEY SHARE
)
SELECT k.n - 1 FROM unnest($2::bigint[]) WITH ORDINALITY AS k (id, n)
WHERE NOT EXISTS (SELECT FROM kept WHERE kept.id = k.id) ORDER BY k.n`

// addMembersSQL makes members by rule what somebody chose, so that they stay when the rules let them go.
const addMembersSQL = `
INSERT INTO collection_products AS cp (store_id, collection_id, product_id, position)
SELECT $1, $3, k.id, min(k.n) + coalesce((SELECT max(m.position) FROM collection_products m WHERE m.store_id = $1 AND m.collection_id = $3), 0)
FROM unnest($2::bigint[]) WITH ORDINALITY AS k (id, n) GROUP BY k.id
ON CONFLICT (store_id, collection_id, product_id) DO UPDATE SET by_rule = false WHERE cp.by_rule`

// AddCollectionProducts puts products behind those of the collection. Those that are in stay where they are.
func (d *DB) AddCollectionProducts(ctx context.Context, by commerce.Author, collection commerce.CollectionRef, products []commerce.ProductID) error {
	return d.editMembers(ctx, by, "collectionAddProducts", collection, products, func(tx *sqlx.Tx, _ storedCollection) error {
		_, err := tx.ExecContext(ctx, addMembersSQL, int64(collection.Store), memberIDs(products), int64(collection.ID))
		return err
	})
}

// ruledMembersSQL yields the places in a list, from 0, of products that rules put into the collection.
const ruledMembersSQL = `
SELECT k.n - 1 FROM unnest($2::bigint[]) WITH ORDINALITY AS k (id, n)
JOIN ruled_products(ARRAY[$1::bigint], ARRAY[$3::bigint], $2::bigint[]) r ON r.store_id = $1 AND r.product_id = k.id ORDER BY k.n`

const removeMembersSQL = `DELETE FROM collection_products WHERE store_id = $1 AND product_id = ANY ($2::bigint[]) AND collection_id = $3`

// RemoveCollectionProducts takes products out of the collection. Those that are not in make no difference; those that rules
// put in are refused, for the rules would put them in again.
func (d *DB) RemoveCollectionProducts(ctx context.Context, by commerce.Author, collection commerce.CollectionRef, products []commerce.ProductID) error {
	return d.editMembers(ctx, by, "collectionRemoveProducts", collection, products, func(tx *sqlx.Tx, c storedCollection) error {
		args := []any{int64(collection.Store), memberIDs(products), int64(collection.ID)}
		if c.Automatic {
			// A product that changes meanwhile could begin to fulfil the rules, and be left out.
			if _, err := tx.ExecContext(ctx, lockRulesSQL, int64(collection.Store)); err != nil {
				return err
			}
			if err := refuseAt(ctx, tx, commerce.RefusalAutomatic, "The rules of the collection put this product in: change the rules.", ruledMembersSQL, args...); err != nil {
				return err
			}
		}
		_, err := tx.ExecContext(ctx, removeMembersSQL, args...)
		return err
	})
}

func memberIDs(products []commerce.ProductID) string {
	return bigints(products, func(id commerce.ProductID) int64 { return int64(id) })
}

// editMembers changes which products are in a collection, all of which are products of the store.
func (d *DB) editMembers(ctx context.Context, by commerce.Author, action string, collection commerce.CollectionRef, products []commerce.ProductID,
	edit func(*sqlx.Tx, storedCollection) error,
) error {
	if err := commerce.CheckMembers(len(products), "productIds"); err != nil {
		return err
	}
	return d.editCollection(ctx, collection, func(tx *sqlx.Tx, c storedCollection) error {
		if err := refuseAt(ctx, tx, commerce.RefusalNotFound, "The store has no such product.", missingProductsSQL, int64(collection.Store), memberIDs(products)); err != nil {
			return err
		}
		if err := edit(tx, c); err != nil {
			return err
		}
		return auditCollection(ctx, tx, by, collection, action, map[string]any{"products": len(products)})
	})
}

// refuseAt refuses the products of a mutation at the places that a statement yields.
func refuseAt(ctx context.Context, tx *sqlx.Tx, code commerce.RefusalCode, message, text string, args ...any) error {
	var places []int
	if err := tx.SelectContext(ctx, &places, text, args...); err != nil {
		return err
	}
	var r commerce.Refusals
	for _, n := range places {
		r.Add(code, []any{"input", "productIds", n}, "%s", message)
	}
	return r.Err()
}

const membersSQL = `
SELECT product_id FROM collection_products WHERE store_id = $1 AND collection_id = $2 ORDER BY position, product_id`

const placeMembersSQL = `
UPDATE collection_products cp SET position = k.n
FROM unnest($2::bigint[]) WITH ORDINALITY AS k (id, n)
WHERE cp.store_id = $1 AND cp.collection_id = $3 AND cp.product_id = k.id AND cp.position <> k.n`

// MoveCollectionProducts changes the order by hand.
func (d *DB) MoveCollectionProducts(ctx context.Context, by commerce.Author, collection commerce.CollectionRef, moves []commerce.CollectionMove) error {
	if err := commerce.CheckMembers(len(moves), "moves"); err != nil {
		return err
	}
	return d.editCollection(ctx, collection, func(tx *sqlx.Tx, c storedCollection) error {
		if c.SortOrder != string(commerce.CollectionManual) {
			return commerce.Refuse(commerce.RefusalInvalid, []any{"input", "id"}, "The collection is sorted by %s: make its sortOrder MANUAL first.", c.SortOrder)
		}
		var members []commerce.ProductID
		if err := tx.SelectContext(ctx, &members, membersSQL, int64(collection.Store), int64(collection.ID)); err != nil {
			return err
		}
		if err := commerce.MoveMembers(members, moves); err != nil {
			return err
		}
		if _, err := tx.ExecContext(ctx, placeMembersSQL, int64(collection.Store), memberIDs(members), int64(collection.ID)); err != nil {
			return err
		}
		return auditCollection(ctx, tx, by, collection, "collectionReorderProducts", map[string]any{"moves": len(moves)})
	})
}
