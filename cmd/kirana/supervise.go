package main

import (
	"context"
	"fmt"
	"sync"
	"time"
)

// process is a server that kirana dev started.
type process interface {
	Stop(ctx context.Context) error
	Done() <-chan struct{}
	Err() error
}

// supervised is a private server that is started again when it ends by itself, in the same folder and on the same port:
// nobody else would.
type supervised struct {
	name  string
	start func(ctx context.Context) (process, error)

	mu      sync.Mutex
	current process
	stopped bool
}

// begin starts the server for the first time.
func (s *supervised) begin(ctx context.Context) error {
	p, err := s.start(ctx)
	s.current = p
	return err
}

// watch starts the server again whenever it ends, until ctx does.
func (s *supervised) watch(ctx context.Context, c *console) error {
	for {
		s.mu.Lock()
		p := s.current
		s.mu.Unlock()
		select {
		case <-ctx.Done():
			return nil
		case <-p.Done():
		}
		if ctx.Err() != nil {
			return nil //nolint:nilerr // both ended because that was asked for
		}
		c.notef("%s ended (%v); starting it again", s.name, p.Err())
		if err := s.again(ctx); err != nil {
			return err
		}
		c.notef("%s runs again", s.name)
	}
}

// restartTimeout bounds how long a server that ended may take to come back.
const restartTimeout = 2 * time.Minute

func (s *supervised) again(ctx context.Context) error {
	ctx, cancel := context.WithTimeout(ctx, restartTimeout)
	defer cancel()
	p, err := s.start(ctx)
	if err != nil {
		return fmt.Errorf("start %s again: %w", s.name, err)
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	s.current = p
	if s.stopped { // the process was told to end in the meantime
		return p.Stop(ctx)
	}
	return nil
}

// stop ends the server for good.
func (s *supervised) stop(ctx context.Context) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.stopped = true
	if s.current == nil {
		return nil
	}
	return s.current.Stop(ctx)
}
