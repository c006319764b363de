package search

import (
	"context"
	"crypto/rand"
	"sync"

	"github.com/kirana-commerce/kirana/commerce"
)

// signingKey is what cursors are signed with. It is read when the first search needs it, and kept.
type signingKey struct {
	read func(ctx context.Context) ([]byte, error)

	mu  sync.Mutex
	key []byte
}

// of is the key for a query's cursors, nil where they are not signed or while it cannot be read: then the next search tries again.
func (k *signingKey) of(ctx context.Context, q commerce.SearchQuery) []byte {
	if !walked(q) {
		return nil
	}
	k.mu.Lock()
	defer k.mu.Unlock()
	switch {
	case len(k.key) > 0:
	case k.read == nil:
		k.key = []byte(rand.Text())
	default:
		k.key, _ = k.read(ctx) // pages drift meanwhile, and say so
	}
	return k.key
}
