-- Webhooks can be paused, sent elsewhere, and signed with another secret (docs/webhooks.md). A program from before this migration sends
-- what waits for a subscription that is paused, and signs with its newest secret alone.

-- +goose Up
ALTER TABLE webhook_subscriptions
    ADD COLUMN paused_at    timestamptz, -- since when events are kept instead of being sent
    ADD COLUMN resumed_at   timestamptz, -- what is older is as old as that for whoever gives up
    ADD COLUMN tried_at     timestamptz, -- when an event was last sent, and the next four which and what came of it
    ADD COLUMN tried_event  bigint NOT NULL DEFAULT 0,
    ADD COLUMN tried_topic  text NOT NULL DEFAULT '',
    ADD COLUMN tried_status integer NOT NULL DEFAULT 0, -- 0 when there was no answer
    ADD COLUMN tried_error  text NOT NULL DEFAULT ''; -- empty when it was accepted

-- For whoever sweeps.
CREATE INDEX webhook_subscriptions_paused ON webhook_subscriptions (store_id, id) WHERE paused_at IS NOT NULL;

-- Secrets from before that receivers may still go by.
CREATE TABLE webhook_secrets (
    store_id        bigint NOT NULL,
    subscription_id bigint NOT NULL,
    id              bigint GENERATED ALWAYS AS IDENTITY,
    secret          text NOT NULL CHECK (secret <> ''),
    ends_at         timestamptz NOT NULL,
    PRIMARY KEY (store_id, subscription_id, id),
    FOREIGN KEY (store_id, subscription_id) REFERENCES webhook_subscriptions (store_id, id) ON DELETE CASCADE
);
CREATE INDEX webhook_secrets_ended ON webhook_secrets (ends_at); -- for whoever sweeps

-- +goose Down
DROP TABLE webhook_secrets;
DROP INDEX webhook_subscriptions_paused;
ALTER TABLE webhook_subscriptions
    DROP COLUMN paused_at, DROP COLUMN resumed_at, DROP COLUMN tried_at, DROP COLUMN tried_event, DROP COLUMN tried_topic,
    DROP COLUMN tried_status, DROP COLUMN tried_error;
