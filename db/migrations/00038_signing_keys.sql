-- What this installation signs with, so that what clients bring back is known to be its own. Made here, and the same for all its programs.

-- +goose Up
CREATE TABLE signing_keys (
    name text PRIMARY KEY,
    key  bytea NOT NULL CHECK (octet_length(key) >= 32)
);
INSERT INTO signing_keys SELECT 'search cursors', uuid_send(gen_random_uuid()) || uuid_send(gen_random_uuid());

-- +goose Down
DROP TABLE signing_keys;
