-- Carts, each read and written whole: the rules are the program's, and nobody asks the database what is in them.

-- +goose Up
CREATE TABLE carts (
    store_id   bigint NOT NULL REFERENCES stores (id) ON DELETE CASCADE,
    id         bigint GENERATED ALWAYS AS IDENTITY,
    key        text NOT NULL CHECK (length(key) >= 22), -- the secret in the cart's id
    content    jsonb NOT NULL,
    order_id   bigint, -- what the cart has become
    created_at timestamptz NOT NULL DEFAULT now(),
    updated_at timestamptz NOT NULL DEFAULT now(),
    PRIMARY KEY (store_id, id)
) WITH (fillfactor = 80);
CREATE INDEX carts_idle ON carts (updated_at); -- for those who sweep
CREATE TRIGGER carts_touch BEFORE UPDATE ON carts FOR EACH ROW WHEN (OLD.* IS DISTINCT FROM NEW.*) EXECUTE FUNCTION touch_updated_at();

-- +goose Down
DROP TABLE carts;
