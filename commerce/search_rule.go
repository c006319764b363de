package commerce

import (
	"slices"
	"time"
)

// SearchRuleID identifies a search rule within its store.
type SearchRuleID int64

// SearchRuleRef is the full key of a search rule.
type SearchRuleRef struct {
	Store StoreID
	ID    SearchRuleID
}

// SearchRule is what a merchant has decided about the results of some searches.
type SearchRule struct {
	StoreID StoreID
	ID      SearchRuleID
	// Version counts the changes, from 1.
	Version int
	// Title is the merchant's name for it.
	Title string
	// Queries are the texts it is for, none for every text; Collection is where, 0 for everywhere.
	Queries    []string
	Collection CollectionID
	// Pinned come first in this order, found or not; Buried come last; Hidden do not come.
	Pinned, Buried, Hidden []ProductID
	Boosts                 []SearchBoost
	// StartsAt and EndsAt bound when it counts, nil for no bound; the end is the first moment at which it does not.
	StartsAt, EndsAt     *time.Time
	CreatedAt, UpdatedAt time.Time
}

// SearchBoostField is what a boost goes by.
type SearchBoostField string

// What boosts go by.
const (
	BoostVendor      SearchBoostField = "VENDOR"
	BoostProductType SearchBoostField = "PRODUCT_TYPE"
	BoostTag         SearchBoostField = "TAG"
)

// Valid reports whether there is such a field.
func (f SearchBoostField) Valid() bool {
	return f == BoostVendor || f == BoostProductType || f == BoostTag
}

// MaxBoosted bounds what all boosts of a product together multiply its relevance by.
const MaxBoosted = 100.0

// SearchBoost multiplies the relevance of the products that have a value: above 1 they rise, below they sink.
type SearchBoost struct {
	Field  SearchBoostField `json:"field"`
	Value  string           `json:"value"`
	Factor float64          `json:"factor"`
}

// NodeID is the rule's global id.
func (r *SearchRule) NodeID() GlobalID {
	return GlobalID{Kind: KindSearchRule, Store: r.StoreID, ID: int64(r.ID)}
}

// Tenant is the store.
func (r *SearchRule) Tenant() StoreID { return r.StoreID }

// InForce reports whether the rule counts at a moment.
func (r *SearchRule) InForce(now time.Time) bool {
	return (r.StartsAt == nil || !now.Before(*r.StartsAt)) && (r.EndsAt == nil || now.Before(*r.EndsAt))
}

// meant reports whether the rule is for a search. Texts compare as synonyms do: capitals, punctuation and a plural's s
// do not matter.
func (r *SearchRule) meant(q SearchQuery) bool {
	if r.Collection != 0 && r.Collection != q.Selection.Collection {
		return false
	}
	if len(r.Queries) == 0 {
		return true
	}
	key := synonymKey(q.Text)
	return slices.ContainsFunc(r.Queries, func(text string) bool { return synonymKey(text) == key })
}

// Placement is where rules put products in a search, whatever their relevance. The zero value puts none anywhere.
type Placement struct {
	Pinned, Buried, Hidden []ProductID
	Boosts                 []SearchBoost
	// Rules are those that had a say.
	Rules []*SearchRule
}

// Empty reports whether the order of relevance stays as it is.
func (p Placement) Empty() bool { return len(p.Pinned)+len(p.Buried)+len(p.Boosts) == 0 }

// SearchCuration is what a merchant has decided about the searches of a store.
type SearchCuration struct {
	Synonyms Synonyms
	// Rules are in the order of their ids: where two pin, the older one's come first.
	Rules []*SearchRule
	// Facets is about the filters that searches show.
	Facets *StoreSearchFacets
}

// Place is where the rules put products in a search at a moment. Who hides a product wins over who pins it, and that over who
// buries it.
func (c *SearchCuration) Place(q SearchQuery, now time.Time) Placement {
	var p Placement
	for _, r := range c.Rules {
		if !r.InForce(now) || !r.meant(q) {
			continue
		}
		p.Rules = append(p.Rules, r)
		p.Pinned, p.Buried, p.Hidden = united(p.Pinned, r.Pinned), united(p.Buried, r.Buried), united(p.Hidden, r.Hidden)
		p.Boosts = append(p.Boosts, r.Boosts...)
	}
	p.Pinned = without(p.Pinned, p.Hidden)
	p.Buried = without(p.Buried, p.Pinned)
	return p
}

func united(to, more []ProductID) []ProductID {
	for _, id := range more {
		if !slices.Contains(to, id) {
			to = append(to, id)
		}
	}
	return to
}

func without(ids, those []ProductID) []ProductID {
	return slices.DeleteFunc(ids, func(id ProductID) bool { return slices.Contains(those, id) })
}
