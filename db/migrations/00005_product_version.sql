-- What a merchant's edit of a product needs: which version it is, and where its old links lead.

-- +goose Up

-- The version counts the changes by merchants, also of options, variants and pictures: whoever writes those moves it along.
-- updated_at cannot tell two changes apart: it is when a transaction began, and one that began earlier may commit later.
ALTER TABLE products ADD COLUMN version bigint NOT NULL DEFAULT 1;

-- A change made with psql, or by a server that knows nothing of versions yet, moves the version too.
-- +goose StatementBegin
CREATE FUNCTION touch_product() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    NEW.updated_at := now();
    NEW.version := OLD.version + 1;
    RETURN NEW;
END
$$;
-- +goose StatementEnd
DROP TRIGGER products_touch ON products;
CREATE TRIGGER products_touch BEFORE UPDATE ON products FOR EACH ROW WHEN (OLD.* IS DISTINCT FROM NEW.*) EXECUTE FUNCTION touch_product();

-- The handles that products had before. They lead to a product, not to a handle, so there are no chains.
CREATE TABLE product_redirects (
    store_id   bigint NOT NULL,
    handle     text NOT NULL CHECK (handle <> ''),
    product_id bigint NOT NULL,
    PRIMARY KEY (store_id, handle),
    FOREIGN KEY (store_id, product_id) REFERENCES products (store_id, id) ON DELETE CASCADE
);
CREATE INDEX product_redirects_product ON product_redirects (store_id, product_id);

-- Who asks for unique SKUs looks for them all over the store.
CREATE INDEX product_variants_sku ON product_variants (store_id, sku) WHERE sku <> '';

-- +goose Down
DROP INDEX product_variants_sku;
DROP TABLE product_redirects;
DROP TRIGGER products_touch ON products;
CREATE TRIGGER products_touch BEFORE UPDATE ON products FOR EACH ROW WHEN (OLD.* IS DISTINCT FROM NEW.*) EXECUTE FUNCTION touch_updated_at();
DROP FUNCTION touch_product;
ALTER TABLE products DROP COLUMN version;
