package commerce

import (
	"context"
	"crypto/rand"
	"encoding/base64"
	"fmt"
	"net/http"
	"net/netip"
	"net/url"
	"slices"
	"strings"
	"time"
)

// The limits of webhooks.
const (
	// MaxWebhooks is how many subscriptions a store may have.
	MaxWebhooks   = 10
	maxWebhookURL = 2048
	// WebhookLife is for how long a delivery is tried again. The last attempt comes up to one pause later.
	WebhookLife = 36 * time.Hour
	// WebhookPatience is for how long a receiver may refuse everything before nothing is sent to it any more.
	WebhookPatience = 5 * 24 * time.Hour
	// WebhookPause is for how long an event waits for a subscription that is paused.
	WebhookPause = 7 * 24 * time.Hour
	// WebhookRoundPatience is how long a round may take before it is another process's: much more than sending takes.
	WebhookRoundPatience = time.Minute
	// MaxWebhooksAtOnce is how many events are on their way to one receiver at the same time.
	MaxWebhooksAtOnce = 8

	firstWebhookPause = 5 * time.Second
	maxWebhookPause   = 6 * time.Hour
	// maxReceiverPause is how long a receiver that answers again may go unnoticed.
	maxReceiverPause = 10 * time.Minute
	webhookSecret    = "whsec_"
)

// WebhookID identifies a webhook subscription within its store.
type WebhookID int64

// WebhookRef is the full key of a webhook subscription.
type WebhookRef struct {
	Store StoreID
	ID    WebhookID
}

// WebhookSubscription has a store's events sent to an address.
type WebhookSubscription struct {
	StoreID   StoreID
	ID        WebhookID
	URL       string
	Topics    []Topic
	CreatedAt time.Time
	// LastDeliveredAt is when the receiver last accepted an event, nil when it never did. FailingSince is nil unless it has accepted
	// none since then.
	LastDeliveredAt, FailingSince *time.Time
	// LastError says why the receiver last did not accept an event, nil when it always did.
	LastError *string
	// FailedDeliveries counts the events that were given up.
	FailedDeliveries int
	// DisabledAt is when sending was given up, nil while it was not.
	DisabledAt *time.Time
	// PausedAt is since when events are kept instead of being sent, nil while they are sent.
	PausedAt *time.Time
	// PreviousSecretExpiresAt is until when events are also signed with a secret from before, nil when there is one secret alone.
	PreviousSecretExpiresAt *time.Time
	// WaitingEvents counts the events that are still to be sent.
	WaitingEvents int
	// LastAttempt is what last came of sending something, nil when nothing was sent yet.
	LastAttempt *WebhookAttempt
}

// WebhookAttempt is what came of sending one event.
type WebhookAttempt struct {
	At time.Time
	// EventID is the event's key.
	EventID string
	Topic   Topic
	// Status is that of HTTP, nil when there was no answer.
	Status *int
	// Error says why the event was not accepted, nil when it was.
	Error *string
}

// TopicName is the topic as a text.
func (a *WebhookAttempt) TopicName() string { return string(a.Topic) }

// NodeID is the subscription's global id.
func (s *WebhookSubscription) NodeID() GlobalID {
	return GlobalID{Kind: KindWebhookSubscription, Store: s.StoreID, ID: int64(s.ID)}
}

// Tenant is the store.
func (s *WebhookSubscription) Tenant() StoreID { return s.StoreID }

// TopicNames are the topics as texts.
func (s *WebhookSubscription) TopicNames() []string {
	names := make([]string, len(s.Topics))
	for i, t := range s.Topics {
		names[i] = string(t)
	}
	return names
}

// WebhookSecret signs what is sent to a receiver, who has it too. It is never logged.
type WebhookSecret string

// NewWebhookSecret makes a secret.
func NewWebhookSecret() WebhookSecret {
	var key [32]byte
	_, _ = rand.Read(key[:]) // it never fails
	return WebhookSecret(webhookSecret + base64.StdEncoding.EncodeToString(key[:]))
}

// Key is what signs: the bytes that the secret spells.
func (s WebhookSecret) Key() []byte {
	key, err := base64.StdEncoding.DecodeString(strings.TrimPrefix(string(s), webhookSecret))
	if err != nil {
		return nil // nothing but NewWebhookSecret makes secrets
	}
	return key
}

// String hides the secret.
func (WebhookSecret) String() string { return "(secret)" }

// Reveal is the secret as its owner sees it, once.
func (s WebhookSecret) Reveal() string { return string(s) }

// NewWebhook is a subscription to be.
type NewWebhook struct {
	URL    string
	Topics []Topic
	Secret WebhookSecret
	// Loopback lets the receiver be on this machine, without encryption: for development alone.
	Loopback bool
}

// IssuedWebhook is a subscription that was made a moment ago.
type IssuedWebhook struct {
	Subscription *WebhookSubscription
	Secret       WebhookSecret
}

// Check reports everything that keeps the actor from making the subscription.
func (n NewWebhook) Check(by Actor) Refusals {
	var r Refusals
	checkWebhookURL(&r, n.URL, n.Loopback)
	checkWebhookTopics(&r, n.Topics, by)
	return r
}

func checkWebhookTopics(r *Refusals, topics []Topic, by Actor) {
	if len(topics) == 0 {
		r.Add(RefusalBlank, []any{"input", "topics"}, "A subscription needs at least one topic, such as %s.", TopicOrderCreated)
	}
	if len(topics) > len(Topics()) {
		r.Add(RefusalTooMany, []any{"input", "topics"}, "There are %d topics only.", len(Topics()))
		return
	}
	for i, t := range topics {
		path := []any{"input", "topics", i}
		switch {
		case !t.Known():
			r.Add(RefusalInvalid, path, "%.80q is no topic. docs/events.md lists them, such as %s.", t, TopicOrderCreated)
		case slices.Contains(topics[:i], t):
			r.Add(RefusalDuplicate, path, "The topic %s is given twice.", t)
		case !by.Covers([]Scope{t.Scope()}):
			r.Add(RefusalForbidden, path, "You do not have the scope %s in this store, so you cannot have events of %s sent.", t.Scope(), t)
		}
	}
}

// checkWebhookURL is about what the address says. Where it leads is found out each time that something is sent.
func checkWebhookURL(r *Refusals, address string, loopback bool) {
	path := []any{"input", "url"}
	u, err := url.Parse(address)
	switch {
	case address == "":
		r.Add(RefusalBlank, path, "A subscription needs the address of its receiver.")
	case len(address) > maxWebhookURL:
		r.Add(RefusalTooLong, path, "The address has %d bytes; %d are the most.", len(address), maxWebhookURL)
	case err != nil || !storable(address) || u.Hostname() == "" || u.Opaque != "":
		r.Add(RefusalInvalid, path, "The address is not of the form https://shop.example.com/orders.")
	case u.User != nil || u.Fragment != "":
		r.Add(RefusalInvalid, path, "The address may hold no user, password or fragment. What is sent is signed: no password is needed.")
	case loopback && isLoopback(u):
	case u.Scheme != "https":
		r.Add(RefusalInvalid, path, "The address does not begin with https://.")
	case u.Port() != "" && u.Port() != "443":
		r.Add(RefusalInvalid, path, "The address has another port than 443.")
	case !isPublicName(u.Hostname()):
		r.Add(RefusalInvalid, path, "The host is not a name on the public internet, such as shop.example.com.")
	}
}

func isLoopback(u *url.URL) bool {
	addr, err := netip.ParseAddr(u.Hostname())
	return (u.Scheme == "http" || u.Scheme == "https") && (u.Hostname() == "localhost" || err == nil && addr.IsLoopback())
}

// isPublicName reports whether a host is a name with a dot in it that is not an address in any spelling: the last part of a name is
// never a number.
func isPublicName(host string) bool {
	labels := strings.Split(strings.ToLower(strings.TrimSuffix(host, ".")), ".")
	last := labels[len(labels)-1]
	return len(labels) > 1 && last != "" && !strings.ContainsAny(last[:1], "0123456789") && !strings.ContainsAny(host, ":%_ ") &&
		last != "localhost" && last != "local" && last != "internal"
}

// WebhookReader reads subscriptions; who may read them is for whoever asks to know.
type WebhookReader interface {
	// WebhooksOf reads the subscriptions of stores, in the order in which they were made.
	WebhooksOf(ctx context.Context, stores []StoreID) (map[StoreID][]*WebhookSubscription, error)
}

// WebhookEditor makes, changes and deletes subscriptions. Refusals come as errors; then nothing was written.
type WebhookEditor interface {
	AddWebhook(ctx context.Context, by Actor, n NewWebhook) (*IssuedWebhook, error)
	UpdateWebhook(ctx context.Context, by Actor, p WebhookPatch) (*WebhookSubscription, error)
	// DeleteWebhook ends a subscription. What it still waits for is not sent any more.
	DeleteWebhook(ctx context.Context, by Actor, id WebhookID) error
}

// WebhookDelivery is an event on its way to a receiver.
type WebhookDelivery struct {
	Event

	// Attempts counts how often it was sent before.
	Attempts int
}

// WebhookRound is what is sent to one receiver at the same time: nothing of one subject twice.
type WebhookRound struct {
	WebhookRef

	URL    string
	Secret WebhookSecret
	// Former are the secrets from before that receivers may still go by, the newest first.
	Former []WebhookSecret
	Lease  Lease
	// Failures counts the rounds before without any success, since the last with one.
	Failures   int
	Deliveries []WebhookDelivery
}

// WebhookAnswer is what came of sending one event.
type WebhookAnswer struct {
	// Status is that of HTTP, 0 when there was no answer; then Problem says why, for the merchant.
	Status  int
	Problem string
}

// Accepted reports whether the receiver has the event.
func (a WebhookAnswer) Accepted() bool { return a.Status/100 == 2 }

// WebhookResult is what is noted of one delivery.
type WebhookResult struct {
	EventID int64
	// Error says why it was not accepted, "" when it was.
	Error string
	// Pause is how long to wait before it is sent again.
	Pause time.Duration
}

// WebhookEnd is what is noted of a round.
type WebhookEnd struct {
	Results []WebhookResult
	// Failures counts the rounds without any success up to this one, Pause is how long the receiver is left alone.
	Failures int
	Pause    time.Duration
	// Failed reports whether anything was not accepted, Gone whether the receiver wants nothing any more.
	Failed, Gone bool
	// LastError is the last of the results'.
	LastError string
	// Last is what is shown of the round: the last that was not accepted, or the last. Nil when nothing was sent.
	Last *WebhookSent
}

// WebhookSent is an event that was sent, and what was answered.
type WebhookSent struct {
	EventID int64
	Topic   Topic
	Status  int
	Error   string
}

// Moved is what is left of the round when the receiver's address is another one by now: what was accepted. What was not is due to the
// new receiver, of whom nothing is known.
func (e *WebhookEnd) Moved() WebhookEnd {
	return WebhookEnd{Results: slices.DeleteFunc(slices.Clone(e.Results), func(r WebhookResult) bool { return r.Error != "" })}
}

// Accepted counts what the receiver has accepted.
func (e *WebhookEnd) Accepted() int {
	n := 0
	for _, r := range e.Results {
		if r.Error == "" {
			n++
		}
	}
	return n
}

// End decides what comes of a round with these answers, by their place among the deliveries; one without an answer was not sent. random
// returns a duration below its argument.
func (r *WebhookRound) End(answers map[int]WebhookAnswer, random func(time.Duration) time.Duration) WebhookEnd {
	e := WebhookEnd{Failures: r.Failures}
	for i := range r.Deliveries {
		d := &r.Deliveries[i]
		a, sent := answers[i]
		switch {
		case !sent:
			continue
		case a.Accepted():
			e.Results = append(e.Results, WebhookResult{EventID: d.ID})
			if !e.Failed {
				e.Last = &WebhookSent{EventID: d.ID, Topic: d.Topic, Status: a.Status}
			}
			continue
		}
		e.Last = &WebhookSent{EventID: d.ID, Topic: d.Topic, Status: a.Status, Error: a.problem()}
		e.Failed, e.Gone, e.LastError = true, e.Gone || a.Status == http.StatusGone, a.problem()
		e.Results = append(e.Results, WebhookResult{EventID: d.ID, Error: e.LastError, Pause: webhookPause(d.Attempts+1, maxWebhookPause, random)})
	}
	switch {
	case e.Accepted() > 0:
		e.Failures = 0
	case e.Failed:
		e.Failures++
		e.Pause = webhookPause(e.Failures, maxReceiverPause, random)
	}
	return e
}

// problem says why the event was not accepted.
func (a WebhookAnswer) problem() string {
	switch {
	case a.Status == 0:
		return a.Problem
	case a.Status/100 == 3:
		return "The receiver redirects to another address, which is not followed: subscribe with that one."
	}
	return fmt.Sprintf("The receiver answered with the HTTP status %d.", a.Status)
}

// webhookPause grows fourfold from 5 s with every attempt, give or take a quarter, so that not everybody comes back at the same moment.
func webhookPause(attempts int, most time.Duration, random func(time.Duration) time.Duration) time.Duration {
	pause := firstWebhookPause
	for range attempts - 1 {
		if pause = min(4*pause, most); pause == most {
			break
		}
	}
	return pause - pause/4 + random(pause/2)
}

// WebhookQueue keeps what is to be sent. EndWebhooks returns ErrLeaseLost to a worker that has lost its round, and does nothing.
type WebhookQueue interface {
	// QueueWebhooks takes down to whom events are to be sent, and reports how often. An event that was taken down before is not again.
	QueueWebhooks(ctx context.Context, events []Event) (int, error)
	// ClaimWebhooks hands out the round whose turn it is, nil when there is none: that of the receiver who has waited the longest. It
	// can be empty, and is to be ended all the same. One that was not ended for as long as patience is handed out again.
	ClaimWebhooks(ctx context.Context, patience time.Duration) (*WebhookRound, error)
	// EndWebhooks notes what came of a round, and reports whether it was the last of its subscription. What is too old, or a receiver
	// that has accepted nothing for too long, is given up.
	EndWebhooks(ctx context.Context, r *WebhookRound, e WebhookEnd) (disabled bool, err error)
}
