-- Collections as merchants keep them: texts for search engines, an order, the handles they had before, and rules that say
-- which products are in; see docs/adr/0005-automatic-collections.md. And metafields: typed data of a merchant's own.

-- +goose Up
ALTER TABLE collections
    ADD COLUMN seo_title       text NOT NULL DEFAULT '',
    ADD COLUMN seo_description text NOT NULL DEFAULT '',
    ADD COLUMN sort_order      text NOT NULL DEFAULT 'MANUAL' CHECK (sort_order IN (
        'ALPHA_ASC', 'ALPHA_DESC', 'BEST_SELLING', 'CREATED', 'CREATED_DESC', 'MANUAL', 'PRICE_ASC', 'PRICE_DESC')),
    -- Null for a collection whose products are chosen by hand alone.
    -- {"any": false, "rules": [{"column": "VARIANT_PRICE", "relation": "LESS_THAN", "condition": "5.00", "amount": 500}]}
    ADD COLUMN rule_set        jsonb CHECK (jsonb_typeof(rule_set -> 'rules') = 'array' AND jsonb_typeof(rule_set -> 'any') = 'boolean');
CREATE INDEX collections_automatic ON collections (store_id, id) WHERE rule_set IS NOT NULL;

-- The handles that collections had before. They lead to a collection, not to a handle, so there are no chains.
CREATE TABLE collection_redirects (
    store_id      bigint NOT NULL,
    handle        text NOT NULL CHECK (handle <> ''),
    collection_id bigint NOT NULL,
    PRIMARY KEY (store_id, handle),
    FOREIGN KEY (store_id, collection_id) REFERENCES collections (store_id, id) ON DELETE CASCADE
);
CREATE INDEX collection_redirects_collection ON collection_redirects (store_id, collection_id);

-- A member by rule comes and goes with the rules. One that somebody chose stays, whatever the rules say.
ALTER TABLE collection_products ADD COLUMN by_rule boolean NOT NULL DEFAULT false;

-- +goose StatementBegin
CREATE FUNCTION text_rule_holds(relation text, value text, condition text) RETURNS boolean LANGUAGE sql IMMUTABLE AS $$
    SELECT CASE relation
        WHEN 'EQUALS' THEN value = condition
        WHEN 'NOT_EQUALS' THEN value <> condition
        WHEN 'STARTS_WITH' THEN starts_with(value, condition)
        WHEN 'ENDS_WITH' THEN right(value, length(condition)) = condition
        WHEN 'CONTAINS' THEN strpos(value, condition) > 0
        WHEN 'NOT_CONTAINS' THEN strpos(value, condition) = 0
        ELSE false END
$$;
-- +goose StatementEnd

-- A value that there is not equals nothing and is neither more nor less than anything.
-- +goose StatementBegin
CREATE FUNCTION number_rule_holds(relation text, value bigint, amount bigint) RETURNS boolean LANGUAGE sql IMMUTABLE AS $$
    SELECT coalesce(CASE relation
        WHEN 'EQUALS' THEN value = amount
        WHEN 'NOT_EQUALS' THEN value IS DISTINCT FROM amount
        WHEN 'GREATER_THAN' THEN value > amount
        WHEN 'LESS_THAN' THEN value < amount
        WHEN 'IS_SET' THEN value IS NOT NULL
        WHEN 'IS_NOT_SET' THEN value IS NULL END, false)
$$;
-- +goose StatementEnd

-- ruled_products tells which of the products the rules of which of the collections put in. All conditions on variants hold for one and the same variant. A variant whose stock is not
-- tracked has more than any number.
-- +goose StatementBegin
CREATE FUNCTION ruled_products(stores bigint[], collections bigint[], products bigint[])
RETURNS TABLE (store_id bigint, collection_id bigint, product_id bigint, ruled boolean) LANGUAGE sql STABLE AS $$
    WITH rule AS MATERIALIZED (
        SELECT c.store_id, c.id AS collection_id, (c.rule_set ->> 'any')::boolean AS "any", r."column" LIKE 'VARIANT%' AS of_variant,
            bool_or(r."column" LIKE 'VARIANT%') OVER siblings AS some_of_variant, bool_or(r."column" NOT LIKE 'VARIANT%') OVER siblings AS some_of_product,
            r."column", r.relation, lower(r.condition) AS condition, r.amount
        FROM collections c, jsonb_to_recordset(c.rule_set -> 'rules') AS r ("column" text, relation text, condition text, amount bigint)
        WHERE c.store_id = ANY (ruled_products.stores) AND c.id = ANY (ruled_products.collections) AND c.rule_set IS NOT NULL
        WINDOW siblings AS (PARTITION BY c.store_id, c.id)
    ), product AS MATERIALIZED (
        SELECT p.store_id, p.id, lower(p.title) AS title, lower(p.vendor) AS vendor, lower(p.product_type) AS product_type,
            lower(p.tags::text)::text[] AS tags
        FROM unnest(ruled_products.stores) AS s (id) CROSS JOIN unnest(ruled_products.products) AS k (id)
        JOIN products p ON p.store_id = s.id AND p.id = k.id
    ), variant AS MATERIALIZED (
        SELECT v.store_id, v.product_id, v.id, v.price_minor, v.compare_at_minor,
            CASE WHEN v.inventory_tracked THEN v.inventory_quantity ELSE 9223372036854775807 END AS units
        FROM unnest(ruled_products.stores) AS s (id) CROSS JOIN unnest(ruled_products.products) AS k (id)
        JOIN product_variants v ON v.store_id = s.id AND v.product_id = k.id
        WHERE EXISTS (SELECT FROM rule WHERE rule.of_variant)
    ), by_product AS (
        SELECT p.store_id, r.collection_id, p.id AS product_id, bool_or(r."any") AS "any", bool_or(r.some_of_variant) AS some_of_variant,
            bool_and(h.holds) AS all_hold, bool_or(h.holds) AS any_holds
        FROM product p JOIN rule r ON r.store_id = p.store_id AND NOT r.of_variant
        CROSS JOIN LATERAL (SELECT CASE r."column"
            WHEN 'TAG' THEN CASE r.relation WHEN 'EQUALS' THEN r.condition = ANY (p.tags) WHEN 'NOT_EQUALS' THEN r.condition <> ALL (p.tags) ELSE false END
            WHEN 'TITLE' THEN text_rule_holds(r.relation, p.title, r.condition)
            WHEN 'TYPE' THEN text_rule_holds(r.relation, p.product_type, r.condition)
            WHEN 'VENDOR' THEN text_rule_holds(r.relation, p.vendor, r.condition)
            ELSE false END AS holds) h
        GROUP BY p.store_id, r.collection_id, p.id
    ), by_variant AS (
        SELECT v.store_id, v.collection_id, v.product_id, bool_or(v."any") AS "any", bool_or(v.some_of_product) AS some_of_product,
            bool_or(v.all_hold) AS all_hold, bool_or(v.any_holds) AS any_holds
        FROM (
            SELECT v.store_id, r.collection_id, v.product_id, v.id, bool_or(r."any") AS "any", bool_or(r.some_of_product) AS some_of_product,
                bool_and(h.holds) AS all_hold, bool_or(h.holds) AS any_holds
            FROM variant v JOIN rule r ON r.store_id = v.store_id AND r.of_variant
            CROSS JOIN LATERAL (SELECT CASE r."column"
                WHEN 'VARIANT_PRICE' THEN number_rule_holds(r.relation, v.price_minor, r.amount)
                WHEN 'VARIANT_COMPARE_AT_PRICE' THEN number_rule_holds(r.relation, v.compare_at_minor, r.amount)
                WHEN 'VARIANT_INVENTORY' THEN number_rule_holds(r.relation, v.units, r.amount)
                ELSE false END AS holds) h
            GROUP BY v.store_id, r.collection_id, v.product_id, v.id
        ) v
        GROUP BY v.store_id, v.collection_id, v.product_id
    )
    SELECT store_id, collection_id, product_id, true
    FROM by_product p FULL JOIN by_variant v USING (store_id, collection_id, product_id)
    WHERE CASE WHEN coalesce(p."any", v."any") THEN coalesce(p.any_holds, false) OR coalesce(v.any_holds, false)
        ELSE coalesce(p.all_hold, NOT v.some_of_product) AND coalesce(v.all_hold, NOT p.some_of_variant) END
$$;
-- +goose StatementEnd

-- follow_rules makes the members by rule of the collections, as far as they are among the products, what the rules say. Planning
-- would take ten times as long as running does, so the plan is kept. It has to be right whatever the planner believes of a table of
-- members that was empty when it was last analysed, and is not any more: so members are looked up by their keys one by one (LATERAL,
-- OFFSET 0), and deleted by their places.
-- +goose StatementBegin
CREATE FUNCTION follow_rules(stores bigint[], collections bigint[], products bigint[]) RETURNS void LANGUAGE plpgsql
SET plan_cache_mode = force_generic_plan SET enable_seqscan = off AS $$
BEGIN
    WITH wrong AS MATERIALIZED (
        SELECT store_id, collection_id, product_id, m.by_rule, m.place
        FROM ruled_products(follow_rules.stores, follow_rules.collections, follow_rules.products) r
        FULL JOIN (
            SELECT cp.store_id, cp.collection_id, cp.product_id, cp.by_rule, cp.place
            FROM unnest(follow_rules.stores) AS s (id) CROSS JOIN unnest(follow_rules.products) AS k (id)
            CROSS JOIN LATERAL (
                SELECT c.store_id, c.collection_id, c.product_id, c.by_rule, c.ctid AS place FROM collection_products c
                WHERE c.store_id = s.id AND c.product_id = k.id AND c.collection_id = ANY (follow_rules.collections) OFFSET 0
            ) cp
        ) m USING (store_id, collection_id, product_id)
        WHERE m.by_rule IS NULL OR (r.ruled IS NULL AND m.by_rule)
    ), gone AS (
        DELETE FROM collection_products cp WHERE cp.ctid = ANY (ARRAY(SELECT w.place FROM wrong w WHERE w.by_rule)) AND cp.by_rule
    )
    INSERT INTO collection_products (store_id, collection_id, product_id, position, by_rule)
    SELECT w.store_id, w.collection_id, w.product_id, 0, true FROM wrong w WHERE w.by_rule IS NULL
    ORDER BY w.store_id, w.collection_id, w.product_id
    ON CONFLICT DO NOTHING;
END
$$;
-- +goose StatementEnd

-- products_changed is for the triggers below. Rules do not change while a product does: who changes products shares the
-- store's lock, who changes rules has it alone. And two changes of one product follow each other, so that each sees
-- what the other did. A store without automatic collections pays for the lock and one look into an empty index.
-- +goose StatementBegin
CREATE FUNCTION products_changed(stores bigint[], products bigint[], of_variants boolean) RETURNS void LANGUAGE plpgsql AS $$
DECLARE
    automatic bigint[];
BEGIN
    PERFORM pg_advisory_xact_lock_shared(hashtextextended('collection rules', s.id)) FROM (SELECT DISTINCT unnest(stores) AS id ORDER BY 1) s;
    SELECT array_agg(c.id) INTO automatic FROM collections c
    WHERE c.store_id = ANY (stores) AND c.rule_set IS NOT NULL AND EXISTS (
        SELECT FROM jsonb_array_elements(c.rule_set -> 'rules') r WHERE (r ->> 'column' LIKE 'VARIANT%') = of_variants);
    IF automatic IS NULL THEN
        RETURN;
    END IF;
    PERFORM FROM products p WHERE p.store_id = ANY (stores) AND p.id = ANY (products_changed.products) ORDER BY p.store_id, p.id FOR NO KEY UPDATE;
    PERFORM follow_rules(stores, automatic, products_changed.products);
END
$$;
-- +goose StatementEnd

-- +goose StatementBegin
CREATE FUNCTION follow_new_products() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    stores bigint[];
    products bigint[];
BEGIN
    SELECT array_agg(DISTINCT n.store_id), array_agg(n.id) INTO stores, products FROM new_rows n;
    IF stores IS NOT NULL THEN
        PERFORM products_changed(stores, products, false);
    END IF;
    RETURN NULL;
END
$$;
-- +goose StatementEnd

-- +goose StatementBegin
CREATE FUNCTION follow_changed_products() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    stores bigint[];
    products bigint[];
BEGIN
    -- What stands on one side alone has changed. No join: its plan would be kept from the first statement of the connection, which
    -- may have changed one row, and a nested loop over two batches is their square.
    SELECT array_agg(DISTINCT c.store_id), array_agg(DISTINCT c.id) INTO stores, products
    FROM (
        SELECT u.store_id, u.id FROM (
            SELECT store_id, id, title, vendor, product_type, tags FROM new_rows
            UNION ALL SELECT store_id, id, title, vendor, product_type, tags FROM old_rows
        ) u GROUP BY u.store_id, u.id, u.title, u.vendor, u.product_type, u.tags HAVING count(*) = 1
    ) c;
    IF stores IS NOT NULL THEN
        PERFORM products_changed(stores, products, false);
    END IF;
    RETURN NULL;
END
$$;
-- +goose StatementEnd

-- For variants that are new and for those that are gone.
-- +goose StatementBegin
CREATE FUNCTION follow_other_variants() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    stores bigint[];
    products bigint[];
BEGIN
    SELECT array_agg(DISTINCT r.store_id), array_agg(DISTINCT r.product_id) INTO stores, products FROM changed_rows r;
    IF stores IS NOT NULL THEN
        PERFORM products_changed(stores, products, true);
    END IF;
    RETURN NULL;
END
$$;
-- +goose StatementEnd

-- A variant whose product or key changed counts for both.
-- +goose StatementBegin
CREATE FUNCTION follow_changed_variants() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    stores bigint[];
    products bigint[];
BEGIN
    SELECT array_agg(DISTINCT c.store_id), array_agg(DISTINCT c.product_id) INTO stores, products
    FROM (
        SELECT u.store_id, u.product_id FROM (
            SELECT store_id, id, product_id, price_minor, compare_at_minor, inventory_quantity, inventory_tracked FROM new_rows
            UNION ALL SELECT store_id, id, product_id, price_minor, compare_at_minor, inventory_quantity, inventory_tracked FROM old_rows
        ) u
        GROUP BY u.store_id, u.id, u.product_id, u.price_minor, u.compare_at_minor, u.inventory_quantity, u.inventory_tracked
        HAVING count(*) = 1
    ) c;
    IF stores IS NOT NULL THEN
        PERFORM products_changed(stores, products, true);
    END IF;
    RETURN NULL;
END
$$;
-- +goose StatementEnd

-- +goose StatementBegin
CREATE FUNCTION follow_changed_rules() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    few bigint[];
BEGIN
    PERFORM pg_advisory_xact_lock(hashtextextended('collection rules', NEW.store_id));
    -- A few at a time: the plan of follow_rules is made for few, and what it costs grows with the square.
    FOR few IN
        SELECT array_agg(p.id) FROM (
            SELECT id, (row_number() OVER (ORDER BY id) - 1) / 500 AS n FROM products WHERE store_id = NEW.store_id
        ) p GROUP BY p.n ORDER BY p.n
    LOOP
        PERFORM follow_rules(ARRAY[NEW.store_id], ARRAY[NEW.id], few);
    END LOOP;
    RETURN NULL;
END
$$;
-- +goose StatementEnd

CREATE TRIGGER products_follow_insert AFTER INSERT ON products
    REFERENCING NEW TABLE AS new_rows FOR EACH STATEMENT EXECUTE FUNCTION follow_new_products();
CREATE TRIGGER products_follow_update AFTER UPDATE ON products
    REFERENCING OLD TABLE AS old_rows NEW TABLE AS new_rows FOR EACH STATEMENT EXECUTE FUNCTION follow_changed_products();
CREATE TRIGGER product_variants_follow_insert AFTER INSERT ON product_variants
    REFERENCING NEW TABLE AS changed_rows FOR EACH STATEMENT EXECUTE FUNCTION follow_other_variants();
CREATE TRIGGER product_variants_follow_delete AFTER DELETE ON product_variants
    REFERENCING OLD TABLE AS changed_rows FOR EACH STATEMENT EXECUTE FUNCTION follow_other_variants();
CREATE TRIGGER product_variants_follow_update AFTER UPDATE ON product_variants
    REFERENCING OLD TABLE AS old_rows NEW TABLE AS new_rows FOR EACH STATEMENT EXECUTE FUNCTION follow_changed_variants();
CREATE TRIGGER collections_follow_insert AFTER INSERT ON collections
    FOR EACH ROW WHEN (NEW.rule_set IS NOT NULL) EXECUTE FUNCTION follow_changed_rules();
CREATE TRIGGER collections_follow_update AFTER UPDATE ON collections
    FOR EACH ROW WHEN (NEW.rule_set IS DISTINCT FROM OLD.rule_set) EXECUTE FUNCTION follow_changed_rules();

-- A metafield belongs to a product, a variant, a collection or the store itself. What it belongs to takes it along: the generated
-- columns are there for the foreign keys alone, so that nobody can leave one behind, psql included.
CREATE TABLE metafields (
    store_id      bigint NOT NULL REFERENCES stores (id) ON DELETE CASCADE,
    owner_kind    text NOT NULL CHECK (owner_kind IN ('Product', 'ProductVariant', 'Collection', 'Store')),
    owner_id      bigint NOT NULL CHECK (owner_kind <> 'Store' OR owner_id = store_id),
    namespace     text NOT NULL CHECK (namespace <> ''),
    key           text NOT NULL CHECK (key <> ''),
    id            bigint GENERATED ALWAYS AS IDENTITY,
    type          text NOT NULL CHECK (type <> ''),
    value         text NOT NULL,
    description   text NOT NULL DEFAULT '',
    visible       boolean NOT NULL DEFAULT true, -- to buyers
    created_at    timestamptz NOT NULL DEFAULT now(),
    updated_at    timestamptz NOT NULL DEFAULT now(),
    product_id    bigint GENERATED ALWAYS AS (CASE WHEN owner_kind = 'Product' THEN owner_id END) STORED,
    variant_id    bigint GENERATED ALWAYS AS (CASE WHEN owner_kind = 'ProductVariant' THEN owner_id END) STORED,
    collection_id bigint GENERATED ALWAYS AS (CASE WHEN owner_kind = 'Collection' THEN owner_id END) STORED,
    PRIMARY KEY (store_id, owner_kind, owner_id, namespace, key),
    UNIQUE (store_id, id),
    FOREIGN KEY (store_id, product_id) REFERENCES products (store_id, id) ON DELETE CASCADE,
    FOREIGN KEY (store_id, variant_id) REFERENCES product_variants (store_id, id) ON DELETE CASCADE,
    FOREIGN KEY (store_id, collection_id) REFERENCES collections (store_id, id) ON DELETE CASCADE
);
-- Each looks up what goes with an owner that is deleted.
CREATE INDEX metafields_product ON metafields (store_id, product_id) WHERE product_id IS NOT NULL;
CREATE INDEX metafields_variant ON metafields (store_id, variant_id) WHERE variant_id IS NOT NULL;
CREATE INDEX metafields_collection ON metafields (store_id, collection_id) WHERE collection_id IS NOT NULL;
CREATE TRIGGER metafields_touch BEFORE UPDATE ON metafields FOR EACH ROW
    WHEN ((OLD.type, OLD.value, OLD.description, OLD.visible) IS DISTINCT FROM (NEW.type, NEW.value, NEW.description, NEW.visible))
    EXECUTE FUNCTION touch_updated_at();

-- +goose Down
DROP TABLE metafields;
DROP TRIGGER collections_follow_update ON collections;
DROP TRIGGER collections_follow_insert ON collections;
DROP TRIGGER product_variants_follow_update ON product_variants;
DROP TRIGGER product_variants_follow_delete ON product_variants;
DROP TRIGGER product_variants_follow_insert ON product_variants;
DROP TRIGGER products_follow_update ON products;
DROP TRIGGER products_follow_insert ON products;
DROP FUNCTION follow_changed_rules, follow_changed_variants, follow_other_variants, follow_changed_products, follow_new_products,
    products_changed, follow_rules, ruled_products, number_rule_holds, text_rule_holds;
ALTER TABLE collection_products DROP COLUMN by_rule;
DROP TABLE collection_redirects;
DROP INDEX collections_automatic;
ALTER TABLE collections DROP COLUMN seo_title, DROP COLUMN seo_description, DROP COLUMN sort_order, DROP COLUMN rule_set;
