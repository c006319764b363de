package importer

import (
	"cmp"
	"fmt"
	"regexp"
	"slices"
	"strings"

	"github.com/kirana-commerce/kirana/commerce"
)

// metafieldColumn is a column of metafields in a file.
type metafieldColumn struct {
	commerce.MetafieldColumn
	place  int
	called string
}

// Two headings name metafields: Shopify's own, which says no type, and the one that tools for moving shops use, which does, and has
// one for variants too. "Private" in front is ours, so that what buyers do not see stays so.
var (
	shopifyMetafield = regexp.MustCompile(`(?i)\((product|variant)\.metafields\.([\w-]+)\.([\w-]+)\)$`)
	typedMetafield   = regexp.MustCompile(`(?i)^(private )?(variant )?metafield: *(?:([\w-]+)\.)?([\w-]+)(?: *\[([\w.]+)\])?$`)
)

// parseMetafieldHeading reports whether a heading is one of metafields.
func parseMetafieldHeading(cell string) (commerce.MetafieldColumn, bool) {
	cell = strings.TrimSpace(cell)
	if m := shopifyMetafield.FindStringSubmatch(cell); m != nil {
		return commerce.MetafieldColumn{Variant: strings.EqualFold(m[1], "variant"), Namespace: m[2], Key: m[3]}, true
	}
	m := typedMetafield.FindStringSubmatch(cell)
	if m == nil {
		return commerce.MetafieldColumn{}, false
	}
	c := commerce.MetafieldColumn{
		Private: m[1] != "", Variant: m[2] != "", Namespace: m[3], Key: m[4], Type: commerce.MetafieldType(strings.ToLower(m[5])),
	}
	if c.Namespace == "" {
		c.Namespace = commerce.DefaultNamespace
	}
	return c, true
}

// metafieldHeading is the heading that parseMetafieldHeading reads.
func metafieldHeading(c commerce.MetafieldColumn) string {
	words := ""
	if c.Private {
		words = "Private "
	}
	if c.Variant {
		words += "Variant "
	}
	heading := words + "Metafield: " + c.Namespace + "." + c.Key
	if c.Type != "" {
		heading += " [" + string(c.Type) + "]"
	}
	return heading
}

// addMetafield takes the column at a place into the header, or says why it is not used.
func (h *header) addMetafield(c commerce.MetafieldColumn, place int) (note string) {
	switch {
	case c.Type != "" && !c.Type.Valid():
		return fmt.Sprintf("column %q is not used: %.40q is no type of metafields", h.names[place], c.Type)
	case h.said[c]:
		return fmt.Sprintf("column %q is not used: a column before it says the same", h.names[place])
	}
	if h.said == nil {
		h.said = map[commerce.MetafieldColumn]bool{}
	}
	h.said[c] = true
	h.metafields = append(h.metafields, metafieldColumn{c, place, h.names[place]})
	return ""
}

// metafields reads those of the current row, of its product or of its variant. An empty cell says nothing.
// They come by namespace and key, as a store has them.
func (d *draft) metafields(variant bool) []commerce.MetafieldInput {
	var all []commerce.MetafieldInput
	type name struct{ namespace, key string }
	taken := map[name]bool{}
	for i := range d.r.header.metafields {
		c := &d.r.header.metafields[i]
		if c.Variant != variant || d.r.cellAt(c.place) == "" {
			continue
		}
		m, err := c.read(d.r.cells[c.place], d.r.store.ID)
		switch {
		case err != nil:
			d.rejectAt(d.r.lineAt(c.place), c.called, "%s", err)
		case taken[name{m.Namespace, m.Key}]:
			d.rejectAt(d.r.lineAt(c.place), c.called, "another column of the row has a value for %s.%s too", m.Namespace, m.Key)
		default:
			taken[name{m.Namespace, m.Key}] = true
			all = append(all, m)
		}
	}
	slices.SortFunc(all, func(a, b commerce.MetafieldInput) int {
		return cmp.Or(strings.Compare(a.Namespace, b.Namespace), strings.Compare(a.Key, b.Key))
	})
	return all
}

// read makes a metafield of a cell. Texts keep the white space around them.
func (c *metafieldColumn) read(cell string, store commerce.StoreID) (commerce.MetafieldInput, error) {
	m := commerce.MetafieldInput{Namespace: c.Namespace, Key: c.Key, Type: c.Type, Value: strings.Clone(cell), Private: c.Private}
	if c.Type != commerce.MetafieldLine && c.Type != commerce.MetafieldText {
		m.Value = strings.TrimSpace(m.Value)
	}
	value, err := m.Like("", store).Type.CanonicalIn(store, m.Value)
	m.Value = value
	return m, err
}

// metafieldCells fills the cells of the metafields of a product or of a variant.
func (x *export) metafieldCells(r *sheetRow, variant bool, metafields []commerce.MetafieldInput) {
	for _, m := range metafields {
		place := slices.Index(x.metafields, commerce.MetafieldColumn{
			Variant: variant, Namespace: m.Namespace, Key: m.Key, Type: m.Type, Private: m.Private,
		})
		if place < 0 {
			continue
		}
		if r.metafields == nil {
			r.metafields = make([]string, len(x.metafields))
		}
		r.metafields[place] = m.Value
	}
}
