package db

import (
	"context"

	"github.com/jmoiron/sqlx"

	"github.com/kirana-commerce/kirana/commerce"
)

const webhookColumns = `w.store_id, w.id, w.url, w.topics, (date_part('epoch', w.created_at) * 1000000)::bigint,
    (date_part('epoch', w.delivered_at) * 1000000)::bigint, (date_part('epoch', w.failing_since) * 1000000)::bigint, w.last_error, w.dead,
    (date_part('epoch', w.disabled_at) * 1000000)::bigint, (date_part('epoch', w.paused_at) * 1000000)::bigint,
    (SELECT (date_part('epoch', max(p.ends_at)) * 1000000)::bigint FROM webhook_secrets p
        WHERE p.store_id = w.store_id AND p.subscription_id = w.id AND p.ends_at > now()),
    (SELECT count(*) FROM webhook_deliveries d WHERE d.store_id = w.store_id AND d.subscription_id = w.id AND d.state = 'WAITING'),
    (date_part('epoch', w.tried_at) * 1000000)::bigint, w.tried_event, w.tried_topic, w.tried_status, w.tried_error`

func scanWebhook(r *row) *commerce.WebhookSubscription {
	w := &commerce.WebhookSubscription{
		StoreID: commerce.StoreID(r.int()), ID: commerce.WebhookID(r.int()), URL: r.text(), Topics: topics(r.texts()), CreatedAt: r.moment(),
		LastDeliveredAt: r.optionalMoment(), FailingSince: r.optionalMoment(), LastError: r.trimmed(), FailedDeliveries: int(r.int()),
		DisabledAt: r.optionalMoment(), PausedAt: r.optionalMoment(), PreviousSecretExpiresAt: r.optionalMoment(), WaitingEvents: int(r.int()),
	}
	tried, event, topic, status, problem := r.optionalMoment(), r.int(), r.text(), int(r.int()), r.trimmed()
	if tried == nil {
		return w
	}
	w.LastAttempt = &commerce.WebhookAttempt{
		At: *tried, EventID: (&commerce.Event{Store: w.StoreID, ID: event}).Key(), Topic: commerce.Topic(topic), Error: problem,
	}
	if status != 0 {
		w.LastAttempt.Status = &status
	}
	return w
}

func topics(names []string) []commerce.Topic {
	list := make([]commerce.Topic, len(names))
	for i, name := range names {
		list[i] = commerce.Topic(name)
	}
	return list
}

const webhooksOfSQL = `
SELECT ` + webhookColumns + `
FROM webhook_subscriptions w WHERE w.store_id = ANY($1::bigint[]) ORDER BY w.store_id, w.id`

// WebhooksOf reads the subscriptions of stores, those too that are disabled.
func (v View) WebhooksOf(ctx context.Context, stores []commerce.StoreID) (map[commerce.StoreID][]*commerce.WebhookSubscription, error) {
	found := make(map[commerce.StoreID][]*commerce.WebhookSubscription, len(stores))
	err := v.each(ctx, func(r *row) {
		w := scanWebhook(r)
		found[w.StoreID] = append(found[w.StoreID], w)
	}, webhooksOfSQL, bigints(stores, func(id commerce.StoreID) int64 { return int64(id) }))
	return found, err
}

const countWebhooksSQL = `
SELECT count(*), coalesce(bool_or(w.url = $2 AND w.disabled_at IS NULL), false)
FROM webhook_subscriptions w WHERE w.store_id = $1 AND w.id <> $3`

const addWebhookSQL = `
INSERT INTO webhook_subscriptions AS w (store_id, url, topics, secret) VALUES ($1, $2, $3, $4)
RETURNING ` + webhookColumns

// AddWebhook makes a subscription.
func (d *DB) AddWebhook(ctx context.Context, by commerce.Actor, n commerce.NewWebhook) (*commerce.IssuedWebhook, error) {
	issued := &commerce.IssuedWebhook{Secret: n.Secret}
	err := d.inStore(ctx, by, "webhookSubscriptionCreate", func(tx *sqlx.Tx, by commerce.Actor) (id commerce.GlobalID, _ map[string]any, err error) {
		if err := n.Check(by).Err(); err != nil {
			return id, nil, err
		}
		if err := checkWebhooks(ctx, tx, by.Store, n.URL); err != nil {
			return id, nil, err
		}
		err = scanIn(ctx, tx, func(r *row) { issued.Subscription = scanWebhook(r) }, addWebhookSQL, int64(by.Store), n.URL,
			texts(n.Topics, func(t commerce.Topic) string { return string(t) }), n.Secret.Reveal())
		if err != nil {
			return id, nil, err
		}
		return issued.Subscription.NodeID(), map[string]any{"url": n.URL, "topics": n.Topics}, nil
	})
	if err != nil {
		return nil, err
	}
	return issued, nil
}

// checkWebhooks is about the subscriptions that the store has. Its row is locked, so they stay as they are.
func checkWebhooks(ctx context.Context, tx *sqlx.Tx, store commerce.StoreID, url string) error {
	n, taken, err := otherWebhooks(ctx, tx, commerce.WebhookRef{Store: store}, url)
	if err != nil {
		return err
	}
	var r commerce.Refusals
	if taken {
		refuseTaken(&r)
	}
	if n >= commerce.MaxWebhooks {
		r.Add(commerce.RefusalTooMany, nil, "The store has %d subscriptions, as many as may be. Delete one first.", n)
	}
	return r.Err()
}

// otherWebhooks counts the subscriptions of a store but for one, and reports whether one of them sends to an address.
func otherWebhooks(ctx context.Context, tx *sqlx.Tx, but commerce.WebhookRef, url string) (n int64, taken bool, err error) {
	err = scanIn(ctx, tx, func(r *row) { n, taken = r.int(), r.bool() }, countWebhooksSQL, int64(but.Store), url, int64(but.ID))
	return n, taken, err
}

func refuseTaken(r *commerce.Refusals) {
	r.Add(commerce.RefusalTaken, []any{"input", "url"}, "A subscription of the store sends to this address already. Delete it first.")
}

const deleteWebhookSQL = `DELETE FROM webhook_subscriptions AS w WHERE w.store_id = $1 AND w.id = $2 RETURNING ` + webhookColumns

// DeleteWebhook ends a subscription.
func (d *DB) DeleteWebhook(ctx context.Context, by commerce.Actor, id commerce.WebhookID) error {
	return d.inStore(ctx, by, "webhookSubscriptionDelete", func(tx *sqlx.Tx, by commerce.Actor) (commerce.GlobalID, map[string]any, error) {
		var gone *commerce.WebhookSubscription
		err := scanIn(ctx, tx, func(r *row) { gone = scanWebhook(r) }, deleteWebhookSQL, int64(by.Store), int64(id))
		if err == nil && gone == nil {
			err = commerce.Refuse(commerce.RefusalNotFound, []any{"input", "id"}, "The store has no such webhook subscription.")
		}
		if err != nil {
			return commerce.GlobalID{}, nil, err
		}
		return gone.NodeID(), map[string]any{"url": gone.URL}, nil
	})
}
