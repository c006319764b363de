package db

import (
	"context"
	"crypto/rand"
	"encoding/json"
	"fmt"
	"time"

	"github.com/jmoiron/sqlx"

	"github.com/kirana-commerce/kirana/commerce"
)

// queueWebhooksSQL takes down to whom events are to be sent. It holds the rows of the receivers to the end, as endWebhooks does, so that
// whoever ends a round sees what came meanwhile, or is seen to have ended it. Who is paused is read with them: what the statement sees
// without a lock may be from before a pause has ended.
const queueWebhooksSQL = `
WITH asked AS MATERIALIZED (
    SELECT s.store_id, s.id, s.topics, s.created_at, s.paused_at IS NOT NULL AS paused FROM webhook_subscriptions s
    WHERE s.store_id = ANY($1::bigint[]) AND s.disabled_at IS NULL ORDER BY s.store_id, s.id FOR NO KEY UPDATE
), queued AS (
    INSERT INTO webhook_deliveries (store_id, subscription_id, event_id, subject)
    SELECT a.store_id, a.id, o.id, o.subject FROM unnest($1::bigint[], $2::bigint[]) AS e (store_id, id)
    JOIN outbox o ON o.store_id = e.store_id AND o.id = e.id
    JOIN asked a ON a.store_id = o.store_id AND o.topic = ANY(a.topics) AND o.at >= a.created_at
    ORDER BY o.id
    ON CONFLICT (store_id, subscription_id, event_id) DO NOTHING
    RETURNING store_id, subscription_id
), due AS (
    UPDATE webhook_subscriptions s SET next_at = CASE WHEN s.lease = '' THEN least(s.next_at, greatest(s.rests_until, now())) ELSE s.next_at END
    FROM (SELECT DISTINCT q.store_id, q.subscription_id FROM queued q) q JOIN asked a ON a.store_id = q.store_id AND a.id = q.subscription_id AND NOT a.paused
    WHERE s.store_id = q.store_id AND s.id = q.subscription_id
)
SELECT count(*) FROM queued`

// QueueWebhooks takes down to whom events are to be sent.
func (d *DB) QueueWebhooks(ctx context.Context, events []commerce.Event) (int, error) {
	n := 0
	stores, ids := eventKeys(events)
	err := d.inTx(ctx, func(tx *sqlx.Tx) error {
		return scanIn(ctx, tx, func(r *row) { n = int(r.int()) }, queueWebhooksSQL, stores, ids)
	})
	return n, err
}

// claimWebhooksSQL takes the receiver who has waited the longest. Whoever does not end the round within patience has lost it.
const claimWebhooksSQL = `
UPDATE webhook_subscriptions s SET lease = $1, next_at = now() + make_interval(secs => $2)
FROM (SELECT d.store_id, d.id FROM webhook_subscriptions d WHERE d.next_at <= now() AND d.paused_at IS NULL ORDER BY d.next_at LIMIT 1 FOR NO KEY UPDATE SKIP LOCKED) due
WHERE s.store_id = due.store_id AND s.id = due.id
RETURNING s.store_id, s.id, s.url, s.secret, s.failures, ARRAY(
    SELECT p.secret FROM webhook_secrets p WHERE p.store_id = s.store_id AND p.subscription_id = s.id AND p.ends_at > now() ORDER BY p.id DESC)`

// sendable are the deliveries d that nothing of the same subject goes before.
const sendable = `
FROM webhook_deliveries d WHERE d.store_id = $1 AND d.subscription_id = $2 AND d.state = 'WAITING' AND NOT EXISTS (
    SELECT 1 FROM webhook_deliveries b WHERE b.store_id = d.store_id AND b.subscription_id = d.subscription_id AND b.subject = d.subject
        AND b.event_id < d.event_id AND b.state = 'WAITING')`

const roundSQL = `
SELECT d.attempts, ` + eventColumns + `
FROM (SELECT d.store_id, d.event_id, d.attempts, d.next_at ` + sendable + ` AND d.next_at <= now() ORDER BY d.next_at, d.event_id LIMIT $3) d
JOIN outbox o ON o.store_id = d.store_id AND o.id = d.event_id
ORDER BY d.next_at, d.event_id`

// ClaimWebhooks hands out the round whose turn it is. Of a receiver that failed the last time it has one delivery: that tells.
func (d *DB) ClaimWebhooks(ctx context.Context, patience time.Duration) (*commerce.WebhookRound, error) {
	var round *commerce.WebhookRound
	err := d.inTx(ctx, func(tx *sqlx.Tx) error {
		round = nil
		lease := rand.Text()
		err := scanIn(ctx, tx, func(r *row) {
			round = &commerce.WebhookRound{Lease: commerce.Lease(lease)}
			round.WebhookRef = commerce.WebhookRef{Store: commerce.StoreID(r.int()), ID: commerce.WebhookID(r.int())}
			round.URL, round.Secret, round.Failures = r.text(), commerce.WebhookSecret(r.text()), int(r.int())
			for _, secret := range r.texts() {
				round.Former = append(round.Former, commerce.WebhookSecret(secret))
			}
		}, claimWebhooksSQL, lease, patience.Seconds())
		if err != nil || round == nil {
			return err
		}
		most := commerce.MaxWebhooksAtOnce
		if round.Failures > 0 {
			most = 1
		}
		return scanIn(ctx, tx, func(r *row) {
			round.Deliveries = append(round.Deliveries, commerce.WebhookDelivery{Attempts: int(r.int()), Event: scanEvent(r)})
		}, roundSQL, int64(round.Store), int64(round.ID), most)
	})
	if err != nil {
		return nil, err
	}
	return round, nil
}

const lockRoundSQL = `
SELECT coalesce(s.failing_since < now() - make_interval(secs => $4), false), s.url <> $5 FROM webhook_subscriptions s
WHERE s.store_id = $1 AND s.id = $2 AND s.lease = $3 FOR NO KEY UPDATE`

const noteDeliveriesSQL = `
UPDATE webhook_deliveries d SET attempts = d.attempts + 1, error = r.error, next_at = now() + make_interval(secs => r.pause),
    state = CASE WHEN r.error = '' THEN 'DELIVERED' ELSE 'WAITING' END, ended_at = CASE WHEN r.error = '' THEN now() END
FROM json_to_recordset($3::json) AS r (event_id bigint, error text, pause double precision)
WHERE d.store_id = $1 AND d.subscription_id = $2 AND d.event_id = r.event_id AND d.state = 'WAITING'`

// noteRoundSQL writes down how the receiver is. After a failure it gives up what is too old, and all when sending is given up.
const noteRoundSQL = `
WITH dead AS (
    UPDATE webhook_deliveries d SET state = 'DEAD', ended_at = now()
    WHERE d.store_id = $1 AND d.subscription_id = $2 AND d.state = 'WAITING' AND ($4 OR $5 AND d.created_at < now() - make_interval(secs => $6)
        AND NOT EXISTS (SELECT 1 FROM webhook_subscriptions r WHERE r.store_id = $1 AND r.id = $2 AND r.resumed_at >= now() - make_interval(secs => $6)))
    RETURNING d.event_id
)
UPDATE webhook_subscriptions s SET lease = '', failures = $3::integer, failing_since = CASE WHEN $3::integer > 0 THEN coalesce(s.failing_since, now()) END,
    last_error = CASE WHEN $5 THEN $7 ELSE s.last_error END, delivered_at = CASE WHEN $8 THEN now() ELSE s.delivered_at END,
    dead = s.dead + (SELECT count(*) FROM dead), rests_until = now() + make_interval(secs => $9),
    tried_at = CASE WHEN $10::bigint > 0 THEN now() ELSE s.tried_at END, tried_event = CASE WHEN $10 > 0 THEN $10 ELSE s.tried_event END,
    tried_topic = CASE WHEN $10 > 0 THEN $11 ELSE s.tried_topic END, tried_status = CASE WHEN $10 > 0 THEN $12::integer ELSE s.tried_status END,
    tried_error = CASE WHEN $10 > 0 THEN $13 ELSE s.tried_error END,
    disabled_at = CASE WHEN $4 THEN now() END, next_at = CASE WHEN NOT $4 THEN s.next_at END
WHERE s.store_id = $1 AND s.id = $2`

// nextRoundSQL says when there is something to be sent again; while somebody sends, that they may not come back. It is a statement of its own: it has to see what the others wrote, and
// what came while they waited.
const nextRoundSQL = `
UPDATE webhook_subscriptions s SET next_at = CASE WHEN s.lease <> '' THEN coalesce(s.next_at, now() + make_interval(secs => $3)) ELSE (
    SELECT greatest(d.next_at, s.rests_until, now()) ` + sendable + ` ORDER BY d.next_at, d.event_id LIMIT 1) END
WHERE s.store_id = $1 AND s.id = $2 AND s.disabled_at IS NULL AND s.paused_at IS NULL`

// EndWebhooks notes what came of a round.
func (d *DB) EndWebhooks(ctx context.Context, r *commerce.WebhookRound, e commerce.WebhookEnd) (disabled bool, err error) {
	err = d.inTx(ctx, func(tx *sqlx.Tx) error {
		disabled, err = endRound(ctx, tx, r, e)
		return err
	})
	return disabled && err == nil, err
}

func resultsOf(e commerce.WebhookEnd) (string, error) {
	results := make([]resultRow, len(e.Results))
	for i, one := range e.Results {
		results[i] = resultRow{EventID: one.EventID, Error: one.Error, Pause: one.Pause.Seconds()}
	}
	doc, err := json.Marshal(results)
	if err != nil {
		return "", fmt.Errorf("encode the results of webhooks: %w", err)
	}
	return string(doc), nil
}

type resultRow struct {
	EventID int64   `json:"event_id"`
	Error   string  `json:"error"`
	Pause   float64 `json:"pause"`
}

func endRound(ctx context.Context, tx *sqlx.Tx, r *commerce.WebhookRound, e commerce.WebhookEnd) (disabled bool, err error) {
	store, id := int64(r.Store), int64(r.ID)
	held, hopeless, moved := false, false, false
	err = scanIn(ctx, tx, func(row *row) { held, hopeless, moved = true, row.bool(), row.bool() },
		lockRoundSQL, store, id, string(r.Lease), commerce.WebhookPatience.Seconds(), r.URL)
	if err == nil && !held {
		err = commerce.ErrLeaseLost
	}
	if err != nil {
		return false, err
	}
	if moved {
		e = e.Moved()
	}
	results, err := resultsOf(e)
	if err != nil {
		return false, err
	}
	last := commerce.WebhookSent{}
	if e.Last != nil {
		last = *e.Last
	}
	if _, err := tx.ExecContext(ctx, noteDeliveriesSQL, store, id, results); err != nil {
		return false, err
	}
	disabled = e.Gone || e.Failures > 0 && e.Failed && hopeless
	_, err = tx.ExecContext(ctx, noteRoundSQL, store, id, e.Failures, disabled, e.Failed, commerce.WebhookLife.Seconds(), e.LastError, e.Accepted() > 0,
		e.Pause.Seconds(), last.EventID, string(last.Topic), last.Status, last.Error)
	if err != nil {
		return false, err
	}
	_, err = tx.ExecContext(ctx, nextRoundSQL, store, id, commerce.WebhookRoundPatience.Seconds())
	return disabled, err
}

// sweptDeliveriesSQL forgets what came of deliveries long ago.
const sweptDeliveriesSQL = `
DELETE FROM webhook_deliveries WHERE (store_id, subscription_id, event_id) IN (
    SELECT d.store_id, d.subscription_id, d.event_id FROM webhook_deliveries d WHERE d.ended_at < now() - make_interval(secs => $1)
    ORDER BY d.ended_at LIMIT 5000)`
