package commerce

import (
	"context"
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"time"
)

// Topic says what kind of thing has happened, in the words of docs/events.md.
type Topic string

// The topics.
const (
	TopicOrderCreated   Topic = "order.created"
	TopicOrderConfirmed Topic = "order.confirmed"
	TopicOrderPaid      Topic = "order.paid"
	TopicOrderFulfilled Topic = "order.fulfilled"
	TopicOrderRefunded  Topic = "order.refunded"
	TopicOrderCancelled Topic = "order.cancelled"
	TopicOrderEdited    Topic = "order.edited"
	TopicRefundDue      Topic = "order.refund_due"
	TopicRefundSettled  Topic = "order.refund_settled"
	TopicRefundFailed   Topic = "order.refund_failed"
	TopicDisputeOpened  Topic = "order.dispute_opened"
	TopicDisputeWon     Topic = "order.dispute_won"
	TopicDisputeLost    Topic = "order.dispute_lost"
	TopicCustomerErased Topic = "customer.erased"
)

// Topics lists every topic.
func Topics() []Topic {
	return []Topic{
		TopicOrderCreated, TopicOrderConfirmed, TopicOrderPaid, TopicOrderFulfilled, TopicOrderRefunded, TopicOrderCancelled, TopicOrderEdited,
		TopicRefundDue, TopicRefundSettled, TopicRefundFailed, TopicDisputeOpened, TopicDisputeWon, TopicDisputeLost, TopicCustomerErased,
	}
}

// Scope is the right that whoever hears of the topic needs in the store.
func (t Topic) Scope() Scope {
	if strings.HasPrefix(string(t), "customer.") {
		return ScopeCustomersRead
	}
	return ScopeOrdersRead
}

// Known reports whether there is such a topic.
func (t Topic) Known() bool { return slices.Contains(Topics(), t) }

// Event is something that has happened in a store and is written down for good.
type Event struct {
	Store   StoreID
	ID      int64
	At      time.Time
	Topic   Topic
	Version int
	// Subject is the global id of what it is about, without a secret.
	Subject string
	// Payload is JSON whose shape topic and version say.
	Payload json.RawMessage
}

// Key names the event for good, over all stores.
func (e *Event) Key() string { return fmt.Sprintf("evt_%d_%d", e.Store, e.ID) }

// Envelope is the event as JSON, the same bytes each time.
func (e *Event) Envelope() ([]byte, error) {
	doc, err := json.Marshal(struct {
		ID      string          `json:"id"`
		Topic   Topic           `json:"topic"`
		Version int             `json:"version"`
		At      time.Time       `json:"at"`
		Store   string          `json:"store"`
		Subject string          `json:"subject"`
		Payload json.RawMessage `json:"payload"`
	}{e.Key(), e.Topic, e.Version, e.At, GlobalID{Kind: KindStore, Store: e.Store, ID: int64(e.Store)}.String(), e.Subject, e.Payload})
	if err != nil {
		return nil, fmt.Errorf("encode the event %s: %w", e.Key(), err)
	}
	return doc, nil
}

// Notifier tells somebody of what has happened.
type Notifier interface {
	// Notify is called with each event at least once; those of one subject come in order, unless they come again. It keeps the others
	// waiting, so it takes what must reach the world down and returns. After an error it is called with the same events again.
	Notify(ctx context.Context, events []Event) error
}

// EventLag says how far whoever is told of events is behind.
type EventLag struct {
	// Untold is the age of the oldest event that no notifier was told of, 0 when there is none.
	Untold time.Duration
	// Due is for how long the webhook that has waited the longest could have been sent, 0 when none waits.
	Due time.Duration
}

// EventLife is for how long events are kept after everybody was told, at least.
const EventLife = 7 * 24 * time.Hour

// Outbox hands out events.
type Outbox interface {
	// TellEvents hands the events that nobody was told of to tell, in the order of their ids and at most so many, and notes that they
	// were told unless it fails. It reports how many they were; 0 also while another process is at it.
	TellEvents(ctx context.Context, most int, tell func(context.Context, []Event) error) (int, error)
	// EventLag measures how far everybody is behind.
	EventLag(ctx context.Context) (EventLag, error)
}
