package commerce

import (
	"context"
	"time"
)

// Collection is a group of products a merchant shows together.
type Collection struct {
	StoreID         StoreID
	ID              CollectionID
	Handle          string
	Title           string
	DescriptionHTML string
	ImageURL        string
	ImageAlt        *string
	SEOTitle        string
	SEODescription  string
	SortOrder       CollectionSortOrder
	// RuleSet makes the collection automatic; nil for one whose products are chosen by hand alone.
	RuleSet *CollectionRuleSet
	// PublishedAt is when buyers can see the collection from, nil for not at all.
	PublishedAt *time.Time
	UpdatedAt   time.Time
}

// Ref is the collection's full key.
func (c *Collection) Ref() CollectionRef { return CollectionRef{c.StoreID, c.ID} }

// NodeID is the collection's global id.
func (c *Collection) NodeID() GlobalID {
	return GlobalID{Kind: KindCollection, Store: c.StoreID, ID: int64(c.ID)}
}

// IsNode marks Collection as a node of the API.
func (*Collection) IsNode() {}

// IsMenuItemResource marks Collection as something that an item of a menu can lead to.
func (*Collection) IsMenuItemResource() {}

// Tenant is the store that shows the collection.
func (c *Collection) Tenant() StoreID { return c.StoreID }

// SEO is what search engines show for the collection.
func (c *Collection) SEO() SEO {
	return SEO{Title: optional(c.SEOTitle), Description: optional(c.SEODescription)}
}

// Image is the collection's picture, nil without one.
func (c *Collection) Image() *Image {
	if c.ImageURL == "" {
		return nil
	}
	return &Image{StoreID: c.StoreID, URL: c.ImageURL, AltText: c.ImageAlt}
}

// The orders of a list of collections.
const (
	CollectionSortID        SortKey = "ID"
	CollectionSortTitle     SortKey = "TITLE"
	CollectionSortUpdatedAt SortKey = "UPDATED_AT"
)

// CollectionSortOrder is the order of a collection's products that its merchant chose.
type CollectionSortOrder string

// The orders of collections.
const (
	CollectionAlphaAsc    CollectionSortOrder = "ALPHA_ASC"
	CollectionAlphaDesc   CollectionSortOrder = "ALPHA_DESC"
	CollectionBestSelling CollectionSortOrder = "BEST_SELLING"
	CollectionCreated     CollectionSortOrder = "CREATED"
	CollectionCreatedDesc CollectionSortOrder = "CREATED_DESC"
	CollectionManual      CollectionSortOrder = "MANUAL"
	CollectionPriceAsc    CollectionSortOrder = "PRICE_ASC"
	CollectionPriceDesc   CollectionSortOrder = "PRICE_DESC"
)

// Valid reports whether there is such an order.
func (o CollectionSortOrder) Valid() bool {
	switch o {
	case CollectionAlphaAsc, CollectionAlphaDesc, CollectionBestSelling, CollectionCreated, CollectionCreatedDesc, CollectionManual,
		CollectionPriceAsc, CollectionPriceDesc:
		return true
	}
	return false
}

// Order is how a list of products is read in this order.
func (o CollectionSortOrder) Order() Ordering {
	switch o {
	case CollectionAlphaAsc:
		return Ordering{Key: ProductSortTitle}
	case CollectionAlphaDesc:
		return Ordering{Key: ProductSortTitle, Reverse: true}
	case CollectionCreated:
		return Ordering{Key: ProductSortCreatedAt}
	case CollectionCreatedDesc:
		return Ordering{Key: ProductSortCreatedAt, Reverse: true}
	case CollectionBestSelling:
		return Ordering{Key: ProductSortBestSelling, Reverse: true}
	case CollectionPriceAsc:
		return Ordering{Key: ProductSortPrice}
	case CollectionPriceDesc:
		return Ordering{Key: ProductSortPrice, Reverse: true}
	case CollectionManual:
	}
	return Ordering{Key: CollectionProductSortManual}
}

// CollectionProductSortManual is the order a merchant gave a collection's products; the orders of ProductListKey apply too.
const CollectionProductSortManual SortKey = "MANUAL"

// CollectionListKey asks for one page of a store's collections.
type CollectionListKey struct {
	Store StoreID
	Page  Page
	// Words, when not empty, keeps the collections whose title contains each of the words.
	Words string
}

// Counting asks for the number of items of the list.
func (k CollectionListKey) Counting() CollectionListKey {
	k.Page = k.Page.Counting()
	return k
}

// CollectionPageKey asks for one page of a collection's products.
type CollectionPageKey struct {
	Collection CollectionRef
	Page       Page
}

// Counting asks for the number of items of the list.
func (k CollectionPageKey) Counting() CollectionPageKey {
	k.Page = k.Page.Counting()
	return k
}

// CollectionReader reads the collections buyers can see. A key without one is missing from the answer.
type CollectionReader interface {
	CollectionsByID(ctx context.Context, refs []CollectionRef) (map[CollectionRef]*Collection, error)
	CollectionsByHandle(ctx context.Context, refs []HandleRef) (map[HandleRef]*Collection, error)
	CollectionLists(ctx context.Context, keys []CollectionListKey) (map[CollectionListKey]List[*Collection], error)
	CollectionProducts(ctx context.Context, keys []CollectionPageKey) (map[CollectionPageKey]List[*Product], error)
	ProductCollections(ctx context.Context, keys []ProductPageKey) (map[ProductPageKey]List[*Collection], error)
}
