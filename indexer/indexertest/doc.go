// Package indexertest puts an index that follows a database through everything that can happen to it: random transactions over all
// captured tables, a search engine that misbehaves, an indexer that is killed at every edge, a database that crashes, loses the slot or
// makes everybody wait for a standby. When it is quiet again every document must be what the database says.
//
// Tests and `kirana drill index` share it. It is for servers of their own: it destroys what it finds, and never belongs near a shop.
package indexertest
