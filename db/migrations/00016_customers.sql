-- Customers of stores: who has proved with a code that an e-mail address or a phone number is theirs. A customer of one store is nobody
-- in another, so everything is under the store.

-- +goose Up
CREATE TABLE customers (
    store_id   bigint NOT NULL REFERENCES stores (id) ON DELETE CASCADE,
    id         bigint GENERATED ALWAYS AS IDENTITY,
    email      text NOT NULL DEFAULT '', -- what was proved is one of the two,
    phone      text NOT NULL DEFAULT '', -- in the spelling that orders have
    first_name text NOT NULL DEFAULT '',
    last_name  text NOT NULL DEFAULT '',
    created_at timestamptz NOT NULL DEFAULT now(),
    updated_at timestamptz NOT NULL DEFAULT now(),
    PRIMARY KEY (store_id, id),
    CHECK ((email = '') <> (phone = ''))
);
CREATE UNIQUE INDEX customers_contact ON customers (store_id, email, phone);
CREATE TRIGGER customers_touch BEFORE UPDATE ON customers FOR EACH ROW WHEN (OLD.* IS DISTINCT FROM NEW.*) EXECUTE FUNCTION touch_updated_at();

-- The code that was sent somewhere last. There need be no customer yet.
CREATE TABLE customer_codes (
    store_id   bigint NOT NULL REFERENCES stores (id) ON DELETE CASCADE,
    contact    text NOT NULL CHECK (contact <> ''),
    salt       bytea NOT NULL CHECK (octet_length(salt) = 16),
    sum        bytea NOT NULL CHECK (octet_length(sum) = 32),
    tries      integer NOT NULL DEFAULT 0, -- that were made with it
    expires_at timestamptz NOT NULL,
    PRIMARY KEY (store_id, contact)
);
CREATE INDEX customer_codes_expires ON customer_codes (expires_at);

CREATE TABLE customer_tokens (
    store_id    bigint NOT NULL,
    token_hash  bytea NOT NULL CHECK (octet_length(token_hash) = 32),
    customer_id bigint NOT NULL,
    created_at  timestamptz NOT NULL DEFAULT now(),
    expires_at  timestamptz NOT NULL,
    PRIMARY KEY (store_id, token_hash),
    FOREIGN KEY (store_id, customer_id) REFERENCES customers (store_id, id) ON DELETE CASCADE
);
CREATE INDEX customer_tokens_customer ON customer_tokens (store_id, customer_id, created_at);
CREATE INDEX customer_tokens_expires ON customer_tokens (expires_at);

-- A customer's orders are those under what was proved. An order pays for an entry where it has the contact, and a change of its state
-- touches neither, as the columns stay.
CREATE INDEX orders_email ON orders (store_id, email) WHERE email <> '';
CREATE INDEX orders_phone ON orders (store_id, phone) WHERE phone <> '';

-- +goose Down
DROP INDEX orders_phone, orders_email;
DROP TABLE customer_tokens, customer_codes, customers;
