-- Payments by card: what the provider has told of them, and the money that is to go back.

-- +goose Up
ALTER TABLE payment_settings ADD COLUMN stripe_account text NOT NULL DEFAULT ''; -- the store's own at Stripe; empty without one

-- Payments as far as they are known. A status only goes on: what the provider has said in the end is not taken back.
CREATE TABLE card_payments (
    store_id     bigint NOT NULL,
    intent_id    text NOT NULL, -- the provider's name for the payment
    order_id     bigint NOT NULL,
    account      text NOT NULL, -- where the money is, whatever the store's account is by now
    currency     character(3) NOT NULL,
    amount_minor bigint NOT NULL CHECK (amount_minor >= 0), -- what was asked for, and when it is there what has come
    status       text NOT NULL CHECK (status IN ('PENDING', 'SUCCEEDED', 'CANCELED')),
    settles      boolean NOT NULL DEFAULT false CHECK (NOT settles OR status = 'SUCCEEDED'), -- the order is paid by this
    created_at   timestamptz NOT NULL DEFAULT now(),
    updated_at   timestamptz NOT NULL DEFAULT now(),
    look_at      timestamptz, -- when to ask how far it is, should nobody tell; null when there is nothing more to hear
    PRIMARY KEY (store_id, intent_id),
    FOREIGN KEY (store_id, order_id) REFERENCES orders (store_id, id) ON DELETE CASCADE
);
CREATE UNIQUE INDEX card_payments_settles ON card_payments (store_id, order_id) WHERE settles; -- an order is paid once
CREATE INDEX card_payments_order ON card_payments (store_id, order_id);
CREATE INDEX card_payments_look ON card_payments (look_at) WHERE look_at IS NOT NULL;
CREATE TRIGGER card_payments_touch BEFORE UPDATE ON card_payments FOR EACH ROW WHEN (OLD.* IS DISTINCT FROM NEW.*) EXECUTE FUNCTION touch_updated_at();

-- Money that is to go back. A row is written with what it follows from, and worked at until the provider says that it is done.
CREATE TABLE card_refunds (
    store_id     bigint NOT NULL,
    id           bigint GENERATED ALWAYS AS IDENTITY,
    order_id     bigint NOT NULL,
    intent_id    text NOT NULL,
    refund_id    bigint, -- of order_refunds; null where the payment never counted, and all of it goes back
    reason       text NOT NULL CHECK (reason IN ('REFUND', 'ORDER_CANCELED', 'ORDER_PAID', 'ORDER_LAPSED', 'AMOUNT_DIFFERS')),
    amount_minor bigint NOT NULL CHECK (amount_minor > 0),
    state        text NOT NULL DEFAULT 'DUE' CHECK (state IN ('DUE', 'SENT', 'SETTLED', 'FAILED')),
    provider_id  text NOT NULL DEFAULT '', -- the provider's name for it; empty until it has one
    attempts     integer NOT NULL DEFAULT 0, -- how often somebody has begun
    refusals     integer NOT NULL DEFAULT 0, -- how often the provider has said no
    fault        text NOT NULL DEFAULT '', -- what went wrong the last time
    next_at      timestamptz NOT NULL DEFAULT now(), -- nobody else works at it before
    created_at   timestamptz NOT NULL DEFAULT now(),
    settled_at   timestamptz,
    PRIMARY KEY (store_id, id),
    FOREIGN KEY (store_id, intent_id) REFERENCES card_payments (store_id, intent_id) ON DELETE CASCADE,
    CHECK ((reason = 'REFUND') = (refund_id IS NOT NULL))
);
CREATE UNIQUE INDEX card_refunds_refund ON card_refunds (store_id, refund_id) WHERE refund_id IS NOT NULL;
CREATE UNIQUE INDEX card_refunds_whole ON card_refunds (store_id, intent_id) WHERE refund_id IS NULL; -- a payment goes back once
CREATE INDEX card_refunds_order ON card_refunds (store_id, order_id);
CREATE INDEX card_refunds_intent ON card_refunds (store_id, intent_id);
CREATE INDEX card_refunds_next ON card_refunds (next_at) WHERE state IN ('DUE', 'SENT');
CREATE INDEX card_refunds_provider ON card_refunds (provider_id) WHERE provider_id <> '';

-- What the provider has told, so that it is applied once however often it is told.
CREATE TABLE card_events (
    store_id bigint NOT NULL REFERENCES stores (id) ON DELETE CASCADE,
    event_id text NOT NULL,
    at       timestamptz NOT NULL DEFAULT now(),
    PRIMARY KEY (store_id, event_id)
);
CREATE INDEX card_events_at ON card_events (at); -- for those who sweep

-- +goose Down
DROP TABLE card_events, card_refunds, card_payments;
ALTER TABLE payment_settings DROP COLUMN stripe_account;
