package db_test

import (
	"encoding/json"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"github.com/kirana-commerce/kirana/commerce"
	"github.com/kirana-commerce/kirana/db/dbtest"
)

// ruledProduct is what rules look at of a product.
type ruledProduct struct {
	ID                  int64
	Title, Vendor, Type string
	Tags                []string
	Variants            []ruledVariant
}

type ruledVariant struct {
	Price    int64
	Compare  *int64
	Quantity int64
	Tracked  bool
}

// in tells in the plainest way whether the rules put the product in.
func (p *ruledProduct) in(s *commerce.CollectionRuleSet) bool {
	product := func(r commerce.CollectionRule) bool {
		switch r.Column { //nolint:exhaustive // variants have rules of their own
		case commerce.RuleTag:
			has := slices.ContainsFunc(p.Tags, func(tag string) bool { return strings.EqualFold(tag, r.Condition) })
			return has == (r.Relation == commerce.RuleEquals)
		case commerce.RuleTitle:
			return textHolds(r, p.Title)
		case commerce.RuleVendor:
			return textHolds(r, p.Vendor)
		}
		return textHolds(r, p.Type)
	}
	var ofProduct, ofVariant []commerce.CollectionRule
	for _, r := range s.Rules {
		if strings.HasPrefix(string(r.Column), "VARIANT") {
			ofVariant = append(ofVariant, r)
		} else {
			ofProduct = append(ofProduct, r)
		}
	}
	if s.AppliedDisjunctively {
		return slices.ContainsFunc(ofProduct, product) ||
			slices.ContainsFunc(p.Variants, func(v ruledVariant) bool { return slices.ContainsFunc(ofVariant, v.holds) })
	}
	all := !slices.ContainsFunc(ofProduct, func(r commerce.CollectionRule) bool { return !product(r) })
	return all && (len(ofVariant) == 0 || slices.ContainsFunc(p.Variants, func(v ruledVariant) bool {
		return !slices.ContainsFunc(ofVariant, func(r commerce.CollectionRule) bool { return !v.holds(r) })
	}))
}

func textHolds(r commerce.CollectionRule, text string) bool {
	text, condition := strings.ToLower(text), strings.ToLower(r.Condition)
	switch r.Relation { //nolint:exhaustive // texts alone
	case commerce.RuleEquals:
		return text == condition
	case commerce.RuleNotEquals:
		return text != condition
	case commerce.RuleStartsWith:
		return strings.HasPrefix(text, condition)
	case commerce.RuleEndsWith:
		return strings.HasSuffix(text, condition)
	case commerce.RuleContains:
		return strings.Contains(text, condition)
	}
	return !strings.Contains(text, condition)
}

func (v ruledVariant) holds(r commerce.CollectionRule) bool {
	value := &v.Price
	switch {
	case r.Column == commerce.RuleVariantCompare:
		value = v.Compare
	case r.Column == commerce.RuleVariantStock && v.Tracked:
		value = &v.Quantity
	case r.Column == commerce.RuleVariantStock:
		return r.Relation == commerce.RuleGreaterThan || r.Relation == commerce.RuleNotEquals
	}
	amount, err := strconv.ParseFloat("0"+strings.TrimSpace(r.Condition), 64) // fifty paisa are exact
	if err != nil {
		return false
	}
	if r.Column != commerce.RuleVariantStock {
		amount *= 100
	}
	switch r.Relation { //nolint:exhaustive // numbers alone
	case commerce.RuleEquals:
		return value != nil && *value == int64(amount)
	case commerce.RuleNotEquals:
		return value == nil || *value != int64(amount)
	case commerce.RuleGreaterThan:
		return value != nil && *value > int64(amount)
	case commerce.RuleLessThan:
		return value != nil && *value < int64(amount)
	case commerce.RuleIsSet:
		return value != nil
	}
	return value == nil
}

func drawRules(rt *rapid.T) *commerce.CollectionRuleSet {
	texts := []commerce.CollectionRuleRelation{"EQUALS", "NOT_EQUALS", "STARTS_WITH", "ENDS_WITH", "CONTAINS", "NOT_CONTAINS"}
	numbers := []commerce.CollectionRuleRelation{"EQUALS", "NOT_EQUALS", "GREATER_THAN", "LESS_THAN"}
	return &commerce.CollectionRuleSet{
		AppliedDisjunctively: rapid.Bool().Draw(rt, "any"),
		Rules: rapid.SliceOfN(rapid.Custom(func(rt *rapid.T) commerce.CollectionRule {
			switch rapid.IntRange(0, 5).Draw(rt, "kind") {
			case 0:
				return rule("TAG", rapid.SampledFrom(texts[:2]).Draw(rt, "relation"), rapid.SampledFrom([]string{"new", "SALE", `A"{b},`}).Draw(rt, "tag"))
			case 1, 2:
				return rule(rapid.SampledFrom([]commerce.CollectionRuleColumn{"TITLE", "VENDOR", "TYPE"}).Draw(rt, "column"),
					rapid.SampledFrom(texts).Draw(rt, "relation"), rapid.SampledFrom([]string{"tea", "TEA", "é", "É%", "चाय", "a_"}).Draw(rt, "text"))
			case 3:
				return rule("VARIANT_INVENTORY", rapid.SampledFrom(numbers).Draw(rt, "relation"), rapid.SampledFrom([]string{"0", "2", " 3"}).Draw(rt, "units"))
			}
			column := rapid.SampledFrom([]commerce.CollectionRuleColumn{"VARIANT_PRICE", "VARIANT_COMPARE_AT_PRICE"}).Draw(rt, "column")
			relation := rapid.SampledFrom(numbers).Draw(rt, "relation")
			if column == commerce.RuleVariantCompare && rapid.Bool().Draw(rt, "set") {
				return rule(column, rapid.SampledFrom([]commerce.CollectionRuleRelation{"IS_SET", "IS_NOT_SET"}).Draw(rt, "relation"), "")
			}
			return rule(column, relation, rapid.SampledFrom([]string{"0", "0.5", "1", "2.50"}).Draw(rt, "amount"))
		}), 1, 4).Draw(rt, "rules"),
	}
}

// ruledWorld is two stores whose products and collections change at random.
type ruledWorld struct {
	t      *testing.T
	d      *dbtest.Database
	stores [2]*commerce.Store
	own    []commerce.CollectionRef
}

// texts draws the columns of a product as SQL literals.
func drawTexts(rt *rapid.T) []any {
	text := rapid.SampledFrom([]string{"", "tea", "Green TEA", "É", "é%", "चाय latte", "a_b"})
	tags := rapid.SliceOfN(rapid.SampledFrom([]string{"New", "sale", `a"{B},`, "other", "NULL"}), 0, 3).Draw(rt, "tags")
	list, _ := json.Marshal(append([]string{}, tags...)) //nolint:errchkjson // texts
	return []any{"t " + text.Draw(rt, "title"), text.Draw(rt, "vendor"), text.Draw(rt, "type"), string(list)}
}

const tagsOf = `(SELECT coalesce(array_agg(t), '{}') FROM json_array_elements_text($%d::json) t)`

// variantSet is the SET of a change of variants that differ in what rules look at.
func variantSet(rt *rapid.T) string {
	n := rapid.IntRange(0, 9).Draw(rt, "seed")
	return fmt.Sprintf(`price_minor = (id + %d) %% 4 * 50, compare_at_minor = CASE WHEN (id + %d) %% 3 > 0 THEN (id + %d) %% 5 * 50 END,
		inventory_quantity = (id + %d) %% 5 - 1, inventory_tracked = (id + %d) %% 4 > 0`, n, n, n/2, n, n)
}

// change makes one random change, most of them as psql would.
func (w *ruledWorld) change(rt *rapid.T) {
	store := rapid.SampledFrom(w.stores[:]).Draw(rt, "store")
	id := int64(store.ID)
	some := fmt.Sprintf(" id %% 3 = %d", rapid.IntRange(0, 2).Draw(rt, "some"))
	switch rapid.SampledFrom([]string{"new", "new", "text", "text of all", "variants", "new variants", "fewer variants", "other product", "gone", "rules", "rules by psql", "by hand", "not by hand", "upsert"}).Draw(rt, "change") {
	case "new":
		n := rapid.IntRange(1, 3).Draw(rt, "n")
		run(w.t, w.d, `INSERT INTO products (store_id, handle, title, vendor, product_type, tags) SELECT $1, gen_random_uuid(), $2, $3, $4, `+fmt.Sprintf(tagsOf, 5)+` FROM generate_series(1, $6::int)`,
			append(append([]any{id}, drawTexts(rt)...), n)...)
	case "text":
		run(w.t, w.d, `UPDATE products SET title = $1, vendor = $2, product_type = $3, tags = `+fmt.Sprintf(tagsOf, 4)+` WHERE store_id = $5 AND`+some, append(drawTexts(rt), id)...)
	case "text of all":
		run(w.t, w.d, `UPDATE products SET title = $1, vendor = $2, product_type = $3, tags = `+fmt.Sprintf(tagsOf, 4), drawTexts(rt)...)
	case "variants":
		run(w.t, w.d, `UPDATE product_variants SET `+variantSet(rt)+` WHERE product_`+strings.TrimSpace(some))
	case "new variants":
		run(w.t, w.d, `INSERT INTO product_variants (store_id, product_id, position, option_values, price_minor, inventory_tracked)
			SELECT store_id, id, 1, '{}', $1::int * 50, $1::int % 2 = 0 FROM products WHERE`+some, rapid.IntRange(0, 5).Draw(rt, "price"))
	case "fewer variants":
		run(w.t, w.d, `DELETE FROM product_variants WHERE store_id = $1 AND`+some, id)
	case "other product":
		run(w.t, w.d, `UPDATE product_variants v SET product_id = (SELECT min(id) FROM products p WHERE p.store_id = v.store_id) WHERE`+some)
	case "gone":
		run(w.t, w.d, `DELETE FROM products WHERE store_id = $1 AND`+some, id)
	case "rules":
		ref := rapid.SampledFrom(w.own).Draw(rt, "collection")
		e := commerce.CollectionEdit{ID: &ref.ID, Title: "c"}
		if rapid.IntRange(0, 4).Draw(rt, "with rules") > 0 {
			e.Rules = drawRules(rt)
		}
		setCollection(w.t, w.d, w.storeOf(ref), e)
	case "rules by psql":
		run(w.t, w.d, `UPDATE collections c SET rule_set = (SELECT o.rule_set FROM collections o WHERE o.store_id = c.store_id AND o.id <> c.id LIMIT 1) WHERE store_id = $1`, id)
	case "by hand", "not by hand":
		w.changeMembers(rt)
	case "upsert":
		in := product(rapid.SampledFrom([]string{"tea", "sale"}).Draw(rt, "handle"))
		in.Title, in.Collections = rapid.SampledFrom([]string{"Tea", "a_"}).Draw(rt, "title"), nil
		in.Variants[0].PriceMinor = rapid.Int64Range(0, 3).Draw(rt, "price") * 50
		upsert(w.t, w.d.DB, store, in)
	}
}

func (w *ruledWorld) storeOf(ref commerce.CollectionRef) *commerce.Store {
	return w.stores[slices.IndexFunc(w.stores[:], func(s *commerce.Store) bool { return s.ID == ref.Store })]
}

// changeMembers puts products in by hand, or takes some out. Those that rules put in are refused, and stay.
func (w *ruledWorld) changeMembers(rt *rapid.T) {
	ref := rapid.SampledFrom(w.own).Draw(rt, "collection")
	var ids []commerce.ProductID
	for _, r := range queryRows(w.t, w.d, `SELECT id FROM products WHERE store_id = $1 ORDER BY id`, int64(ref.Store)) {
		id, err := strconv.ParseInt(r[0], 10, 64)
		require.NoError(rt, err)
		ids = append(ids, commerce.ProductID(id))
	}
	if len(ids) == 0 {
		return
	}
	ids = rapid.SliceOfNDistinct(rapid.SampledFrom(ids), 1, len(ids), rapid.ID).Draw(rt, "products")
	if rapid.Bool().Draw(rt, "add") {
		require.NoError(rt, w.d.AddCollectionProducts(w.t.Context(), commerce.Author{}, ref, ids))
		return
	}
	err := w.d.RemoveCollectionProducts(w.t.Context(), commerce.Author{}, ref, ids)
	if _, refused := commerce.RefusalsOf(err); !refused {
		require.NoError(rt, err)
	}
}

// members are the products of each collection, those that are chosen by hand and the others.
func (w *ruledWorld) members(byRule bool) map[string][]string {
	found := map[string][]string{}
	for _, r := range queryRows(w.t, w.d, `SELECT collection_id, product_id FROM collection_products WHERE by_rule = $1 ORDER BY collection_id, product_id`, byRule) {
		found[r[0]] = append(found[r[0]], r[1])
	}
	return found
}

// check compares every collection with what its rules say.
func (w *ruledWorld) check(rt *rapid.T) {
	byHand, want := w.members(false), map[string][]string{}
	for _, ref := range w.own {
		c := readCollection(w.t, w.d, ref)
		if c.RuleSet == nil {
			continue
		}
		collection := fmt.Sprint(ref.ID)
		for _, p := range w.products(rt, ref.Store) {
			if id := fmt.Sprint(p.ID); p.in(c.RuleSet) && !slices.Contains(byHand[collection], id) {
				want[collection] = append(want[collection], id)
			}
		}
	}
	require.Equal(rt, want, w.members(true))
}

func (w *ruledWorld) products(rt *rapid.T, store commerce.StoreID) []ruledProduct {
	var products []ruledProduct
	text := queryRows(w.t, w.d, `
SELECT coalesce(json_agg(json_build_object('ID', p.id, 'Title', p.title, 'Vendor', p.vendor, 'Type', p.product_type, 'Tags', p.tags, 'Variants', (
    SELECT json_agg(json_build_object('Price', v.price_minor, 'Compare', v.compare_at_minor, 'Quantity', v.inventory_quantity, 'Tracked', v.inventory_tracked))
    FROM product_variants v WHERE v.store_id = p.store_id AND v.product_id = p.id)) ORDER BY p.id), '[]')
FROM products p WHERE p.store_id = $1`, int64(store))[0][0]
	require.NoError(rt, json.Unmarshal([]byte(text), &products))
	return products
}

// Whatever changes, and however, the members of an automatic collection are those that its rules say and those chosen by hand.
func TestAutomaticCollections(t *testing.T) {
	t.Parallel()
	d := dbtest.New(t)
	w := &ruledWorld{t: t, d: d, stores: [2]*commerce.Store{openStore(t, d.DB, "corner"), openStore(t, d.DB, "other")}}
	rapid.Check(t, func(rt *rapid.T) {
		run(t, d, `DELETE FROM products`)
		run(t, d, `DELETE FROM collections`)
		w.own = nil
		for _, store := range w.stores {
			for range 2 {
				w.own = append(w.own, setCollection(t, d, store, commerce.CollectionEdit{Title: "c", Rules: drawRules(rt)}).Ref())
			}
		}
		for range rapid.IntRange(1, 10).Draw(rt, "changes") {
			w.change(rt)
			w.check(rt)
		}
	})
}

// Somebody's choice stays when the rules let a product go, and is not lost to them when they take it in.
func TestRulesLeaveManualMembers(t *testing.T) {
	t.Parallel()
	d := dbtest.New(t)
	store := openStore(t, d.DB, "corner")
	upsert(t, d.DB, store, plain(3)...)
	c := setCollection(t, d, store, commerce.CollectionEdit{Title: "c", Rules: rules(rule("TITLE", "ENDS_WITH", "p-0"))})
	require.Equal(t, commerce.CollectionBestSelling, c.SortOrder)
	require.NoError(t, d.AddCollectionProducts(t.Context(), commerce.Author{}, c.Ref(), productIDs(t, d, store, "p-0", "p-1")))
	require.Equal(t, []string{"p-0", "p-1"}, slices.Sorted(slices.Values(memberHandles(t, d, c.Ref()))))
	setCollection(t, d, store, commerce.CollectionEdit{ID: &c.ID, Title: "c", Rules: rules(rule("TITLE", "ENDS_WITH", "p-2"))})
	require.Equal(t, []string{"p-0", "p-1", "p-2*"}, slices.Sorted(slices.Values(memberHandles(t, d, c.Ref()))))
	setCollection(t, d, store, commerce.CollectionEdit{ID: &c.ID, Title: "c"})
	require.Equal(t, []string{"p-0", "p-1"}, slices.Sorted(slices.Values(memberHandles(t, d, c.Ref()))))
}

// What a file puts into a collection is chosen, though rules take the product in before the file does, or have done so long ago.
func TestRulesLeaveMembersOfFiles(t *testing.T) {
	t.Parallel()
	d := dbtest.New(t)
	store := openStore(t, d.DB, "corner")
	c := setCollection(t, d, store, commerce.CollectionEdit{Title: "Sale", Rules: rules(rule("TITLE", "CONTAINS", "p"))})
	files := plain(4)
	upsert(t, d.DB, store, files[1], files[2])
	require.Equal(t, []string{"p-1*", "p-2*"}, memberHandles(t, d, c.Ref()))
	files[0].Collections, files[1].Collections, files[3].Collections = []string{"Sale"}, []string{"Sale"}, []string{"Sale", "sale!"}

	require.Equal(t, []commerce.UpsertOutcome{commerce.OutcomeCreated, commerce.OutcomeUpdated, commerce.OutcomeUnchanged, commerce.OutcomeCreated},
		upsert(t, d.DB, store, files...))
	require.Equal(t, []string{"p-0", "p-1", "p-2*", "p-3"}, slices.Sorted(slices.Values(memberHandles(t, d, c.Ref()))))
	require.Equal(t, slices.Repeat([]commerce.UpsertOutcome{commerce.OutcomeUnchanged}, 4), upsert(t, d.DB, store, files...))
	in := make(map[string][]string)
	for p, err := range d.Catalogue(t.Context(), store) {
		require.NoError(t, err)
		in[p.Handle] = p.Collections
	}
	require.Equal(t, map[string][]string{"p-0": {"Sale"}, "p-1": {"Sale"}, "p-2": nil, "p-3": {"Sale"}}, in, "an export says what was chosen")

	setCollection(t, d, store, commerce.CollectionEdit{ID: &c.ID, Title: "Sale"})
	require.Equal(t, []string{"p-0", "p-1", "p-3"}, slices.Sorted(slices.Values(memberHandles(t, d, c.Ref()))))
}

// Two changes that fulfil the rules together, made at the same moment, do.
func TestRulesSeeConcurrentChanges(t *testing.T) {
	t.Parallel()
	d := dbtest.New(t)
	store := openStore(t, d.DB, "corner")
	upsert(t, d.DB, store, plain(1)...)
	for name, changes := range map[string][2]string{
		"product and variant":      {`UPDATE products SET vendor = 'Amul'`, `UPDATE product_variants SET price_minor = 1 WHERE position = 1`},
		"variant and product":      {`UPDATE product_variants SET price_minor = 1 WHERE position = 1`, `UPDATE products SET vendor = 'Amul'`},
		"product and rules":        {`UPDATE products SET vendor = 'Amul'`, `UPDATE collections SET rule_set = '{"any": true, "rules": [{"column": "VENDOR", "relation": "EQUALS", "condition": "amul"}]}'`},
		"rules and product":        {`UPDATE collections SET rule_set = '{"any": true, "rules": [{"column": "VENDOR", "relation": "EQUALS", "condition": "amul"}]}'`, `UPDATE products SET vendor = 'Amul'`},
		"collection and a product": {`INSERT INTO collections (store_id, handle, title, rule_set) SELECT id, 'b', 'b', '{"any": true, "rules": [{"column": "TYPE", "relation": "EQUALS", "condition": "x"}]}' FROM stores`, `UPDATE products SET product_type = 'X'`},
	} {
		run(t, d, `DELETE FROM collections`)
		run(t, d, `UPDATE products SET vendor = 'Tata', product_type = ''`)
		run(t, d, `UPDATE product_variants SET price_minor = 500`)
		setCollection(t, d, store, commerce.CollectionEdit{Handle: new("a"), Title: "a", Rules: rules(rule("VENDOR", "EQUALS", "amul"), rule("VARIANT_PRICE", "LESS_THAN", "1"))})
		first, err := d.SQL.BeginTx(t.Context(), nil)
		require.NoError(t, err)
		_, err = first.ExecContext(t.Context(), changes[0])
		require.NoError(t, err)
		done := make(chan error, 1)
		go func() { _, err := d.SQL.ExecContext(t.Context(), changes[1]); done <- err }()
		requireWaiting(t, d)
		require.NoError(t, first.Commit())
		require.NoError(t, <-done)
		require.Equal(t, [][]string{{"1"}}, queryRows(t, d, `SELECT count(*) FROM collection_products`), name)
	}
}
