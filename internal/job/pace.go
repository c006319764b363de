package job

import (
	"context"
	"time"
)

// The pace of a job. It works eight ninths of the time: after each batch it leaves database and indexer to the others for an
// eighth of what the batch took. A batch that takes long because the database is busy is followed by a longer pause, so a
// job gives way by itself when others need the database. maxPause keeps one slow batch from stopping it.
const (
	restPart = 8
	maxPause = 2 * time.Second
)

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
