-- The catalogue. Every tenant's table has store_id first in its primary key and in every foreign key: no statement can
-- reach a row without saying whose it is, and rows of a store lie together.

-- +goose Up
CREATE TABLE stores (
    id          bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    handle      text NOT NULL UNIQUE CHECK (handle ~ '^[a-z0-9]+(-[a-z0-9]+)*$' AND length(handle) <= 63),
    name        text NOT NULL CHECK (name <> ''),
    description text NOT NULL DEFAULT '',
    currency    char(3) NOT NULL CHECK (currency ~ '^[A-Z]{3}$'),
    status      text NOT NULL DEFAULT 'DRAFT' CHECK (status IN ('DRAFT', 'PUBLISHED')),
    created_at  timestamptz NOT NULL DEFAULT now(),
    updated_at  timestamptz NOT NULL DEFAULT now()
);

CREATE TABLE products (
    store_id         bigint NOT NULL REFERENCES stores (id),
    id               bigint GENERATED ALWAYS AS IDENTITY,
    handle           text NOT NULL CHECK (handle <> ''),
    title            text NOT NULL CHECK (title <> ''),
    description_html text NOT NULL DEFAULT '',
    vendor           text NOT NULL DEFAULT '',
    product_type     text NOT NULL DEFAULT '',
    tags             text[] NOT NULL DEFAULT '{}' CHECK (array_position(tags, NULL) IS NULL),
    status           text NOT NULL DEFAULT 'DRAFT' CHECK (status IN ('ACTIVE', 'DRAFT', 'ARCHIVED')),
    published_at     timestamptz,
    is_gift_card     boolean NOT NULL DEFAULT false,
    seo_title        text NOT NULL DEFAULT '',
    seo_description  text NOT NULL DEFAULT '',
    created_at       timestamptz NOT NULL DEFAULT now(),
    updated_at       timestamptz NOT NULL DEFAULT now(),
    PRIMARY KEY (store_id, id),
    UNIQUE (store_id, handle)
);

-- One index for each order of the storefront's lists; drafts are in none of them. Texts sort by code points, on any server.
CREATE INDEX products_title ON products (store_id, (lower(title) COLLATE "C"), id) WHERE status = 'ACTIVE';
CREATE INDEX products_vendor ON products (store_id, (lower(vendor) COLLATE "C"), id) WHERE status = 'ACTIVE';
CREATE INDEX products_type ON products (store_id, (lower(product_type) COLLATE "C"), id) WHERE status = 'ACTIVE';
CREATE INDEX products_created ON products (store_id, created_at, id) WHERE status = 'ACTIVE';
CREATE INDEX products_updated ON products (store_id, updated_at, id) WHERE status = 'ACTIVE';

CREATE TABLE product_options (
    store_id   bigint NOT NULL,
    id         bigint GENERATED ALWAYS AS IDENTITY,
    product_id bigint NOT NULL,
    position   integer NOT NULL,
    name       text NOT NULL CHECK (name <> ''),
    "values"   text[] NOT NULL CHECK (array_position("values", NULL) IS NULL),
    PRIMARY KEY (store_id, id),
    UNIQUE (store_id, product_id, id),
    FOREIGN KEY (store_id, product_id) REFERENCES products (store_id, id) ON DELETE CASCADE
);

CREATE TABLE product_media (
    store_id   bigint NOT NULL,
    id         bigint GENERATED ALWAYS AS IDENTITY,
    product_id bigint NOT NULL,
    position   integer NOT NULL,
    url        text NOT NULL CHECK (url <> ''),
    alt        text NOT NULL DEFAULT '',
    width      integer,
    height     integer,
    PRIMARY KEY (store_id, id),
    UNIQUE (store_id, product_id, id),
    FOREIGN KEY (store_id, product_id) REFERENCES products (store_id, id) ON DELETE CASCADE
);
CREATE INDEX product_media_position ON product_media (store_id, product_id, position, id);

CREATE TABLE product_variants (
    store_id           bigint NOT NULL,
    id                 bigint GENERATED ALWAYS AS IDENTITY,
    product_id         bigint NOT NULL,
    position           integer NOT NULL,
    sku                text NOT NULL DEFAULT '',
    barcode            text NOT NULL DEFAULT '',
    option_values      text[] NOT NULL CHECK (array_position(option_values, NULL) IS NULL),
    price_minor        bigint NOT NULL CHECK (price_minor >= 0),
    compare_at_minor   bigint CHECK (compare_at_minor >= 0),
    inventory_quantity integer NOT NULL DEFAULT 0,
    inventory_tracked  boolean NOT NULL DEFAULT false,
    inventory_policy   text NOT NULL DEFAULT 'DENY' CHECK (inventory_policy IN ('DENY', 'CONTINUE')),
    weight_grams       double precision NOT NULL DEFAULT 0 CHECK (weight_grams >= 0),
    weight_unit        text NOT NULL DEFAULT 'KILOGRAMS' CHECK (weight_unit IN ('GRAMS', 'KILOGRAMS', 'OUNCES', 'POUNDS')),
    requires_shipping  boolean NOT NULL DEFAULT true,
    taxable            boolean NOT NULL DEFAULT true,
    image_id           bigint,
    PRIMARY KEY (store_id, id),
    UNIQUE (store_id, product_id, id),
    FOREIGN KEY (store_id, product_id) REFERENCES products (store_id, id) ON DELETE CASCADE
    -- image_id is no foreign key: checking one on every deleted picture would cost more than a picture that is gone, for which the product's first stands in.
);
CREATE INDEX product_variants_position ON product_variants (store_id, product_id, position, id);
-- The order by lowest price walks this index and skips every variant that has a cheaper sibling, which the next one finds.
CREATE INDEX product_variants_price ON product_variants (store_id, price_minor, product_id, id);
CREATE INDEX product_variants_cheapest ON product_variants (store_id, product_id, price_minor, id);

CREATE TABLE collections (
    store_id         bigint NOT NULL REFERENCES stores (id),
    id               bigint GENERATED ALWAYS AS IDENTITY,
    handle           text NOT NULL CHECK (handle <> ''),
    title            text NOT NULL CHECK (title <> ''),
    description_html text NOT NULL DEFAULT '',
    image_url        text NOT NULL DEFAULT '',
    image_alt        text NOT NULL DEFAULT '',
    published_at     timestamptz,
    created_at       timestamptz NOT NULL DEFAULT now(),
    updated_at       timestamptz NOT NULL DEFAULT now(),
    PRIMARY KEY (store_id, id),
    UNIQUE (store_id, handle)
);

CREATE TABLE collection_products (
    store_id      bigint NOT NULL,
    collection_id bigint NOT NULL,
    product_id    bigint NOT NULL,
    position      integer NOT NULL,
    PRIMARY KEY (store_id, collection_id, product_id),
    FOREIGN KEY (store_id, collection_id) REFERENCES collections (store_id, id) ON DELETE CASCADE,
    FOREIGN KEY (store_id, product_id) REFERENCES products (store_id, id) ON DELETE CASCADE
);
CREATE INDEX collection_products_position ON collection_products (store_id, collection_id, position, product_id);
CREATE UNIQUE INDEX collection_products_identity ON collection_products (store_id, product_id, collection_id);

-- A change made with psql moves updated_at too.
-- +goose StatementBegin
CREATE FUNCTION touch_updated_at() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    NEW.updated_at := now();
    RETURN NEW;
END
$$;
-- +goose StatementEnd
CREATE TRIGGER stores_touch BEFORE UPDATE ON stores FOR EACH ROW WHEN (OLD.* IS DISTINCT FROM NEW.*) EXECUTE FUNCTION touch_updated_at();
CREATE TRIGGER products_touch BEFORE UPDATE ON products FOR EACH ROW WHEN (OLD.* IS DISTINCT FROM NEW.*) EXECUTE FUNCTION touch_updated_at();
CREATE TRIGGER collections_touch BEFORE UPDATE ON collections FOR EACH ROW WHEN (OLD.* IS DISTINCT FROM NEW.*) EXECUTE FUNCTION touch_updated_at();

-- +goose Down
DROP TABLE collection_products, collections, product_variants, product_media, product_options, products, stores;
DROP FUNCTION touch_updated_at;
