-- Where customers have goods sent. A customer who has addresses has a default one.

-- +goose Up
CREATE TABLE customer_addresses (
    store_id    bigint NOT NULL,
    customer_id bigint NOT NULL,
    id          bigint GENERATED ALWAYS AS IDENTITY,
    address     jsonb NOT NULL, -- as carts have it
    PRIMARY KEY (store_id, customer_id, id),
    FOREIGN KEY (store_id, customer_id) REFERENCES customers (store_id, id) ON DELETE CASCADE
);

-- The default is one of the customer's own.
ALTER TABLE customers ADD COLUMN default_address_id bigint;
ALTER TABLE customers ADD CONSTRAINT customers_default_address FOREIGN KEY (store_id, id, default_address_id)
    REFERENCES customer_addresses (store_id, customer_id, id) ON DELETE SET NULL (default_address_id);

-- The orders of a merchant's list of customers. By their ids they stand in the order of the first sign-in.
CREATE INDEX customers_name ON customers (store_id, lower(last_name || ' ' || first_name) COLLATE "C", id);
CREATE INDEX customers_updated_at ON customers (store_id, updated_at, id);

-- +goose Down
DROP INDEX customers_updated_at, customers_name;
ALTER TABLE customers DROP COLUMN default_address_id;
DROP TABLE customer_addresses;
