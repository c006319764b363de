package db

import (
	"context"
	"encoding/json"

	"github.com/jmoiron/sqlx"
	"github.com/lib/pq"

	"github.com/kirana-commerce/kirana/commerce"
)

// searchFacetsSQL reads what each store has decided about filters, a row for each store that there is.
const searchFacetsSQL = `
SELECT s.id, f.version, (date_part('epoch', f.updated_at) * 1000000)::bigint, f.filters IS NOT NULL, coalesce(f.filters, '{}'),
    coalesce(f.metafields, '[]')::text, coalesce(f.swatches, '[]')::text
FROM stores s LEFT JOIN search_facets f ON f.store_id = s.id
WHERE s.id = ANY($1::bigint[])`

// SearchFacetsOf reads what stores have decided about the filters of their searches.
func (v View) SearchFacetsOf(ctx context.Context, stores []commerce.StoreID) (map[commerce.StoreID]*commerce.StoreSearchFacets, error) {
	return searchFacetsOf(func(scan scanner, text string, args ...any) error { return v.each(ctx, scan, text, args...) }, stores)
}

func searchFacetsOf(read rowsOf, stores []commerce.StoreID) (map[commerce.StoreID]*commerce.StoreSearchFacets, error) {
	found := make(map[commerce.StoreID]*commerce.StoreSearchFacets, len(stores))
	err := read(func(r *row) {
		f := &commerce.StoreSearchFacets{StoreID: commerce.StoreID(r.int()), Version: r.version(), UpdatedAt: r.optionalMoment()}
		some, ids := r.bool(), r.texts()
		if some {
			f.Filters = append([]string{}, ids...) // none is not all
		}
		f.Metafields, f.Swatches = document[[]commerce.SearchMetafield](r), document[[]commerce.SearchSwatch](r)
		found[f.StoreID] = f
	}, searchFacetsSQL, bigints(stores, func(s commerce.StoreID) int64 { return int64(s) }))
	return found, err
}

const nextSearchFacetsSQL = `
INSERT INTO search_facets AS f (store_id, filters, metafields, swatches) VALUES ($1, $2, $3, $4)
ON CONFLICT (store_id) DO UPDATE SET filters = EXCLUDED.filters, metafields = EXCLUDED.metafields, swatches = EXCLUDED.swatches,
    version = f.version + 1, updated_at = now()
RETURNING f.version`

// SetSearchFacets replaces what a store has decided about the filters of its searches. Refusals; codes UNAVAILABLE.
func (d *DB) SetSearchFacets(ctx context.Context, by commerce.Author, store commerce.StoreID, in commerce.SearchFacetsSetInput) (*commerce.StoreSearchFacets, error) {
	f, err := in.Facets(store)
	if err != nil {
		return nil, err
	}
	metafields, err := json.Marshal(f.Metafields)
	if err != nil {
		return nil, err
	}
	swatches, err := json.Marshal(f.Swatches)
	if err != nil {
		return nil, err
	}
	err = mutate(ctx, d, store, &f, func(tx *sqlx.Tx) error {
		version, err := nextVersion(ctx, tx, nextSearchFacetsSQL, store, in.ExpectedVersion, pq.Array(f.Filters), string(metafields), string(swatches))
		if err != nil {
			return err
		}
		now, err := searchFacetsOf(inside(ctx, tx), []commerce.StoreID{store})
		if err != nil {
			return err
		}
		f = now[store]
		return audit(ctx, tx, auditEntry{
			store: store, by: by, action: "searchFacetsSet", detail: map[string]any{"version": version, "filters": f.Filters, "metafields": len(f.Metafields)},
		})
	})
	if err != nil {
		return nil, err
	}
	return f, nil
}
