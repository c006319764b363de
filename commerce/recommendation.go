package commerce

import "context"

// MaxRecommendations is how many products are recommended beside one.
const MaxRecommendations = 10

// A merchant recommends products in metafields of the names that Shopify's own app for it has, so that a catalogue that comes from
// there brings its recommendations along. Both are lists of references to products.
const (
	RecommendationNamespace = "shopify--discovery--product_recommendation"
	RelatedKey              = "related_products"
	ComplementaryKey        = "complementary_products"
)

// RecommendationReader finds products that are like others.
type RecommendationReader interface {
	// RelatedProducts are the products that buyers can see and that have most in common with each product, at most MaxRecommendations,
	// what can be bought first. One without any is missing from the answer.
	RelatedProducts(ctx context.Context, refs []ProductRef) (map[ProductRef][]*Product, error)
}
