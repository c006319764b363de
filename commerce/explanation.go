package commerce

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"time"
)

// MaxSearchRank is how far an explanation counts what comes before a product.
const MaxSearchRank = 1000

// SearchMatch is what the search engine says about one product and one search.
type SearchMatch struct {
	// Indexed says that there is a document of the product, Current that it is the one that is due.
	Indexed, Current bool
	// Published says that the document is for buyers by now, Available that one of its variants can be bought.
	Published, Available bool
	// Text says that the text is matched, MissingWords are those of its words that match nothing.
	Text         bool
	MissingWords []string
	// Failed are the ids of filters that the product does not meet, SameVariant says that one variant meets all of those that are about variants.
	Failed      []string
	SameVariant bool
	// Rank is the product's place among the results, from 1; 0 when it is not found, or has MaxSearchRank or more before it.
	Rank int
	// Placement is where the store's rules put products in the search.
	Placement Placement
}

// SearchExplainer says why a search does not find a product, or where.
type SearchExplainer interface {
	// ExplainSearch looks at one product of the query's store. due is the document that it should have, nil for none. Code UNAVAILABLE.
	ExplainSearch(ctx context.Context, q SearchQuery, id ProductID, due *ProductDocument) (SearchMatch, error)
}

// SearchCause is why a search does not find a product.
type SearchCause string

// The causes, from the store to the variant.
const (
	CauseNotFound          SearchCause = "NOT_FOUND"
	CauseStoreNotPublished SearchCause = "STORE_NOT_PUBLISHED"
	CauseDraft             SearchCause = "DRAFT"
	CauseArchived          SearchCause = "ARCHIVED"
	CauseNotPublished      SearchCause = "NOT_PUBLISHED"
	CauseScheduled         SearchCause = "SCHEDULED"
	CauseNotIndexed        SearchCause = "NOT_INDEXED"
	CauseOutdated          SearchCause = "OUTDATED"
	CauseWords             SearchCause = "WORDS"
	CauseFilter            SearchCause = "FILTER"
	CauseVariants          SearchCause = "VARIANTS"
	CauseUnavailable       SearchCause = "UNAVAILABLE"
	CauseHiddenByRule      SearchCause = "HIDDEN_BY_RULE"
	CauseBuriedByRule      SearchCause = "BURIED_BY_RULE"
)

// SearchCauses lists every cause.
func SearchCauses() []SearchCause {
	return []SearchCause{
		CauseNotFound, CauseStoreNotPublished, CauseDraft, CauseArchived, CauseNotPublished, CauseScheduled,
		CauseNotIndexed, CauseOutdated, CauseWords, CauseFilter, CauseVariants, CauseUnavailable,
		CauseHiddenByRule, CauseBuriedByRule,
	}
}

// SearchReason is one cause, and what to do about it.
type SearchReason struct {
	Code    SearchCause
	Message string
	// Filter is the id of the filter that is not met, nil for another cause.
	Filter *string
	// Words are those that match nothing.
	Words []string
}

// SearchExplanation says whether a search finds a product, where, and else why not.
type SearchExplanation struct {
	Found bool
	// Rank is nil when the product is not found, or so many come before it that nobody has counted.
	Rank    *int
	Reasons []*SearchReason
}

// ExplainSearch puts together what the database and the search engine say about a product of a store; p is nil when the store has none.
func ExplainSearch(s *Store, p *Product, q SearchQuery, m SearchMatch, now time.Time) *SearchExplanation {
	e := &SearchExplanation{Reasons: []*SearchReason{}}
	if p == nil {
		e.because(CauseNotFound, "The store has no product with this id.")
		return e
	}
	e.visibility(s, p, now)
	hidden := len(e.Reasons) > 0
	switch {
	case !m.Indexed && !hidden:
		e.because(CauseNotIndexed, "The search index does not have the product yet. Changes reach it within a second or so; if it stays away, whoever runs the server should look.")
	case m.Indexed && !m.Current:
		e.because(CauseOutdated, "The search index has the product as it was before its last change, which is on its way.")
	}
	if m.Indexed {
		e.conditions(q, m)
	}
	ruledOut := e.placement(p.ID, m.Placement)
	// A document that is on its way may be found already, as it was.
	e.Found = !hidden && !ruledOut && m.Indexed && m.Published && m.Text && len(m.Failed) == 0 && m.SameVariant && (m.Available || q.Unavailable != UnavailableHide)
	if e.Found && m.Rank > 0 {
		e.Rank = &m.Rank
	}
	return e
}

func (e *SearchExplanation) because(c SearchCause, format string, args ...any) *SearchReason {
	r := &SearchReason{Code: c, Message: fmt.Sprintf(format, args...), Words: []string{}}
	e.Reasons = append(e.Reasons, r)
	return r
}

// visibility says why buyers cannot see the product at all.
func (e *SearchExplanation) visibility(s *Store, p *Product, now time.Time) {
	if s.Status != StorePublished {
		e.because(CauseStoreNotPublished, "The store is not published: storePublish opens it to buyers.")
	}
	switch {
	case p.Status == ProductDraft:
		e.because(CauseDraft, "The product is a draft: productPublish shows it to buyers.")
	case p.Status == ProductArchived:
		e.because(CauseArchived, "The product is archived: productUpdate makes it active again.")
	case p.Hidden && p.PublishedAt.After(now):
		e.because(CauseScheduled, "Buyers see the product from %s on.", p.PublishedAt.UTC().Format(time.RFC3339))
	case p.Hidden:
		e.because(CauseNotPublished, "The product is active and not published: productPublish shows it to buyers.")
	}
}

// placement says which rules hide or bury the product, and reports whether one hides it.
func (e *SearchExplanation) placement(id ProductID, p Placement) (hidden bool) {
	for _, r := range p.Rules {
		switch {
		case slices.Contains(r.Hidden, id):
			hidden = true
			e.because(CauseHiddenByRule, "The search rule %q hides the product from this search.", r.Title)
		case slices.Contains(r.Buried, id) && slices.Contains(p.Buried, id):
			e.because(CauseBuriedByRule, "The search rule %q puts the product behind the others.", r.Title)
		}
	}
	return hidden
}

// conditions says what of the search the product does not meet.
func (e *SearchExplanation) conditions(q SearchQuery, m SearchMatch) {
	switch {
	case m.Text:
	case len(m.MissingWords) > 0:
		e.because(CauseWords, "The product's texts have nothing like %q.", strings.Join(m.MissingWords, `", "`)).Words = m.MissingWords
	default:
		e.because(CauseWords, "The product's texts have each of the words, or something like it, and too few of them together.")
	}
	for _, id := range m.Failed {
		filter := id
		e.because(CauseFilter, "The product does not meet the filter %s.", id).Filter = &filter
	}
	if !m.SameVariant && len(m.Failed) == 0 {
		e.because(CauseVariants, "Each filter is met by one of the product's variants, and no variant meets all of them.")
	}
	if !m.Available && q.Unavailable == UnavailableHide {
		e.because(CauseUnavailable, "None of the product's variants can be bought, and the search leaves such products out.")
	}
}
