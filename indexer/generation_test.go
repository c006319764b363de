package indexer

import (
	"math"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/kirana-commerce/kirana/commerce"
	"github.com/kirana-commerce/kirana/search"
)

func TestWhenAGenerationGoesOn(t *testing.T) {
	t.Parallel()
	live := generation{alias: "p", number: 3, live: true, writable: true, meta: search.Meta{
		Hash: search.DefinitionHash(), Epoch: 1, SystemID: "one", Timeline: 1,
	}}
	half := func(e *evidence) { e.owes, e.highest = true, version(1, 5) }
	for name, tc := range map[string]struct {
		change func(g *generation, e *evidence)
		want   string
	}{
		"it does":                     {func(*generation, *evidence) {}, ""},
		"the first":                   {func(g *generation, _ *evidence) { *g = generation{} }, "there is none"},
		"another definition":          {func(g *generation, _ *evidence) { g.meta.Hash = "x" }, "definition"},
		"another server":              {func(_ *generation, e *evidence) { e.log.SystemID = "two" }, "another one"},
		"a promoted standby":          {func(_ *generation, e *evidence) { e.log.Timeline = 2 }, "another one"},
		"no way to write":             {func(g *generation, _ *evidence) { g.writable = false }, "write alias"},
		"no slot":                     {func(_ *generation, e *evidence) { e.log.SlotExists = false }, "slot is gone"},
		"no slot, half filled":        {func(g *generation, e *evidence) { g.live, e.log.SlotExists = false, false; half(e) }, "slot is gone"},
		"no slot yet":                 {func(_ *generation, e *evidence) { e.owes, e.log.SlotExists, e.highest = false, false, 0 }, ""},
		"a slot that was moved":       {func(_ *generation, e *evidence) { e.log.SlotConfirmed = 901 }, "moved"},
		"a slot nobody owes to":       {func(_ *generation, e *evidence) { e.log.SlotConfirmed, e.owes = 901, false }, ""},
		"a slot of an older program":  {func(_ *generation, e *evidence) { e.log.SlotConfirmed, e.saved.Acknowledged = 901, 0 }, ""},
		"a log that was turned back":  {func(_ *generation, e *evidence) { e.highest = version(1, 1001) }, "backwards"},
		"a canary that beat less":     {func(_ *generation, e *evidence) { e.beat = 8 }, "backwards"},
		"a canary not found yet":      {func(_ *generation, e *evidence) { e.beat = 6 }, ""},
		"a walk that did not end":     {func(g *generation, e *evidence) { g.live = false; half(e) }, ""},
		"the log counts, not the era": {func(g *generation, e *evidence) { g.meta.Epoch, e.highest = 2, version(2, 1001) }, "backwards"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			g := live
			e := evidence{
				highest: version(1, 1000), beat: 7, owes: true,
				log:   commerce.LogState{SystemID: "one", Timeline: 1, Flushed: 1000, SlotExists: true, SlotConfirmed: 900, Beat: 7},
				saved: commerce.IndexState{Acknowledged: 900},
			}
			tc.change(&g, &e)
			got := g.discontinued(e)
			if tc.want == "" {
				require.Empty(t, got)
				return
			}
			require.Contains(t, got, tc.want)
		})
	}
}

func TestAnEpochIsAboveAllBefore(t *testing.T) {
	t.Parallel()
	all := []generation{{number: 1, meta: search.Meta{Epoch: 3}}, {number: 2, meta: search.Meta{Epoch: 2}}}
	require.EqualValues(t, 1, nextEpoch(nil, evidence{}))
	require.EqualValues(t, 4, nextEpoch(all, evidence{}), "of the indexes")
	require.EqualValues(t, 8, nextEpoch(all, evidence{saved: commerce.IndexState{Epoch: 7}}), "of the database")
	require.EqualValues(t, 6, nextEpoch(all, evidence{highest: version(5, 1)}), "of the documents")
	require.EqualValues(t, 127, nextEpoch(nil, evidence{saved: commerce.IndexState{Epoch: 126}}))
	require.EqualValues(t, 1, nextEpoch(nil, evidence{saved: commerce.IndexState{Epoch: 127}}), "a higher one makes negative versions")
}

func TestGenerationsHaveTheirPlaces(t *testing.T) {
	t.Parallel()
	hour := time.Unix(3600, 0)
	of := func(n int, live bool, kept time.Time) generation {
		return generation{alias: "p", number: n, live: live, kept: kept, meta: search.Meta{Epoch: int64(n)}}
	}
	for name, tc := range map[string]struct {
		all        []generation
		live, next int
		kept       []int
	}{
		"none":                        {nil, 0, 0, nil},
		"the first is filled":         {[]generation{of(1, false, time.Time{})}, 0, 1, nil},
		"one":                         {[]generation{of(1, true, time.Time{})}, 1, 0, nil},
		"the next is filled":          {[]generation{of(2, false, time.Time{}), of(1, true, time.Time{})}, 1, 2, nil},
		"the one before was given up": {[]generation{of(1, true, time.Time{}), of(3, false, time.Time{}), of(2, false, time.Time{})}, 1, 3, nil},
		"one is kept":                 {[]generation{of(1, false, hour), of(2, true, time.Time{})}, 2, 0, []int{1}},
		"searches went back":          {[]generation{of(1, true, time.Time{}), of(2, false, hour)}, 1, 0, []int{2}},
		"given up before it was live": {[]generation{of(1, false, time.Time{}), of(2, true, time.Time{})}, 2, 0, nil},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			l := arrange("p", tc.all)
			require.Equal(t, tc.live, l.live.number)
			require.Equal(t, tc.next, l.next.number)
			var kept []int
			for _, g := range l.kept {
				kept = append(kept, g.number)
			}
			require.Equal(t, tc.kept, kept)
			require.EqualValues(t, l.head().number, l.epoch)
		})
	}
}

func TestVersions(t *testing.T) {
	t.Parallel()
	require.Less(t, version(1, 1<<56-1), version(2, 0), "an epoch is above every position of the one before")
	require.Less(t, version(1, 5), version(1, 6))
	require.Equal(t, int64(math.MaxInt64), version(127, 1<<56-1), "the last one is the last the engine takes")
}

func TestNames(t *testing.T) {
	t.Parallel()
	g := generation{alias: "products", number: 12}
	require.Equal(t, "products-g12", g.name())
	require.Equal(t, "products-g12-write", g.writeAlias())
}
