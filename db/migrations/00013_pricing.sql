-- What a basket costs beyond the prices of the catalogue: delivery, tax and discounts (docs/pricing.md).

-- +goose Up

-- Delivery settings are replaced as a whole. The row counts the changes; a store without one lets goods be fetched from its default
-- location.
CREATE TABLE delivery_settings (
    store_id   bigint PRIMARY KEY REFERENCES stores (id) ON DELETE CASCADE,
    version    integer NOT NULL DEFAULT 1,
    updated_at timestamptz NOT NULL DEFAULT now()
);

CREATE TABLE pickup_locations (
    store_id    bigint NOT NULL,
    location_id bigint NOT NULL,
    description text NOT NULL DEFAULT '',
    PRIMARY KEY (store_id, location_id),
    FOREIGN KEY (store_id, location_id) REFERENCES locations (store_id, id) ON DELETE CASCADE
);

CREATE TABLE delivery_zones (
    store_id bigint NOT NULL REFERENCES stores (id) ON DELETE CASCADE,
    position integer NOT NULL,
    name     text NOT NULL CHECK (name <> ''),
    PRIMARY KEY (store_id, position)
);

-- A place is in one zone. A country without a province is all of it that is in no other zone; the country * is the rest of the world.
CREATE TABLE delivery_areas (
    store_id bigint NOT NULL,
    country  text NOT NULL CHECK (country ~ '^([A-Z]{2}|[*])$'),
    province text NOT NULL DEFAULT '',
    zone     integer NOT NULL,
    position integer NOT NULL, -- of the country in its zone
    PRIMARY KEY (store_id, country, province),
    FOREIGN KEY (store_id, zone) REFERENCES delivery_zones (store_id, position) ON DELETE CASCADE
);
CREATE INDEX delivery_areas_zone ON delivery_areas (store_id, zone);

-- A rate has one price or, in two arrays side by side, prices by weight.
CREATE TABLE delivery_rates (
    store_id        bigint NOT NULL,
    handle          text NOT NULL CHECK (handle <> ''),
    zone            integer NOT NULL,
    position        integer NOT NULL,
    title           text NOT NULL CHECK (title <> ''),
    description     text NOT NULL DEFAULT '',
    price_minor     bigint NOT NULL DEFAULT 0 CHECK (price_minor BETWEEN 0 AND 1000000000000000),
    band_grams      integer[] NOT NULL DEFAULT '{}',
    band_prices     bigint[] NOT NULL DEFAULT '{}',
    free_from_minor bigint CHECK (free_from_minor BETWEEN 0 AND 1000000000000000),
    PRIMARY KEY (store_id, handle),
    FOREIGN KEY (store_id, zone) REFERENCES delivery_zones (store_id, position) ON DELETE CASCADE,
    CHECK (cardinality(band_grams) = cardinality(band_prices))
);
CREATE INDEX delivery_rates_zone ON delivery_rates (store_id, zone);

CREATE TABLE tax_settings (
    store_id           bigint PRIMARY KEY REFERENCES stores (id) ON DELETE CASCADE,
    prices_include_tax boolean NOT NULL,
    tax_delivery       boolean NOT NULL,
    country            text NOT NULL CHECK (country ~ '^[A-Z]{2}$'),
    province           text NOT NULL DEFAULT '',
    version            integer NOT NULL DEFAULT 1,
    updated_at         timestamptz NOT NULL DEFAULT now()
);

-- Rates are in millionths: 18 % is 180000.
CREATE TABLE tax_rates (
    store_id bigint NOT NULL REFERENCES stores (id) ON DELETE CASCADE,
    country  text NOT NULL CHECK (country ~ '^[A-Z]{2}$'),
    province text NOT NULL DEFAULT '',
    title    text NOT NULL CHECK (title <> ''),
    rate     integer NOT NULL CHECK (rate BETWEEN 0 AND 10000000),
    PRIMARY KEY (store_id, country, province)
);

-- The rates that stand in place of the store's for one product.
CREATE TABLE product_tax_rates (
    store_id   bigint NOT NULL,
    product_id bigint NOT NULL,
    country    text NOT NULL CHECK (country ~ '^[A-Z]{2}$'),
    province   text NOT NULL DEFAULT '',
    title      text NOT NULL CHECK (title <> ''),
    rate       integer NOT NULL CHECK (rate BETWEEN 0 AND 10000000),
    PRIMARY KEY (store_id, product_id, country, province),
    FOREIGN KEY (store_id, product_id) REFERENCES products (store_id, id) ON DELETE CASCADE
);

-- code_key is the code as codes are compared and sorted, so that there is one rule for that, and it is the program's. What a discount is about
-- stands in arrays: a price reads it whole, and what was deleted is in no basket. An order counts its use here, which changes no
-- index, so the row keeps room.
CREATE TABLE discounts (
    store_id               bigint NOT NULL REFERENCES stores (id) ON DELETE CASCADE,
    id                     bigint GENERATED ALWAYS AS IDENTITY,
    code                   text NOT NULL CHECK (code <> ''),
    code_key               text COLLATE "C" NOT NULL CHECK (code_key <> ''),
    type                   text NOT NULL CHECK (type IN ('PERCENTAGE', 'FIXED_AMOUNT', 'FREE_SHIPPING', 'BUY_X_GET_Y')),
    rate                   integer NOT NULL DEFAULT 0 CHECK (rate BETWEEN 0 AND 1000000),
    amount_minor           bigint NOT NULL DEFAULT 0 CHECK (amount_minor BETWEEN 0 AND 1000000000000000),
    product_ids            bigint[] NOT NULL DEFAULT '{}',
    collection_ids         bigint[] NOT NULL DEFAULT '{}',
    buys_product_ids       bigint[] NOT NULL DEFAULT '{}',
    buys_collection_ids    bigint[] NOT NULL DEFAULT '{}',
    buys_quantity          integer NOT NULL DEFAULT 0,
    gets_quantity          integer NOT NULL DEFAULT 0,
    uses_per_order         integer CHECK (uses_per_order > 0),
    minimum_subtotal_minor bigint CHECK (minimum_subtotal_minor BETWEEN 0 AND 1000000000000000),
    minimum_quantity       integer CHECK (minimum_quantity > 0),
    starts_at              timestamptz NOT NULL,
    ends_at                timestamptz CHECK (ends_at > starts_at),
    usage_limit            integer CHECK (usage_limit > 0),
    usage_count            integer NOT NULL DEFAULT 0 CHECK (usage_count >= 0),
    once_per_customer      boolean NOT NULL DEFAULT false,
    with_products          boolean NOT NULL DEFAULT false,
    with_orders            boolean NOT NULL DEFAULT false,
    with_shipping          boolean NOT NULL DEFAULT false,
    version                integer NOT NULL DEFAULT 1,
    created_at             timestamptz NOT NULL DEFAULT now(),
    updated_at             timestamptz NOT NULL DEFAULT now(),
    PRIMARY KEY (store_id, id),
    UNIQUE (store_id, code_key),
    CHECK (type <> 'BUY_X_GET_Y' OR buys_quantity > 0 AND gets_quantity > 0)
) WITH (fillfactor = 80);

-- A use is no change by the merchant.
-- +goose StatementBegin
CREATE FUNCTION touch_discount() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    NEW.updated_at := now();
    NEW.version := OLD.version + 1;
    RETURN NEW;
END
$$;
-- +goose StatementEnd
CREATE TRIGGER discounts_touch BEFORE UPDATE ON discounts FOR EACH ROW WHEN (OLD.usage_count = NEW.usage_count AND OLD.* IS DISTINCT FROM NEW.*)
    EXECUTE FUNCTION touch_discount();

-- Which order used which discount, and for whom: customer is a hash, so that it outlives what the store knows of a person. NULL where
-- nobody is known. The index is what lets one order of two pass that come at the same moment.
CREATE TABLE discount_uses (
    store_id    bigint NOT NULL,
    order_id    bigint NOT NULL,
    discount_id bigint NOT NULL,
    customer    bytea,
    once        boolean NOT NULL, -- the discount was once per customer
    at          timestamptz NOT NULL DEFAULT now(),
    PRIMARY KEY (store_id, order_id, discount_id),
    FOREIGN KEY (store_id, discount_id) REFERENCES discounts (store_id, id) ON DELETE CASCADE
);
CREATE UNIQUE INDEX discount_uses_once ON discount_uses (store_id, discount_id, customer) WHERE once;
CREATE INDEX discount_uses_customer ON discount_uses (store_id, discount_id, customer);

-- +goose Down
DROP TABLE discount_uses, discounts, product_tax_rates, tax_rates, tax_settings, delivery_rates, delivery_areas, delivery_zones, pickup_locations, delivery_settings;
DROP FUNCTION touch_discount;
