-- What the indexer remembers: documents the search engine refuses, how far a walk has come, and what it was asked for.

-- +goose Up

-- No foreign key: what is refused is noted whatever has become of its product since.
CREATE TABLE search_dead_letters (
    store_id   bigint NOT NULL,
    product_id bigint NOT NULL,
    index_name text NOT NULL, -- the generation that refuses it
    version    bigint NOT NULL, -- of the document that was refused last
    error_type text NOT NULL,
    reason     text NOT NULL,
    first_seen timestamptz NOT NULL DEFAULT now(),
    last_seen  timestamptz NOT NULL DEFAULT now(),
    attempts   integer NOT NULL DEFAULT 1,
    PRIMARY KEY (store_id, product_id, index_name)
);

-- The walk that fills a generation. It is written in the transaction that puts a step into the log, so that a walk goes on
-- exactly where it was left.
CREATE TABLE search_walks (
    slot             text PRIMARY KEY,
    generation       integer NOT NULL,
    run              text NOT NULL, -- what its steps in the log are called
    steps            integer NOT NULL DEFAULT 0,
    after_store_id   bigint NOT NULL DEFAULT 0,
    after_product_id bigint NOT NULL DEFAULT 0,
    whole            boolean NOT NULL DEFAULT false, -- every product was asked for
    products         bigint NOT NULL DEFAULT 0, -- asked for so far
    total            bigint NOT NULL, -- when it began
    refused          text NOT NULL DEFAULT '', -- why the generation may not go live yet
    started_at       timestamptz NOT NULL DEFAULT now(),
    updated_at       timestamptz NOT NULL DEFAULT now(),
    live_at          timestamptz
);

-- The indexer confirms no position to the server before it stands here. A slot that stands further was moved by somebody else.
-- Null, or another position than confirmed_lsn, when a program from before this column wrote last.
ALTER TABLE search_sync_state
    ADD COLUMN acknowledged_lsn pg_lsn,
    ADD COLUMN request text NOT NULL DEFAULT '', -- what was asked for last through the log
    ADD COLUMN outcome text NOT NULL DEFAULT '';

-- +goose Down
ALTER TABLE search_sync_state DROP COLUMN acknowledged_lsn, DROP COLUMN request, DROP COLUMN outcome;
DROP TABLE search_walks, search_dead_letters;
