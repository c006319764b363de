package indexer

import (
	"bytes"
	"context"
	"errors"
	"log/slog"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/kirana-commerce/kirana/commerce"
)

// watchedSlot is a state store and a Watcher that notes what it is told last.
type watchedSlot struct {
	commerce.IndexStateStore
	nobody
	slot           commerce.SlotState
	err            error
	retained, safe int64
	age            time.Duration
}

func (w *watchedSlot) SlotState(context.Context, string) (commerce.SlotState, error) {
	return w.slot, w.err
}

func (w *watchedSlot) Slot(retained, safe int64)     { w.retained, w.safe = retained, safe }
func (w *watchedSlot) Unconfirmed(age time.Duration) { w.age = age }

func TestTheAgeOfTheConfirmedPosition(t *testing.T) {
	t.Parallel()
	now := time.Unix(1_000_000, 0)
	clock := func() time.Time { return now }
	s := &watchedSlot{}
	var log bytes.Buffer
	x := &Indexer{c: Config{State: s, Watcher: s, Logger: slog.New(slog.NewTextHandler(&log, nil)), Now: clock}}
	w := slotWatch{x: x, began: now, confirmed: NewAge(nil, nil, clock)}
	away := errors.New("away")
	for i, look := range []struct {
		what               string
		after              time.Duration
		flushed, confirmed int64
		err                error
		want               time.Duration
	}{
		{"nothing is confirmed yet", 0, 100, 50, nil, 0},
		{"it gets older from the first look on", 2 * time.Second, 200, 50, nil, 2 * time.Second},
		{"what the log was two seconds ago is confirmed", 2 * time.Second, 300, 200, nil, 2 * time.Second},
		{"everything is", 2 * time.Second, 400, 400, nil, 0},
		{"nobody can say", 2 * time.Second, 0, 0, away, 2 * time.Second},
		{"nor now", 2 * time.Second, 0, 0, away, 4 * time.Second},
		{"there is no slot any more", 2 * time.Second, 500, 0, nil, 6 * time.Second},
		{"another log begins before", 2 * time.Second, 80, 60, nil, 0},
		{"and its positions count", 2 * time.Second, 90, 60, nil, 2 * time.Second},
		{"once they are confirmed", 2 * time.Second, 90, 90, nil, 0},
	} {
		now = now.Add(look.after)
		s.slot, s.err = commerce.SlotState{Flushed: look.flushed, Confirmed: look.confirmed, Retained: int64(i), Safe: -1}, look.err
		w.look(t.Context())
		require.Equal(t, look.want, s.age, look.what)
		if look.err == nil {
			require.Equal(t, [2]int64{int64(i), -1}, [2]int64{s.retained, s.safe}, look.what)
		}
	}
	require.Equal(t, 1, strings.Count(log.String(), "nobody knows"), "it is said once")
}
