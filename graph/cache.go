package graph

import (
	"math"
	"sync"

	"github.com/hashicorp/golang-lru/v2/simplelru"
)

// cache remembers documents, those that were asked for last, as long as they fit into a number of bytes. It is safe for
// concurrent use: a hit holds the lock for the time of one look-up.
type cache struct {
	mu     sync.Mutex
	list   *simplelru.LRU[string, cached]
	bytes  int
	budget int
}

type cached struct {
	document *document
	bytes    int
}

func newCache(budget int) *cache {
	c := &cache{budget: budget}
	// The count is no bound here, the bytes are. The only error of the constructor is about a size below 1.
	c.list, _ = simplelru.NewLRU(math.MaxInt, func(_ string, gone cached) { c.bytes -= gone.bytes })
	return c
}

// get returns nil for what is not there.
func (c *cache) get(key string) *document {
	c.mu.Lock()
	defer c.mu.Unlock()
	entry, _ := c.list.Get(key)
	return entry.document
}

// add remembers a document, and forgets others to make room. One that is larger than the whole cache is not remembered.
func (c *cache) add(key string, doc *document, bytes int) {
	if bytes > c.budget {
		return
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	c.list.Remove(key)
	c.list.Add(key, cached{doc, bytes})
	c.bytes += bytes
	for c.bytes > c.budget {
		c.list.RemoveOldest()
	}
}
