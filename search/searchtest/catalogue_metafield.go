package searchtest

import (
	"pgregory.net/rapid"

	"github.com/kirana-commerce/kirana/commerce"
)

// The metafields of random catalogues. Names begin alike, and hold what means something to patterns.
var (
	someMetafields = []commerce.SearchMetafield{
		{Namespace: "custom", Key: "fabric", Type: "single_line_text_field", Label: "Fabric"},
		{Namespace: "custom", Key: "fabric-care", Type: "list.single_line_text_field", Label: "Care"},
		{Namespace: "cus", Key: "organic", Type: "boolean", Label: "Organic"},
		{Namespace: "custom", Key: "watts", Type: "number_integer", Label: "Power"},
	}
	metafieldValues = map[string][]string{
		"fabric": {"Cotton", "cotton mix", "Silk*", "रेशम", "a␟b"}, "fabric-care": {"Wash", "Iron", "Dry"}, "organic": {"true", "false"}, "watts": {"5", "40", "-3", "100"},
	}
)

func drawAttributes(t *rapid.T) []commerce.DocumentAttribute {
	var all []commerce.DocumentAttribute
	for _, m := range someMetafields {
		most := 1
		if m.Key == "fabric-care" {
			most = 3
		}
		for _, v := range rapid.SliceOfNDistinct(rapid.SampledFrom(metafieldValues[m.Key]), 0, most, rapid.ID).Draw(t, m.Key) {
			all = append(all, commerce.DocumentAttribute{Namespace: m.Namespace, Key: m.Key, Value: v})
		}
	}
	return all
}

func drawMetafieldSelection(t *rapid.T) []commerce.MetafieldSelection {
	if !oneIn(t, 4, "by metafields") {
		return nil
	}
	var all []commerce.MetafieldSelection
	for _, m := range someMetafields {
		if oneIn(t, 3, "by "+m.Key) {
			from := append([]string{"true"}, metafieldValues[m.Key]...)
			if m.Type != "boolean" {
				from = append(from, "Nothing")
			}
			all = append(all, commerce.MetafieldSelection{
				Namespace: m.Namespace, Key: m.Key, Values: rapid.SliceOfNDistinct(rapid.SampledFrom(from), 1, 2, rapid.ID).Draw(t, "chosen"),
			})
		}
	}
	return all
}

// drawFilters draws what a store has decided about its filters: nothing, which metafields are some, and which are shown.
func drawFilters(t *rapid.T) *commerce.StoreSearchFacets {
	if oneIn(t, 3, "nothing decided") {
		return nil
	}
	f := &commerce.StoreSearchFacets{Metafields: rapid.SliceOfNDistinct(rapid.SampledFrom(someMetafields), 0, 4, commerce.SearchMetafield.FilterID).Draw(t, "metafields")}
	if oneIn(t, 2, "all filters") {
		return f
	}
	ids := []string{
		commerce.FilterAvailability, commerce.FilterPrice, commerce.FilterVendor, commerce.FilterProductType, commerce.FilterTag,
		"filter.v.option.size", "filter.v.option.colour (uk)", "filter.v.option.none",
	}
	for _, m := range f.Metafields {
		ids = append(ids, m.FilterID())
	}
	f.Filters = rapid.SliceOfNDistinct(rapid.SampledFrom(ids), 0, len(ids), rapid.ID).Draw(t, "filters")
	return f
}
