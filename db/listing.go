package db

import (
	"context"
	"database/sql"

	"github.com/jmoiron/sqlx"

	"github.com/kirana-commerce/kirana/commerce"
)

// listedProductsSQL finds the products that listings name by handle or SKU.
const listedProductsSQL = `
SELECT ` + storedProductColumns + `
FROM products WHERE store_id = $1 AND (handle = ANY($2::text[]) OR id IN (
    SELECT v.product_id FROM product_variants v WHERE v.store_id = $1 AND v.sku = ANY($3::text[]) AND v.sku <> ''))
ORDER BY id`

// UpsertListings changes of products that exist what each listing says, and creates the others, in one transaction. The
// products are read, changed and written under a lock: what somebody else changes meanwhile is not put back. Codes
// BAD_USER_INPUT, NOT_FOUND for a store that is gone, UNAVAILABLE.
func (d *DB) UpsertListings(ctx context.Context, store *commerce.Store, in []commerce.Listing) ([]commerce.ListingOutcome, error) {
	if err := checkListings(in); err != nil {
		return nil, err
	}
	var outcomes []commerce.ListingOutcome
	err := d.inTx(ctx, func(tx *sqlx.Tx) error {
		if err := lockStore(ctx, tx, store.ID); err != nil {
			return err
		}
		plan, listed, err := planListings(ctx, tx, store.ID, in, true)
		if err != nil {
			return err
		}
		outcomes = listed
		return plan.write(ctx, tx, stockReason{why: commerce.InventoryImported})
	})
	if err != nil {
		return nil, err
	}
	return outcomes, nil
}

// CompareListings tells what UpsertListings would do, and writes nothing.
func (d *DB) CompareListings(ctx context.Context, store *commerce.Store, in []commerce.Listing) ([]commerce.ListingOutcome, error) {
	if err := checkListings(in); err != nil {
		return nil, err
	}
	var outcomes []commerce.ListingOutcome
	err := d.tryTx(ctx, &sql.TxOptions{Isolation: sql.LevelRepeatableRead, ReadOnly: true}, func(tx *sqlx.Tx) error {
		_, listed, err := planListings(ctx, tx, store.ID, in, false)
		outcomes = listed
		return err
	})
	return outcomes, fault(ctx, err)
}

func planListings(ctx context.Context, tx *sqlx.Tx, store commerce.StoreID, in []commerce.Listing, lock bool) (*upsert, []commerce.ListingOutcome, error) {
	text := listedProductsSQL
	if lock {
		text += forUpdate
	}
	products, err := readWhole(ctx, tx, store, text,
		texts(in, func(l commerce.Listing) string { return commerce.HandleOf(l.Name) }), texts(in, func(l commerce.Listing) string { return l.SKU }))
	if err != nil {
		return nil, nil, err
	}
	list := newListed(products)
	for i := range in {
		list.take(&in[i])
	}
	inputs, of := list.changed()
	plan := planAgainst(store, list.stored, inputs)
	for i, p := range of {
		if p >= 0 {
			list.outcomes[i].Outcome = plan.outcomes[p]
		}
	}
	return plan, list.outcomes, nil
}

// checkListings refuses a batch with a text that the database could not even look for. Code BAD_USER_INPUT.
func checkListings(in []commerce.Listing) error {
	for i := range in {
		if problem := in[i].Validate(); problem != "" {
			return commerce.BadInput("listings", "listing %d, %.80q: %s.", i+1, in[i].Name, problem)
		}
	}
	return nil
}

// listed is the products of a batch of listings: as they are stored, and as the listings want them.
type listed struct {
	stored   map[string]*storedProduct
	inputs   []commerce.ProductInput
	byHandle map[string]int
	bySKU    map[string][]int
	touched  map[place]bool
	of       []int // the input of each listing, -1 for none
	outcomes []commerce.ListingOutcome
}

// place is a variant of an input.
type place struct{ input, variant int }

func newListed(products []*storedProduct) *listed {
	l := &listed{
		stored: make(map[string]*storedProduct, len(products)), byHandle: make(map[string]int), bySKU: make(map[string][]int),
		touched: make(map[place]bool),
	}
	for _, p := range products {
		l.stored[p.Handle] = p
		l.add(p.edited())
	}
	return l
}

// add lists an input, by its handle and by the SKUs of its variants, each as often as it stands there.
func (l *listed) add(in commerce.ProductInput) (i int) {
	i = len(l.inputs)
	l.inputs = append(l.inputs, in)
	l.byHandle[in.Handle] = i
	for _, v := range in.Variants {
		l.bySKU[v.SKU] = append(l.bySKU[v.SKU], i)
	}
	return i
}

// changed returns the inputs that listings are about, and which of them each listing is about, -1 for none.
func (l *listed) changed() (inputs []commerce.ProductInput, of []int) {
	at := make(map[int]int)
	for _, i := range l.of {
		if _, known := at[i]; !known && i >= 0 {
			at[i] = len(inputs)
			inputs = append(inputs, l.inputs[i])
		}
	}
	at[-1] = -1
	for _, i := range l.of {
		of = append(of, at[i])
	}
	return inputs, of
}

// take applies a listing to its product, and notes what became of it.
func (l *listed) take(listing *commerce.Listing) {
	i, refusal := l.apply(listing)
	if refusal != "" {
		i = -1
	}
	l.of = append(l.of, i)
	l.outcomes = append(l.outcomes, commerce.ListingOutcome{Refusal: refusal})
}

func (l *listed) apply(listing *commerce.Listing) (i int, refusal string) {
	i, exists := l.byHandle[commerce.HandleOf(listing.Name)]
	if owners := l.bySKU[listing.SKU]; listing.SKU != "" && len(owners) > 0 {
		if len(owners) > 1 {
			return 0, "several variants have this SKU: give each its own first"
		}
		i, exists = owners[0], true
	}
	if !exists {
		in, refusal := listing.Product()
		if refusal == "" {
			i = l.add(in)
			l.touched[place{i, 0}] = true
		}
		return i, refusal
	}
	variant, refusal := listing.Find(&l.inputs[i])
	switch at := (place{i, variant}); {
	case refusal != "":
		return 0, refusal
	case l.touched[at]:
		return 0, "an earlier line is about the same product"
	default:
		if refusal = listing.Apply(&l.inputs[i], variant); refusal == "" {
			l.touched[at] = true
		}
		return i, refusal
	}
}
