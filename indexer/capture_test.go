package indexer

import (
	"context"
	"maps"
	"slices"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/kirana-commerce/kirana/commerce"
	"github.com/kirana-commerce/kirana/internal/cdc"
)

func ref(store, product int64) commerce.ProductRef {
	return commerce.ProductRef{Store: commerce.StoreID(store), ID: commerce.ProductID(product)}
}

func refs(of ...commerce.ProductRef) map[commerce.ProductRef]struct{} {
	set := make(map[commerce.ProductRef]struct{}, len(of))
	for _, r := range of {
		set[r] = struct{}{}
	}
	return set
}

// captured passes one transaction through a capture.
func captured(tb testing.TB, within func(c *capture)) *transaction {
	tb.Helper()
	out := make(chan *transaction, 1)
	c := newCapture(tb.Context(), out)
	require.NoError(tb, c.Begin(7, time.Unix(1, 0)))
	within(c)
	require.NoError(tb, c.Commit(99, func() {}))
	return <-out
}

func TestResyncMessages(t *testing.T) {
	t.Parallel()
	for name, tc := range map[string]struct {
		prefix, content, run string
		step                 int
		want                 map[commerce.ProductRef]struct{}
	}{
		"a step":             {commerce.ResyncPrefix, "run/3:1-2,3-4", "run", 3, refs(ref(1, 2), ref(3, 4))},
		"asked for again":    {commerce.ResyncPrefix, "run:1-2,3-4", "", 0, refs(ref(1, 2), ref(3, 4))},
		"no step":            {commerce.ResyncPrefix, "run/x:1-2", "", 0, refs(ref(1, 2))},
		"somebody else's":    {"other", "run:1-2", "", 0, refs()},
		"empty":              {commerce.ResyncPrefix, "", "", 0, refs()},
		"no products":        {commerce.ResyncPrefix, "run/9:", "run", 9, refs()},
		"no run":             {commerce.ResyncPrefix, "1-2", "", 0, refs()},
		"a part that is not": {commerce.ResyncPrefix, "run:1-2,x-3,4,5-,-6,1-2-3,99999999999999999999-1,7-8", "", 0, refs(ref(1, 2), ref(7, 8))},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			got := captured(t, func(c *capture) { require.NoError(t, c.Message(tc.prefix, []byte(tc.content))) })
			require.Equal(t, tc.run, got.run)
			require.Equal(t, tc.step, got.step)
			require.Equal(t, tc.run != "", got.large, "steps are overtaken")
			require.Equal(t, len(tc.want), got.products)
			if got.large {
				require.ElementsMatch(t, slices.Collect(maps.Keys(tc.want)), got.roots.take(maxRoots))
				return
			}
			require.Equal(t, tc.want, got.roots.few)
		})
	}
}

func TestOrders(t *testing.T) {
	t.Parallel()
	for content, want := range map[string]*order{
		"a rebuild": {id: "a"}, "a rollback 3": {id: "a", leave: 3}, "a rollback 0": nil, "a rollback x": nil, "a rollback": nil, "": nil,
		"rebuild": nil, "a burn": nil, "a rebuild now": nil,
	} {
		got := captured(t, func(c *capture) { require.NoError(t, c.Message(commerce.ReindexPrefix, []byte(content))) })
		require.Equal(t, want, got.order, content)
	}
}

func TestAMessageOutsideATransactionIsNotOurs(t *testing.T) {
	t.Parallel()
	c := newCapture(t.Context(), nil)
	require.NoError(t, c.Message(commerce.ResyncPrefix, []byte("run:1-2")))
}

func TestCaptureKeepsWhatNamesATransaction(t *testing.T) {
	t.Parallel()
	got := captured(t, func(c *capture) {
		require.NoError(t, c.Truncate([]*cdc.Relation{{Name: "products"}, {Name: "product_variants"}}))
		require.NoError(t, c.Truncate(nil))
	})
	require.Equal(t, uint32(7), got.xid)
	require.Equal(t, time.Unix(1, 0), got.committed)
	require.Equal(t, cdc.Position(99), got.end)
	require.Equal(t, "products", got.order.truncated)
}

func TestAFullQueueStopsTheReadingUntilTheEnd(t *testing.T) {
	t.Parallel()
	ctx, cancel := context.WithCancel(t.Context())
	c := newCapture(ctx, make(chan *transaction))
	require.NoError(t, c.Begin(1, time.Time{}))
	time.AfterFunc(time.Millisecond, cancel)
	require.ErrorIs(t, c.Commit(1, func() {}), context.Canceled)
}

func FuzzResyncMessage(f *testing.F) {
	for _, seed := range []string{"run:1-2,3-4", "", ":", "run:", "run:1-,-2,--", "a:b:c", "run:9223372036854775807-1"} {
		f.Add([]byte(seed))
	}
	f.Fuzz(func(t *testing.T, content []byte) {
		got := captured(t, func(c *capture) { require.NoError(t, c.Message(commerce.ResyncPrefix, content)) })
		require.LessOrEqual(t, got.products, len(content))
		require.NotContains(t, got.run, ":")
	})
}
