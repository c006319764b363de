package db_test

import (
	"errors"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/kirana-commerce/kirana/commerce"
	"github.com/kirana-commerce/kirana/db"
	"github.com/kirana-commerce/kirana/db/dbtest"
)

// setting is a product with n variants, one option and one picture.
func setting(title string, n int) *commerce.ProductSetting {
	s := &commerce.ProductSetting{
		Currency: "INR", Product: commerce.ProductInput{Title: title}, Options: []commerce.OptionChange{{Name: "Size"}},
		Media: []commerce.MediaInput{{URL: "https://img.test/1.jpg", Width: 640, Height: 480}},
	}
	for i := range n {
		s.Variants = append(s.Variants, commerce.VariantChange{
			OptionValues: []commerce.SelectedOption{{Name: "Size", Value: strconv.Itoa(i)}}, Price: new(commerce.DecimalText("12.50")),
			SKU: new(fmt.Sprintf("%.20s-%d", title, i)),
		})
	}
	return s
}

// make makes a product and returns its id.
func makeProduct(t *testing.T, d *db.DB, store *commerce.Store, title string, n int) commerce.ProductID {
	t.Helper()
	ref, err := d.EditProduct(t.Context(), commerce.Author{Merchant: 7}, store, commerce.ProductEdit{Action: "productSet", Patch: setting(title, n)})
	require.NoError(t, err)
	return ref.ID
}

// edit changes a product.
func edit(t *testing.T, d *db.DB, store *commerce.Store, id commerce.ProductID, patch commerce.ProductPatch) error {
	t.Helper()
	_, err := d.EditProduct(t.Context(), commerce.Author{Merchant: 7}, store, commerce.ProductEdit{Action: "test", ID: id, Patch: patch})
	return err
}

// A handle is made from the title in any script, and numbered where it is taken.
func TestEditProductMakesHandles(t *testing.T) {
	t.Parallel()
	d := dbtest.New(t)
	store, other := openStore(t, d.DB, "alpha"), openStore(t, d.DB, "beta")
	long := strings.Repeat("क", 85)
	for _, c := range []struct{ title, want string }{
		{"Tea", "tea"},
		{"TEA!", "tea-2"},
		{"tea", "tea-3"},
		{"tea 3", "tea-3-2"},
		{"बासमती चावल", "बासमती-चावल"},
		{"شاي أخضر", "شاي-أخضر"},
		{"🙂🙂", commerce.MadeHandle("product", "🙂🙂")},
		{"🙂🙂", commerce.MadeHandle("product", "🙂🙂") + "-2"},
		{long, strings.Repeat("क", 82)},
		{long, strings.Repeat("क", 82) + "-2"},
	} {
		id := makeProduct(t, d.DB, store, c.title, 1)
		require.Equal(t, [][]string{{c.want}}, queryRows(t, d, `SELECT handle FROM products WHERE id = $1`, int64(id)), c.title)
	}
	require.Regexp(t, `^product-[0-9a-z]{1,7}$`, commerce.MadeHandle("product", "🙂🙂"))
	makeProduct(t, d.DB, other, "Tea", 1)
	require.Len(t, queryRows(t, d, `SELECT id FROM products WHERE handle = 'tea'`), 2, "each store has its own")
}

// Merchants who make products of one title at once get a handle each.
func TestEditProductAtOnce(t *testing.T) {
	t.Parallel()
	d := dbtest.New(t)
	store := openStore(t, d.DB, "alpha")
	errs := make([]error, 8)
	var wait sync.WaitGroup
	for i := range errs {
		wait.Go(func() {
			_, errs[i] = d.EditProduct(t.Context(), commerce.Author{}, store, commerce.ProductEdit{Action: "productSet", Patch: setting("Tea", 2)})
		})
	}
	wait.Wait()
	require.NoError(t, errors.Join(errs...))
	require.Equal(t, [][]string{{"tea"}, {"tea-2"}, {"tea-3"}, {"tea-4"}, {"tea-5"}, {"tea-6"}, {"tea-7"}, {"tea-8"}},
		queryRows(t, d, `SELECT handle FROM products ORDER BY handle`))
}

// Of changes that expect the same version one is made; the others are told, and write nothing.
func TestEditProductExpectsAVersion(t *testing.T) {
	t.Parallel()
	d := dbtest.New(t)
	store := openStore(t, d.DB, "alpha")
	id := makeProduct(t, d.DB, store, "Tea", 2)
	errs := make([]error, 8)
	var wait sync.WaitGroup
	for i := range errs {
		wait.Go(func() {
			_, errs[i] = d.EditProduct(t.Context(), commerce.Author{}, store, commerce.ProductEdit{
				Action: "productUpdate", ID: id, Expected: new(1), Patch: &commerce.ProductChange{Title: new(fmt.Sprintf("Tea %d", i))},
			})
		})
	}
	wait.Wait()
	winner := slices.IndexFunc(errs, func(err error) bool { return err == nil })
	require.GreaterOrEqual(t, winner, 0)
	for i, err := range errs {
		if i != winner {
			refused(t, err, "input.expectedVersion STALE_OBJECT")
		}
	}
	require.Equal(t, [][]string{{fmt.Sprintf("Tea %d", winner), "2"}}, queryRows(t, d, `SELECT title, version FROM products`))
	require.Len(t, queryRows(t, d, `SELECT id FROM audit_log`), 2)
	refused(t, d.DeleteProduct(t.Context(), commerce.Author{}, store, id, new(1)), "input.expectedVersion STALE_OBJECT")
	require.NoError(t, d.DeleteProduct(t.Context(), commerce.Author{}, store, id, new(2)))
	_, err := d.EditProduct(t.Context(), commerce.Author{}, store, commerce.ProductEdit{Action: "productSet", Handle: "tea", Expected: new(3), Patch: setting("Tea", 1)})
	refused(t, err, "input.expectedVersion STALE_OBJECT")
	_, err = d.EditProduct(t.Context(), commerce.Author{}, store, commerce.ProductEdit{Action: "productSet", Handle: "tea", Expected: new(0), Patch: setting("Tea", 1)})
	require.NoError(t, err, "0 is the version of what is not there")
}

// Every part of a product counts for its version, but for the stock.
func TestEditProductVersions(t *testing.T) {
	t.Parallel()
	d := dbtest.New(t)
	store := openStore(t, d.DB, "alpha")
	id := makeProduct(t, d.DB, store, "Tea", 2)
	read := func(column string) string { return queryRows(t, d, `SELECT `+column+` FROM products`)[0][0] }
	variants := queryRows(t, d, `SELECT id FROM product_variants ORDER BY id`)
	first, _ := strconv.ParseInt(variants[0][0], 10, 64)
	option, _ := strconv.ParseInt(queryRows(t, d, `SELECT id FROM product_options`)[0][0], 10, 64)
	bulk := func(change commerce.VariantChange) commerce.ProductPatch {
		change.ID = commerce.VariantID(first)
		return &commerce.VariantsChange{Currency: "INR", Variants: []commerce.VariantChange{change}}
	}
	for _, c := range []struct {
		name  string
		patch commerce.ProductPatch
		moves bool
	}{
		{"nothing", &commerce.ProductChange{}, false},
		{"the same", &commerce.ProductChange{Title: new("Tea")}, false},
		{"a title", &commerce.ProductChange{Title: new("Chai")}, true},
		{"a price", bulk(commerce.VariantChange{Price: new(commerce.DecimalText("9"))}), true},
		{"the same price", bulk(commerce.VariantChange{Price: new(commerce.DecimalText("9.00"))}), false},
		{"stock", bulk(commerce.VariantChange{Quantity: new(5)}), false},
		{"a picture", &commerce.ProductChange{Media: []commerce.MediaInput{{URL: "https://img.test/1.jpg", Alt: "front"}}}, true},
		{"no picture", &commerce.ProductChange{Media: []commerce.MediaInput{}}, true},
		{"an option", &commerce.OptionRenaming{Option: commerce.OptionID(option), Name: new("Weight")}, true},
		{"a value", &commerce.OptionRenaming{Option: commerce.OptionID(option), Values: []commerce.ValueRenaming{{From: "0", To: "100 g"}}}, true},
		{"hidden", commerce.Publication{Hide: true}, true},
		{"shown", commerce.Publication{}, true},
		{"still shown", commerce.Publication{}, false},
		{"later", commerce.Publication{At: new(time.Now().Add(time.Hour))}, true},
		{"now", commerce.Publication{}, true},
	} {
		version, at := read("version"), read("updated_at")
		require.NoError(t, edit(t, d.DB, store, id, c.patch), c.name)
		require.Equal(t, c.moves, read("version") != version, "%s: the version", c.name)
		require.Equal(t, c.moves, read("updated_at") != at, "%s: updated_at", c.name)
	}
	require.Equal(t, "true", read("published_at <= now()"))
	require.Equal(t, [][]string{{"Weight", "{\"100 g\",1}"}}, queryRows(t, d, `SELECT name, "values" FROM product_options WHERE id = $1`, option))
	require.Equal(t, variants, queryRows(t, d, `SELECT id FROM product_variants ORDER BY id`))
	run(t, d, `UPDATE products SET vendor = 'by hand'`)
	require.Equal(t, "12", read("version"), "a change with psql counts too")
}

// A change that says nothing of the stock leaves what was sold meanwhile sold.
func TestEditProductLeavesStock(t *testing.T) {
	t.Parallel()
	d := dbtest.New(t)
	store := openStore(t, d.DB, "alpha")
	id := makeProduct(t, d.DB, store, "Tea", 1)
	run(t, d, `UPDATE product_variants SET inventory_quantity = 5`)
	tx, err := d.SQL.BeginTx(t.Context(), nil)
	require.NoError(t, err)
	_, err = tx.ExecContext(t.Context(), `UPDATE product_variants SET inventory_quantity = inventory_quantity - 1`)
	require.NoError(t, err)
	done := make(chan error, 1)
	go func() {
		again := setting("Tea", 1)
		again.Variants[0].Price = new(commerce.DecimalText("99"))
		done <- edit(t, d.DB, store, id, again)
	}()
	requireWaiting(t, d)
	require.NoError(t, tx.Commit())
	require.NoError(t, <-done)
	require.Equal(t, [][]string{{"4", "9900"}}, queryRows(t, d, `SELECT inventory_quantity, price_minor FROM product_variants`))
}

// A handle that a product had leads to it, whatever became of it since; one that a product has leads to that one.
func TestRedirects(t *testing.T) {
	t.Parallel()
	d := dbtest.New(t)
	store, other := openStore(t, d.DB, "alpha"), openStore(t, d.DB, "beta")
	tea, milk := makeProduct(t, d.DB, store, "Tea", 1), makeProduct(t, d.DB, store, "Milk", 1)
	makeProduct(t, d.DB, other, "Other", 1)
	leads := func(handle string) commerce.ProductID {
		ref := commerce.HandleRef{Store: store.ID, Handle: handle}
		found, err := d.ProductsByHandle(t.Context(), []commerce.HandleRef{ref, {Store: other.ID, Handle: handle}})
		require.NoError(t, err)
		require.Nil(t, found[commerce.HandleRef{Store: other.ID, Handle: handle}])
		if found[ref] == nil {
			return 0
		}
		return found[ref].ID
	}
	rename := func(id commerce.ProductID, handle string) error {
		return edit(t, d.DB, store, id, &commerce.ProductChange{Handle: &handle})
	}
	require.NoError(t, rename(tea, "chai"))
	require.NoError(t, rename(tea, "masala-chai"))
	for _, handle := range []string{"tea", "chai", "masala-chai"} {
		require.Equal(t, tea, leads(handle), handle)
	}
	require.Equal(t, [][]string{{"chai"}, {"tea"}}, queryRows(t, d, `SELECT handle FROM product_redirects ORDER BY handle`))

	refused(t, rename(milk, "masala-chai"), "input.handle TAKEN")
	require.NoError(t, rename(milk, "chai"), "a handle that was left may be taken")
	require.Equal(t, milk, leads("chai"))
	require.NoError(t, rename(milk, "doodh"))
	require.Equal(t, milk, leads("chai"), "it leads to who had it last")
	require.NoError(t, rename(tea, "tea"), "back again")
	require.Equal(t, tea, leads("tea"))
	require.Equal(t, [][]string{{"chai"}, {"masala-chai"}, {"milk"}}, queryRows(t, d, `SELECT handle FROM product_redirects ORDER BY handle`))

	imported := product("milk")
	upsert(t, d.DB, store, imported)
	require.NotEqual(t, milk, leads("milk"), "an import takes it too")
	require.NoError(t, edit(t, d.DB, store, milk, &commerce.ProductChange{Status: new(commerce.ProductDraft)}))
	require.Zero(t, leads("chai"), "drafts are not found by old handles either")
	require.NoError(t, d.DeleteProduct(t.Context(), commerce.Author{}, store, milk, nil))
	require.NoError(t, d.DeleteProduct(t.Context(), commerce.Author{}, store, tea, nil))
	require.Empty(t, queryRows(t, d, `SELECT handle FROM product_redirects`))
}

// Where unique SKUs are asked for, another variant's is refused, wherever it is.
func TestUniqueSKUs(t *testing.T) {
	t.Parallel()
	d := dbtest.New(t)
	store, other := openStore(t, d.DB, "alpha"), openStore(t, d.DB, "beta")
	makeProduct(t, d.DB, store, "Tea", 2)
	set := func(store *commerce.Store, skus ...string) error {
		s := setting("Chai", len(skus))
		for i := range skus {
			s.Variants[i].SKU = &skus[i]
		}
		_, err := d.EditProduct(t.Context(), commerce.Author{}, store, commerce.ProductEdit{
			Action: "productSet", Handle: "chai", UniqueSKUs: true, Patch: s,
		})
		return err
	}
	refused(t, set(store, "x", "x"), "input.variants.1.sku DUPLICATE")
	refused(t, set(store, "x", "Tea-1", ""), "input.variants.1.sku DUPLICATE")
	require.Len(t, queryRows(t, d, `SELECT id FROM products`), 1)
	require.NoError(t, set(other, "Tea-1"), "another store's are its own business")
	require.NoError(t, set(store, "x", "", ""))
	require.NoError(t, set(store, "x", "", ""), "its own are no others'")
	require.NoError(t, edit(t, d.DB, store, makeProduct(t, d.DB, store, "Tea", 2), &commerce.ProductChange{}), "unless it is asked for, a SKU may stand twice")
}

// Another store's product is as good as none.
func TestEditProductOfAnotherStore(t *testing.T) {
	t.Parallel()
	d := dbtest.New(t)
	store, other := openStore(t, d.DB, "alpha"), openStore(t, d.DB, "beta")
	id := makeProduct(t, d.DB, store, "Tea", 2)
	rows := catalogue(t, d)
	for want, patch := range map[string]commerce.ProductPatch{
		"input.id NOT_FOUND":        &commerce.ProductChange{Title: new("Mine")},
		"input.productId NOT_FOUND": &commerce.VariantsChange{Currency: "INR"},
	} {
		refused(t, edit(t, d.DB, other, id, patch), want)
	}
	refused(t, edit(t, d.DB, other, id, setting("Mine", 1)), "input.id NOT_FOUND")
	refused(t, edit(t, d.DB, other, id, commerce.Publication{Hide: true}), "input.id NOT_FOUND")
	refused(t, edit(t, d.DB, other, id, &commerce.OptionRenaming{}), "input.productId NOT_FOUND")
	refused(t, d.DeleteProduct(t.Context(), commerce.Author{}, other, id, nil), "input.id NOT_FOUND")
	require.Equal(t, rows, catalogue(t, d))
	require.Len(t, queryRows(t, d, `SELECT id FROM audit_log`), 1)
	err := edit(t, d.DB, &commerce.Store{ID: 99}, id, &commerce.ProductChange{})
	require.Equal(t, commerce.CodeNotFound, commerce.CodeOf(err))
}

// However many variants a product has, as many statements make it and change it; one changes the variants.
func TestEditProductStatements(t *testing.T) {
	t.Parallel()
	plain := dbtest.New(t)
	var statements atomic.Int64
	d, err := db.Open(plain.URL, nil, db.Options{OnStatement: func(string) { statements.Add(1) }})
	require.NoError(t, err)
	defer func() { require.NoError(t, d.Close()) }()
	store := openStore(t, d, "alpha")
	counted := func(do func()) int64 {
		before := statements.Load()
		do()
		return statements.Load() - before
	}
	var made, changed [2]int64
	for i, n := range []int{1, commerce.MaxVariants} {
		var id commerce.ProductID
		title := fmt.Sprintf("P%d", n)
		made[i] = counted(func() { id = makeProduct(t, d, store, title, n) })
		change := &commerce.VariantsChange{Currency: "INR"}
		for _, row := range queryRows(t, plain, `SELECT id FROM product_variants WHERE product_id = $1`, int64(id)) {
			variant, _ := strconv.ParseInt(row[0], 10, 64)
			change.Variants = append(change.Variants, commerce.VariantChange{ID: commerce.VariantID(variant), Price: new(commerce.DecimalText("1"))})
		}
		changed[i] = counted(func() { require.NoError(t, edit(t, d, store, id, change)) })
		require.Equal(t, [][]string{{strconv.Itoa(n), "100"}}, queryRows(t, plain,
			`SELECT count(*), max(price_minor) FROM product_variants WHERE product_id = $1`, int64(id)))
	}
	// The turn, the handle, why stock changes, and a row for the product, its options, pictures, variants, and for the log.
	require.Equal(t, [2]int64{8, 8}, made)
	// The turn, the product and its four kinds of parts, why stock changes, the variants' lock; the product, the variants, and the log.
	require.Equal(t, [2]int64{11, 11}, changed)
}
