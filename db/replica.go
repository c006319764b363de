package db

import (
	"context"
	"fmt"
	"math"
	"sync"
	"time"
)

// unknownLag is the lag of a standby that has not been measured, or failed.
const unknownLag = time.Duration(math.MaxInt64)

// The heartbeat row is written and read back this often.
const heartbeatEvery = 200 * time.Millisecond

const beatSQL = `UPDATE replica_heartbeat SET beat_at = clock_timestamp() RETURNING beat_at`

// A standby that has been promoted stays where it was then.
const heartSQL = `SELECT beat_at, coalesce(pg_last_wal_replay_lsn() - '0/0', 0)::bigint FROM replica_heartbeat`

// Run measures how far each standby lags until ctx ends: it writes the heartbeat row and looks how old the standbys' copy
// of it is, all by the primary's clock. Without standbys it only waits.
func (d *DB) Run(ctx context.Context) error {
	if len(d.replicas) == 0 {
		<-ctx.Done()
		return nil
	}
	tick := time.NewTicker(heartbeatEvery)
	defer tick.Stop()
	var beat time.Time
	for {
		var err error
		if beat, err = d.measureLag(ctx, beat); err != nil && ctx.Err() == nil {
			d.o.Logger.WarnContext(ctx, "the heartbeat of the replicas failed: one that falls behind from now on is not noticed", "error", err)
		}
		select {
		case <-ctx.Done():
			return nil
		case <-tick.C:
		}
	}
}

// measureLag sets the lag of every standby to what was measured and returns the beat it wrote. The copy that a standby
// shows is compared with the beat before this one: this one may still be on its way. While the primary does not answer,
// that is the last one it took, so that a standby which has it goes on being read.
func (d *DB) measureLag(ctx context.Context, before time.Time) (time.Time, error) {
	beat, err := d.beat(ctx)
	if err != nil {
		beat, err = before, fmt.Errorf("write the heartbeat: %w", err)
	}
	if before.IsZero() {
		return beat, err // nothing to compare with yet
	}
	var wait sync.WaitGroup
	for i, r := range d.replicas {
		wait.Go(func() {
			r.lag.Store(int64(replicaLag(ctx, r, before)))
			if d.o.OnLag != nil {
				d.o.OnLag(i+1, time.Duration(r.lag.Load()))
			}
		})
	}
	wait.Wait()
	return beat, err
}

// measureTimeout bounds each half of a measurement, so that a server that hangs does not stop the next one.
const measureTimeout = 2 * time.Second

func (d *DB) beat(ctx context.Context) (time.Time, error) {
	ctx, cancel := context.WithTimeout(ctx, measureTimeout)
	defer cancel()
	var beat time.Time
	return beat, d.primary.GetContext(ctx, &beat, beatSQL)
}

// replicaLag is how much older than beat the standby's copy of the heartbeat is. It notes how far the standby is in the log, too.
func replicaLag(ctx context.Context, r *pool, beat time.Time) time.Duration {
	ctx, cancel := context.WithTimeout(ctx, measureTimeout)
	defer cancel()
	var seen time.Time
	var replayed int64
	if err := r.QueryRowxContext(ctx, heartSQL).Scan(&seen, &replayed); err != nil {
		return unknownLag
	}
	r.replayed.Store(replayed)
	return max(beat.Sub(seen), 0)
}
