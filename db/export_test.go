package db

import (
	"maps"
	"slices"

	"github.com/kirana-commerce/kirana/commerce"
)

// Sees and the rest are for tests alone.
var Sees = sees

// Prepared are the texts of the reads that ran on the primary so far.
func (d *DB) Prepared() []string {
	d.primary.mu.Lock()
	defer d.primary.mu.Unlock()
	return slices.Sorted(maps.Keys(d.primary.statements))
}

// Orders are the orders of each list.
func Orders() map[string][]commerce.SortKey {
	orders := make(map[string][]commerce.SortKey)
	for list, sortings := range map[string]map[commerce.SortKey]sorting{
		"Stores": storeOrders(), "ProductLists": productOrders(), "CollectionLists": collectionOrders(),
		"CollectionProducts": collectionProductOrders(), "ProductCollections": collectionOrders(),
		"VariantLists": variantOrders(), "MediaLists": mediaOrders(),
	} {
		orders[list] = slices.Sorted(maps.Keys(sortings))
	}
	return orders
}

// Statements are the fixed texts by the names of their constants.
func Statements() map[string]string {
	return map[string]string{
		"anyStoreSQL":            anyStoreSQL,
		"beatSQL":                beatSQL,
		"collectionsByHandleSQL": collectionsByHandleSQL,
		"collectionsByIDSQL":     collectionsByIDSQL,
		"deleteMediaSQL":         deleteMediaSQL,
		"deleteOptionsSQL":       deleteOptionsSQL,
		"deleteVariantsSQL":      deleteVariantsSQL,
		"documentsSQL":           documentsSQL,
		"emitResyncSQL":          emitResyncSQL,
		"heartSQL":               heartSQL,
		"insertCollectionsSQL":   insertCollectionsSQL,
		"insertMediaSQL":         insertMediaSQL,
		"insertMembersSQL":       insertMembersSQL,
		"insertOptionsSQL":       insertOptionsSQL,
		"insertProductsSQL":      insertProductsSQL,
		"insertStoreSQL":         insertStoreSQL,
		"insertVariantsSQL":      insertVariantsSQL,
		"logStateSQL":            logStateSQL,
		"lockStoreSQL":           lockStoreSQL,
		"mediaByIDSQL":           mediaByIDSQL,
		"optionsByIDSQL":         optionsByIDSQL,
		"productOptionsSQL":      productOptionsSQL,
		"productSummariesSQL":    productSummariesSQL,
		"productsByHandleSQL":    productsByHandleSQL,
		"productsByIDSQL":        productsByIDSQL,
		"publishStoreSQL":        publishStoreSQL,
		"saveIndexStateSQL":      saveIndexStateSQL,
		"snapshotSQL":            snapshotSQL,
		"storedMediaSQL":         storedMediaSQL,
		"storedMembersSQL":       storedMembersSQL,
		"storedOptionsSQL":       storedOptionsSQL,
		"storedProductsSQL":      storedProductsSQL,
		"storedVariantsSQL":      storedVariantsSQL,
		"storesByHandleSQL":      storesByHandleSQL,
		"storesByIDSQL":          storesByIDSQL,
		"updateMediaSQL":         updateMediaSQL,
		"updateOptionsSQL":       updateOptionsSQL,
		"updateProductsSQL":      updateProductsSQL,
		"updateVariantsSQL":      updateVariantsSQL,
		"variantImagesSQL":       variantImagesSQL,
		"variantsByIDSQL":        variantsByIDSQL,
	}
}
