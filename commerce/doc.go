// Package commerce is the domain: what a store, a product, a variant, a price, a page of a list and a search
// are and may do, the small interfaces the rest of the house implements, and the codes of its errors.
//
// It never does I/O, never knows GraphQL, SQL or Elasticsearch, and imports the standard library alone.
package commerce
