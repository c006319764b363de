-- What was sold up to now is counted.

-- +goose Up
INSERT INTO sales_changes (store_id, product_id) SELECT DISTINCT store_id, product_id FROM order_lines;

-- +goose Down
DELETE FROM sales_changes;
