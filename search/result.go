package search

import (
	"encoding/json"
	"fmt"
	"strconv"

	"github.com/kirana-commerce/kirana/commerce"
)

// verdict is what the engine says about its own answer to one search.
type verdict struct {
	Status   int  `json:"status"` // of one search among several
	TimedOut bool `json:"timed_out"`
	Shards   struct {
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
}

// responseHit is one product that was found, with what was asked of it.
type responseHit struct {
	Sort   []json.RawMessage `json:"sort"`
	Source json.RawMessage   `json:"_source"`
}

// facetCounts are the answers to aggregations, by the same names.
type facetCounts struct {
	Labels struct {
		Labels buckets `json:"labels"`
	} `json:"labels"`
	Variants struct {
		Variants namedCounts `json:"variants"`
	} `json:"variants"`
	Vendor      facetCount `json:"vendor"`
	ProductType facetCount `json:"product_type"`
	Tags        facetCount `json:"tags"`
	// Metafields are the counts of each metafield that is shown, by its place among them.
	Metafields namedCounts `json:"metafields"`
}

// namedCounts are the counts of several facets, such as those on variants, by the names of their aggregations.
type namedCounts map[string]facetCount

// UnmarshalJSON takes the facets' counts and leaves out the number that stands among them.
func (v *namedCounts) UnmarshalJSON(b []byte) error {
	parts, err := named[facetCount](b)
	*v = parts
	return err
}

// spreadCounts are the counts of each grid of prices, by its number.
type spreadCounts map[string]buckets

// UnmarshalJSON takes the grids' counts and leaves out the number that stands among them.
func (s *spreadCounts) UnmarshalJSON(b []byte) error {
	parts, err := named[buckets](b)
	*s = parts
	return err
}

// named reads the aggregations inside a bucket, which has a number of its own.
func named[T any](b []byte) (map[string]T, error) {
	var parts map[string]json.RawMessage
	if err := json.Unmarshal(b, &parts); err != nil {
		return nil, err
	}
	delete(parts, "doc_count")
	read := make(map[string]T, len(parts))
	for name, part := range parts {
		var one T
		if err := json.Unmarshal(part, &one); err != nil {
			return nil, fmt.Errorf("aggregation %s: %w", name, err)
		}
		read[name] = one
	}
	return read, nil
}

// facetCount is the answer for one facet; each kind of facet fills its part.
type facetCount struct {
	Values   buckets      `json:"values"`
	Selected buckets      `json:"selected"`
	Products products     `json:"products"`
	Low      metric       `json:"low"`
	High     metric       `json:"high"`
	Spread   spreadCounts `json:"spread"`
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
func (r *response) result(q commerce.SearchQuery, fields []sortField) (commerce.SearchResult, error) {
	items := make([]commerce.Item[commerce.ProductRef], len(r.Hits.Hits))
	names := layout(fields)
	for i, hit := range r.Hits.Hits {
		last := len(hit.Sort) - 1
		if last != len(fields)-1 {
			return commerce.SearchResult{}, fmt.Errorf("search: a hit with %d sort values where %d were asked for", len(hit.Sort), len(fields))
		}
		id, err := strconv.ParseInt(string(hit.Sort[last]), 10, 64)
		if err != nil {
			return commerce.SearchResult{}, fmt.Errorf("search: read the id of a hit: %w", err)
		}
		items[i] = commerce.Item[commerce.ProductRef]{
			Node:  commerce.ProductRef{Store: q.Store, ID: commerce.ProductID(id)},
			Value: cursorValue(names, hit.Sort[:last]),
			ID:    id,
		}
	}
	out := commerce.SearchResult{Hits: commerce.NewList(q.Page, items)}
	if q.WantTotal {
		out.Total = r.Hits.Total.Value
	}
	if q.WantFacets {
		out.Facets = facets(q, &r.Aggregations)
	}
	return out, nil
}
