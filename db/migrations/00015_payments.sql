-- Orders that wait for a transfer hold their stock until a moment, and then give it back. What a store has decided about payments.

-- +goose Up
ALTER TABLE orders ADD COLUMN hold_expires_at timestamptz; -- until when the payment may come; null when the order waits for none

ALTER TABLE orders DROP CONSTRAINT orders_cancel_reason_check;
ALTER TABLE orders ADD CONSTRAINT orders_cancel_reason_check
    CHECK (cancel_reason IN ('', 'CUSTOMER', 'DECLINED', 'FRAUD', 'INVENTORY', 'STAFF', 'OTHER', 'PAYMENT_LAPSED'));

-- Who sweeps holds asks every moment whether one has lapsed. Only orders that wait are in here, whoever wrote them: a program from
-- before this column leaves it alone when it takes a payment.
CREATE INDEX orders_hold ON orders (hold_expires_at)
    WHERE hold_expires_at IS NOT NULL AND cancelled_at IS NULL AND financial_status = 'PENDING' AND fulfillment_status = 'UNFULFILLED';

-- A store without a row has the defaults: nobody to pay to, a day to pay.
CREATE TABLE payment_settings (
    store_id     bigint PRIMARY KEY REFERENCES stores (id) ON DELETE CASCADE,
    upi_id       text NOT NULL DEFAULT '',
    payee_name   text NOT NULL DEFAULT '',
    instructions text NOT NULL DEFAULT '',
    hold_hours   integer NOT NULL CHECK (hold_hours BETWEEN 1 AND 336),
    version      integer NOT NULL DEFAULT 1,
    updated_at   timestamptz NOT NULL DEFAULT now()
);

-- +goose Down
DROP TABLE payment_settings;
UPDATE orders SET cancel_reason = 'OTHER' WHERE cancel_reason = 'PAYMENT_LAPSED';
ALTER TABLE orders DROP COLUMN hold_expires_at, DROP CONSTRAINT orders_cancel_reason_check;
ALTER TABLE orders ADD CONSTRAINT orders_cancel_reason_check
    CHECK (cancel_reason IN ('', 'CUSTOMER', 'DECLINED', 'FRAUD', 'INVENTORY', 'STAFF', 'OTHER'));
