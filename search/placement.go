package search

import (
	"maps"

	"github.com/kirana-commerce/kirana/commerce"
)

// The scores of what a merchant's rules place. Boosts together multiply a score by commerce.MaxBoosted at most, which keeps every score
// but those of pins below scorePin; buried products keep their order among each other, and their scores stay above 0.
const (
	scorePin = 1_000_000.0
	pinStep  = 1_000.0 // between two pins: single precision tells them apart
	buried   = 1e-7
)

// relevance is the clause that scores the products of a search, and that they have to match: the text, with what the store's rules
// say. nil when all products are as relevant.
func relevance(q commerce.SearchQuery, m merit) object {
	words, placed := searchText(q), q.Page.Key == commerce.SearchSortRelevance && !q.Placement.Empty()
	switch {
	case words == "" && !placed:
		return nil
	case !placed:
		return ranked(q, m)
	case words == "":
		return place(constant(everything(), 1), q.Placement)
	}
	return place(ranked(q, m), q.Placement)
}

// ranked matches the text of a search, and lifts what deserves it.
func ranked(q commerce.SearchQuery, m merit) object {
	words := searchText(q)
	return m.lift(textQuery(words, q.Prefix, synonymsOf(q)), weighty(words))
}

// synonymsOf are the synonyms that a search goes by.
func synonymsOf(q commerce.SearchQuery) commerce.Synonyms {
	if q.Synonyms == nil {
		return commerce.StarterSynonyms()
	}
	return *q.Synonyms
}

// place scores what base matches as rules say, and matches what they pin besides.
func place(base object, p commerce.Placement) object {
	var functions list
	for _, b := range p.Boosts {
		functions = append(functions, object{"filter": term(boostField(b.Field), b.Value), "weight": b.Factor})
	}
	boosted := base
	if len(functions) > 0 {
		boosted = function(base, functions, object{"max_boost": commerce.MaxBoosted})
	}
	if len(p.Buried) > 0 {
		boosted = function(boosted, list{object{"filter": terms(fieldProduct, p.Buried), "weight": buried}}, nil)
	}
	if len(p.Pinned) == 0 {
		return boosted
	}
	ways := list{boosted}
	for i, id := range p.Pinned {
		ways = append(ways, constant(term(fieldProduct, id), scorePin+pinStep*float64(len(p.Pinned)-i)))
	}
	return object{"dis_max": object{"queries": ways}}
}

// function multiplies the scores of what base matches.
func function(base object, functions list, bounds object) object {
	clause := object{"query": base, "functions": functions, "score_mode": "multiply", "boost_mode": "multiply"}
	maps.Copy(clause, bounds)
	return object{"function_score": clause}
}

func boostField(f commerce.SearchBoostField) string {
	switch f {
	case commerce.BoostVendor:
		return fieldVendor
	case commerce.BoostProductType:
		return fieldProductType
	default: // there is no other
		return fieldTags
	}
}
