-- What merchants decide about the filters of their stores' searches.

-- +goose Up

CREATE TABLE search_facets (
    store_id   bigint PRIMARY KEY REFERENCES stores (id) ON DELETE CASCADE,
    filters    text[], -- null for all there are
    metafields jsonb NOT NULL CHECK (jsonb_typeof(metafields) = 'array'), -- [{"namespace", "key", "type", "label"}]
    swatches   jsonb NOT NULL CHECK (jsonb_typeof(swatches) = 'array'), -- [{"value", "color"}]
    version    integer NOT NULL DEFAULT 1,
    updated_at timestamptz NOT NULL DEFAULT now()
);

-- +goose Down
DROP TABLE search_facets;
