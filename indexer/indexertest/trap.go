package indexertest

import (
	"errors"
	"sync"
)

// Edge is a place in an indexer's run at which it can be killed.
type Edge string

// The edges. What stands between the indexer and the search engine knows those of requests; the others are known inside its process.
const (
	BeforeGate    Edge = "before the gate"
	AfterGate     Edge = "after the gate"
	BeforeBulk    Edge = "before a bulk request"
	AfterBulk     Edge = "after a bulk request"
	BeforeRefresh Edge = "before a refresh"
	AfterRefresh  Edge = "after a refresh"
	BeforeAlias   Edge = "before the alias moves"
	AfterAlias    Edge = "after the alias moves"
	AfterRelease  Edge = "after a commit is released"
	BeforeSave    Edge = "before the state is saved"
	AfterSave     Edge = "between the saved state and the word to the server"
)

// ErrKilled is what an edge answers to somebody who is dead.
var ErrKilled = errors.New("killed")

// Trap stops whoever comes to an edge, so that it can be killed there.
type Trap struct {
	mu      sync.Mutex
	edge    Edge
	reached chan struct{}
	gone    chan struct{}
}

// Set lays the trap at an edge. Reached is closed when somebody is caught.
func (t *Trap) Set(edge Edge) (reached <-chan struct{}) {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.edge, t.reached, t.gone = edge, make(chan struct{}), make(chan struct{})
	return t.reached
}

// Spring takes the trap away, and lets go of whoever is in it: it is told that it is dead.
func (t *Trap) Spring() {
	t.mu.Lock()
	defer t.mu.Unlock()
	if t.gone != nil {
		close(t.gone)
	}
	t.edge, t.gone = "", nil
}

// At passes an edge. When the trap lies there it does not return before the trap is taken away, and then with ErrKilled.
func (t *Trap) At(edge Edge) error {
	t.mu.Lock()
	if t.edge != edge || edge == "" {
		t.mu.Unlock()
		return nil
	}
	gone := t.gone
	t.edge = "" // it catches one
	close(t.reached)
	t.mu.Unlock()
	<-gone
	return ErrKilled
}
