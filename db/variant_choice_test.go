package db_test

import (
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/kirana-commerce/kirana/commerce"
	"github.com/kirana-commerce/kirana/db/dbtest"
)

// choice is one of options written as Size=M,Colour=Red.
func choice(tb testing.TB, text string) commerce.Choice {
	tb.Helper()
	options := []*commerce.SelectedOption{}
	for part := range strings.SplitSeq(text, ",") {
		if name, value, found := strings.Cut(part, "="); found {
			options = append(options, &commerce.SelectedOption{Name: name, Value: value})
		}
	}
	c, err := commerce.NewChoice(options)
	require.NoError(tb, err)
	return c
}

func choiceKeys(tb testing.TB, products []commerce.ProductRef, size string) []commerce.ChoiceKey {
	tb.Helper()
	keys := make([]commerce.ChoiceKey, len(products))
	for i, p := range products {
		keys[i] = commerce.ChoiceKey{Product: p, Choice: choice(tb, "Colour=Red,Size="+size)}
	}
	return keys
}

// wardrobe is a store of one product with sizes and colours. S / Red is sold out, and there is no L / Blue.
func wardrobe(t *testing.T) (*dbtest.Database, commerce.ProductRef) {
	t.Helper()
	d := dbtest.New(t)
	store := openStore(t, d.DB, "alpha")
	in := product("p")
	variant := in.Variants[0]
	in.Variants = nil
	for _, options := range [][]string{{"S", "Red"}, {"S", "Blue"}, {"M", "Red"}, {"M", "Blue"}, {"L", "Red"}} {
		v := variant
		v.Options, v.InventoryQuantity = options, len(in.Variants)
		in.Variants = append(in.Variants, v)
	}
	upsert(t, d.DB, store, in)
	return d, commerce.ProductRef{Store: store.ID, ID: 1}
}

func TestChosenVariants(t *testing.T) {
	t.Parallel()
	d, ref := wardrobe(t)
	for _, c := range []struct {
		options                         string
		ignoreUnknown, anyCase, orFirst bool
		want                            string
	}{
		{options: "Size=M,Colour=Red", want: "M / Red"},
		{options: "Colour=Red,Size=M", want: "M / Red"},
		{options: "Size=S,Colour=Red", want: "S / Red"},
		{options: "Size=L,Colour=Blue"},
		{options: "Size=L,Colour=Blue", orFirst: true, want: "S / Blue"},
		{options: "Size=M"},
		{options: "Size=M", orFirst: true, want: "S / Blue"},
		{options: ""},
		{options: "", orFirst: true, want: "S / Blue"},
		{options: "size=m,COLOUR=red"},
		{options: "size=m,COLOUR=red", anyCase: true, want: "M / Red"},
		{options: "Size=M,Colour=Red,Material=Wool"},
		{options: "Size=M,Colour=Red,Material=Wool", orFirst: true, want: "S / Blue"},
		{options: "Size=M,Colour=Red,Material=Wool", ignoreUnknown: true, want: "M / Red"},
		{options: "Size=M,Colour=\xff"},
	} {
		k := commerce.ChoiceKey{Product: ref, Choice: choice(t, c.options)}
		k.Choice.IgnoreUnknown, k.Choice.AnyCase, k.Choice.OrFirst = c.ignoreUnknown, c.anyCase, c.orFirst
		found, err := d.ChosenVariants(t.Context(), []commerce.ChoiceKey{k})
		require.NoError(t, err)
		if c.want == "" {
			require.Empty(t, found, "%+v", c)
			continue
		}
		require.NotNil(t, found[k], "%+v", c)
		require.Equal(t, c.want, found[k].Title(), "%+v", c)
	}
}

func TestAdjacentVariants(t *testing.T) {
	t.Parallel()
	d, ref := wardrobe(t)
	none, err := commerce.NewChoice(nil)
	require.NoError(t, err)
	for _, c := range []struct {
		choice commerce.Choice
		want   []string
	}{
		{choice(t, "Size=M,Colour=Red"), []string{"S / Red", "M / Blue", "L / Red"}},
		{choice(t, "Size=L,Colour=Blue"), []string{"S / Blue", "M / Blue", "L / Red"}},
		{none, []string{"S / Red", "M / Blue"}}, // of S / Blue
		{choice(t, "Size=M,Colour=Red,Material=Wool"), nil},
		{choice(t, ""), nil},
	} {
		k := commerce.ChoiceKey{Product: ref, Choice: c.choice}
		found, err := d.AdjacentVariants(t.Context(), []commerce.ChoiceKey{k})
		require.NoError(t, err)
		var got []string
		for _, v := range found[k] {
			got = append(got, v.Title())
		}
		require.Equal(t, c.want, got, "%+v", c)
	}
}

func TestFirstVariants(t *testing.T) {
	t.Parallel()
	d, ref := wardrobe(t)
	found, err := d.FirstVariants(t.Context(), []commerce.ProductRef{ref})
	require.NoError(t, err)
	got := make(map[string]string)
	for option, v := range found[ref] {
		got[option.Name+"="+option.Value] = v.Title()
	}
	require.Equal(t, map[string]string{"Size=S": "S / Red", "Size=M": "M / Red", "Size=L": "L / Red", "Colour=Red": "S / Red", "Colour=Blue": "S / Blue"}, got)
}

// Labels are those of products that buyers can see, each once, in the order of the alphabet.
func TestLabels(t *testing.T) {
	t.Parallel()
	d := dbtest.New(t)
	stores := []*commerce.Store{openStore(t, d.DB, "alpha"), openStore(t, d.DB, "beta"), openStore(t, d.DB, "empty")}
	for i, labels := range [][]string{{"Tea"}, {"tea"}, {"Rice", "new"}, {"चावल"}, {""}, {"draft"}, {"later"}} {
		in := product("p")
		in.Handle, in.ProductType, in.Tags = "p-"+string(rune('a'+i)), labels[0], labels
		if labels[0] == "draft" {
			in.Status = commerce.ProductDraft
		}
		for _, store := range stores[:2] {
			if store.Handle == "alpha" || i < 2 {
				upsert(t, d.DB, store, in)
			}
		}
	}
	run(t, d, `UPDATE products SET published_at = now() + interval '1 hour' WHERE product_type = 'later'`)
	key := func(store, first int) commerce.LabelListKey {
		return commerce.LabelListKey{Store: stores[store].ID, First: first}
	}
	keys := []commerce.LabelListKey{key(0, 10), key(0, 2), key(0, 0), key(1, 10), key(2, 10)}
	tags, err := d.ProductTags(t.Context(), keys)
	require.NoError(t, err)
	require.Equal(t, map[commerce.LabelListKey][]string{
		key(0, 10): {"Rice", "Tea", "new", "tea", "चावल"}, key(0, 2): {"Rice", "Tea"}, key(1, 10): {"Tea", "tea"},
	}, tags)
	types, err := d.ProductTypes(t.Context(), keys)
	require.NoError(t, err)
	require.Equal(t, map[commerce.LabelListKey][]string{
		key(0, 10): {"Rice", "Tea", "चावल"}, key(0, 2): {"Rice", "Tea"}, key(1, 10): {"Tea"},
	}, types)
}
