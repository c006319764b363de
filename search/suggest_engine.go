package search

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"time"

	"github.com/kirana-commerce/kirana/commerce"
)

// sampled is how many products are read for words like one.
const sampled = 50

// mostProbes bounds what is asked to suggest something for the searches of one request. Each word takes up to three, each of which compares all words
// of the index: the searches after that get no suggestion.
const mostProbes = 50

// suggest adds suggestions to the results of those searches that ask for one: a second request looks for the words in the products of
// each store, a third one tries what may have been meant. No suggester of the engine is asked, for it reads the words of all stores. A
// suggestion that cannot be had keeps no result back.
func (e *Engine) suggest(ctx context.Context, queries []commerce.SearchQuery, found []response, results []commerce.SearchResult) error {
	now := e.now()
	older := e.older(ctx, now, queries...)
	var asked []int
	guesses := make(map[int][]guess)
	var probes []probe
	for i, q := range queries {
		if !puzzling(q, found[i].total()) {
			continue
		}
		var own []probe
		for n, w := range typedWords(q) {
			own = append(own, wordProbes(q, now, i, n, w)...)
		}
		if len(probes)+len(own) > mostProbes {
			break
		}
		asked, probes = append(asked, i), append(probes, own...)
		for _, w := range typedWords(q) {
			guesses[i] = append(guesses[i], guess{word: w})
		}
	}
	if err := e.probe(ctx, probes, guesses); err != nil {
		return unlessAway(err)
	}
	var tries []request
	var texts []string
	var of []int
	for _, i := range asked {
		for _, text := range suggestions(guesses[i]) {
			r, err := newRequest(retyped(queries[i], text), now, older)
			if err != nil {
				return err
			}
			r.body["size"] = 0
			tries, texts, of = append(tries, r), append(texts, text), append(of, i)
		}
	}
	counts, err := e.few(ctx, tries)
	if err != nil {
		return unlessAway(err)
	}
	for n, i := range of {
		if results[i].Suggestion == "" && counts[n].Hits.Total.Value > found[i].total() {
			results[i].Suggestion = texts[n]
		}
	}
	return nil
}

func unlessAway(err error) error {
	if away(err) || errors.Is(err, context.Canceled) {
		return nil
	}
	return err
}

// few asks several requests, none of which may be there.
func (e *Engine) few(ctx context.Context, requests []request) ([]response, error) {
	if len(requests) == 0 {
		return nil, nil
	}
	return e.ask(ctx, requests)
}

// probe looks for one word of a query in the products that this could find: for those that begin with it when there are no slips, for itself when
// there are -1.
type probe struct {
	request

	query, word, slips int
}

// asItIs is the slips of a probe for the word itself.
const asItIs = -1

// wordProbes look for a word as it is wherever in a product, for the ones in titles that it may be the beginning of, and for those like it
// in the short texts.
func wordProbes(q commerce.SearchQuery, now time.Time, query, n int, w typedWord) []probe {
	probes := []probe{{newProbe(q, now, anyOf(term(fieldWords, w.key), term(fieldBody, w.key)), 0), query, n, asItIs}}
	if w.last {
		begun := term(fieldTitlePrefix, cutRunes(w.key, longestPrefix))
		probes = append(probes, probe{newProbe(q, now, begun, sampled), query, n, 0})
	}
	for slips := 1; slips <= w.slips(); slips++ {
		// All words of the index are compared, those of other stores too, so none of this store's is crowded out; only products of the store are read.
		like := object{"fuzzy": object{fieldWords: object{
			"value": w.key, "fuzziness": slips, "prefix_length": 0, "transpositions": true, "rewrite": "constant_score",
		}}}
		probes = append(probes, probe{newProbe(q, now, like, sampled), query, n, slips})
	}
	return probes
}

// newProbe reads the short texts of products that match a clause. Like every request it stays in the store.
func newProbe(q commerce.SearchQuery, now time.Time, clause object, size int) request {
	return request{routing: Routing(q.Store), body: object{
		"size": size, "track_total_hits": 1, "sort": list{"_doc"},
		"_source": list{fieldTitle, fieldVendor, fieldProductType, fieldTags, fieldOptionValues},
		"query":   object{"bool": object{"filter": append(scope(q, now), clause)}},
	}}
}

func cutRunes(s string, n int) string {
	if letters := []rune(s); len(letters) > n {
		return string(letters[:n])
	}
	return s
}

// shortTexts are the short texts of a product.
type shortTexts struct {
	Title        string   `json:"title"`
	Vendor       string   `json:"vendor"`
	ProductType  string   `json:"product_type"`
	Tags         []string `json:"tags"`
	OptionValues []string `json:"option_values"`
}

// probe asks all probes, and adds what they tell to the guesses.
func (e *Engine) probe(ctx context.Context, probes []probe, guesses map[int][]guess) error {
	requests := make([]request, len(probes))
	for i, p := range probes {
		requests[i] = p.request
	}
	responses, err := e.few(ctx, requests)
	if err != nil {
		return err
	}
	for i, p := range probes {
		g := &guesses[p.query][p.word]
		if p.slips == asItIs {
			g.known = responses[i].Hits.Total.Value > 0
			continue
		}
		if err := g.learn(responses[i], p.slips); err != nil {
			return err
		}
	}
	return nil
}

// learn adds the words with so many slips that products have.
func (g *guess) learn(r response, slips int) error {
	at, like := map[string]int{}, g.word.like()
	for _, hit := range r.Hits.Hits {
		var product shortTexts
		if err := json.Unmarshal(hit.Source, &product); err != nil {
			return fmt.Errorf("search: read the texts of a product: %w", err)
		}
		seen := newTextSet()
		for _, text := range product.where(slips) {
			for _, word := range spelt(text) {
				seen.add(word)
			}
		}
		for _, word := range seen.texts {
			other := folded(word)
			if n, is := like(other); !is || n != slips {
				continue
			}
			if _, known := at[other]; !known {
				at[other] = len(g.spellings)
				g.spellings = append(g.spellings, spelling{other, word, slips, 0})
			}
			g.spellings[at[other]].products++
		}
	}
	return nil
}

// where is the texts in which words with so many slips are looked for.
func (t *shortTexts) where(slips int) []string {
	if slips == 0 {
		return []string{t.Title}
	}
	return append(append([]string{t.Title, t.Vendor, t.ProductType}, t.Tags...), t.OptionValues...)
}
