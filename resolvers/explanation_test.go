package resolvers

import (
	"context"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/kirana-commerce/kirana/commerce"
)

// critic is a search engine that explains, and the documents that it should have.
type critic struct {
	asked []commerce.ProductID
	due   *commerce.ProductDocument
}

func (c *critic) ExplainSearch(_ context.Context, _ commerce.SearchQuery, id commerce.ProductID, due *commerce.ProductDocument) (commerce.SearchMatch, error) {
	c.asked, c.due = append(c.asked, id), due
	return commerce.SearchMatch{Indexed: true, Current: true, Published: true, Available: true, Text: true, SameVariant: true, Rank: 2}, nil
}

func (c *critic) ProductDocuments(_ context.Context, _ []uint32, refs []commerce.ProductRef) (map[commerce.ProductRef]*commerce.ProductDocument, error) {
	return map[commerce.ProductRef]*commerce.ProductDocument{refs[0]: {Ref: refs[0], Title: "Due"}}, nil
}

// A product is explained in its own store. In another it is one that is not there, and nobody is asked about it.
func TestASearchIsExplainedInTheProductsStore(t *testing.T) {
	t.Parallel()
	c := &critic{}
	r := &Resolver{Explainer: c, Documents: c, Now: time.Now}
	args := searchArgs{text: "tea", page: commerce.PageArgs{First: new(1)}}
	got, err := r.explainStores(request(t, &world{}, "corner"), stores(), "gid://kirana/Product/1/2", args)
	require.NoError(t, err)
	require.Equal(t, []commerce.ProductID{2}, c.asked)
	require.Equal(t, "Due", c.due.Title)
	require.Equal(t, 2, *got[0].Rank)
	require.Equal(t, commerce.CauseNotFound, got[1].Reasons[0].Code)

	_, err = r.explainStores(request(t, &world{}, "corner"), stores(), "gid://kirana/Collection/1/2", args)
	requireRefusal(t, err, "productId", "this is not the id of a product.")
	got, err = r.explainStores(request(t, &world{}, "corner"), stores()[:1], "gid://kirana/Product/1/1", args)
	require.NoError(t, err)
	require.Equal(t, commerce.CauseNotFound, got[0].Reasons[0].Code)
}
