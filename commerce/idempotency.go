package commerce

import (
	"context"
	"crypto/hmac"
	"crypto/sha256"
	"encoding/json"
	"fmt"
	"strings"
	"time"
)

// IdempotencyLife is how long a mutation that was carried out is known by its key, at least.
const IdempotencyLife = 24 * time.Hour

// The lengths of keys. Whoever has asked for nobody's things, such as a cart, gets them again by the key and the input alone, so a key
// has to be one that nobody else comes to: a UUID has 36 characters.
const (
	MinIdempotencyKey = 16
	MaxIdempotencyKey = 255
)

// IdempotencyKey names one intention to carry out a mutation: what is asked twice under it happens once. It says nothing of the store,
// which whoever carries the mutation out adds.
//
// Both hashes are made with the client's key as their secret, of which nothing else is kept: an input can contain a password, and a
// hash of one could be found by trying.
type IdempotencyKey struct {
	// Hash is of who asks for which mutation under which key.
	Hash [sha256.Size]byte
	// Payload is of the arguments.
	Payload [sha256.Size]byte
}

// KeyedMutation is a mutation that a client has given a key.
type KeyedMutation struct {
	Viewer *Viewer
	// Name is the field of Mutation.
	Name string
	// Key is the client's, Place what tells mutations apart that have it in common; empty for a key of one mutation's own.
	Key, Place string
	// Arguments are the values that the client gave, as plain JSON values. What the client wants to see of the result is no part of it.
	Arguments map[string]any
}

// IdempotencyKey checks the client's key. Code BAD_USER_INPUT.
func (m KeyedMutation) IdempotencyKey() (IdempotencyKey, error) {
	var k IdempotencyKey
	if n := len(m.Key); n < MinIdempotencyKey || n > MaxIdempotencyKey {
		return k, BadInput("key", "an idempotency key has %d to %d characters, this one %d. Make a random one for each thing to be done, such as a UUID.",
			MinIdempotencyKey, MaxIdempotencyKey, n)
	}
	if strings.ContainsFunc(m.Key, func(r rune) bool { return r <= ' ' || r > '~' }) {
		return k, BadInput("key", "an idempotency key consists of letters, digits and signs of ASCII, without spaces.")
	}
	payload, err := json.Marshal(m.Arguments) // the members of objects are sorted
	if err != nil {
		return k, fmt.Errorf("encode the arguments of %s: %w", m.Name, err)
	}
	k.Hash = keyedHash(m.Key, []byte(strings.Join([]string{"mutation", m.Viewer.identity(), m.Name, m.Place}, "\n")))
	k.Payload = keyedHash(m.Key, append([]byte("payload\n"), payload...))
	return k, nil
}

func keyedHash(key string, text []byte) (sum [sha256.Size]byte) {
	h := hmac.New(sha256.New, []byte(key))
	_, _ = h.Write(text) // it never fails
	h.Sum(sum[:0])
	return sum
}

// identity tells viewers apart. Sessions of one merchant are the same viewer: a client may have to sign in again before it can retry.
func (v *Viewer) identity() string {
	switch {
	case v == nil:
		return "nobody"
	case v.Merchant != 0:
		return fmt.Sprintf("merchant %d", v.Merchant)
	}
	return fmt.Sprintf("key %d %v", v.Key, v.Stores())
}

type idempotencyContext struct{}

// WithIdempotencyKey returns a context under which a mutation is carried out once.
func WithIdempotencyKey(ctx context.Context, k IdempotencyKey) context.Context {
	return context.WithValue(ctx, idempotencyContext{}, k)
}

// withoutIdempotencyKey is for what a mutation writes before the thing that its key is about.
func withoutIdempotencyKey(ctx context.Context) context.Context {
	return context.WithValue(ctx, idempotencyContext{}, nil)
}

// IdempotencyKeyFrom is the context's key, if it has one.
func IdempotencyKeyFrom(ctx context.Context) (k IdempotencyKey, keyed bool) {
	k, keyed = ctx.Value(idempotencyContext{}).(IdempotencyKey)
	return k, keyed
}

// Outcome is what is kept of a mutation that was carried out: enough to find its result again, as JSON. It is no copy of the answer: the
// next answer shows things as they are then.
type Outcome json.RawMessage

// NewOutcome is what is kept of a result: of a node its id, everything else as it is.
func NewOutcome(result any) (Outcome, error) {
	if n, ok := result.(interface {
		IsNode()
		NodeID() GlobalID
	}); ok {
		result = n.NodeID()
	}
	doc, err := json.Marshal(result)
	if err != nil {
		return nil, fmt.Errorf("encode the outcome of a mutation: %w", err)
	}
	return doc, nil
}

// Read reads what NewOutcome has made.
func (o Outcome) Read(into any) error {
	if err := json.Unmarshal(o, into); err != nil {
		return fmt.Errorf("decode the outcome of a mutation: %w", err)
	}
	return nil
}

// Replay is the error of a mutation that was carried out before under the same key. Nothing was done.
type Replay struct { //nolint:errname // the outcome comes first
	Outcome Outcome
}

// Error says so.
func (*Replay) Error() string { return "the mutation was carried out before under its idempotency key" }

// OutcomeKey asks what was done under a key in a store, 0 for mutations about no store.
type OutcomeKey struct {
	Store StoreID
	Key   IdempotencyKey
}

// OutcomeReader reads what was done.
type OutcomeReader interface {
	// Outcomes are those of the keys under which the same payload was carried out.
	Outcomes(ctx context.Context, keys []OutcomeKey) (map[OutcomeKey]Outcome, error)
}

// ErrIdempotencyKeyReused says that a key stands for something else.
var ErrIdempotencyKeyReused = &Error{
	Code:     CodeIdempotencyKeyReused,
	Argument: "key",
	Message:  "This idempotency key was used for the same mutation with another input, and nothing was done now. Use a new key for what is new, and the same input to try again.",
}

// ErrIdempotencyInProgress says that the mutation is still under way.
var ErrIdempotencyInProgress = &Error{
	Code:       CodeIdempotencyInProgress,
	RetryAfter: time.Second,
	Message:    "The same mutation is still under way under this idempotency key. Send it again in a moment, with the same key.",
}

// ErrSecretAlreadyShown says that the answer contained what nobody sees twice.
var ErrSecretAlreadyShown = &Error{
	Code:    CodeSecretAlreadyShown,
	Message: "This was carried out before under the same idempotency key. The secret in its answer is shown once; if it did not arrive, ask for another one under a new key.",
}
