-- The indexes of what sells, made while products and orders go on being written, which no transaction can do. What a broken attempt has
-- left goes first.

-- +goose NO TRANSACTION

-- +goose Up
DROP INDEX CONCURRENTLY IF EXISTS products_popularity;
CREATE INDEX CONCURRENTLY products_popularity ON products (store_id, popularity, id) WHERE status = 'ACTIVE';

-- The lines in which a product was ordered: its units are counted anew when its orders have changed.
DROP INDEX CONCURRENTLY IF EXISTS order_lines_product;
CREATE INDEX CONCURRENTLY order_lines_product ON order_lines (store_id, product_id, order_id);

ALTER TABLE products VALIDATE CONSTRAINT products_popularity_check;

-- +goose Down
DROP INDEX CONCURRENTLY IF EXISTS order_lines_product;
DROP INDEX CONCURRENTLY IF EXISTS products_popularity;
