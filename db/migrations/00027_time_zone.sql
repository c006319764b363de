-- Where the people of a store read dates. What is kept stays UTC.

-- +goose Up
ALTER TABLE stores ADD COLUMN time_zone text NOT NULL DEFAULT 'UTC' CHECK (time_zone <> '');

-- +goose Down
ALTER TABLE stores DROP COLUMN time_zone;
