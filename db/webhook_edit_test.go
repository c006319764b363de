package db_test

import (
	"context"
	"slices"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/kirana-commerce/kirana/commerce"
	"github.com/kirana-commerce/kirana/db/dbtest"
)

// change changes the only subscription of a store.
func change(tb testing.TB, d *dbtest.Database, store *commerce.Store, p commerce.WebhookPatch) *commerce.WebhookSubscription {
	tb.Helper()
	p.ID = webhook(tb, d, store).ID
	w, err := d.UpdateWebhook(tb.Context(), ownerOf(tb, d, store), p)
	require.NoError(tb, err)
	require.Equal(tb, webhook(tb, d, store), w, "what is answered is what is read")
	return w
}

func pause(tb testing.TB, d *dbtest.Database, store *commerce.Store, paused bool) *commerce.WebhookSubscription {
	tb.Helper()
	return change(tb, d, store, commerce.WebhookPatch{Paused: &paused})
}

// requireStill checks that nobody is asked to look after a subscription that is paused, nor does so when asked all the same: a program from
// before there were pauses asks.
func requireStill(tb testing.TB, d *dbtest.Database) {
	tb.Helper()
	require.Zero(tb, numberIn(tb, d, `SELECT count(*) FROM webhook_subscriptions WHERE next_at IS NOT NULL`))
	run(tb, d, `UPDATE webhook_subscriptions SET next_at = now()`)
	require.Nil(tb, claimRound(tb, d))
	run(tb, d, `UPDATE webhook_subscriptions SET next_at = NULL`)
}

// A subscription that is paused keeps what happens, however it was when it was paused, and sends all of it in order when it is resumed.
func TestAPausedWebhookKeepsItsEvents(t *testing.T) {
	t.Parallel()
	d := dbtest.New(t)
	store := openStore(t, d.DB, "alpha")
	subscribe(t, d, store, commerce.TopicOrderCreated, commerce.TopicOrderPaid)
	x1 := happen(t, d, store, commerce.TopicOrderCreated, "x")
	queue(t, d)
	endRound(t, d, claimRound(t, d), failed)
	at := pause(t, d, store, true).PausedAt
	require.NotNil(t, at)
	require.Equal(t, at, pause(t, d, store, true).PausedAt, "it is paused already")
	x2, y1 := happen(t, d, store, commerce.TopicOrderPaid, "x"), happen(t, d, store, commerce.TopicOrderCreated, "y")
	requireStill(t, d)
	require.Equal(t, 2, queue(t, d))
	requireStill(t, d)
	require.Equal(t, 3, webhook(t, d, store).WaitingEvents)

	w := pause(t, d, store, false)
	require.Nil(t, w.PausedAt)
	require.Nil(t, w.FailingSince, "what was before says nothing any more")
	round := claimRound(t, d)
	require.Equal(t, []int64{x1, y1}, eventsOf(round), "at once, the oldest first, though that one has failed")
	require.Zero(t, round.Deliveries[0].Attempts)
	endRound(t, d, round, accepted)
	round = claimRound(t, d)
	require.Equal(t, []int64{x2}, eventsOf(round))
	endRound(t, d, round, accepted)
	require.Zero(t, webhook(t, d, store).WaitingEvents)
	require.Equal(t, int64(3), numberIn(t, d, `SELECT count(*) FROM audit_log WHERE action LIKE 'webhook%'`), "that it was paused twice is no change")
}

// What comes of a round that is under way when its subscription is paused is noted. One that nobody ends is not lost.
func TestAPauseDuringARound(t *testing.T) {
	t.Parallel()
	d := dbtest.New(t)
	store := openStore(t, d.DB, "alpha")
	subscribe(t, d, store, commerce.TopicOrderCreated)
	happen(t, d, store, commerce.TopicOrderCreated, "x")
	queue(t, d)
	round := claimRound(t, d)
	pause(t, d, store, true)
	happen(t, d, store, commerce.TopicOrderCreated, "y")
	queue(t, d)
	endRound(t, d, round, accepted)
	requireStill(t, d)
	require.Equal(t, 1, webhook(t, d, store).WaitingEvents, "what was accepted is not sent again")

	pause(t, d, store, false)
	lost := claimRound(t, d)
	pause(t, d, store, true)
	pause(t, d, store, false)
	require.Nil(t, claimRound(t, d), "whoever sends may come back")
	later(t, d)
	require.Equal(t, eventsOf(lost), eventsOf(claimRound(t, d)), "they did not")
}

// The age of what was kept counts from the end of the pause: the first failure does not give it up.
func TestKeptEventsAreNotGivenUpAtOnce(t *testing.T) {
	t.Parallel()
	d := dbtest.New(t)
	store := openStore(t, d.DB, "alpha")
	subscribe(t, d, store, commerce.TopicOrderCreated)
	pause(t, d, store, true)
	happen(t, d, store, commerce.TopicOrderCreated, "x")
	queue(t, d)
	run(t, d, `UPDATE webhook_deliveries SET created_at = now() - interval '3 days', next_at = now() - interval '3 days'`)
	pause(t, d, store, false)
	endRound(t, d, claimRound(t, d), failed)
	require.Zero(t, webhook(t, d, store).FailedDeliveries)
	run(t, d, `UPDATE webhook_subscriptions SET resumed_at = now() - interval '37 hours'`)
	later(t, d)
	endRound(t, d, claimRound(t, d), failed)
	require.Equal(t, 1, webhook(t, d, store).FailedDeliveries)
}

// A very long pause keeps the last week.
func TestAVeryLongPause(t *testing.T) {
	t.Parallel()
	d := dbtest.New(t)
	calm, paused := openStore(t, d.DB, "calm"), openStore(t, d.DB, "paused")
	for _, s := range []*commerce.Store{calm, paused} {
		subscribe(t, d, s, commerce.TopicOrderCreated)
	}
	pause(t, d, paused, true)
	for _, s := range []*commerce.Store{calm, paused} {
		happen(t, d, s, commerce.TopicOrderCreated, "old")
		happen(t, d, s, commerce.TopicOrderCreated, "young")
	}
	queue(t, d)
	run(t, d, `UPDATE webhook_deliveries SET created_at = now() - interval '8 days', next_at = now() - interval '8 days' WHERE subject = 'old'`)
	require.NoError(t, d.Sweep(t.Context()))
	require.Equal(t, []int{0, 2}, []int{webhook(t, d, calm).FailedDeliveries, webhook(t, d, calm).WaitingEvents}, "that one is sent")
	require.Equal(t, []int{1, 1}, []int{webhook(t, d, paused).FailedDeliveries, webhook(t, d, paused).WaitingEvents})
	require.Equal(t, [][]string{{"DEAD", "true"}}, queryRows(t, d, `SELECT state, ended_at IS NOT NULL FROM webhook_deliveries d WHERE store_id = $1 AND subject = 'old'`, int64(paused.ID)))
}

// What waits goes to the new address at once. The old one's last answer counts for what it accepted, and for nothing else.
func TestAWebhookThatMoves(t *testing.T) {
	t.Parallel()
	for name, status := range map[string]int{"the old one fails": 500, "the old one is gone": 410} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			d := dbtest.New(t)
			store := openStore(t, d.DB, "alpha")
			subscribe(t, d, store, commerce.TopicOrderCreated)
			x, y := happen(t, d, store, commerce.TopicOrderCreated, "x"), happen(t, d, store, commerce.TopicOrderCreated, "y")
			queue(t, d)
			endRound(t, d, claimRound(t, d), failed)
			require.Equal(t, 500, *webhook(t, d, store).LastAttempt.Status)
			later(t, d)
			run(t, d, `UPDATE webhook_subscriptions SET failing_since = now() - interval '6 days', failures = 0`)
			round := claimRound(t, d)
			require.Equal(t, []int64{x, y}, eventsOf(round))

			url := "https://elsewhere.example.com/"
			w := change(t, d, store, commerce.WebhookPatch{URL: &url})
			require.Equal(t, url, w.URL)
			require.Nil(t, w.LastAttempt)
			require.Nil(t, w.FailingSince)
			require.Nil(t, w.LastError)
			require.False(t, endRound(t, d, round, func(i int) commerce.WebhookAnswer {
				if i == 0 {
					return accepted(i)
				}
				return commerce.WebhookAnswer{Status: status}
			}))
			w = webhook(t, d, store)
			require.Nil(t, w.FailingSince)
			require.Nil(t, w.LastAttempt)
			round = claimRound(t, d)
			require.Equal(t, []int64{y}, eventsOf(round))
			require.Equal(t, url, round.URL)
			endRound(t, d, round, accepted)
			require.Equal(t, &commerce.WebhookAttempt{
				At: webhook(t, d, store).LastAttempt.At, EventID: round.Deliveries[0].Key(), Topic: commerce.TopicOrderCreated, Status: new(200),
			}, webhook(t, d, store).LastAttempt)
		})
	}
}

// While a secret is replaced nothing is signed without one that the receiver has, also when it is replaced again; and no secret is good
// for longer than was said last.
func TestSecretsOverlap(t *testing.T) {
	t.Parallel()
	d := dbtest.New(t)
	store := openStore(t, d.DB, "alpha")
	first := subscribe(t, d, store, commerce.TopicOrderCreated).Secret
	happen(t, d, store, commerce.TopicOrderCreated, "x")
	queue(t, d)
	signedWith := func() []commerce.WebhookSecret {
		later(t, d)
		round := claimRound(t, d)
		return append([]commerce.WebhookSecret{round.Secret}, round.Former...)
	}
	require.Equal(t, []commerce.WebhookSecret{first}, signedWith())
	second, third, last := commerce.NewWebhookSecret(), commerce.NewWebhookSecret(), commerce.NewWebhookSecret()
	w := change(t, d, store, commerce.WebhookPatch{Secret: second, Overlap: 24 * time.Hour})
	require.NotNil(t, w.PreviousSecretExpiresAt)
	require.Equal(t, []commerce.WebhookSecret{second, first}, signedWith())
	change(t, d, store, commerce.WebhookPatch{Secret: third, Overlap: time.Hour})
	require.Equal(t, []commerce.WebhookSecret{third, second, first}, signedWith())
	require.Zero(t, numberIn(t, d, `SELECT count(*) FROM webhook_secrets WHERE ends_at > now() + interval '1 hour'`))
	run(t, d, `UPDATE webhook_secrets SET ends_at = now() - interval '1 second' WHERE secret = $1`, first.Reveal())
	require.Equal(t, []commerce.WebhookSecret{third, second}, signedWith())
	require.NoError(t, d.Sweep(t.Context()))
	require.Equal(t, int64(1), numberIn(t, d, `SELECT count(*) FROM webhook_secrets`))
	w = change(t, d, store, commerce.WebhookPatch{Secret: last})
	require.Nil(t, w.PreviousSecretExpiresAt)
	require.Equal(t, []commerce.WebhookSecret{last}, signedWith(), "without an overlap all others end")
	require.Zero(t, numberIn(t, d, `SELECT count(*) FROM audit_log a, webhook_secrets p WHERE strpos(a.detail::text, p.secret) > 0`), "the log holds no secret")

	for range 4 {
		change(t, d, store, commerce.WebhookPatch{Secret: commerce.NewWebhookSecret(), Overlap: time.Hour})
	}
	_, err := d.UpdateWebhook(t.Context(), ownerOf(t, d, store), commerce.WebhookPatch{ID: w.ID, Secret: commerce.NewWebhookSecret(), Overlap: time.Hour})
	refusals, _ := commerce.RefusalsOf(err)
	require.Len(t, refusals, 1)
	require.Equal(t, commerce.RefusalTooMany, refusals[0].Code)
	require.Len(t, signedWith(), 5)
}

// Sending that was given up is taken up again when it is resumed, with what happens from then on, unless another sends there by now.
func TestAWebhookThatWasGivenUpIsResumed(t *testing.T) {
	t.Parallel()
	d := dbtest.New(t)
	store := openStore(t, d.DB, "alpha")
	was := subscribe(t, d, store, commerce.TopicOrderCreated)
	happen(t, d, store, commerce.TopicOrderCreated, "x")
	queue(t, d)
	require.True(t, endRound(t, d, claimRound(t, d), func(int) commerce.WebhookAnswer { return commerce.WebhookAnswer{Status: 410} }))
	happen(t, d, store, commerce.TopicOrderCreated, "missed")
	queue(t, d)
	w := change(t, d, store, commerce.WebhookPatch{URL: new("https://alpha.example.com/moved")})
	require.NotNil(t, w.DisabledAt, "another address alone sends nothing")
	require.Nil(t, pause(t, d, store, false).DisabledAt)
	next := happen(t, d, store, commerce.TopicOrderCreated, "next")
	require.Equal(t, 1, queue(t, d))
	round := claimRound(t, d)
	require.Equal(t, []int64{next}, eventsOf(round))
	require.True(t, endRound(t, d, round, func(int) commerce.WebhookAnswer { return commerce.WebhookAnswer{Status: 410} }))

	_, err := d.AddWebhook(t.Context(), ownerOf(t, d, store), commerce.NewWebhook{URL: w.URL, Topics: w.Topics, Secret: commerce.NewWebhookSecret()})
	require.NoError(t, err)
	_, err = d.UpdateWebhook(t.Context(), ownerOf(t, d, store), commerce.WebhookPatch{ID: was.Subscription.ID, Paused: new(false)})
	require.ErrorContains(t, err, "sends to this address already")
}

// Another topic is sent from then on; what waits is sent though its topic is no longer asked for.
func TestAWebhookWithOtherTopics(t *testing.T) {
	t.Parallel()
	d := dbtest.New(t)
	store := openStore(t, d.DB, "alpha")
	subscribe(t, d, store, commerce.TopicOrderCreated)
	waits := happen(t, d, store, commerce.TopicOrderCreated, "x")
	happen(t, d, store, commerce.TopicOrderPaid, "y")
	queue(t, d)
	change(t, d, store, commerce.WebhookPatch{Topics: []commerce.Topic{commerce.TopicOrderPaid}, Retopic: true})
	happen(t, d, store, commerce.TopicOrderCreated, "z")
	paid := happen(t, d, store, commerce.TopicOrderPaid, "z")
	queue(t, d)
	require.Equal(t, []int64{waits, paid}, eventsOf(claimRound(t, d)))
}

// An event that is taken down in the moment in which a pause ends is sent: nobody else wakes its receiver.
func TestAnEventComesWhileAPauseEnds(t *testing.T) {
	t.Parallel()
	d := dbtest.New(t)
	store := openStore(t, d.DB, "alpha")
	id := subscribe(t, d, store, commerce.TopicOrderCreated).Subscription.ID
	pause(t, d, store, true)
	x := happen(t, d, store, commerce.TopicOrderCreated, "x")
	owner := ownerOf(t, d, store)
	held, err := d.SQL.BeginTx(t.Context(), nil)
	require.NoError(t, err)
	defer held.Rollback() //nolint:errcheck // it is over by then, unless the test failed
	_, err = held.ExecContext(t.Context(), `LOCK TABLE audit_log IN EXCLUSIVE MODE`)
	require.NoError(t, err)
	var all sync.WaitGroup
	all.Go(func() {
		if _, err := d.UpdateWebhook(t.Context(), owner, commerce.WebhookPatch{ID: id, Paused: new(false)}); err != nil {
			t.Error(err)
		}
	})
	requireWaiting(t, d)
	all.Go(func() {
		_, err := d.TellEvents(t.Context(), 10, func(ctx context.Context, events []commerce.Event) error {
			_, err := d.QueueWebhooks(ctx, events)
			return err
		})
		if err != nil {
			t.Error(err)
		}
	})
	require.Eventually(t, func() bool {
		return numberIn(t, d, `SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() AND wait_event_type = 'Lock'`) == 2
	}, time.Minute, 5*time.Millisecond)
	require.NoError(t, held.Rollback())
	all.Wait()
	round := claimRound(t, d)
	require.NotNil(t, round)
	require.Equal(t, []int64{x}, eventsOf(round))
}

// What waits is for those who may read it, though the subscription has other topics by now.
func TestWhatWaitsIsNotForEveryone(t *testing.T) {
	t.Parallel()
	d := dbtest.New(t)
	store := openStore(t, d.DB, "alpha")
	subscribe(t, d, store, commerce.TopicOrderCreated, commerce.TopicCustomerErased)
	pause(t, d, store, true)
	happen(t, d, store, commerce.TopicCustomerErased, "x")
	queue(t, d)
	w := change(t, d, store, commerce.WebhookPatch{Topics: []commerce.Topic{commerce.TopicOrderCreated}, Retopic: true})
	run(t, d, `INSERT INTO api_keys (store_id, name, prefix, token_hash, scopes) VALUES ($1, 'k', 'k', decode(repeat('00', 32), 'hex'), '{}')`, int64(store.ID))
	lesser := commerce.Actor{Author: commerce.Author{Key: commerce.APIKeyID(numberIn(t, d, `SELECT id FROM api_keys`))}, Store: store.ID}
	lesser.Scopes = slices.DeleteFunc(commerce.Scopes(), func(s commerce.Scope) bool { return s == commerce.TopicCustomerErased.Scope() })
	for name, p := range map[string]commerce.WebhookPatch{
		"moved":  {ID: w.ID, URL: new("https://elsewhere.example.com/")},
		"signed": {ID: w.ID, Secret: commerce.NewWebhookSecret()},
	} {
		_, err := d.UpdateWebhook(t.Context(), lesser, p)
		var r commerce.Refusals
		require.ErrorAs(t, err, &r, name)
		require.Len(t, r, 1)
		require.Equal(t, commerce.RefusalForbidden, r[0].Code)
		require.Equal(t, []string{"input", "id"}, r[0].Field)
		require.Equal(t, w, webhook(t, d, store))
	}
	pause(t, d, store, false)
	endRound(t, d, claimRound(t, d), accepted)
	_, err := d.UpdateWebhook(t.Context(), lesser, commerce.WebhookPatch{ID: w.ID, URL: new("https://elsewhere.example.com/")})
	require.NoError(t, err, "nothing waits any more")
}
