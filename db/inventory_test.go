package db_test

import (
	"context"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/kirana-commerce/kirana/commerce"
	"github.com/kirana-commerce/kirana/db/dbtest"
)

// stockroom is a store with one product of three variants, of which there are 0, 1 and 2, and two locations.
type stockroom struct {
	*dbtest.Database

	store    *commerce.Store
	variants []string
	// shop is the default location, cellar the other.
	shop, cellar string
}

func newStockroom(tb testing.TB) *stockroom {
	tb.Helper()
	return furnish(tb, dbtest.New(tb), "alpha")
}

func furnish(tb testing.TB, d *dbtest.Database, handle string) *stockroom {
	tb.Helper()
	s := &stockroom{Database: d, store: openStore(tb, d.DB, handle)}
	upsert(tb, d.DB, s.store, product("tea"))
	cellar, err := d.AddLocation(tb.Context(), commerce.Author{}, s.store, commerce.LocationInput{Name: new("Cellar")})
	require.NoError(tb, err)
	s.cellar = cellar.NodeID().String()
	for _, row := range queryRows(tb, d, `SELECT id FROM locations WHERE store_id = $1 AND is_default`, int64(s.store.ID)) {
		s.shop = "gid://kirana/Location/" + strconv.FormatInt(int64(s.store.ID), 10) + "/" + row[0]
	}
	for _, row := range queryRows(tb, d, `SELECT id FROM product_variants WHERE store_id = $1 ORDER BY id`, int64(s.store.ID)) {
		s.variants = append(s.variants, "gid://kirana/ProductVariant/"+strconv.FormatInt(int64(s.store.ID), 10)+"/"+row[0])
	}
	return s
}

// set is a line that sets a quantity.
func set(variant, location string, quantity int, compare *int) *commerce.InventoryQuantityInput {
	return &commerce.InventoryQuantityInput{VariantID: variant, LocationID: location, Quantity: quantity, CompareQuantity: compare}
}

// add is a line that adds to a quantity.
func add(variant, location string, delta int) *commerce.InventoryChangeInput {
	return &commerce.InventoryChangeInput{VariantID: variant, LocationID: location, Delta: delta}
}

// set sets what is on hand, if it is what the lines say.
func (s *stockroom) set(ctx context.Context, lines ...*commerce.InventoryQuantityInput) (*commerce.InventoryAdjustmentGroup, error) {
	return s.setAs(ctx, commerce.Author{}, commerce.InventorySetQuantitiesInput{
		Name: commerce.InventoryOnHand, Reason: commerce.InventoryCycleCount, Quantities: lines,
	})
}

func (s *stockroom) setAs(ctx context.Context, by commerce.Author, in commerce.InventorySetQuantitiesInput) (*commerce.InventoryAdjustmentGroup, error) {
	change, err := in.Change(s.store.ID)
	if err != nil {
		return nil, err
	}
	return s.ChangeStock(ctx, by, s.store, change)
}

// adjust adds to what is on hand.
func (s *stockroom) adjust(ctx context.Context, lines ...*commerce.InventoryChangeInput) (*commerce.InventoryAdjustmentGroup, error) {
	return s.adjustAs(ctx, commerce.Author{}, commerce.InventoryAdjustQuantitiesInput{
		Name: commerce.InventoryOnHand, Reason: commerce.InventoryReceived, Changes: lines,
	})
}

func (s *stockroom) adjustAs(ctx context.Context, by commerce.Author, in commerce.InventoryAdjustQuantitiesInput) (*commerce.InventoryAdjustmentGroup, error) {
	change, err := in.Change(s.store.ID)
	if err != nil {
		return nil, err
	}
	return s.ChangeStock(ctx, by, s.store, change)
}

// requireExplained holds every quantity of the database against its levels, and every level against its ledger.
func requireExplained(tb require.TestingT, d *dbtest.Database) {
	differences, err := d.CheckInventory(context.Background(), 0)
	require.NoError(tb, err)
	require.Empty(tb, differences)
}

// ledger is what the ledger has of a store since the entry with an id, oldest first.
func (s *stockroom) ledger(tb testing.TB, since string) [][]string {
	tb.Helper()
	return queryRows(tb, s.Database, `
SELECT g.variant_id, l.is_default, g.delta_on_hand, g.on_hand, g.reason, g.reference, g.merchant_id, g.api_key_id FROM inventory_ledger g
JOIN locations l ON l.store_id = g.store_id AND l.id = g.location_id WHERE g.store_id = $1 AND g.id > $2 ORDER BY g.id`, int64(s.store.ID), since)
}

func (s *stockroom) last(tb testing.TB) string {
	tb.Helper()
	return queryRows(tb, s.Database, `SELECT coalesce(max(id), 0) FROM inventory_ledger`)[0][0]
}

// quantities are those of the variants, as buyers see them.
func (s *stockroom) quantities(tb testing.TB) string {
	tb.Helper()
	return queryRows(tb, s.Database, `SELECT string_agg(inventory_quantity::text, ' ' ORDER BY id) FROM product_variants WHERE store_id = $1`, int64(s.store.ID))[0][0]
}

func numberOf(gid string) string { return gid[strings.LastIndexByte(gid, '/')+1:] }

func TestChangeStock(t *testing.T) {
	t.Parallel()
	s := newStockroom(t)
	require.Equal(t, "0 1 2", s.quantities(t))
	last := s.last(t)

	reference := "po:42"
	group, err := s.setAs(t.Context(), commerce.Author{Merchant: 7}, commerce.InventorySetQuantitiesInput{
		Name: commerce.InventoryOnHand, Reason: commerce.InventoryCycleCount, ReferenceDocumentURI: &reference,
		Quantities: []*commerce.InventoryQuantityInput{
			set(s.variants[1], s.shop, 5, new(1)), set(s.variants[2], s.shop, 2, new(2)), set(s.variants[1], s.cellar, 10, new(0)),
		},
	})
	require.NoError(t, err)
	require.Equal(t, &reference, group.ReferenceDocumentURI)
	require.Len(t, group.Changes, 2, "a quantity that stays is no change")
	require.Equal(t, []int{4, 10}, []int{group.Changes[0].Delta, group.Changes[1].Delta})
	require.Equal(t, []int{5, 10}, []int{group.Changes[0].QuantityAfterChange, group.Changes[1].QuantityAfterChange})
	require.Equal(t, "0 15 2", s.quantities(t))

	_, err = s.adjustAs(t.Context(), commerce.Author{Key: 9}, commerce.InventoryAdjustQuantitiesInput{
		Name: commerce.InventoryAvailable, Reason: commerce.InventoryDamaged, Changes: []*commerce.InventoryChangeInput{add(s.variants[1], s.cellar, -3)},
	})
	require.NoError(t, err)
	require.Equal(t, "0 12 2", s.quantities(t))
	second := numberOf(s.variants[1])
	require.Equal(t, [][]string{
		{second, "true", "4", "5", "CYCLE_COUNT", "po:42", "7", "NULL"},
		{second, "false", "10", "10", "CYCLE_COUNT", "po:42", "7", "NULL"},
		{second, "false", "-3", "7", "DAMAGED", "", "NULL", "9"},
	}, s.ledger(t, last))
	require.Equal(t, [][]string{
		{"7", "NULL", "inventorySetQuantities", `{"lines": 3, "reason": "CYCLE_COUNT", "changed": 2}`},
		{"NULL", "9", "inventoryAdjustQuantities", `{"lines": 1, "reason": "DAMAGED", "changed": 1}`},
	}, queryRows(t, s.Database, `SELECT merchant_id, api_key_id, action, detail FROM audit_log WHERE action LIKE 'inventory%' ORDER BY id`))
	requireExplained(t, s.Database)
}

// What is set as available leaves what is reserved alone.
func TestSetAvailable(t *testing.T) {
	t.Parallel()
	s := newStockroom(t)
	run(t, s.Database, `UPDATE inventory_levels SET on_hand = 10, reserved = 4 WHERE variant_id = $1`, numberOf(s.variants[0]))
	require.Equal(t, "6 1 2", s.quantities(t))
	group, err := s.setAs(t.Context(), commerce.Author{}, commerce.InventorySetQuantitiesInput{
		Name: commerce.InventoryAvailable, Reason: commerce.InventoryCorrection,
		Quantities: []*commerce.InventoryQuantityInput{set(s.variants[0], s.shop, 8, new(6))},
	})
	require.NoError(t, err)
	require.Equal(t, 8, group.Changes[0].QuantityAfterChange)
	require.Equal(t, [][]string{{"12", "4"}}, queryRows(t, s.Database, `SELECT on_hand, reserved FROM inventory_levels WHERE variant_id = $1`, numberOf(s.variants[0])))
	require.Equal(t, "8 1 2", s.quantities(t))
	_, err = s.set(t.Context(), set(s.variants[0], s.shop, 3, new(12)))
	require.NoError(t, err, "a count is a count, whatever was promised")
	require.Equal(t, "-1 1 2", s.quantities(t))
	requireExplained(t, s.Database)
}

// Whatever way the quantity is written, the ledger says so.
func TestEveryChangeIsExplained(t *testing.T) {
	t.Parallel()
	s := newStockroom(t)
	ids := make([]string, 3)
	for i, v := range s.variants {
		ids[i] = numberOf(v)
	}
	in := product("tea")
	in.Variants[0].InventoryQuantity, in.Variants[2].PriceMinor = 7, 1
	in.Variants = append(in.Variants, in.Variants[0])
	in.Variants[3].Options = []string{"XL", "Red"}
	last := s.last(t)
	upsert(t, s.DB, s.store, in)
	newest := queryRows(t, s.Database, `SELECT max(id) FROM product_variants`)[0][0]
	require.ElementsMatch(t, [][]string{
		{ids[0], "true", "7", "7", "IMPORT", "", "NULL", "NULL"},
		{newest, "true", "7", "7", "IMPORT", "", "NULL", "NULL"},
	}, s.ledger(t, last))

	last = s.last(t)
	run(t, s.Database, `UPDATE product_variants SET inventory_quantity = inventory_quantity - 1, position = position WHERE id = $1`, ids[0])
	run(t, s.Database, `UPDATE product_variants SET position = 9`)
	run(t, s.Database, `UPDATE inventory_levels SET on_hand = 20 WHERE variant_id = $1`, ids[1])
	require.Equal(t, [][]string{
		{ids[0], "true", "-1", "6", "CORRECTION", "", "NULL", "NULL"},
		{ids[1], "true", "19", "20", "CORRECTION", "", "NULL", "NULL"},
	}, s.ledger(t, last))
	require.Equal(t, "6 20 2 7", s.quantities(t))
	requireExplained(t, s.Database)

	last = s.last(t)
	in.Variants = in.Variants[:1]
	upsert(t, s.DB, s.store, in)
	require.Len(t, s.ledger(t, last), 4, "the only variant's quantity, and the three that are gone")
	run(t, s.Database, `DELETE FROM products`)
	requireExplained(t, s.Database)
	require.Equal(t, [][]string{{"0", "0"}}, queryRows(t, s.Database, `SELECT (SELECT count(*) FROM inventory_levels), sum(delta_on_hand) FROM inventory_ledger`))

	upsert(t, s.DB, s.store, product("tea"))
	run(t, s.Database, `TRUNCATE products CASCADE`)
	requireExplained(t, s.Database)
}

// A store with its ledger can be deleted once it sells nothing; what the ledger tells stays.
func TestLedgerOutlivesTheStore(t *testing.T) {
	t.Parallel()
	s := newStockroom(t)
	entries := queryRows(t, s.Database, `SELECT count(*) FROM inventory_ledger`)
	require.Equal(t, [][]string{{"2"}}, entries, "of the one variant there is nothing")
	run(t, s.Database, `DELETE FROM products`)
	run(t, s.Database, `DELETE FROM collections`)
	run(t, s.Database, `DELETE FROM stores`)
	require.Equal(t, [][]string{{"4"}}, queryRows(t, s.Database, `SELECT count(*) FROM inventory_ledger`))
	require.Empty(t, queryRows(t, s.Database, `SELECT id FROM locations`))
	requireExplained(t, s.Database)
}

// What would break the books is refused by the database itself.
func TestBooksCannotBeCooked(t *testing.T) {
	t.Parallel()
	s := newStockroom(t)
	before := queryRows(t, s.Database, `SELECT count(*), sum(delta_on_hand) FROM inventory_ledger`)
	for _, text := range []string{
		`UPDATE inventory_ledger SET delta_on_hand = 5`,
		`DELETE FROM inventory_ledger`,
		`TRUNCATE inventory_ledger`,
		`DELETE FROM inventory_levels`,
		`TRUNCATE inventory_levels`,
		`UPDATE inventory_levels SET location_id = location_id + 1`,
		`UPDATE inventory_levels SET reserved = -1`,
		`UPDATE inventory_levels SET on_hand = 2147483647, reserved = 0; UPDATE product_variants SET inventory_quantity = -2147483648; UPDATE inventory_levels SET on_hand = on_hand - 1`,
		`INSERT INTO inventory_levels (store_id, variant_id, location_id) SELECT store_id, 999, id FROM locations`,
		`INSERT INTO inventory_levels (store_id, variant_id, location_id) SELECT store_id, id, 999 FROM product_variants`,
		`DELETE FROM locations`,
		`UPDATE locations SET active = false WHERE is_default`,
		`SELECT set_config('kirana.stock_reason', 'MAGIC', false); UPDATE product_variants SET inventory_quantity = 77`,
		`UPDATE locations SET is_default = false; UPDATE product_variants SET inventory_quantity = 77`,
	} {
		conn, err := s.SQL.Conn(t.Context())
		require.NoError(t, err)
		_, err = conn.ExecContext(t.Context(), "BEGIN; "+text+"; COMMIT")
		require.Error(t, err, text)
		_, err = conn.ExecContext(t.Context(), "ROLLBACK; RESET ALL")
		require.NoError(t, err)
		require.NoError(t, conn.Close())
	}
	require.Equal(t, before, queryRows(t, s.Database, `SELECT count(*), sum(delta_on_hand) FROM inventory_ledger`))
	require.Equal(t, "0 1 2", s.quantities(t))
	requireExplained(t, s.Database)
}

// The check finds what it is there for. Triggers are switched off to make the faults.
func TestCheckInventory(t *testing.T) {
	t.Parallel()
	d := dbtest.New(t)
	s, other := furnish(t, d, "alpha"), furnish(t, d, "beta")
	variant := func(s *stockroom, i int) commerce.VariantID {
		n, err := strconv.ParseInt(numberOf(s.variants[i]), 10, 64)
		require.NoError(t, err)
		return commerce.VariantID(n)
	}
	shop, err := strconv.ParseInt(numberOf(s.shop), 10, 64)
	require.NoError(t, err)
	behind := func(text string, args ...any) {
		conn, err := d.SQL.Conn(t.Context())
		require.NoError(t, err)
		_, err = conn.ExecContext(t.Context(), `SET session_replication_role = replica`)
		require.NoError(t, err)
		_, err = conn.ExecContext(t.Context(), text, args...)
		require.NoError(t, err)
		_, err = conn.ExecContext(t.Context(), `RESET session_replication_role`)
		require.NoError(t, err)
		require.NoError(t, conn.Close())
	}
	behind(`UPDATE inventory_levels SET on_hand = 9, reserved = 3 WHERE variant_id = $1`, int64(variant(s, 0)))
	behind(`UPDATE product_variants SET inventory_quantity = 50 WHERE id = $1`, int64(variant(s, 1)))
	behind(`DELETE FROM inventory_levels WHERE variant_id = $1`, int64(variant(s, 2)))
	differences, err := d.CheckInventory(t.Context(), s.store.ID)
	require.NoError(t, err)
	require.Equal(t, []commerce.InventoryDifference{
		{Store: "alpha", Variant: variant(s, 0), What: "inventory_quantity", Stored: 0, Expected: 6},
		{Store: "alpha", Variant: variant(s, 0), Location: commerce.LocationID(shop), What: "on_hand", Stored: 9, Expected: 0},
		{Store: "alpha", Variant: variant(s, 0), Location: commerce.LocationID(shop), What: "reserved", Stored: 3, Expected: 0},
		{Store: "alpha", Variant: variant(s, 1), What: "inventory_quantity", Stored: 50, Expected: 1},
		{Store: "alpha", Variant: variant(s, 2), What: "inventory_quantity", Stored: 2, Expected: 0},
		{Store: "alpha", Variant: variant(s, 2), Location: commerce.LocationID(shop), What: "on_hand", Stored: 0, Expected: 2},
	}, differences)
	all, err := d.CheckInventory(t.Context(), 0)
	require.NoError(t, err)
	require.Equal(t, differences, all)
	none, err := d.CheckInventory(t.Context(), other.store.ID)
	require.NoError(t, err)
	require.Empty(t, none)
}

// The history of a variant, the newest change first, says who did what.
func TestHistory(t *testing.T) {
	t.Parallel()
	s := newStockroom(t)
	run(t, s.Database, `INSERT INTO merchants (email, name, password_hash) VALUES ('a@example.com', 'Asha', 'x')`)
	for i, by := range []commerce.Author{{Merchant: 1}, {Key: 4}, {}} {
		_, err := s.adjustAs(t.Context(), by, commerce.InventoryAdjustQuantitiesInput{
			Name: commerce.InventoryOnHand, Reason: commerce.InventoryRestock, ReferenceDocumentURI: new("doc"),
			Changes: []*commerce.InventoryChangeInput{add(s.variants[1], s.shop, i+1)},
		})
		require.NoError(t, err)
	}
	id, ok := commerce.ParseGlobalID(s.variants[1])
	require.True(t, ok)
	page := commerce.FirstPage(3, commerce.Ordering{Key: commerce.InventorySortID, Reverse: true})
	key := commerce.InventoryHistoryKey{Variant: commerce.VariantRef{Store: id.Store, ID: commerce.VariantID(id.ID)}, Page: page}
	found, err := s.ViewOf([]commerce.StoreID{s.store.ID}, true).InventoryHistories(t.Context(), []commerce.InventoryHistoryKey{key})
	require.NoError(t, err)
	list := found[key]
	require.True(t, list.HasNext)
	require.Len(t, list.Items, 3)
	for i, want := range []struct {
		delta, after int
		kind         commerce.InventoryAuthorKind
		name         *string
	}{
		{3, 7, commerce.InventoryBySystem, nil}, {2, 4, commerce.InventoryByKey, nil}, {1, 2, commerce.InventoryByMerchant, new("Asha")},
	} {
		e := list.Items[i].Node
		require.Equal(t, want.delta, e.DeltaOnHand)
		require.Equal(t, want.after, e.OnHand)
		require.Equal(t, want.after, e.Available())
		require.Equal(t, want.kind, e.Author.Kind())
		require.Equal(t, want.name, e.Author.Name)
		require.Equal(t, commerce.InventoryRestock, e.Reason)
		require.Equal(t, "doc", *e.ReferenceDocumentURI)
		require.WithinDuration(t, time.Now(), e.CreatedAt, time.Hour)
	}
	key.Page.Bounded, key.Page.Bound = true, commerce.Cursor{Ordering: page.Ordering, Value: list.Items[2].Value, ID: list.Items[2].ID}
	found, err = s.ViewOf([]commerce.StoreID{s.store.ID}, true).InventoryHistories(t.Context(), []commerce.InventoryHistoryKey{key})
	require.NoError(t, err)
	require.Len(t, found[key].Items, 1)
	require.Equal(t, commerce.InventoryImported, found[key].Items[0].Node.Reason)
}
