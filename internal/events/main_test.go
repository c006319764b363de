package events

import (
	"bytes"
	"context"
	"encoding/json"
	"log/slog"
	"sync"
	"testing"
	"time"

	"go.uber.org/goleak"

	"github.com/kirana-commerce/kirana/commerce"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// patience is how long a test waits for something that must happen.
const patience = 30 * time.Second

// order is an event of a store.
func order(store commerce.StoreID, id int64) commerce.Event {
	return commerce.Event{
		Store: store, ID: id, At: time.Unix(1_800_000_000, 0).UTC(), Topic: commerce.TopicOrderCreated, Version: 1, Subject: "gid://kirana/Order/1/7",
		Payload: json.RawMessage(`{"id": "gid://kirana/Order/1/7", "name": "#1001", "currency": "INR", "totalMinor": 4200}`),
	}
}

// round is something to send to a receiver.
func round(store commerce.StoreID, url string, events ...commerce.Event) *commerce.WebhookRound {
	r := &commerce.WebhookRound{WebhookRef: commerce.WebhookRef{Store: store, ID: 1}, URL: url, Secret: commerce.NewWebhookSecret()}
	for i := range events {
		r.Deliveries = append(r.Deliveries, commerce.WebhookDelivery{Event: events[i]})
	}
	return r
}

// queue is a queue that hands out what it was given, and tells the test how it ended.
type queue struct {
	mu       sync.Mutex
	rounds   []*commerce.WebhookRound
	fault    error // of the next call
	endFault error
	disabled bool
	queued   []commerce.Event
	ended    chan ending
}

type ending struct {
	round *commerce.WebhookRound
	commerce.WebhookEnd
}

func newQueue(rounds ...*commerce.WebhookRound) *queue {
	return &queue{rounds: rounds, ended: make(chan ending, 100)}
}

func (q *queue) failed() error {
	err := q.fault
	q.fault = nil
	return err
}

func (q *queue) add(r *commerce.WebhookRound) {
	q.mu.Lock()
	defer q.mu.Unlock()
	q.rounds = append(q.rounds, r)
}

func (q *queue) QueueWebhooks(_ context.Context, events []commerce.Event) (int, error) {
	q.mu.Lock()
	defer q.mu.Unlock()
	q.queued = append(q.queued, events...)
	return len(events), q.failed()
}

func (q *queue) ClaimWebhooks(context.Context, time.Duration) (*commerce.WebhookRound, error) {
	q.mu.Lock()
	defer q.mu.Unlock()
	if err := q.failed(); err != nil || len(q.rounds) == 0 {
		return nil, err
	}
	next := q.rounds[0]
	q.rounds = q.rounds[1:]
	return next, nil
}

func (q *queue) EndWebhooks(_ context.Context, r *commerce.WebhookRound, e commerce.WebhookEnd) (bool, error) {
	q.mu.Lock()
	defer q.mu.Unlock()
	q.ended <- ending{r, e}
	return q.disabled, q.endFault
}

// log is what was logged, for tests that read along.
type log struct {
	mu   sync.Mutex
	text bytes.Buffer
}

func (l *log) Write(b []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.text.Write(b)
}

func (l *log) String() string {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.text.String()
}

func (l *log) logger() *slog.Logger { return slog.New(slog.NewJSONHandler(l, nil)) }
