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
	UpdatedAt       time.Time
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

// CollectionProductSortManual is the order a merchant gave a collection's products; the orders of ProductListKey apply too.
const CollectionProductSortManual SortKey = "MANUAL"

// CollectionListKey asks for one page of a store's collections.
type CollectionListKey struct {
	Store StoreID
	Page  Page
	// Words, when not empty, keeps the collections whose title contains each of the words.
	Words string
}

// CollectionPageKey asks for one page of a collection's products.
type CollectionPageKey struct {
	Collection CollectionRef
	Page       Page
}

// CollectionReader reads the collections buyers can see. A key without one is missing from the answer.
type CollectionReader interface {
	CollectionsByID(ctx context.Context, refs []CollectionRef) (map[CollectionRef]*Collection, error)
	CollectionsByHandle(ctx context.Context, refs []HandleRef) (map[HandleRef]*Collection, error)
	CollectionLists(ctx context.Context, keys []CollectionListKey) (map[CollectionListKey]List[*Collection], error)
	CollectionProducts(ctx context.Context, keys []CollectionPageKey) (map[CollectionPageKey]List[*Product], error)
	ProductCollections(ctx context.Context, keys []ProductPageKey) (map[ProductPageKey]List[*Collection], error)
}
