package shop

import (
	"github.com/kirana-commerce/kirana/commerce"
	"github.com/kirana-commerce/kirana/internal/auth"
)

// schemaOrg is the vocabulary of what follows.
const schemaOrg = "https://schema.org"

// thing is a node of the facts for search engines, in schema.org's words. What is empty is left out.
type thing struct {
	Context     string   `json:"@context,omitempty"`
	Type        string   `json:"@type"`
	Name        string   `json:"name,omitempty"`
	Description string   `json:"description,omitempty"`
	URL         string   `json:"url,omitempty"`
	Logo        string   `json:"logo,omitempty"`
	Image       []string `json:"image,omitempty"`
	SKU         string   `json:"sku,omitempty"`
	GTIN        string   `json:"gtin,omitempty"`
	Brand       *thing   `json:"brand,omitempty"`
	Offers      *thing   `json:"offers,omitempty"`

	// Of an offer.
	Price         string `json:"price,omitempty"`
	LowPrice      string `json:"lowPrice,omitempty"`
	HighPrice     string `json:"highPrice,omitempty"`
	OfferCount    int    `json:"offerCount,omitempty"`
	PriceCurrency string `json:"priceCurrency,omitempty"`
	Availability  string `json:"availability,omitempty"`

	// Of a list.
	Elements []element `json:"itemListElement,omitempty"`
}

// element is one step of the way to a page.
type element struct {
	Type     string `json:"@type"`
	Position int    `json:"position"`
	Name     string `json:"name"`
	Item     string `json:"item"`
}

// crumb is a page on the way to another.
type crumb struct{ name, url string }

// breadcrumbs is the way from a store's front to a page.
func breadcrumbs(v *visit, way ...crumb) thing {
	list := thing{Context: schemaOrg, Type: "BreadcrumbList"}
	for i, c := range append([]crumb{{v.store.Name, v.url}}, way...) {
		list.Elements = append(list.Elements, element{Type: "ListItem", Position: i + 1, Name: c.name, Item: c.url})
	}
	return list
}

func storeFact(v *visit, p *page) thing {
	return thing{
		Context: schemaOrg, Type: "Store", Name: v.store.Name, Description: p.Description, URL: v.url, Logo: absolute(v, p.Logo),
	}
}

// productFact is a product with what it costs: one price, or the range of them.
func productFact(v *visit, p *commerce.Product, images []image, s commerce.ProductSummary, chosen *commerce.ProductVariant) thing {
	t := thing{
		Context: schemaOrg, Type: "Product", Name: p.Title, Description: commerce.Truncate(commerce.PlainText(p.DescriptionHTML), 5000),
		URL: v.url + auth.ProductPath(p.Handle),
	}
	for _, i := range images {
		if i.Src != "" {
			t.Image = append(t.Image, absolute(v, i.Src))
		}
	}
	if p.Vendor != "" {
		t.Brand = &thing{Type: "Brand", Name: p.Vendor}
	}
	if chosen == nil {
		return t // an offer has a price
	}
	t.Offers = &thing{Type: "Offer", URL: t.URL, PriceCurrency: string(p.Currency), Availability: schemaOrg + "/OutOfStock"}
	if s.AvailableForSale {
		t.Offers.Availability = schemaOrg + "/InStock"
	}
	text := func(minor int64) string { return commerce.Money{Minor: minor, Currency: p.Currency}.Amount().String() }
	if s.PriceMin == s.PriceMax {
		t.Offers.Price = text(s.PriceMin)
	} else {
		t.Offers.Type, t.Offers.OfferCount = "AggregateOffer", s.VariantsCount
		t.Offers.LowPrice, t.Offers.HighPrice = text(s.PriceMin), text(s.PriceMax)
	}
	if s.VariantsCount == 1 {
		t.SKU, t.GTIN = value(chosen.SKU), value(chosen.Barcode)
	}
	return t
}

func value(text *string) string {
	if text == nil {
		return ""
	}
	return *text
}
