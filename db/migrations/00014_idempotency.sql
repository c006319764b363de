-- Mutations that were carried out under a key of the client's, so that one that is sent again happens once.

-- +goose Up
-- Store 0 stands for mutations about no store. The viewer, the mutation and the key are in key_hash alone: nobody has to look for
-- them, and of the key nothing else is kept.
CREATE TABLE idempotency_keys (
    store_id     bigint NOT NULL,
    key_hash     bytea NOT NULL CHECK (octet_length(key_hash) = 32),
    payload_hash bytea NOT NULL CHECK (octet_length(payload_hash) = 32),
    outcome      jsonb NOT NULL,
    created_at   timestamptz NOT NULL DEFAULT now(),
    PRIMARY KEY (store_id, key_hash)
);
CREATE INDEX idempotency_keys_created_idx ON idempotency_keys (created_at);

-- +goose StatementBegin
-- Holds a key until the transaction ends, and then says what was done under it before; no row when nothing was. While another
-- transaction holds the key it waits half a second and then fails with 55P03. It is a function because a row that was committed
-- while a statement waited is seen by the next statement alone, and because the time is the wait's and not the transaction's.
CREATE FUNCTION claim_idempotency_key(store_id bigint, key_hash bytea) RETURNS TABLE (payload_hash bytea, outcome jsonb)
LANGUAGE plpgsql VOLATILE SET lock_timeout = '500ms' AS $$
BEGIN
    PERFORM pg_advisory_xact_lock(hashtextextended(encode(claim_idempotency_key.key_hash, 'hex'), claim_idempotency_key.store_id));
    RETURN QUERY SELECT k.payload_hash, k.outcome FROM idempotency_keys k
        WHERE k.store_id = claim_idempotency_key.store_id AND k.key_hash = claim_idempotency_key.key_hash;
END
$$;
-- +goose StatementEnd

-- +goose Down
DROP FUNCTION claim_idempotency_key;
DROP TABLE idempotency_keys;
