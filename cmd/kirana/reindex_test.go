package main

import (
	"bytes"
	"context"
	"encoding/json"
	"os"
	"path/filepath"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/kirana-commerce/kirana/commerce"
	"github.com/kirana-commerce/kirana/db/dbtest"
)

// sharedIndex keeps the test that breaks documents of the shared kirana dev and the one that fills its index anew apart: what is filled
// anew is whole again.
var sharedIndex sync.Mutex

// A generation is filled, becomes live, and is left again, by an indexer that runs elsewhere.
func TestReindex(t *testing.T) {
	t.Parallel()
	d := sharedDev(t)
	sharedIndex.Lock()
	defer sharedIndex.Unlock()
	file := filepath.Join(t.TempDir(), "shop.csv")
	require.NoError(t, os.WriteFile(file, []byte("Handle,Title,Variant Price,Published\nmug,Enamel Mug,199.00,true\n"), 0o600))
	code, out, log := command("import", "--data-dir", d.dir, "--store", "reindexed", "--publish", file)
	require.Zero(t, code, "%s%s", out, log)
	reindex := func(args ...string) (int, string) {
		code, out, log := command(append([]string{"reindex", "--data-dir", d.dir}, args...)...)
		t.Log(out, log)
		return code, out
	}
	type result struct {
		Generation int
		Products   int64
		Live       bool
	}
	decode := func(text string, into any) {
		require.NoError(t, json.Unmarshal([]byte(text), into), text)
	}
	var status indexStatus
	eventually(t, "the state is saved", func() bool {
		code, out = reindex("--status", "--json")
		require.Zero(t, code)
		decode(out, &status)
		return status.Generation > 0
	})
	require.True(t, status.Indexer)
	before := status.Generation

	code, out = reindex("--json")
	require.Zero(t, code)
	var filled result
	decode(out, &filled)
	require.True(t, filled.Live)
	require.Greater(t, filled.Generation, before)
	require.Positive(t, filled.Products)

	code, out = reindex("--rollback", "--json")
	require.Zero(t, code)
	var left result
	decode(out, &left)
	require.Equal(t, before, left.Generation)
	code, out = reindex("--rollback")
	require.Zero(t, code)
	require.Contains(t, out, "searches read generation ")
	code, out = reindex("--status")
	require.Zero(t, code)
	require.Contains(t, out, "searches read generation ")

	code, out = reindex("--dead-letters")
	require.Zero(t, code)
	require.Contains(t, out, "0 documents are tried again")
	code, _ = reindex("--dead-letters", "--rollback")
	require.Equal(t, 2, code)
}

func TestReindexSaysThatNobodyIndexes(t *testing.T) {
	t.Parallel()
	d := dbtest.New(t)
	var out, log bytes.Buffer
	code := run(t.Context(), []string{"reindex", "--database-url", d.URL}, &out, &log)
	require.Equal(t, 1, code)
	require.Contains(t, log.String(), "no indexer runs")
	require.Contains(t, log.String(), "kirana index")
}

func TestReindexStopsWatching(t *testing.T) {
	t.Parallel()
	d := dbtest.New(t)
	ctx, cancel := context.WithCancel(t.Context())
	var out, log bytes.Buffer
	r := reindex{c: &console{ctx: ctx, out: &out, err: &log}, d: d.DB, slot: "nobody"}
	time.AfterFunc(time.Millisecond, cancel)
	_, err := r.follow(3)
	require.ErrorIs(t, err, errNotWatched)
	require.Contains(t, log.String(), "goes on by itself")
}

func TestProgressOfAWalk(t *testing.T) {
	t.Parallel()
	for want, w := range map[string]commerce.Walk{
		"generation 3: 0 of 100000 products":                       {Generation: 3, Total: 100_000, Took: time.Millisecond},
		"generation 3: 20000 of 100000 products, 4000/s, 20s left": {Generation: 3, Products: 20_000, Total: 100_000, Took: 5 * time.Second},
		"generation 3: 120 of 100 products, 60/s, 0s left":         {Generation: 3, Products: 120, Total: 100, Took: 2 * time.Second},
		"generation 3: 100 of 100 products, being checked":         {Generation: 3, Products: 100, Total: 100, Whole: true},
	} {
		require.Equal(t, want, walkProgress(w))
	}
}
