package search

// StoreCounts is the body of a request that counts the documents of stores, which are given by their routing values, in an
// aggregation named stores.
func StoreCounts(routing []string) string {
	return string(encode(object{
		"size":  0,
		"query": object{"terms": object{fieldStore: routing}},
		"aggs":  object{"stores": object{"terms": object{"field": fieldStore, "size": len(routing)}}},
	}))
}
