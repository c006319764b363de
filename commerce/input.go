package commerce

import (
	"context"
	"iter"
	"strings"
	"time"
)

// ProductInput is a whole product as a merchant gives it: creating or replacing the product with this handle.
type ProductInput struct {
	Handle          string
	Title           string
	DescriptionHTML string
	Vendor          string
	ProductType     string
	Tags            []string
	Status          ProductStatus
	Published       bool
	PublishedAt     *time.Time // from when on, while Published; nil for as it was, else now; the zero time for now, unless it was earlier
	IsGiftCard      bool
	SEOTitle        string
	SEODescription  string
	Options         []string   // names, in order; empty for a product without options
	OptionIDs       []OptionID // which options these are, in the order of Options; 0 or none for the one of the name, else a new one
	Variants        []VariantInput
	Media           []MediaInput
	Collections     []string // titles of manual collections to be in, created when absent
	Metafields      []MetafieldInput
}

// VariantInput is one variant of a ProductInput.
type VariantInput struct {
	ID                VariantID // the variant to change; 0 for the one with these options, else a new one
	Options           []string  // one value for each of the product's options
	SKU               string
	Barcode           string
	PriceMinor        int64
	CompareAtMinor    *int64
	InventoryQuantity int
	KeepQuantity      bool // leaves the stock as it is, whatever InventoryQuantity says; a new variant has none then
	InventoryTracked  bool
	InventoryPolicy   InventoryPolicy
	WeightGrams       float64
	WeightUnit        WeightUnit
	RequiresShipping  bool
	Taxable           bool
	ImageURL          string // one of the product's Media, empty for none
	Metafields        []MetafieldInput
}

// MediaInput is one picture of a ProductInput, in the order of its Media.
type MediaInput struct {
	ID            MediaID // the picture to change; 0 for the one with this address, else a new one
	URL           string
	Alt           string
	Width, Height int // in pixels, 0 when they are not known
}

// The bounds of a product; those of what people write are in characters, those of handles, addresses and HTML
// in bytes. An index entry of the database has room for a few thousand bytes.
const (
	MaxVariants    = 2048
	MaxOptions     = 3
	MaxMedia       = 250
	MaxTags        = 250
	MaxCollections = 250
	MaxTitle       = 255
	MaxHandle      = 255
	MaxLabel       = 255 // vendor, type, tag, barcode
	MaxSKU         = 255
	MaxLine        = 2048 // alternative text, texts for search engines
	MaxHTML        = 512 << 10
	MaxURL         = 2048
	maxPixels      = 1 << 20 // on each side of a picture
	MaxOptionText  = 255
)

// OptionKey is what tells a variant from its siblings: its option values in comparable form.
func (v *VariantInput) OptionKey() string {
	keys := make([]string, len(v.Options))
	for i, o := range v.Options {
		keys[i] = OptionKey(o)
	}
	return strings.Join(keys, "\x1f")
}

// UpsertOutcome says what became of one product of a batch.
type UpsertOutcome int

// The outcomes of an upsert.
const (
	OutcomeCreated UpsertOutcome = iota + 1
	OutcomeUpdated
	OutcomeUnchanged
)

// CatalogWriter changes a store's catalogue. Each call is one transaction: all of it happens or nothing.
type CatalogWriter interface {
	// UpsertStore opens the store or returns the one with this handle as it stands. created says which.
	UpsertStore(ctx context.Context, in StoreInput) (store *Store, created bool, err error)
	// UpsertProducts creates or replaces products by handle, in the inputs' order, and touches no row that need not change.
	UpsertProducts(ctx context.Context, store *Store, in []ProductInput) ([]UpsertOutcome, error)
	// CompareProducts tells what UpsertProducts would do, and writes nothing.
	CompareProducts(ctx context.Context, store *Store, in []ProductInput) ([]UpsertOutcome, error)
}

// CatalogReader reads a store's products in the form in which they are put in.
type CatalogReader interface {
	// Catalogue reads all products whatever their status, in one order each time. An error is the last thing it yields.
	Catalogue(ctx context.Context, store *Store) iter.Seq2[ProductInput, error]
	// MetafieldColumns are the metafields that the store's products and variants have, in one order each time: products first, then
	// by namespace, key and type.
	MetafieldColumns(ctx context.Context, store StoreID) ([]MetafieldColumn, error)
}
