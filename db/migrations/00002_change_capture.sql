-- What the indexer needs of the database: which rows' changes enter the log for it, and where it stands.

-- +goose Up

-- Children carry the root's id in their replica identity, so that a deleted or re-parented row still says whose document
-- it was part of. Far less log than REPLICA IDENTITY FULL.
ALTER TABLE product_options REPLICA IDENTITY USING INDEX product_options_store_id_product_id_id_key;
ALTER TABLE product_variants REPLICA IDENTITY USING INDEX product_variants_store_id_product_id_id_key;
ALTER TABLE collection_products REPLICA IDENTITY USING INDEX collection_products_identity;

-- Ids alone: a change says which product to look at again, never what it looks like. The publication stands before the
-- slot, and is altered, never created anew: a slot older than its publication cannot decode.
CREATE PUBLICATION kirana_search FOR TABLE
    products (store_id, id),
    product_options (store_id, product_id, id),
    product_variants (store_id, product_id, id),
    collection_products (store_id, product_id, collection_id);

CREATE TABLE search_sync_state (
    slot           text PRIMARY KEY,
    system_id      text NOT NULL,
    timeline       integer NOT NULL,
    epoch          bigint NOT NULL,
    generation     integer NOT NULL,
    confirmed_lsn  pg_lsn NOT NULL,
    searchable_lsn pg_lsn NOT NULL,
    updated_at     timestamptz NOT NULL DEFAULT now()
);

-- One row that is written a few times a second: how old a standby's copy of it is says how far the standby lags. The
-- standby's own replay timestamp cannot: it stands still, and the lag seems to grow, while nobody writes.
CREATE TABLE replica_heartbeat (
    id      boolean PRIMARY KEY DEFAULT true CHECK (id),
    beat_at timestamptz NOT NULL
);
INSERT INTO replica_heartbeat (beat_at) VALUES (now());

-- +goose Down
DROP TABLE replica_heartbeat, search_sync_state;
DROP PUBLICATION kirana_search;
