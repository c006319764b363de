package resolvers

import (
	"context"
	"strings"

	"github.com/kirana-commerce/kirana/commerce"
	"github.com/kirana-commerce/kirana/dataloader"
	"github.com/kirana-commerce/kirana/graph/model"
)

// summaries reads what the variants of each product add up to, and shows one part of it.
func summaries[T any](ctx context.Context, products []*commerce.Product, show func(*commerce.Product, commerce.ProductSummary) T) ([]T, error) {
	found, err := loadEach(ctx, &dataloader.From(ctx).ProductSummary, products, (*commerce.Product).Ref)
	shown := make([]T, len(found))
	for i, s := range found {
		shown[i] = show(products[i], s)
	}
	return shown, err
}

func priceRange(c commerce.Currency, lowest, highest int64) *model.ProductPriceRange {
	return &model.ProductPriceRange{
		MinVariantPrice: &commerce.Money{Minor: lowest, Currency: c},
		MaxVariantPrice: &commerce.Money{Minor: highest, Currency: c},
	}
}

// productOptions reads the options of each product, the first n of them when n is given.
func productOptions(ctx context.Context, products []*commerce.Product, n *int) ([][]*commerce.ProductOption, error) {
	if n != nil && (*n < 0 || *n > commerce.MaxPageSize) {
		return nil, commerce.BadInput("first", "%d is outside 0 to %d.", *n, commerce.MaxPageSize)
	}
	options, err := loadEach(ctx, &dataloader.From(ctx).ProductOptions, products, (*commerce.Product).Ref)
	return mapped(options, func(o []*commerce.ProductOption) []*commerce.ProductOption {
		return o[:min(len(o), value(n, len(o)))]
	}), err
}

// featuredImages reads the first picture of each product.
func featuredImages(ctx context.Context, products []*commerce.Product) ([]*commerce.Image, error) {
	page := commerce.FirstPage(1, commerce.Ordering{Key: commerce.MediaSortPosition})
	lists, err := dataloader.From(ctx).MediaList.Load(ctx, productPages(products, page))
	return mapped(lists, func(l commerce.List[*commerce.MediaImage]) *commerce.Image {
		if len(l.Items) == 0 {
			return nil
		}
		return &l.Items[0].Node.Image
	}), err
}

// mediaImage is the picture of m, nil for none.
func mediaImage(m *commerce.MediaImage) *commerce.Image {
	if m == nil {
		return nil
	}
	return &m.Image
}

// addresses are those of pictures, on the server that the request came to where a picture is the server's own. They share
// their memory.
func addresses(base string, images []*commerce.Image) []string {
	n := 0
	for _, i := range images {
		n += len(base) + len(i.URL)
	}
	var all strings.Builder
	all.Grow(n)
	urls := make([]string, len(images))
	for i, image := range images {
		urls[i] = image.URL
		if strings.HasPrefix(image.URL, "/") {
			from := all.Len()
			all.WriteString(base)
			all.WriteString(image.URL)
			urls[i] = all.String()[from:]
		}
	}
	return urls
}

// descriptions shows each parent's markup as plain text, cut to n characters when n is given. Code BAD_USER_INPUT.
func descriptions[P any](parents []P, markup func(P) string, n *int) ([]string, error) {
	if n != nil && *n < 0 {
		return nil, commerce.BadInput("truncateAt", "%d is below 0.", *n)
	}
	return mapped(parents, func(p P) string { return commerce.Truncate(commerce.PlainText(markup(p)), value(n, -1)) }), nil
}
