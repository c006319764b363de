-- What sells: how many units of each product were sold, those of long ago counting less (docs/popularity.md).

-- +goose Up

-- The logarithm of the units, with decay, as commerce.Popularity has it; 0 for what never sold. A column and no table of its own: the
-- order by best selling walks an index of products, and the document of a product reads it with the row. The check is looked at, and the
-- indexes are made, in a migration of their own that keeps nobody from the products.
ALTER TABLE products ADD COLUMN popularity integer NOT NULL DEFAULT 0, ADD CONSTRAINT products_popularity_check CHECK (popularity >= 0) NOT VALID;

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

-- Marks of products whose orders have changed since they were counted. Whoever is told of events adds them, not the buyer's transaction. A product
-- may have several, so that nobody waits who adds one. They refer to nothing: a product that is gone is passed over.
CREATE TABLE sales_changes (
    store_id   bigint NOT NULL,
    id         bigint GENERATED ALWAYS AS IDENTITY,
    product_id bigint NOT NULL,
    PRIMARY KEY (store_id, id)
);
CREATE INDEX sales_changes_oldest ON sales_changes (id); -- for whoever counts

-- +goose Down
DROP TABLE sales_changes;
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
