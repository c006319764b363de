package indexer

import (
	"math"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/kirana-commerce/kirana/commerce"
	"github.com/kirana-commerce/kirana/search"
)

func TestWhenAGenerationGoesOn(t *testing.T) {
	t.Parallel()
	live := generation{alias: "p", number: 3, live: true, writable: true, meta: search.Meta{
		Hash: search.DefinitionHash(), Epoch: 1, SystemID: "one", Timeline: 1,
	}}
	log := commerce.LogState{SystemID: "one", Timeline: 1, Flushed: 1000, SlotExists: true}
	for name, tc := range map[string]struct {
		change  func(g *generation, l *commerce.LogState)
		highest int64
		want    string
	}{
		"it does":                     {func(*generation, *commerce.LogState) {}, version(1, 1000), ""},
		"the first":                   {func(g *generation, _ *commerce.LogState) { *g = generation{} }, 0, "there is none"},
		"another definition":          {func(g *generation, _ *commerce.LogState) { g.meta.Hash = "x" }, 0, "definition"},
		"another server":              {func(_ *generation, l *commerce.LogState) { l.SystemID = "two" }, 0, "another one"},
		"a promoted standby":          {func(_ *generation, l *commerce.LogState) { l.Timeline = 2 }, 0, "another one"},
		"no way to write":             {func(g *generation, _ *commerce.LogState) { g.writable = false }, 0, "write alias"},
		"no slot":                     {func(_ *generation, l *commerce.LogState) { l.SlotExists = false }, 0, "slot"},
		"no slot, half filled":        {func(g *generation, l *commerce.LogState) { g.live, l.SlotExists = false, false }, version(1, 5), "slot"},
		"no slot yet":                 {func(g *generation, l *commerce.LogState) { g.live, l.SlotExists = false, false }, 0, ""},
		"a log that was turned back":  {func(*generation, *commerce.LogState) {}, version(1, 1001), "backwards"},
		"a walk that did not end":     {func(g *generation, _ *commerce.LogState) { g.live = false }, version(1, 500), ""},
		"the log counts, not the era": {func(g *generation, _ *commerce.LogState) { g.meta.Epoch = 2 }, version(2, 1001), "backwards"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			g, l := live, log
			tc.change(&g, &l)
			got := g.discontinued(tc.highest, l)
			if tc.want == "" {
				require.Empty(t, got)
				return
			}
			require.Contains(t, got, tc.want)
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
