package events

import (
	"context"
	"encoding/json"
	"errors"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/kirana-commerce/kirana/commerce"
	"github.com/kirana-commerce/kirana/internal/telemetry"
)

// outbox is an outbox in memory.
type outbox struct {
	mu     sync.Mutex
	events []commerce.Event
	fault  error
	calls  int
}

func (o *outbox) TellEvents(ctx context.Context, most int, tell func(context.Context, []commerce.Event) error) (int, error) {
	o.mu.Lock()
	defer o.mu.Unlock()
	o.calls++
	if err := o.fault; err != nil {
		o.fault = nil
		return 0, err
	}
	n := min(most, len(o.events))
	if n == 0 {
		return 0, nil
	}
	if err := tell(ctx, o.events[:n]); err != nil {
		return 0, err
	}
	o.events = o.events[n:]
	return n, nil
}

func (*outbox) EventLag(context.Context) (commerce.EventLag, error) {
	return commerce.EventLag{Untold: time.Second}, nil
}

// hearer is a notifier that fails as often as it is told to.
type hearer struct {
	fails int
	heard chan []commerce.Event
}

func (h *hearer) Notify(_ context.Context, events []commerce.Event) error {
	if h.fails > 0 {
		h.fails--
		return errors.New("deaf")
	}
	h.heard <- events
	return nil
}

// Every notifier hears of everything, many events without a pause, and again when one of them was not told.
func TestTheRelayTells(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		box := &outbox{fault: errors.New("no route")}
		for i := range 2*mostAtOnce + 3 {
			box.events = append(box.events, order(1, int64(i)))
		}
		first, second := &hearer{heard: make(chan []commerce.Event, 10)}, &hearer{heard: make(chan []commerce.Event, 10), fails: 1}
		l := &log{}
		r := NewRelay(Options{Outbox: box, Notifiers: []commerce.Notifier{first, second}, Logger: l.logger(), Metrics: telemetry.NewEvents(telemetry.NewRegistry())})
		ctx, stop := context.WithCancel(t.Context())
		done := make(chan error, 1)
		go func() { done <- r.Run(ctx) }()
		began := time.Now()
		total := 0
		for range 3 {
			total += len(<-second.heard)
		}
		require.Equal(t, 2*mostAtOnce+3, total)
		require.Equal(t, 2*defaultPoll, time.Since(began), "a pause after each of the two faults, none between batches")
		synctest.Wait()
		require.Len(t, first.heard, 4, "whoever comes before the one that failed hears it twice")
		require.Contains(t, l.String(), "deaf")
		require.Contains(t, l.String(), "no route")
		stop()
		require.NoError(t, <-done)
	})
}

// The log has a line for each new order, and nothing of the buyer.
func TestTheLogNotifier(t *testing.T) {
	t.Parallel()
	l := &log{}
	edited, broken := order(1, 2), order(1, 3)
	edited.Topic, broken.Payload = commerce.TopicOrderEdited, json.RawMessage(`{"totalMinor": "many"}`)
	require.NoError(t, Log{l.logger()}.Notify(t.Context(), []commerce.Event{broken, edited, order(1, 1)}))
	var lines []map[string]any
	dec := json.NewDecoder(&l.text)
	for dec.More() {
		var line map[string]any
		require.NoError(t, dec.Decode(&line))
		delete(line, "time")
		lines = append(lines, line)
	}
	require.Len(t, lines, 2)
	require.Equal(t, "an event cannot be read", lines[0]["msg"], "one that cannot be read keeps nobody waiting")
	require.Equal(t, map[string]any{
		"level": "INFO", "msg": "a new order", "event": "evt_1_1", "store": 1.0, "order": "gid://kirana/Order/1/7", "name": "#1001", "currency": "INR", "totalMinor": 4200.0,
	}, lines[1])
}
