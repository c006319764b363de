-- What links to a page of text goes on leading to it when its handle changes, and merchants keep data of their own with pages.

-- +goose Up
-- The handles that pages had before. They lead to a page, not to a handle, so there are no chains.
CREATE TABLE page_redirects (
    store_id bigint NOT NULL,
    handle   text NOT NULL CHECK (handle <> ''),
    page_id  bigint NOT NULL,
    PRIMARY KEY (store_id, handle),
    FOREIGN KEY (store_id, page_id) REFERENCES pages (store_id, id) ON DELETE CASCADE
);
CREATE INDEX page_redirects_page ON page_redirects (store_id, page_id);

ALTER TABLE metafields
    DROP CONSTRAINT metafields_owner_kind_check,
    ADD CONSTRAINT metafields_owner_kind_check CHECK (owner_kind IN ('Product', 'ProductVariant', 'Collection', 'Page', 'Store')),
    ADD COLUMN page_id bigint GENERATED ALWAYS AS (CASE WHEN owner_kind = 'Page' THEN owner_id END) STORED,
    ADD FOREIGN KEY (store_id, page_id) REFERENCES pages (store_id, id) ON DELETE CASCADE;
CREATE INDEX metafields_page ON metafields (store_id, page_id) WHERE page_id IS NOT NULL;

-- +goose Down
DELETE FROM metafields WHERE owner_kind = 'Page';
DROP INDEX metafields_page;
ALTER TABLE metafields
    DROP COLUMN page_id,
    DROP CONSTRAINT metafields_owner_kind_check,
    ADD CONSTRAINT metafields_owner_kind_check CHECK (owner_kind IN ('Product', 'ProductVariant', 'Collection', 'Store'));
DROP TABLE page_redirects;
