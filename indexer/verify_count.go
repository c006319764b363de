package indexer

import (
	"context"
	"slices"

	"github.com/kirana-commerce/kirana/commerce"
)

// CountReport is the first look: how many products each store has in the database, and how many documents.
type CountReport struct {
	Stores, Products, Documents int
	// Differ are stores whose numbers differ although nothing is on its way, at most a hundred.
	Differ []CountDifference
}

// CountDifference is a store with another number of documents than of products that can be found.
type CountDifference struct {
	Store               commerce.StoreID
	Products, Documents int
}

const (
	// countPage is the number of stores counted at once.
	countPage = 1000
	// maxDiffering bounds the stores that are counted again.
	maxDiffering = 100
)

// count counts the documents of all stores, or of one, on both sides. The stores that differ may be in motion.
func (v *Verifier) count(ctx context.Context, store commerce.StoreID) (CountReport, error) {
	after, to := span(store)
	if store > 0 {
		after.Store--
	}
	rows := counts{read: v.c.Catalogue.CountProducts, after: after.Store, to: to.Store}
	documents := counts{read: v.c.Index.CountStores, after: after.Store, to: to.Store}
	var r CountReport
	for {
		a, err := rows.peek(ctx)
		if err != nil {
			return r, err
		}
		b, err := documents.peek(ctx)
		if err != nil || a == nil && b == nil {
			return r, err
		}
		d := CountDifference{Store: lower(a, b)}
		d.Products, d.Documents = rows.take(a, d.Store), documents.take(b, d.Store)
		r.add(d)
	}
}

func (r *CountReport) add(d CountDifference) {
	r.Stores++
	r.Products += d.Products
	r.Documents += d.Documents
	if d.Products != d.Documents && len(r.Differ) < maxDiffering {
		r.Differ = append(r.Differ, d)
	}
}

// excuse leaves out stores that differ by what the search engine refuses, and by no more.
func (r *CountReport) excuse(lacking map[commerce.StoreID]int) {
	r.Differ = slices.DeleteFunc(r.Differ, func(d CountDifference) bool { return d.Products-d.Documents == lacking[d.Store] })
}

// lower is the lower store of two, of which one may be missing.
func lower(a, b *commerce.StoreCount) commerce.StoreID {
	if a == nil || b != nil && b.Store < a.Store {
		return b.Store
	}
	return a.Store
}

// counts reads the counts of stores in the order of their numbers, a page at a time.
type counts struct {
	read      func(ctx context.Context, after, to commerce.StoreID, limit int) ([]commerce.StoreCount, error)
	after, to commerce.StoreID
	page      []commerce.StoreCount
	ended     bool
}

// peek is the next store, nil after the last.
func (c *counts) peek(ctx context.Context) (*commerce.StoreCount, error) {
	if len(c.page) == 0 && !c.ended {
		page, err := c.read(ctx, c.after, c.to, countPage)
		if err != nil {
			return nil, err
		}
		c.page, c.ended = page, len(page) < countPage
		if !c.ended {
			c.after = page[len(page)-1].Store
		}
	}
	if len(c.page) == 0 {
		return nil, nil //nolint:nilnil // the end, which is no fault
	}
	return &c.page[0], nil
}

// take takes the next store's count if it is that of store, else there are none.
func (c *counts) take(next *commerce.StoreCount, store commerce.StoreID) int {
	if next == nil || next.Store != store {
		return 0
	}
	c.page = c.page[1:]
	return next.Products
}

// recounts is how often in a row a store has to differ by the same numbers.
const recounts = 2

// recount counts the stores again that differed, and leaves out those in motion.
func (v *Verifier) recount(ctx context.Context, r CountReport) (CountReport, error) {
	for range recounts {
		var kept []CountDifference
		for _, d := range r.Differ {
			again, still, err := v.bracket(ctx, d.Store)
			if err != nil {
				return r, err
			}
			if still {
				kept = append(kept, again)
			}
		}
		r.Differ = kept
	}
	return r, nil
}

// bracket counts a store in the database, in an index that has come to the present since, and in the database once more. Only
// numbers between two equal ones say anything.
func (v *Verifier) bracket(ctx context.Context, store commerce.StoreID) (d CountDifference, differs bool, err error) {
	before, err := one(ctx, v.c.Catalogue.CountProducts, store)
	if err != nil {
		return d, false, err
	}
	if _, _, err := v.present(ctx); err != nil {
		return d, false, err
	}
	documents, err := one(ctx, v.c.Index.CountStores, store)
	if err != nil {
		return d, false, err
	}
	after, err := one(ctx, v.c.Catalogue.CountProducts, store)
	return CountDifference{Store: store, Products: after, Documents: documents}, before == after && documents != after, err
}

// one is the count of one store.
func one(ctx context.Context, read func(context.Context, commerce.StoreID, commerce.StoreID, int) ([]commerce.StoreCount, error), store commerce.StoreID) (int, error) {
	counts, err := read(ctx, store-1, store, 1)
	if err != nil || len(counts) == 0 {
		return 0, err
	}
	return counts[0].Products, nil
}
