package db_test

import (
	"fmt"
	"log/slog"
	"maps"
	"math"
	"reflect"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/kirana-commerce/kirana/commerce"
	"github.com/kirana-commerce/kirana/db"
	"github.com/kirana-commerce/kirana/db/dbtest"
)

const (
	created   = commerce.OutcomeCreated
	updated   = commerce.OutcomeUpdated
	unchanged = commerce.OutcomeUnchanged
)

func TestUpsertStore(t *testing.T) {
	t.Parallel()
	d := dbtest.New(t)
	in := commerce.StoreInput{Handle: "corner", Name: "Corner", Currency: "INR", Status: commerce.StoreDraft}
	first, isNew, err := d.UpsertStore(t.Context(), in)
	require.NoError(t, err)
	require.True(t, isNew)
	require.Equal(t, "corner", first.Handle)
	require.False(t, first.Published())

	again, isNew, err := d.UpsertStore(t.Context(), commerce.StoreInput{Handle: "corner", Name: "Another", Currency: "USD", Status: commerce.StorePublished})
	require.NoError(t, err)
	require.False(t, isNew)
	require.Equal(t, first, again, "it is returned as it stands")

	require.NoError(t, d.PublishStore(t.Context(), first.ID))
	found, err := d.StoresByHandle(t.Context(), []string{"corner"})
	require.NoError(t, err)
	require.Equal(t, "Corner", found["corner"].Name)
	require.True(t, found["corner"].Published())

	for _, bad := range []commerce.StoreInput{
		{},
		{Handle: "Corner", Name: "x", Currency: "INR", Status: commerce.StoreDraft},
		{Handle: "x", Name: "a\x00b", Currency: "INR", Status: commerce.StoreDraft},
		{Handle: "x", Name: "a\xff", Currency: "INR", Status: commerce.StoreDraft},
	} {
		_, _, err := d.UpsertStore(t.Context(), bad)
		require.Equal(t, commerce.CodeBadUserInput, commerce.CodeOf(err), "%+v: %v", bad, err)
	}
}

// Two processes that open one store at once both get it, and one of them opened it.
func TestUpsertStoreAtOnce(t *testing.T) {
	t.Parallel()
	d := dbtest.New(t)
	const n = 8
	opened := make([]bool, n)
	errs := make([]error, n)
	var wait sync.WaitGroup
	for i := range n {
		wait.Go(func() {
			_, opened[i], errs[i] = d.UpsertStore(t.Context(), commerce.StoreInput{Handle: "x", Name: "X", Currency: "INR", Status: commerce.StoreDraft})
		})
	}
	wait.Wait()
	for _, err := range errs {
		require.NoError(t, err)
	}
	opened = slices.DeleteFunc(opened, func(opened bool) bool { return !opened })
	require.Len(t, opened, 1)
}

// rowsSQL renders every row of the catalogue with the transaction that wrote it.
const rowsSQL = `
SELECT 'products', id, xmin, to_jsonb(t)::text FROM products t UNION ALL SELECT 'product_options', id, xmin, to_jsonb(t)::text FROM product_options t
UNION ALL SELECT 'product_media', id, xmin, to_jsonb(t)::text FROM product_media t UNION ALL SELECT 'product_variants', id, xmin, to_jsonb(t)::text FROM product_variants t
UNION ALL SELECT 'metafields', id, xmin, to_jsonb(t)::text FROM metafields t UNION ALL SELECT 'collections', id, xmin, to_jsonb(t)::text FROM collections t
UNION ALL SELECT 'collection_products', collection_id * 1000000 + product_id, xmin, to_jsonb(t)::text FROM collection_products t`

// catalogue is every row by table and id, as text that changes when the row is written.
func catalogue(t *testing.T, d *dbtest.Database) map[string]string {
	t.Helper()
	rows := make(map[string]string)
	for _, r := range queryRows(t, d, rowsSQL) {
		rows[r[0]+"/"+r[1]] = r[2] + " " + r[3]
	}
	return rows
}

// written are the tables of the rows that differ, sorted, with + for a new row and - for one that is gone.
func written(before, after map[string]string) []string {
	var changes []string
	for key, row := range after {
		table, _, _ := strings.Cut(key, "/")
		if old, exists := before[key]; !exists {
			changes = append(changes, "+"+table)
		} else if old != row {
			changes = append(changes, table)
		}
	}
	for key := range before {
		if _, exists := after[key]; !exists {
			table, _, _ := strings.Cut(key, "/")
			changes = append(changes, "-"+table)
		}
	}
	slices.Sort(changes)
	return changes
}

// An upsert writes the rows that differ and no other; rows that stay keep their ids.
func TestUpsertWritesWhatDiffers(t *testing.T) {
	t.Parallel()
	for _, test := range []struct {
		name   string
		change func(p *commerce.ProductInput)
		want   []string
	}{
		{"nothing", func(*commerce.ProductInput) {}, nil},
		{"a title", func(p *commerce.ProductInput) { p.Title = "New" }, []string{"products"}},
		{"tags", func(p *commerce.ProductInput) { p.Tags = nil }, []string{"products"}},
		{"a price", func(p *commerce.ProductInput) { p.Variants[1].PriceMinor++ }, []string{"product_variants", "products"}},
		{"no reduction", func(p *commerce.ProductInput) { p.Variants[1].CompareAtMinor = nil }, []string{"product_variants", "products"}},
		{"stock", func(p *commerce.ProductInput) { p.Variants[2].InventoryQuantity = -7 }, []string{"product_variants"}},
		{"a weight", func(p *commerce.ProductInput) { p.Variants[0].WeightGrams = 0.1 + 0.2 }, []string{"product_variants", "products"}},
		{"another picture for a variant", func(p *commerce.ProductInput) { p.Variants[0].ImageURL = p.Media[1].URL }, []string{"product_variants", "products"}},
		{"no picture for a variant", func(p *commerce.ProductInput) { p.Variants[0].ImageURL = "" }, []string{"product_variants", "products"}},
		{"an alternative text", func(p *commerce.ProductInput) { p.Media[0].Alt = "x" }, []string{"product_media", "products"}},
		{"one more picture", func(p *commerce.ProductInput) { p.Media = append(p.Media, commerce.MediaInput{URL: "/new"}) }, []string{"+product_media", "products"}},
		{"pictures swapped", func(p *commerce.ProductInput) { slices.Reverse(p.Media) }, []string{"product_media", "product_media", "products"}},
		{"a picture gone", func(p *commerce.ProductInput) {
			p.Variants[1].ImageURL = ""
			p.Media = p.Media[:1]
		}, []string{"-product_media", "product_variants", "products"}},
		{"variants turned round", func(p *commerce.ProductInput) { slices.Reverse(p.Variants) }, []string{"product_options", "product_variants", "product_variants", "products"}},
		{"a variant gone", func(p *commerce.ProductInput) { p.Variants = p.Variants[:2] }, []string{"-product_variants", "product_options", "products"}},
		{"a new variant", func(p *commerce.ProductInput) {
			v := p.Variants[0]
			v.Options = []string{"XL", "Red"}
			p.Variants = append(p.Variants, v)
		}, []string{"+product_variants", "product_options", "products"}},
		{"an option spelt differently", func(p *commerce.ProductInput) { p.Options[1] = "COLOUR" }, []string{"product_options", "products"}},
		{"a value spelt differently", func(p *commerce.ProductInput) { p.Variants[0].Options[0] = "s" }, []string{"product_options", "product_variants", "products"}},
		{"an option by another name", func(p *commerce.ProductInput) { p.Options[1] = "Shade" }, []string{"+product_options", "-product_options", "products"}},
		{"one more collection", func(p *commerce.ProductInput) { p.Collections = append(p.Collections, "Winter") }, []string{"+collection_products", "+collections"}},
		{"one collection twice", func(p *commerce.ProductInput) { p.Collections = []string{"Winter", "winter!"} }, []string{"+collection_products", "+collections"}},
		{"no collection", func(p *commerce.ProductInput) { p.Collections = nil }, nil},
		{"a draft", func(p *commerce.ProductInput) { p.Status = commerce.ProductDraft }, []string{"products"}},
		{"unpublished", func(p *commerce.ProductInput) { p.Published = false }, []string{"products"}},
	} {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			d := dbtest.New(t)
			store := openStore(t, d.DB, "alpha")
			before, after := product("p"), product("p")
			test.change(&after)
			require.Equal(t, []commerce.UpsertOutcome{created, created}, upsert(t, d.DB, store, before, product("other")))
			rows := catalogue(t, d)

			outcome := updated
			if test.want == nil {
				outcome = unchanged
			}
			compared, err := d.CompareProducts(t.Context(), store, []commerce.ProductInput{after, product("other"), product("third")})
			require.NoError(t, err)
			require.Equal(t, []commerce.UpsertOutcome{outcome, unchanged, created}, compared)
			require.Equal(t, rows, catalogue(t, d), "comparing writes nothing")

			require.Equal(t, []commerce.UpsertOutcome{outcome, unchanged}, upsert(t, d.DB, store, after, product("other")))
			now := catalogue(t, d)
			require.Equal(t, test.want, written(rows, now))
			require.Equal(t, []commerce.UpsertOutcome{unchanged, unchanged}, upsert(t, d.DB, store, after, product("other")))
			require.Equal(t, now, catalogue(t, d), "the second time writes nothing")
		})
	}
}

// When a product was first published is kept for as long as it stays so.
func TestUpsertPublishing(t *testing.T) {
	t.Parallel()
	d := dbtest.New(t)
	store := openStore(t, d.DB, "alpha")
	in := product("p")
	upsert(t, d.DB, store, in)
	run(t, d, `UPDATE products SET published_at = '2020-01-01'`)
	publishedAt := func() string {
		return queryRows(t, d, `SELECT extract(year FROM published_at) FROM products`)[0][0]
	}
	in.Title = "New"
	upsert(t, d.DB, store, in)
	require.Equal(t, "2020", publishedAt())
	in.Published = false
	upsert(t, d.DB, store, in)
	require.Equal(t, "NULL", publishedAt())
	in.Published = true
	upsert(t, d.DB, store, in)
	require.NotContains(t, []string{"2020", "NULL"}, publishedAt())
}

// A batch with a product that could not be stored unchanged is refused whole, by name.
func TestUpsertRefuses(t *testing.T) {
	t.Parallel()
	d := dbtest.New(t)
	store := openStore(t, d.DB, "alpha")
	for name, change := range map[string]func(p *commerce.ProductInput){
		"no title":               func(p *commerce.ProductInput) { p.Title = "" },
		"options missing":        func(p *commerce.ProductInput) { p.Variants[1].Options = nil },
		"zero byte":              func(p *commerce.ProductInput) { p.DescriptionHTML = "a\x00b" },
		"not UTF-8":              func(p *commerce.ProductInput) { p.Vendor = "Caf\xe9" },
		"not UTF-8 in a tag":     func(p *commerce.ProductInput) { p.Tags = []string{"\xff"} },
		"not UTF-8 in an option": func(p *commerce.ProductInput) { p.Options[0] = "\xff" },
		"not UTF-8 in a value":   func(p *commerce.ProductInput) { p.Variants[0].Options[0] = "\xff" },
		"not UTF-8 in a SKU":     func(p *commerce.ProductInput) { p.Variants[0].SKU = "\xff" },
		"zero byte in a picture": func(p *commerce.ProductInput) { p.Media[0].Alt = "\x00" },
		"not UTF-8 collection":   func(p *commerce.ProductInput) { p.Collections = []string{"a\xff"} },
		"empty collection":       func(p *commerce.ProductInput) { p.Collections = []string{"!?"} },
		"huge vendor":            func(p *commerce.ProductInput) { p.Vendor = strings.Repeat("v", 5000) },
		"huge type":              func(p *commerce.ProductInput) { p.ProductType = strings.Repeat("v", 5000) },
		"huge SKU":               func(p *commerce.ProductInput) { p.Variants[0].SKU = strings.Repeat("v", 5000) },
		"price below zero":       func(p *commerce.ProductInput) { p.Variants[0].PriceMinor = -1 },
		"stock beyond":           func(p *commerce.ProductInput) { p.Variants[0].InventoryQuantity = 1 << 40 },
		"no weight":              func(p *commerce.ProductInput) { p.Variants[0].WeightGrams = math.NaN() },
		"endless weight":         func(p *commerce.ProductInput) { p.Variants[0].WeightGrams = math.Inf(1) },
		"no unit":                func(p *commerce.ProductInput) { p.Variants[0].WeightUnit = "STONES" },
		"no policy":              func(p *commerce.ProductInput) { p.Variants[0].InventoryPolicy = "" },
		"no status":              func(p *commerce.ProductInput) { p.Status = "LIVE" },
		"no such picture":        func(p *commerce.ProductInput) { p.Variants[0].ImageURL = "/other" },
		"a picture twice":        func(p *commerce.ProductInput) { p.Media[1] = p.Media[0] },
		"a handle twice":         func(p *commerce.ProductInput) { p.Handle = "first" },
	} {
		bad := product("bad")
		change(&bad)
		for what, call := range map[string]func() ([]commerce.UpsertOutcome, error){
			"upsert": func() ([]commerce.UpsertOutcome, error) {
				return d.UpsertProducts(t.Context(), store, []commerce.ProductInput{product("first"), bad})
			},
			"compare": func() ([]commerce.UpsertOutcome, error) {
				return d.CompareProducts(t.Context(), store, []commerce.ProductInput{product("first"), bad})
			},
		} {
			outcomes, err := call()
			require.Nil(t, outcomes, name)
			require.Equal(t, commerce.CodeBadUserInput, commerce.CodeOf(err), "%s %s: %v", what, name, err)
			require.ErrorContains(t, err, "product 2", name)
			require.NotContains(t, err.Error(), "pq:", name)
		}
	}
	require.Empty(t, catalogue(t, d))
	_, err := d.UpsertProducts(t.Context(), &commerce.Store{ID: 99}, products(1))
	require.Equal(t, commerce.CodeNotFound, commerce.CodeOf(err))
	require.Empty(t, upsert(t, d.DB, store))
}

// A fault in the middle leaves nothing behind.
func TestUpsertIsOneTransaction(t *testing.T) {
	t.Parallel()
	d := dbtest.New(t)
	store := openStore(t, d.DB, "alpha")
	run(t, d, `ALTER TABLE product_variants ADD CHECK (sku <> 'p-2-M')`)
	_, err := d.UpsertProducts(t.Context(), store, products(5))
	require.Equal(t, commerce.CodeInternal, commerce.CodeOf(err))
	require.Empty(t, catalogue(t, d))
}

// Imports of one catalogue that run at once queue up: all succeed at the first try, and leave it as one of them would.
func TestUpsertAtOnce(t *testing.T) {
	t.Parallel()
	d := dbtest.New(t)
	var said strings.Builder // the handler writes one line at a time
	logged, err := db.Open(d.URL, nil, db.Options{Logger: slog.New(slog.NewTextHandler(&said, nil))})
	require.NoError(t, err)
	defer func() { require.NoError(t, logged.Close()) }()
	store := openStore(t, logged, "alpha")
	const writers, rounds = 6, 5
	errs := make([]error, writers)
	var wait sync.WaitGroup
	for w := range writers {
		wait.Go(func() {
			for round := range rounds {
				in := make([]commerce.ProductInput, 0, 20)
				for i := range 20 { // batches overlap, and run in both directions
					in = append(in, product(fmt.Sprintf("p-%d", round*10+i)))
					in[i].Collections = []string{"Summer", fmt.Sprintf("Round %d", (round+w)%3)}
				}
				if w%2 > 0 {
					slices.Reverse(in)
				}
				if _, err := logged.UpsertProducts(t.Context(), store, in); err != nil {
					errs[w] = err
				}
			}
		})
	}
	wait.Wait()
	for _, err := range errs {
		require.NoError(t, err)
	}
	require.Empty(t, said.String())
	require.Equal(t, [][]string{{"60", "60", "180", "120", "4"}}, queryRows(t, d, `
SELECT count(*), count(DISTINCT handle), (SELECT count(*) FROM product_variants), (SELECT count(*) FROM product_media), (SELECT count(*) FROM collections)
FROM products`))
}

// A merchant's own change by hand and an import wait for each other.
func TestUpsertWaitsForOtherWriters(t *testing.T) {
	t.Parallel()
	d := dbtest.New(t)
	store := openStore(t, d.DB, "alpha")
	upsert(t, d.DB, store, product("p"))
	tx, err := d.SQL.BeginTx(t.Context(), nil)
	require.NoError(t, err)
	_, err = tx.ExecContext(t.Context(), `UPDATE products SET title = 'by hand' WHERE handle = 'p'`)
	require.NoError(t, err)
	done := make(chan error, 1)
	outcomes := make(chan []commerce.UpsertOutcome, 1)
	go func() {
		o, err := d.UpsertProducts(t.Context(), store, []commerce.ProductInput{product("p")})
		outcomes <- o
		done <- err
	}()
	requireWaiting(t, d)
	require.NoError(t, tx.Commit())
	require.NoError(t, <-done)
	require.Equal(t, []commerce.UpsertOutcome{updated}, <-outcomes, "it compares with what was committed")
}

// Every field of an input counts: one that differs alone makes an update.
func TestUpsertSeesEveryField(t *testing.T) {
	t.Parallel()
	d := dbtest.New(t)
	store := openStore(t, d.DB, "alpha")
	compareAt := int64(1)
	note := func() []commerce.MetafieldInput {
		return []commerce.MetafieldInput{{Namespace: "custom", Key: "note", Type: commerce.MetafieldLine, Value: "x"}}
	}
	fields := map[string]func(p *commerce.ProductInput){
		"Handle":                     nil, // another product
		"Title":                      func(p *commerce.ProductInput) { p.Title = "x" },
		"DescriptionHTML":            func(p *commerce.ProductInput) { p.DescriptionHTML = "x" },
		"Vendor":                     func(p *commerce.ProductInput) { p.Vendor = "x" },
		"ProductType":                func(p *commerce.ProductInput) { p.ProductType = "x" },
		"Tags":                       func(p *commerce.ProductInput) { p.Tags = []string{"cotton", "new"} },
		"Status":                     func(p *commerce.ProductInput) { p.Status = commerce.ProductArchived },
		"Published":                  func(p *commerce.ProductInput) { p.Published = false },
		"PublishedAt":                func(p *commerce.ProductInput) { p.PublishedAt = new(time.UnixMicro(1)) },
		"IsGiftCard":                 func(p *commerce.ProductInput) { p.IsGiftCard = true },
		"SEOTitle":                   func(p *commerce.ProductInput) { p.SEOTitle = "x" },
		"SEODescription":             func(p *commerce.ProductInput) { p.SEODescription = "x" },
		"Options":                    func(p *commerce.ProductInput) { p.Options = []string{"Size", "Shade"} },
		"OptionIDs":                  nil, // which option, not what it is
		"Variants":                   func(p *commerce.ProductInput) { p.Variants = p.Variants[1:] },
		"Media":                      func(p *commerce.ProductInput) { p.Media = append(p.Media, commerce.MediaInput{URL: "/x"}) },
		"Collections":                func(p *commerce.ProductInput) { p.Collections = []string{"x"} },
		"Metafields":                 func(p *commerce.ProductInput) { p.Metafields = note() },
		"Variants.Metafields":        func(p *commerce.ProductInput) { p.Variants[0].Metafields = note() },
		"Media.URL":                  func(p *commerce.ProductInput) { p.Media[1].URL, p.Variants[1].ImageURL = "/x", "/x" },
		"Media.ID":                   nil,
		"Media.Alt":                  func(p *commerce.ProductInput) { p.Media[1].Alt = "x" },
		"Media.Width":                func(p *commerce.ProductInput) { p.Media[1].Width = 640 },
		"Media.Height":               func(p *commerce.ProductInput) { p.Media[1].Height = 480 },
		"Variants.Options":           func(p *commerce.ProductInput) { p.Variants[0].Options = []string{"x", "Red"} },
		"Variants.SKU":               func(p *commerce.ProductInput) { p.Variants[0].SKU = "x" },
		"Variants.Barcode":           func(p *commerce.ProductInput) { p.Variants[0].Barcode = "x" },
		"Variants.PriceMinor":        func(p *commerce.ProductInput) { p.Variants[0].PriceMinor = 1 },
		"Variants.CompareAtMinor":    func(p *commerce.ProductInput) { p.Variants[0].CompareAtMinor = &compareAt },
		"Variants.InventoryQuantity": func(p *commerce.ProductInput) { p.Variants[0].InventoryQuantity = 77 },
		"Variants.KeepQuantity":      nil, // the stock is no concern of the input
		"Variants.ID":                nil,
		"Variants.InventoryTracked":  func(p *commerce.ProductInput) { p.Variants[0].InventoryTracked = false },
		"Variants.InventoryPolicy":   func(p *commerce.ProductInput) { p.Variants[0].InventoryPolicy = commerce.InventoryContinue },
		"Variants.WeightGrams":       func(p *commerce.ProductInput) { p.Variants[0].WeightGrams = 1 },
		"Variants.WeightUnit":        func(p *commerce.ProductInput) { p.Variants[0].WeightUnit = commerce.WeightPounds },
		"Variants.RequiresShipping":  func(p *commerce.ProductInput) { p.Variants[0].RequiresShipping = false },
		"Variants.Taxable":           func(p *commerce.ProductInput) { p.Variants[0].Taxable = false },
		"Variants.ImageURL":          func(p *commerce.ProductInput) { p.Variants[0].ImageURL = "" },
	}
	var names []string
	for prefix, input := range map[string]any{"": commerce.ProductInput{}, "Media.": commerce.MediaInput{}, "Variants.": commerce.VariantInput{}} {
		for _, f := range reflect.VisibleFields(reflect.TypeOf(input)) {
			names = append(names, prefix+f.Name)
		}
	}
	require.ElementsMatch(t, names, slices.Collect(maps.Keys(fields)), "every field has a change here")
	for name, change := range fields {
		if change == nil {
			continue
		}
		in := product("p")
		upsert(t, d.DB, store, in)
		change(&in)
		require.Equal(t, []commerce.UpsertOutcome{updated}, upsert(t, d.DB, store, in), name)
		require.Equal(t, []commerce.UpsertOutcome{unchanged}, upsert(t, d.DB, store, in), name)
	}
}

// Two products may show the same picture; the picture of a variant is that of its own product.
func TestUpsertSharedPictures(t *testing.T) {
	t.Parallel()
	d := dbtest.New(t)
	store := openStore(t, d.DB, "alpha")
	first, second := product("a"), product("b")
	for i := range second.Variants {
		second.Variants[i].ImageURL = first.Media[0].URL
	}
	second.Media = first.Media[:1]
	upsert(t, d.DB, store, first, second)
	second.Variants[0].Options[0] = "s"
	upsert(t, d.DB, store, first, second)
	require.Equal(t, [][]string{{"6"}}, queryRows(t, d, `
SELECT count(*) FROM product_variants v JOIN product_media m ON m.id = v.image_id AND m.product_id = v.product_id`))
}
