package indexer

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/elastic/go-elasticsearch/v8/esapi"
)

// Role is what a process does for the index at the moment.
type Role string

// The roles. Of all processes of one slot, one at most is active.
const (
	// RoleStarting is that of a process which is neither of the others: it has just begun, or it begins again after a fault.
	RoleStarting Role = "starting"
	// RoleStandby waits for the active process to end.
	RoleStandby Role = "standby"
	// RoleActive keeps the index.
	RoleActive Role = "active"
)

// Watcher hears how a process and its slot are, for metrics. Its methods must not block.
type Watcher interface {
	Role(role string)
	// Slot is how many bytes of the log the server keeps for the slot, and how many more may be written before the slot may lose
	// what it needs, negative for no limit.
	Slot(retained, safe int64)
	// Unconfirmed is how long ago the log was where the slot is confirmed.
	Unconfirmed(age time.Duration)
	// Ring is the number of commits received and not confirmed, also while nothing can be written.
	Ring(n int)
	// Budget is what is left of the time for refreshes, see refreshCredit.
	Budget(left time.Duration)
}

// Role is what this process does at the moment.
func (x *Indexer) Role() Role { return *x.role.Load() }

// be changes the role. What only the active process knows is not told by others.
func (x *Indexer) be(role Role) {
	x.role.Store(&role)
	x.c.Watcher.Role(string(role))
	if role != RoleActive {
		x.c.Watcher.Budget(refreshCredit)
	}
	if role == RoleStandby { // one that starts again after a fault will keep the same index
		x.c.Observer.DeadLetters(0)
	}
}

var errStarting = errors.New("this process neither keeps the index nor stands by")

// Ready is nil while this process keeps the index or stands by.
func (x *Indexer) Ready(context.Context) error {
	if x.Role() == RoleStarting {
		return errStarting
	}
	return nil
}

// Ping asks the search engine whether it answers. There need not be an index: this process makes it.
func (x *Indexer) Ping(ctx context.Context) error {
	res, err := esapi.PingRequest{}.Do(ctx, x.es.api)
	if err != nil {
		return err
	}
	defer res.Body.Close()
	if res.IsError() {
		return fmt.Errorf("the search engine answered %s", res.Status())
	}
	return nil
}

// watchEvery is the time between two looks at the slot, and what the age of its position is too long by.
const watchEvery = 2 * time.Second

// watch looks at what only the database knows until ctx ends, whatever the role.
func (x *Indexer) watch(ctx context.Context) {
	tick := time.NewTicker(watchEvery)
	defer tick.Stop()
	w := slotWatch{x: x, began: x.c.Now(), confirmed: NewAge(nil, nil, x.c.Now)}
	for {
		w.look(ctx)
		x.c.Watcher.Ring(x.inFlight())
		select {
		case <-ctx.Done():
			return
		case <-tick.C:
		}
	}
}

// inFlight is the number of commits received and not confirmed.
func (x *Indexer) inFlight() int {
	if s := x.stream.Load(); s != nil {
		return s.InFlight()
	}
	return 0
}

// slotWatch knows how old the confirmed position of the slot is: every commit before some moment is confirmed.
type slotWatch struct {
	x         *Indexer
	began     time.Time
	confirmed *Age
	flushed   int64
	failing   bool
}

// look asks the database. While it does not answer, the position gets older.
func (w *slotWatch) look(ctx context.Context) {
	at := w.x.c.Now()
	within, cancel := context.WithTimeout(ctx, watchEvery)
	defer cancel()
	s, err := w.x.c.State.SlotState(within, w.x.c.Slot)
	if err != nil {
		if !w.failing && ctx.Err() == nil {
			w.x.c.Logger.WarnContext(ctx, "nobody knows how the replication slot is", "error", err)
		}
	} else {
		if s.Flushed < w.flushed { // another log: a backup was restored, or a standby promoted
			w.began, w.confirmed = at, NewAge(nil, nil, w.x.c.Now)
		}
		w.flushed = s.Flushed
		w.confirmed.note(moment{at, s.Flushed}, s.Confirmed)
		w.x.c.Watcher.Slot(s.Retained, s.Safe)
	}
	w.failing = err != nil
	since := w.confirmed.Present()
	if since.IsZero() { // nothing was confirmed since the first look
		since = w.began
	}
	w.x.c.Watcher.Unconfirmed(w.x.c.Now().Sub(since))
}
