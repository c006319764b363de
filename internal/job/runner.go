package job

import (
	"context"
	"errors"
	"log/slog"
	"strconv"
	"time"

	"github.com/kirana-commerce/kirana/commerce"
	"github.com/kirana-commerce/kirana/internal/lifecycle"
	"github.com/kirana-commerce/kirana/internal/telemetry"
)

// Options are what a Runner needs.
type Options struct {
	Queue   commerce.JobQueue
	Results commerce.ResultMaker
	Files   commerce.UploadStore
	Sweeper commerce.Sweeper
	Holds   commerce.HoldSweeper
	// Cards sends money back to cards, and looks at payments by card; nil where none are taken.
	Cards     commerce.CardWorker
	Catalogue commerce.CatalogReader
	// Sales counts what sells; nil where nobody does.
	Sales commerce.SalesRanker
	// Workers is how many jobs run at the same time.
	Workers int
	// Patience is how long a worker may be silent before its job is anybody's. 30 s when 0.
	Patience time.Duration
	// Poll is how often the queue is looked at for jobs that other processes have taken in. 1 s when 0.
	Poll    time.Duration
	Logger  *slog.Logger
	Now     func() time.Time
	Metrics *telemetry.Jobs
}

// The intervals of a Runner.
const (
	defaultPatience = 30 * time.Second
	defaultPoll     = time.Second
	sweepEvery      = 10 * time.Minute
	settleEvery     = time.Second
	rankEvery       = time.Minute
	lapseEvery      = 500 * time.Millisecond // what is held too long is back within a second
	endTimeout      = 10 * time.Second
)

// maxAttempts is how often a job is begun without getting on before it fails: one that ends its process must not end them all.
const maxAttempts = 5

// Runner does jobs.
type Runner struct {
	o    Options
	wake chan struct{}
}

// New makes a runner.
func New(o Options) *Runner {
	if o.Patience == 0 {
		o.Patience = defaultPatience
	}
	if o.Poll == 0 {
		o.Poll = defaultPoll
	}
	return &Runner{o: o, wake: make(chan struct{}, 1)}
}

// Wake says that there may be a job.
func (r *Runner) Wake() {
	select {
	case r.wake <- struct{}{}:
	default: // somebody was told and has not looked yet
	}
}

// Run does jobs until ctx ends. The batches under way are put in, then the jobs go back into the queue.
func (r *Runner) Run(ctx context.Context) error {
	group := lifecycle.NewGroup(ctx)
	for n := range r.o.Workers {
		group.Go("job worker "+strconv.Itoa(n+1), r.work)
	}
	group.Go("sweep", r.sweep)
	group.Go("holds", r.lapse)
	if r.o.Cards != nil {
		group.Go("cards", r.settle)
	}
	if r.o.Sales != nil {
		group.Go("sales", r.rank)
	}
	return group.Wait()
}

// work does one job after the other.
func (r *Runner) work(ctx context.Context) error {
	tick := time.NewTicker(r.o.Poll)
	defer tick.Stop()
	for ctx.Err() == nil {
		job, err := r.o.Queue.ClaimJob(ctx, r.o.Patience)
		switch {
		case job != nil:
			r.Wake() // there may be more for the other workers
			if r.do(ctx, job) {
				continue
			}
		case err != nil && ctx.Err() == nil:
			r.o.Logger.WarnContext(ctx, "the queue of jobs cannot be read; trying again", "error", err)
		}
		select {
		case <-ctx.Done():
		case <-tick.C:
		case <-r.wakeUnless(err):
		}
	}
	return nil
}

// wakeUnless is the signal that there may be a job, nil after a fault: what does not work now is tried again a moment later.
func (r *Runner) wakeUnless(err error) <-chan struct{} {
	if err != nil {
		return nil
	}
	return r.wake
}

// sweep deletes what has expired, now and then.
func (r *Runner) sweep(ctx context.Context) error {
	tick := time.NewTicker(sweepEvery)
	defer tick.Stop()
	for {
		if err := r.o.Sweeper.Sweep(ctx); err != nil && ctx.Err() == nil {
			r.o.Logger.WarnContext(ctx, "what has expired cannot be deleted; trying again", "error", err)
		}
		select {
		case <-ctx.Done():
			return nil
		case <-tick.C:
		}
	}
}

// lapse gives back what is held for orders that were not paid in time. It asks every moment and not at the next expiry, which any
// other process may have moved.
func (r *Runner) lapse(ctx context.Context) error {
	tick := time.NewTicker(lapseEvery)
	defer tick.Stop()
	for {
		n, err := r.o.Holds.LapseHolds(ctx)
		if n > 0 {
			r.o.Logger.InfoContext(ctx, "orders were not paid in time", "orders", n)
		}
		if err != nil && ctx.Err() == nil {
			r.o.Logger.WarnContext(ctx, "what is held cannot be given back; trying again", "error", err)
		}
		select {
		case <-ctx.Done():
			return nil
		case <-tick.C:
		}
	}
}

// settle sends money back to cards, and looks at payments. It asks every moment, as both come from every process.
func (r *Runner) settle(ctx context.Context) error {
	tick := time.NewTicker(settleEvery)
	defer tick.Stop()
	for {
		if _, err := r.o.Cards.SettleRefunds(ctx); err != nil && ctx.Err() == nil {
			r.o.Logger.WarnContext(ctx, "money cannot be sent back to cards; trying again", "error", err)
		}
		if _, err := r.o.Cards.LookAtPayments(ctx); err != nil && ctx.Err() == nil {
			r.o.Logger.WarnContext(ctx, "payments by card cannot be looked at; trying again", "error", err)
		}
		select {
		case <-ctx.Done():
			return nil
		case <-tick.C:
		}
	}
}

// rank counts what sells of the products whose orders have changed, every minute, a page at a time with a rest in between. A page that is not
// full was the last: what comes meanwhile is for the next minute.
func (r *Runner) rank(ctx context.Context) error {
	tick := time.NewTicker(rankEvery)
	defer tick.Stop()
	pace := pace{r.o.Now}
	for {
		var done commerce.SalesCount
		err := pace.step(ctx, func() (err error) {
			done, err = r.o.Sales.RankSales(ctx)
			return err
		})
		if done.Counted > 0 {
			r.o.Logger.DebugContext(ctx, "what sells was counted", "products", done.Counted, "written", done.Written)
		}
		switch {
		case err != nil && ctx.Err() == nil:
			r.o.Logger.WarnContext(ctx, "what sells cannot be counted; trying again", "error", err)
		case done.More && ctx.Err() == nil:
			continue
		}
		select {
		case <-ctx.Done():
			return nil
		case <-tick.C:
		}
	}
}

// errStopping says that the process ends.
var errStopping = errors.New("the server ends")

// do does one job, and reports whether to go on with the next one without a pause.
func (r *Runner) do(ctx context.Context, job *commerce.ClaimedJob) bool {
	start := r.o.Now()
	t := &task{Runner: r, job: job, log: r.o.Logger.With("job", job.NodeID().String(), "kind", job.Kind, "attempt", job.Attempts, "resumed", job.Resumed)}
	t.log.InfoContext(ctx, "a job begins")
	end, err := t.work(ctx)
	if !errors.Is(err, commerce.ErrLeaseLost) { // else how it ends is for others to say
		end = t.settle(end, err)
		err = t.end(ctx, end)
	}
	took := r.o.Now().Sub(start)
	switch {
	case errors.Is(err, commerce.ErrLeaseLost):
		t.log.WarnContext(ctx, "a job was lost to another worker")
		r.o.Metrics.Ended(string(job.Kind), "LOST", took)
		return true
	case err != nil:
		t.log.ErrorContext(ctx, "a job's end could not be written; it is taken up again", "state", end.State, "error", err)
		return false
	}
	r.o.Metrics.Ended(string(job.Kind), string(end.State), took)
	t.log.InfoContext(ctx, "a job ends", "state", end.State)
	return end.State.Final()
}

// work does the job while it is this worker's. The error is that of run, or what stopped the work between two batches: the
// process ends, the lease is lost, the merchant has canceled the job.
func (t *task) work(ctx context.Context) (commerce.JobEnd, error) {
	working, stop := context.WithCancelCause(ctx)
	beating := lifecycle.NewGroup(working)
	beating.Go("heartbeat", func(ctx context.Context) error { return t.beat(ctx, t.job, stop) })
	end, err := t.run(working)
	err = why(ctx, working, err)
	stop(nil)
	_ = beating.Wait() // it has told stop
	return end, err
}

// end writes how the job ends, though the process may be ending too.
func (t *task) end(ctx context.Context, end commerce.JobEnd) error {
	ending, cancel := context.WithTimeout(context.WithoutCancel(ctx), endTimeout)
	defer cancel()
	return t.o.Queue.EndJob(ending, t.job, end)
}

// why finds the reason behind the error of a worker: whatever was under way fails in its own way when the work is stopped.
func why(ctx, working context.Context, err error) error {
	if err == nil || errors.Is(err, commerce.ErrLeaseLost) || errors.Is(err, commerce.ErrJobCanceled) {
		return err
	}
	if ctx.Err() != nil {
		return errStopping
	}
	if working.Err() != nil {
		return context.Cause(working)
	}
	return err
}

// beat renews the lease until ctx ends, and stops the work when that is over.
func (r *Runner) beat(ctx context.Context, job *commerce.ClaimedJob, stop context.CancelCauseFunc) error {
	tick := time.NewTicker(r.o.Patience / 6)
	defer tick.Stop()
	for {
		select {
		case <-ctx.Done():
			return nil
		case <-tick.C:
		}
		err := r.o.Queue.BeatJob(ctx, job)
		if errors.Is(err, commerce.ErrLeaseLost) || errors.Is(err, commerce.ErrJobCanceled) {
			stop(err)
			return nil
		}
	}
}

// Editor takes jobs in and wakes the workers of this process.
type Editor struct {
	commerce.JobEditor

	Runner *Runner
}

// QueueImport asks for an import.
func (e Editor) QueueImport(ctx context.Context, by commerce.Author, store commerce.StoreID, in commerce.ImportRequest) (*commerce.Job, error) {
	return e.woken(e.JobEditor.QueueImport(ctx, by, store, in))
}

// QueueExport asks for a file of all products.
func (e Editor) QueueExport(ctx context.Context, by commerce.Author, store commerce.StoreID) (*commerce.Job, error) {
	return e.woken(e.JobEditor.QueueExport(ctx, by, store))
}

func (e Editor) woken(job *commerce.Job, err error) (*commerce.Job, error) {
	if err == nil {
		e.Runner.Wake()
	}
	return job, err
}
