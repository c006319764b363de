package db_test

import (
	"fmt"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"github.com/kirana-commerce/kirana/commerce"
	"github.com/kirana-commerce/kirana/db/dbtest"
)

// books are what a shelf of one product should look like, kept in memory by somebody who knows nothing of triggers.
type books struct {
	t  *testing.T
	rt *rapid.T
	s  *stockroom

	// sizes are the variants that there are, with the ids they have had.
	sizes    map[string]*shelved
	shop, at string
	closed   bool // the cellar
	entries  int  // of the ledger
}

// shelved is a variant: what lies in the shop and in the cellar, and what is reserved in the shop.
type shelved struct {
	id           string
	shop, cellar int
	reserved     int
	sellOn       bool
}

func (v *shelved) available() int { return v.shop + v.cellar - v.reserved }

func (b *books) size() string {
	return rapid.SampledFrom([]string{"S", "M", "L"}).Draw(b.rt, "size")
}

// draw picks a variant that there is, nil when there is none of the size drawn.
func (b *books) draw() *shelved { return b.sizes[b.size()] }

func (b *books) quantity() int { return rapid.IntRange(-3, 6).Draw(b.rt, "quantity") }

// importAll brings a version of the product in: some of its variants with a quantity each.
func (b *books) importAll() {
	in := product("shelf")
	in.Options, in.Variants = []string{"Size"}, nil
	template := product("shelf").Variants[0]
	sizes := rapid.SliceOfNDistinct(rapid.SampledFrom([]string{"S", "M", "L"}), 1, 3, rapid.ID).Draw(b.rt, "sizes")
	quantities := make(map[string]int)
	for _, size := range sizes {
		v := template
		v.Options, v.InventoryQuantity = []string{size}, b.quantity()
		v.InventoryPolicy = rapid.SampledFrom([]commerce.InventoryPolicy{commerce.InventoryDeny, commerce.InventoryContinue}).Draw(b.rt, "policy")
		in.Variants = append(in.Variants, v)
		quantities[size] = v.InventoryQuantity
	}
	_, err := b.s.UpsertProducts(b.t.Context(), b.s.store, []commerce.ProductInput{in})
	require.NoError(b.rt, err)
	for size := range b.sizes {
		if _, kept := quantities[size]; !kept {
			b.gone(size)
		}
	}
	for i, size := range sizes {
		if b.sizes[size] == nil {
			b.sizes[size] = &shelved{}
		}
		b.moved(&b.sizes[size].shop, b.sizes[size].shop+quantities[size]-b.sizes[size].available())
		b.sizes[size].sellOn = in.Variants[i].InventoryPolicy == commerce.InventoryContinue
	}
	for _, row := range queryRows(b.t, b.s.Database, `SELECT option_values[1], v.id FROM product_variants v JOIN products p ON p.id = v.product_id WHERE p.handle = 'shelf'`) {
		b.sizes[row[0]].id = row[1]
	}
}

// moved notes a new quantity, and an entry of the ledger if it is another.
func (b *books) moved(quantity *int, to int) {
	if *quantity != to {
		*quantity = to
		b.entries++
	}
}

// gone notes that a variant was deleted: each of its levels that holds something takes its leave.
func (b *books) gone(size string) {
	v := b.sizes[size]
	if v.shop != 0 || v.reserved != 0 {
		b.entries++
	}
	if v.cellar != 0 {
		b.entries++
	}
	delete(b.sizes, size)
}

// change carries out a mutation on one level and says whether it has to be refused.
func (b *books) change(v *shelved, cellar bool, change func(variant, location string) error, to int) {
	place, location := &v.shop, b.shop
	if cellar {
		place, location = &v.cellar, b.at
	}
	err := change("gid://kirana/ProductVariant/1/"+v.id, location)
	if cellar && b.closed || to < 0 && to < *place && !v.sellOn {
		var refusals commerce.Refusals
		require.ErrorAs(b.rt, err, &refusals)
		return
	}
	require.NoError(b.rt, err)
	b.moved(place, to)
}

func (b *books) set() {
	v, cellar, to := b.draw(), rapid.Bool().Draw(b.rt, "cellar"), b.quantity()
	if v == nil {
		return
	}
	was := v.shop
	if cellar {
		was = v.cellar
	}
	b.change(v, cellar, func(variant, location string) error {
		_, err := b.s.set(b.t.Context(), set(variant, location, to, new(was)))
		return err
	}, to)
}

func (b *books) adjust() {
	v, cellar, delta := b.draw(), rapid.Bool().Draw(b.rt, "cellar"), b.quantity()
	if v == nil {
		return
	}
	to := v.shop + delta
	if cellar {
		to = v.cellar + delta
	}
	b.change(v, cellar, func(variant, location string) error {
		_, err := b.s.adjust(b.t.Context(), add(variant, location, delta))
		return err
	}, to)
}

// byHand writes one side or the other with psql.
func (b *books) byHand() {
	v, to := b.draw(), b.quantity()
	if v == nil {
		return
	}
	switch rapid.IntRange(0, 2).Draw(b.rt, "what") {
	case 0:
		run(b.t, b.s.Database, `UPDATE product_variants SET inventory_quantity = $2 WHERE id = $1`, v.id, to)
		b.moved(&v.shop, v.shop+to-v.available())
	case 1:
		run(b.t, b.s.Database, `UPDATE inventory_levels SET on_hand = $2 WHERE variant_id = $1 AND location_id = $3`, v.id, to, numberOf(b.shop))
		b.moved(&v.shop, to)
	case 2:
		run(b.t, b.s.Database, `UPDATE inventory_levels SET reserved = abs($2::int) WHERE variant_id = $1 AND location_id = $3`, v.id, to, numberOf(b.shop))
		b.moved(&v.reserved, max(to, -to))
	}
}

func (b *books) remove() {
	size := b.size()
	if v := b.sizes[size]; v != nil {
		run(b.t, b.s.Database, `DELETE FROM product_variants WHERE id = $1`, v.id)
		b.gone(size)
	}
}

// toggle closes the cellar, if it is empty, or opens it.
func (b *books) toggle() {
	_, err := b.s.SetLocationActive(b.t.Context(), commerce.Author{}, b.s.store, b.at, b.closed)
	empty := true
	for _, v := range b.sizes {
		empty = empty && v.cellar == 0
	}
	if !b.closed && !empty {
		require.Error(b.rt, err)
		return
	}
	require.NoError(b.rt, err)
	b.closed = !b.closed
}

// check holds what is stored against the books.
func (b *books) check(start string) {
	requireExplained(b.rt, b.s.Database)
	var want []string
	for _, size := range []string{"L", "M", "S"} {
		if v := b.sizes[size]; v != nil {
			want = append(want, fmt.Sprintf("%s:%d shop:%d/%d cellar:%d", size, v.available(), v.shop, v.reserved, v.cellar))
		}
	}
	got := queryRows(b.t, b.s.Database, `
SELECT coalesce(string_agg(format('%s:%s shop:%s/%s cellar:%s', v.option_values[1], v.inventory_quantity, s.on_hand, s.reserved, coalesce(c.on_hand, 0)), '|' ORDER BY v.option_values[1]), '')
FROM product_variants v JOIN products p ON p.id = v.product_id AND p.handle = 'shelf'
JOIN inventory_levels s ON s.variant_id = v.id AND s.location_id = $1 LEFT JOIN inventory_levels c ON c.variant_id = v.id AND c.location_id = $2`,
		numberOf(b.shop), numberOf(b.at))
	require.Equal(b.rt, strings.Join(want, "|"), got[0][0])
	require.Equal(b.rt, fmt.Sprint(b.entries), queryRows(b.t, b.s.Database, `SELECT count(*) FROM inventory_ledger WHERE id > $1`, start)[0][0], "a row for each change")
}

// Whatever is done to stock, in whatever order and by whom, is what is stored, and every change of it is one row of the ledger.
func TestStockFollowsTheBooks(t *testing.T) {
	t.Parallel()
	s := furnish(t, dbtest.New(t), "alpha")
	rapid.Check(t, func(rt *rapid.T) {
		run(t, s.Database, `DELETE FROM products WHERE handle = 'shelf'`)
		run(t, s.Database, `UPDATE locations SET active = true`)
		b := &books{t: t, rt: rt, s: s, sizes: map[string]*shelved{}, shop: s.shop, at: s.cellar}
		start := s.last(t)
		steps := []func(){b.importAll, b.set, b.adjust, b.byHand, b.set, b.adjust, b.byHand, b.remove, b.toggle}
		b.importAll()
		for range rapid.IntRange(4, 24).Draw(rt, "steps") {
			steps[rapid.IntRange(0, len(steps)-1).Draw(rt, "step")]()
			b.check(start)
		}
	})
}
