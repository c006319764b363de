-- How the index is proved to be faithful: a row that is changed to be searched for, and how far the sweep over all documents is.

-- +goose Up

-- One row that belongs to no store. Its document goes the way of every other, and no buyer's search can find it: there is no store 0.
-- A program from before this table takes it for a product that is gone.
CREATE TABLE search_canary (
    store_id   bigint NOT NULL DEFAULT 0 CHECK (store_id = 0),
    product_id bigint NOT NULL DEFAULT 0 CHECK (product_id = 0),
    beat       bigint NOT NULL,
    PRIMARY KEY (store_id, product_id)
);
INSERT INTO search_canary (beat) VALUES (0);
ALTER PUBLICATION kirana_search ADD TABLE search_canary (store_id, product_id);

CREATE TABLE search_sweeps (
    slot          text PRIMARY KEY,
    store_id      bigint NOT NULL, -- the product that was looked at last
    product_id    bigint NOT NULL,
    began_at      timestamptz NOT NULL,
    next_at       timestamptz NOT NULL, -- when to go on
    last_began_at timestamptz,          -- the last sweep that came to its end
    last_ended_at timestamptz
);

-- +goose Down
DROP TABLE search_sweeps;
ALTER PUBLICATION kirana_search DROP TABLE search_canary;
DROP TABLE search_canary;
