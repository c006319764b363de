package indexertest

import (
	"context"
	"database/sql"
	"strings"
	"sync"
	"sync/atomic"
	"time"
)

// writers change the catalogue until they are stopped. Those that block each other, or whose database crashes, are part of it.
type writers struct {
	db      *sql.DB
	pause   time.Duration // of each, between two transactions
	commits *atomic.Int64
	stop    context.CancelFunc
	ended   sync.WaitGroup
}

// transactionLimit bounds a transaction, which may wait for a server that is starting.
const transactionLimit = 20 * time.Second

// start lets each source of changes write on its own, and a probe, when there is one, measure.
func (w *writers) start(ctx context.Context, sources []*Changes, probe *Probe) {
	ctx, w.stop = context.WithCancel(ctx)
	if probe != nil {
		w.ended.Go(func() { probe.run(ctx) })
	}
	for _, source := range sources {
		w.ended.Go(func() {
			for ctx.Err() == nil {
				if w.transact(ctx, source.Next()) == broken {
					_ = Pause(ctx, 5*poll) // the database may be starting
				}
				_ = Pause(ctx, w.pause)
			}
		})
	}
}

// verdict is what became of a transaction.
type verdict int

const (
	committed  verdict = iota
	rolledBack         // also by another that it met
	broken             // the connection is, and nobody knows whether it has committed
)

// transact sends a transaction. It is finished also when the writers are stopped.
func (w *writers) transact(ctx context.Context, text string) verdict {
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), transactionLimit)
	defer cancel()
	conn, err := w.db.Conn(ctx)
	if err != nil {
		return broken
	}
	defer conn.Close() //nolint:errcheck // it goes back to the pool, or is broken
	if _, err = conn.ExecContext(ctx, text); err != nil {
		if _, err = conn.ExecContext(ctx, "ROLLBACK"); err != nil {
			return broken
		}
		return rolledBack
	}
	if strings.HasSuffix(text, "ROLLBACK") {
		return rolledBack
	}
	w.commits.Add(1)
	return committed
}

// end waits until all have finished what they were doing.
func (w *writers) end() {
	w.stop()
	w.ended.Wait()
}

// Churn lets some writers change a catalogue at random until stop is called, which waits for them.
func Churn(ctx context.Context, db *sql.DB, c Catalogue, seed uint64, n int) (stop func()) {
	w := &writers{db: db, commits: new(atomic.Int64)}
	sources := make([]*Changes, n)
	for i := range sources {
		sources[i] = NewChanges(seed, uint64(i), c)
	}
	w.start(ctx, sources, nil)
	return w.end
}
