package db

import (
	"context"
	"encoding/json"

	"github.com/jmoiron/sqlx"
	"github.com/lib/pq"

	"github.com/kirana-commerce/kirana/commerce"
)

const searchRuleColumns = `r.store_id, r.id, r.version, r.title, r.queries, coalesce(r.collection_id, 0), r.pinned::text[], r.buried::text[],
    r.hidden::text[], r.boosts::text, (date_part('epoch', r.starts_at) * 1000000)::bigint, (date_part('epoch', r.ends_at) * 1000000)::bigint,
    (date_part('epoch', r.created_at) * 1000000)::bigint, (date_part('epoch', r.updated_at) * 1000000)::bigint`

// scanSearchRule reads searchRuleColumns.
func scanSearchRule(r *row) *commerce.SearchRule {
	return &commerce.SearchRule{
		StoreID: commerce.StoreID(r.int()), ID: commerce.SearchRuleID(r.int()), Version: int(r.int()), Title: r.text(), Queries: r.texts(),
		Collection: commerce.CollectionID(r.int()), Pinned: scanIDs[commerce.ProductID](r), Buried: scanIDs[commerce.ProductID](r),
		Hidden: scanIDs[commerce.ProductID](r), Boosts: document[[]commerce.SearchBoost](r), StartsAt: r.optionalMoment(), EndsAt: r.optionalMoment(),
		CreatedAt: r.moment(), UpdatedAt: r.moment(),
	}
}

const searchRulesSQL = `
SELECT ` + searchRuleColumns + `
FROM search_rules r WHERE r.store_id = ANY($1::bigint[]) ORDER BY r.store_id, r.id`

// SearchRulesOf reads the search rules of stores.
func (v View) SearchRulesOf(ctx context.Context, stores []commerce.StoreID) (map[commerce.StoreID][]*commerce.SearchRule, error) {
	found := make(map[commerce.StoreID][]*commerce.SearchRule, len(stores))
	err := v.each(ctx, func(r *row) {
		rule := scanSearchRule(r)
		found[rule.StoreID] = append(found[rule.StoreID], rule)
	}, searchRulesSQL, bigints(stores, func(s commerce.StoreID) int64 { return int64(s) }))
	return found, err
}

// Curations reads what merchants have decided about the searches of their stores, in three statements.
func (v View) Curations(ctx context.Context, stores []commerce.StoreID) (map[commerce.StoreID]*commerce.SearchCuration, error) {
	synonyms, err := v.SynonymsOf(ctx, stores)
	if err != nil {
		return nil, err
	}
	rules, err := v.SearchRulesOf(ctx, stores)
	if err != nil {
		return nil, err
	}
	facets, err := v.SearchFacetsOf(ctx, stores)
	if err != nil {
		return nil, err
	}
	found := make(map[commerce.StoreID]*commerce.SearchCuration, len(synonyms))
	for id, s := range synonyms {
		found[id] = &commerce.SearchCuration{Synonyms: s.Synonyms(), Rules: rules[id], Facets: facets[id]}
	}
	return found, nil
}

const countSearchRulesSQL = `SELECT count(*) FROM search_rules WHERE store_id = $1`

const insertSearchRuleSQL = `
INSERT INTO search_rules AS r (store_id, title, queries, collection_id, pinned, buried, hidden, boosts, starts_at, ends_at)
VALUES ($1, $2, $3, nullif($4::bigint, 0), $5, $6, $7, $8, $9, $10)
RETURNING ` + searchRuleColumns

const searchRuleVersionSQL = `SELECT version FROM search_rules WHERE store_id = $1 AND id = $2 FOR NO KEY UPDATE`

const updateSearchRuleSQL = `
UPDATE search_rules r SET title = $3, queries = $4, collection_id = nullif($5::bigint, 0), pinned = $6, buried = $7, hidden = $8, boosts = $9,
    starts_at = $10, ends_at = $11, version = r.version + 1, updated_at = now()
WHERE r.store_id = $1 AND r.id = $2
RETURNING ` + searchRuleColumns

// SetSearchRule makes a rule where id is 0, and else replaces one. Refusals; codes UNAVAILABLE.
func (d *DB) SetSearchRule(ctx context.Context, by commerce.Author, store commerce.StoreID, id commerce.SearchRuleID, expected *int,
	in commerce.SearchRuleInput,
) (*commerce.SearchRule, error) {
	rule, err := in.Rule(store)
	if err != nil {
		return nil, err
	}
	var written *commerce.SearchRule
	err = mutate(ctx, d, store, &written, func(tx *sqlx.Tx) error {
		if err := checkSearchRule(ctx, tx, store, id, expected); err != nil {
			return err
		}
		if err := refuseMissing(ctx, tx, store, ruleThings(rule)); err != nil {
			return err
		}
		values, err := searchRuleValues(rule)
		if err != nil {
			return err
		}
		text, key := insertSearchRuleSQL, []any{int64(store)}
		if id != 0 {
			text, key = updateSearchRuleSQL, append(key, int64(id))
		}
		if err := scanIn(ctx, tx, func(r *row) { written = scanSearchRule(r) }, text, append(key, values...)...); err != nil {
			return err
		}
		return audit(ctx, tx, auditEntry{
			store: store, by: by, action: "searchRuleSet", subject: written.NodeID().String(), detail: map[string]any{"title": written.Title, "version": written.Version},
		})
	})
	if err != nil {
		return nil, err
	}
	return written, nil
}

// checkSearchRule refuses one rule too many, and a rule that is gone or at another version than the merchant expects.
func checkSearchRule(ctx context.Context, tx *sqlx.Tx, store commerce.StoreID, id commerce.SearchRuleID, expected *int) error {
	if err := lockStore(ctx, tx, store); err != nil {
		return err
	}
	n := 0
	if id == 0 {
		err := tx.GetContext(ctx, &n, countSearchRulesSQL, int64(store))
		if err == nil && n >= commerce.MaxSearchRules {
			err = commerce.Refuse(commerce.RefusalTooMany, []any{"input"}, "A store has at most %d search rules.", commerce.MaxSearchRules)
		}
		return err
	}
	err := scanIn(ctx, tx, func(r *row) { n = int(r.int()) }, searchRuleVersionSQL, int64(store), int64(id))
	switch {
	case err != nil:
		return err
	case n == 0:
		return commerce.Refuse(commerce.RefusalNotFound, []any{"input", "id"}, "The store has no such search rule.")
	case expected != nil && *expected != n:
		return commerce.Refuse(commerce.RefusalStaleObject, []any{"input", "expectedVersion"},
			"The rule is at version %d, not %d: it was changed since. Read it again, and decide anew.", n, *expected)
	}
	return nil
}

// ruleThings are what a rule names, with the places where it does.
func ruleThings(rule *commerce.SearchRule) []thing {
	var things []thing
	if rule.Collection != 0 {
		id := commerce.GlobalID{Kind: commerce.KindCollection, Store: rule.StoreID, ID: int64(rule.Collection)}
		things = append(things, thing{id, []any{"input", "rule", "collectionId"}})
	}
	for _, named := range []struct {
		field    string
		products []commerce.ProductID
	}{{"pinned", rule.Pinned}, {"buried", rule.Buried}, {"hidden", rule.Hidden}} {
		for i, p := range named.products {
			id := commerce.GlobalID{Kind: commerce.KindProduct, Store: rule.StoreID, ID: int64(p)}
			things = append(things, thing{id, []any{"input", "rule", named.field, i}})
		}
	}
	return things
}

// searchRuleValues are the rule's columns as the statements take them.
func searchRuleValues(rule *commerce.SearchRule) ([]any, error) {
	boosts, err := json.Marshal(rule.Boosts)
	return []any{
		rule.Title, texts(rule.Queries, func(q string) string { return q }), int64(rule.Collection), pq.Array(int64s(rule.Pinned)), pq.Array(int64s(rule.Buried)),
		pq.Array(int64s(rule.Hidden)), string(boosts), rule.StartsAt, rule.EndsAt,
	}, err
}

const deleteSearchRuleSQL = `DELETE FROM search_rules r WHERE r.store_id = $1 AND r.id = $2 RETURNING ` + searchRuleColumns

// DeleteSearchRule deletes a rule. Refusals; codes UNAVAILABLE.
func (d *DB) DeleteSearchRule(ctx context.Context, by commerce.Author, ref commerce.SearchRuleRef) error {
	return mutate(ctx, d, ref.Store, &nothing{}, func(tx *sqlx.Tx) error {
		var gone *commerce.SearchRule
		if err := scanIn(ctx, tx, func(r *row) { gone = scanSearchRule(r) }, deleteSearchRuleSQL, int64(ref.Store), int64(ref.ID)); err != nil {
			return err
		}
		if gone == nil {
			return commerce.Refuse(commerce.RefusalNotFound, []any{"input", "id"}, "The store has no such search rule.")
		}
		return audit(ctx, tx, auditEntry{
			store: ref.Store, by: by, action: "searchRuleDelete", subject: gone.NodeID().String(), detail: map[string]any{"title": gone.Title},
		})
	})
}
