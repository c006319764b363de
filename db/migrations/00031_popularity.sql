-- What sells: how many units of each product were sold, those of long ago counting less (docs/popularity.md).

-- +goose Up

-- The logarithm of the units, with decay, as commerce.Popularity has it; 0 for what never sold. A column and no table of its own: the
-- order by best selling walks an index of products, and the document of a product reads it with the row.
ALTER TABLE products ADD COLUMN popularity integer NOT NULL DEFAULT 0 CHECK (popularity >= 0);
CREATE INDEX products_popularity ON products (store_id, popularity, id) WHERE status = 'ACTIVE';

-- What sells is no edit by a merchant: neither version nor updated_at move with it alone.
-- +goose StatementBegin
CREATE OR REPLACE FUNCTION touch_product() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    edited products := OLD;
BEGIN
    edited.popularity := NEW.popularity;
    IF edited IS NOT DISTINCT FROM NEW THEN
        RETURN NEW;
    END IF;
    NEW.updated_at := now();
    NEW.version := OLD.version + 1;
    RETURN NEW;
END
$$;
-- +goose StatementEnd

-- The lines in which a product was ordered: its units are counted anew when its orders have changed.
CREATE INDEX order_lines_product ON order_lines (store_id, product_id, order_id);

-- Marks of products whose orders have changed since they were counted. Whoever is told of events adds them, not the buyer's transaction. A product
-- may have several, so that nobody waits who adds one. They refer to nothing: a product that is gone is passed over.
CREATE TABLE sales_changes (
    store_id   bigint NOT NULL,
    id         bigint GENERATED ALWAYS AS IDENTITY,
    product_id bigint NOT NULL,
    PRIMARY KEY (store_id, id)
);
CREATE INDEX sales_changes_oldest ON sales_changes (id); -- for whoever counts
INSERT INTO sales_changes (store_id, product_id) SELECT DISTINCT store_id, product_id FROM order_lines; -- what was sold up to now

-- +goose Down
DROP TABLE sales_changes;
DROP INDEX order_lines_product;
-- +goose StatementBegin
CREATE OR REPLACE FUNCTION touch_product() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    NEW.updated_at := now();
    NEW.version := OLD.version + 1;
    RETURN NEW;
END
$$;
-- +goose StatementEnd
ALTER TABLE products DROP COLUMN popularity;
