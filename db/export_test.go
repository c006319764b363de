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
		"VariantLists": variantOrders(), "MediaLists": mediaOrders(), "APIKeyLists": apiKeyOrders(), "AuditLogs": auditOrders(),
		"PageLists":     pageOrders(),
		"LocationLists": locationOrders(), "LevelLists": levelOrders(), "InventoryHistories": historyOrders(),
	} {
		orders[list] = slices.Sorted(maps.Keys(sortings))
	}
	return orders
}

// Statements are the fixed texts by the names of their constants.
func Statements() map[string]string {
	return map[string]string{
		"accountByEmailSQL":      accountByEmailSQL,
		"accountByIDSQL":         accountByIDSQL,
		"addKeySQL":              addKeySQL,
		"addMerchantSQL":         addMerchantSQL,
		"addStaffSQL":            addStaffSQL,
		"adjacentVariantsSQL":    adjacentVariantsSQL,
		"anyStoreSQL":            anyStoreSQL,
		"beatSQL":                beatSQL,
		"beginAttemptSQL":        beginAttemptSQL,
		"changeStoreSQL":         changeStoreSQL,
		"checkInventorySQL":      checkInventorySQL,
		"chosenVariantsSQL":      chosenVariantsSQL,
		"clearInvitationsSQL":    clearInvitationsSQL,
		"closeSessionSQL":        closeSessionSQL,
		"closeSessionsSQL":       closeSessionsSQL,
		"collectionsByHandleSQL": collectionsByHandleSQL,
		"collectionsByIDSQL":     collectionsByIDSQL,
		"countKeysSQL":           countKeysSQL,
		"countStaffSQL":          countStaffSQL,
		"countStoresSQL":         countStoresSQL,
		"deleteMediaSQL":         deleteMediaSQL,
		"deleteMenuSQL":          deleteMenuSQL,
		"deleteOptionsSQL":       deleteOptionsSQL,
		"deletePageSQL":          deletePageSQL,
		"deleteProductSQL":       deleteProductSQL,
		"deleteVariantsSQL":      deleteVariantsSQL,
		"documentsSQL":           documentsSQL,
		"dropInvitationSQL":      dropInvitationSQL,
		"emitResyncSQL":          emitResyncSQL,
		"explainSQL":             explainSQL,
		"exportKeysSQL":          exportKeysSQL,
		"exportProductsSQL":      exportProductsSQL,
		"firstVariantsSQL":       firstVariantsSQL,
		"freeHandleSQL":          freeHandleSQL,
		"heartSQL":               heartSQL,
		"heldLocationsSQL":       heldLocationsSQL,
		"insertAuditSQL":         insertAuditSQL,
		"insertCollectionsSQL":   insertCollectionsSQL,
		"insertLocationSQL":      insertLocationSQL,
		"insertMediaSQL":         insertMediaSQL,
		"insertMembersSQL":       insertMembersSQL,
		"insertOptionsSQL":       insertOptionsSQL,
		"insertOwnerSQL":         insertOwnerSQL,
		"insertPageSQL":          insertPageSQL,
		"insertProductsSQL":      insertProductsSQL,
		"insertRedirectSQL":      insertRedirectSQL,
		"insertStoreSQL":         insertStoreSQL,
		"insertVariantsSQL":      insertVariantsSQL,
		"invitationStoreSQL":     invitationStoreSQL,
		"invitationsByIDSQL":     invitationsByIDSQL,
		"invitationsOfSQL":       invitationsOfSQL,
		"inviteSQL":              inviteSQL,
		"invitedSQL":             invitedSQL,
		"keyViewerSQL":           keyViewerSQL,
		"keysByIDSQL":            keysByIDSQL,
		"knownTargetsSQL":        knownTargetsSQL,
		"listedProductsSQL":      listedProductsSQL,
		"locationNamedSQL":       locationNamedSQL,
		"locationStockedSQL":     locationStockedSQL,
		"locationsByIDSQL":       locationsByIDSQL,
		"lockLevelsSQL":          lockLevelsSQL,
		"lockLocationsSQL":       lockLocationsSQL,
		"lockMerchantSQL":        lockMerchantSQL,
		"lockProductSQL":         lockProductSQL,
		"lockStoreSQL":           lockStoreSQL,
		"lockVariantsSQL":        lockVariantsSQL,
		"lockedStaffSQL":         lockedStaffSQL,
		"lockedStoreSQL":         lockedStoreSQL,
		"logStateSQL":            logStateSQL,
		"mediaByIDSQL":           mediaByIDSQL,
		"menuHandlesSQL":         menuHandlesSQL,
		"menusByHandleSQL":       menusByHandleSQL,
		"menusByIDSQL":           menusByIDSQL,
		"merchantsByIDSQL":       merchantsByIDSQL,
		"openLevelsSQL":          openLevelsSQL,
		"openSessionSQL":         openSessionSQL,
		"openStoreSQL":           openStoreSQL,
		"optionsByIDSQL":         optionsByIDSQL,
		"pageHandlesSQL":         pageHandlesSQL,
		"pageIDSQL":              pageIDSQL,
		"pagesByHandleSQL":       pagesByHandleSQL,
		"pagesByIDSQL":           pagesByIDSQL,
		"productOptionsSQL":      productOptionsSQL,
		"productSummariesSQL":    productSummariesSQL,
		"productTagsSQL":         productTagsSQL,
		"productTypesSQL":        productTypesSQL,
		"productsByHandleSQL":    productsByHandleSQL,
		"productsByIDSQL":        productsByIDSQL,
		"publishStoreSQL":        publishStoreSQL,
		"removeStaffSQL":         removeStaffSQL,
		"revokeInvitationSQL":    revokeInvitationSQL,
		"revokeKeySQL":           revokeKeySQL,
		"rotateKeySQL":           rotateKeySQL,
		"saveIndexStateSQL":      saveIndexStateSQL,
		"sessionViewerSQL":       sessionViewerSQL,
		"sessionsSQL":            sessionsSQL,
		"setLevelsSQL":           setLevelsSQL,
		"setMenuSQL":             setMenuSQL,
		"setPasswordSQL":         setPasswordSQL,
		"setRoleSQL":             setRoleSQL,
		"setStoreStatusSQL":      setStoreStatusSQL,
		"sharedLocationsSQL":     sharedLocationsSQL,
		"snapshotSQL":            snapshotSQL,
		"staffByIDSQL":           staffByIDSQL,
		"staffOfSQL":             staffOfSQL,
		"standingSQL":            standingSQL,
		"storedMediaSQL":         storedMediaSQL,
		"storedMembersSQL":       storedMembersSQL,
		"storedOptionsSQL":       storedOptionsSQL,
		"storedProductSQL":       storedProductSQL,
		"storedProductsSQL":      storedProductsSQL,
		"storedVariantsSQL":      storedVariantsSQL,
		"storesByHandleSQL":      storesByHandleSQL,
		"storesByIDSQL":          storesByIDSQL,
		"succeedAttemptSQL":      succeedAttemptSQL,
		"takeInvitationSQL":      takeInvitationSQL,
		"takenSKUsSQL":           takenSKUsSQL,
		"updateLocationSQL":      updateLocationSQL,
		"updateMediaSQL":         updateMediaSQL,
		"updateOptionsSQL":       updateOptionsSQL,
		"updatePageSQL":          updatePageSQL,
		"updateProductsSQL":      updateProductsSQL,
		"updateVariantsSQL":      updateVariantsSQL,
		"useKeySQL":              useKeySQL,
		"useSessionSQL":          useSessionSQL,
		"variantImagesSQL":       variantImagesSQL,
		"variantLevelsSQL":       variantLevelsSQL,
		"variantsByIDSQL":        variantsByIDSQL,
	}
}

// ProductQueryFields are the fields that a query can ask of products.
func ProductQueryFields() commerce.QueryFields { return productList().types }
