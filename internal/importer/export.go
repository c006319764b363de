package importer

import (
	"bytes"
	"encoding/csv"
	"errors"
	"fmt"
	"io"
	"iter"
	"reflect"
	"strconv"
	"strings"
	"time"

	"github.com/kirana-commerce/kirana/commerce"
)

// exportColumns are the columns of an export in the order in which Shopify writes them. Cells of columns that it knows and
// this package does not are not made up.
func exportColumns() []column {
	return []column{
		colHandle, colTitle, colDescription, colVendor, colType, colTags, colPublished,
		colOption1Name, colOption1Value, colOption2Name, colOption2Value, colOption3Name, colOption3Value,
		colSKU, colGrams, colTracker, colQuantity, colPolicy, colPrice, colCompareAt, colRequiresShipping, colTaxable, colBarcode,
		colImage, colImagePosition, colImageAlt, colGiftCard, colSEOTitle, colSEODescription, colVariantImage, colWeightUnit,
		colStatus, colCollection,
	}
}

// Exported says what became of an export, so far or in the end.
type Exported struct {
	Products int `json:"products"`
	Variants int `json:"variants"`
	// Bytes is the size of the file.
	Bytes int64 `json:"bytes"`
	// Inexact is the number of products that are in the file, but not so that an import would bring them back as they are.
	Inexact int `json:"inexact"`
	// Differences say why, for the first thousand.
	Differences []Difference `json:"differences"`
	// Elapsed is in nanoseconds in JSON.
	Elapsed time.Duration `json:"elapsedNs"`
}

// Difference says why a product of an export would not come back as it is.
type Difference struct {
	Handle string `json:"handle"`
	Reason string `json:"reason"`
}

// String is the difference as one line of text.
func (d Difference) String() string { return fmt.Sprintf("product %q: %s", d.Handle, d.Reason) }

// ExportOptions change how Export works. The zero value is ready for use.
type ExportOptions struct {
	// Progress, when set, is called with what was exported so far after every few hundred products.
	Progress func(Exported)
	// Metafields are the columns for metafields; one that has none here is told as a difference.
	Metafields []commerce.MetafieldColumn
	// Now tells the time for Exported.Elapsed, which stays 0 without it.
	Now func() time.Time
}

// Export writes the store's products as a CSV file of Shopify's format, one product at a time. The same products give
// the same bytes, and a file that is imported again changes nothing: each product is read back as it is written, and
// what the format cannot hold, such as a tag with a comma, is told. An error means that the file is not whole.
func Export(w io.Writer, store *commerce.Store, products iter.Seq2[commerce.ProductInput, error], o ExportOptions) (Exported, error) {
	if o.Now == nil {
		o.Now = func() time.Time { return time.Time{} }
	}
	start := o.Now()
	x := &export{w: w, store: store, columns: exportColumns(), metafields: o.Metafields, done: Exported{Differences: []Difference{}}}
	x.csv = csv.NewWriter(&x.text)
	err := x.headings()
	for p, fault := range products {
		if err == nil {
			err = fault
		}
		if err == nil {
			err = x.product(&p)
		}
		if err != nil {
			break
		}
		if o.Progress != nil && x.done.Products%defaultBatchSize == 0 {
			x.done.Elapsed = o.Now().Sub(start)
			o.Progress(x.done)
		}
	}
	x.done.Elapsed = o.Now().Sub(start)
	return x.done, err
}

// export is one export under way.
type export struct {
	w          io.Writer
	store      *commerce.Store
	columns    []column
	metafields []commerce.MetafieldColumn // behind the columns
	header     *header                    // as the reader finds it in the file
	text       bytes.Buffer               // the rows in hand
	csv        *csv.Writer                // into text
	done       Exported
}

// sheetRow is the cells of a row.
type sheetRow struct {
	known [columnCount]string
	// metafields are the cells behind them; nil when all are empty.
	metafields []string
}

// render makes rows the text in hand.
func (x *export) render(rows ...sheetRow) {
	x.text.Reset()
	cells := make([]string, len(x.columns)+len(x.metafields))
	for _, r := range rows {
		for place, c := range x.columns {
			cells[place] = r.known[c]
		}
		clear(cells[len(x.columns):])
		copy(cells[len(x.columns):], r.metafields)
		_ = x.csv.Write(cells) // a Buffer takes everything
	}
	x.csv.Flush()
}

// headings writes the first row.
func (x *export) headings() error {
	var r sheetRow
	for c, names := range columnNames() {
		r.known[c] = names[0]
	}
	for _, m := range x.metafields {
		r.metafields = append(r.metafields, metafieldHeading(m))
	}
	x.render(r)
	names := make([]string, 0, len(x.columns)+len(x.metafields))
	for _, c := range x.columns {
		names = append(names, r.known[c])
	}
	names = append(names, r.metafields...)
	var err error
	if x.header, _, err = parseHeader(names); err != nil {
		return err
	}
	return x.flush()
}

// flush writes the text in hand.
func (x *export) flush() error {
	n, err := x.w.Write(x.text.Bytes())
	x.done.Bytes += int64(n)
	if err != nil {
		return fmt.Errorf("writing the export: %w", err)
	}
	return nil
}

// product writes one product.
func (x *export) product(p *commerce.ProductInput) error {
	x.render(x.rows(p)...)
	if reason := x.difference(p); reason != "" {
		x.done.Inexact++
		if len(x.done.Differences) < maxRejections {
			x.done.Differences = append(x.done.Differences, Difference{p.Handle, reason})
		}
	}
	x.done.Products++
	x.done.Variants += len(p.Variants)
	return x.flush()
}

// rows lays a product out: variants, pictures and collections side by side, one of each a row.
func (x *export) rows(p *commerce.ProductInput) []sheetRow {
	rows := make([]sheetRow, max(len(p.Variants), len(p.Media), len(p.Collections), 1))
	for i := range rows {
		rows[i].known[colHandle] = p.Handle
	}
	describeRow(&rows[0], p)
	x.metafieldCells(&rows[0], false, p.Metafields)
	for i := range p.Variants {
		x.variantRow(&rows[i], &p.Variants[i])
		x.metafieldCells(&rows[i], true, p.Variants[i].Metafields)
	}
	for i, m := range p.Media {
		rows[i].known[colImage], rows[i].known[colImagePosition], rows[i].known[colImageAlt] = m.URL, strconv.Itoa(i+1), m.Alt
	}
	for i, title := range p.Collections {
		rows[i].known[colCollection] = title
	}
	return rows
}

// describeRow fills the cells that say what the product is.
func describeRow(r *sheetRow, p *commerce.ProductInput) {
	r.known[colTitle], r.known[colDescription], r.known[colVendor], r.known[colType] = p.Title, p.DescriptionHTML, p.Vendor, p.ProductType
	r.known[colTags] = strings.Join(p.Tags, ", ")
	r.known[colPublished], r.known[colGiftCard] = strconv.FormatBool(p.Published), strconv.FormatBool(p.IsGiftCard)
	r.known[colStatus] = strings.ToLower(string(p.Status))
	r.known[colSEOTitle], r.known[colSEODescription] = p.SEOTitle, p.SEODescription
	for i, c := range optionColumns() {
		if i < len(p.Options) {
			r.known[c.name] = p.Options[i]
		}
	}
}

func (x *export) variantRow(r *sheetRow, v *commerce.VariantInput) {
	for i, c := range optionColumns() {
		if i < len(v.Options) {
			r.known[c.value] = v.Options[i]
		}
	}
	r.known[colSKU], r.known[colBarcode], r.known[colPrice] = v.SKU, v.Barcode, x.amount(v.PriceMinor)
	if v.CompareAtMinor != nil {
		r.known[colCompareAt] = x.amount(*v.CompareAtMinor)
	}
	if v.InventoryTracked {
		r.known[colTracker] = "shopify" // whoever tracks the stock, only that it is tracked is read
	}
	r.known[colQuantity], r.known[colPolicy] = strconv.Itoa(v.InventoryQuantity), strings.ToLower(string(v.InventoryPolicy))
	r.known[colGrams], r.known[colWeightUnit] = strconv.FormatFloat(v.WeightGrams, 'f', -1, 64), unitName(v.WeightUnit)
	r.known[colRequiresShipping], r.known[colTaxable] = strconv.FormatBool(v.RequiresShipping), strconv.FormatBool(v.Taxable)
	r.known[colVariantImage] = v.ImageURL
}

func (x *export) amount(minor int64) string {
	return commerce.Money{Minor: minor, Currency: x.store.Currency}.Amount().String()
}

func unitName(u commerce.WeightUnit) string {
	switch u {
	case commerce.WeightKilograms:
		return "kg"
	case commerce.WeightOunces:
		return "oz"
	case commerce.WeightPounds:
		return "lb"
	case commerce.WeightGrams:
	}
	return "g"
}

// difference says what of a product an import would not bring back from its rows, which are the text in hand; "" for nothing.
func (x *export) difference(p *commerce.ProductInput) string {
	file := newReader("export", bytes.NewReader(x.text.Bytes()), x.store, smallRead)
	file.begin(x.header)
	back, err := file.Next()
	if refused, ok := errors.AsType[*RejectedError](err); ok {
		return "an import would refuse it: " + refused.Rejections[0].Reason
	}
	if err != nil {
		return "an import could not read it: " + err.Error()
	}
	var changed []string
	a, b := reflect.ValueOf(p).Elem(), reflect.ValueOf(&back).Elem()
	for i := range a.NumField() {
		if field := a.Type().Field(i); !equalField(a.Field(i), b.Field(i)) {
			changed = append(changed, fieldWord(field.Name))
		}
	}
	if len(changed) == 0 {
		return ""
	}
	return "the format cannot hold these as they are: " + strings.Join(changed, ", ")
}

// fieldWord is a field of ProductInput in a merchant's words.
func fieldWord(field string) string {
	switch field {
	case "DescriptionHTML":
		return "description"
	case "ProductType":
		return "type"
	case "IsGiftCard":
		return "gift card"
	case "SEOTitle", "SEODescription":
		return "texts for search engines"
	case "Media":
		return "pictures"
	}
	return strings.ToLower(field)
}

// equalField makes no difference between a list that is nil and one that is empty.
func equalField(a, b reflect.Value) bool {
	if a.Kind() == reflect.Slice && a.Len() == 0 {
		return b.Len() == 0
	}
	return reflect.DeepEqual(a.Interface(), b.Interface())
}
