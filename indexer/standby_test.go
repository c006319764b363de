package indexer_test

import (
	"context"
	"net/http"
	"sync/atomic"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/kirana-commerce/kirana/commerce"
	"github.com/kirana-commerce/kirana/indexer"
	"github.com/kirana-commerce/kirana/internal/cdc"
)

// Of two processes one keeps the index and the other stands by, without a word to the search engine. When the first is gone, the second
// goes on where it was.
func TestAStandbyTakesOver(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.start()
	w.add("before")
	w.settle()
	stop := w.stop
	var asked atomic.Int64
	guarded := make(chan struct{})
	w.start(through(w.proxy(between{after: func(*http.Request) { asked.Add(1) }})), func(c *indexer.Config) {
		c.Beside = append(c.Beside, func(context.Context) { close(guarded) })
	})
	standby := w.stop
	w.add("meanwhile")
	w.settle()
	require.Equal(t, 1, w.find("meanwhile"))
	require.Zero(t, asked.Load())
	select {
	case <-guarded:
		t.Fatal("who stands by watches")
	default:
	}
	stop()
	w.stop = standby
	w.add("after")
	w.settle()
	require.Equal(t, 1, w.find("after"))
	w.requireOracle()
	w.requireLive(1)
	require.NotZero(t, asked.Load())
	<-guarded
}

// asked is an IndexStateStore with something after each look at the log.
type asked struct {
	commerce.IndexStateStore
	after func()
}

func (a asked) LogState(ctx context.Context, slot string) (commerce.LogState, error) {
	s, err := a.IndexStateStore.LogState(ctx, slot)
	a.after()
	return s, err
}

// A slot that goes between the look at it and the opening of the stream is not replaced by one that knows nothing of what came before.
func TestASlotThatGoesUnseenIsNotReplaced(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.add("first", "second")
	w.start()
	w.settle()
	w.stop()
	w.exec(`DELETE FROM products WHERE handle = 'first'`)
	var looks atomic.Int64
	w.start(func(c *indexer.Config) {
		c.State = asked{c.State, func() {
			if looks.Add(1) == 2 { // the first is about a process that reads from it, the second about what can go on
				require.NoError(t, cdc.DropSlot(context.Background(), w.db.URL, w.slot))
			}
		}}
	})
	w.settle()
	w.requireOracle()
	w.requireLive(2)
}
