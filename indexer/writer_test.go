package indexer

import (
	"context"
	"errors"
	"fmt"
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
	steps     []commerce.Walk // that were made
	products  int             // that a walk goes over
	kept      commerce.Walk   // as the database has it
	saved     []commerce.IndexState
	answers   []string
	verdict   error
	at        cdc.Position // that the stream has confirmed
}

func newDesk(t *testing.T, live bool, s script) *desk {
	t.Helper()
	g := generation{alias: "products", number: 1, live: live, writable: true, meta: search.Meta{
		Hash: search.DefinitionHash(), Epoch: 1, SystemID: "one",
	}}
	return newDeskOf(t, []generation{g}, s)
}

func newDeskOf(t *testing.T, all []generation, s script) *desk {
	t.Helper()
	d := &desk{engine: newFakeEngine(t, s), at: 5}
	x := d.engine.bulk.x
	x.c.Alias, x.c.Now, x.c.Walks, x.c.State, x.c.Keep = "products", time.Now, d, d, time.Hour
	x.c.Gate = func(context.Context, *Candidate) error { return d.verdict }
	x.c.OnSearchable = func(p cdc.Position) { d.announced = append(d.announced, p) }
	d.writer = newWriter(x, arrange("products", all), commerce.IndexState{})
	d.confirmed, d.inFlight = func() cdc.Position { return d.at }, func() int { return 0 }
	return d
}

func (d *desk) Walk(context.Context, string) (commerce.Walk, error) { return d.kept, nil }

func (d *desk) BeginWalk(_ context.Context, _ string, generation int, run string) (commerce.Walk, error) {
	d.kept = commerce.Walk{Generation: generation, Run: run}
	return d.kept, nil
}

func (d *desk) StepWalk(_ context.Context, _ string, k commerce.Walk, limit int) (commerce.Walk, error) {
	n := min(d.products, limit)
	d.products -= n
	d.steps = append(d.steps, k)
	k.Steps++
	k.After, k.Whole = ref(1, int64(k.Steps)), n < limit
	d.kept = k
	return k, nil
}

func (d *desk) EndWalk(_ context.Context, _ string, _ int, refused string) error {
	d.kept.Live, d.kept.Refused = refused == "", refused
	return nil
}

func (d *desk) LogState(context.Context, string) (commerce.LogState, error) {
	return commerce.LogState{}, errors.New("not asked")
}

func (d *desk) SlotState(context.Context, string) (commerce.SlotState, error) {
	return commerce.SlotState{}, errors.New("not asked")
}

func (d *desk) IndexState(context.Context, string) (commerce.IndexState, error) {
	return commerce.IndexState{}, errors.New("not asked")
}

func (d *desk) AnswerReindex(_ context.Context, _, _, outcome string) error {
	d.answers = append(d.answers, outcome)
	return nil
}

func (d *desk) SaveIndexState(_ context.Context, _ string, s commerce.IndexState) error {
	d.saved = append(d.saved, s)
	return nil
}

// open takes up what stands.
func (d *desk) open(t *testing.T) {
	t.Helper()
	require.NoError(t, d.prepare(t.Context()))
	require.NoError(t, d.begin(t.Context()))
}

// land writes one step of a walk.
func (d *desk) land(t *testing.T, run string, step int) {
	t.Helper()
	p := d.landing(cdc.Position(10+step), nothing)
	p.items, p.walked = nil, p.items
	p.landed[0].run, p.landed[0].step = run, step
	require.NoError(t, d.write(t.Context(), p))
}

// judged takes the verdict of the gate in.
func (d *desk) judged(t *testing.T) {
	t.Helper()
	require.NoError(t, d.judge(t.Context(), <-d.gate.verdict))
}

// landing is a part of one transaction that removes one product.
func (d *desk) landing(end cdc.Position, release func()) *part {
	t := &transaction{end: end, products: 1, release: func() {
		d.at = max(d.at, end)
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
	d.open(t)
	require.Equal(t, []cdc.Position{5}, d.announced, "what was confirmed before can be found")
	require.NoError(t, d.write(t.Context(), d.landing(10, func() { released++ })))
	require.Equal(t, 1, released)
	require.Equal(t, []cdc.Position{5, 10}, d.announced)
}

func TestACommitTheIndexDidNotTakeIsNotReleased(t *testing.T) {
	t.Parallel()
	d := newDesk(t, true, status(http.StatusForbidden))
	require.Error(t, d.write(t.Context(), d.landing(10, func() { t.Error("released") })))
	require.Empty(t, d.announced)
}

func TestAPositionIsSearchableAfterTheRefresh(t *testing.T) {
	t.Parallel()
	d := newDesk(t, true, ok)
	d.refresh.credit, d.refresh.took = -time.Hour, time.Hour // no refresh is due for long
	require.NoError(t, d.write(t.Context(), d.landing(10, nothing)))
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
	d.open(t)
	require.Len(t, d.steps, walkAhead)
	require.Zero(t, d.saved[0].Searchable, "nothing can be found yet")
	require.EqualValues(t, 5, d.acknowledged(), "but the server may be told")
	run := d.walk.Run
	for step := 1; step <= 5; step++ {
		d.land(t, "an earlier walk", 5)
		require.NoError(t, d.write(t.Context(), d.landing(9, nothing)))
		require.False(t, d.gate.open)
		d.land(t, run, step)
	}
	require.Len(t, d.steps, 5)
	require.Equal(t, ref(1, 4), d.steps[4].After)
	require.Empty(t, d.announced)
	d.judged(t)
	require.True(t, d.kept.Live)
	require.Equal(t, []cdc.Position{15}, d.announced)
	require.Equal(t, "POST /_aliases", d.engine.calls[len(d.engine.calls)-1])
	require.NoError(t, d.saveState(t.Context()))
	require.NoError(t, d.saveState(t.Context()))
	require.Len(t, d.saved, 2, "once")
	require.Equal(t, commerce.IndexState{SystemID: "one", Epoch: 1, Generation: 1, Confirmed: 15, Searchable: 15}, d.saved[1])
}

func TestAWalkOverNothingHasOneStep(t *testing.T) {
	t.Parallel()
	d := newDesk(t, false, ok)
	d.open(t)
	require.Len(t, d.steps, 1)
	d.land(t, d.walk.Run, 1)
	d.judged(t)
	require.Equal(t, []cdc.Position{11}, d.announced)
}

// TestAWalkGoesOnWhereItWasLeft: what was made before comes back, or was confirmed; nobody can tell which, so that only a step of
// this run says that all before it are done.
func TestAWalkGoesOnWhereItWasLeft(t *testing.T) {
	t.Parallel()
	d := newDesk(t, false, ok)
	d.kept = commerce.Walk{Generation: 1, Run: "this", Steps: 7, After: ref(1, 3500), Whole: true}
	d.open(t)
	require.Equal(t, []commerce.Walk{{Generation: 1, Run: "this", Steps: 7, After: ref(1, 3500)}}, d.steps)
	d.land(t, "this", 6)
	d.land(t, "this", 7)
	require.False(t, d.gate.open)
	d.land(t, "this", 8)
	require.True(t, d.gate.open)
	d.judged(t)
	require.True(t, d.kept.Live)
}

func TestARefusedGenerationDoesNotGoLive(t *testing.T) {
	t.Parallel()
	d := newDesk(t, false, ok)
	d.verdict = fmt.Errorf("%w: something is missing", ErrRefused)
	d.open(t)
	d.land(t, d.walk.Run, 1)
	d.judged(t)
	require.Contains(t, d.kept.Refused, "something is missing")
	require.NotContains(t, d.engine.calls, "POST /_aliases")
	require.NotNil(t, d.recheck)
	require.NoError(t, d.write(t.Context(), d.landing(20, nothing)), "it is written on")
	d.verdict = nil
	require.NoError(t, d.check(t.Context()))
	d.judged(t)
	require.True(t, d.kept.Live)

	d = newDesk(t, false, ok)
	d.verdict = errors.New("the engine is away")
	d.open(t)
	d.land(t, d.walk.Run, 1)
	require.ErrorIs(t, d.judge(t.Context(), <-d.gate.verdict), d.verdict, "no verdict is none")
}

// beside are a live generation and one that is filled, in one epoch or two.
func beside(epochs ...int64) []generation {
	all := make([]generation, len(epochs))
	for i, e := range epochs {
		all[i] = generation{alias: "products", number: i + 1, live: i == 0, writable: true, meta: search.Meta{
			Hash: search.DefinitionHash(), Epoch: e, SystemID: "one",
		}}
	}
	return all
}

func TestChangesGoToBothGenerationsAndTheWalkToOne(t *testing.T) {
	t.Parallel()
	d := newDeskOf(t, beside(1, 1), ok)
	d.open(t)
	require.NoError(t, d.write(t.Context(), d.landing(10, nothing)))
	require.Equal(t, []string{"/products-g1-write/_bulk", "/products-g2-write/_bulk"}, d.engine.paths)
	require.Equal(t, []cdc.Position{5, 10}, d.announced, "the live one is as fresh as ever")
	d.engine.requests = nil
	mixed := d.landing(10, nothing)
	mixed.items, mixed.walked = removals(2)[:1], removals(2)[1:]
	require.NoError(t, d.write(t.Context(), mixed))
	require.Equal(t, [][]string{{"1-1"}, {"1-1", "1-2"}}, d.engine.requests)
	d.engine.paths = nil
	d.land(t, d.walk.Run, 1)
	require.Equal(t, []string{"/products-g2-write/_bulk"}, d.engine.paths)
	d.judged(t)
	d.engine.paths = nil
	require.NoError(t, d.write(t.Context(), d.landing(20, nothing)))
	require.Equal(t, []string{"/products-g2-write/_bulk", "/products-g1-write/_bulk"}, d.engine.paths, "the old one is a shadow now")
	require.False(t, d.shadows[0].gen.kept.IsZero(), "and known to be one, for when searches go back")
}

func TestAGenerationThatLacksChangesIsWrittenAndNotTrusted(t *testing.T) {
	t.Parallel()
	d := newDeskOf(t, beside(1, 2), ok)
	d.open(t)
	require.NoError(t, d.write(t.Context(), d.landing(10, nothing)))
	require.Equal(t, []string{"/products-g1-write/_bulk", "/products-g2-write/_bulk"}, d.engine.paths)
	require.Empty(t, d.announced)
	d.land(t, d.walk.Run, 1)
	d.judged(t)
	require.Equal(t, []cdc.Position{11}, d.announced)
	d.engine.paths = nil
	require.NoError(t, d.write(t.Context(), d.landing(20, nothing)))
	require.Equal(t, []string{"/products-g2-write/_bulk"}, d.engine.paths, "nobody may go back to it")
}

func TestAGenerationOfAnotherDefinitionIsLeftAlone(t *testing.T) {
	t.Parallel()
	all := beside(1, 2)
	all[0].meta.Hash = "of another definition"
	d := newDeskOf(t, all, ok)
	d.open(t)
	require.NoError(t, d.write(t.Context(), d.landing(10, nothing)))
	require.Equal(t, []string{"/products-g2-write/_bulk"}, d.engine.paths)
	require.Empty(t, d.announced)
}

// ordering is a part of one transaction that asks for something.
func (d *desk) ordering(end cdc.Position, o *order, release func()) *part {
	p := d.landing(end, release)
	p.items, p.order = nil, o
	return p
}

func TestATruncatedTableStartsOver(t *testing.T) {
	t.Parallel()
	d := newDesk(t, true, ok)
	released := false
	p := d.ordering(10, &order{truncated: "products"}, func() {
		require.Contains(t, d.engine.calls, "PUT /products-g2", "the new index stands first")
		released = true
	})
	require.ErrorIs(t, d.write(t.Context(), p), errStartOver)
	require.True(t, released)
	require.Empty(t, d.announced, "what searches read still has it")
	require.Empty(t, d.answers, "nobody asked")
}

func TestAnOrderThatComesTwiceIsCarriedOutOnce(t *testing.T) {
	t.Parallel()
	for name, o := range map[string]*order{"a rebuild": {id: "a"}, "a truncated table": {truncated: "products"}} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			all := beside(1, 1)
			all[1].meta.Since = 10
			d := newDeskOf(t, all, ok)
			require.NoError(t, d.write(t.Context(), d.ordering(10, o, nothing)))
			require.NotContains(t, d.engine.calls, "PUT /products-g3")
			require.ErrorIs(t, d.write(t.Context(), d.ordering(11, o, nothing)), errStartOver)
			require.Contains(t, d.engine.calls, "PUT /products-g3")
		})
	}
}

func TestSearchesGoBack(t *testing.T) {
	t.Parallel()
	kept := func(change func(all []generation)) []generation {
		all := beside(1, 1)
		all[0].live, all[1].live, all[0].kept = false, true, time.Unix(1, 0)
		change(all)
		return all
	}
	for name, tc := range map[string]struct {
		change func(all []generation)
		leave  int
		want   string
	}{
		"to the one before":                  {func([]generation) {}, 2, "generation 1"},
		"not twice":                          {func(all []generation) { all[0], all[1] = all[1], all[0]; all[0].number, all[1].number = 1, 2 }, 2, "generation 1"},
		"not when others are read by now":    {func([]generation) {}, 7, "refused: searches read generation 2 by now"},
		"not to one of another definition":   {func(all []generation) { all[0].meta.Hash = "x" }, 2, "refused: no generation"},
		"not to one that lacks changes":      {func(all []generation) { all[0].meta.Epoch = 0 }, 2, "refused: no generation"},
		"not to one that cannot be written":  {func(all []generation) { all[0].writable = false }, 2, "refused: no generation"},
		"not to one that never was searched": {func(all []generation) { all[0].kept = time.Time{} }, 2, "refused: no generation"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			d := newDeskOf(t, kept(tc.change), ok)
			err := d.write(t.Context(), d.ordering(10, &order{id: "a", leave: tc.leave}, nothing))
			require.Len(t, d.answers, 1)
			require.Contains(t, d.answers[0], tc.want)
			if name == "to the one before" {
				require.ErrorIs(t, err, errStartOver)
				require.Contains(t, d.engine.calls, "POST /_aliases")
				return
			}
			require.NoError(t, err)
			require.NotContains(t, d.engine.calls, "POST /_aliases")
		})
	}
}

func TestARunEndsBetweenTwoParts(t *testing.T) {
	t.Parallel()
	stop := make(chan struct{})
	d := newDesk(t, true, func(n int, w http.ResponseWriter, ids []string) {
		close(stop)
		ok(n, w, ids)
	})
	require.NoError(t, d.prepare(t.Context()))
	ended := make(chan error, 1)
	go func() { ended <- d.run(t.Context(), stop) }()
	released := make(chan struct{})
	d.parts <- d.landing(10, func() { close(released) })
	<-released
	require.NoError(t, <-ended)
	require.NotEmpty(t, d.saved, "and leaves its state")
}

// What is found before an earlier transaction, which is vast, is not told: whoever waits for a position may miss the vast one.
func TestAPositionWaitsForAllBeforeIt(t *testing.T) {
	t.Parallel()
	d := newDesk(t, true, ok)
	overtaking := d.landing(20, nothing)
	overtaking.landed[0].release = nothing // the stream confirms nothing beyond what is still to come
	require.NoError(t, d.write(t.Context(), overtaking))
	require.Equal(t, []cdc.Position{5}, d.announced)
	require.NoError(t, d.write(t.Context(), d.landing(20, nothing)))
	require.Equal(t, []cdc.Position{5, 20}, d.announced)
}
