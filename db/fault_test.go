package db_test

import (
	"context"
	"crypto/rand"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/kirana-commerce/kirana/commerce"
	"github.com/kirana-commerce/kirana/db"
	"github.com/kirana-commerce/kirana/db/dbtest"
)

// calls are one call of each way to the database.
func calls(d *db.DB) map[string]func(ctx context.Context) error {
	store := &commerce.Store{ID: 1}
	return map[string]func(ctx context.Context) error{
		"Ping":       d.Ping,
		"StoresByID": func(ctx context.Context) error { _, err := d.StoresByID(ctx, []commerce.StoreID{1}); return err },
		"ProductLists": func(ctx context.Context) error {
			key := commerce.ProductListKey{Store: 1, Page: commerce.FirstPage(1, commerce.Ordering{Key: commerce.ProductSortID})}
			_, err := d.ProductLists(ctx, []commerce.ProductListKey{key})
			return err
		},
		"ProductDocuments": func(ctx context.Context) error { _, err := d.ProductDocuments(ctx, nil, nil); return err },
		"UpsertProducts":   func(ctx context.Context) error { _, err := d.UpsertProducts(ctx, store, products(1)); return err },
		"CompareProducts":  func(ctx context.Context) error { _, err := d.CompareProducts(ctx, store, products(1)); return err },
		"UpsertStore": func(ctx context.Context) error {
			_, _, err := d.UpsertStore(ctx, commerce.StoreInput{Handle: "a", Name: "A", Currency: "INR", Status: commerce.StoreDraft})
			return err
		},
		"ChangeStock": func(ctx context.Context) error {
			_, err := d.ChangeStock(ctx, commerce.Author{}, store, commerce.StockChange{Action: "inventorySetQuantities", Reason: commerce.InventoryOther})
			return err
		},
		"AddLocation": func(ctx context.Context) error {
			_, err := d.AddLocation(ctx, commerce.Author{}, store, commerce.LocationInput{Name: new(rand.Text())})
			return err
		},
		"PriceSettings": func(ctx context.Context) error { _, err := d.PriceSettings(ctx, []commerce.StoreID{1}); return err },
		"DiscountsByCode": func(ctx context.Context) error {
			_, err := d.DiscountsByCode(ctx, []commerce.DiscountRef{{Store: 1, Code: "ten"}})
			return err
		},
		"SetDelivery": func(ctx context.Context) error {
			_, err := d.SetDelivery(ctx, commerce.Author{}, store, commerce.DeliverySettingsSetInput{})
			return err
		},
		"SetTaxes": func(ctx context.Context) error {
			_, err := d.SetTaxes(ctx, commerce.Author{}, store, taxes())
			return err
		},
		"AddDiscount": func(ctx context.Context) error {
			_, err := d.AddDiscount(ctx, commerce.Author{}, store, tenOff(rand.Text()), spring)
			return err
		},
		"PaymentSettings": func(ctx context.Context) error {
			_, err := d.PaymentSettings(ctx, []commerce.StoreID{1})
			return err
		},
		"SetPayments": func(ctx context.Context) error {
			_, err := d.SetPayments(ctx, commerce.Author{}, store, commerce.PaymentSettingsSetInput{HoldHours: 1})
			return err
		},
		"LapseHolds":     func(ctx context.Context) error { _, err := d.LapseHolds(ctx); return err },
		"CheckInventory": func(ctx context.Context) error { _, err := d.CheckInventory(ctx, 1); return err },
		"RefusedBy": func(ctx context.Context) error {
			_, err := d.RefusedBy(ctx, "x", []commerce.ProductRef{{Store: 1, ID: 1}})
			return err
		},
		"TellEvents": func(ctx context.Context) error {
			_, err := d.TellEvents(ctx, 1, func(context.Context, []commerce.Event) error { return nil })
			return err
		},
		"EventLag":       func(ctx context.Context) error { _, err := d.EventLag(ctx); return err },
		"QueueWebhooks":  func(ctx context.Context) error { _, err := d.QueueWebhooks(ctx, nil); return err },
		"ClaimWebhooks":  func(ctx context.Context) error { _, err := d.ClaimWebhooks(ctx, time.Minute); return err },
		"WebhooksOf":     func(ctx context.Context) error { _, err := d.WebhooksOf(ctx, []commerce.StoreID{1}); return err },
		"PublishStore":   func(ctx context.Context) error { return d.PublishStore(ctx, 1) },
		"Walk":           func(ctx context.Context) error { _, err := d.Walk(ctx, "x"); return err },
		"LogState":       func(ctx context.Context) error { _, err := d.LogState(ctx, "x"); return err },
		"SlotState":      func(ctx context.Context) error { _, err := d.SlotState(ctx, "x"); return err },
		"SaveIndexState": func(ctx context.Context) error { return d.SaveIndexState(ctx, "x", commerce.IndexState{}) },
		"Migrate":        func(ctx context.Context) error { _, err := d.Migrate(ctx); return err },
		"Migrations":     func(ctx context.Context) error { _, err := d.Migrations(ctx); return err },
	}
}

// requireUnavailable checks that a fault says what a client may know: that it passes, and nothing of the server.
func requireUnavailable(t *testing.T, name string, err error) {
	t.Helper()
	require.Equal(t, commerce.CodeUnavailable, commerce.CodeOf(err), "%s: %v", name, err)
	var public *commerce.Error
	require.ErrorAs(t, err, &public)
	require.Equal(t, "The catalogue is not available right now. Try again in a moment.", public.Message)
	require.NotEqual(t, public.Message, err.Error(), "the log has the cause")
}

func TestServerGone(t *testing.T) {
	t.Parallel()
	d, err := db.Open("postgres://kirana@127.0.0.1:1/kirana?sslmode=disable", nil, db.Options{})
	require.NoError(t, err)
	defer func() { require.NoError(t, d.Close()) }()
	for name, call := range calls(d) {
		requireUnavailable(t, name, call(t.Context()))
	}
}

// A server that goes away under connections that are open.
func TestServerKilled(t *testing.T) {
	t.Parallel()
	pair := dbtest.WithStandby(t, db.Options{})
	store := openStore(t, pair.DB, "alpha")
	upsert(t, pair.DB, store, product("p"))
	all := calls(pair.DB)
	for name, call := range all {
		require.NoError(t, call(t.Context()), name)
	}
	require.NoError(t, pair.Server.Kill())
	for name, call := range all {
		requireUnavailable(t, name, call(t.Context()))
	}
}

func TestCanceled(t *testing.T) {
	t.Parallel()
	d := dbtest.New(t)
	openStore(t, d.DB, "alpha")
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	for name, call := range calls(d.DB) {
		require.ErrorIs(t, call(ctx), context.Canceled, name)
	}
}

// A statement that waits is given up when its context ends, and the connection serves the next one.
func TestCanceledWhileWaiting(t *testing.T) {
	t.Parallel()
	plain := dbtest.New(t)
	d, err := db.Open(plain.URL, nil, db.Options{MaxConns: 1})
	require.NoError(t, err)
	defer func() { require.NoError(t, d.Close()) }()
	store := openStore(t, d, "alpha")
	for name, call := range map[string]func(context.Context) error{
		"read":  func(ctx context.Context) error { _, err := d.StoresByID(ctx, []commerce.StoreID{store.ID}); return err },
		"write": func(ctx context.Context) error { _, err := d.UpsertProducts(ctx, store, products(1)); return err },
	} {
		tx, err := plain.SQL.BeginTx(t.Context(), nil)
		require.NoError(t, err)
		_, err = tx.ExecContext(t.Context(), `LOCK stores`)
		require.NoError(t, err)
		ctx, cancel := context.WithCancel(t.Context())
		done := make(chan error, 1)
		go func() { done <- call(ctx) }()
		requireWaiting(t, plain)
		cancel()
		require.ErrorIs(t, <-done, context.Canceled, name)
		require.NoError(t, tx.Rollback())
		require.NoError(t, call(t.Context()), name)
	}
	deadline, cancel := context.WithTimeout(t.Context(), time.Nanosecond)
	defer cancel()
	_, err = d.StoresByID(deadline, []commerce.StoreID{1})
	require.ErrorIs(t, err, context.DeadlineExceeded)
}

// Connections that the server closed while they lay idle are replaced without anybody noticing.
func TestStaleConnections(t *testing.T) {
	t.Parallel()
	d := dbtest.New(t)
	openStore(t, d.DB, "alpha")
	all := calls(d.DB)
	for _, startup := range []string{"Migrate", "Migrations"} { // a process's first statements
		delete(all, startup)
	}
	for name, call := range all {
		require.NoError(t, call(t.Context()), name)
		run(t, d, `SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = current_database() AND pid <> pg_backend_pid()`)
		require.NoError(t, call(t.Context()), name)
	}
}

// A statement prepared before a migration serves after it, also when it changed the type of a column that is read.
func TestMigrationUnderPreparedStatements(t *testing.T) {
	t.Parallel()
	d := dbtest.New(t)
	store := openStore(t, d.DB, "alpha")
	upsert(t, d.DB, store, product("p"))
	ref := refOf(t, d, store, "p")
	read := func() {
		page := commerce.FirstPage(5, commerce.Ordering{Key: commerce.VariantSortPosition})
		key := commerce.ProductPageKey{Product: ref, Page: page}
		m, err := d.VariantLists(t.Context(), []commerce.ProductPageKey{key})
		require.NoError(t, err)
		require.Len(t, m[key].Items, 3)
		listKey := commerce.ProductListKey{Store: store.ID, Page: commerce.FirstPage(5, commerce.Ordering{Key: commerce.ProductSortID})}
		l, err := d.ProductLists(t.Context(), []commerce.ProductListKey{listKey})
		require.NoError(t, err)
		require.Len(t, l[listKey].Items, 1)
	}
	read()
	for _, change := range []string{
		`ALTER TABLE products ADD COLUMN sort_value text`,
		`ALTER TABLE products ADD COLUMN extra text NOT NULL DEFAULT 'x'`,
		`ALTER TABLE product_variants ADD COLUMN extra text`,
		`ALTER TABLE product_variants ALTER COLUMN inventory_quantity TYPE bigint`,
		`ALTER TABLE product_variants DROP COLUMN extra`,
		`CREATE INDEX ON products (title)`,
	} {
		run(t, d, change)
		read()
		read()
	}
}

// A fault that is nobody's input keeps its text to itself.
func TestInternalFault(t *testing.T) {
	t.Parallel()
	d := dbtest.New(t)
	run(t, d, `ALTER TABLE stores RENAME TO shops`)
	_, err := d.StoresByID(t.Context(), []commerce.StoreID{1})
	require.Equal(t, commerce.CodeInternal, commerce.CodeOf(err))
	var public *commerce.Error
	require.NotErrorAs(t, err, &public)
}
