package server_test

import (
	"context"
	"io"
	"net/http"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/kirana-commerce/kirana/internal/server"
)

type traceKey struct{}

// TestLongLived is about answers that outlive the time limit of requests.
func TestLongLived(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		name string
		end  string // what ends the stream
		took time.Duration
	}{
		{name: "the server", end: "server", took: time.Hour},
		{name: "the client", end: "client", took: time.Hour},
		{name: "the stream", end: "stream", took: time.Minute},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				entered, ended := make(chan struct{}), make(chan time.Duration, 1)
				b := setup(server.Options{RequestTimeout: time.Second, GraphQL: http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
					begin := time.Now()
					ctx, cancel := server.LongLived(context.WithValue(r.Context(), traceKey{}, "kept"))
					defer cancel()
					control := http.NewResponseController(w)
					_ = control.SetReadDeadline(time.Time{})
					_ = control.SetWriteDeadline(time.Time{})
					_, _ = io.WriteString(w, "begun")
					_ = control.Flush()
					close(entered)
					if c.end == "stream" {
						<-time.After(time.Minute)
					} else {
						<-ctx.Done()
					}
					if ctx.Value(traceKey{}) == "kept" {
						ended <- time.Since(begin)
					}
				})})
				listener := newPipes()
				running, stop := context.WithCancel(t.Context())
				done := make(chan error, 1)
				go func() { done <- b.server.Run(running, listener) }()
				asking, leave := context.WithCancel(t.Context())
				defer leave()
				answered := make(chan int, 1)
				go func() { answered <- status(asking, listener.client(), "/graphql") }()
				<-entered
				if c.end != "stream" {
					<-time.After(time.Hour)
				}
				switch c.end {
				case "server":
					stop()
				case "client":
					leave()
				}
				require.Equal(t, c.took, <-ended)
				code := <-answered
				stop()
				require.NoError(t, <-done)
				require.Equal(t, c.end == "client", code == 0)
			})
		})
	}
}

// TestLongLivedHijacked is about connections that net/http no longer knows of when it shuts down.
func TestLongLivedHijacked(t *testing.T) {
	t.Parallel()
	for name, deaf := range map[string]bool{"one that ends": false, "one that does not": true} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				entered, release := make(chan struct{}), make(chan struct{})
				b := setup(server.Options{GraphQL: http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
					conn, _, err := http.NewResponseController(w).Hijack()
					if err != nil {
						return
					}
					defer conn.Close() //nolint:errcheck // the test is over
					ctx, cancel := server.LongLived(r.Context())
					defer cancel()
					close(entered)
					<-ctx.Done()
					<-time.After(3 * time.Second)
					if deaf {
						<-release
					}
				})})
				listener := newPipes()
				running, stop := context.WithCancel(t.Context())
				done := make(chan error, 1)
				go func() { done <- b.server.Run(running, listener) }()
				answered := make(chan int, 1)
				go func() { answered <- status(t.Context(), listener.client(), "/graphql") }()
				<-entered
				begin := time.Now()
				stop()
				err := <-done
				close(release)
				require.Equal(t, deaf, err != nil)
				if deaf {
					require.ErrorContains(t, err, "streams do not end")
					require.Equal(t, 10*time.Second, time.Since(begin))
				} else {
					require.Equal(t, 3*time.Second, time.Since(begin))
				}
				require.Zero(t, <-answered)
			})
		})
	}
}

// TestLongLivedTooLate is about streams that would begin when the server has been told to end, or outside of it.
func TestLongLivedTooLate(t *testing.T) {
	t.Parallel()
	ctx, cancel := server.LongLived(t.Context())
	require.NoError(t, ctx.Err())
	cancel()
	require.Error(t, ctx.Err())

	synctest.Test(t, func(t *testing.T) {
		late := make(chan error, 1)
		b := setup(server.Options{GraphQL: http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
			<-time.After(5 * time.Second)
			ctx, cancel := server.LongLived(r.Context())
			defer cancel()
			late <- ctx.Err()
		})})
		listener := newPipes()
		running, stop := context.WithCancel(t.Context())
		done := make(chan error, 1)
		go func() { done <- b.server.Run(running, listener) }()
		answered := make(chan int, 1)
		go func() { answered <- status(t.Context(), listener.client(), "/graphql") }()
		synctest.Wait()
		stop()
		require.ErrorIs(t, <-late, context.Canceled)
		require.Equal(t, 200, <-answered)
		require.NoError(t, <-done)
	})
}

func TestSwitchingProtocolsIsAnAnswer(t *testing.T) {
	t.Parallel()
	b := setup(server.Options{GraphQL: http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		w.WriteHeader(http.StatusEarlyHints)
		w.WriteHeader(http.StatusSwitchingProtocols)
	})})
	b.send(t, "GET", "/graphql")
	require.EqualValues(t, 101, b.log.lines(t, "request")[0]["status"])
}
