package importer_test

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"testing"

	"github.com/kirana-commerce/kirana/commerce"
	"github.com/kirana-commerce/kirana/internal/importer"
)

// exported is a file of n products in the older template: three variants and two pictures each.
func exported(n int) []byte {
	var lines []row
	for i := range n {
		p := commerce.ProductInput{
			Handle: fmt.Sprint("cotton-kurta-", i), Title: fmt.Sprint("Cotton Kurta ", i), Vendor: "Loom", ProductType: "Kurtas",
			DescriptionHTML: "<p>Straight cut, side slits, three-quarter sleeves and a pocket that holds a phone.</p>\n<ul><li>Length 44 in</li></ul>",
			Tags:            []string{"cotton", "kurta", "everyday"}, Status: commerce.ProductActive, Published: true,
			Options: []string{"Size"}, Collections: []string{"Everyday"},
			Media: []commerce.MediaInput{{URL: fmt.Sprintf("/pictures/%d-front.svg", i), Alt: "Front"}, {URL: fmt.Sprintf("/pictures/%d-back.svg", i)}},
		}
		for _, size := range []string{"S", "M", "L"} {
			p.Variants = append(p.Variants, commerce.VariantInput{
				Options: []string{size}, SKU: fmt.Sprintf("KU-%d-%s", i, size), Barcode: "8901234567894", PriceMinor: 89900,
				CompareAtMinor: new(int64(119900)), InventoryQuantity: 12, InventoryTracked: true, InventoryPolicy: commerce.InventoryDeny,
				WeightGrams: 250, WeightUnit: commerce.WeightKilograms, RequiresShipping: true, Taxable: true, ImageURL: p.Media[0].URL,
			})
		}
		lines = append(lines, rows(p)...)
	}
	return render(headings(), 0, false, false, lines)
}

// BenchmarkReader measures reading alone; the aim is to be far ahead of any database.
func BenchmarkReader(b *testing.B) {
	text := exported(2000)
	b.SetBytes(int64(len(text)))
	b.ReportAllocs()
	products := 0
	for b.Loop() {
		reader := importer.NewReader("shop.csv", bytes.NewReader(text), rupees())
		for {
			_, err := reader.Next()
			if errors.Is(err, io.EOF) {
				break
			}
			if err != nil {
				b.Fatal(err)
			}
			products++
		}
	}
	b.ReportMetric(float64(products)/b.Elapsed().Seconds(), "products/s")
}
