package db_test

import (
	"encoding/binary"
	"fmt"
	"strconv"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"github.com/kirana-commerce/kirana/commerce"
	"github.com/kirana-commerce/kirana/db"
	"github.com/kirana-commerce/kirana/db/dbtest"
)

func refOf(t *testing.T, d *dbtest.Database, store *commerce.Store, handle string) commerce.ProductRef {
	t.Helper()
	id, err := strconv.ParseInt(queryRows(t, d, `SELECT id FROM products WHERE store_id = $1 AND handle = $2`, int64(store.ID), handle)[0][0], 10, 64)
	require.NoError(t, err)
	return productRef(store.ID, id)
}

// A document says what its rows say.
func TestProductDocuments(t *testing.T) {
	t.Parallel()
	d := dbtest.New(t)
	store := openStore(t, d.DB, "alpha")
	in, plain, draft := product("p"), product("plain"), product("draft")
	in.Variants[1].InventoryTracked = false
	plain.Options, plain.Variants, plain.Collections, plain.Tags, plain.Media = nil, plain.Variants[:1], nil, nil, nil
	plain.Variants[0].Options, plain.Variants[0].ImageURL = nil, ""
	draft.Status = commerce.ProductDraft
	upsert(t, d.DB, store, in, plain, draft)
	run(t, d, `UPDATE products SET published_at = '2026-01-02', created_at = '2026-01-01'`)
	run(t, d, `INSERT INTO metafields (store_id, owner_kind, owner_id, namespace, key, type, value, visible)
		SELECT p.store_id, 'Product', p.id, m.* FROM products p, (VALUES ('spec', 'watts', 'number_integer', '40', true),
			('custom', 'care', 'list.single_line_text_field', '["Wash","Iron"]', true), ('custom', 'cost', 'number_integer', '7', false),
			('custom', 'story', 'multi_line_text_field', 'Long ago', true), ('custom', 'paper', 'json', repeat('1', 60000), true),
			('custom', 'long', 'list.single_line_text_field', '["' || repeat('x', 9000) || '","y"]', true)) AS m WHERE p.handle = 'p'`)
	run(t, d, `INSERT INTO metafields (store_id, owner_kind, owner_id, namespace, key, type, value)
		SELECT store_id, 'ProductVariant', id, 'custom', 'weave', 'single_line_text_field', 'Twill' FROM product_variants`)
	ref, plainRef, draftRef := refOf(t, d, store, "p"), refOf(t, d, store, "plain"), refOf(t, d, store, "draft")

	docs, err := d.ProductDocuments(t.Context(), nil, []commerce.ProductRef{ref, plainRef, draftRef, {Store: 99, ID: ref.ID}})
	require.NoError(t, err)
	require.Len(t, docs, 2)
	doc := docs[ref]
	require.Equal(t, "2026-01-02T00:00:00Z", doc.PublishedAt.UTC().Format("2006-01-02T15:04:05Z"))
	require.Equal(t, "2026-01-01T00:00:00Z", doc.CreatedAt.UTC().Format("2006-01-02T15:04:05Z"))
	doc.PublishedAt, doc.CreatedAt = docs[plainRef].PublishedAt, docs[plainRef].CreatedAt
	options := func(size string) []commerce.SelectedOption {
		return []commerce.SelectedOption{{Name: "Size", Value: size}, {Name: "Colour", Value: "Red"}}
	}
	require.Positive(t, doc.RowVersion)
	require.Equal(t, &commerce.ProductDocument{
		RowVersion: doc.RowVersion, Ref: ref, Currency: "INR", Title: "Title of p", Body: "About p & more", Vendor: "Tata", ProductType: "Shirt", Tags: []string{"new", "cotton"},
		Collections: []commerce.CollectionID{1}, PublishedAt: doc.PublishedAt, CreatedAt: doc.CreatedAt,
		Attributes: []commerce.DocumentAttribute{{Namespace: "custom", Key: "care", Value: "Wash"}, {Namespace: "custom", Key: "care", Value: "Iron"}, {Namespace: "spec", Key: "watts", Value: "40"}},
		Variants: []commerce.DocumentVariant{
			{SKU: "p-S", Barcode: "8900", PriceMinor: 5000, Available: false, Options: options("S")},
			{SKU: "p-M", Barcode: "8901", PriceMinor: 5100, Available: true, Options: options("M")},
			{SKU: "p-L", Barcode: "8902", PriceMinor: 5200, Available: true, Options: options("L")},
		},
	}, doc)
	require.Empty(t, docs[plainRef].Collections)
	of, position, err := d.StoreDocuments(t.Context(), store.ID, 10)
	require.NoError(t, err)
	doc.PublishedAt, doc.CreatedAt = of[0].PublishedAt, of[0].CreatedAt
	require.Equal(t, []*commerce.ProductDocument{doc, docs[plainRef]}, of, "those of a whole store are the same")
	later, err := d.Position(t.Context())
	require.NoError(t, err)
	require.LessOrEqual(t, position, later)
	require.Positive(t, position)
	of, _, err = d.StoreDocuments(t.Context(), store.ID, 1)
	require.NoError(t, err)
	require.Len(t, of, 1)
	of, _, err = d.StoreDocuments(t.Context(), 99, 10)
	require.NoError(t, err)
	require.Empty(t, of, "another store's")
	require.Empty(t, docs[plainRef].Tags)
	require.Equal(t, []commerce.DocumentVariant{{SKU: "plain-S", Barcode: "8900", PriceMinor: 5000, Options: []commerce.SelectedOption{}}}, docs[plainRef].Variants)
}

// A product with more metafields than it may have has the first of those that it can be filtered by in its document, and the others are not read.
func TestDocumentsHaveSomeMetafields(t *testing.T) {
	t.Parallel()
	d := dbtest.New(t)
	store := openStore(t, d.DB, "alpha")
	upsert(t, d.DB, store, product("p"))
	ref := refOf(t, d, store, "p")
	run(t, d, `INSERT INTO metafields (store_id, owner_kind, owner_id, namespace, key, type, value)
		SELECT $1, 'Product', $2, n.namespace, 'k' || to_char(i, 'FM000'), n.type, n.value FROM generate_series(1, 300) i,
			(VALUES ('a', 'json', repeat('1', 60000)), ('b', 'list.number_integer', '[1,2]')) AS n (namespace, type, value)`, int64(store.ID), int64(ref.ID))
	docs, err := d.ProductDocuments(t.Context(), nil, []commerce.ProductRef{ref})
	require.NoError(t, err)
	attributes := docs[ref].Attributes
	require.Len(t, attributes, 2*commerce.MaxMetafields)
	require.Equal(t, commerce.DocumentAttribute{Namespace: "b", Key: "k250", Value: "2"}, attributes[len(attributes)-1])
}

// The log tells of a commit before others can see it: the documents wait for it.
func TestProductDocumentsWaitForCommits(t *testing.T) {
	t.Parallel()
	d := dbtest.New(t)
	store := openStore(t, d.DB, "alpha")
	upsert(t, d.DB, store, product("p"))
	refs := []commerce.ProductRef{refOf(t, d, store, "p")}
	begin := func() (xid uint32, commit func()) {
		tx, err := d.SQL.BeginTx(t.Context(), nil)
		require.NoError(t, err)
		var full uint64
		require.NoError(t, tx.QueryRowContext(t.Context(), `SELECT pg_current_xact_id()::text::bigint`).Scan(&full))
		return uint32(full), func() { require.NoError(t, tx.Commit()) }
	}
	first, commitFirst := begin()
	second, commitSecond := begin()
	_, err := d.ProductDocuments(t.Context(), []uint32{first}, refs)
	require.ErrorIs(t, err, commerce.ErrNotVisible)
	commitSecond()
	_, err = d.ProductDocuments(t.Context(), []uint32{second}, refs)
	require.NoError(t, err, "the one still open is not asked for")
	_, err = d.ProductDocuments(t.Context(), []uint32{second, first}, refs)
	require.ErrorIs(t, err, commerce.ErrNotVisible)
	commitFirst()
	docs, err := d.ProductDocuments(t.Context(), []uint32{second, first}, refs)
	require.NoError(t, err)
	require.Len(t, docs, 1)
	_, err = d.ProductDocuments(t.Context(), []uint32{second + 1000}, refs)
	require.ErrorIs(t, err, commerce.ErrNotVisible, "one that has not begun")
}

func TestSees(t *testing.T) {
	t.Parallel()
	const epoch = 1 << 32
	for _, test := range []struct {
		snapshot string
		xids     []uint32
		want     bool
	}{
		{"10:10:", nil, true},
		{"10:10:", []uint32{9}, true},
		{"10:10:", []uint32{10}, false},
		{"10:12:10", []uint32{10}, false},
		{"10:12:10", []uint32{11}, true},
		{"10:14:10,12", []uint32{11, 13}, true},
		{"10:14:10,12", []uint32{11, 12}, false},
		{fmt.Sprintf("%d:%d:", epoch+3, epoch+5), []uint32{4, 1<<32 - 1, 1<<31 + 6}, true},
		{fmt.Sprintf("%d:%d:", epoch+3, epoch+5), []uint32{5}, false},
		{fmt.Sprintf("%d:%d:%d", epoch-2, epoch+5, epoch-2), []uint32{1<<32 - 1}, true},
		{fmt.Sprintf("%d:%d:%d", epoch-2, epoch+5, epoch-2), []uint32{1<<32 - 2}, false},
		{fmt.Sprintf("%d:%d:", epoch-2, epoch-2), []uint32{1<<32 - 2}, false},
		{fmt.Sprintf("%d:%d:", epoch-2, epoch-2), []uint32{3}, false},
	} {
		got, err := db.Sees(test.snapshot, test.xids)
		require.NoError(t, err)
		require.Equal(t, test.want, got, "%s %d", test.snapshot, test.xids)
	}
	for _, broken := range []string{"", "1:2", "1:x:", "1:2:x", "1:2:3:4"} {
		_, err := db.Sees(broken, []uint32{1})
		require.Error(t, err, broken)
	}
}

// With all 64 bits at hand the answer is plain; with 32 of them it must be the same.
func TestSeesIsRightModulo(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(rt *rapid.T) {
		xmax := rapid.Uint64Range(1<<31, 1<<34).Draw(rt, "xmax")
		xid := rapid.Uint64Range(xmax-1<<30, xmax+1<<30).Draw(rt, "xid")
		var running []string
		isRunning := false
		for range rapid.IntRange(0, 3).Draw(rt, "n") {
			r := rapid.Uint64Range(xmax-5, xmax-1).Draw(rt, "running")
			isRunning = isRunning || r == xid
			running = append(running, strconv.FormatUint(r, 10))
		}
		got, err := db.Sees(fmt.Sprintf("%d:%d:%s", xmax-5, xmax, strings.Join(running, ",")), []uint32{uint32(xid)})
		require.NoError(rt, err)
		require.Equal(rt, xid < xmax && !isRunning, got)
	})
}

func FuzzSees(f *testing.F) {
	f.Add("10:14:10,12", []byte{0, 0, 0, 11})
	f.Add("4294967299:4294967301:", []byte{0, 0, 0, 4})
	f.Fuzz(func(_ *testing.T, snapshot string, raw []byte) {
		var xids []uint32
		for ; len(raw) >= 4; raw = raw[4:] {
			xids = append(xids, binary.BigEndian.Uint32(raw))
		}
		_, _ = db.Sees(snapshot, xids)
	})
}

// The walk over all products tells every one of them in the log, once, and then ends.
func TestWalk(t *testing.T) {
	t.Parallel()
	d := dbtest.New(t)
	alpha, beta := openStore(t, d.DB, "alpha"), openStore(t, d.DB, "beta")
	openStore(t, d.DB, "empty")
	draft := product("draft")
	draft.Status = commerce.ProductDraft
	upsert(t, d.DB, alpha, products(3)...)
	upsert(t, d.DB, beta, append(products(5), draft)...)
	upsert(t, d.DB, alpha, append(products(5), draft)...) // ids of one store are not in a row
	slot := "slot_" + queryRows(t, d, `SELECT replace(current_database(), 'kirana_test_', '')`)[0][0]
	run(t, d, `SELECT pg_create_logical_replication_slot($1, 'pgoutput')`, slot)

	w, err := d.Walk(t.Context(), slot)
	require.NoError(t, err)
	require.Zero(t, w)
	w, err = d.BeginWalk(t.Context(), slot, 3, "run-1")
	require.NoError(t, err)
	w.Took = 0
	require.Equal(t, commerce.Walk{Generation: 3, Run: "run-1", Total: 12}, w)
	var asked []int64
	for !w.Whole {
		before := w
		w, err = d.StepWalk(t.Context(), slot, w, 4)
		require.NoError(t, err)
		require.Equal(t, before.Steps+1, w.Steps)
		asked = append(asked, w.Products)
		_, err = d.StepWalk(t.Context(), slot, before, 4)
		require.Error(t, err, "a step is made once")
	}
	require.Equal(t, []int64{4, 8, 12, 12}, asked, "the last one says that there are no more")

	var told []string
	steps := 0
	for _, row := range queryRows(t, d, `
SELECT data FROM pg_logical_slot_get_binary_changes($1, NULL::pg_lsn, NULL::integer, 'proto_version', '1', 'publication_names', 'kirana_search', 'messages', 'true')`, slot) {
		_, message, ok := strings.Cut(row[0], commerce.ResyncPrefix+"\x00")
		if !ok || !strings.Contains(message, "run-1/"+strconv.Itoa(steps+1)+":") {
			continue
		}
		steps++
		_, keys, _ := strings.Cut(message, "run-1/"+strconv.Itoa(steps)+":")
		if keys != "" {
			told = append(told, strings.Split(keys, ",")...)
		}
	}
	require.Equal(t, 4, steps)
	var want []string
	for _, row := range queryRows(t, d, `SELECT store_id, id FROM products ORDER BY 1, 2`) {
		want = append(want, row[0]+"-"+row[1])
	}
	require.Equal(t, want, told)

	require.NoError(t, d.EndWalk(t.Context(), slot, 3, "something is missing"))
	w, err = d.Walk(t.Context(), slot)
	require.NoError(t, err)
	require.Equal(t, "something is missing", w.Refused)
	require.False(t, w.Live)
	require.NoError(t, d.EndWalk(t.Context(), slot, 3, ""))
	w, err = d.Walk(t.Context(), slot)
	require.NoError(t, err)
	require.True(t, w.Live)
	require.Empty(t, w.Refused)
	w, err = d.BeginWalk(t.Context(), slot, 4, "run-2")
	require.NoError(t, err)
	w.Took = 0
	require.Equal(t, commerce.Walk{Generation: 4, Run: "run-2", Total: 12}, w, "nothing is left of the one before")
}

func TestIndexState(t *testing.T) {
	t.Parallel()
	d := dbtest.New(t)
	slot := "slot_" + queryRows(t, d, `SELECT replace(current_database(), 'kirana_test_', '')`)[0][0]
	log, err := d.LogState(t.Context(), slot)
	require.NoError(t, err)
	require.False(t, log.SlotExists)
	require.Zero(t, log.SlotConfirmed)
	require.Equal(t, int32(1), log.Timeline)
	require.NotEmpty(t, log.SystemID)
	require.Positive(t, log.Flushed)
	run(t, d, `SELECT pg_create_logical_replication_slot($1, 'pgoutput')`, slot)
	run(t, d, `CREATE TABLE x (i int)`)
	beat, err := d.Beat(t.Context())
	require.NoError(t, err)
	later, err := d.LogState(t.Context(), slot)
	require.NoError(t, err)
	require.True(t, later.SlotExists)
	require.False(t, later.SlotActive)
	require.Positive(t, later.SlotConfirmed)
	require.Greater(t, later.Flushed, log.Flushed)
	require.Equal(t, log.SystemID, later.SystemID)
	require.Zero(t, log.Beat)
	require.Equal(t, beat, later.Beat)

	kept, err := d.SlotState(t.Context(), slot)
	require.NoError(t, err)
	require.Equal(t, later.SlotConfirmed, kept.Confirmed)
	require.GreaterOrEqual(t, kept.Flushed, later.Flushed)
	require.Positive(t, kept.Retained)
	require.Positive(t, kept.Safe, "the test server has a limit")
	kept, err = d.SlotState(t.Context(), slot+"_none")
	require.NoError(t, err)
	require.Equal(t, commerce.SlotState{Flushed: kept.Flushed, Safe: -1}, kept)

	none, err := d.IndexState(t.Context(), slot)
	require.NoError(t, err)
	require.Zero(t, none)
	for _, state := range []commerce.IndexState{
		{SystemID: "7", Timeline: 1, Epoch: 1, Generation: 1, Confirmed: 1, Searchable: 0},
		{SystemID: "8", Timeline: 2, Epoch: 1 << 40, Generation: 2, Confirmed: 0x16_B3748D98, Searchable: 0x16_B3748D90},
	} {
		require.NoError(t, d.SaveIndexState(t.Context(), slot, state))
		read, err := d.IndexState(t.Context(), slot)
		require.NoError(t, err)
		state.Acknowledged = state.Confirmed
		require.Equal(t, state, read)
		require.Equal(t, [][]string{{
			state.SystemID, strconv.Itoa(int(state.Timeline)), strconv.FormatInt(state.Epoch, 10), strconv.Itoa(state.Generation),
			strconv.FormatInt(state.Confirmed, 10), strconv.FormatInt(state.Searchable, 10),
		}}, queryRows(t, d, `
SELECT system_id, timeline, epoch, generation, confirmed_lsn - '0/0', searchable_lsn - '0/0' FROM search_sync_state WHERE slot = $1`, slot))
	}
	require.NoError(t, d.AnswerReindex(t.Context(), slot, "a", "generation 3"))
	run(t, d, `UPDATE search_sync_state SET confirmed_lsn = '0/5' WHERE slot = $1`, slot) // as a program from before does
	read, err := d.IndexState(t.Context(), slot)
	require.NoError(t, err)
	require.Zero(t, read.Acknowledged, "nobody kept it")
	require.Equal(t, []string{"a", "generation 3"}, []string{read.Request, read.Outcome})
}
