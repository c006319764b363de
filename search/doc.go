// Package search finds products: it holds the definition of the Elasticsearch index, turns products into its documents,
// turns searches into structured requests, and answers with hits, totals and facets.
//
// While the engine is away, or where there is none, it answers the same searches from the same documents by looking at each of them.
//
// It only reads. It never writes documents (indexer does), never sends what a shopper typed as query syntax, and never
// sends a request without the store's routing and filter: one builder adds both.
package search

// The shapes of JSON objects and arrays in requests. encoding/json sorts the keys, so equal requests are equal texts.
type (
	object map[string]any
	list   []any
)

// with adds one key to an object that nobody else holds.
func (o object) with(key string, value any) object {
	o[key] = value
	return o
}
