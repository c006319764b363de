package shop

import (
	"cmp"
	"html/template"
	"strconv"

	"github.com/kirana-commerce/kirana/commerce"
	"github.com/kirana-commerce/kirana/internal/auth"
)

// product is the page of a product with one of its variants chosen.
type product struct {
	Title, Vendor, VendorPath, Type, TypePath string
	Images                                    []image
	Price                                     price
	Stock                                     string
	// SoldOut says that the chosen variant cannot be bought.
	SoldOut     bool
	Options     []option
	SKU         string
	Description template.HTML
	// Add is the number of the variant that can be put into the cart, 0 for none.
	Add commerce.VariantID
}

// option is one way the variants differ. Each value leads to a variant that has it.
type option struct {
	Name   string
	Values []optionValue
}

type optionValue struct {
	Label, Path string
	// Current is the chosen variant's value. Gone says that the variant it leads to is sold out.
	Current, Gone bool
}

// paramVariant chooses a variant by its number, as links from other shop systems do.
const paramVariant = "variant"

// maxImages is how many pictures of a product its page shows.
const maxImages = 20

// product makes a product's page: 6 readings, and one more for each 250 variants after the first.
func (s *site) product(v *visit) (*page, error) {
	ref := commerce.HandleRef{Store: v.store.ID, Handle: v.PathValue("product")}
	found, err := s.o.Products.ProductsByHandle(v.Context(), []commerce.HandleRef{ref})
	if err != nil {
		return nil, err
	}
	p := found[ref]
	if p == nil {
		return nil, missing{"product"}
	}
	parts, err := s.parts(v, p)
	if err != nil {
		return nil, err
	}
	chosen := parts.choose(v.URL.Query().Get(paramVariant))
	shown := product{
		Title: p.Title, Vendor: p.Vendor, Type: p.ProductType, Description: description(p.DescriptionHTML),
		Images: parts.images(p, chosen), Options: parts.shownOptions(v.base+auth.ProductPath(p.Handle), chosen),
		VendorPath: view{chosen: []choice{{paramVendor, p.Vendor}}}.address(v.base),
		TypePath:   view{chosen: []choice{{paramType, p.ProductType}}}.address(v.base),
		Stock:      "Not for sale yet", SoldOut: true,
	}
	if chosen != nil {
		shown.Price, shown.Stock, shown.SoldOut, shown.SKU = variantPrice(chosen), stock(chosen), !chosen.AvailableForSale(), value(chosen.SKU)
	}
	if !shown.SoldOut {
		shown.Add = chosen.ID
	}
	return v.productPage(p, shown, parts, chosen), nil
}

// productPage puts a product into a page that chat apps and search engines understand.
func (v *visit) productPage(p *commerce.Product, shown product, parts productParts, chosen *commerce.ProductVariant) *page {
	out := v.newPage("product", p.Title)
	out.Title, out.Content = cmp.Or(p.SEOTitle, out.Title), shown
	out.Description = cmp.Or(p.SEODescription, cut(p.DescriptionHTML))
	out.Canonical = v.url + auth.ProductPath(p.Handle)
	out.Search.Quiet = true
	out.Preview.Kind = "product"
	if first := shown.Images[0]; first.Src != "" {
		out.Preview.Image, out.Preview.ImageAlt = absolute(v, first.Src), first.Alt
	}
	if chosen != nil {
		out.Preview.Amount, out.Preview.Currency = chosen.Price().Amount().String(), string(chosen.Currency)
	}
	out.Data = append(out.Data, fact(productFact(v, p, shown.Images, parts.summary, chosen)), fact(breadcrumbs(v, crumb{p.Title, out.Canonical})))
	return out
}

// productParts is what a product's page reads beside the product.
type productParts struct {
	summary  commerce.ProductSummary
	options  []*commerce.ProductOption
	variants []*commerce.ProductVariant
	media    []*commerce.MediaImage
}

func (s *site) parts(v *visit, p *commerce.Product) (productParts, error) {
	var all productParts
	ctx, ref := v.Context(), p.Ref()
	summaries, err := s.o.Products.ProductSummaries(ctx, []commerce.ProductRef{ref})
	if err != nil {
		return all, err
	}
	options, err := s.o.Options.ProductOptions(ctx, []commerce.ProductRef{ref})
	if err != nil {
		return all, err
	}
	key := commerce.ProductPageKey{Product: ref, Page: commerce.FirstPage(maxImages, commerce.Ordering{Key: commerce.MediaSortPosition})}
	media, err := s.o.Media.MediaLists(ctx, []commerce.ProductPageKey{key})
	if err != nil {
		return all, err
	}
	all.summary, all.options, all.media = summaries[ref], options[ref], nodes(media[key])
	all.variants, err = s.variants(v, ref)
	return all, err
}

// variants reads all variants of a product: which values go together is known from all of them alone.
func (s *site) variants(v *visit, ref commerce.ProductRef) ([]*commerce.ProductVariant, error) {
	var all []*commerce.ProductVariant
	page := commerce.FirstPage(commerce.MaxPageSize, commerce.Ordering{Key: commerce.VariantSortPosition})
	for {
		key := commerce.ProductPageKey{Product: ref, Page: page}
		lists, err := s.o.Variants.VariantLists(v.Context(), []commerce.ProductPageKey{key})
		if err != nil {
			return nil, err
		}
		list := lists[key]
		all = append(all, nodes(list)...)
		if !list.HasNext || len(list.Items) == 0 || len(all) >= commerce.MaxVariants {
			return all, nil
		}
		last := list.Items[len(list.Items)-1]
		page.Bounded, page.Bound = true, commerce.Cursor{Ordering: page.Ordering, Value: last.Value, ID: last.ID}
	}
}

// choose finds the variant that an address names, or else the first that can be bought, or else the first; nil when there
// are none.
func (a productParts) choose(id string) *commerce.ProductVariant {
	n, err := strconv.ParseInt(id, 10, 64)
	var chosen *commerce.ProductVariant
	for _, variant := range a.variants {
		if err == nil && int64(variant.ID) == n {
			return variant
		}
		if chosen == nil || !chosen.AvailableForSale() && variant.AvailableForSale() {
			chosen = variant
		}
	}
	return chosen
}

// images are the product's pictures, that of the chosen variant first. There is at least one, if only the box of one.
func (a productParts) images(p *commerce.Product, chosen *commerce.ProductVariant) []image {
	shown := make([]image, 0, len(a.media)+1)
	for i, m := range a.media {
		one := picture(&m.Image, p.Title)
		if value(m.Alt()) == "" && i > 0 {
			one.Alt = p.Title + ", picture " + strconv.Itoa(i+1)
		}
		shown = append(shown, one)
		if chosen != nil && m.ID == chosen.ImageID {
			copy(shown[1:], shown[:i])
			shown[0] = one
		}
	}
	if len(shown) == 0 {
		shown = append(shown, image{Initial: initial(p.Title)})
	}
	shown[0].Eager = true
	return shown
}

// shownOptions leads from each value to the variant that has it and is most like the chosen one.
func (a productParts) shownOptions(path string, chosen *commerce.ProductVariant) []option {
	if chosen == nil || len(chosen.SelectedOptions) == 0 {
		return nil
	}
	type spot struct {
		option int
		value  string
	}
	best := make(map[spot]*commerce.ProductVariant)
	for _, variant := range a.variants {
		for i, selected := range variant.SelectedOptions {
			at := spot{i, selected.Value}
			if best[at] == nil || likeness(variant, chosen) > likeness(best[at], chosen) {
				best[at] = variant
			}
		}
	}
	var shown []option
	for i, o := range a.options {
		if i >= len(chosen.SelectedOptions) || o.Name == commerce.DefaultOptionName && len(a.variants) == 1 {
			continue
		}
		one := option{Name: o.Name}
		for _, label := range o.Values {
			variant := best[spot{i, label}]
			if variant == nil {
				continue // nothing is sold with it
			}
			one.Values = append(one.Values, optionValue{
				Label: label, Path: path + "?" + paramVariant + "=" + strconv.FormatInt(int64(variant.ID), 10),
				Current: chosen.SelectedOptions[i].Value == label, Gone: !variant.AvailableForSale(),
			})
		}
		shown = append(shown, one)
	}
	return shown
}

// likeness is how much a variant is like another: in its options first, then in that it can be bought.
func likeness(a, b *commerce.ProductVariant) int {
	n := 0
	for i, o := range a.SelectedOptions {
		if i < len(b.SelectedOptions) && o.Value == b.SelectedOptions[i].Value {
			n += 2
		}
	}
	if a.AvailableForSale() {
		n++
	}
	return n
}
