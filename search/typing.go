package search

import (
	"context"
	"slices"
	"time"

	"github.com/kirana-commerce/kirana/commerce"
)

// mostTyped is how many of the products that match a text are ranked while it is being typed. One letter begins a word in the titles of a fifth
// of a catalogue: to weigh them all, at each letter, takes as long as the catalogue is large, and tells nothing about them.
const mostTyped = 2_000

// types reports whether an answer may be by tiers: all that is wanted is the first page of the best matches, and no rule places products.
func types(q commerce.SearchQuery) bool {
	p := q.Page
	return q.Typing && searchText(q) != "" && p.Key == commerce.SearchSortRelevance && !p.Reverse && !p.Backward && !p.Bounded &&
		!q.WantTotal && !q.WantFacets && !q.WantSuggestion && q.Placement.Empty()
}

// tierFields is the order of products within a tier, and the one in which the index keeps a store's products: the engine stops as soon as it
// has the first ones.
func tierFields() []sortField {
	return []sortField{{fieldStore, false}, {fieldAvailable, true}, {fieldPopularity, true}, {fieldCreatedAt, true}, {fieldProduct, true}}
}

// tiers are the products to show for a text that is being typed, best first: those with the text as a code, those with all its words in a short
// text, those with a title that goes on with it.
func tiers(text string) []object {
	all := []object{anyOf(term(fieldSKU, text), term(fieldBarcode, text)), everyWord(text, shortFields())}
	if begun := beginning(text); begun != nil {
		all = append(all, begun)
	}
	return all
}

// typed answers the searches of texts that are being typed for which too many products match to rank them all: by tiers, and where these
// have too few products, by ranking them all after all.
func (e *Engine) typed(ctx context.Context, queries []commerce.SearchQuery, requests []request, found []response, now time.Time) error {
	var asked []request
	var of []int
	for i := range requests {
		if !requests[i].typing || !found[i].Cut {
			continue
		}
		for _, clause := range tiers(searchText(queries[i])) {
			asked, of = append(asked, newTier(queries[i], now, clause)), append(of, i)
		}
	}
	if len(asked) == 0 {
		return nil
	}
	answers, err := e.ask(ctx, asked)
	if err != nil {
		return err
	}
	shown := make(map[int]*response)
	for n, i := range of {
		if shown[i] == nil {
			shown[i] = &response{}
		}
		shown[i].addTier(answers[n])
	}
	return e.rankAll(ctx, queries, requests, found, shown, now)
}

// rankAll puts the tiers in the place of what was found, and ranks all matches where they are too few.
func (e *Engine) rankAll(ctx context.Context, queries []commerce.SearchQuery, requests []request, found []response, shown map[int]*response, now time.Time) error {
	var asked []request
	var of []int
	for i := range requests {
		switch tiered := shown[i]; {
		case tiered == nil:
		case len(tiered.Hits.Hits) > queries[i].Page.Limit:
			found[i], requests[i].fields = *tiered, tierOrder(queries[i])
		default:
			requests[i].typing = false
			requests[i].build(queries[i], now, false)
			asked, of = append(asked, requests[i]), append(of, i)
		}
	}
	if len(asked) == 0 {
		return nil
	}
	answers, err := e.ask(ctx, asked)
	for n := range answers {
		found[of[n]] = answers[n]
	}
	return err
}

// tierOrder is the order within a tier: that of the index, unless products that cannot be bought stand among the others.
func tierOrder(q commerce.SearchQuery) []sortField {
	return slices.DeleteFunc(tierFields(), func(f sortField) bool {
		return f.name == fieldAvailable && q.Unavailable != commerce.UnavailableLast
	})
}

// newTier is a request for the first products of a tier.
func newTier(q commerce.SearchQuery, now time.Time, clause object) request {
	fields := tierOrder(q)
	filters := slices.Concat(scope(q, now), newConditions(q).except(""), within(q))
	return request{routing: Routing(q.Store), fields: fields, body: object{
		"size": q.Page.Limit + 1, "sort": sortClause(fields), "_source": false, "stored_fields": "_none_", "track_total_hits": false,
		"query": object{"bool": object{"filter": append(filters, clause)}},
	}}
}

// addTier adds the products of a tier that are in none before. The id is the last thing that they are sorted by.
func (r *response) addTier(tier response) {
	seen := make(map[string]bool, len(r.Hits.Hits))
	for _, hit := range r.Hits.Hits {
		seen[string(hit.Sort[len(hit.Sort)-1])] = true
	}
	for _, hit := range tier.Hits.Hits {
		if !seen[string(hit.Sort[len(hit.Sort)-1])] {
			r.Hits.Hits = append(r.Hits.Hits, hit)
		}
	}
}
