package model_test

import (
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/kirana-commerce/kirana/commerce"
	"github.com/kirana-commerce/kirana/graph/model"
)

func teas() commerce.List[string] {
	return commerce.List[string]{
		Order: commerce.Ordering{Key: commerce.ProductSortTitle, Reverse: true}, HasNext: true,
		Items: []commerce.Item[string]{{Node: "Oolong", Value: "oolong", ID: 7}, {Node: "Darjeeling", Value: "darjeeling", ID: 3}, {Node: "Assam", Value: "assam", ID: 5}},
	}
}

func TestConnection(t *testing.T) {
	t.Parallel()
	list := teas()
	c := model.NewConnection(list)
	require.Equal(t, []string{"Oolong", "Darjeeling", "Assam"}, c.Nodes())
	edges := c.Edges()
	require.Len(t, edges, 3)
	for i, edge := range edges {
		require.Equal(t, list.Items[i].Node, edge.Node)
		at, ok := commerce.ParseCursor(edge.Cursor(), list.Order)
		require.True(t, ok)
		require.Equal(t, commerce.Cursor{Ordering: list.Order, Value: list.Items[i].Value, ID: list.Items[i].ID}, at)
	}
	require.Equal(t, model.PageInfo{StartCursor: new(edges[0].Cursor()), EndCursor: new(edges[2].Cursor()), HasNextPage: true}, c.PageInfo())
}

func TestConnectionOfOne(t *testing.T) {
	t.Parallel()
	list := teas()
	list.Items, list.HasNext, list.HasPrevious = list.Items[:1], false, true
	c := model.NewConnection(list)
	cursor := c.Edges()[0].Cursor()
	require.Equal(t, model.PageInfo{StartCursor: &cursor, EndCursor: &cursor, HasPreviousPage: true}, c.PageInfo())
}

// An empty page has empty lists, which are not null, and no cursors; there may still be more: first: 0 asks for nothing.
func TestConnectionOfNone(t *testing.T) {
	t.Parallel()
	c := model.NewConnection(commerce.List[string]{HasNext: true})
	require.NotNil(t, c.Nodes())
	require.Empty(t, c.Nodes())
	require.NotNil(t, c.Edges())
	require.Empty(t, c.Edges())
	require.Equal(t, model.PageInfo{HasNextPage: true}, c.PageInfo())
}

// What is embedded shows the results as any other connection does.
func TestSearchResultItemConnection(t *testing.T) {
	t.Parallel()
	p := &commerce.Product{StoreID: 1, ID: 2}
	c := model.SearchResultItemConnection{Connection: *model.NewConnection(commerce.List[model.SearchResultItem]{
		Items: []commerce.Item[model.SearchResultItem]{{Node: p, Value: "1", ID: 2}},
	})}
	require.Equal(t, []model.SearchResultItem{p}, c.Nodes())
	require.Equal(t, c.Edges()[0].Cursor(), *c.PageInfo().StartCursor)
}
