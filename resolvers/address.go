package resolvers

import (
	"context"

	"github.com/kirana-commerce/kirana/commerce"
	"github.com/kirana-commerce/kirana/dataloader"
	"github.com/kirana-commerce/kirana/internal/auth"
)

// storeURLs are the addresses of the stores' pages.
func storeURLs(ctx context.Context, stores []*commerce.Store) []string {
	return mapped(stores, func(s *commerce.Store) string { return auth.From(ctx).StoreURL(s.Handle) })
}

// pageURLs are the addresses of pages of stores, nil for those that buyers cannot see: path is empty for them.
func pageURLs[P any](ctx context.Context, parents []P, owner func(P) commerce.StoreID, path func(P) string) ([]*string, error) {
	stores, err := loadEach(ctx, &dataloader.From(ctx).StoreByID, parents, owner)
	if err != nil {
		return nil, err
	}
	urls := make([]*string, len(parents))
	for i, s := range stores {
		if page := path(parents[i]); page != "" && s != nil && s.Published() {
			url := auth.From(ctx).StoreURL(s.Handle) + page
			urls[i] = &url
		}
	}
	return urls, nil
}

func productPath(p *commerce.Product) string {
	if p.Hidden {
		return ""
	}
	return auth.ProductPath(p.Handle)
}

func textPath(p *commerce.TextPage) string {
	if p.PublishedAt == nil {
		return ""
	}
	return auth.TextPath(p.Handle)
}

func collectionPath(c *commerce.Collection) string {
	if c.PublishedAt == nil {
		return ""
	}
	return auth.CollectionPath(c.Handle)
}
