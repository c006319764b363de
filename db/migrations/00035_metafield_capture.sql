-- The metafields of products are part of their documents: their changes enter the log for the indexer.

-- +goose Up
ALTER PUBLICATION kirana_search ADD TABLE metafields (store_id, owner_kind, owner_id, namespace, key) WHERE (owner_kind = 'Product');

-- +goose Down
ALTER PUBLICATION kirana_search DROP TABLE metafields;
