package commerce

import (
	"context"
	"strings"
	"time"
)

// The bounds of a store's synonyms.
const (
	MaxSynonymRules     = 1000
	maxSynonymRuleBytes = 2000
)

// StoreSynonyms are what a store has decided about the synonyms of its searches.
type StoreSynonyms struct {
	StoreID StoreID
	// Version counts the changes, 0 while nothing was set.
	Version   int
	UpdatedAt *time.Time
	// Rules are the store's own, in the notation of ParseSynonyms.
	Rules []string
	// Starter says that the starter set counts as well.
	Starter bool
}

// Synonyms is what searches in the store go by. A rule that is not understood any more is left out.
func (s *StoreSynonyms) Synonyms() Synonyms {
	own := map[string][]string{}
	for _, rule := range s.Rules {
		_ = addSynonyms(own, rule) // it was refused when it was set, or the notation has grown stricter since
	}
	all := Synonyms{[]map[string][]string{own}}
	if s.Starter {
		all = all.With(StarterSynonyms())
	}
	return all
}

// SearchSynonymsSetInput is what a store's synonyms are to be, all of them.
type SearchSynonymsSetInput struct {
	// ExpectedVersion is what the merchant has seen; nil for whatever it is.
	ExpectedVersion *int
	Rules           []string
	WithStarter     bool
}

// Synonyms is what the input asks for. Refusals.
func (in SearchSynonymsSetInput) Synonyms(store StoreID) (*StoreSynonyms, error) {
	s := &StoreSynonyms{StoreID: store, Rules: make([]string, len(in.Rules)), Starter: in.WithStarter}
	var r Refusals
	if len(in.Rules) > MaxSynonymRules {
		r.Add(RefusalTooMany, []any{"input", "rules"}, "%d rules are too many: a store has at most %d.", len(in.Rules), MaxSynonymRules)
		return nil, r
	}
	known := make(map[string]int, len(in.Rules))
	for i, text := range in.Rules {
		rule, path := strings.TrimSpace(text), []any{"input", "rules", i}
		s.Rules[i] = rule
		before, again := known[rule]
		known[rule] = i
		switch {
		case rule == "":
			r.Add(RefusalBlank, path, "A rule names the terms that mean the same, such as: chawal, rice.")
		case len(rule) > maxSynonymRuleBytes:
			r.Add(RefusalTooLong, path, "The rule is longer than %d bytes.", maxSynonymRuleBytes)
		case !storable(rule) || strings.ContainsAny(rule, "\r\n"):
			r.Add(RefusalInvalid, path, "The rule %.80q is not one line of UTF-8 text.", rule)
		case again:
			r.Add(RefusalDuplicate, path, "The rule %.80q stands there twice, first as number %d.", rule, before+1)
		default:
			if err := addSynonyms(map[string][]string{}, rule); err != nil {
				r.Add(RefusalInvalid, path, "The rule is not understood: %s.", err)
			}
		}
	}
	return s, r.Err()
}

// SynonymReader reads the synonyms of stores.
type SynonymReader interface {
	// SynonymsOf has an answer for every store that there is.
	SynonymsOf(ctx context.Context, stores []StoreID) (map[StoreID]*StoreSynonyms, error)
}

// SynonymEditor changes the synonyms of stores. Refusals come as errors; then nothing was written.
type SynonymEditor interface {
	SetSynonyms(ctx context.Context, by Author, store StoreID, in SearchSynonymsSetInput) (*StoreSynonyms, error)
}
