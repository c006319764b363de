package lifecycle_test

import (
	"context"
	"errors"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/require"
	"go.uber.org/goleak"

	"github.com/kirana-commerce/kirana/internal/lifecycle"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

var (
	errDisk = errors.New("disk full")
	errNet  = errors.New("network gone")
)

func TestGroup(t *testing.T) {
	t.Parallel()
	untilEnd := func(ctx context.Context) error {
		<-ctx.Done()
		return ctx.Err()
	}
	for _, c := range []struct {
		name string
		run  map[string]func(context.Context) error
		want string
	}{
		{name: "nothing to do"},
		{name: "all done", run: map[string]func(context.Context) error{"a": func(context.Context) error { return nil }}},
		{
			name: "the first failure ends the others, who say no more than that",
			run: map[string]func(context.Context) error{
				"index": func(context.Context) error { return errDisk }, "serve": untilEnd,
			},
			want: "index: disk full",
		},
		{
			name: "a failure on the way out is told too",
			run: map[string]func(context.Context) error{
				"index": func(context.Context) error { return errDisk },
				"serve": func(ctx context.Context) error { <-ctx.Done(); return errNet },
			},
			want: "index: disk full\nserve: network gone",
		},
		{
			name: "a cancellation of its own is a failure",
			run:  map[string]func(context.Context) error{"index": func(context.Context) error { return context.Canceled }},
			want: "index: context canceled",
		},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			g := lifecycle.NewGroup(t.Context())
			for name, fn := range c.run {
				g.Go(name, fn)
			}
			err := g.Wait()
			if c.want == "" {
				require.NoError(t, err)
				return
			}
			require.EqualError(t, err, c.want)
		})
	}
}

func TestGroupEndsWithItsContext(t *testing.T) {
	t.Parallel()
	ctx, cancel := context.WithCancel(t.Context())
	g := lifecycle.NewGroup(ctx)
	g.Go("serve", func(ctx context.Context) error {
		<-ctx.Done()
		return ctx.Err()
	})
	cancel()
	require.NoError(t, g.Wait())
}

func TestStackStopsTheLastFirst(t *testing.T) {
	t.Parallel()
	var order []string
	s := lifecycle.NewStack(time.Second)
	push := func(name string, err error) {
		s.Push(name, func(context.Context) error {
			order = append(order, name)
			return err
		})
	}
	push("database", nil)
	push("engine", errDisk)
	push("server", errNet)

	err := s.Stop(t.Context())
	require.EqualError(t, err, "stop server: network gone\nstop engine: disk full")
	require.ErrorIs(t, err, errDisk)
	require.Equal(t, []string{"server", "engine", "database"}, order)

	require.NoError(t, s.Stop(t.Context()))
	require.Len(t, order, 3, "stopped twice")

	push("late", nil)
	require.NoError(t, s.Stop(t.Context()))
	require.Equal(t, "late", order[3])
}

func TestStackDoesNotWaitForEver(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		release := make(chan struct{})
		stopped := false
		s := lifecycle.NewStack(3 * time.Second)
		s.Push("polite", func(context.Context) error {
			stopped = true
			return nil
		})
		s.Push("slow", func(ctx context.Context) error {
			<-ctx.Done()
			return nil
		})
		s.Push("deaf", func(context.Context) error {
			<-release
			return nil
		})
		begin := time.Now()
		err := s.Stop(t.Context())
		require.ErrorContains(t, err, "stop deaf: not within 3s")
		require.ErrorIs(t, err, context.DeadlineExceeded)
		require.Equal(t, 6*time.Second, time.Since(begin))
		require.True(t, stopped)
		close(release)
	})
}
