package shop

import (
	"strconv"

	"github.com/kirana-commerce/kirana/commerce"
	"github.com/kirana-commerce/kirana/internal/auth"
)

// line is what is bought: a row of the cart, the checkout or an order.
type line struct {
	Title, Variant string
	// Path leads to the product, empty where there is no way.
	Path  string
	Image image
	// Quantity is as the buyer has typed it.
	Quantity    string
	Unit, Total string
	// ID is the line's number in its cart.
	ID int64
	// Note is what the buyer should know of the stock, Fault what is wrong with the quantity.
	Note, Fault string
}

// lines shows the lines of a cart, with a reading of the products, of the variants' pictures, and of the products' first.
func (s *site) lines(v *visit, priced *commerce.PricedCart) ([]line, error) {
	looks, err := s.looks(v, priced)
	if err != nil {
		return nil, err
	}
	shown := make([]line, len(priced.Lines))
	for i, l := range priced.Lines {
		p := looks.products[l.Sold.ProductRef()]
		shown[i] = line{
			ID: l.ID, Variant: variantName(l.Sold), Quantity: strconv.Itoa(l.Quantity), Unit: amount(l.Sold.Price()), Total: amount(l.Cost.SubtotalAmount),
			Note: lineNote(l),
		}
		if p == nil { // unpublished since the cart was priced
			shown[i].Title = "No longer on show"
			continue
		}
		shown[i].Title = p.Title
		shown[i].Path = v.base + auth.ProductPath(p.Handle) + "?" + paramVariant + "=" + strconv.FormatInt(int64(l.Sold.ID), 10)
		shown[i].Image = looks.image(l.Sold, p)
	}
	return shown, nil
}

// looks are what the products of a cart are called and look like.
type looks struct {
	products map[commerce.ProductRef]*commerce.Product
	own      map[commerce.VariantRef]*commerce.MediaImage
	first    map[commerce.ProductPageKey]commerce.List[*commerce.MediaImage]
}

func (s *site) looks(v *visit, priced *commerce.PricedCart) (found looks, err error) {
	var products []commerce.ProductRef
	var variants []commerce.VariantRef
	var keys []commerce.ProductPageKey
	seen := make(map[commerce.ProductRef]bool)
	for _, l := range priced.Lines {
		variants = append(variants, l.Sold.Ref())
		if ref := l.Sold.ProductRef(); !seen[ref] {
			seen[ref] = true
			products, keys = append(products, ref), append(keys, firstPicture(ref))
		}
	}
	if len(products) == 0 {
		return found, nil
	}
	if found.products, err = s.o.Till.Products.ProductsByID(v.Context(), products); err != nil {
		return found, err
	}
	if found.own, err = s.o.Till.Media.VariantImages(v.Context(), variants); err != nil {
		return found, err
	}
	found.first, err = s.o.Till.Media.MediaLists(v.Context(), keys)
	return found, err
}

func firstPicture(ref commerce.ProductRef) commerce.ProductPageKey {
	return commerce.ProductPageKey{Product: ref, Page: commerce.FirstPage(1, commerce.Ordering{Key: commerce.MediaSortPosition})}
}

// image is the variant's picture, or the product's first. The title stands beside it, so it is passed over when read out.
func (l looks) image(v *commerce.ProductVariant, p *commerce.Product) image {
	shown := image{Initial: initial(p.Title)}
	if own := l.own[v.Ref()]; own != nil {
		shown = picture(&own.Image, p.Title)
	} else if items := l.first[firstPicture(p.Ref())].Items; len(items) > 0 {
		shown = picture(&items[0].Node.Image, p.Title)
	}
	shown.Alt = ""
	return shown
}

// variantName says which variant of a product it is, empty for the only one.
func variantName(v *commerce.ProductVariant) string {
	if name := v.Title(); name != commerce.DefaultOptionValue {
		return name
	}
	return ""
}

// lineNote is what a buyer should know of a line's stock, empty when there is enough.
func lineNote(l *commerce.PricedLine) string {
	v := l.Sold
	left := v.QuantityAvailable()
	switch {
	case !v.AvailableForSale():
		return "Sold out now: take it out to order the rest."
	case v.CurrentlyNotInStock():
		return "Sent when it is back in stock."
	case v.InventoryPolicy == commerce.InventoryContinue || left == nil:
	case *left < l.Quantity:
		return "Only " + strconv.Itoa(*left) + " left now: take fewer to order."
	case *left == l.Quantity && *left <= few:
		return "These are the last."
	}
	return ""
}

// orderLines shows the lines of an order, as they were when it was placed.
func orderLines(lines []*commerce.OrderLine) []line {
	shown := make([]line, len(lines))
	for i, l := range lines {
		shown[i] = line{Title: l.Title, Quantity: strconv.Itoa(l.Quantity), Unit: amount(l.UnitPrice()), Total: amount(l.OriginalTotalPrice())}
		if name := l.VariantName(); name != nil {
			shown[i].Variant = *name
		}
		shown[i].Image = image{Initial: initial(l.Title)}
		if l.ImageURL != "" {
			shown[i].Image = picture(&commerce.Image{URL: l.ImageURL}, l.Title)
			shown[i].Image.Alt = ""
		}
	}
	return shown
}

// sum is one row of what it costs.
type sum struct{ Label, Amount string }

// bill is what it costs: the rows add up to the total.
type bill struct {
	Rows []sum
	// Label is what the total is called.
	Label, Total string
	// Included are taxes within the total.
	Included []sum
}

// cost is what a bill is made of. Amounts are in minor units.
type cost struct {
	currency         commerce.Currency
	items, total     int64
	codes            []commerce.OrderDiscount
	delivery         string
	taxes            []commerce.OrderTax
	taxesAreIncluded bool
}

// quoted is what a quote says.
func quoted(q *commerce.Quote) cost {
	c := cost{currency: q.Currency, items: q.Subtotal, total: q.Total, taxesAreIncluded: q.TaxIncluded}
	for _, code := range q.Codes {
		c.codes = append(c.codes, commerce.OrderDiscount{Code: code.Code, Amount: code.Amount})
	}
	if q.Delivery != nil {
		c.delivery = deliveryName(q.Delivery.Method, q.Delivery.Title)
	}
	for _, t := range q.Taxes {
		c.taxes = append(c.taxes, commerce.OrderTax(t))
	}
	return c
}

// ordered is what was agreed on.
func ordered(o *commerce.Order) cost {
	return cost{
		currency: o.Currency, items: o.SubtotalMinor, total: o.TotalMinor, codes: o.Discounts, taxes: o.Taxes, taxesAreIncluded: o.TaxesIncluded,
		delivery: deliveryName(o.Delivery.Method, o.Delivery.Title),
	}
}

// deliveryName is what a way of delivery is called, empty where nothing is delivered.
func deliveryName(method commerce.DeliveryMethodType, title string) string {
	switch method {
	case commerce.DeliveryNone:
		return ""
	case commerce.DeliveryPickup:
		return "Fetch it: " + title
	case commerce.DeliveryShipping:
	}
	return title
}

// bill writes it down. What delivery costs before discounts is what is left of the total, as all of it adds up.
func (c cost) bill() bill {
	show := func(minor int64) string { return amount(commerce.Money{Minor: minor, Currency: c.currency}) }
	b := bill{Label: "Total", Total: show(c.total), Rows: []sum{{"Items", show(c.items)}}}
	delivery := c.total - c.items
	for _, code := range c.codes {
		if code.Amount > 0 {
			b.Rows = append(b.Rows, sum{"Code " + code.Code, "−" + show(code.Amount)})
			delivery += code.Amount
		}
	}
	var taxes []sum
	for _, t := range c.taxes {
		taxes = append(taxes, sum{taxName(t), show(t.Amount)})
		if !c.taxesAreIncluded {
			delivery -= t.Amount
		}
	}
	if c.delivery != "" {
		b.Rows = append(b.Rows, sum{c.delivery, free(delivery, show)})
	}
	if c.taxesAreIncluded {
		b.Included = taxes
	} else {
		b.Rows = append(b.Rows, taxes...)
	}
	return b
}

func free(minor int64, show func(int64) string) string {
	if minor == 0 {
		return "Free"
	}
	return show(minor)
}

// taxName is what a tax is called, with its rate: GST 18 %.
func taxName(t commerce.OrderTax) string {
	rate := t.Rate.Percentage().String()
	title := t.Title
	if title == "" {
		title = "Tax"
	}
	return title + " " + rate + " %"
}
