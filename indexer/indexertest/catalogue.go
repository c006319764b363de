package indexertest

import (
	"context"
	"database/sql"
	"fmt"
)

// Catalogue is what is changed: two small stores whose products meet all the time, and one that is large enough for a statement over all
// of its products to be vast to an indexer.
type Catalogue struct {
	stores [2]int64
	large  int64
	// Probe is a store with one product, which only a Probe changes.
	Probe, ProbeProduct int64
}

// The numbers of products that exist at the same time, about.
const (
	smallStore = 24
	// LargeStore is more than an indexer takes in one go.
	LargeStore = 2600
)

// automatic is a collection by condition: membership changes with the product, in the same transaction.
const automatic = `{"any": true, "rules": [{"column": "TAG", "relation": "EQUALS", "condition": "t1"}]}`

// NewCatalogue writes the stores into a migrated database.
func NewCatalogue(ctx context.Context, db *sql.DB) (Catalogue, error) {
	var c Catalogue
	for i, id := range []*int64{&c.stores[0], &c.stores[1], &c.large, &c.Probe} {
		const store = `INSERT INTO stores (handle, name, currency, status) VALUES ('model-' || $1::text, 'Model', 'INR', 'PUBLISHED') RETURNING id`
		if err := db.QueryRowContext(ctx, store, i).Scan(id); err != nil {
			return c, fmt.Errorf("write a store: %w", err)
		}
	}
	for _, text := range []string{
		`INSERT INTO locations (store_id, name, is_default) SELECT id, 'Shop', true FROM stores s WHERE NOT EXISTS (SELECT FROM locations l WHERE l.store_id = s.id)`,
		fmt.Sprintf(`INSERT INTO collections (store_id, handle, title) SELECT s, 'c' || i, 'C' FROM unnest(ARRAY[%d, %d]) s, generate_series(0, 3) i`, c.stores[0], c.stores[1]),
		fmt.Sprintf(`INSERT INTO collections (store_id, handle, title, rule_set) VALUES (%d, 'automatic', 'A', '%s')`, c.stores[1], automatic),
		fmt.Sprintf(`INSERT INTO products (store_id, handle, title, status, published_at)
			SELECT s, 'p-' || i, 'Title ' || i, 'ACTIVE', now() FROM unnest(ARRAY[%d, %d]) s, generate_series(1, %d) i`, c.stores[0], c.stores[1], smallStore/2),
		fmt.Sprintf(`INSERT INTO products (store_id, handle, title, status, published_at)
			SELECT %d, 'large-' || i, 'Large ' || i, 'ACTIVE', now() FROM generate_series(1, %d) i`, c.large, LargeStore),
	} {
		if _, err := db.ExecContext(ctx, text); err != nil {
			return c, fmt.Errorf("write the catalogue: %w", err)
		}
	}
	const probe = `INSERT INTO products (store_id, handle, title, status, published_at) VALUES ($1, 'probe', 'Probe', 'ACTIVE', now()) RETURNING id`
	if err := db.QueryRowContext(ctx, probe, c.Probe).Scan(&c.ProbeProduct); err != nil {
		return c, fmt.Errorf("write the catalogue: %w", err)
	}
	return c, nil
}
