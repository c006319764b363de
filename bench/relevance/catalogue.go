package relevance

import (
	"errors"
	"fmt"
	"io"
	"time"

	"github.com/kirana-commerce/kirana/commerce"
	"github.com/kirana-commerce/kirana/demo"
	"github.com/kirana-commerce/kirana/internal/importer"
)

// Catalogue is the published products of some stores. All can be bought: what search does with those that cannot is no
// matter of relevance.
type Catalogue struct {
	Docs    []commerce.ProductDocument
	stores  map[string]commerce.StoreID
	handles map[handleKey]commerce.ProductID
}

type handleKey struct {
	store  commerce.StoreID
	handle string
}

// since is when all products of the catalogues were made and published.
func since() time.Time { return time.Date(2026, time.January, 1, 0, 0, 0, 0, time.UTC) }

// Shipped is the catalogues of the demo stores.
func Shipped() (Catalogue, error) {
	c := Catalogue{stores: map[string]commerce.StoreID{}, handles: map[handleKey]commerce.ProductID{}}
	for i, s := range demo.Stores() {
		id := commerce.StoreID(i + 1)
		c.stores[s.Handle] = id
		if err := c.read(id, s); err != nil {
			return Catalogue{}, fmt.Errorf("read the catalogue of %s: %w", s.Handle, err)
		}
	}
	return c, nil
}

func (c *Catalogue) read(store commerce.StoreID, s demo.Store) error {
	name := s.Handle + ".csv"
	file, err := demo.Files.Open(name)
	if err != nil {
		return err
	}
	defer file.Close() //nolint:errcheck // it was only read
	products := importer.NewReader(name, file, &commerce.Store{ID: store, Currency: commerce.Currency(s.Currency)})
	for {
		p, err := products.Next()
		if errors.Is(err, io.EOF) {
			return nil
		}
		if err != nil {
			return err
		}
		if p.Published && p.Status == commerce.ProductActive {
			id := commerce.ProductID(len(c.Docs) + 1)
			c.handles[handleKey{store, p.Handle}] = id
			c.Docs = append(c.Docs, document(commerce.ProductRef{Store: store, ID: id}, p))
		}
	}
}

func document(ref commerce.ProductRef, p commerce.ProductInput) commerce.ProductDocument {
	d := commerce.ProductDocument{
		Ref: ref, Title: p.Title, Body: commerce.PlainText(p.DescriptionHTML), Vendor: p.Vendor, ProductType: p.ProductType,
		Tags: p.Tags, PublishedAt: since(), CreatedAt: since(),
	}
	for _, v := range p.Variants {
		variant := commerce.DocumentVariant{SKU: v.SKU, Barcode: v.Barcode, PriceMinor: v.PriceMinor, Available: true}
		for i, value := range v.Options {
			variant.Options = append(variant.Options, commerce.SelectedOption{Name: p.Options[i], Value: value})
		}
		d.Variants = append(d.Variants, variant)
	}
	return d
}
