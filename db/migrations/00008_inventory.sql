-- Stock by location, and a ledger that explains every change of it. product_variants.inventory_quantity stays what buyers and the
-- index read: triggers keep it the sum of what is available, whichever of the two is written, and by whom
-- (docs/adr/0006-inventory-ledger.md).

-- +goose Up
CREATE TABLE locations (
    store_id   bigint NOT NULL REFERENCES stores (id) ON DELETE CASCADE,
    id         bigint GENERATED ALWAYS AS IDENTITY,
    position   integer NOT NULL DEFAULT 0,
    name       text NOT NULL CHECK (name <> ''),
    address1   text NOT NULL DEFAULT '',
    address2   text NOT NULL DEFAULT '',
    city       text NOT NULL DEFAULT '',
    province   text NOT NULL DEFAULT '',
    zip        text NOT NULL DEFAULT '',
    country    text NOT NULL DEFAULT '',
    phone      text NOT NULL DEFAULT '',
    is_default boolean NOT NULL DEFAULT false,
    active     boolean NOT NULL DEFAULT true,
    created_at timestamptz NOT NULL DEFAULT now(),
    updated_at timestamptz NOT NULL DEFAULT now(),
    PRIMARY KEY (store_id, id),
    CHECK (active OR NOT is_default)
);
CREATE UNIQUE INDEX locations_default ON locations (store_id) WHERE is_default;
CREATE UNIQUE INDEX locations_name ON locations (store_id, lower(name));
CREATE TRIGGER locations_touch BEFORE UPDATE ON locations FOR EACH ROW WHEN (OLD.* IS DISTINCT FROM NEW.*) EXECUTE FUNCTION touch_updated_at();

-- Whoever changes stock locks the variants first, by id, and then their levels, by id and location. A row is narrow, its only index
-- holds what never changes, and pages keep room: taking stock is a HOT update.
CREATE TABLE inventory_levels (
    store_id    bigint NOT NULL,
    variant_id  bigint NOT NULL, -- no foreign key: the triggers below see to it, a statement at a time
    location_id bigint NOT NULL,
    on_hand     integer NOT NULL DEFAULT 0,
    reserved    integer NOT NULL DEFAULT 0 CHECK (reserved >= 0),
    updated_at  timestamptz NOT NULL DEFAULT now(),
    PRIMARY KEY (store_id, variant_id, location_id),
    FOREIGN KEY (store_id, location_id) REFERENCES locations (store_id, id)
) WITH (fillfactor = 80);
CREATE TRIGGER inventory_levels_touch BEFORE UPDATE ON inventory_levels FOR EACH ROW WHEN (OLD.* IS DISTINCT FROM NEW.*) EXECUTE FUNCTION touch_updated_at();

-- One row for each change of a level, written by the levels' triggers alone. It outlives variants, locations and stores, so it refers
-- to nothing. Why, by which document and by whom is the transaction's to say: psql, which says nothing, corrects.
CREATE TABLE inventory_ledger (
    store_id       bigint NOT NULL,
    variant_id     bigint NOT NULL,
    id             bigint GENERATED ALWAYS AS IDENTITY,
    location_id    bigint NOT NULL,
    at             timestamptz NOT NULL DEFAULT now(),
    delta_on_hand  bigint NOT NULL, -- from the least to the greatest quantity is more than an integer holds
    delta_reserved bigint NOT NULL,
    on_hand        integer NOT NULL, -- after the change
    reserved       integer NOT NULL,
    merchant_id    bigint DEFAULT nullif(current_setting('kirana.stock_merchant', true), '')::bigint,
    api_key_id     bigint DEFAULT nullif(current_setting('kirana.stock_api_key', true), '')::bigint,
    reason         text NOT NULL DEFAULT coalesce(nullif(current_setting('kirana.stock_reason', true), ''), 'CORRECTION')
        CHECK (reason IN ('CORRECTION', 'CYCLE_COUNT', 'DAMAGED', 'RECEIVED', 'RESTOCK', 'SHRINKAGE', 'PROMOTION', 'TRANSFER', 'OTHER',
            'OPENING', 'IMPORT', 'ORDER', 'DELETED')),
    reference      text NOT NULL DEFAULT coalesce(current_setting('kirana.stock_reference', true), ''),
    PRIMARY KEY (store_id, variant_id, id) -- in the order of a variant's history
);

-- +goose StatementBegin
CREATE FUNCTION inventory_ledger_refuse() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION 'the ledger of stock is append-only: make up for a wrong change with another' USING ERRCODE = 'restrict_violation';
END
$$;
-- +goose StatementEnd
CREATE TRIGGER inventory_ledger_append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON inventory_ledger
    FOR EACH STATEMENT EXECUTE FUNCTION inventory_ledger_refuse();

-- A store has its default location from birth.
-- +goose StatementBegin
CREATE FUNCTION stores_location() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    INSERT INTO locations (store_id, name, is_default) VALUES (NEW.id, left(NEW.name, 255), true);
    RETURN NULL;
END
$$;
-- +goose StatementEnd
CREATE TRIGGER stores_location AFTER INSERT ON stores FOR EACH ROW EXECUTE FUNCTION stores_location();

-- The two sides follow each other by what was added, never by a sum that is read: two writers of one variant wait for each other's
-- row and both count. What was added is before and after summed up, never joined: a plan of a join would be kept from the first
-- statement of the connection, which may have changed one row, and a nested loop over two batches is their square.
-- kirana.stock_led_by says which side was written first, so that it is not moved once more.

-- A level that changed writes the ledger, and moves its variant's quantity.
-- +goose StatementBegin
CREATE FUNCTION inventory_levels_changed() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    leads boolean := current_setting('kirana.stock_led_by', true) IS DISTINCT FROM 'quantity';
BEGIN
    IF NOT EXISTS (SELECT FROM levels_after) THEN
        RETURN NULL;
    END IF;
    IF TG_OP = 'INSERT' THEN
        INSERT INTO inventory_ledger (store_id, variant_id, location_id, delta_on_hand, delta_reserved, on_hand, reserved)
        SELECT n.store_id, n.variant_id, n.location_id, n.on_hand, n.reserved, n.on_hand, n.reserved
        FROM levels_after n WHERE n.on_hand <> 0 OR n.reserved <> 0;
        IF leads THEN
            PERFORM FROM product_variants v JOIN levels_after n ON n.store_id = v.store_id AND n.variant_id = v.id FOR KEY SHARE OF v;
            IF EXISTS (SELECT FROM levels_after n WHERE NOT EXISTS (SELECT FROM product_variants v WHERE v.store_id = n.store_id AND v.id = n.variant_id)) THEN
                RAISE EXCEPTION 'stock of a variant that does not exist' USING ERRCODE = 'foreign_key_violation';
            END IF;
            PERFORM set_config('kirana.stock_led_by', 'level', true);
            UPDATE product_variants v SET inventory_quantity = v.inventory_quantity + d.available
            FROM (SELECT n.store_id, n.variant_id, sum(n.on_hand - n.reserved) AS available FROM levels_after n GROUP BY n.store_id, n.variant_id) d
            WHERE v.store_id = d.store_id AND v.id = d.variant_id AND d.available <> 0;
            PERFORM set_config('kirana.stock_led_by', '', true);
        END IF;
    ELSE
        INSERT INTO inventory_ledger (store_id, variant_id, location_id, delta_on_hand, delta_reserved, on_hand, reserved)
        SELECT u.store_id, u.variant_id, u.location_id, sum(u.on_hand), sum(u.reserved),
            sum(u.on_hand) FILTER (WHERE u.is_after), sum(u.reserved) FILTER (WHERE u.is_after)
        FROM (
            SELECT store_id, variant_id, location_id, on_hand::bigint, reserved::bigint, true AS is_after FROM levels_after
            UNION ALL SELECT store_id, variant_id, location_id, - on_hand::bigint, - reserved::bigint, false FROM levels_before
        ) u
        GROUP BY u.store_id, u.variant_id, u.location_id HAVING sum(u.on_hand) <> 0 OR sum(u.reserved) <> 0
        ORDER BY u.store_id, u.variant_id, u.location_id;
        IF leads THEN
            PERFORM set_config('kirana.stock_led_by', 'level', true);
            UPDATE product_variants v SET inventory_quantity = v.inventory_quantity + d.available
            FROM (
                SELECT u.store_id, u.variant_id, sum(u.available) AS available FROM (
                    SELECT store_id, variant_id, on_hand::bigint - reserved AS available FROM levels_after
                    UNION ALL SELECT store_id, variant_id, reserved::bigint - on_hand FROM levels_before
                ) u GROUP BY u.store_id, u.variant_id
            ) d
            WHERE v.store_id = d.store_id AND v.id = d.variant_id AND d.available <> 0;
            PERFORM set_config('kirana.stock_led_by', '', true);
        END IF;
    END IF;
    RETURN NULL;
END
$$;

-- The levels of a variant that was deleted take their leave of the ledger. Nothing else deletes a level, or moves it elsewhere.
CREATE FUNCTION inventory_levels_deleted() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF EXISTS (SELECT FROM levels_before o JOIN product_variants v ON v.store_id = o.store_id AND v.id = o.variant_id) THEN
        RAISE EXCEPTION 'a level is deleted with its variant alone: set it to 0' USING ERRCODE = 'restrict_violation';
    END IF;
    INSERT INTO inventory_ledger (store_id, variant_id, location_id, delta_on_hand, delta_reserved, on_hand, reserved, reason)
    SELECT o.store_id, o.variant_id, o.location_id, - o.on_hand::bigint, - o.reserved::bigint, 0, 0, 'DELETED'
    FROM levels_before o WHERE o.on_hand <> 0 OR o.reserved <> 0;
    RETURN NULL;
END
$$;

CREATE FUNCTION inventory_levels_fixed() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION 'a level stays where it is: change the quantities of two' USING ERRCODE = 'restrict_violation';
END
$$;
-- +goose StatementEnd
CREATE TRIGGER inventory_levels_inserted AFTER INSERT ON inventory_levels REFERENCING NEW TABLE AS levels_after
    FOR EACH STATEMENT EXECUTE FUNCTION inventory_levels_changed();
CREATE TRIGGER inventory_levels_updated AFTER UPDATE ON inventory_levels REFERENCING OLD TABLE AS levels_before NEW TABLE AS levels_after
    FOR EACH STATEMENT EXECUTE FUNCTION inventory_levels_changed();
CREATE TRIGGER inventory_levels_deleted AFTER DELETE ON inventory_levels REFERENCING OLD TABLE AS levels_before
    FOR EACH STATEMENT EXECUTE FUNCTION inventory_levels_deleted();
CREATE TRIGGER inventory_levels_fixed BEFORE UPDATE OF store_id, variant_id, location_id OR TRUNCATE ON inventory_levels
    FOR EACH STATEMENT EXECUTE FUNCTION inventory_levels_fixed();

-- A quantity that was written, by an import or with psql, moves the level of the store's default location.
-- +goose StatementBegin
CREATE FUNCTION product_variants_stocked() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    stores bigint[];
    variants bigint[];
    units bigint[];
    moved bigint;
BEGIN
    IF current_setting('kirana.stock_led_by', true) = 'level' THEN
        RETURN NULL;
    END IF;
    IF TG_OP = 'UPDATE' THEN
        -- A variant that got another key stands twice, with half of what it was: it has no level there.
        SELECT array_agg(m.store_id), array_agg(m.id), array_agg(m.units) INTO stores, variants, units
        FROM (
            SELECT u.store_id, u.id, sum(u.units)::bigint AS units FROM (
                SELECT store_id, id, inventory_quantity::bigint AS units FROM variants_after
                UNION ALL SELECT store_id, id, - inventory_quantity::bigint FROM variants_before
            ) u GROUP BY u.store_id, u.id HAVING sum(u.units) <> 0 OR count(*) <> 2
        ) m;
        IF stores IS NULL THEN
            RETURN NULL;
        END IF;
    END IF;
    PERFORM set_config('kirana.stock_led_by', 'quantity', true);
    IF TG_OP = 'INSERT' THEN
        INSERT INTO inventory_levels (store_id, variant_id, location_id, on_hand)
        SELECT n.store_id, n.id, l.id, n.inventory_quantity
        FROM variants_after n LEFT JOIN locations l ON l.store_id = n.store_id AND l.is_default;
    ELSE
        UPDATE inventory_levels l SET on_hand = l.on_hand + m.units
        FROM unnest(stores, variants, units) AS m (store_id, id, units) JOIN locations d ON d.store_id = m.store_id AND d.is_default
        WHERE l.store_id = m.store_id AND l.variant_id = m.id AND l.location_id = d.id;
        GET DIAGNOSTICS moved = ROW_COUNT;
        IF moved <> cardinality(stores) THEN
            RAISE EXCEPTION 'a variant has no stock at the default location of its store' USING ERRCODE = 'foreign_key_violation';
        END IF;
    END IF;
    PERFORM set_config('kirana.stock_led_by', '', true);
    RETURN NULL;
END
$$;

CREATE FUNCTION product_variants_deleted() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF TG_OP = 'TRUNCATE' THEN
        DELETE FROM inventory_levels;
    ELSE
        DELETE FROM inventory_levels l USING variants_before o WHERE l.store_id = o.store_id AND l.variant_id = o.id;
    END IF;
    RETURN NULL;
END
$$;
-- +goose StatementEnd
CREATE TRIGGER product_variants_inserted AFTER INSERT ON product_variants REFERENCING NEW TABLE AS variants_after
    FOR EACH STATEMENT EXECUTE FUNCTION product_variants_stocked();
CREATE TRIGGER product_variants_updated AFTER UPDATE ON product_variants REFERENCING OLD TABLE AS variants_before NEW TABLE AS variants_after
    FOR EACH STATEMENT EXECUTE FUNCTION product_variants_stocked();
CREATE TRIGGER product_variants_deleted AFTER DELETE ON product_variants REFERENCING OLD TABLE AS variants_before
    FOR EACH STATEMENT EXECUTE FUNCTION product_variants_deleted();
CREATE TRIGGER product_variants_emptied AFTER TRUNCATE ON product_variants
    FOR EACH STATEMENT EXECUTE FUNCTION product_variants_deleted();

-- What there is. The triggers stand, and keep writers out until this transaction ends, so nothing slips in between.
INSERT INTO locations (store_id, name, is_default) SELECT id, left(name, 255), true FROM stores;
SELECT set_config('kirana.stock_reason', 'OPENING', true), set_config('kirana.stock_led_by', 'quantity', true);
INSERT INTO inventory_levels (store_id, variant_id, location_id, on_hand)
SELECT v.store_id, v.id, l.id, v.inventory_quantity FROM product_variants v JOIN locations l ON l.store_id = v.store_id AND l.is_default;

-- +goose Down
DROP TRIGGER product_variants_inserted ON product_variants;
DROP TRIGGER product_variants_updated ON product_variants;
DROP TRIGGER product_variants_deleted ON product_variants;
DROP TRIGGER product_variants_emptied ON product_variants;
DROP TRIGGER stores_location ON stores;
DROP TABLE inventory_ledger, inventory_levels, locations;
DROP FUNCTION product_variants_stocked, product_variants_deleted, inventory_levels_changed, inventory_levels_deleted, inventory_levels_fixed,
    inventory_ledger_refuse, stores_location;
