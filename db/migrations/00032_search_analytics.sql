-- What buyers search for in a store, as counts of days in UTC: no row is about anybody.

-- +goose Up

-- All searches and events of a day, also those whose text is not kept. Whoever counts locks the day's row first.
CREATE TABLE search_days (
    store_id     bigint NOT NULL REFERENCES stores (id) ON DELETE CASCADE,
    day          date NOT NULL,
    searches     bigint NOT NULL DEFAULT 0,
    zero_results bigint NOT NULL DEFAULT 0,
    clicks       bigint NOT NULL DEFAULT 0,
    cart_adds    bigint NOT NULL DEFAULT 0,
    orders       bigint NOT NULL DEFAULT 0,
    positions    bigint NOT NULL DEFAULT 0, -- the sum over the clicks of where the product stood
    PRIMARY KEY (store_id, day)
) WITH (fillfactor = 80);
CREATE INDEX search_days_day ON search_days (day); -- for those who sweep

CREATE TABLE search_texts (
    store_id     bigint NOT NULL,
    day          date NOT NULL,
    text         text COLLATE "C" NOT NULL CHECK (text <> ''),
    searches     bigint NOT NULL DEFAULT 0,
    zero_results bigint NOT NULL DEFAULT 0,
    clicks       bigint NOT NULL DEFAULT 0,
    cart_adds    bigint NOT NULL DEFAULT 0,
    orders       bigint NOT NULL DEFAULT 0,
    positions    bigint NOT NULL DEFAULT 0,
    PRIMARY KEY (store_id, day, text),
    FOREIGN KEY (store_id, day) REFERENCES search_days (store_id, day) ON DELETE CASCADE
) WITH (fillfactor = 80);

-- +goose Down
DROP TABLE search_texts, search_days;
