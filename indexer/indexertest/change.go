package indexertest

import (
	"fmt"
	"math/rand/v2"
	"strings"
)

// Changes makes random transactions over a catalogue, as text. The same seed makes the same texts.
type Changes struct {
	chance *rand.Rand
	c      Catalogue
}

// NewChanges is one of several sources of transactions for a catalogue. Those of one seed differ by their number.
func NewChanges(seed, number uint64, c Catalogue) *Changes {
	return &Changes{rand.New(rand.NewPCG(seed, number)), c}
}

// oneIn reports whether something happens that does so once in n times.
func (m *Changes) oneIn(n int) bool { return m.chance.IntN(n) == 0 }

func (m *Changes) store() int64 { return m.c.stores[m.chance.IntN(len(m.c.stores))] }

// product is a subquery for some product of a store.
func (m *Changes) product(store int64) string {
	return fmt.Sprintf(`(SELECT id FROM products WHERE store_id = %d ORDER BY md5(id || '%d') LIMIT 1)`, store, m.chance.Uint32())
}

// row is a condition for some row of a table in a small store.
func (m *Changes) row(table, column string) string {
	store := m.store()
	return fmt.Sprintf(`store_id = %d AND %s = (SELECT %s FROM %s WHERE store_id = %d ORDER BY md5(%s || '%d') LIMIT 1)`,
		store, column, column, table, store, column, m.chance.Uint32())
}

// Next is one transaction: a few changes that commit together, or not at all. One in four takes its time, so that others commit between
// its first change and its end.
func (m *Changes) Next() string {
	parts := []string{"BEGIN"}
	if m.oneIn(50) { // first, or two of them would wait for each other
		parts = append(parts, m.describeAnew(m.chance.Uint32()))
	}
	slow := m.oneIn(4)
	for range 1 + m.chance.IntN(4) {
		parts = append(parts, m.change())
		if slow {
			parts = append(parts, fmt.Sprintf(`SELECT pg_sleep(%.3f)`, 0.01+0.1*m.chance.Float64()))
		}
		if m.oneIn(6) {
			parts = append(parts, "SAVEPOINT s", m.change(), "ROLLBACK TO s")
		}
	}
	end := "COMMIT"
	if m.oneIn(10) {
		end = "ROLLBACK"
	}
	return strings.Join(append(parts, end), "; ")
}

// change is one statement.
func (m *Changes) change() string {
	if m.oneIn(300) { // rarely: six writers must not write more than an indexer beside them can index
		return m.editMany(m.chance.Uint32())
	}
	kinds := []func(n uint32) string{
		m.insertProduct, m.insertProduct, m.deleteProduct, m.editProduct, m.editProduct, m.editProduct, m.publish, m.moveProduct,
		m.insertVariant, m.insertVariant, m.priceVariant, m.stock, m.moveVariant, m.deleteVariant,
		m.insertOption, m.renameOption, m.moveOption, m.deleteOption,
		m.join, m.join, m.moveMembership, m.leave,
		m.setMetafield, m.setMetafield, m.moveMetafield, m.deleteMetafield,
		m.editOneOfMany,
	}
	return kinds[m.chance.IntN(len(kinds))](m.chance.Uint32())
}

func (m *Changes) insertProduct(n uint32) string {
	return fmt.Sprintf(`INSERT INTO products (store_id, handle, title, status, published_at) VALUES (%d, 'p-%d', 'Title %d', 'ACTIVE', now()) ON CONFLICT DO NOTHING`,
		m.store(), n%smallStore, n)
}

func (m *Changes) deleteProduct(uint32) string {
	return `DELETE FROM products WHERE ` + m.row("products", "id")
}

func (m *Changes) editProduct(n uint32) string {
	return fmt.Sprintf(`UPDATE products SET title = 'New %d', tags = '{a,t%d}', vendor = 'V %d' WHERE %s`, n, n%5, n%3, m.row("products", "id"))
}

// editMany changes some two hundred products of the large store, more than an indexer takes in their turn, and takes one in eight of them off the shelf at times.
func (m *Changes) editMany(n uint32) string {
	some := fmt.Sprintf(`store_id = %d AND id %% 12 = %d`, m.c.large, n%12)
	if m.oneIn(4) {
		return fmt.Sprintf(`UPDATE products SET status = CASE WHEN id %% 8 = %d THEN 'DRAFT' ELSE 'ACTIVE' END WHERE %s`, n%8, some)
	}
	return fmt.Sprintf(`UPDATE products SET title = 'Many %d' WHERE %s`, n, some)
}

func (m *Changes) editOneOfMany(uint32) string { return m.LateComer() }

func (m *Changes) publish(n uint32) string {
	return fmt.Sprintf(`UPDATE products SET status = '%s' WHERE %s`, []string{"ACTIVE", "ACTIVE", "DRAFT", "ARCHIVED"}[n%4], m.row("products", "id"))
}

// moveProduct gives a product that nothing hangs on another key: it moves to the other store, or gets another id.
func (m *Changes) moveProduct(n uint32) string {
	other := fmt.Sprintf(`store_id = %d + %d - store_id, handle = 'moved-%d'`, m.c.stores[0], m.c.stores[1], n%smallStore)
	return fmt.Sprintf(`UPDATE products p SET %s WHERE %s
		AND NOT EXISTS (SELECT FROM product_variants c WHERE (c.store_id, c.product_id) = (p.store_id, p.id))
		AND NOT EXISTS (SELECT FROM product_options c WHERE (c.store_id, c.product_id) = (p.store_id, p.id))
		AND NOT EXISTS (SELECT FROM collection_products c WHERE (c.store_id, c.product_id) = (p.store_id, p.id))
		AND NOT EXISTS (SELECT FROM metafields c WHERE (c.store_id, c.product_id) = (p.store_id, p.id))`,
		[]string{other, `id = DEFAULT`}[n%2], m.row("products", "id"))
}

func (m *Changes) insertVariant(n uint32) string {
	store := m.store()
	return fmt.Sprintf(`INSERT INTO product_variants (store_id, product_id, position, sku, option_values, price_minor, inventory_tracked)
		SELECT %d, p, 1, 's%d', '{M}', %d, %t FROM (SELECT %s AS p) x WHERE p IS NOT NULL`, store, n, n%1000, n%2 == 0, m.product(store))
}

func (m *Changes) priceVariant(n uint32) string {
	return fmt.Sprintf(`UPDATE product_variants SET price_minor = %d WHERE %s`, n%1000, m.row("product_variants", "id"))
}

// stock changes a level. What buyers see of it is kept by a trigger.
func (m *Changes) stock(n uint32) string {
	return fmt.Sprintf(`UPDATE inventory_levels SET on_hand = %d WHERE %s`, n%2, m.row("inventory_levels", "variant_id"))
}

func (m *Changes) moveVariant(uint32) string { return m.move("product_variants", "id") }

// move gives a row to another product of its store.
func (m *Changes) move(table, column string) string {
	return fmt.Sprintf(`UPDATE %[1]s c SET product_id = coalesce((SELECT id FROM products p WHERE p.store_id = c.store_id ORDER BY md5(p.id || '%[2]d') LIMIT 1), product_id)
		WHERE %[3]s`, table, m.chance.Uint32(), m.row(table, column))
}

func (m *Changes) deleteVariant(uint32) string {
	return `DELETE FROM product_variants WHERE ` + m.row("product_variants", "id")
}

func (m *Changes) insertOption(n uint32) string {
	store := m.store()
	return fmt.Sprintf(`INSERT INTO product_options (store_id, product_id, position, name, values)
		SELECT %d, p, 1, 'Option %d', '{M}' FROM (SELECT %s AS p) x WHERE p IS NOT NULL`, store, n%7, m.product(store))
}

func (m *Changes) renameOption(n uint32) string {
	return fmt.Sprintf(`UPDATE product_options SET name = 'Renamed %d' WHERE %s`, n%7, m.row("product_options", "id"))
}

func (m *Changes) moveOption(uint32) string { return m.move("product_options", "id") }

func (m *Changes) deleteOption(uint32) string {
	return `DELETE FROM product_options WHERE ` + m.row("product_options", "id")
}

func (m *Changes) join(n uint32) string {
	store := m.store()
	return fmt.Sprintf(`INSERT INTO collection_products (store_id, collection_id, product_id, position)
		SELECT c.store_id, c.id, p, 1 FROM collections c, (SELECT %s AS p) x WHERE c.store_id = %d AND c.handle = 'c%d' AND p IS NOT NULL ON CONFLICT DO NOTHING`,
		m.product(store), store, n%4)
}

// moveMembership puts another product into a collection in place of one. It is refused when that is there already.
func (m *Changes) moveMembership(uint32) string {
	return m.move("collection_products", "product_id") + fmt.Sprintf(` AND c.ctid = (SELECT ctid FROM collection_products o
		WHERE (o.store_id, o.product_id) = (c.store_id, c.product_id) ORDER BY md5(o.collection_id || '%d') LIMIT 1)`, m.chance.Uint32())
}

func (m *Changes) leave(uint32) string {
	return `DELETE FROM collection_products WHERE ` + m.row("collection_products", "product_id")
}

func (m *Changes) setMetafield(n uint32) string {
	store := m.store()
	return fmt.Sprintf(`INSERT INTO metafields (store_id, owner_kind, owner_id, namespace, key, type, value, visible)
		SELECT %d, 'Product', p, 'custom', 'k%d', 'single_line_text_field', 'v%d', %t FROM (SELECT %s AS p) x WHERE p IS NOT NULL
		ON CONFLICT (store_id, owner_kind, owner_id, namespace, key) DO UPDATE SET value = EXCLUDED.value, visible = EXCLUDED.visible`,
		store, n%3, n%5, n%4 > 0, m.product(store))
}

// moveMetafield gives a metafield to another product, or to the store, whose metafields are in no document.
func (m *Changes) moveMetafield(n uint32) string {
	store := m.store()
	owner := fmt.Sprintf(`owner_id = coalesce(%s, owner_id)`, m.product(store))
	if n%3 == 0 {
		owner = `owner_kind = 'Store', owner_id = store_id`
	}
	return fmt.Sprintf(`UPDATE metafields m SET %s, key = 'moved-%d' WHERE store_id = %d
		AND id = (SELECT id FROM metafields WHERE store_id = %d ORDER BY md5(id || '%d') LIMIT 1)
		AND NOT EXISTS (SELECT FROM metafields o WHERE o.store_id = m.store_id AND o.key = 'moved-%d')`, owner, n, store, store, n, n)
}

func (m *Changes) deleteMetafield(uint32) string {
	return `DELETE FROM metafields WHERE ` + m.row("metafields", "id")
}

// describeAnew alters a table: the log describes it anew before its next row.
func (m *Changes) describeAnew(n uint32) string {
	table := []string{"products", "product_variants", "product_options", "collection_products"}[n%4]
	if n%8 < 4 {
		return fmt.Sprintf(`ALTER TABLE %s ADD COLUMN IF NOT EXISTS scratch integer DEFAULT %d`, table, n%100)
	}
	return fmt.Sprintf(`ALTER TABLE %s DROP COLUMN IF EXISTS scratch`, table)
}

// Vast is one statement over more products than an indexer takes in one go, with a few changes beside it.
func (m *Changes) Vast() string {
	n := m.chance.Uint32()
	statement := fmt.Sprintf(`UPDATE products SET title = 'Vast %d' || id WHERE store_id = %d`, n, m.c.large)
	if m.oneIn(4) { // half of them go, and come back with other ids
		statement = fmt.Sprintf(`WITH gone AS (DELETE FROM products WHERE store_id = %[1]d AND id %% 2 = %[2]d RETURNING handle)
			INSERT INTO products (store_id, handle, title, status, published_at) SELECT %[1]d, handle || 'n', 'Back %[3]d', 'ACTIVE', now() FROM gone`,
			m.c.large, n%2, n)
	}
	return strings.Join([]string{"BEGIN", m.change(), statement, m.change(), "COMMIT"}, "; ")
}

// LateComer changes a product of the large store, as somebody may while a vast transaction is under way.
func (m *Changes) LateComer() string {
	return fmt.Sprintf(`UPDATE products SET title = 'Late %d' WHERE store_id = %d AND id = %s`, m.chance.Uint32(), m.c.large, m.product(m.c.large))
}

// Truncate empties a table: no row says which documents change.
func (m *Changes) Truncate() string {
	return "TRUNCATE " + []string{"product_options", "collection_products", "metafields"}[m.chance.IntN(3)]
}
