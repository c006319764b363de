package db

import (
	"context"
	"encoding/json"
	"fmt"

	"github.com/jmoiron/sqlx"

	"github.com/kirana-commerce/kirana/commerce"
)

// auditEntry is one line of a store's audit log.
type auditEntry struct {
	store commerce.StoreID
	by    commerce.Author
	// action is the name of the mutation, subject the global id of what it changed, empty when it is many things.
	action, subject string
	// detail says in a few words or numbers what was changed. It never holds a secret.
	detail map[string]any
}

const insertAuditSQL = `
INSERT INTO audit_log (store_id, merchant_id, api_key_id, action, subject, detail)
VALUES ($1, nullif($2, 0), nullif($3, 0), $4, $5, $6)`

// audit writes down who changed what, in the transaction of the change: one happens with the other or not at all.
func audit(ctx context.Context, tx *sqlx.Tx, e auditEntry) error {
	if e.detail == nil {
		e.detail = map[string]any{}
	}
	detail, err := json.Marshal(e.detail)
	if err != nil {
		return fmt.Errorf("encode the audit entry of %s: %w", e.action, err)
	}
	_, err = tx.ExecContext(ctx, insertAuditSQL, int64(e.store), int64(e.by.Merchant), int64(e.by.Key), e.action, e.subject, string(detail))
	return err
}

func auditOrders() map[commerce.SortKey]sorting {
	return map[commerce.SortKey]sorting{commerce.AuditSortID: byInt("a.id", "a.id")}
}

// auditList names the actor as they are called by now. A merchant and a key are never deleted, so there is a name.
func auditList() list {
	return newList(auditOrders(), 1, "", func(r reading, s sorting, where, orderBy string) string {
		again := "\nORDER BY w.ordinal, a.sort_value" // the joins behind the page may shuffle it
		switch {
		case r.counting:
			again = ""
		case r.descending:
			again += " DESC"
		}
		return `
SELECT w.ordinal, a.sort_value, a.store_id, a.id, (date_part('epoch', a.at) * 1000000)::bigint,
    coalesce(m.name, k.name || ' (' || k.prefix || '…)', ''), a.action, a.subject, a.detail::text
FROM unnest($1::bigint[]) WITH ORDINALITY AS w (store_id, ordinal)
CROSS JOIN LATERAL (
    SELECT a.store_id, a.id, a.at, a.merchant_id, a.api_key_id, a.action, a.subject, a.detail, ` + s.value + ` AS sort_value
    FROM audit_log a WHERE a.store_id = w.store_id` + where + orderBy + `
) a
LEFT JOIN merchants m ON m.id = a.merchant_id
LEFT JOIN api_keys k ON k.store_id = a.store_id AND k.id = a.api_key_id` + again
	})
}

// AuditLogs reads pages of stores' audit logs.
func (v View) AuditLogs(ctx context.Context, keys []commerce.StorePageKey) (map[commerce.StorePageKey]commerce.List[*commerce.AuditEntry], error) {
	return lists(ctx, v, v.lists.audit, keys, storePage, storesOfPages, func(int) func(*row, commerce.StorePageKey) (*commerce.AuditEntry, int64) {
		return func(r *row, _ commerce.StorePageKey) (*commerce.AuditEntry, int64) {
			e := &commerce.AuditEntry{
				StoreID: commerce.StoreID(r.int()), ID: r.int(), At: r.moment(), Actor: r.trimmed(), Action: r.text(),
				Subject: r.trimmed(), Detail: r.text(),
			}
			return e, e.ID
		}
	})
}
