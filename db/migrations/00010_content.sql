-- What a store says and how buyers find their way through it: pages of text, and menus.

-- +goose Up
CREATE TABLE pages (
    store_id        bigint NOT NULL REFERENCES stores (id),
    id              bigint GENERATED ALWAYS AS IDENTITY,
    handle          text NOT NULL CHECK (handle <> ''),
    title           text NOT NULL CHECK (title <> ''),
    body_html       text NOT NULL DEFAULT '',
    seo_title       text NOT NULL DEFAULT '',
    seo_description text NOT NULL DEFAULT '',
    published_at    timestamptz,
    created_at      timestamptz NOT NULL DEFAULT now(),
    updated_at      timestamptz NOT NULL DEFAULT now(),
    PRIMARY KEY (store_id, id),
    UNIQUE (store_id, handle)
);
CREATE TRIGGER pages_touch BEFORE UPDATE ON pages FOR EACH ROW WHEN (OLD.* IS DISTINCT FROM NEW.*) EXECUTE FUNCTION touch_updated_at();

-- A menu is written and read as a whole, and is small: its items are one value. What they lead to is looked up whenever the menu
-- is read, so that nothing has to follow when a product is hidden or deleted. Smaller ids are those of menus that nobody made.
CREATE TABLE menus (
    store_id   bigint NOT NULL REFERENCES stores (id),
    id         bigint GENERATED ALWAYS AS IDENTITY (START WITH 1000),
    handle     text NOT NULL CHECK (handle <> ''),
    title      text NOT NULL CHECK (title <> ''),
    items      jsonb NOT NULL CHECK (jsonb_typeof(items) = 'array'),
    updated_at timestamptz NOT NULL DEFAULT now(),
    PRIMARY KEY (store_id, id),
    UNIQUE (store_id, handle)
);
CREATE TRIGGER menus_touch BEFORE UPDATE ON menus FOR EACH ROW WHEN (OLD.* IS DISTINCT FROM NEW.*) EXECUTE FUNCTION touch_updated_at();

-- +goose Down
DROP TABLE menus, pages;
