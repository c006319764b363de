// Package lifecycle starts and stops the parts of a process: a Group runs what works until it is told to end, a Stack
// closes what was opened, last first.
//
// It never restarts anything: a part that fails ends the process, and whoever runs processes starts a new one.
package lifecycle

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"time"
)

// Group runs named functions at the same time. The first that fails ends the others.
type Group struct {
	ctx    context.Context //nolint:containedctx // the group's whole purpose is to share it among its functions
	cancel context.CancelFunc
	wg     sync.WaitGroup
	mu     sync.Mutex
	errs   []error
}

// NewGroup makes a group whose functions end with ctx.
func NewGroup(ctx context.Context) *Group {
	g := &Group{}
	g.ctx, g.cancel = context.WithCancel(ctx)
	return g
}

// Go runs fn until it returns. It must return soon after its context ends. The name says in errors who failed.
func (g *Group) Go(name string, fn func(context.Context) error) {
	g.wg.Go(func() {
		if err := fn(g.ctx); err != nil {
			g.fail(name, err)
		}
	})
}

// fail keeps the error, unless it only says that somebody else had ended the group.
func (g *Group) fail(name string, err error) {
	g.mu.Lock()
	defer g.mu.Unlock()
	if g.ctx.Err() != nil && errors.Is(err, context.Canceled) {
		return
	}
	g.errs = append(g.errs, fmt.Errorf("%s: %w", name, err))
	g.cancel()
}

// Wait returns when all functions have returned. The error holds what failed, each with its name, the first failure first;
// it is nil when nothing did, also when the group's context ended.
func (g *Group) Wait() error {
	g.wg.Wait()
	g.cancel()
	g.mu.Lock()
	defer g.mu.Unlock()
	return errors.Join(g.errs...)
}

// Stack is what has been started and must be stopped, the last first. Its methods may be called at the same time.
type Stack struct {
	each  time.Duration
	mu    sync.Mutex
	items []item
}

type item struct {
	name string
	stop func(context.Context) error
}

// NewStack makes a stack that gives everything on it the same time to stop.
func NewStack(each time.Duration) *Stack { return &Stack{each: each} }

// Push puts something on the stack. The name says in errors what did not stop.
func (s *Stack) Push(name string, stop func(context.Context) error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.items = append(s.items, item{name, stop})
}

// Stop stops everything, the last first, and goes on when something fails or takes too long; that is left behind.
// Stopping again stops what was pushed since.
func (s *Stack) Stop(ctx context.Context) error {
	var errs []error
	for {
		i, more := s.pop()
		if !more {
			return errors.Join(errs...)
		}
		if err := s.stopOne(ctx, i.stop); err != nil {
			errs = append(errs, fmt.Errorf("stop %s: %w", i.name, err))
		}
	}
}

func (s *Stack) pop() (item, bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	n := len(s.items) - 1
	if n < 0 {
		return item{}, false
	}
	i := s.items[n]
	s.items = s.items[:n]
	return i, true
}

func (s *Stack) stopOne(ctx context.Context, stop func(context.Context) error) error {
	ctx, cancel := context.WithTimeout(ctx, s.each)
	defer cancel()
	done := make(chan error, 1) // room for one, so that what is left behind can still end
	go func() { done <- stop(ctx) }()
	select {
	case err := <-done:
		return err
	case <-ctx.Done():
		return fmt.Errorf("not within %s: %w", s.each, ctx.Err())
	}
}
