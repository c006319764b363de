package searchtest

import (
	"slices"

	"github.com/kirana-commerce/kirana/commerce"
)

// attributesSelected holds when a product has a chosen value of each metafield that something is chosen of.
func attributesSelected(d *commerce.ProductDocument, chosen []commerce.MetafieldSelection) bool {
	for _, m := range chosen {
		if !amongAny(m.Values, attribute(*d, m.Namespace, m.Key)) {
			return false
		}
	}
	return true
}

// attribute is the values of a document's metafield.
func attribute(d commerce.ProductDocument, namespace, key string) []string {
	var values []string
	for _, a := range d.Attributes {
		if a.Namespace == namespace && a.Key == key {
			values = append(values, a.Value)
		}
	}
	return values
}

// metafields counts the metafields that are filters, and those of which something is chosen.
func (c counter) metafields() []commerce.Facet {
	var all []commerce.Facet
	var marked []commerce.SearchMetafield
	if c.q.Filters != nil {
		marked = slices.Clone(c.q.Filters.Metafields)
	}
	for _, s := range c.q.Selection.Metafields {
		if !slices.ContainsFunc(marked, func(m commerce.SearchMetafield) bool { return m.Namespace == s.Namespace && m.Key == s.Key }) {
			marked = append(marked, commerce.SearchMetafield{Namespace: s.Namespace, Key: s.Key, Label: s.Key})
		}
	}
	for _, m := range marked {
		all = append(all, c.metafield(m))
	}
	return all
}

func (c counter) metafield(m commerce.SearchMetafield) commerce.Facet {
	var chosen []string
	for _, s := range c.q.Selection.Metafields {
		if s.Namespace == m.Namespace && s.Key == m.Key {
			chosen = s.Values
		}
	}
	f := c.plain("filter.p.m."+m.Namespace+"."+m.Key, m.Label, chosen,
		func(d commerce.ProductDocument) []string { return attribute(d, m.Namespace, m.Key) },
		func(s *commerce.Selection, v []string) {
			s.Metafields = slices.DeleteFunc(slices.Clone(s.Metafields), func(s commerce.MetafieldSelection) bool { return s.Namespace == m.Namespace && s.Key == m.Key })
			s.Metafields = append(s.Metafields, commerce.MetafieldSelection{Namespace: m.Namespace, Key: m.Key, Values: v})
		},
		func(v *string) commerce.ProductFilter {
			return commerce.ProductFilter{ProductMetafield: &commerce.MetafieldFilter{Namespace: m.Namespace, Key: m.Key, Value: *v}}
		})
	f.Values = kept(f.Values, label, true)
	if m.Type == "boolean" {
		f.Type = commerce.FacetBoolean
		for i := range f.Values {
			f.Values[i].Label = map[string]string{"true": "Yes", "false": "No"}[f.Values[i].Label]
		}
	}
	return f
}

// arranged is the filters that a store shows, in its order, and behind them the others of which something is chosen.
func arranged(all []commerce.Facet, f *commerce.StoreSearchFacets) []commerce.Facet {
	if f == nil || f.Filters == nil {
		return all
	}
	shown := []commerce.Facet{}
	for _, id := range f.Filters {
		for _, one := range all {
			if one.ID == id {
				shown = append(shown, one)
			}
		}
	}
	for _, one := range all {
		if !slices.Contains(f.Filters, one.ID) && slices.ContainsFunc(one.Values, func(v commerce.FacetValue) bool { return v.Selected }) {
			shown = append(shown, one)
		}
	}
	return shown
}
