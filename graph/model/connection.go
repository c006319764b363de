// Package model holds the Go shapes of GraphQL types that are no domain types: connections, inputs and enums.
//
// It never holds rules; what a product or a page is stands in commerce.
package model

import (
	"context"

	"github.com/kirana-commerce/kirana/commerce"
)

// Node is a thing with a global id.
type Node interface{ IsNode() }

// Media is something that shows a product.
type Media interface {
	IsMedia()
}

// SearchResultItem is something search finds.
type SearchResultItem interface{ IsSearchResultItem() }

// MetafieldParentResource is a thing that metafields belong to.
type MetafieldParentResource interface{ IsMetafieldParentResource() }

// MetafieldReference is a thing that metafields refer to.
type MetafieldReference interface{ IsMetafieldReference() }

// Connection is one page of a list in Relay's shape. Edges, with their cursors, are made only for clients that select them.
type Connection[T any] struct {
	list  commerce.List[T]
	nodes []T
	// Counter counts the list, At says which of the counts is its own. There is none where nobody can ask for the count.
	Counter *Counter
	At      int
}

// Counter counts the lists that were read together. It is a pointer to a function, so that those who share it can be told.
type Counter func(context.Context) ([]int, error)

// NewConnection shows a page of a list.
func NewConnection[T any](l commerce.List[T]) *Connection[T] {
	return NewConnections([]commerce.List[T]{l})[0]
}

// NewConnections shows a page of each list. They share their memory: a page of products comes with as many of variants.
func NewConnections[T any](lists []commerce.List[T]) []*Connection[T] {
	n := 0
	for _, l := range lists {
		n += len(l.Items)
	}
	nodes, connections, shown := make([]T, 0, n), make([]Connection[T], len(lists)), make([]*Connection[T], len(lists))
	for i, l := range lists {
		from := len(nodes)
		for _, item := range l.Items {
			nodes = append(nodes, item.Node)
		}
		connections[i] = Connection[T]{list: l, nodes: nodes[from:len(nodes):len(nodes)]}
		shown[i] = &connections[i]
	}
	return shown
}

// Edges are the items with their places in the list.
func (c *Connection[T]) Edges() []Edge[T] {
	edges := make([]Edge[T], len(c.list.Items))
	for i, item := range c.list.Items {
		edges[i] = Edge[T]{Node: item.Node, list: &c.list, at: i}
	}
	return edges
}

// Nodes are the items alone.
func (c *Connection[T]) Nodes() []T { return c.nodes }

// PageInfo tells where the page stands in the list.
func (c *Connection[T]) PageInfo() PageInfo {
	info := PageInfo{HasNextPage: c.list.HasNext, HasPreviousPage: c.list.HasPrevious}
	if n := len(c.list.Items); n > 0 {
		first, last := c.list.CursorAt(0), c.list.CursorAt(n-1)
		info.StartCursor, info.EndCursor = &first, &last
	}
	return info
}

// Edge is an item and its place in a list.
type Edge[T any] struct {
	Node T
	list *commerce.List[T]
	at   int
}

// Cursor is the item's place in the list, opaque to clients.
func (e Edge[T]) Cursor() string { return e.list.CursorAt(e.at) }

// PageInfo tells where a page stands in its list.
type PageInfo struct {
	EndCursor       *string
	HasNextPage     bool
	HasPreviousPage bool
	StartCursor     *string
}

// The connections and edges of the schema, by the names it gives them.
type (
	// StoreConnection is one page of stores.
	StoreConnection = Connection[*commerce.Store]
	// StoreEdge is a store and its place in a list.
	StoreEdge = Edge[*commerce.Store]
	// ProductConnection is one page of products.
	ProductConnection = Connection[*commerce.Product]
	// ProductEdge is a product and its place in a list.
	ProductEdge = Edge[*commerce.Product]
	// ProductVariantConnection is one page of variants.
	ProductVariantConnection = Connection[*commerce.ProductVariant]
	// ProductVariantEdge is a variant and its place in a list.
	ProductVariantEdge = Edge[*commerce.ProductVariant]
	// CollectionConnection is one page of collections.
	CollectionConnection = Connection[*commerce.Collection]
	// CollectionEdge is a collection and its place in a list.
	CollectionEdge = Edge[*commerce.Collection]
	// PageConnection is one page of pages of text.
	PageConnection = Connection[*commerce.TextPage]
	// PageEdge is a page of text and its place in a list.
	PageEdge = Edge[*commerce.TextPage]
	// BaseCartLineConnection is one page of the lines of a cart.
	BaseCartLineConnection = Connection[commerce.BaseCartLine]
	// BaseCartLineEdge is a line of a cart and its place in it.
	BaseCartLineEdge = Edge[commerce.BaseCartLine]
	// CartDeliveryGroupConnection is one page of the delivery groups of a cart.
	CartDeliveryGroupConnection = Connection[*commerce.CartDeliveryGroup]
	// CartDeliveryGroupEdge is a delivery group of a cart and its place among them.
	CartDeliveryGroupEdge = Edge[*commerce.CartDeliveryGroup]
	// OrderConnection is one page of orders.
	OrderConnection = Connection[*commerce.Order]
	// OrderEdge is an order and its place in a list.
	OrderEdge = Edge[*commerce.Order]
	// CustomerConnection is one page of customers.
	CustomerConnection = Connection[*commerce.Customer]
	// CustomerEdge is a customer and their place in a list.
	CustomerEdge = Edge[*commerce.Customer]
	// MailingAddressConnection is one page of addresses.
	MailingAddressConnection = Connection[*commerce.MailingAddress]
	// MailingAddressEdge is an address and its place in a list.
	MailingAddressEdge = Edge[*commerce.MailingAddress]
	// StringConnection is one page of texts.
	StringConnection = Connection[string]
	// StringEdge is a text and its place in a list.
	StringEdge = Edge[string]
	// MediaConnection is one page of media.
	MediaConnection = Connection[Media]
	// MediaEdge is a piece of media and its place in a list.
	MediaEdge = Edge[Media]
	// ImageConnection is one page of pictures.
	ImageConnection = Connection[*commerce.Image]
	// ImageEdge is a picture and its place in a list.
	ImageEdge = Edge[*commerce.Image]
	// APIKeyConnection is one page of API keys.
	APIKeyConnection = Connection[*commerce.APIKey]
	// APIKeyEdge is an API key and its place in a list.
	APIKeyEdge = Edge[*commerce.APIKey]
	// SearchTextConnection is one page of texts that were searched for.
	SearchTextConnection = Connection[*commerce.SearchText]
	// SearchTextEdge is such a text and its place in a list.
	SearchTextEdge = Edge[*commerce.SearchText]
	// AuditEntryConnection is one page of an audit log.
	AuditEntryConnection = Connection[*commerce.AuditEntry]
	// AuditEntryEdge is an entry of an audit log and its place in it.
	AuditEntryEdge = Edge[*commerce.AuditEntry]
	// LocationConnection is one page of locations.
	LocationConnection = Connection[*commerce.Location]
	// LocationEdge is a location and its place in a list.
	LocationEdge = Edge[*commerce.Location]
	// InventoryLevelConnection is one page of stock.
	InventoryLevelConnection = Connection[*commerce.InventoryLevel]
	// InventoryLevelEdge is the stock of a variant at a location and its place in a list.
	InventoryLevelEdge = Edge[*commerce.InventoryLevel]
	// InventoryHistoryConnection is one page of changes of stock.
	InventoryHistoryConnection = Connection[*commerce.InventoryHistoryEntry]
	// InventoryHistoryEdge is a change of stock and its place in a list.
	InventoryHistoryEdge = Edge[*commerce.InventoryHistoryEntry]
	// MetafieldReferenceConnection is one page of what a metafield refers to.
	MetafieldReferenceConnection = Connection[MetafieldReference]
	// MetafieldReferenceEdge is something that a metafield refers to and its place in the list.
	MetafieldReferenceEdge = Edge[MetafieldReference]
	// JobConnection is one page of jobs.
	JobConnection = Connection[*commerce.Job]
	// JobEdge is a job and its place in a list.
	JobEdge = Edge[*commerce.Job]
	// JobRejectionConnection is one page of a job's rejections.
	JobRejectionConnection = Connection[*commerce.JobRejection]
	// JobRejectionEdge is a rejection and its place in a list.
	JobRejectionEdge = Edge[*commerce.JobRejection]
	// DiscountCodeConnection is one page of discounts.
	DiscountCodeConnection = Connection[*commerce.Discount]
	// DiscountCodeEdge is a discount and its place in a list.
	DiscountCodeEdge = Edge[*commerce.Discount]
	// SearchResultItemEdge is something search found and its place among the results.
	SearchResultItemEdge = Edge[SearchResultItem]
)

// SearchResultItemConnection is one page of search results with what was asked for beside it.
type SearchResultItemConnection struct {
	Connection[SearchResultItem]
	ProductFilters []commerce.Facet
	TotalCount     int
	DidYouMean     *string
}
