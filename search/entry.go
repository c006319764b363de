package search

import (
	"context"
	"fmt"

	"github.com/kirana-commerce/kirana/commerce"
)

// Entry is what a document says about itself without being read: which product it is of, which version, and what its
// content comes to (DocumentHash).
type Entry struct {
	Ref           commerce.ProductRef
	Version, Hash int64
}

// Entries reads the documents of the products after one product, up to and including another, in the order of their stores'
// and their own numbers: at most limit. Only doc values are read. Code UNAVAILABLE.
func (e *Engine) Entries(ctx context.Context, after, to commerce.ProductRef, limit int) ([]Entry, error) {
	return e.entries(ctx, between(after, to), limit)
}

// EntriesOf reads the documents of products; one that is missing has none. Code UNAVAILABLE.
func (e *Engine) EntriesOf(ctx context.Context, refs []commerce.ProductRef) ([]Entry, error) {
	if len(refs) == 0 {
		return []Entry{}, nil
	}
	ids := make([]string, len(refs))
	for i, ref := range refs {
		ids[i] = DocumentID(ref)
	}
	return e.entries(ctx, object{"ids": object{"values": ids}}, len(refs))
}

// between is the products in a range of (store, product). The upper end may be that of one store or of all.
func between(after, to commerce.ProductRef) object {
	past := func(field string, bounds object) object { return object{"range": object{field: bounds}} }
	if after.Store == to.Store {
		return allOf(term(fieldStore, Routing(to.Store)), past(fieldProduct, object{"gt": after.ID, "lte": to.ID}))
	}
	return anyOf(
		allOf(term(fieldStore, Routing(after.Store)), past(fieldProduct, object{"gt": after.ID})),
		past(fieldStoreNumber, object{"gt": after.Store, "lt": to.Store}),
		allOf(term(fieldStore, Routing(to.Store)), past(fieldProduct, object{"lte": to.ID})),
	)
}

// entryResponse is the answer to a request for entries.
type entryResponse struct {
	verdict

	Hits struct {
		Hits []struct {
			Sort   []int64 `json:"sort"`
			Fields struct {
				Version []int64 `json:"version"`
				Hash    []int64 `json:"hash"`
			} `json:"fields"`
		} `json:"hits"`
	} `json:"hits"`
}

func (e *Engine) entries(ctx context.Context, which object, limit int) ([]Entry, error) {
	var answer entryResponse
	err := e.look(ctx, object{
		"size": limit, "_source": false, "stored_fields": "_none_", "track_total_hits": false,
		"query": object{"bool": object{"filter": list{which}}}, "sort": list{fieldStoreNumber, fieldProduct},
		"docvalue_fields": list{fieldVersion, fieldHash},
	}, &answer)
	if err != nil {
		return nil, err
	}
	entries := make([]Entry, len(answer.Hits.Hits))
	for i, hit := range answer.Hits.Hits {
		if len(hit.Sort) != 2 {
			return nil, fmt.Errorf("search: a document with %d of the 2 numbers it is found by", len(hit.Sort))
		}
		entries[i].Ref = commerce.ProductRef{Store: commerce.StoreID(hit.Sort[0]), ID: commerce.ProductID(hit.Sort[1])}
		entries[i].Version, entries[i].Hash = first(hit.Fields.Version), first(hit.Fields.Hash)
	}
	return entries, nil
}

// first is the one value of a field, 0 where there is none.
func first(values []int64) int64 {
	if len(values) == 0 {
		return 0
	}
	return values[0]
}

// CountStores counts the documents of the stores after one store, up to and including another, for at most limit stores, in
// the order of the stores' numbers. Stores without documents are left out. Code UNAVAILABLE.
func (e *Engine) CountStores(ctx context.Context, after, to commerce.StoreID, limit int) ([]commerce.StoreCount, error) {
	var answer struct {
		verdict

		Aggregations struct {
			Stores struct {
				Buckets []struct {
					Key struct {
						Store commerce.StoreID `json:"store"`
					} `json:"key"`
					Count int `json:"doc_count"`
				} `json:"buckets"`
			} `json:"stores"`
		} `json:"aggregations"`
	}
	err := e.look(ctx, object{
		"size": 0, "track_total_hits": false,
		"query": object{"range": object{fieldStoreNumber: object{"gt": after, "lte": to}}},
		"aggs": object{"stores": object{"composite": object{
			"size": limit, "sources": list{object{"store": object{"terms": object{"field": fieldStoreNumber}}}},
		}}},
	}, &answer)
	if err != nil {
		return nil, err
	}
	counts := make([]commerce.StoreCount, len(answer.Aggregations.Stores.Buckets))
	for i, b := range answer.Aggregations.Stores.Buckets {
		counts[i] = commerce.StoreCount{Store: b.Key.Store, Products: b.Count}
	}
	return counts, nil
}

// look makes a request over all stores, which no client's request may become.
func (e *Engine) look(ctx context.Context, body object, out interface{ fault() error }) error {
	ctx, cancel := context.WithTimeout(ctx, e.timeout)
	defer cancel()
	r := searchRequest(body)
	r.Index = []string{e.alias}
	if err := e.do(ctx, r, out); err != nil {
		return err
	}
	return out.fault()
}
