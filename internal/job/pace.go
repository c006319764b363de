package job

import (
	"context"
	"time"
)

// The pace of an import. It works eight ninths of the time: after each batch it leaves database and indexer to the others for an
// eighth of what the batch took. A batch that takes long because the database is busy is followed by a longer pause, so an
// import gives way by itself when others need the database. maxPause keeps one slow batch from stopping it.
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
	pause := time.NewTimer(min(p.now().Sub(start)/restPart, maxPause))
	defer pause.Stop()
	select {
	case <-ctx.Done():
	case <-pause.C:
	}
	return nil
}
