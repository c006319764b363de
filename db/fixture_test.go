package db_test

import (
	"database/sql"
	"fmt"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/kirana-commerce/kirana/commerce"
	"github.com/kirana-commerce/kirana/db"
	"github.com/kirana-commerce/kirana/db/dbtest"
)

// openStore opens a published store.
func openStore(tb testing.TB, d *db.DB, handle string) *commerce.Store {
	tb.Helper()
	s, _, err := d.UpsertStore(tb.Context(), commerce.StoreInput{
		Handle: handle, Name: "The " + handle, Currency: "INR", Status: commerce.StorePublished,
	})
	require.NoError(tb, err)
	return s
}

// product is an input with two options, three variants and two pictures, that buyers can see.
func product(handle string) commerce.ProductInput {
	compareAt := int64(9900)
	in := commerce.ProductInput{
		Handle: handle, Title: "Title of " + handle, DescriptionHTML: "<p>About <b>" + handle + "</b> & more</p>",
		Vendor: "Tata", ProductType: "Shirt", Tags: []string{"new", "cotton"}, Status: commerce.ProductActive, Published: true,
		SEOTitle: "seo " + handle, SEODescription: "found " + handle,
		Options:     []string{"Size", "Colour"},
		Media:       []commerce.MediaInput{{URL: "/pictures/" + handle + "-1.svg", Alt: "front"}, {URL: "/pictures/" + handle + "-2.svg"}},
		Collections: []string{"Summer"},
	}
	for i, size := range []string{"S", "M", "L"} {
		in.Variants = append(in.Variants, commerce.VariantInput{
			Options: []string{size, "Red"}, SKU: fmt.Sprintf("%s-%s", handle, size), Barcode: fmt.Sprintf("890%d", i),
			PriceMinor: int64(5000 + 100*i), CompareAtMinor: &compareAt, InventoryQuantity: i, InventoryTracked: true,
			InventoryPolicy: commerce.InventoryDeny, WeightGrams: 250, WeightUnit: commerce.WeightGrams,
			RequiresShipping: true, Taxable: true, ImageURL: in.Media[i%2].URL,
		})
	}
	return in
}

// products are n inputs with handles p-0, p-1, …
func products(n int) []commerce.ProductInput {
	in := make([]commerce.ProductInput, n)
	for i := range in {
		in[i] = product(fmt.Sprintf("p-%d", i))
	}
	return in
}

func upsert(tb testing.TB, d *db.DB, store *commerce.Store, in ...commerce.ProductInput) []commerce.UpsertOutcome {
	tb.Helper()
	outcomes, err := d.UpsertProducts(tb.Context(), store, in)
	require.NoError(tb, err)
	return outcomes
}

// queryRows runs a statement behind the back of the code and returns its rows as text; NULL is "NULL".
func queryRows(tb testing.TB, d *dbtest.Database, text string, args ...any) [][]string {
	tb.Helper()
	rows, err := d.SQL.QueryContext(tb.Context(), text, args...)
	require.NoError(tb, err)
	defer func() { require.NoError(tb, rows.Close()) }()
	columns, err := rows.Columns()
	require.NoError(tb, err)
	var all [][]string
	for rows.Next() {
		cells := make([]sql.NullString, len(columns))
		into := make([]any, len(columns))
		for i := range cells {
			into[i] = &cells[i]
		}
		require.NoError(tb, rows.Scan(into...))
		row := make([]string, len(cells))
		for i, c := range cells {
			row[i] = c.String
			if !c.Valid {
				row[i] = "NULL"
			}
		}
		all = append(all, row)
	}
	require.NoError(tb, rows.Err())
	return all
}

// run executes a statement behind the back of the code.
func run(tb testing.TB, d *dbtest.Database, text string, args ...any) {
	tb.Helper()
	_, err := d.SQL.ExecContext(tb.Context(), text, args...)
	require.NoError(tb, err, text)
}

// requireWaiting returns once a statement of the database waits for another's lock.
func requireWaiting(t *testing.T, d *dbtest.Database) {
	t.Helper()
	require.Eventually(t, func() bool {
		var n int
		err := d.SQL.QueryRowContext(t.Context(),
			`SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() AND wait_event_type = 'Lock'`).Scan(&n)
		return err == nil && n > 0
	}, time.Minute, 5*time.Millisecond, "nothing waits")
}
