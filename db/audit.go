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
