package server

import (
	"context"
	"errors"
	"sync"

	"github.com/kirana-commerce/kirana/internal/auth"
)

// LongLived frees a context from the time limit of its request, for an answer that has no end by itself, such as a
// subscription. The new context ends when the client goes away, when the server is told to end, and with the function,
// which must be called: the server waits for it before it ends. What was read when the request came is not known any more.
func LongLived(ctx context.Context) (context.Context, context.CancelFunc) {
	v := visitOf(ctx)
	if v == nil {
		return context.WithCancel(ctx)
	}
	known := auth.From(ctx)
	known.Viewer = known.Viewer.Later()
	free, cancel := context.WithCancel(auth.With(context.WithoutCancel(ctx), known))
	if !v.server.streams.begin() {
		cancel()
		return free, cancel
	}
	gone := context.AfterFunc(v.base, cancel)
	ended := context.AfterFunc(v.server.streams.life, cancel)
	return free, sync.OnceFunc(func() {
		gone()
		ended()
		cancel()
		v.server.streams.open.Done()
	})
}

// streams are the answers that have no end by themselves. net/http does not wait for those that are websockets.
type streams struct {
	mu   sync.Mutex // of beginning and ending, so that nothing begins after the end
	open sync.WaitGroup
	life context.Context //nolint:containedctx // of all streams; it ends when the server is told to
	end  context.CancelFunc
}

func newStreams() *streams {
	life, end := context.WithCancel(context.Background())
	return &streams{life: life, end: end}
}

func (s *streams) begin() bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.life.Err() != nil {
		return false
	}
	s.open.Add(1)
	return true
}

// stop tells all streams to end.
func (s *streams) stop() {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.end()
}

// wait waits until all have ended.
func (s *streams) wait(ctx context.Context) error {
	done := make(chan struct{})
	go func() {
		s.open.Wait()
		close(done)
	}()
	select {
	case <-done:
		return nil
	case <-ctx.Done():
		return errors.New("streams do not end")
	}
}
