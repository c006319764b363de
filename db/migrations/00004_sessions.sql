-- Who has signed in, which keys are out, who was invited, and who has to wait. Of a token only the SHA-256 is here.

-- +goose Up
CREATE TABLE sessions (
    id           bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    merchant_id  bigint NOT NULL REFERENCES merchants (id) ON DELETE CASCADE,
    token_hash   bytea NOT NULL CHECK (length(token_hash) = 32),
    address      text NOT NULL DEFAULT '', -- the client's at sign-in
    created_at   timestamptz NOT NULL,
    last_used_at timestamptz NOT NULL,
    expires_at   timestamptz NOT NULL
);
CREATE UNIQUE INDEX sessions_token ON sessions (token_hash);
CREATE INDEX sessions_merchant ON sessions (merchant_id, last_used_at);

CREATE TABLE api_keys (
    store_id            bigint NOT NULL REFERENCES stores (id) ON DELETE CASCADE,
    id                  bigint GENERATED ALWAYS AS IDENTITY,
    name                text NOT NULL CHECK (name <> ''),
    prefix              text NOT NULL, -- the first letters of the token, by which its owner knows it
    token_hash          bytea NOT NULL CHECK (length(token_hash) = 32),
    previous_hash       bytea CHECK (length(previous_hash) = 32), -- of the token before the last rotation,
    previous_expires_at timestamptz,                             -- which is good until then
    scopes              text[] NOT NULL,
    created_at          timestamptz NOT NULL DEFAULT now(),
    rotated_at          timestamptz,
    last_used_at        timestamptz,
    expires_at          timestamptz,
    revoked_at          timestamptz,
    PRIMARY KEY (store_id, id)
);
-- A token names its store, so it is looked up without one.
CREATE UNIQUE INDEX api_keys_token ON api_keys (token_hash);
CREATE UNIQUE INDEX api_keys_previous ON api_keys (previous_hash) WHERE previous_hash IS NOT NULL;

CREATE TABLE staff_invitations (
    store_id    bigint NOT NULL REFERENCES stores (id) ON DELETE CASCADE,
    id          bigint GENERATED ALWAYS AS IDENTITY,
    email       text NOT NULL CHECK (email <> ''),
    role        text NOT NULL CHECK (role IN ('OWNER', 'MANAGER', 'PACKER')),
    token_hash  bytea NOT NULL CHECK (length(token_hash) = 32),
    created_at  timestamptz NOT NULL,
    expires_at  timestamptz NOT NULL,
    PRIMARY KEY (store_id, id)
);
CREATE UNIQUE INDEX staff_invitations_token ON staff_invitations (token_hash);
-- One for each address: a new one takes the place of the old.
CREATE UNIQUE INDEX staff_invitations_email ON staff_invitations (store_id, email);

-- Who has tried to sign in too often. A key is the SHA-256 of an account, an address or both: the table tells nobody's name,
-- and its rows have one size whatever was typed.
CREATE TABLE sign_in_throttles (
    key           bytea PRIMARY KEY CHECK (length(key) = 32),
    failures      integer NOT NULL,
    blocked_until timestamptz NOT NULL,
    trusted_until timestamptz NOT NULL, -- somebody signed in with this account and address not long ago
    forget_at     timestamptz NOT NULL  -- then the row means nothing any more
);
CREATE INDEX sign_in_throttles_forget ON sign_in_throttles (forget_at);

-- +goose Down
DROP TABLE sign_in_throttles, staff_invitations, api_keys, sessions;
