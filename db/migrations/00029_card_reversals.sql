-- Money of payments by card that went back without being asked for here, or may: refunds that were made at the provider, and disputes
-- (docs/payments.md).

-- +goose Up
ALTER TABLE orders ADD COLUMN dispute text NOT NULL DEFAULT ''; -- how far what the buyer disputes is: OPEN, LOST or WON; empty when nothing
ALTER TABLE card_refunds ADD COLUMN covered_minor bigint NOT NULL DEFAULT 0; -- of the amount: what went back in another way, and is not to be sent

-- Amounts and names are those of the provider's; a state only goes on.
CREATE TABLE card_reversals (
    store_id     bigint NOT NULL,
    provider_id  text NOT NULL, -- the provider's name for it
    intent_id    text NOT NULL,
    order_id     bigint NOT NULL,
    kind         text NOT NULL CHECK (kind IN ('REFUND', 'DISPUTE')),
    state        text NOT NULL CHECK (kind = 'REFUND' AND state IN ('SENT', 'SETTLED', 'FAILED') OR kind = 'DISPUTE' AND state IN ('OPEN', 'WON', 'LOST')),
    currency     character(3) NOT NULL,
    amount_minor bigint NOT NULL CHECK (amount_minor >= 0),
    booked_minor bigint NOT NULL DEFAULT 0 CHECK (booked_minor BETWEEN 0 AND amount_minor), -- what of it the order gives back by it; the rest it had given back before
    refund_id    bigint, -- of order_refunds: what was booked; null when nothing was
    reason       text NOT NULL DEFAULT '',
    respond_by   timestamptz, -- until when a dispute can be answered
    created_at   timestamptz NOT NULL, -- at the provider
    updated_at   timestamptz NOT NULL DEFAULT now(),
    PRIMARY KEY (store_id, provider_id),
    FOREIGN KEY (store_id, intent_id) REFERENCES card_payments (store_id, intent_id) ON DELETE CASCADE,
    CHECK ((booked_minor > 0) = (refund_id IS NOT NULL))
);
CREATE INDEX card_reversals_order ON card_reversals (store_id, order_id);
CREATE INDEX card_reversals_intent ON card_reversals (store_id, intent_id);
CREATE TRIGGER card_reversals_touch BEFORE UPDATE ON card_reversals FOR EACH ROW WHEN (OLD.* IS DISTINCT FROM NEW.*) EXECUTE FUNCTION touch_updated_at();

-- +goose Down
DROP TABLE card_reversals;
ALTER TABLE card_refunds DROP COLUMN covered_minor;
ALTER TABLE orders DROP COLUMN dispute;
