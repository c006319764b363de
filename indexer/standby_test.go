package indexer_test

import (
	"net/http"
	"sync/atomic"
	"testing"

	"github.com/stretchr/testify/require"
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
	w.start(through(w.proxy(between{after: func(*http.Request) { asked.Add(1) }})))
	standby := w.stop
	w.add("meanwhile")
	w.settle()
	require.Equal(t, 1, w.find("meanwhile"))
	require.Zero(t, asked.Load())
	stop()
	w.stop = standby
	w.add("after")
	w.settle()
	require.Equal(t, 1, w.find("after"))
	w.requireOracle()
	w.requireLive(1)
	require.NotZero(t, asked.Load())
}
