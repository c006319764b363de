-- How a store's pages look. Columns with constant defaults: the table is not rewritten, and an older binary inserts as before.

-- +goose Up
ALTER TABLE stores
    ADD COLUMN accent_color text CHECK (accent_color ~ '^#[0-9a-f]{6}$'),
    ADD COLUMN logo_url text NOT NULL DEFAULT '';

-- +goose Down
ALTER TABLE stores DROP COLUMN accent_color, DROP COLUMN logo_url;
