package dataloader

import (
	"context"
	"errors"
	"fmt"
	"runtime"
	"slices"
	"strconv"
	"sync"
	"testing"
	"testing/synctest"

	"github.com/stretchr/testify/require"
	"go.uber.org/goleak"
	"pgregory.net/rapid"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// newLoader is a loader without a set.
func newLoader[V any](fetch func(context.Context, []int) (map[int]V, error)) *Loader[int, V] {
	l := &Loader[int, V]{}
	l.init(nil, func(ctx context.Context, _ *Set, keys []int) (map[int]V, error) { return fetch(ctx, keys) })
	return l
}

// source answers fetches with the texts of even numbers, and notes what it is asked for. Odd numbers it does not have.
type source struct {
	mu      sync.Mutex
	fetches [][]int
	// before, when set, runs before each answer.
	before func(ctx context.Context, keys []int) error
}

func (s *source) fetch(ctx context.Context, keys []int) (map[int]string, error) {
	s.mu.Lock()
	s.fetches = append(s.fetches, slices.Clone(keys))
	s.mu.Unlock()
	if s.before != nil {
		if err := s.before(ctx, keys); err != nil {
			return nil, err
		}
	}
	found := make(map[int]string)
	for _, k := range keys {
		if k%2 == 0 {
			found[k] = strconv.Itoa(k)
		}
	}
	return found, nil
}

func (s *source) asked() [][]int {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.fetches
}

func upTo(n int) []int {
	keys := make([]int, n)
	for i := range keys {
		keys[i] = i
	}
	return keys
}

func TestLoadKeepsOrderAndReadsOnce(t *testing.T) {
	t.Parallel()
	s := &source{}
	l := newLoader(s.fetch)
	for _, c := range []struct {
		keys []int
		want []string
		more [][]int
	}{
		{nil, []string{}, nil},
		{[]int{4, 1, 2}, []string{"4", "", "2"}, [][]int{{4, 1, 2}}},
		{[]int{2, 4, 1}, []string{"2", "4", ""}, nil},
		{[]int{6, 2, 6, 8, 2}, []string{"6", "2", "6", "8", "2"}, [][]int{{6, 8}}},
		{[]int{1}, []string{""}, nil},
	} {
		before := len(s.asked())
		got, err := l.Load(t.Context(), c.keys)
		require.NoError(t, err)
		require.Equal(t, c.want, got)
		require.Equal(t, append([][]int{}, c.more...), append([][]int{}, s.asked()[before:]...), "%v", c.keys)
	}
	require.Equal(t, 2, l.Fetches())
	one, err := l.LoadOne(t.Context(), 8)
	require.NoError(t, err)
	require.Equal(t, "8", one)
	require.Equal(t, 2, l.Fetches())
}

func TestLoadChunks(t *testing.T) {
	t.Parallel()
	for n, want := range map[int][]int{999: {999}, 1000: {1000}, 1001: {1000, 1}, 2500: {1000, 1000, 500}} {
		s := &source{}
		l := newLoader(s.fetch)
		got, err := l.Load(t.Context(), upTo(n))
		require.NoError(t, err)
		require.Len(t, got, n)
		for i, text := range got {
			require.Equal(t, i%2 == 0, text == strconv.Itoa(i))
		}
		var sizes []int
		for _, keys := range s.asked() {
			sizes = append(sizes, len(keys))
		}
		require.Equal(t, want, sizes)
		require.Equal(t, len(want), l.Fetches())
	}
}

// Callers that come while a key is on its way wait for it, and read only what nobody has asked for.
func TestConcurrentCallersShareAFetch(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		arrive := make(chan struct{})
		s := &source{before: func(context.Context, []int) error { <-arrive; return nil }}
		l := newLoader(s.fetch)
		results := make([][]string, 21)
		var wg sync.WaitGroup
		load := func(i int, keys ...int) {
			wg.Go(func() {
				got, err := l.Load(t.Context(), keys)
				if err == nil {
					results[i] = got
				}
			})
			synctest.Wait()
		}
		for i := range 20 {
			load(i, 2, 4)
		}
		require.Equal(t, [][]int{{2, 4}}, s.asked())
		load(20, 4, 6, 2)
		require.Equal(t, [][]int{{2, 4}, {6}}, s.asked())
		close(arrive)
		wg.Wait()
		require.Equal(t, []string{"4", "6", "2"}, results[20])
		for _, got := range results[:20] {
			require.Equal(t, []string{"2", "4"}, got)
		}
		require.Equal(t, 2, l.Fetches())
	})
}

var errDown = errors.New("the database is down")

// An error reaches all who waited for it, and nobody after them.
func TestErrorsAreNotRemembered(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		arrive := make(chan struct{})
		s := &source{before: func(context.Context, []int) error { <-arrive; return errDown }}
		l := newLoader(s.fetch)
		errs := make([]error, 3)
		var wg sync.WaitGroup
		for i := range errs {
			wg.Go(func() { _, errs[i] = l.LoadOne(t.Context(), 2) })
			synctest.Wait()
		}
		close(arrive)
		wg.Wait()
		for _, err := range errs {
			require.ErrorIs(t, err, errDown)
		}
		require.Equal(t, [][]int{{2}}, s.asked())

		s.before = nil
		got, err := l.LoadOne(t.Context(), 2)
		require.NoError(t, err)
		require.Equal(t, "2", got)
		require.Equal(t, 2, l.Fetches(), "a fetch that fails counts too")
	})
}

// When a later part of a large fetch fails, the parts before it are asked for again as well: they failed with it.
func TestErrorOfALaterChunkIsNotRemembered(t *testing.T) {
	t.Parallel()
	s := &source{}
	s.before = func(_ context.Context, keys []int) error {
		if keys[0] >= maxKeys {
			return errDown
		}
		return nil
	}
	l := newLoader(s.fetch)
	_, err := l.Load(t.Context(), upTo(2500))
	require.ErrorIs(t, err, errDown)
	require.Len(t, s.asked(), 2, "nothing is read after the fault")

	s.before = nil
	for _, key := range []int{0, 998, 1000, 2498} {
		got, err := l.LoadOne(t.Context(), key)
		require.NoError(t, err)
		require.Equal(t, strconv.Itoa(key), got)
	}
}

// A panic is the caller's to handle; those who wait with it get an error, and the next one tries again.
func TestPanicHangsNobody(t *testing.T) {
	t.Parallel()
	for name, fault := range map[string]func(){"panic": func() { panic("bug") }, "goexit": runtime.Goexit} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				arrive := make(chan struct{})
				s := &source{before: func(context.Context, []int) error { <-arrive; fault(); return nil }}
				l := newLoader(s.fetch)
				var wg sync.WaitGroup
				var recovered any
				wg.Go(func() {
					defer func() { recovered = recover() }()
					_, _ = l.Load(t.Context(), []int{2, 4})
				})
				synctest.Wait()
				var waited error
				wg.Go(func() { _, waited = l.LoadOne(t.Context(), 4) })
				synctest.Wait()
				close(arrive)
				wg.Wait()
				require.EqualError(t, waited, "a fetch of 2 keys did not come back")
				require.Equal(t, name == "panic", recovered == "bug")

				s.before = nil
				got, err := l.Load(t.Context(), []int{2, 4})
				require.NoError(t, err)
				require.Equal(t, []string{"2", "4"}, got)
			})
		})
	}
}

// Who gives up waiting gets his own error at once; the fetch and all others go on.
func TestCancelOfAWaiter(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		arrive := make(chan struct{})
		s := &source{before: func(context.Context, []int) error { <-arrive; return nil }}
		l := newLoader(s.fetch)
		var wg sync.WaitGroup
		var got string
		var fetchErr error
		wg.Go(func() { got, fetchErr = l.LoadOne(t.Context(), 2) })
		synctest.Wait()

		ctx, cancel := context.WithCancel(t.Context())
		gaveUp := make(chan error)
		go func() {
			_, err := l.LoadOne(ctx, 2)
			gaveUp <- err
		}()
		synctest.Wait()
		cancel()
		require.ErrorIs(t, <-gaveUp, context.Canceled)

		close(arrive)
		wg.Wait()
		require.NoError(t, fetchErr)
		require.Equal(t, "2", got)
	})
}

func TestFetchRunsUnderItsCallersContext(t *testing.T) {
	t.Parallel()
	s := &source{before: func(ctx context.Context, _ []int) error { return ctx.Err() }}
	l := newLoader(s.fetch)
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	_, err := l.LoadOne(ctx, 2)
	require.ErrorIs(t, err, context.Canceled)
	got, err := l.LoadOne(t.Context(), 2)
	require.NoError(t, err)
	require.Equal(t, "2", got)
}

// The keys that are asked for are taken as they come, and the values handed out as they were read: neither is changed by what
// is asked for later.
func TestLoadAgainstAMap(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		s := &source{}
		l := newLoader(s.fetch)
		type load struct {
			keys, asked []int
			got         []string
		}
		var loads []load
		for range rapid.IntRange(1, 6).Draw(t, "loads") {
			keys := rapid.SliceOfN(rapid.IntRange(0, 30), 0, 20).Draw(t, "keys")
			asked := append(make([]int, 0, 40), keys...)
			got, err := l.Load(context.Background(), asked)
			require.NoError(t, err)
			loads = append(loads, load{keys, asked, got})
		}
		read := map[int]bool{}
		for _, keys := range s.asked() {
			for _, k := range keys {
				require.False(t, read[k], "%d was read twice", k)
				read[k] = true
			}
		}
		require.Equal(t, len(s.asked()), l.Fetches())
		for _, load := range loads {
			require.Equal(t, load.keys, append(make([]int, 0), load.asked...))
			for i, k := range load.keys {
				want := ""
				if k%2 == 0 {
					want = strconv.Itoa(k)
				}
				require.Equal(t, want, load.got[i])
			}
		}
	})
}

// The race detector watches many callers and counters at once.
func TestLoadUnderContention(t *testing.T) {
	t.Parallel()
	s := &source{}
	l := newLoader(s.fetch)
	var wg sync.WaitGroup
	errs := make([]error, 16)
	for g := range errs {
		wg.Go(func() {
			for i := range 200 {
				key := (i*7 + g) % 64 * 2
				got, err := l.Load(t.Context(), []int{key, key + 2})
				if err != nil || got[0] != strconv.Itoa(key) || got[1] != strconv.Itoa(key+2) {
					errs[g] = fmt.Errorf("key %d: %v, %w", key, got, err)
				}
				l.Fetches()
			}
		})
	}
	wg.Wait()
	for _, err := range errs {
		require.NoError(t, err)
	}
}

func BenchmarkLoad(b *testing.B) {
	fetch := func(_ context.Context, keys []int) (map[int]int, error) {
		found := make(map[int]int, len(keys))
		for _, k := range keys {
			found[k] = k
		}
		return found, nil
	}
	keys := upTo(100)
	b.Run("known", func(b *testing.B) {
		l := newLoader(fetch)
		if _, err := l.Load(b.Context(), keys); err != nil {
			b.Fatal(err)
		}
		b.ReportAllocs()
		for b.Loop() {
			if _, err := l.Load(b.Context(), keys); err != nil {
				b.Fatal(err)
			}
		}
	})
	b.Run("new", func(b *testing.B) {
		b.ReportAllocs()
		for b.Loop() {
			if _, err := newLoader(fetch).Load(b.Context(), keys); err != nil {
				b.Fatal(err)
			}
		}
	})
}
