package db

import (
	"context"
	"encoding/json"
	"errors"
	"time"

	"github.com/jmoiron/sqlx"

	"github.com/kirana-commerce/kirana/commerce"
)

// lockOutboxSQL lets one process at a time tell of events, for the length of its transaction: two would tell of the same, and of one
// subject's not in order. One that stops in the midst of it is not waited for.
const lockOutboxSQL = `
SELECT pg_try_advisory_xact_lock(hashtextextended('outbox', 0)), set_config('idle_in_transaction_session_timeout', '30s', true)`

const eventColumns = `o.store_id, o.id, (date_part('epoch', o.at) * 1000000)::bigint, o.topic, o.version, o.subject, o.payload::text`

func scanEvent(r *row) commerce.Event {
	return commerce.Event{
		Store: commerce.StoreID(r.int()), ID: r.int(), At: r.moment(), Topic: commerce.Topic(r.text()), Version: int(r.int()),
		Subject: r.text(), Payload: json.RawMessage(r.text()),
	}
}

// untoldSQL finds what nobody was told of, whatever its id: a transaction that commits late has a lower id than what was told of before
// (ADR 8). Whoever changes an order holds its row, so of one subject an event with a lower id is never seen later.
const untoldSQL = `
SELECT ` + eventColumns + ` FROM outbox o WHERE o.told_at IS NULL ORDER BY o.id LIMIT $1`

const toldSQL = `
UPDATE outbox o SET told_at = now() FROM unnest($1::bigint[], $2::bigint[]) AS t (store_id, id) WHERE o.store_id = t.store_id AND o.id = t.id`

// TellEvents hands out what nobody was told of. The rows are not locked while they are told of: deliveries refer to them from another
// connection.
func (d *DB) TellEvents(ctx context.Context, most int, tell func(context.Context, []commerce.Event) error) (int, error) {
	var events []commerce.Event
	var untold error
	err := d.inTx(ctx, func(tx *sqlx.Tx) error {
		events, untold = nil, nil
		mine := false
		if err := scanIn(ctx, tx, func(r *row) { mine, _ = r.bool(), r.text() }, lockOutboxSQL); err != nil || !mine {
			return err
		}
		if err := scanIn(ctx, tx, func(r *row) { events = append(events, scanEvent(r)) }, untoldSQL, most); err != nil || len(events) == 0 {
			return err
		}
		if untold = tell(ctx, events); untold != nil {
			return nil //nolint:nilerr // nothing is noted, and the error is not the database's
		}
		stores, ids := eventKeys(events)
		_, err := tx.ExecContext(ctx, toldSQL, stores, ids)
		return err
	})
	if err = errors.Join(untold, err); err != nil {
		return 0, err
	}
	return len(events), nil
}

func eventKeys(events []commerce.Event) (stores, ids any) {
	return bigints(events, func(e commerce.Event) int64 { return int64(e.Store) }), bigints(events, func(e commerce.Event) int64 { return e.ID })
}

// eventLagSQL looks at both queues from their front.
const eventLagSQL = `
SELECT coalesce((SELECT (date_part('epoch', now() - o.at) * 1000000)::bigint FROM outbox o WHERE o.told_at IS NULL ORDER BY o.id LIMIT 1), 0),
    coalesce((SELECT (date_part('epoch', now() - min(s.next_at)) * 1000000)::bigint FROM webhook_subscriptions s WHERE s.next_at <= now()), 0)`

// EventLag measures how far everybody is behind.
func (d *DB) EventLag(ctx context.Context) (commerce.EventLag, error) {
	var lag commerce.EventLag
	err := d.eachFresh(ctx, func(r *row) {
		lag.Untold, lag.Due = time.Duration(r.int())*time.Microsecond, time.Duration(r.int())*time.Microsecond
	}, eventLagSQL)
	return lag, err
}

// sweptEventsSQL deletes events that everybody was told of long ago, a few at a time. One that a receiver still waits for stays.
const sweptEventsSQL = `
DELETE FROM outbox WHERE (store_id, id) IN (
    SELECT o.store_id, o.id FROM outbox o WHERE o.told_at < now() - make_interval(secs => $1)
        AND NOT EXISTS (SELECT 1 FROM webhook_deliveries d WHERE d.store_id = o.store_id AND d.event_id = o.id)
    ORDER BY o.told_at LIMIT 5000)`
