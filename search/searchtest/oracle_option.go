package searchtest

import (
	"cmp"
	"maps"
	"slices"
	"strings"

	"github.com/kirana-commerce/kirana/commerce"
)

// options counts one filter per option name.
func (c counter) options() []commerce.Facet {
	labels := map[string]string{} // of chosen values that no product has
	keys := map[string][]string{} // the values of each option
	for _, o := range c.q.Selection.Options {
		for _, v := range o.Values {
			if !hidden(commerce.SelectedOption{Name: o.Name, Value: v.Key}) {
				keys[o.Name] = append(keys[o.Name], v.Key)
				labels[o.Name+"\x00"+v.Key] = strings.TrimSpace(v.Label)
			}
		}
	}
	for _, o := range c.spelt() {
		name := commerce.OptionKey(o.Name)
		keys[name] = append(keys[name], commerce.OptionKey(o.Value))
	}
	var all []commerce.Facet
	for _, name := range slices.Sorted(maps.Keys(keys)) {
		f := commerce.Facet{ID: commerce.FilterOptionPrefix + name, Label: cmp.Or(c.nameSpelling(name), name), Type: commerce.FacetList}
		for _, key := range distinct(keys[name]) {
			f.Values = append(f.Values, c.option(f, name, key, labels[name+"\x00"+key]))
		}
		f.Values = kept(f.Values, func(v commerce.FacetValue) string { return commerce.OptionKey(v.Label) }, true)
		all = append(all, f)
	}
	return all
}

func (c counter) option(f commerce.Facet, name, key, chosenLabel string) commerce.FacetValue {
	s := c.q.Selection
	chosen := false
	s.Options = []commerce.OptionSelection{{Name: name, Values: []commerce.SelectedValue{{Key: key}}}}
	for _, o := range c.q.Selection.Options {
		if o.Name != name {
			s.Options = append(s.Options, o)
			continue
		}
		chosen = slices.ContainsFunc(o.Values, func(v commerce.SelectedValue) bool { return v.Key == key })
	}
	spelling := cmp.Or(c.valueSpelling(name, key), chosenLabel)
	return commerce.FacetValue{
		ID: f.ID + "." + commerce.Slug(key), Label: spelling, Count: c.left(s), Selected: chosen,
		Input: commerce.ProductFilter{VariantOption: &commerce.VariantOptionFilter{Name: f.Label, Value: spelling}},
	}
}

// spelt is every option of every product in scope, as the merchant wrote it, once for each product.
func (c counter) spelt() []commerce.SelectedOption {
	var all []commerce.SelectedOption
	for _, d := range c.docs {
		own := map[commerce.SelectedOption]bool{}
		for _, v := range d.Variants {
			for _, o := range v.Options {
				if !hidden(o) {
					own[commerce.SelectedOption{Name: strings.TrimSpace(o.Name), Value: strings.TrimSpace(o.Value)}] = true
				}
			}
		}
		all = slices.AppendSeq(all, maps.Keys(own))
	}
	return all
}

func (c counter) nameSpelling(key string) string {
	counts := map[string]int{}
	for _, o := range c.spelt() {
		if commerce.OptionKey(o.Name) == key {
			counts[strings.TrimSpace(o.Name)]++
		}
	}
	return mostFrequent(counts)
}

func (c counter) valueSpelling(name, key string) string {
	counts := map[string]int{}
	for _, o := range c.spelt() {
		if commerce.OptionKey(o.Name) == name && commerce.OptionKey(o.Value) == key {
			counts[strings.TrimSpace(o.Value)]++
		}
	}
	return mostFrequent(counts)
}

// mostFrequent is the text counted most, the first in byte order among equals, "" of none.
func mostFrequent(counts map[string]int) string {
	best := ""
	for _, text := range slices.Sorted(maps.Keys(counts)) {
		if best == "" || counts[text] > counts[best] {
			best = text
		}
	}
	return best
}
