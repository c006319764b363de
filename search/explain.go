package search

import (
	"context"
	"encoding/json"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/kirana-commerce/kirana/commerce"
)

// The names of the clauses that an explanation asks about. A filter's clause has the filter's id after its name.
const (
	clausePublished = "published"
	clauseAvailable = "available"
	clauseText      = "text"
	clauseWord      = "word "
	clauseFilter    = "filter "
	clauseVariants  = "variants"
)

// explained is the answer to an explanation's request.
type explained struct {
	verdict

	Hits struct {
		Hits []struct {
			Sort    []json.RawMessage `json:"sort"`
			Matched []string          `json:"matched_queries"`
			Fields  struct {
				Hash []int64 `json:"hash"`
			} `json:"fields"`
		} `json:"hits"`
	} `json:"hits"`
}

// ExplainSearch asks the engine which parts of a search one product meets, and how many products come before it. Code UNAVAILABLE
// when the engine does not answer, BAD_USER_INPUT as for the search itself.
func (e *Engine) ExplainSearch(ctx context.Context, q commerce.SearchQuery, id commerce.ProductID, due *commerce.ProductDocument) (commerce.SearchMatch, error) {
	ctx, cancel := context.WithTimeout(ctx, e.timeout)
	defer cancel()
	now := e.now()
	older := e.older(ctx, now, q)
	r, err := newRequest(q, now, older)
	if err != nil {
		return commerce.SearchMatch{}, err
	}
	asked := parts(q, now, merit{dayOf(now), older})
	r.body["query"] = object{"bool": object{
		"filter": list{term(fieldStore, Routing(q.Store)), term(fieldProduct, id)},
		"should": clauses(asked),
	}}
	r.body["docvalue_fields"] = list{fieldHash}
	var answer explained
	if err := e.do(ctx, e.one(r), &answer); err != nil {
		return commerce.SearchMatch{}, err
	}
	if err := answer.fault(); err != nil || len(answer.Hits.Hits) == 0 {
		return commerce.SearchMatch{}, err
	}
	hit := answer.Hits.Hits[0]
	m := match(asked, hit.Matched)
	m.Current = due != nil && first(hit.Fields.Hash) == DocumentHash(due)
	if m.Published && m.Text && len(m.Failed) == 0 && m.SameVariant {
		m.Rank, err = e.rank(ctx, q, hit.Sort, older)
	}
	return m, err
}

// rank counts the products before the one whose sort values these are, 0 for too many.
func (e *Engine) rank(ctx context.Context, q commerce.SearchQuery, place []json.RawMessage, older bool) (int, error) {
	q.WantFacets, q.WantTotal = false, false
	r, err := newRequest(q, e.now(), older)
	if err != nil {
		return 0, err
	}
	turn(r.fields)
	r.body["sort"], r.body["search_after"], r.body["size"] = sortClause(r.fields), place, commerce.MaxSearchRank
	var answer explained
	if err := e.do(ctx, e.one(r), &answer); err != nil {
		return 0, err
	}
	if n := len(answer.Hits.Hits); n < commerce.MaxSearchRank {
		return n + 1, answer.fault()
	}
	return 0, answer.fault()
}

// part is one clause of a search by its name.
type part struct {
	name   string
	clause object
}

// parts takes a search apart.
func parts(q commerce.SearchQuery, now time.Time, m merit) []part {
	all := []part{
		{clausePublished, object{"range": object{fieldPublishedAt: object{"lte": now.UnixMilli()}}}},
		{clauseAvailable, term(fieldAvailable, true)},
	}
	c := newConditions(q)
	for _, one := range c.product {
		all = append(all, part{clauseFilter + one.facet, one.clause})
	}
	var together list
	for _, one := range c.variant {
		together = append(together, one.clause)
		if one.facet != "" {
			all = append(all, part{clauseFilter + one.facet, nested(one.clause)})
		}
	}
	if len(together) > 0 {
		all = append(all, part{clauseVariants, nested(together...)})
	}
	if scored := relevance(q, m); scored != nil {
		all = append(all, part{clauseText, scored})
	}
	typed, synonyms := commerce.TypedWords(searchText(q)), synonymsOf(q)
	for i, word := range typed {
		all = append(all, part{clauseWord + strconv.Itoa(i) + " " + word, textQuery(word, q.Prefix && i == len(typed)-1, synonyms)})
	}
	return all
}

func nested(clauses ...any) object {
	return object{"nested": object{"path": fieldVariants, "query": allOf(clauses...)}}
}

// clauses names the parts. Only the text has a score, so that the product's place is that of the search itself.
func clauses(asked []part) list {
	named := make(list, len(asked))
	for i, p := range asked {
		occur := "filter"
		if p.name == clauseText {
			occur = "must"
		}
		named[i] = object{"bool": object{occur: list{p.clause}, "_name": p.name}}
	}
	return named
}

// match reads which parts the product meets.
func match(asked []part, matched []string) commerce.SearchMatch {
	m := commerce.SearchMatch{Indexed: true, Published: true, Available: true, Text: true, SameVariant: true}
	for _, p := range asked {
		if slices.Contains(matched, p.name) {
			continue
		}
		switch p.name {
		case clausePublished:
			m.Published = false
		case clauseAvailable:
			m.Available = false
		case clauseText:
			m.Text = false
		case clauseVariants:
			m.SameVariant = false
		default:
			if id, is := strings.CutPrefix(p.name, clauseFilter); is {
				m.Failed = append(m.Failed, id)
			} else if _, word, is := strings.Cut(strings.TrimPrefix(p.name, clauseWord), " "); is {
				m.MissingWords = append(m.MissingWords, word)
			}
		}
	}
	return m
}
