package db

import (
	"context"
	"errors"
	"maps"
	"slices"

	"github.com/kirana-commerce/kirana/commerce"
)

// Sees and the rest are for tests alone.
var Sees = sees

// Prepared are the texts of the reads that ran on the primary so far, one after the other.
func (d *DB) Prepared(ctx context.Context) ([]string, error) {
	conn, err := d.primary.Conn(ctx)
	if err != nil {
		return nil, err
	}
	var texts []string
	err = conn.Raw(func(c any) error {
		texts = slices.Sorted(maps.Keys(c.(*session).statements))
		return nil
	})
	return texts, errors.Join(err, conn.Close())
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
		"addMembersSQL":               addMembersSQL,
		"anyStoreSQL":                 anyStoreSQL,
		"beatSQL":                     beatSQL,
		"changeStoreSQL":              changeStoreSQL,
		"collectionsByHandleSQL":      collectionsByHandleSQL,
		"collectionsByIDSQL":          collectionsByIDSQL,
		"countStoresSQL":              countStoresSQL,
		"deleteCollectionRedirectSQL": deleteCollectionRedirectSQL,
		"deleteCollectionSQL":         deleteCollectionSQL,
		"deleteMediaSQL":              deleteMediaSQL,
		"deleteMetafieldsSQL":         deleteMetafieldsSQL,
		"deleteOptionsSQL":            deleteOptionsSQL,
		"deleteVariantsSQL":           deleteVariantsSQL,
		"documentsSQL":                documentsSQL,
		"emitResyncSQL":               emitResyncSQL,
		"freeCollectionHandleSQL":     freeCollectionHandleSQL,
		"heartSQL":                    heartSQL,
		"insertAuditSQL":              insertAuditSQL,
		"insertCollectionRedirectSQL": insertCollectionRedirectSQL,
		"insertCollectionSQL":         insertCollectionSQL,
		"insertCollectionsSQL":        insertCollectionsSQL,
		"insertMediaSQL":              insertMediaSQL,
		"insertMembersSQL":            insertMembersSQL,
		"insertMetafieldsSQL":         insertMetafieldsSQL,
		"insertOptionsSQL":            insertOptionsSQL,
		"insertOwnerSQL":              insertOwnerSQL,
		"insertProductsSQL":           insertProductsSQL,
		"insertStoreSQL":              insertStoreSQL,
		"insertVariantsSQL":           insertVariantsSQL,
		"lockCollectionByHandleSQL":   lockCollectionByHandleSQL,
		"lockCollectionSQL":           lockCollectionSQL,
		"lockMerchantSQL":             lockMerchantSQL,
		"lockMetafieldsSQL":           lockMetafieldsSQL,
		"lockRulesSQL":                lockRulesSQL,
		"lockStoreSQL":                lockStoreSQL,
		"lockedStoreSQL":              lockedStoreSQL,
		"logStateSQL":                 logStateSQL,
		"mediaByIDSQL":                mediaByIDSQL,
		"membersSQL":                  membersSQL,
		"metafieldsByIDSQL":           metafieldsByIDSQL,
		"metafieldsSQL":               metafieldsSQL,
		"missingProductsSQL":          missingProductsSQL,
		"missingThingsSQL":            missingThingsSQL,
		"openStoreSQL":                openStoreSQL,
		"optionsByIDSQL":              optionsByIDSQL,
		"placeMembersSQL":             placeMembersSQL,
		"productOptionsSQL":           productOptionsSQL,
		"productSummariesSQL":         productSummariesSQL,
		"productsByHandleSQL":         productsByHandleSQL,
		"productsByIDSQL":             productsByIDSQL,
		"publishStoreSQL":             publishStoreSQL,
		"removeMembersSQL":            removeMembersSQL,
		"ruledMembersSQL":             ruledMembersSQL,
		"saveIndexStateSQL":           saveIndexStateSQL,
		"setStoreStatusSQL":           setStoreStatusSQL,
		"snapshotSQL":                 snapshotSQL,
		"storedMediaSQL":              storedMediaSQL,
		"storedMembersSQL":            storedMembersSQL,
		"storedOptionsSQL":            storedOptionsSQL,
		"storedProductsSQL":           storedProductsSQL,
		"storedVariantsSQL":           storedVariantsSQL,
		"storesByHandleSQL":           storesByHandleSQL,
		"storesByIDSQL":               storesByIDSQL,
		"updateCollectionSQL":         updateCollectionSQL,
		"updateMediaSQL":              updateMediaSQL,
		"updateMetafieldsSQL":         updateMetafieldsSQL,
		"updateOptionsSQL":            updateOptionsSQL,
		"updateProductsSQL":           updateProductsSQL,
		"updateVariantsSQL":           updateVariantsSQL,
		"variantImagesSQL":            variantImagesSQL,
		"variantsByIDSQL":             variantsByIDSQL,
	}
}
