package indexer

import (
	"context"
	"errors"
	"net/http"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/kirana-commerce/kirana/commerce"
	"github.com/kirana-commerce/kirana/internal/cdc"
	"github.com/kirana-commerce/kirana/search"
)

// desk is a writer without a stream, on a fake engine.
type desk struct {
	*writer
	engine    *fakeEngine
	announced []cdc.Position
	emitted   []commerce.Resync
	products  int // that a walk goes over
	saved     []commerce.IndexState
	at        cdc.Position // that the stream has confirmed
}

func newDesk(t *testing.T, live bool, s script) *desk {
	t.Helper()
	d := &desk{engine: newFakeEngine(t, s), at: 5}
	x := d.engine.bulk.x
	x.c.Alias, x.c.Now, x.c.Resync, x.c.State = "products", time.Now, d, d
	x.c.OnSearchable = func(p cdc.Position) { d.announced = append(d.announced, p) }
	d.writer = newWriter(x, generation{alias: "products", number: 1, live: live, meta: search.Meta{Epoch: 1, SystemID: "one"}})
	d.confirmed, d.inFlight = func() cdc.Position { return d.at }, func() int { return 0 }
	return d
}

func (d *desk) EmitResync(_ context.Context, r commerce.Resync) (commerce.ProductRef, int, error) {
	n := min(d.products, r.Limit)
	d.products -= n
	d.emitted = append(d.emitted, r)
	return ref(1, int64(len(d.emitted))), n, nil
}

func (d *desk) LogState(context.Context, string) (commerce.LogState, error) {
	return commerce.LogState{}, errors.New("not asked")
}

func (d *desk) SaveIndexState(_ context.Context, _ string, s commerce.IndexState) error {
	d.saved = append(d.saved, s)
	return nil
}

// landing is a part of one transaction that removes one product.
func (d *desk) landing(end cdc.Position, resync string, release func()) *part {
	t := &transaction{end: end, products: 1, resync: resync, release: func() {
		d.at = end
		release()
	}}
	return &part{items: removals(1), landed: []*transaction{t}}
}

func nothing() {}

func TestACommitIsReleasedWhenTheIndexHasAnswered(t *testing.T) {
	t.Parallel()
	released := 0
	d := newDesk(t, true, func(n int, w http.ResponseWriter, ids []string) {
		require.Zero(t, released, "released before the answer")
		once(status(http.StatusServiceUnavailable))(n, w, ids)
	})
	require.NoError(t, d.begin(t.Context()))
	require.Equal(t, []cdc.Position{5}, d.announced, "what was confirmed before can be found")
	require.NoError(t, d.write(t.Context(), d.landing(10, "", func() { released++ })))
	require.Equal(t, 1, released)
	require.Equal(t, []cdc.Position{5, 10}, d.announced)
}

func TestACommitTheIndexDidNotTakeIsNotReleased(t *testing.T) {
	t.Parallel()
	d := newDesk(t, true, status(http.StatusForbidden))
	require.Error(t, d.write(t.Context(), d.landing(10, "", func() { t.Error("released") })))
	require.Empty(t, d.announced)
}

func TestAPositionIsSearchableAfterTheRefresh(t *testing.T) {
	t.Parallel()
	d := newDesk(t, true, ok)
	d.refresh.credit = -time.Hour // no refresh is due for long
	require.NoError(t, d.write(t.Context(), d.landing(10, "", nothing)))
	d.idle(10)
	d.idle(12)
	<-d.idled
	d.adoptIdle()
	require.Empty(t, d.announced, "what is written waits for its refresh")
	require.NotNil(t, d.refresh.due())
	require.NoError(t, d.refreshNow(t.Context()))
	require.Equal(t, []cdc.Position{10, 12}, d.announced)
	d.idle(20)
	d.adoptIdle()
	require.Equal(t, cdc.Position(20), d.searchable)
}

func TestAWalkEndsWithItsOwnLastStep(t *testing.T) {
	t.Parallel()
	d := newDesk(t, false, ok)
	d.products = 4*walkStep + 1
	require.NoError(t, d.begin(t.Context()))
	require.Len(t, d.emitted, walkAhead)
	require.NoError(t, d.saveState(t.Context()))
	require.Empty(t, d.saved, "the state is that of the index that searches read")

	for end := range cdc.Position(5) {
		require.NoError(t, d.write(t.Context(), d.landing(10+end, "an earlier walk's", nothing)))
		require.NoError(t, d.write(t.Context(), d.landing(10+end, "", nothing)))
		require.False(t, d.live)
		require.NoError(t, d.write(t.Context(), d.landing(10+end, d.walk.run, nothing)))
		require.Equal(t, end == 4, d.live)
		require.Equal(t, d.live, len(d.announced) > 0)
	}
	require.Len(t, d.emitted, 5)
	require.Equal(t, ref(1, 4), d.emitted[4].After)
	require.Equal(t, []cdc.Position{14}, d.announced)
	require.Contains(t, d.engine.calls, "POST /_aliases")

	require.NoError(t, d.saveState(t.Context()))
	require.NoError(t, d.saveState(t.Context()))
	require.Equal(t, []commerce.IndexState{{SystemID: "one", Epoch: 1, Generation: 1, Confirmed: 14, Searchable: 14}}, d.saved, "once")
}

func TestAWalkOverNothingIsAtItsEnd(t *testing.T) {
	t.Parallel()
	d := newDesk(t, false, ok)
	require.NoError(t, d.begin(t.Context()))
	require.True(t, d.live)
	require.Equal(t, []cdc.Position{5}, d.announced)
}

func TestATruncatedTableStartsOver(t *testing.T) {
	t.Parallel()
	d := newDesk(t, true, ok)
	released := false
	p := d.landing(10, "", func() {
		require.Contains(t, d.engine.calls, "PUT /products-g2", "the new index stands first")
		released = true
	})
	p.truncated = "products"
	require.ErrorIs(t, d.write(t.Context(), p), errStartOver)
	require.True(t, released)
	require.Empty(t, d.announced, "what searches read still has it")
}

func TestARunEndsBetweenTwoParts(t *testing.T) {
	t.Parallel()
	stop := make(chan struct{})
	d := newDesk(t, true, func(n int, w http.ResponseWriter, ids []string) {
		close(stop)
		ok(n, w, ids)
	})
	ended := make(chan error, 1)
	go func() { ended <- d.run(t.Context(), stop) }()
	released := make(chan struct{})
	d.parts <- d.landing(10, "", func() { close(released) })
	<-released
	require.NoError(t, <-ended)
	require.NotEmpty(t, d.saved, "and leaves its state")
}

// What is found before an earlier transaction, which is vast, is not told: whoever waits for a position may miss the vast one.
func TestAPositionWaitsForAllBeforeIt(t *testing.T) {
	t.Parallel()
	d := newDesk(t, true, ok)
	overtaking := d.landing(20, "", nothing)
	overtaking.landed[0].release = nothing // the stream confirms nothing beyond what is still to come
	require.NoError(t, d.write(t.Context(), overtaking))
	require.Equal(t, []cdc.Position{5}, d.announced)
	require.NoError(t, d.write(t.Context(), d.landing(20, "", nothing)))
	require.Equal(t, []cdc.Position{5, 20}, d.announced)
}
