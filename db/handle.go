package db

import (
	"context"

	"github.com/jmoiron/sqlx"

	"github.com/kirana-commerce/kirana/commerce"
)

// What is common to the statements that try a handle with growing numbers behind it, as many as it takes.
const (
	tryHandles = `
WITH RECURSIVE tried (n, handle) AS (
    SELECT 1, $2::text
    UNION ALL
    SELECT t.n + 1, $2 || '-' || t.n + 1 FROM tried t
    WHERE EXISTS (SELECT 1 FROM `
	untilFree = ` o WHERE o.store_id = $1 AND o.handle = t.handle)
)
SELECT handle FROM tried ORDER BY n DESC LIMIT 1`

	freeProductHandleSQL    = tryHandles + `products` + untilFree
	freeCollectionHandleSQL = tryHandles + `collections` + untilFree
)

// freeHandle is the handle, or the first with a number behind it that nothing of the statement's table has in the store. Nobody
// else can take it while the store is locked.
func freeHandle(ctx context.Context, tx *sqlx.Tx, text string, store commerce.StoreID, handle string) (string, error) {
	var free string
	err := tx.GetContext(ctx, &free, text, int64(store), handle)
	return free, err
}
