package events

import (
	"context"
	"errors"
	"log/slog"
	"math/rand/v2"
	"net/http"
	"sync"
	"time"

	"github.com/kirana-commerce/kirana/commerce"
	"github.com/kirana-commerce/kirana/internal/telemetry"
)

// WebhookOptions are what Webhooks need.
type WebhookOptions struct {
	Queue commerce.WebhookQueue
	// Loopback lets receivers be on this machine, without encryption: for development alone.
	Loopback bool
	// Receivers is how many of them are sent to at the same time. 32 when 0.
	Receivers int
	Logger    *slog.Logger
	Now       func() time.Time
	Metrics   *telemetry.Events
}

// The measures of sending.
const (
	defaultReceivers = 32               // more than one store can have, so that no store alone keeps the others waiting
	sendTimeout      = 10 * time.Second // for one event, from the first packet to the last
	queuePoll        = time.Second
	noteTimeout      = 10 * time.Second
)

// Webhooks is the notifier that sends events to the addresses that stores have subscribed.
type Webhooks struct {
	o      WebhookOptions
	client *http.Client // of which tests replace the transport
	wake   chan struct{}
}

// NewWebhooks makes the notifier.
func NewWebhooks(o WebhookOptions) *Webhooks {
	if o.Receivers == 0 {
		o.Receivers = defaultReceivers
	}
	return &Webhooks{o: o, client: newClient(o.Loopback), wake: make(chan struct{}, 1)}
}

// Notify takes down to whom the events are to be sent. Run sends them, here or in another process.
func (w *Webhooks) Notify(ctx context.Context, events []commerce.Event) error {
	n, err := w.o.Queue.QueueWebhooks(ctx, events)
	if n > 0 {
		w.awake()
	}
	return err
}

func (w *Webhooks) awake() {
	select {
	case w.wake <- struct{}{}:
	default: // it was told and has not looked yet
	}
}

// Run sends what is to be sent until ctx ends. What is under way then is broken off, and sent again by whoever runs next.
func (w *Webhooks) Run(ctx context.Context) error {
	defer w.client.CloseIdleConnections()
	var rounds sync.WaitGroup
	defer rounds.Wait()
	free := make(chan struct{}, w.o.Receivers)
	tick := time.NewTicker(queuePoll)
	defer tick.Stop()
	for {
		select {
		case <-ctx.Done():
			return nil
		case free <- struct{}{}:
		}
		round, err := w.o.Queue.ClaimWebhooks(ctx, commerce.WebhookRoundPatience)
		if round != nil {
			rounds.Go(func() {
				defer w.awake() // there may be more for the same receiver
				defer func() { <-free }()
				w.send(ctx, round)
			})
			continue
		}
		<-free
		if !w.pause(ctx, tick.C, err) {
			return nil
		}
	}
}

// pause waits until there may be something to send, and reports false when ctx has ended. What does not work now is tried again a moment
// later, and not before.
func (w *Webhooks) pause(ctx context.Context, tick <-chan time.Time, err error) bool {
	wake := w.wake
	if err != nil {
		wake = nil
		if ctx.Err() == nil {
			w.o.Logger.WarnContext(ctx, "the queue of webhooks cannot be read; trying again", "error", err)
		}
	}
	select {
	case <-ctx.Done():
		return false
	case <-tick:
	case <-wake:
	}
	return true
}

// send sends one round, all of it at the same time, and notes what came of it though the process may be ending.
func (w *Webhooks) send(ctx context.Context, r *commerce.WebhookRound) {
	var mu sync.Mutex
	answers := make(map[int]commerce.WebhookAnswer, len(r.Deliveries))
	var all sync.WaitGroup
	for i := range r.Deliveries {
		all.Go(func() {
			answer, sent := w.post(ctx, r, &r.Deliveries[i].Event)
			if !sent {
				return
			}
			mu.Lock()
			defer mu.Unlock()
			answers[i] = answer
		})
	}
	all.Wait()
	w.note(ctx, r, r.End(answers, rand.N[time.Duration]))
}

func (w *Webhooks) note(ctx context.Context, r *commerce.WebhookRound, e commerce.WebhookEnd) {
	noting, cancel := context.WithTimeout(context.WithoutCancel(ctx), noteTimeout)
	defer cancel()
	accepted := e.Accepted()
	w.o.Metrics.Delivered(accepted, len(e.Results)-accepted)
	log := w.o.Logger.With("store", int64(r.Store), "subscription", int64(r.ID))
	disabled, err := w.o.Queue.EndWebhooks(noting, r, e)
	switch {
	case errors.Is(err, commerce.ErrLeaseLost):
		log.InfoContext(ctx, "a webhook was deleted, or took so long that another process has it")
	case err != nil:
		log.WarnContext(ctx, "what came of webhooks cannot be noted; they are sent again", "error", err)
	case disabled:
		log.WarnContext(ctx, "a webhook was given up", "problem", e.LastError)
	}
}
