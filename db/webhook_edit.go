package db

import (
	"context"
	"slices"

	"github.com/jmoiron/sqlx"

	"github.com/kirana-commerce/kirana/commerce"
)

// lockedWebhookSQL reads a subscription and how many secrets from before are good. Whoever sends waits: a round ends before, or after.
const lockedWebhookSQL = `
SELECT ` + webhookColumns + `,
    (SELECT count(*) FROM webhook_secrets p WHERE p.store_id = w.store_id AND p.subscription_id = w.id AND p.ends_at > now())
FROM webhook_subscriptions w WHERE w.store_id = $1 AND w.id = $2 FOR NO KEY UPDATE OF w`

// waitingTopicsSQL reads what the events are about that wait for a subscription, which may have had other topics when they came.
const waitingTopicsSQL = `
SELECT DISTINCT o.topic FROM webhook_deliveries d JOIN outbox o ON o.store_id = d.store_id AND o.id = d.event_id
WHERE d.store_id = $1 AND d.subscription_id = $2 AND d.state = 'WAITING' ORDER BY o.topic`

// renewSigningSQL lets the secrets so far be good for as long as the overlap, and no longer.
const renewSigningSQL = `
WITH ending AS (
    UPDATE webhook_secrets p SET ends_at = least(p.ends_at, now() + make_interval(secs => $3)) WHERE p.store_id = $1 AND p.subscription_id = $2
), former AS (
    INSERT INTO webhook_secrets (store_id, subscription_id, secret, ends_at)
    SELECT w.store_id, w.id, w.secret, now() + make_interval(secs => $3) FROM webhook_subscriptions w WHERE w.store_id = $1 AND w.id = $2
)
UPDATE webhook_subscriptions w SET secret = $4 WHERE w.store_id = $1 AND w.id = $2`

// updateWebhookSQL writes what a subscription becomes. $5 pauses it, $6 says that there is another receiver, $7 that sending was given up
// and is taken up, $8 that what was kept is sent. A round that is under way keeps its lease, so that what it was answered is noted.
const updateWebhookSQL = `
UPDATE webhook_subscriptions AS w SET url = $3, topics = $4,
    paused_at = CASE WHEN $5 THEN coalesce(w.paused_at, now()) END, next_at = CASE WHEN NOT $5 THEN w.next_at END,
    disabled_at = CASE WHEN NOT $7 THEN w.disabled_at END, resumed_at = CASE WHEN $6 OR $8 THEN now() ELSE w.resumed_at END,
    failures = CASE WHEN $6 OR $8 THEN 0 ELSE w.failures END, failing_since = CASE WHEN NOT ($6 OR $8) THEN w.failing_since END,
    rests_until = CASE WHEN $6 OR $8 THEN now() ELSE w.rests_until END,
    last_error = CASE WHEN $6 THEN '' ELSE w.last_error END, delivered_at = CASE WHEN NOT $6 THEN w.delivered_at END,
    tried_at = CASE WHEN NOT $6 THEN w.tried_at END
WHERE w.store_id = $1 AND w.id = $2`

// dueAgainSQL lets what was tried before be due as if it was not: when it came, so that all is sent in the order in which it happened.
const dueAgainSQL = `
UPDATE webhook_deliveries d SET next_at = d.created_at, attempts = 0
WHERE d.store_id = $1 AND d.subscription_id = $2 AND d.state = 'WAITING' AND d.attempts > 0`

// UpdateWebhook changes a subscription.
func (d *DB) UpdateWebhook(ctx context.Context, by commerce.Actor, p commerce.WebhookPatch) (*commerce.WebhookSubscription, error) {
	var now *commerce.WebhookSubscription
	err := d.inStore(ctx, by, "webhookSubscriptionUpdate", func(tx *sqlx.Tx, by commerce.Actor) (id commerce.GlobalID, _ map[string]any, err error) {
		was, former, err := lockedWebhook(ctx, tx, commerce.WebhookRef{Store: by.Store, ID: p.ID})
		if err != nil {
			return id, nil, err
		}
		if err := checkPatch(ctx, tx, by, p, was, former); err != nil {
			return id, nil, err
		}
		if err := writeWebhook(ctx, tx, was, p); err != nil {
			return id, nil, err
		}
		now, _, err = lockedWebhook(ctx, tx, commerce.WebhookRef{Store: by.Store, ID: p.ID})
		return was.NodeID(), changesOf(was, p), err
	})
	if err != nil {
		return nil, err
	}
	return now, nil
}

func lockedWebhook(ctx context.Context, tx *sqlx.Tx, ref commerce.WebhookRef) (w *commerce.WebhookSubscription, former int, err error) {
	err = scanIn(ctx, tx, func(r *row) { w, former = scanWebhook(r), int(r.int()) }, lockedWebhookSQL, int64(ref.Store), int64(ref.ID))
	if err == nil && w == nil {
		err = commerce.Refuse(commerce.RefusalNotFound, []any{"input", "id"}, "The store has no such webhook subscription.")
	}
	return w, former, err
}

func checkPatch(ctx context.Context, tx *sqlx.Tx, by commerce.Actor, p commerce.WebhookPatch, was *commerce.WebhookSubscription, former int) error {
	var waiting []commerce.Topic
	err := scanIn(ctx, tx, func(r *row) { waiting = append(waiting, commerce.Topic(r.text())) }, waitingTopicsSQL, int64(was.StoreID), int64(was.ID))
	if err != nil {
		return err
	}
	r, next := p.Check(by, was, former, waiting), p.Apply(was)
	if next.Moved || next.Revived {
		_, taken, err := otherWebhooks(ctx, tx, commerce.WebhookRef{Store: by.Store, ID: p.ID}, next.URL)
		if err != nil {
			return err
		}
		if taken {
			refuseTaken(&r)
		}
	}
	return r.Err()
}

// writeWebhook writes what becomes of a subscription, whose row is locked.
func writeWebhook(ctx context.Context, tx *sqlx.Tx, was *commerce.WebhookSubscription, p commerce.WebhookPatch) error {
	next, store, id := p.Apply(was), int64(was.StoreID), int64(was.ID)
	if p.Secret != "" {
		if _, err := tx.ExecContext(ctx, renewSigningSQL, store, id, p.Overlap.Seconds(), p.Secret.Reveal()); err != nil {
			return err
		}
	}
	_, err := tx.ExecContext(ctx, updateWebhookSQL, store, id, next.URL, texts(next.Topics, func(t commerce.Topic) string { return string(t) }),
		next.Paused, next.Moved, next.Revived, next.Resumed)
	if err != nil || !next.Moved && !next.Resumed {
		return err
	}
	if _, err := tx.ExecContext(ctx, dueAgainSQL, store, id); err != nil {
		return err
	}
	_, err = tx.ExecContext(ctx, nextRoundSQL, store, id, commerce.WebhookRoundPatience.Seconds())
	return err
}

// changesOf is what the log holds of a change, nil when nothing changes. It holds no secret.
func changesOf(was *commerce.WebhookSubscription, p commerce.WebhookPatch) map[string]any {
	next, changes := p.Apply(was), map[string]any{}
	if next.Moved {
		changes["was"] = was.URL
	}
	if !slices.Equal(next.Topics, was.Topics) {
		changes["topics"] = next.Topics
	}
	if next.Revived || next.Paused != (was.PausedAt != nil) {
		changes["paused"] = next.Paused
	}
	if p.Secret != "" {
		changes["newSecret"], changes["overlapSeconds"] = true, int(p.Overlap.Seconds())
	}
	if len(changes) == 0 {
		return nil
	}
	changes["url"] = next.URL
	return changes
}

// sweptSigningSQL forgets secrets that nothing is signed with any more.
const sweptSigningSQL = `
DELETE FROM webhook_secrets WHERE (store_id, subscription_id, id) IN (
    SELECT p.store_id, p.subscription_id, p.id FROM webhook_secrets p WHERE p.ends_at <= now() ORDER BY p.ends_at LIMIT 5000)`

// sweptPausesSQL gives up what has waited for too long for subscriptions that are paused: else it and its events would be kept for good.
// Whoever sends, or resumes, holds the subscription; it is looked at the next time.
const sweptPausesSQL = `
WITH paused AS MATERIALIZED (
    SELECT s.store_id, s.id FROM webhook_subscriptions s
    WHERE s.paused_at IS NOT NULL AND EXISTS (
        SELECT 1 FROM webhook_deliveries d
        WHERE d.store_id = s.store_id AND d.subscription_id = s.id AND d.state = 'WAITING' AND d.next_at < now() - make_interval(secs => $1))
    LIMIT 100 FOR NO KEY UPDATE SKIP LOCKED
), old AS MATERIALIZED (
    SELECT d.store_id, d.subscription_id, d.event_id FROM paused p
    JOIN webhook_deliveries d ON d.store_id = p.store_id AND d.subscription_id = p.id
    WHERE d.state = 'WAITING' AND d.next_at < now() - make_interval(secs => $1) ORDER BY d.next_at LIMIT 5000
), dead AS (
    UPDATE webhook_deliveries d SET state = 'DEAD', ended_at = now() FROM old o
    WHERE d.store_id = o.store_id AND d.subscription_id = o.subscription_id AND d.event_id = o.event_id
    RETURNING d.store_id, d.subscription_id
)
UPDATE webhook_subscriptions s SET dead = s.dead + n.n
FROM (SELECT d.store_id, d.subscription_id, count(*) AS n FROM dead d GROUP BY d.store_id, d.subscription_id) n
WHERE s.store_id = n.store_id AND s.id = n.subscription_id`
