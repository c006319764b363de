-- Who is told of what happens, and how far that is (docs/webhooks.md, docs/adr/0008-reading-the-outbox.md).

-- +goose Up

-- What the outbox holds by now is history, which nobody is told of any more; the default is for it alone, and rewrites nothing. A
-- program from before this column leaves it alone, so that what it writes is told of.
ALTER TABLE outbox ADD COLUMN told_at timestamptz DEFAULT now();
ALTER TABLE outbox ALTER COLUMN told_at DROP DEFAULT;

-- Nearly always empty. A row is found because nobody was told of it, not because of its id: ids are given before transactions commit.
CREATE INDEX outbox_untold ON outbox (id) WHERE told_at IS NULL;
CREATE INDEX outbox_told ON outbox (told_at) WHERE told_at IS NOT NULL; -- for whoever sweeps

CREATE TABLE webhook_subscriptions (
    store_id      bigint NOT NULL REFERENCES stores (id) ON DELETE CASCADE,
    id            bigint GENERATED ALWAYS AS IDENTITY,
    url           text NOT NULL CHECK (url <> ''),
    topics        text[] NOT NULL CHECK (cardinality(topics) > 0),
    secret        text NOT NULL CHECK (secret <> ''), -- signs what is sent, so it cannot be a hash
    created_at    timestamptz NOT NULL DEFAULT now(),
    -- When somebody is to look after it: something may be due, or whoever has the lease has not come back. Null when nothing waits.
    next_at       timestamptz,
    lease         text NOT NULL DEFAULT '', -- empty while nobody sends
    failures      integer NOT NULL DEFAULT 0, -- rounds without any success, up to now
    rests_until   timestamptz NOT NULL DEFAULT now(), -- before that nothing is sent: it has just failed
    failing_since timestamptz, -- when the first of them was
    delivered_at  timestamptz, -- when the receiver last accepted something
    last_error    text NOT NULL DEFAULT '', -- why it last did not
    dead          bigint NOT NULL DEFAULT 0, -- deliveries that were given up
    disabled_at   timestamptz,
    PRIMARY KEY (store_id, id),
    CHECK (disabled_at IS NULL OR next_at IS NULL)
) WITH (fillfactor = 80);
CREATE INDEX webhook_subscriptions_due ON webhook_subscriptions (next_at) WHERE next_at IS NOT NULL;

CREATE TABLE webhook_deliveries (
    store_id        bigint NOT NULL,
    subscription_id bigint NOT NULL,
    event_id        bigint NOT NULL,
    subject         text NOT NULL, -- the event's: those of one subject are sent in order
    state           text NOT NULL DEFAULT 'WAITING' CHECK (state IN ('WAITING', 'DELIVERED', 'DEAD')),
    created_at      timestamptz NOT NULL DEFAULT now(),
    next_at         timestamptz NOT NULL DEFAULT now(),
    attempts        integer NOT NULL DEFAULT 0,
    error           text NOT NULL DEFAULT '', -- of the last attempt
    ended_at        timestamptz,
    PRIMARY KEY (store_id, subscription_id, event_id),
    FOREIGN KEY (store_id, subscription_id) REFERENCES webhook_subscriptions (store_id, id) ON DELETE CASCADE,
    FOREIGN KEY (store_id, event_id) REFERENCES outbox (store_id, id), -- what waits keeps its event from being swept
    CHECK ((state = 'WAITING') = (ended_at IS NULL))
);
CREATE INDEX webhook_deliveries_waiting ON webhook_deliveries (store_id, subscription_id, next_at, event_id) WHERE state = 'WAITING';
CREATE INDEX webhook_deliveries_subject ON webhook_deliveries (store_id, subscription_id, subject, event_id) WHERE state = 'WAITING';
CREATE INDEX webhook_deliveries_event ON webhook_deliveries (store_id, event_id);
CREATE INDEX webhook_deliveries_ended ON webhook_deliveries (ended_at) WHERE ended_at IS NOT NULL;

-- +goose Down
DROP TABLE webhook_deliveries, webhook_subscriptions;
DROP INDEX outbox_told, outbox_untold;
ALTER TABLE outbox DROP COLUMN told_at;
