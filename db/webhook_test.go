package db_test

import (
	"context"
	"net/http"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/kirana-commerce/kirana/commerce"
	"github.com/kirana-commerce/kirana/db/dbtest"
)

// owner makes an account that owns a store.
func ownerOf(tb testing.TB, d *dbtest.Database, store *commerce.Store) commerce.Actor {
	tb.Helper()
	run(tb, d, `INSERT INTO merchants (email, name, password_hash) VALUES ('asha@example.com', 'Asha', 'x') ON CONFLICT DO NOTHING`)
	run(tb, d, `INSERT INTO store_staff (store_id, merchant_id, role) SELECT $1, id, 'OWNER' FROM merchants ON CONFLICT DO NOTHING`, int64(store.ID))
	return commerce.Actor{Author: commerce.Author{Merchant: commerce.MerchantID(numberIn(tb, d, `SELECT id FROM merchants`))}, Store: store.ID, Scopes: commerce.Scopes()}
}

func numberIn(tb testing.TB, d *dbtest.Database, text string) (n int64) {
	tb.Helper()
	require.NoError(tb, d.SQL.QueryRowContext(tb.Context(), text).Scan(&n))
	return n
}

// subscribe has a store's events of a topic sent somewhere.
func subscribe(tb testing.TB, d *dbtest.Database, store *commerce.Store, topics ...commerce.Topic) *commerce.IssuedWebhook {
	tb.Helper()
	w, err := d.AddWebhook(tb.Context(), ownerOf(tb, d, store), commerce.NewWebhook{
		URL: "https://" + store.Handle + ".example.com/" + string(topics[0]), Topics: topics, Secret: commerce.NewWebhookSecret(),
	})
	require.NoError(tb, err)
	return w
}

// queue takes down to whom the events that nobody was told of are to be sent.
func queue(tb testing.TB, d *dbtest.Database) (n int) {
	tb.Helper()
	_, err := d.TellEvents(tb.Context(), 1000, func(ctx context.Context, events []commerce.Event) (err error) {
		n, err = d.QueueWebhooks(ctx, events)
		return err
	})
	require.NoError(tb, err)
	return n
}

func claimRound(tb testing.TB, d *dbtest.Database) *commerce.WebhookRound {
	tb.Helper()
	round, err := d.ClaimWebhooks(tb.Context(), time.Minute)
	require.NoError(tb, err)
	return round
}

func eventsOf(r *commerce.WebhookRound) []int64 {
	ids := make([]int64, len(r.Deliveries))
	for i := range r.Deliveries {
		ids[i] = r.Deliveries[i].ID
	}
	return ids
}

func accepted(int) commerce.WebhookAnswer { return commerce.WebhookAnswer{Status: http.StatusOK} }
func failed(int) commerce.WebhookAnswer {
	return commerce.WebhookAnswer{Status: http.StatusInternalServerError}
}

// endRound ends a round with an answer to each delivery.
func endRound(tb testing.TB, d *dbtest.Database, r *commerce.WebhookRound, answer func(i int) commerce.WebhookAnswer) (disabled bool) {
	tb.Helper()
	answers := make(map[int]commerce.WebhookAnswer, len(r.Deliveries))
	for i := range r.Deliveries {
		answers[i] = answer(i)
	}
	disabled, err := d.EndWebhooks(tb.Context(), r, r.End(answers, func(time.Duration) time.Duration { return 0 }))
	require.NoError(tb, err)
	return disabled
}

// later lets the pauses of all receivers go by.
func later(tb testing.TB, d *dbtest.Database) {
	tb.Helper()
	run(tb, d, `UPDATE webhook_deliveries SET next_at = now() WHERE state = 'WAITING' AND next_at > now()`)
	run(tb, d, `UPDATE webhook_subscriptions SET next_at = now(), rests_until = now() WHERE next_at > now()`)
}

func webhook(tb testing.TB, d *dbtest.Database, store *commerce.Store) *commerce.WebhookSubscription {
	tb.Helper()
	all, err := d.WebhooksOf(tb.Context(), []commerce.StoreID{store.ID})
	require.NoError(tb, err)
	require.Len(tb, all[store.ID], 1)
	return all[store.ID][0]
}

func TestWebhooksAreSentWhereTheyWereAskedFor(t *testing.T) {
	t.Parallel()
	d := dbtest.New(t)
	alpha, beta := openStore(t, d.DB, "alpha"), openStore(t, d.DB, "beta")
	before := happen(t, d, alpha, commerce.TopicOrderCreated, "before")
	w := subscribe(t, d, alpha, commerce.TopicOrderCreated, commerce.TopicOrderPaid)
	one, two := happen(t, d, alpha, commerce.TopicOrderCreated, "x"), happen(t, d, alpha, commerce.TopicOrderPaid, "y")
	happen(t, d, alpha, commerce.TopicOrderEdited, "x")
	happen(t, d, beta, commerce.TopicOrderCreated, "x")
	require.Equal(t, 2, queue(t, d), "neither another topic, nor another store, nor what was before (%d)", before)
	run(t, d, `UPDATE outbox SET told_at = NULL`)
	require.Zero(t, queue(t, d), "what was taken down is not taken down again")

	round := claimRound(t, d)
	require.Equal(t, []int64{one, two}, eventsOf(round))
	require.Equal(t, w.Subscription.URL, round.URL)
	require.Equal(t, w.Secret, round.Secret)
	require.Equal(t, commerce.TopicOrderPaid, round.Deliveries[1].Topic)
	require.Nil(t, claimRound(t, d), "it is somebody's")
	require.False(t, endRound(t, d, round, accepted))
	require.Nil(t, claimRound(t, d), "nothing waits")
	require.NotNil(t, webhook(t, d, alpha).LastDeliveredAt)
	require.Equal(t, [][]string{{"DELIVERED", "1", "true"}, {"DELIVERED", "1", "true"}}, queryRows(t, d, `SELECT state, attempts, ended_at IS NOT NULL FROM webhook_deliveries`))
}

// Of one subject nothing goes before what came earlier; other subjects do not wait for it.
func TestWebhooksOfASubjectComeInOrder(t *testing.T) {
	t.Parallel()
	d := dbtest.New(t)
	store := openStore(t, d.DB, "alpha")
	subscribe(t, d, store, commerce.TopicOrderCreated, commerce.TopicOrderPaid)
	x1, x2, y1 := happen(t, d, store, commerce.TopicOrderCreated, "x"), happen(t, d, store, commerce.TopicOrderPaid, "x"), happen(t, d, store, commerce.TopicOrderCreated, "y")
	queue(t, d)
	round := claimRound(t, d)
	require.Equal(t, []int64{x1, y1}, eventsOf(round))
	endRound(t, d, round, func(i int) commerce.WebhookAnswer {
		if i == 0 {
			return failed(i)
		}
		return accepted(i)
	})
	y2 := happen(t, d, store, commerce.TopicOrderPaid, "y")
	queue(t, d)
	round = claimRound(t, d)
	require.Equal(t, []int64{y2}, eventsOf(round), "x2 waits for x1, which waits; y2 waits for nobody")
	endRound(t, d, round, accepted)
	later(t, d)
	round = claimRound(t, d)
	require.Equal(t, []int64{x1}, eventsOf(round))
	require.Equal(t, 1, round.Deliveries[0].Attempts)
	endRound(t, d, round, accepted)
	require.Equal(t, []int64{x2}, eventsOf(claimRound(t, d)))
}

// A process that ends between sending and noting has sent; another one sends again, under the same key.
func TestARoundThatNobodyEnds(t *testing.T) {
	t.Parallel()
	d := dbtest.New(t)
	store := openStore(t, d.DB, "alpha")
	subscribe(t, d, store, commerce.TopicOrderCreated)
	happen(t, d, store, commerce.TopicOrderCreated, "x")
	queue(t, d)
	lost := claimRound(t, d)
	later(t, d)
	again := claimRound(t, d)
	require.Equal(t, lost.Deliveries[0].Key(), again.Deliveries[0].Key())
	body, err := lost.Deliveries[0].Envelope()
	require.NoError(t, err)
	same, err := again.Deliveries[0].Envelope()
	require.NoError(t, err)
	require.Equal(t, body, same)
	_, err = d.EndWebhooks(t.Context(), lost, lost.End(nil, nil))
	require.ErrorIs(t, err, commerce.ErrLeaseLost, "the one that comes back late changes nothing")
	endRound(t, d, again, accepted)
	_, err = d.EndWebhooks(t.Context(), again, again.End(nil, nil))
	require.ErrorIs(t, err, commerce.ErrLeaseLost, "a round ends once")
	require.Nil(t, claimRound(t, d))
}

// However much one store has to send, the others come after one round of it at most; a receiver that fails is left alone for a while.
func TestWebhooksOfAllStoresTakeTurns(t *testing.T) {
	t.Parallel()
	d := dbtest.New(t)
	busy, calm := openStore(t, d.DB, "busy"), openStore(t, d.DB, "calm")
	for _, s := range []*commerce.Store{busy, calm} {
		subscribe(t, d, s, commerce.TopicOrderCreated)
	}
	for i := range 30 {
		happen(t, d, busy, commerce.TopicOrderCreated, id(int64(i)))
	}
	queue(t, d)
	first := claimRound(t, d)
	require.Equal(t, busy.ID, first.Store)
	require.Len(t, first.Deliveries, commerce.MaxWebhooksAtOnce)
	happen(t, d, calm, commerce.TopicOrderCreated, "x")
	queue(t, d)
	endRound(t, d, first, accepted)
	second := claimRound(t, d)
	require.Equal(t, calm.ID, second.Store)
	endRound(t, d, second, accepted)
	third := claimRound(t, d)
	require.Equal(t, busy.ID, third.Store)
	endRound(t, d, third, failed)
	happen(t, d, busy, commerce.TopicOrderCreated, "y")
	queue(t, d)
	require.Nil(t, claimRound(t, d), "a receiver that fails is not asked again at once, also when there is more")
	later(t, d)
	probe := claimRound(t, d)
	require.Len(t, probe.Deliveries, 1, "one delivery tells whether it is well again")
	endRound(t, d, probe, accepted)
	require.Len(t, claimRound(t, d).Deliveries, commerce.MaxWebhooksAtOnce)
	require.NotNil(t, webhook(t, d, busy).LastError)
	require.Nil(t, webhook(t, d, busy).FailingSince)
}

// What comes while a round is under way is found when it ends, whichever of the two comes first.
func TestWebhooksThatComeDuringARound(t *testing.T) {
	t.Parallel()
	d := dbtest.New(t)
	store := openStore(t, d.DB, "alpha")
	subscribe(t, d, store, commerce.TopicOrderCreated)
	happen(t, d, store, commerce.TopicOrderCreated, "x")
	queue(t, d)
	round := claimRound(t, d)
	happen(t, d, store, commerce.TopicOrderCreated, "y")
	// The events of whoever queues are not committed when the end of the round begins, which waits for them.
	tx, err := d.SQL.BeginTx(t.Context(), nil)
	require.NoError(t, err)
	_, err = tx.ExecContext(t.Context(), `SELECT FROM webhook_subscriptions FOR NO KEY UPDATE`)
	require.NoError(t, err)
	_, err = tx.ExecContext(t.Context(), `INSERT INTO webhook_deliveries (store_id, subscription_id, event_id, subject)
SELECT s.store_id, s.id, o.id, o.subject FROM webhook_subscriptions s JOIN outbox o ON o.store_id = s.store_id AND o.subject = 'y'`)
	require.NoError(t, err)
	ended := make(chan error, 1)
	go func() {
		_, err := d.EndWebhooks(context.WithoutCancel(t.Context()), round, round.End(map[int]commerce.WebhookAnswer{0: accepted(0)}, nil))
		ended <- err
	}()
	requireWaiting(t, d)
	require.NoError(t, tx.Commit())
	require.NoError(t, <-ended)
	require.Len(t, claimRound(t, d).Deliveries, 1)
}

// What is not accepted for a day and a half is given up. A receiver that accepts nothing for five days, or says that it is gone, is sent
// nothing any more.
func TestWebhooksThatAreGivenUp(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		age      string
		failing  string
		status   int
		dead     int
		disabled bool
	}{
		"a moment":                 {"1 hour", "1 hour", 503, 0, false},
		"a day and a half":         {"37 hours", "37 hours", 503, 1, false},
		"five days":                {"1 hour", "121 hours", 503, 2, true},
		"gone":                     {"1 hour", "0 hours", 410, 2, true},
		"accepted after five days": {"37 hours", "121 hours", 204, 0, false},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			d := dbtest.New(t)
			store := openStore(t, d.DB, "alpha")
			subscribe(t, d, store, commerce.TopicOrderCreated)
			happen(t, d, store, commerce.TopicOrderCreated, "old")
			queue(t, d)
			endRound(t, d, claimRound(t, d), failed)
			happen(t, d, store, commerce.TopicOrderCreated, "young")
			queue(t, d)
			run(t, d, `UPDATE webhook_deliveries SET created_at = now() - $1::interval WHERE subject = 'old'`, c.age)
			run(t, d, `UPDATE webhook_subscriptions SET failing_since = now() - $1::interval`, c.failing)
			later(t, d)
			disabled := endRound(t, d, claimRound(t, d), func(int) commerce.WebhookAnswer { return commerce.WebhookAnswer{Status: c.status} })
			require.Equal(t, c.disabled, disabled)
			w := webhook(t, d, store)
			require.Equal(t, c.disabled, w.DisabledAt != nil)
			require.Equal(t, c.dead, w.FailedDeliveries)
			require.Equal(t, int64(c.dead), numberIn(t, d, `SELECT count(*) FROM webhook_deliveries WHERE state = 'DEAD'`))
			happen(t, d, store, commerce.TopicOrderCreated, "next")
			if c.disabled {
				require.Zero(t, queue(t, d))
				later(t, d)
				require.Nil(t, claimRound(t, d))
			} else {
				require.Equal(t, 1, queue(t, d))
			}
		})
	}
}

func TestRefusedWebhooks(t *testing.T) {
	t.Parallel()
	d := dbtest.New(t)
	store := openStore(t, d.DB, "alpha")
	by := ownerOf(t, d, store)
	for i := range commerce.MaxWebhooks {
		_, err := d.AddWebhook(t.Context(), by, commerce.NewWebhook{
			URL: "https://example.com/" + id(int64(i)), Topics: commerce.Topics(), Secret: commerce.NewWebhookSecret(),
		})
		require.NoError(t, err)
	}
	_, err := d.AddWebhook(t.Context(), by, commerce.NewWebhook{URL: "https://example.com/3", Topics: commerce.Topics()})
	refusals, ok := commerce.RefusalsOf(err)
	require.True(t, ok)
	require.Equal(t, []commerce.RefusalCode{commerce.RefusalTaken, commerce.RefusalTooMany}, []commerce.RefusalCode{refusals[0].Code, refusals[1].Code})
	require.Equal(t, int64(commerce.MaxWebhooks), numberIn(t, d, `SELECT count(*) FROM webhook_subscriptions`))
	require.Equal(t, int64(commerce.MaxWebhooks), numberIn(t, d, `SELECT count(*) FROM audit_log`))
	require.Zero(t, numberIn(t, d, `SELECT count(*) FROM audit_log a, webhook_subscriptions w WHERE strpos(a.detail::text, w.secret) > 0`), "the log holds no secret")

	other := openStore(t, d.DB, "beta")
	mine, err := d.WebhooksOf(t.Context(), []commerce.StoreID{store.ID, other.ID})
	require.NoError(t, err)
	require.Len(t, mine, 1)
	first := mine[store.ID][0]
	require.Equal(t, "https://example.com/0", first.URL)
	require.ErrorContains(t, d.DeleteWebhook(t.Context(), ownerOf(t, d, other), first.ID), "no such webhook")
	happen(t, d, store, commerce.TopicOrderCreated, "x")
	require.Equal(t, commerce.MaxWebhooks, queue(t, d))
	require.NoError(t, d.DeleteWebhook(t.Context(), by, first.ID))
	require.ErrorContains(t, d.DeleteWebhook(t.Context(), by, first.ID), "no such webhook")
	require.Equal(t, int64(commerce.MaxWebhooks-1), numberIn(t, d, `SELECT count(*) FROM webhook_deliveries`), "what it waits for goes with it")
}
