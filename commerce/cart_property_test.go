package commerce_test

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"github.com/kirana-commerce/kirana/commerce"
)

// cartModel is a cart as a plain map: how many units there are of a variant with some notes.
type cartModel map[string]int

func modelKey(v commerce.VariantID, notes []*commerce.Attribute) string {
	sorted := make([]string, len(notes))
	for i, a := range notes {
		sorted[i] = a.Key + "=" + a.Value
	}
	slices.Sort(sorted)
	return fmt.Sprint(v, " ", strings.Join(sorted, " "))
}

// room is how many units of a variant the line can have, beside the others.
func (m cartModel) room(v commerce.VariantID, key string, wanted int) int {
	if v != ten && v != none {
		return wanted
	}
	left := stall()[v].InventoryQuantity
	for other, n := range m {
		if other != key && strings.HasPrefix(other, fmt.Sprint(v, " ")) {
			left -= n
		}
	}
	return max(0, min(left, wanted))
}

// put gives a line its units; false when the cart is to refuse it.
func (m cartModel) put(v commerce.VariantID, key string, wanted int) bool {
	if wanted > commerce.MaxLineQuantity {
		return false
	}
	if m[key] = m.room(v, key, wanted); m[key] == 0 {
		delete(m, key)
	}
	return true
}

func drawNotes(t *rapid.T) []*commerce.Attribute {
	notes := rapid.SampledFrom([][]string{{}, {"a", "1"}, {"a", "2"}, {"a", "1", "b", "2"}, {"b", "2", "a", "1"}}).Draw(t, "notes")
	return attributes(notes...)
}

func drawVariant(t *rapid.T) commerce.VariantID {
	return rapid.SampledFrom([]commerce.VariantID{ten, none, uncounted, onOrder}).Draw(t, "variant")
}

func drawQuantity(t *rapid.T) int {
	return rapid.OneOf(rapid.IntRange(-1, 12), rapid.SampledFrom([]int{600_000, 1_000_000, 1_000_001, 1_000_000_000})).Draw(t, "quantity")
}

// cartWalk is a cart and what the model says it is.
type cartWalk struct {
	cart  *commerce.Cart
	model cartModel
	// last is the highest number that a line had.
	last int64
}

// try applies a change to the cart; one that is to be refused leaves it as it was, as the database does.
func (w *cartWalk) try(t *rapid.T, change commerce.CartChange, fine bool) {
	tried := *w.cart
	tried.Lines = nil
	for _, l := range w.cart.Lines {
		tried.Lines = append(tried.Lines, new(*l))
	}
	_, err := change.Apply(&tried, stall())
	require.Equal(t, fine, err == nil, "%v", err)
	if fine {
		w.cart = &tried
	}
}

func (w *cartWalk) add(t *rapid.T) {
	v, notes, quantity := drawVariant(t), drawNotes(t), drawQuantity(t)
	key := modelKey(v, notes)
	fine := quantity >= 1 && w.model.put(v, key, w.model[key]+quantity)
	w.try(t, adding(&commerce.CartLineInput{MerchandiseID: variantGID(1, int64(v)), Quantity: &quantity, Attributes: notes}), fine)
}

func (w *cartWalk) update(t *rapid.T) {
	if len(w.cart.Lines) == 0 {
		return
	}
	line := rapid.SampledFrom(w.cart.Lines).Draw(t, "line")
	in := &commerce.CartLineUpdateInput{ID: line.NodeID().String()}
	v, quantity := line.Variant, line.Quantity
	notes := make([]*commerce.Attribute, len(line.Attributes))
	for i := range line.Attributes {
		notes[i] = &line.Attributes[i]
	}
	old := modelKey(v, notes)
	if rapid.Bool().Draw(t, "another variant") {
		v = drawVariant(t)
		in.MerchandiseID = new(variantGID(1, int64(v)))
	}
	if rapid.Bool().Draw(t, "other notes") {
		notes = drawNotes(t)
		in.Attributes = notes
	}
	if rapid.Bool().Draw(t, "other quantity") {
		quantity = drawQuantity(t)
		in.Quantity = &quantity
	}
	key, had := modelKey(v, notes), w.model[old]
	delete(w.model, old)
	fine := true
	switch {
	case quantity < 0:
		fine = false
	case quantity > 0:
		fine = w.model.put(v, key, quantity+w.model[key])
	}
	if !fine {
		w.model[old] = had
	}
	w.try(t, updating(in), fine)
}

func (w *cartWalk) remove(t *rapid.T) {
	if len(w.cart.Lines) == 0 {
		return
	}
	line := rapid.SampledFrom(w.cart.Lines).Draw(t, "line")
	notes := make([]*commerce.Attribute, len(line.Attributes))
	for i := range line.Attributes {
		notes[i] = &line.Attributes[i]
	}
	delete(w.model, modelKey(line.Variant, notes))
	w.try(t, commerce.RemoveCartLines(nil, []string{line.NodeID().String()}), true)
}

// check holds the cart against the model.
func (w *cartWalk) check(t *rapid.T) {
	got, units, ids := cartModel{}, 0, map[int64]bool{}
	for _, l := range w.cart.Lines {
		require.False(t, ids[l.ID], "line %d is there twice", l.ID)
		ids[l.ID] = true
		require.Positive(t, l.ID)
		require.LessOrEqual(t, l.ID, w.cart.LastLine)
		require.Positive(t, l.Quantity)
		require.LessOrEqual(t, l.Quantity, commerce.MaxLineQuantity)
		notes := make([]*commerce.Attribute, len(l.Attributes))
		for i := range l.Attributes {
			notes[i] = &l.Attributes[i]
		}
		key := modelKey(l.Variant, notes)
		require.NotContains(t, got, key, "two equal lines")
		got[key] = l.Quantity
		units += l.Quantity
	}
	require.Equal(t, w.model, got)
	require.GreaterOrEqual(t, w.cart.LastLine, w.last, "numbers only grow")
	w.last = w.cart.LastLine
	priced, err := w.cart.Price(&commerce.CartFacts{Currency: "INR", Sold: stall(), Settings: &commerce.PriceSettings{Currency: "INR"}})
	require.NoError(t, err)
	require.Equal(t, units, priced.Quantity())
}

// Whatever a buyer does, the cart is what a plain map says.
func TestCartsAreMaps(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		w := &cartWalk{cart: emptyCart(), model: cartModel{}}
		t.Repeat(map[string]func(*rapid.T){"add": w.add, "update": w.update, "remove": w.remove, "": w.check})
	})
}
