-- What merchants decide about the searches of their stores: synonyms, and where products stand.

-- +goose Up

CREATE TABLE search_synonyms (
    store_id   bigint PRIMARY KEY REFERENCES stores (id) ON DELETE CASCADE,
    rules      text[] NOT NULL,
    starter    boolean NOT NULL, -- whether the set that comes with the program counts as well
    version    integer NOT NULL DEFAULT 1,
    updated_at timestamptz NOT NULL DEFAULT now()
);

-- The ids are no foreign keys: what is deleted is left out when it is read, and the rule stays what the merchant made it.
CREATE TABLE search_rules (
    store_id      bigint NOT NULL REFERENCES stores (id) ON DELETE CASCADE,
    id            bigint GENERATED ALWAYS AS IDENTITY,
    title         text NOT NULL CHECK (title <> ''),
    queries       text[] NOT NULL, -- empty for every text
    collection_id bigint, -- null for everywhere
    pinned        bigint[] NOT NULL,
    buried        bigint[] NOT NULL,
    hidden        bigint[] NOT NULL,
    boosts        jsonb NOT NULL, -- [{"field", "value", "factor"}]
    starts_at     timestamptz,
    ends_at       timestamptz,
    version       integer NOT NULL DEFAULT 1,
    created_at    timestamptz NOT NULL DEFAULT now(),
    updated_at    timestamptz NOT NULL DEFAULT now(),
    PRIMARY KEY (store_id, id),
    CHECK (starts_at < ends_at)
);

-- +goose Down
DROP TABLE search_rules, search_synonyms;
