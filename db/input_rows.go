package db

import (
	"slices"
	"time"

	"github.com/kirana-commerce/kirana/commerce"
)

// The rows of an upsert, as json_to_recordset reads them: the JSON names are the columns of the recordsets.

type productRow struct {
	ID        int64    `json:"id,omitempty"`
	Handle    string   `json:"handle"`
	Title     string   `json:"title"`
	HTML      string   `json:"html"`
	Vendor    string   `json:"vendor"`
	Type      string   `json:"type"`
	Tags      []string `json:"tags"`
	Status    string   `json:"status"`
	Published bool     `json:"published"`
	// PublishedAt is when; nil for as it was, else now.
	PublishedAt *time.Time `json:"published_at"`
	// AtOnce is now, unless it was earlier.
	AtOnce         bool   `json:"at_once"`
	Gift           bool   `json:"gift"`
	SEOTitle       string `json:"seo_title"`
	SEODescription string `json:"seo_description"`
}

func newProductRow(in *commerce.ProductInput, id int64) productRow {
	row := productRow{
		ID: id, Handle: in.Handle, Title: in.Title, HTML: in.DescriptionHTML, Vendor: in.Vendor, Type: in.ProductType,
		Tags: append([]string{}, in.Tags...), Status: string(in.Status), Published: in.Published, Gift: in.IsGiftCard,
		SEOTitle: in.SEOTitle, SEODescription: in.SEODescription,
	}
	if at := in.PublishedAt; at != nil {
		if row.AtOnce = at.IsZero(); !row.AtOnce {
			row.PublishedAt = new(at.Truncate(time.Microsecond))
		}
	}
	return row
}

// equal reports whether the stored product is as the input wants it.
func (r productRow) equal(old *storedProduct) bool {
	o := old.productRow
	return r.Handle == o.Handle && r.Title == o.Title && r.HTML == o.HTML && r.Vendor == o.Vendor && r.Type == o.Type && slices.Equal(r.Tags, o.Tags) &&
		r.Status == o.Status && r.sameTime(old) && r.Gift == o.Gift && r.SEOTitle == o.SEOTitle && r.SEODescription == o.SEODescription
}

// sameTime reports whether the stored product is published as the input wants it.
func (r productRow) sameTime(old *storedProduct) bool {
	switch {
	case r.Published != old.Published:
		return false
	case !r.Published:
		return true
	case r.AtOnce:
		return !old.Scheduled
	}
	return r.PublishedAt == nil || r.PublishedAt.Equal(*old.PublishedAt)
}

// childRow is what the rows of a product's children have in common.
type childRow struct {
	ID        int64  `json:"id,omitempty"`
	ProductID int64  `json:"product_id"`
	Handle    string `json:"-"`
}

func (r *childRow) productKey() (string, *int64) { return r.Handle, &r.ProductID }

type optionRow struct {
	childRow
	Position int      `json:"position"`
	Name     string   `json:"name"`
	Values   []string `json:"values"`
}

func (u *upsert) compareOptions(old *storedProduct, in *commerce.ProductInput) {
	known := make(map[string]*optionRow, len(old.options))
	for _, o := range old.options {
		known[commerce.OptionKey(o.Name)] = o
	}
	claimed := make(map[int64]*optionRow, len(old.options))
	for _, o := range old.options {
		if slices.Contains(in.OptionIDs, commerce.OptionID(o.ID)) {
			claimed[o.ID] = o
		}
	}
	kept := make(map[int64]bool, len(old.options))
	for i, name := range in.Options {
		row := &optionRow{childRow{ProductID: old.ID, Handle: in.Handle}, i + 1, name, optionValues(in.Variants, i)}
		o := known[commerce.OptionKey(name)]
		if o != nil && claimed[o.ID] != nil {
			o = nil
		}
		if i < len(in.OptionIDs) && in.OptionIDs[i] != 0 {
			o = claimed[int64(in.OptionIDs[i])]
		}
		if o == nil {
			u.newOptions = append(u.newOptions, row)
			continue
		}
		kept[o.ID] = true
		if o.Position != row.Position || o.Name != row.Name || !slices.Equal(o.Values, row.Values) {
			row.ID = o.ID
			u.changedOptions = append(u.changedOptions, row)
		}
	}
	u.gone.options = appendIDs(u.gone.options, old.options, func(o *optionRow) (int64, bool) { return o.ID, !kept[o.ID] })
}

// optionValues are the values of option i over all variants, in the order of their first use.
func optionValues(variants []commerce.VariantInput, i int) []string {
	values := []string{}
	seen := make(map[string]bool, len(variants))
	for _, v := range variants {
		if key := commerce.OptionKey(v.Options[i]); !seen[key] {
			seen[key] = true
			values = append(values, v.Options[i])
		}
	}
	return values
}

// appendIDs collects the ids of the rows that are gone.
func appendIDs[T any](ids []int64, rows []T, gone func(T) (int64, bool)) []int64 {
	for _, r := range rows {
		if id, is := gone(r); is {
			ids = append(ids, id)
		}
	}
	return ids
}

type mediaRow struct {
	childRow
	Position int    `json:"position"`
	URL      string `json:"url"`
	Alt      string `json:"alt"`
	// Width and Height are 0 for as they were, else not known.
	Width  int `json:"width"`
	Height int `json:"height"`
}

func (u *upsert) compareMedia(old *storedProduct, in *commerce.ProductInput) {
	known := make(map[string]*mediaRow, len(old.media))
	for _, m := range old.media {
		known[m.URL] = m
	}
	kept := make(map[int64]bool, len(old.media))
	for i, m := range in.Media {
		row := &mediaRow{childRow{ProductID: old.ID, Handle: in.Handle}, i + 1, m.URL, m.Alt, m.Width, m.Height}
		o, exists := known[m.URL]
		if !exists {
			u.newMedia = append(u.newMedia, row)
			continue
		}
		kept[o.ID] = true
		if o.Position != row.Position || o.Alt != row.Alt || row.Width != 0 && row.Width != o.Width || row.Height != 0 && row.Height != o.Height {
			row.ID = o.ID
			u.changedMedia = append(u.changedMedia, row)
		}
	}
	u.gone.media = appendIDs(u.gone.media, old.media, func(m *mediaRow) (int64, bool) { return m.ID, !kept[m.ID] })
}

type variantRow struct {
	childRow
	Position  int      `json:"position"`
	SKU       string   `json:"sku"`
	Barcode   string   `json:"barcode"`
	Options   []string `json:"options"`
	Price     int64    `json:"price"`
	CompareAt *int64   `json:"compare_at"`
	Quantity  *int     `json:"quantity"` // nil for as it was, else none
	Tracked   bool     `json:"tracked"`
	Policy    string   `json:"policy"`
	Grams     float64  `json:"grams"`
	Unit      string   `json:"unit"`
	Shipping  bool     `json:"shipping"`
	Taxable   bool     `json:"taxable"`
	ImageURL  string   `json:"image_url"`
}

func newVariantRow(v *commerce.VariantInput, position int, parent childRow) *variantRow {
	row := &variantRow{
		childRow: parent, Position: position, SKU: v.SKU, Barcode: v.Barcode, Options: append([]string{}, v.Options...),
		Price: v.PriceMinor, CompareAt: v.CompareAtMinor, Tracked: v.InventoryTracked,
		Policy: string(v.InventoryPolicy), Grams: v.WeightGrams, Unit: string(v.WeightUnit), Shipping: v.RequiresShipping,
		Taxable: v.Taxable, ImageURL: v.ImageURL,
	}
	if !v.KeepQuantity {
		row.Quantity = &v.InventoryQuantity
	}
	return row
}

// sameStock reports whether the stored variant has the stock that the input wants.
func (r *variantRow) sameStock(o *variantRow) bool {
	return r.Quantity == nil || *r.Quantity == *o.Quantity
}

// equal reports whether the stored variant is as the input wants it, but for the stock.
func (r *variantRow) equal(o *variantRow) bool {
	return r.Position == o.Position && r.SKU == o.SKU && r.Barcode == o.Barcode && slices.Equal(r.Options, o.Options) &&
		r.Price == o.Price && samePrice(r.CompareAt, o.CompareAt) && r.Tracked == o.Tracked &&
		r.Policy == o.Policy && r.Grams == o.Grams && r.Unit == o.Unit && r.Shipping == o.Shipping && r.Taxable == o.Taxable &&
		r.ImageURL == o.ImageURL
}

func samePrice(a, b *int64) bool {
	if a == nil || b == nil {
		return a == b
	}
	return *a == *b
}

func (u *upsert) compareVariants(old *storedProduct, in *commerce.ProductInput) {
	match := newVariantMatch(old, in)
	kept := make(map[int64]bool, len(old.variants))
	for i := range in.Variants {
		row := newVariantRow(&in.Variants[i], i+1, childRow{ProductID: old.ID, Handle: in.Handle})
		o := match.find(&in.Variants[i])
		if o == nil {
			u.newVariants = append(u.newVariants, row)
			continue
		}
		kept[o.ID] = true
		equal, sameStock := row.equal(o), row.sameStock(o)
		if equal && sameStock {
			continue
		}
		row.ID = o.ID
		if sameStock {
			row.Quantity = nil // stock that is sold while the rest is written is not put back
		}
		u.changedVariants = append(u.changedVariants, row)
		if equal {
			u.restocked++
		}
	}
	u.gone.variants = appendIDs(u.gone.variants, old.variants, func(v *variantRow) (int64, bool) { return v.ID, !kept[v.ID] })
}

// variantMatch finds the stored variant that one of an input is: by its id, else by its options, unless another claims that by
// its id.
type variantMatch struct {
	claimed  map[int64]*variantRow
	byOption map[string]*variantRow
}

func newVariantMatch(old *storedProduct, in *commerce.ProductInput) variantMatch {
	m := variantMatch{claimed: make(map[int64]*variantRow), byOption: make(map[string]*variantRow, len(old.variants))}
	for i := range in.Variants {
		if id := in.Variants[i].ID; id != 0 {
			m.claimed[int64(id)] = nil
		}
	}
	for _, v := range old.variants {
		if _, claimed := m.claimed[v.ID]; claimed {
			m.claimed[v.ID] = v
		} else {
			m.byOption[optionKey(v.Options)] = v
		}
	}
	return m
}

// find returns nil for a new variant.
func (m variantMatch) find(v *commerce.VariantInput) *variantRow {
	if v.ID != 0 {
		return m.claimed[int64(v.ID)]
	}
	return m.byOption[v.OptionKey()]
}

func optionKey(values []string) string {
	v := commerce.VariantInput{Options: values}
	return v.OptionKey()
}

// memberRow puts a product into a collection.
type memberRow struct {
	childRow
	CollectionHandle string `json:"collection_handle"`
	CollectionTitle  string `json:"collection_title"`
}

// compareMembers notes the collections a product is to be in and is not. It takes a product out of none: a merchant may have
// put it there by hand.
func (u *upsert) compareMembers(old *storedProduct, in *commerce.ProductInput) {
	for _, title := range in.Collections {
		handle := commerce.HandleOf(title)
		if !slices.ContainsFunc(old.collections, func(c joinedCollection) bool { return c.handle == handle }) {
			u.members = append(u.members, &memberRow{childRow{ProductID: old.ID, Handle: in.Handle}, handle, title})
		}
	}
}
