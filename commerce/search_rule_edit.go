package commerce

import (
	"context"
	"slices"
	"strings"
	"time"
)

// The bounds of search rules.
const (
	MaxSearchRules     = 200 // of a store
	maxRuleQueries     = 50
	maxRuleProducts    = 100 // of each kind
	maxRuleBoosts      = 10
	minBoost, maxBoost = 0.1, 10.0
)

// SearchRuleInput is what a search rule is to be, all of it. Products and the collection stand as global ids.
type SearchRuleInput struct {
	Title                  string
	Queries                []string
	CollectionID           *string
	Pinned, Buried, Hidden []string
	Boosts                 []*SearchBoost
	StartsAt, EndsAt       *time.Time
}

// searchRulePath is the way to a value of a rule in the mutation's argument.
func searchRulePath(field ...any) []any { return append([]any{"input", "rule"}, field...) }

// Rule is the rule that the input asks for. Whether the store has what it names is for whoever can look. Refusals.
func (in SearchRuleInput) Rule(store StoreID) (*SearchRule, error) {
	var r Refusals
	rule := &SearchRule{StoreID: store, Title: strings.TrimSpace(in.Title), StartsAt: in.StartsAt, EndsAt: in.EndsAt}
	checkRuleText(&r, rule.Title, searchRulePath("title"), "title")
	rule.Queries = in.queries(&r)
	if in.CollectionID != nil {
		if rule.Collection = CollectionID(OwnID(store, KindCollection, *in.CollectionID)); rule.Collection == 0 {
			r.Add(RefusalNotFound, searchRulePath("collectionId"), "The store has no such collection.")
		}
	}
	rule.Pinned = ruleProducts(&r, store, "pinned", in.Pinned)
	rule.Buried = ruleProducts(&r, store, "buried", in.Buried)
	rule.Hidden = ruleProducts(&r, store, "hidden", in.Hidden)
	rule.Boosts = in.boosts(&r)
	if in.StartsAt != nil && in.EndsAt != nil && !in.StartsAt.Before(*in.EndsAt) {
		r.Add(RefusalInvalid, searchRulePath("endsAt"), "The rule ends before it starts.")
	}
	if len(r) == 0 && len(rule.Pinned)+len(rule.Buried)+len(rule.Hidden)+len(rule.Boosts) == 0 {
		r.Add(RefusalBlank, searchRulePath(), "The rule does nothing: name products to pin, bury or hide, or what to boost.")
	}
	return rule, r.Err()
}

func checkRuleText(r *Refusals, text string, path []any, what string) {
	switch {
	case text == "":
		r.Add(RefusalBlank, path, "The %s is empty.", what)
	case Characters(MaxLabel).Exceeded(text):
		r.Add(RefusalTooLong, path, "The %s is longer than %s.", what, Characters(MaxLabel))
	case !storable(text):
		r.Add(RefusalInvalid, path, "The %s %.80q is not UTF-8 text without zero bytes.", what, text)
	}
}

// queries are the texts without the space around them.
func (in SearchRuleInput) queries(r *Refusals) []string {
	if len(in.Queries) > maxRuleQueries {
		r.Add(RefusalTooMany, searchRulePath("queries"), "%d texts are too many for one rule: at most %d.", len(in.Queries), maxRuleQueries)
		return nil
	}
	var known []string
	texts := make([]string, len(in.Queries))
	for i, text := range in.Queries {
		texts[i] = strings.TrimSpace(text)
		key, path := synonymKey(text), searchRulePath("queries", i)
		switch {
		case len(text) > MaxSearchText:
			r.Add(RefusalTooLong, path, "The text is longer than the %d bytes that a search takes.", MaxSearchText)
		case !storable(text):
			r.Add(RefusalInvalid, path, "The text %.80q is not UTF-8 text without zero bytes.", text)
		case key == "":
			r.Add(RefusalBlank, path, "The text has no letter and no digit. Without texts the rule is for every search.")
		case slices.Contains(known, key):
			r.Add(RefusalDuplicate, path, "%.80q stands there twice: capitals, punctuation and a plural's s do not matter.", texts[i])
		}
		known = append(known, key)
	}
	return texts
}

// ruleProducts reads the ids of products.
func ruleProducts(r *Refusals, store StoreID, field string, texts []string) []ProductID {
	if len(texts) > maxRuleProducts {
		r.Add(RefusalTooMany, searchRulePath(field), "%d products are too many for one rule: at most %d.", len(texts), maxRuleProducts)
		return nil
	}
	ids := make([]ProductID, len(texts))
	for i, text := range texts {
		id := ProductID(OwnID(store, KindProduct, text))
		switch {
		case id == 0:
			r.Add(RefusalNotFound, searchRulePath(field, i), "The store has no such product.")
		case slices.Contains(ids[:i], id):
			r.Add(RefusalDuplicate, searchRulePath(field, i), "The product stands there twice.")
		}
		ids[i] = id
	}
	return ids
}

func (in SearchRuleInput) boosts(r *Refusals) []SearchBoost {
	if len(in.Boosts) > maxRuleBoosts {
		r.Add(RefusalTooMany, searchRulePath("boosts"), "%d boosts are too many for one rule: at most %d.", len(in.Boosts), maxRuleBoosts)
		return nil
	}
	boosts := make([]SearchBoost, len(in.Boosts))
	for i, b := range in.Boosts {
		boosts[i] = SearchBoost{b.Field, strings.TrimSpace(b.Value), b.Factor}
		checkRuleText(r, boosts[i].Value, searchRulePath("boosts", i, "value"), "value")
		if !(b.Factor >= minBoost && b.Factor <= maxBoost) { // NaN too
			r.Add(RefusalInvalid, searchRulePath("boosts", i, "factor"), "Boost by %g to %g: %g is out of that.", minBoost, maxBoost, b.Factor)
		}
	}
	return boosts
}

// SearchRuleReader reads the search rules of stores, in the order of their ids.
type SearchRuleReader interface {
	SearchRulesOf(ctx context.Context, stores []StoreID) (map[StoreID][]*SearchRule, error)
}

// SearchRuleEditor changes the search rules of stores. Refusals come as errors; then nothing was written.
type SearchRuleEditor interface {
	// SetSearchRule makes a rule where id is 0, and else replaces one. expected is the version that the merchant has seen, nil for any.
	SetSearchRule(ctx context.Context, by Author, store StoreID, id SearchRuleID, expected *int, in SearchRuleInput) (*SearchRule, error)
	DeleteSearchRule(ctx context.Context, by Author, ref SearchRuleRef) error
}

// CurationReader reads what merchants have decided about the searches of their stores.
type CurationReader interface {
	// Curations has an answer for every store that there is.
	Curations(ctx context.Context, stores []StoreID) (map[StoreID]*SearchCuration, error)
}
