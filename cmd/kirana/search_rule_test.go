package main

import (
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

// products are the global ids of the products of the client's store.
func (c client) products(t *testing.T) []string {
	t.Helper()
	var store struct {
		Products struct{ Nodes []struct{ ID string } }
	}
	c.ask(t, `{ store { products(first: 10) { nodes { id } } } }`, nil).field(t, "store", &store)
	ids := make([]string, len(store.Products.Nodes))
	for i, p := range store.Products.Nodes {
		ids[i] = p.ID
	}
	return ids
}

// rule makes a search rule and returns its id.
func (c client) rule(t *testing.T, rule object) string {
	t.Helper()
	var made struct{ SearchRule struct{ ID string } }
	c.run(t, "searchRuleSet", object{"rule": rule}, "searchRule { id }", &made)
	return made.SearchRule.ID
}

// Everything that can be wrong with synonyms and search rules, with path and code; and nothing is written.
func TestSearchRuleRefusals(t *testing.T) {
	t.Parallel()
	s := newStocked(t)
	tea, foreign := s.mine.products(t)[0], s.theirs.products(t)[0]
	own := s.mine.rule(t, object{"title": "Tea", "pinned": []string{tea}})
	theirs := s.theirs.rule(t, object{"title": "Theirs", "hidden": []string{foreign}})
	s.mine.run(t, "searchSynonymsSet", object{"rules": []string{"chai, tea"}}, "", &struct{}{})
	before := s.dump(t)
	synonyms := func(rules ...string) object { return input("rules", rules) }
	set := func(pairs ...any) object {
		rule := object{"title": "x", "hidden": []string{tea}}
		for i := 0; i < len(pairs); i += 2 {
			rule[pairs[i].(string)] = pairs[i+1]
		}
		return input("rule", rule)
	}
	boost := func(value string, factor float64) []any {
		return []any{object{"field": "TAG", "value": value, "factor": factor}}
	}
	many := func(n int, text string) []string { return strings.Split(strings.Repeat(text+"|", n)+text, "|") }
	const lines, rule, gone = "searchSynonymsSet", "searchRuleSet", "searchRuleDelete"
	for _, c := range []struct {
		mutation string
		input    object
		want     []string
	}{
		{lines, synonyms("a, b", "", "alone", "a, b", "c =>", "d\ne, f"), []string{
			"input.rules.1 BLANK", "input.rules.2 INVALID", "input.rules.3 DUPLICATE", "input.rules.4 INVALID", "input.rules.5 INVALID",
		}},
		{lines, synonyms(strings.Repeat("word, ", 400) + "x"), []string{"input.rules.0 TOO_LONG"}},
		{lines, synonyms(many(1000, "a, b")...), []string{"input.rules TOO_MANY"}},
		{lines, input("rules", []string{}, "expectedVersion", 7), []string{"input.expectedVersion STALE_OBJECT"}},
		{rule, set("title", " "), []string{"input.rule.title BLANK"}},
		{rule, set("title", strings.Repeat("x", 256)), []string{"input.rule.title TOO_LONG"}},
		{rule, input("rule", object{"title": "x"}), []string{"input.rule BLANK"}},
		{rule, set("queries", []string{"Tea", "teas!", "…", strings.Repeat("x", 501)}), []string{
			"input.rule.queries.1 DUPLICATE", "input.rule.queries.2 BLANK", "input.rule.queries.3 TOO_LONG",
		}},
		{rule, set("queries", many(50, "x")), []string{"input.rule.queries TOO_MANY"}},
		{rule, set("collectionId", "gid://kirana/Collection/1/99"), []string{"input.rule.collectionId NOT_FOUND"}},
		{rule, set("collectionId", tea), []string{"input.rule.collectionId NOT_FOUND"}},
		{rule, set("pinned", []string{tea, tea, foreign, "nonsense"}), []string{
			"input.rule.pinned.1 DUPLICATE", "input.rule.pinned.2 NOT_FOUND", "input.rule.pinned.3 NOT_FOUND",
		}},
		{rule, set("pinned", []string{strings.TrimRight(tea, "0123456789") + "99"}), []string{"input.rule.pinned.0 NOT_FOUND"}},
		{rule, set("buried", many(100, tea)), []string{"input.rule.buried TOO_MANY"}},
		{rule, set("boosts", boost("", 2)), []string{"input.rule.boosts.0.value BLANK"}},
		{rule, set("boosts", boost(strings.Repeat("x", 256), 2)), []string{"input.rule.boosts.0.value TOO_LONG"}},
		{rule, set("boosts", boost("x", 0)), []string{"input.rule.boosts.0.factor INVALID"}},
		{rule, set("boosts", boost("x", 10.5)), []string{"input.rule.boosts.0.factor INVALID"}},
		{rule, set("boosts", boost("x", -1)), []string{"input.rule.boosts.0.factor INVALID"}},
		{rule, set("startsAt", "2026-01-02T00:00:00Z", "endsAt", "2026-01-02T00:00:00Z"), []string{"input.rule.endsAt INVALID"}},
		{rule, input("id", own, "expectedVersion", 3, "rule", object{"title": "x", "hidden": []string{tea}}), []string{"input.expectedVersion STALE_OBJECT"}},
		{rule, input("id", theirs, "rule", object{"title": "x", "hidden": []string{tea}}), []string{"input.id NOT_FOUND"}},
		{rule, input("id", strings.TrimRight(own, "0123456789")+"99", "rule", object{"title": "x", "hidden": []string{tea}}), []string{"input.id NOT_FOUND"}},
		{gone, input("id", theirs), []string{"input.id NOT_FOUND"}},
		{gone, input("id", "nonsense"), []string{"input.id NOT_FOUND"}},
	} {
		require.Equal(t, c.want, s.mine.ask(t, mutationText(c.mutation, ""), c.input).refusals(t, c.mutation), "%s %.200v", c.mutation, c.input)
	}
	require.Equal(t, before, s.dump(t))

	s.exec(t, `INSERT INTO search_rules (store_id, title, queries, pinned, buried, hidden, boosts)
		SELECT store_id, 'x', '{}', '{}', '{}', '{}', '[]' FROM search_rules, generate_series(1, 199) WHERE title = 'Tea'`)
	require.Equal(t, []string{"input TOO_MANY"}, s.mine.ask(t, mutationText(rule, ""), set()).refusals(t, rule))
}

// What was decided about searches is read back as it was written, by those who may; a product that is gone is gone from it.
func TestSearchRulesAreRead(t *testing.T) {
	t.Parallel()
	s := newStocked(t)
	const fields = `{ store { searchSynonyms { version rules withStarter } searchRules {
		version title queries collection { id } pinned { title } buried { title } hidden { title } boosts { field value factor } startsAt endsAt
	} } }`
	require.JSONEq(t, `{"data":{"store":{"searchSynonyms":{"version":0,"rules":[],"withStarter":true},"searchRules":[]}}}`, s.mine.ask(t, fields, nil).text)
	tea := s.mine.products(t)[0]
	s.mine.run(t, "searchSynonymsSet", object{"rules": []string{" chai,  tea "}, "withStarter": false, "expectedVersion": 0}, "", &struct{}{})
	s.mine.rule(t, object{
		"title": " Tea first ", "queries": []string{" Tea "}, "pinned": []string{tea}, "boosts": []any{object{"field": "PRODUCT_TYPE", "value": "Drinks", "factor": 0.5}},
		"startsAt": "2026-01-01T00:00:00Z",
	})
	const want = `{"data":{"store":{"searchSynonyms":{"version":1,"rules":["chai,  tea"],"withStarter":false},"searchRules":[{
		"version":1,"title":"Tea first","queries":["Tea"],"collection":null,"pinned":[{"title":"Tea"}],"buried":[],"hidden":[],
		"boosts":[{"field":"PRODUCT_TYPE","value":"Drinks","factor":0.5}],"startsAt":"2026-01-01T00:00:00Z","endsAt":null}]}}}`
	require.JSONEq(t, want, s.mine.ask(t, fields, nil).text)
	s.mine.run(t, "productDelete", object{"id": tea}, "", &struct{}{})
	require.JSONEq(t, strings.Replace(want, `"pinned":[{"title":"Tea"}]`, `"pinned":[]`, 1), s.mine.ask(t, fields, nil).text)

	for _, who := range []client{s.as(""), s.theirs, s.mine.key(t, "orders:read")} {
		r := who.in(s.mine.store).ask(t, fields, nil)
		require.NotContains(t, r.text, "Tea first")
	}
	require.Equal(t, []string{"FORBIDDEN"}, s.mine.key(t, "catalog:write").ask(t, mutationText("searchSynonymsSet", ""), input("rules", []string{})).codes())
}
