package searchtest

import (
	"slices"
	"testing"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"github.com/kirana-commerce/kirana/commerce"
)

// drawPlacement draws rules' say, none most of the time. Factors are powers of two, so that no rounding decides an order.
func drawPlacement(t *rapid.T) commerce.Placement {
	if !oneIn(t, 3, "placed") {
		return commerce.Placement{}
	}
	ids := rapid.SliceOfNDistinct(rapid.Map(rapid.IntRange(1, 30), func(n int) commerce.ProductID { return commerce.ProductID(n) }), 0, 6, rapid.ID[commerce.ProductID])
	rule := &commerce.SearchRule{Pinned: ids.Draw(t, "pinned"), Buried: ids.Draw(t, "buried")}
	if oneIn(t, 2, "hiding") {
		rule.Hidden = ids.Draw(t, "hidden")
	}
	for range max(0, rapid.IntRange(-1, 3).Draw(t, "boosts")) {
		b := commerce.SearchBoost{
			Field:  rapid.SampledFrom([]commerce.SearchBoostField{commerce.BoostVendor, commerce.BoostProductType, commerce.BoostTag}).Draw(t, "field"),
			Factor: rapid.SampledFrom([]float64{0.25, 0.5, 2, 4, 8}).Draw(t, "factor"),
		}
		values := map[commerce.SearchBoostField][]string{commerce.BoostVendor: someVendors[1:], commerce.BoostProductType: someTypes[1:], commerce.BoostTag: someTags}
		b.Value = rapid.SampledFrom(values[b.Field]).Draw(t, "value")
		rule.Boosts = append(rule.Boosts, b)
	}
	c := commerce.SearchCuration{Rules: []*commerce.SearchRule{rule}}
	return c.Place(commerce.SearchQuery{}, birth)
}

// lift is how far rules lift a product above others that are as relevant: pins in their order, then what is boosted, then what is buried.
func lift(p commerce.Placement, d *commerce.ProductDocument) float64 {
	if i := slices.Index(p.Pinned, d.Ref.ID); i >= 0 {
		return float64(1_000_000 - i)
	}
	factor := 1.0
	for _, b := range p.Boosts {
		if b.Field == commerce.BoostVendor && d.Vendor == b.Value || b.Field == commerce.BoostProductType && d.ProductType == b.Value ||
			b.Field == commerce.BoostTag && slices.Contains(d.Tags, b.Value) {
			factor *= b.Factor
		}
	}
	factor = min(factor, commerce.MaxBoosted)
	if slices.Contains(p.Buried, d.Ref.ID) {
		return factor / 1_000_000
	}
	return factor
}

// runPlacement checks rules and synonyms where there is a text.
func runPlacement(t *testing.T, newSearcher NewSearcher) {
	t.Helper()
	s := newSearcher(t, textCatalogue())
	synonyms, err := commerce.ParseSynonyms("jackpot, cotton shirt\nkaapi => coffee")
	require.NoError(t, err)
	own := synonyms.With(commerce.StarterSynonyms())
	boost := func(value string, factor float64) []commerce.SearchBoost {
		return []commerce.SearchBoost{{Field: commerce.BoostTag, Value: value, Factor: factor}}
	}
	for _, tt := range []struct {
		name, text string
		synonyms   *commerce.Synonyms
		placement  commerce.Placement
		want       []commerce.ProductID
	}{
		{name: "as it is", text: "shirt", want: []commerce.ProductID{redShirt, shirtBody, skirt}},
		{name: "pinned", text: "shirt", placement: commerce.Placement{Pinned: []commerce.ProductID{skirt, phone}}, want: []commerce.ProductID{skirt, phone, redShirt, shirtBody}},
		{name: "pinned where nothing is found", text: "xylophone", placement: commerce.Placement{Pinned: []commerce.ProductID{phone}}, want: []commerce.ProductID{phone}},
		{name: "buried", text: "shirt", placement: commerce.Placement{Buried: []commerce.ProductID{redShirt, phone}}, want: []commerce.ProductID{shirtBody, skirt, redShirt}},
		{name: "hidden", text: "shirt", placement: commerce.Placement{Hidden: []commerce.ProductID{redShirt}}, want: []commerce.ProductID{shirtBody, skirt}},
		{name: "boosted by a tag", text: "coffee", placement: commerce.Placement{Boosts: boost("Breakfast", 10)}, want: []commerce.ProductID{coffee}},
		{name: "a product of another store", text: "phone", placement: commerce.Placement{Pinned: []commerce.ProductID{lastOfText + 1}}, want: nil},
		{name: "a synonym of the store", text: "jackpot", synonyms: &own, want: []commerce.ProductID{redShirt}},
		{name: "one-way", text: "kaapi", synonyms: &own, want: []commerce.ProductID{coffee}},
		{name: "another store's synonym", text: "jackpot", want: nil},
		{name: "without the starter set", text: "tee", synonyms: &synonyms, want: nil},
	} {
		q := browse(storeA)
		q.Text, q.Synonyms, q.Placement, q.WantTotal = tt.text, tt.synonyms, tt.placement, true
		got := ask(t, s, q)
		found := make([]commerce.ProductID, len(got.Hits.Items))
		for i, hit := range got.Hits.Items {
			require.Equal(t, storeA, hit.Node.Store)
			found[i] = hit.Node.ID
		}
		if tt.name == "a product of another store" {
			require.NotContains(t, found, lastOfText+1)
			continue
		}
		require.Equal(t, append([]commerce.ProductID{}, tt.want...), found, tt.name)
		require.Equal(t, len(tt.want), got.Total, tt.name)
	}
}
