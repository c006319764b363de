package commerce

import (
	"cmp"
	"slices"
	"strconv"
	"time"
)

// ProductSetting makes a product anew, whole: what it does not say is empty. The handle, status, publication and stock of a
// product that there is stay as they are unless it says otherwise.
type ProductSetting struct {
	Currency Currency
	// Product is all but the options, variants and media, which are below.
	Product  ProductInput
	Options  []OptionChange
	Variants []VariantChange
	Media    []MediaInput
}

// OptionChange is an option of a product: the one with the id, else the one of this name.
type OptionChange struct {
	ID   OptionID
	Name string
}

// Apply makes the product what the setting says.
func (s *ProductSetting) Apply(p *ProductInput) Refusals {
	var r Refusals
	old := *p
	*p = s.Product
	p.Handle, p.Status = cmp.Or(p.Handle, old.Handle), cmp.Or(p.Status, old.Status)
	p.Published = old.Published || p.PublishedAt != nil
	p.Media = claimMedia(&r, old.Media, s.Media)
	p.Options, p.OptionIDs = claimOptions(&r, old.OptionIDs, s.Options)
	plain := len(p.Options) == 0
	if plain {
		p.Options, p.OptionIDs = []string{DefaultOptionName}, nil
	}
	p.Variants = make([]VariantInput, 0, min(len(s.Variants), MaxVariants+1))
	for i := range s.Variants[:min(len(s.Variants), MaxVariants+1)] {
		c := &s.Variants[i]
		v := defaultVariant()
		v.ID, v.Options = c.ID, slices.Repeat([]string{""}, len(p.Options))
		if plain && len(c.OptionValues) == 0 {
			v.Options[0] = DefaultOptionValue
		}
		var own Refusals
		own.addIf(v.ID != 0 && !slices.ContainsFunc(old.Variants, func(o VariantInput) bool { return o.ID == v.ID }),
			RefusalNotFound, "id", "The product has no such variant.")
		own.addIf(c.Price == nil, RefusalBlank, "price", "A variant needs a price.")
		own.addIf(!plain && len(c.OptionValues) < len(p.Options), RefusalInvalid, "optionValues", "The variant needs one value for each of the %d options.", len(p.Options))
		c.apply(&own, s.Currency, p, &v)
		r.element("variants", i, own)
		p.Variants = append(p.Variants, v)
	}
	return placed(r)
}

// Place names the fields as productSet does.
func (s *ProductSetting) Place(_ *ProductInput, field []string) []string { return underInput(field) }

// ProductChange is what to change of a product itself. What is nil stays as it is.
type ProductChange struct {
	Handle, Title, DescriptionHTML, Vendor, ProductType, SEOTitle, SEODescription *string

	Tags       []string
	Status     *ProductStatus
	IsGiftCard *bool
	Media      []MediaInput
}

// Apply changes the product.
func (c *ProductChange) Apply(p *ProductInput) Refusals {
	var r Refusals
	assign(&p.Handle, c.Handle)
	assign(&p.Title, c.Title)
	assign(&p.DescriptionHTML, c.DescriptionHTML)
	assign(&p.Vendor, c.Vendor)
	assign(&p.ProductType, c.ProductType)
	assign(&p.SEOTitle, c.SEOTitle)
	assign(&p.SEODescription, c.SEODescription)
	assign(&p.Status, c.Status)
	assign(&p.IsGiftCard, c.IsGiftCard)
	r.addIf(c.Handle != nil && *c.Handle == "", RefusalBlank, "handle", "The product needs a handle.")
	if c.Tags != nil {
		p.Tags = c.Tags
	}
	if c.Media != nil {
		p.Media = claimMedia(&r, p.Media, c.Media)
		p.dropPictures()
	}
	return placed(r)
}

// Place names the fields as productUpdate does.
func (c *ProductChange) Place(_ *ProductInput, field []string) []string { return underInput(field) }

// dropPictures takes from variants the pictures that the product has no more.
func (in *ProductInput) dropPictures() {
	for i := range in.Variants {
		v := &in.Variants[i]
		if !slices.ContainsFunc(in.Media, func(m MediaInput) bool { return m.URL == v.ImageURL }) {
			v.ImageURL = ""
		}
	}
}

// Publication shows a product to buyers from a time on, or hides it.
type Publication struct {
	// Hide takes the product from the buyers' eyes; its status stays.
	Hide bool
	// At is when buyers see the product from; nil for now, or for as it was when they see it already.
	At *time.Time
}

// Apply publishes the product or hides it.
func (c Publication) Apply(p *ProductInput) Refusals {
	p.Published, p.PublishedAt = !c.Hide, c.At
	if c.Hide {
		return nil
	}
	p.Status = ProductActive
	if c.At == nil {
		p.PublishedAt = new(time.Time{})
	}
	return nil
}

// Place names the fields as productPublish does.
func (c Publication) Place(_ *ProductInput, field []string) []string { return underInput(field) }

// claimMedia is the pictures of a product, where those with an id are the ones it has.
func claimMedia(r *Refusals, old, in []MediaInput) []MediaInput {
	media := slices.Clone(in[:min(len(in), MaxMedia+1)])
	for i := range media {
		m := &media[i]
		if m.ID == 0 {
			continue
		}
		var own Refusals
		k := slices.IndexFunc(old, func(o MediaInput) bool { return o.ID == m.ID })
		switch {
		case k < 0:
			own.note(RefusalNotFound, "id", "The product has no such picture.")
		case m.URL != "" && m.URL != old[k].URL:
			own.note(RefusalInvalid, "url", "The picture with this id has another address: leave out the id to show another picture.")
		default:
			m.URL = old[k].URL
			m.Width, m.Height = cmp.Or(m.Width, old[k].Width), cmp.Or(m.Height, old[k].Height)
		}
		m.URL = cmp.Or(m.URL, "/"+strconv.Itoa(i)) // it was refused, and once is enough
		r.element("media", i, own)
	}
	return media
}

// claimOptions is the options of a product, where those with an id are the ones it has.
func claimOptions(r *Refusals, old []OptionID, in []OptionChange) (names []string, ids []OptionID) {
	for i, o := range in[:min(len(in), MaxOptions+1)] {
		var own Refusals
		own.addIf(o.ID != 0 && !slices.Contains(old, o.ID), RefusalNotFound, "id", "The product has no such option.")
		own.addIf(o.ID != 0 && slices.Contains(ids, o.ID), RefusalDuplicate, "id", "The option is given twice.")
		r.element("productOptions", i, own)
		names, ids = append(names, o.Name), append(ids, o.ID)
	}
	return names, ids
}

// assign takes a value over that was given.
func assign[T any](to, given *T) {
	if given != nil {
		*to = *given
	}
}

// placed puts every field under the mutation's argument.
func placed(r Refusals) Refusals {
	for i := range r {
		r[i].Field = underInput(r[i].Field)
	}
	return r
}

// elementOf splits the field of an element of a list.
func elementOf(list string, field []string) (i int, rest []string, ok bool) {
	if len(field) < 2 || field[0] != list {
		return 0, nil, false
	}
	i, err := strconv.Atoi(field[1])
	return i, field[2:], err == nil
}
