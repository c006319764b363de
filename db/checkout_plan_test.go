package db_test

import (
	"encoding/json"
	"fmt"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/kirana-commerce/kirana/db"
	"github.com/kirana-commerce/kirana/db/dbtest"
)

// An order of one unit reads the rows of one variant, in a store of thousands of products that nobody has analysed yet: whatever it reads
// beyond, others wait for.
func TestOrdersReadByKeys(t *testing.T) {
	t.Parallel()
	d := dbtest.New(t)
	run(t, d, fillSQL, 3000)
	variant := queryRows(t, d, `SELECT max(id) FROM product_variants`)[0][0]
	location := queryRows(t, d, `SELECT max(id) FROM locations`)[0][0]
	promised := fmt.Sprintf(`'[{"line": 1, "location": %s, "variant": %s, "quantity": 1}]'`, location, variant)
	for name, args := range map[string]string{
		"beginOrderSQL": fmt.Sprintf("1, '{%s}'", variant),
		"lockStockSQL":  fmt.Sprintf("1, '{%s}'", variant),
		"lockSoldSQL":   fmt.Sprintf("'{1}', '{%s}', '{}'", variant),
		"promiseSQL":    "1, 1, " + promised,
	} {
		read := 0.0
		explainBuyers(t, d, db.Statements()[name], args).each(func(n node) {
			if n.Table != "" {
				read += (n.Rows + n.Lost) * n.Loops
			}
		})
		require.Less(t, read, 20.0, "%s: rows read for one of 9,000 variants", name)
	}
}

// explainBuyers runs a statement as a buyer's transaction does.
func explainBuyers(t *testing.T, d *dbtest.Database, text, args string) node {
	t.Helper()
	tx, err := d.SQL.BeginTx(t.Context(), nil)
	require.NoError(t, err)
	defer func() { require.NoError(t, tx.Rollback()) }()
	var settings string
	require.NoError(t, tx.QueryRowContext(t.Context(), "SELECT "+db.GeneralPlans).Scan(&settings))
	_, err = tx.ExecContext(t.Context(), "PREPARE buyers AS "+text)
	require.NoError(t, err)
	var out string
	require.NoError(t, tx.QueryRowContext(t.Context(), "EXPLAIN (ANALYZE, FORMAT JSON) EXECUTE buyers ("+args+")").Scan(&out))
	_, err = tx.ExecContext(t.Context(), "DEALLOCATE buyers")
	require.NoError(t, err)
	var plans []struct {
		Plan node `json:"Plan"`
	}
	require.NoError(t, json.Unmarshal([]byte(out), &plans))
	return plans[0].Plan
}
