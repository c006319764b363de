-- Who runs the stores, and what was changed by whom.

-- +goose Up
CREATE TABLE merchants (
    id            bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    email         text NOT NULL CHECK (email <> '' AND length(email) <= 254),
    name          text NOT NULL CHECK (name <> ''),
    password_hash text NOT NULL, -- argon2id, in the PHC string format
    created_at    timestamptz NOT NULL DEFAULT now(),
    updated_at    timestamptz NOT NULL DEFAULT now()
);
CREATE UNIQUE INDEX merchants_email ON merchants (lower(email));
CREATE TRIGGER merchants_touch BEFORE UPDATE ON merchants FOR EACH ROW WHEN (OLD.* IS DISTINCT FROM NEW.*) EXECUTE FUNCTION touch_updated_at();

CREATE TABLE store_staff (
    store_id    bigint NOT NULL REFERENCES stores (id) ON DELETE CASCADE,
    merchant_id bigint NOT NULL, -- no foreign key: those of tenants' tables begin with the store, and merchants are never deleted
    role        text NOT NULL CHECK (role IN ('OWNER', 'MANAGER', 'PACKER')),
    created_at  timestamptz NOT NULL DEFAULT now(),
    PRIMARY KEY (store_id, merchant_id)
);
CREATE INDEX store_staff_merchant ON store_staff (merchant_id, store_id);

-- One row for each mutation that changed something. It outlives what it tells of, so it refers to nothing.
CREATE TABLE audit_log (
    store_id    bigint NOT NULL,
    id          bigint GENERATED ALWAYS AS IDENTITY,
    at          timestamptz NOT NULL DEFAULT now(),
    merchant_id bigint,
    api_key_id  bigint,
    action      text NOT NULL CHECK (action <> ''), -- the mutation's name
    subject     text NOT NULL DEFAULT '',           -- the global id of what was changed
    detail      jsonb NOT NULL DEFAULT '{}',
    PRIMARY KEY (store_id, id)
);

-- +goose Down
DROP TABLE audit_log, store_staff, merchants;
