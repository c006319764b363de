package db

import (
	"context"

	"github.com/jmoiron/sqlx"

	"github.com/kirana-commerce/kirana/commerce"
)

// synonymsSQL reads what each store has decided about synonyms, a row for each store that there is.
const synonymsSQL = `
SELECT s.id, y.version, (date_part('epoch', y.updated_at) * 1000000)::bigint, coalesce(y.rules, '{}'), coalesce(y.starter, true)
FROM stores s LEFT JOIN search_synonyms y ON y.store_id = s.id
WHERE s.id = ANY($1::bigint[])`

// SynonymsOf reads what stores have decided about synonyms.
func (v View) SynonymsOf(ctx context.Context, stores []commerce.StoreID) (map[commerce.StoreID]*commerce.StoreSynonyms, error) {
	return synonymsOf(func(scan scanner, text string, args ...any) error { return v.each(ctx, scan, text, args...) }, stores)
}

func synonymsOf(read rowsOf, stores []commerce.StoreID) (map[commerce.StoreID]*commerce.StoreSynonyms, error) {
	found := make(map[commerce.StoreID]*commerce.StoreSynonyms, len(stores))
	err := read(func(r *row) {
		s := &commerce.StoreSynonyms{
			StoreID: commerce.StoreID(r.int()), Version: r.version(), UpdatedAt: r.optionalMoment(), Rules: r.texts(), Starter: r.bool(),
		}
		found[s.StoreID] = s
	}, synonymsSQL, bigints(stores, func(s commerce.StoreID) int64 { return int64(s) }))
	return found, err
}

const nextSynonymsSQL = `
INSERT INTO search_synonyms AS y (store_id, rules, starter) VALUES ($1, $2, $3)
ON CONFLICT (store_id) DO UPDATE SET rules = EXCLUDED.rules, starter = EXCLUDED.starter, version = y.version + 1, updated_at = now()
RETURNING y.version`

// SetSynonyms replaces a store's synonyms. Refusals; codes UNAVAILABLE.
func (d *DB) SetSynonyms(ctx context.Context, by commerce.Author, store commerce.StoreID, in commerce.SearchSynonymsSetInput) (*commerce.StoreSynonyms, error) {
	s, err := in.Synonyms(store)
	if err != nil {
		return nil, err
	}
	err = mutate(ctx, d, store, &s, func(tx *sqlx.Tx) error {
		version, err := nextVersion(ctx, tx, nextSynonymsSQL, store, in.ExpectedVersion, texts(s.Rules, func(rule string) string { return rule }), s.Starter)
		if err != nil {
			return err
		}
		now, err := synonymsOf(inside(ctx, tx), []commerce.StoreID{store})
		if err != nil {
			return err
		}
		s = now[store]
		return audit(ctx, tx, auditEntry{store: store, by: by, action: "searchSynonymsSet", detail: map[string]any{"version": version, "rules": len(s.Rules)}})
	})
	if err != nil {
		return nil, err
	}
	return s, nil
}
