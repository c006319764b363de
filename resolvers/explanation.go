package resolvers

import (
	"context"

	"github.com/kirana-commerce/kirana/commerce"
	"github.com/kirana-commerce/kirana/dataloader"
)

// explainStores explains a search in each store: the product as the merchant sees it, the document that it should have, and what the
// search engine says.
func (r *Resolver) explainStores(ctx context.Context, stores []*commerce.Store, productID string, args searchArgs) ([]*commerce.SearchExplanation, error) {
	gid, err := parseProductID(productID)
	if err != nil {
		return nil, err
	}
	ref := commerce.ProductRef{Store: gid.Store, ID: commerce.ProductID(gid.ID)}
	explained := make([]*commerce.SearchExplanation, len(stores))
	for i, s := range stores {
		q, err := args.query(s)
		if err != nil {
			return nil, err
		}
		if explained[i], err = r.explain(ctx, s, ref, q); err != nil {
			return nil, err
		}
	}
	return explained, nil
}

// explain explains a search in one store. A product of another store is none.
func (r *Resolver) explain(ctx context.Context, s *commerce.Store, ref commerce.ProductRef, q commerce.SearchQuery) (*commerce.SearchExplanation, error) {
	now := r.Now()
	if ref.Store != s.ID {
		return commerce.ExplainSearch(s, nil, q, commerce.SearchMatch{}, now), nil
	}
	product, err := dataloader.From(ctx).ProductByID.LoadOne(ctx, ref)
	if err != nil || product == nil {
		return commerce.ExplainSearch(s, nil, q, commerce.SearchMatch{}, now), err
	}
	due, err := r.Documents.ProductDocuments(ctx, nil, []commerce.ProductRef{ref})
	if err != nil {
		return nil, err
	}
	match, err := r.Explainer.ExplainSearch(ctx, q, ref.ID, due[ref])
	if err != nil {
		return nil, err
	}
	return commerce.ExplainSearch(s, product, q, match, now), nil
}

// parseProductID reads the argument productId. Code BAD_USER_INPUT.
func parseProductID(text string) (commerce.GlobalID, error) {
	id, ok := commerce.ParseGlobalID(text)
	if !ok || id.Kind != commerce.KindProduct {
		return id, commerce.BadInput("productId", "this is not the id of a product.")
	}
	return id, nil
}
