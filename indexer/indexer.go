// Package indexer keeps the search index equal to the database: it learns from the write-ahead log which products changed,
// waits until the change can be seen, builds their documents from current rows, and writes them with the commit's position
// as their version.
//
// It never indexes what a change carries, never confirms a position before the index has answered for it, and writes to
// nothing but the index and its own state.
package indexer

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"log/slog"
	"sync"
	"sync/atomic"
	"time"

	"github.com/kirana-commerce/kirana/commerce"
	"github.com/kirana-commerce/kirana/internal/cdc"
	"github.com/kirana-commerce/kirana/search"
)

// The names of the replication slot and of the publication, which a migration creates.
const (
	DefaultSlot        = "kirana_search"
	DefaultPublication = "kirana_search"
)

// Config says what to index and where. The two URLs and all that is read and kept in the database are required.
type Config struct {
	DatabaseURL      string // of the primary
	ElasticsearchURL string
	Slot             string // DefaultSlot when empty
	Publication      string // DefaultPublication when empty
	Alias            string // search.Alias when empty

	Documents commerce.DocumentReader
	Walks     commerce.WalkStore
	State     commerce.IndexStateStore

	DeadLetters commerce.DeadLetterStore
	// Catalogue, Redo and Log are for the gate, which verifies a generation that was filled before it goes live.
	Catalogue commerce.CatalogueWalker
	Redo      commerce.RedoWriter
	Log       commerce.LogTail
	// Gate, when set, decides in its place: nil lets the generation go live, an error that wraps ErrRefused does not.
	Gate func(context.Context, *Candidate) error
	// Keep is how long a generation that was replaced is written on, so that searches can go back to it; 0 is an hour.
	Keep time.Duration

	Logger   *slog.Logger // nil logs nothing
	Observer Observer     // nil observes nothing
	Watcher  Watcher      // nil watches nothing
	// Beside run while this process is the one that keeps the index, until their context ends.
	Beside []func(context.Context)
	// OnSearchable, when set, hears of every position up to which every commit can be found. It must not block.
	OnSearchable func(cdc.Position)
	Now          func() time.Time
}

// Observer hears what the indexer does, for metrics. Its methods must not block.
type Observer interface {
	// Fresh is the time from a commit to the moment its documents can be found.
	Fresh(lag time.Duration)
	// Documents counts what became of documents: "indexed", "deleted", "stale" or "rejected".
	Documents(outcome string, n int)
	// GateRetry counts the times a streamed commit was not visible yet.
	GateRetry()
	// InFlight is the number of commits received and not confirmed.
	InFlight(n int)
	// DeadLetters is the number of documents that an index refuses.
	DeadLetters(n int)
}

// Indexer feeds one index from one database.
type Indexer struct {
	c  Config
	es *engine
	// role is what this process does at the moment; stream is the one it reads, nil while it reads none.
	role   atomic.Pointer[Role]
	stream atomic.Pointer[cdc.Stream]
}

// New checks the configuration. It does not connect.
func New(c Config) (*Indexer, error) {
	if c.DatabaseURL == "" || c.ElasticsearchURL == "" {
		return nil, errors.New("indexer: the URLs of the database and of the search engine are required")
	}
	if c.Documents == nil || c.Walks == nil || c.State == nil || c.DeadLetters == nil || c.Catalogue == nil || c.Redo == nil || c.Log == nil {
		return nil, errors.New("indexer: documents, walks, state, dead letters, catalogue, redo and log are all required")
	}
	c.Slot = orDefault(c.Slot, DefaultSlot)
	c.Publication = orDefault(c.Publication, DefaultPublication)
	c.Alias = orDefault(c.Alias, search.Alias)
	c.Keep = cmp.Or(c.Keep, time.Hour)
	if c.Logger == nil {
		c.Logger = slog.New(slog.DiscardHandler)
	}
	if c.Observer == nil {
		c.Observer = nobody{}
	}
	if c.Watcher == nil {
		c.Watcher = nobody{}
	}
	if c.Now == nil {
		c.Now = time.Now //nolint:forbidigo // the default of an injected clock
	}
	es, err := newEngine(c.ElasticsearchURL)
	if err != nil {
		return nil, err
	}
	x := &Indexer{c: c, es: es}
	x.be(RoleStarting)
	if x.c.Gate == nil {
		x.c.Gate = x.verify
	}
	return x, nil
}

func orDefault(s, fallback string) string {
	if s == "" {
		return fallback
	}
	return s
}

// The pauses between attempts grow from the first to the last.
const (
	firstPause = 100 * time.Millisecond
	lastPause  = 2 * time.Second
)

// Run indexes until ctx ends, and starts over by itself after every fault: what was not confirmed comes again.
func (x *Indexer) Run(ctx context.Context) error {
	defer x.es.http.CloseIdleConnections()
	var watch sync.WaitGroup
	watch.Go(func() { x.watch(ctx) })
	defer watch.Wait()
	pause := firstPause
	for {
		started := x.c.Now()
		err := x.runOnce(ctx)
		x.be(RoleStarting)
		if ctx.Err() != nil {
			return nil
		}
		if errors.Is(err, errStartOver) {
			x.c.Logger.InfoContext(ctx, "indexing starts over", "reason", err)
			continue
		}
		if x.c.Now().Sub(started) > lastPause {
			pause = firstPause
		}
		x.c.Logger.WarnContext(ctx, "indexing stopped; starting again", "error", err, "pause", pause)
		if !sleep(ctx, pause) {
			return nil
		}
		pause = min(2*pause, lastPause)
	}
}

// sleep waits for d and reports whether ctx is still alive.
func sleep(ctx context.Context, d time.Duration) bool {
	t := time.NewTimer(d)
	defer t.Stop()
	select {
	case <-t.C:
		return true
	case <-ctx.Done():
		return false
	}
}

// errStartOver ends a run that goes on with other generations.
var errStartOver = errors.New("start over")

// runOnce indexes until ctx ends or something fails.
func (x *Indexer) runOnce(ctx context.Context) error {
	slot, err := x.standBy(ctx)
	if err != nil {
		return err
	}
	// The target stands before the slot: a crash in between leaves an unfinished index, which is walked again, never a
	// slot that knows nothing of the time before it.
	l, before, err := x.lineUp(ctx)
	if err != nil {
		return err
	}
	w := newWriter(x, l, before)
	stream, err := cdc.Open(ctx, cdc.Config{
		URL: x.c.DatabaseURL, Slot: x.c.Slot, Existing: slot, Publication: x.c.Publication, Logger: x.c.Logger, OnIdle: w.idle,
		OnStart: func() { x.be(RoleActive) }, Kept: w.acknowledged, Now: x.c.Now,
	})
	if err != nil {
		return x.withoutLostSlot(ctx, fmt.Errorf("open the change stream: %w", err))
	}
	w.confirmed, w.inFlight = stream.Confirmed, stream.InFlight
	if err := w.prepare(ctx); err != nil {
		return errors.Join(err, stream.Close(ctx))
	}
	x.c.Logger.InfoContext(ctx, "indexing", "index", w.head().name(), "slot", x.c.Slot, "from", stream.System().ConfirmedFlush.String())
	return x.withoutLostSlot(ctx, x.together(ctx, stream, w))
}

// grace is how long what is being written may take when the end is asked for.
const grace = time.Second

// together runs the stream, the builder and the writer until one fails, or until the writer ends because ctx has. The
// stream ends last: its final report confirms what the writer released.
func (x *Indexer) together(ctx context.Context, stream *cdc.Stream, w *writer) error {
	work, cancel := context.WithCancel(context.WithoutCancel(ctx))
	defer cancel()
	late := context.AfterFunc(ctx, func() { time.AfterFunc(grace, cancel) })
	defer late()

	queue := make(chan *transaction, queueLength)
	b := &builder{x: x, epoch: w.epoch, wanted: w.walk.Run, queue: queue, idle: w.asks, out: w.parts}
	parts := []func() error{
		func() error { return stream.Run(work, newCapture(work, queue)) },
		func() error { return b.run(work) },
		func() error { return w.run(work, ctx.Done()) },
	}
	x.stream.Store(stream)
	defer x.stream.Store(nil)
	beside, end := context.WithCancel(work)
	defer end()
	var guards sync.WaitGroup
	for _, guard := range x.c.Beside {
		guards.Go(func() { guard(beside) })
	}
	done := make(chan error, len(parts))
	for _, part := range parts {
		go func() { done <- part() }()
	}
	var err error
	for range parts {
		err = cmp.Or(err, <-done) // what fails later fails because the others were told to end
		end()
		cancel()
	}
	guards.Wait()
	return err
}

// withoutLostSlot drops a slot that the server has taken the log from. The next run finds none and fills a new index.
func (x *Indexer) withoutLostSlot(ctx context.Context, err error) error {
	if !errors.Is(err, cdc.ErrSlotLost) {
		return err
	}
	return errors.Join(err, cdc.DropSlot(ctx, x.c.DatabaseURL, x.c.Slot))
}

// nobody observes nothing.
type nobody struct{}

func (nobody) Fresh(time.Duration)   {}
func (nobody) Documents(string, int) {}
func (nobody) GateRetry()            {}
func (nobody) InFlight(int)          {}
func (nobody) DeadLetters(int)       {}

func (nobody) Role(string)               {}
func (nobody) Slot(int64, int64)         {}
func (nobody) Unconfirmed(time.Duration) {}
func (nobody) Ring(int)                  {}
func (nobody) Budget(time.Duration)      {}

func (nobody) Checked(int)                {}
func (nobody) Drift(string, int)          {}
func (nobody) Repaired(int)               {}
func (nobody) Swept(time.Time, time.Time) {}
