package commerce

import (
	"context"
	"time"
)

// ProductStatus says what a merchant means a product to be.
type ProductStatus string

// The states of a product. Buyers see an ACTIVE product from its publication time on, and no other.
const (
	ProductActive   ProductStatus = "ACTIVE"
	ProductDraft    ProductStatus = "DRAFT"
	ProductArchived ProductStatus = "ARCHIVED"
)

// Product is something a store sells, in one or more variants.
type Product struct {
	StoreID         StoreID
	ID              ProductID
	Currency        Currency
	Handle          string
	Title           string
	DescriptionHTML string
	Vendor          string
	ProductType     string
	Tags            []string
	IsGiftCard      bool
	SEOTitle        string
	SEODescription  string
	Status          ProductStatus
	// PublishedAt is when buyers could first see the product; when it was created, for one that was never published.
	PublishedAt time.Time
	// Hidden says that buyers cannot see the product, whatever they see of its store.
	Hidden bool
	// Version counts the changes of the product, its options, variants and pictures by merchants.
	Version   int
	CreatedAt time.Time
	UpdatedAt time.Time
}

// Ref is the product's full key.
func (p *Product) Ref() ProductRef { return ProductRef{p.StoreID, p.ID} }

// NodeID is the product's global id.
func (p *Product) NodeID() GlobalID {
	return GlobalID{Kind: KindProduct, Store: p.StoreID, ID: int64(p.ID)}
}

// IsNode marks Product as a node of the API.
func (*Product) IsNode() {}

// Tenant is the store that sells the product.
func (p *Product) Tenant() StoreID { return p.StoreID }

// IsMenuItemResource marks Product as something that an item of a menu can lead to.
func (*Product) IsMenuItemResource() {}

// RequiresSellingPlan reports whether the product is sold by subscription alone. There are no subscriptions.
func (*Product) RequiresSellingPlan() bool { return false }

// IsSearchResultItem marks Product as something search finds.
func (*Product) IsSearchResultItem() {}

// SEO is what search engines show for the product.
func (p *Product) SEO() SEO {
	return SEO{Title: optional(p.SEOTitle), Description: optional(p.SEODescription)}
}

// SEO is what search engines show for a page; nil where the merchant wrote nothing.
type SEO struct{ Title, Description *string }

func optional(s string) *string {
	if s == "" {
		return nil
	}
	return &s
}

// ProductOption is one way the variants of a product differ: Size with Small, Medium, Large.
type ProductOption struct {
	StoreID   StoreID
	ProductID ProductID
	ID        OptionID
	Name      string
	Values    []string
}

// NodeID is the option's global id.
func (o *ProductOption) NodeID() GlobalID {
	return GlobalID{Kind: KindProductOption, Store: o.StoreID, ID: int64(o.ID)}
}

// IsNode marks ProductOption as a node of the API.
func (*ProductOption) IsNode() {}

// OptionValues are the option's values as objects.
func (o *ProductOption) OptionValues() []ProductOptionValue {
	values := make([]ProductOptionValue, len(o.Values))
	for i, v := range o.Values {
		values[i] = ProductOptionValue{Product: ProductRef{o.StoreID, o.ProductID}, Option: o.Name, Name: v}
	}
	return values
}

// ProductOptionValue is one value of an option.
type ProductOptionValue struct {
	// Product and Option say which product's option has the value.
	Product ProductRef
	Option  string
	Name    string
}

// Selected is the value as a variant has it.
func (v *ProductOptionValue) Selected() SelectedOption {
	return SelectedOption{Name: v.Option, Value: v.Name}
}

// ProductSummary is what a product's variants add up to.
type ProductSummary struct {
	// VariantsCount is the number of variants.
	VariantsCount int
	// PriceMin and PriceMax are the lowest and highest variant price, in minor units; 0 without variants.
	PriceMin, PriceMax int64
	// CompareAtMin and CompareAtMax are the lowest and highest price before a reduction; 0 where no variant has one.
	CompareAtMin, CompareAtMax int64
	// TotalInventory is the number of units in stock over the variants whose stock is tracked.
	TotalInventory int
	// AvailableForSale says that at least one variant can be bought.
	AvailableForSale bool
}

// The orders of a list of products.
const (
	ProductSortID          SortKey = "ID"
	ProductSortTitle       SortKey = "TITLE"
	ProductSortPrice       SortKey = "PRICE"
	ProductSortVendor      SortKey = "VENDOR"
	ProductSortProductType SortKey = "PRODUCT_TYPE"
	ProductSortCreatedAt   SortKey = "CREATED_AT"
	ProductSortUpdatedAt   SortKey = "UPDATED_AT"
	// ProductSortBestSelling has the product first that sells the least, turned round the best selling.
	ProductSortBestSelling SortKey = "BEST_SELLING"
)

// ProductListKey asks for one page of a store's products.
type ProductListKey struct {
	Store StoreID
	Page  Page
	// Words, when not empty, keeps the products whose title, vendor, type or SKU contains each of the words.
	Words string
}

// Counting asks for the number of items of the list.
func (k ProductListKey) Counting() ProductListKey {
	k.Page = k.Page.Counting()
	return k
}

// LabelListKey asks for the first labels that a store's visible products have, such as their tags.
type LabelListKey struct {
	Store StoreID
	First int
}

// LabelSort is the only order of a list of labels: that of the alphabet.
const LabelSort SortKey = "LABEL"

// LabelReader reads what merchants call their products, in the order of the alphabet.
type LabelReader interface {
	ProductTags(ctx context.Context, keys []LabelListKey) (map[LabelListKey][]string, error)
	ProductTypes(ctx context.Context, keys []LabelListKey) (map[LabelListKey][]string, error)
}

// ProductReader reads the products buyers can see. A key without such a product is missing from the answer.
type ProductReader interface {
	ProductsByID(ctx context.Context, refs []ProductRef) (map[ProductRef]*Product, error)
	ProductsByHandle(ctx context.Context, refs []HandleRef) (map[HandleRef]*Product, error)
	ProductLists(ctx context.Context, keys []ProductListKey) (map[ProductListKey]List[*Product], error)
	ProductSummaries(ctx context.Context, refs []ProductRef) (map[ProductRef]ProductSummary, error)
}

// OptionReader reads the options of products buyers can see. A key without one is missing from the answer.
type OptionReader interface {
	OptionsByID(ctx context.Context, refs []OptionRef) (map[OptionRef]*ProductOption, error)
	ProductOptions(ctx context.Context, refs []ProductRef) (map[ProductRef][]*ProductOption, error)
}
