package job

import (
	"context"
	"time"
)

// The pace of a job. It works three quarters of the time: after each batch it leaves the processors, the database and the indexer to
// the others for a third of what the batch took. A job that rested for less kept both processors of a small machine full, so that its
// neighbours felt it; one that rests for more falls too far behind the command line. A batch that takes long because the database is
// busy is followed by a longer pause, so a job gives way by itself when others need the database. maxPause keeps one slow batch from
// stopping it.
const (
	restPart = 3
	maxPause = 2 * time.Second
)

// batchSize is how many products one transaction puts in: few enough that neighbours wait for a tenth of a second at a time, enough
// that what each transaction costs besides does not count.
const batchSize = 200

// pace makes pauses.
type pace struct{ now func() time.Time }

// step does a piece of work and rests. The rest ends with ctx, which is no fault of the work.
func (p pace) step(ctx context.Context, work func() error) error {
	start := p.now()
	if err := work(); err != nil {
		return err
	}
	p.rest(ctx, p.now().Sub(start))
	return nil
}

// rest makes the pause after work that took some time. It ends with ctx.
func (pace) rest(ctx context.Context, took time.Duration) {
	pause := time.NewTimer(min(took/restPart, maxPause))
	defer pause.Stop()
	select {
	case <-ctx.Done():
	case <-pause.C:
	}
}
