package main

import (
	"encoding/json"
	"math/rand/v2"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
	"github.com/vektah/gqlparser/v2/ast"

	"github.com/kirana-commerce/kirana/db/dbtest"
	"github.com/kirana-commerce/kirana/graph/generated"
	"github.com/kirana-commerce/kirana/graph/plan/plantest"
)

// corpusValue asks for whole lists of a store, so that nothing is refused: of two pages of one list the longer one has things that the
// shorter one has not, and what belongs to them is then read by a statement of its own.
func corpusValue(_ *rand.Rand, coordinate string, typ *ast.Type) (any, bool) {
	switch {
	case strings.HasSuffix(coordinate, "(first:)"):
		return json.Number("250"), true
	case strings.HasSuffix(coordinate, "(handle:)"):
		return "HANDLE", true
	case coordinate == "Store.customerData(email:)":
		return "asha@example.com", true
	case strings.HasPrefix(coordinate, "Store.searchAnalytics("):
		return "2026-01-01", true
	case typ.Elem != nil || typ.NonNull:
		return nil, false
	}
	return nil, true // what is optional is left to its default
}

func given(coordinate string) bool {
	return strings.HasSuffix(coordinate, "(first:)") || strings.HasSuffix(coordinate, "(handle:)") || coordinate == "Store.customerData(email:)"
}

// unasked leaves out what needs a search engine, another store, an id or a mutation.
func unasked(coordinate string) bool {
	switch coordinate {
	case "Query.search", "Store.search", "Query.predictiveSearch", "Store.predictiveSearch", "Store.whyNot", "Query.node", "Query.nodes", "Query.stores", "Store.product", "Store.productRecommendations",
		"Store.collection", "Store.job", "Store.discountCode", "Store.customer",
		"@idempotent":
		return true
	}
	// Two lists of names that share some are read by one statement or by two: that depends on which is asked for first.
	if strings.HasSuffix(coordinate, ".metafields") {
		return true
	}
	return strings.HasPrefix(coordinate, "Query.") && coordinate != "Query.store"
}

// resolverFields are the fields behind which a resolver may read.
func resolverFields(set ast.SelectionSet) int {
	n := 0
	for _, selection := range set {
		switch s := selection.(type) {
		case *ast.Field:
			switch s.ObjectDefinition.Name + "." + s.Name {
			case "Query.store", "Store.products", "Store.collections", "Collection.products", "Product.store", "Product.availableForSale",
				"Product.priceRange", "Product.compareAtPriceRange", "Product.totalInventory", "Product.variantsCount", "Product.options",
				"Product.variants", "Product.media", "Product.images", "Product.featuredImage", "Product.collections",
				"ProductVariant.image", "ProductVariant.product", "Store.menu", "Store.page", "Store.pages", "Store.productTags", "Store.productTypes",
				"Product.variantBySelectedOptions", "Product.selectedOrFirstAvailableVariant", "Product.adjacentVariants",
				"ProductOptionValue.firstSelectableVariant", "MenuItem.url",
				"Store.staff", "Store.staffInvitations", "Store.apiKeys", "Store.auditLog", "Store.webhookSubscriptions", "Store.searchRules", "Store.searchFacets", "ProductOptionValue.swatch", "Store.searchSynonyms", "Store.searchAnalytics", "SearchAnalytics.texts", "SearchRule.collection", "SearchRule.pinned", "SearchRule.buried", "SearchRule.hidden", "Store.paymentSettings", "Store.jobs", "StaffMember.merchant",
				"Store.metafield", "Product.metafield", "ProductVariant.metafield",
				"Collection.metafield", "Page.metafield", "Shop.metafield", "HasMetafields.metafield", "Metafield.reference", "Metafield.references", "Metafield.parentResource",
				"Store.locations", "Store.inventoryLevels", "ProductVariant.inventoryLevels", "ProductVariant.inventoryHistory",
				"Store.orders", "Store.customers", "Order.customer", "Customer.addresses", "Customer.defaultAddress", "Customer.numberOfOrders", "Customer.orders", "Order.paymentInstructions", "Store.customerData", "Store.discountCodes", "Store.deliverySettings", "Store.taxSettings", "Product.taxRates", "PickupLocation.location",
				"Product.onlineStoreUrl", "Collection.onlineStoreUrl", "Page.onlineStoreUrl", // which read the store
				"InventoryLevel.variant", "InventoryLevel.location", "InventoryHistoryEntry.location":
				n++
			}
			if s.Name == "totalCount" {
				n++
			}
			n += resolverFields(s.SelectionSet)
		case *ast.InlineFragment:
			n += resolverFields(s.SelectionSet)
		case *ast.FragmentSpread:
			n += resolverFields(s.Definition.SelectionSet)
		}
	}
	return n
}

// TestStatementsOfMadeUpDocuments asks 200 documents of a store with one product and of one with 250: as many statements for
// both, and no more than the document has fields with a resolver.
func TestStatementsOfMadeUpDocuments(t *testing.T) {
	t.Parallel()
	database := dbtest.New(t)
	for handle, n := range map[string]int{"small": 1, "large": 250} {
		fillStore(t, database, handle, n)
	}
	api := newCounted(t, database.URL)
	schema := generated.NewExecutableSchema(generated.Config{}).Schema()
	options := plantest.Options{Value: corpusValue, Give: given, Omit: unasked, Lists: 2, Fields: 60, Literals: true}
	most := int64(0)
	for i := range uint64(200) {
		d := plantest.Generate(plantest.Seeded(50, i), schema, options)
		doc, op, faults := plantest.Prepare(schema, d)
		require.Empty(t, faults)
		require.NotNil(t, doc)
		small := api.askOperation(t, strings.ReplaceAll(d.Query, "HANDLE", "small"), d.OperationName)
		large := api.askOperation(t, strings.ReplaceAll(d.Query, "HANDLE", "large"), d.OperationName)
		require.Equal(t, small, large, "statements for 1 and for 250 products of document %d:\n%s", i, d.Query)
		require.LessOrEqual(t, large, int64(resolverFields(op.SelectionSet)), "document %d:\n%s", i, d.Query)
		most = max(most, large)
	}
	require.Greater(t, most, int64(5), "some documents ask a lot")
}
