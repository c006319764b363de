package search

import (
	"encoding/json"
	"fmt"
	"strconv"
	"strings"
	"time"

	"github.com/kirana-commerce/kirana/commerce"
)

// verdict is what the engine says about its own answer to one search.
type verdict struct {
	Status   int  `json:"status"` // of one search among several
	TimedOut bool `json:"timed_out"`
	// Cut says that not all matches were looked at, as was asked.
	Cut    bool `json:"terminated_early"`
	Shards struct {
		Failed int `json:"failed"`
	} `json:"_shards"`
	Error json.RawMessage `json:"error"`
}

// response is what the engine answers to one search.
type response struct {
	verdict

	Hits struct {
		Total struct {
			Value int `json:"value"`
		} `json:"total"`
		Hits []responseHit `json:"hits"`
	} `json:"hits"`
	Aggregations facetCounts `json:"aggregations"`
	// View is the point in time that was asked, by the name to use next.
	View string `json:"pit_id"`
	// drifts says that a page does not go on exactly where the one before ended.
	drifts bool
}

// total is how many products were found.
func (r *response) total() int { return r.Hits.Total.Value + r.Aggregations.Seen.Count }

// responseHit is one product that was found, with what was asked of it.
type responseHit struct {
	Sort   []json.RawMessage `json:"sort"`
	Source json.RawMessage   `json:"_source"`
}

// facetCounts are the answers to aggregations: those of facets by their names.
type facetCounts struct {
	Named  map[string]facetCount
	Labels buckets
	// Seen are the products that earlier pages have shown.
	Seen products
}

// UnmarshalJSON collects the parts of all facets, wherever filters have put them.
func (c *facetCounts) UnmarshalJSON(b []byte) error {
	c.Named = map[string]facetCount{}
	return c.collect(b)
}

func (c *facetCounts) collect(b []byte) error {
	var all map[string]json.RawMessage
	if err := json.Unmarshal(b, &all); err != nil {
		return err
	}
	for name, raw := range all {
		var err error
		facet, part, is := strings.Cut(name, partSeparator)
		switch {
		case is:
			count := c.Named[facet]
			err = count.read(part, raw)
			c.Named[facet] = count
		case name == aggLabels:
			err = json.Unmarshal(raw, &c.Labels)
		case name == aggSeen:
			err = json.Unmarshal(raw, &c.Seen)
		default: // a filter, or the way into the variants
			err = c.collect(raw)
		}
		if err != nil {
			return err
		}
	}
	return nil
}

// spreadCounts are the counts of each grid of prices, by its number.
type spreadCounts map[string]buckets

// answered are the parts of an answer that are read; the engine leaves out the others, how many products a filter lets through among them.
func answered() []string {
	return []string{
		"pit_id", "timed_out", "terminated_early", "status", "error", "_shards.failed", "hits.total.value", "hits.hits.sort", "hits.hits._source",
		"aggregations.**.buckets.key", "aggregations.**.buckets.doc_count", "aggregations.**.*" + aggProducts, "aggregations.**.value", "aggregations." + aggSeen,
	}
}

// answeredEach is answered of several searches.
func answeredEach() []string {
	paths := answered()
	for i, path := range paths {
		paths[i] = "responses." + path
	}
	return append(paths, "error", "status")
}

// facetCount is the answer for one facet; each kind of facet fills its part.
type facetCount struct {
	Values, Selected buckets
	Products         products
	Low, High        metric
	Spread           spreadCounts
	Steps            buckets
}

// read reads one part.
func (c *facetCount) read(part string, raw []byte) error {
	into, known := map[string]any{
		aggValues: &c.Values, aggSelected: &c.Selected, aggProducts: &c.Products, aggLow: &c.Low, aggHigh: &c.High, aggSpread: &c.Spread, aggSteps: &c.Steps,
	}[part]
	if !known {
		return fmt.Errorf("search: an answer with a part %q that nobody asked for", part)
	}
	return json.Unmarshal(raw, into)
}

type buckets struct {
	Buckets []bucket `json:"buckets"`
}

type bucket struct {
	Key      string    `json:"key"`
	Count    int       `json:"doc_count"`
	Products *products `json:"products"`
}

// products is how many products the bucket stands for.
func (b bucket) products() int {
	if b.Products == nil {
		return b.Count
	}
	return b.Products.Count
}

type products struct {
	Count int `json:"doc_count"`
}

// metric is a lowest or highest value, 0 of nothing. Prices stay under 10^15, which a float64 holds exactly.
type metric struct {
	Value float64 `json:"value"`
}

// result turns an answer into what was asked for.
func (r *response) result(q commerce.SearchQuery, asked *request, now time.Time) (commerce.SearchResult, error) {
	items, err := r.items(q, asked.fields)
	if err != nil {
		return commerce.SearchResult{}, err
	}
	asked.signWalk(q, r.View, items)
	out := commerce.SearchResult{Hits: commerce.NewList(q.Page, items), Drifts: r.drifts, Age: now.Sub(asked.walk.time(now))}
	if q.WantTotal {
		out.Total = r.total()
	}
	if q.WantFacets {
		out.Facets = facets(q, &r.Aggregations)
	}
	return out, nil
}

// items are the hits with their places. A point in time adds a sort value of its own.
func (r *response) items(q commerce.SearchQuery, fields []sortField) ([]commerce.Item[commerce.ProductRef], error) {
	items := make([]commerce.Item[commerce.ProductRef], len(r.Hits.Hits))
	names, last := layout(fields), len(fields)-1
	for i, hit := range r.Hits.Hits {
		if len(hit.Sort) < len(fields) {
			return nil, fmt.Errorf("search: a hit with %d sort values where %d were asked for", len(hit.Sort), len(fields))
		}
		id, err := strconv.ParseInt(string(hit.Sort[last]), 10, 64)
		if err != nil {
			return nil, fmt.Errorf("search: read the id of a hit: %w", err)
		}
		items[i] = commerce.Item[commerce.ProductRef]{
			Node:  commerce.ProductRef{Store: q.Store, ID: commerce.ProductID(id)},
			Value: cursorValue(names, hit.Sort[:last]),
			ID:    id,
		}
	}
	return items, nil
}
