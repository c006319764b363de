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
		"JobLists": jobOrders(), "JobRejections": jobRejectionOrders(),
	} {
		orders[list] = slices.Sorted(maps.Keys(sortings))
	}
	return orders
}

// Statements are the fixed texts by the names of their constants.
func Statements() map[string]string {
	return map[string]string{
		"accountByEmailSQL":           accountByEmailSQL,
		"accountByIDSQL":              accountByIDSQL,
		"addKeySQL":                   addKeySQL,
		"addMembersSQL":               addMembersSQL,
		"addMerchantSQL":              addMerchantSQL,
		"addStaffSQL":                 addStaffSQL,
		"adjacentVariantsSQL":         adjacentVariantsSQL,
		"anyStoreSQL":                 anyStoreSQL,
		"appendUploadSQL":             appendUploadSQL,
		"beatJobSQL":                  beatJobSQL,
		"beatSQL":                     beatSQL,
		"beginAttemptSQL":             beginAttemptSQL,
		"beginUploadSQL":              beginUploadSQL,
		"cancelJobSQL":                cancelJobSQL,
		"changeStoreSQL":              changeStoreSQL,
		"checkInventorySQL":           checkInventorySQL,
		"chosenVariantsSQL":           chosenVariantsSQL,
		"claimJobSQL":                 claimJobSQL,
		"clearInvitationsSQL":         clearInvitationsSQL,
		"closeSessionSQL":             closeSessionSQL,
		"closeSessionsSQL":            closeSessionsSQL,
		"collectionsByHandleSQL":      collectionsByHandleSQL,
		"collectionsByIDSQL":          collectionsByIDSQL,
		"completeUploadSQL":           completeUploadSQL,
		"countBatchSQL":               countBatchSQL,
		"countJobSQL":                 countJobSQL,
		"countKeysSQL":                countKeysSQL,
		"countStaffSQL":               countStaffSQL,
		"countStoresSQL":              countStoresSQL,
		"deleteChunksSQL":             deleteChunksSQL,
		"deleteCollectionRedirectSQL": deleteCollectionRedirectSQL,
		"deleteCollectionSQL":         deleteCollectionSQL,
		"deleteInputSQL":              deleteInputSQL,
		"deleteMediaSQL":              deleteMediaSQL,
		"deleteMenuSQL":               deleteMenuSQL,
		"deleteMetafieldsSQL":         deleteMetafieldsSQL,
		"deleteOptionsSQL":            deleteOptionsSQL,
		"deletePageSQL":               deletePageSQL,
		"deleteProductSQL":            deleteProductSQL,
		"deleteUploadSQL":             deleteUploadSQL,
		"deleteVariantsSQL":           deleteVariantsSQL,
		"documentsSQL":                documentsSQL,
		"dropInvitationSQL":           dropInvitationSQL,
		"emitResyncSQL":               emitResyncSQL,
		"endJobSQL":                   endJobSQL,
		"explainSQL":                  explainSQL,
		"exportKeysSQL":               exportKeysSQL,
		"exportProductsSQL":           exportProductsSQL,
		"firstVariantsSQL":            firstVariantsSQL,
		"freeCollectionHandleSQL":     freeCollectionHandleSQL,
		"freeProductHandleSQL":        freeProductHandleSQL,
		"heartSQL":                    heartSQL,
		"heldLocationsSQL":            heldLocationsSQL,
		"insertAuditSQL":              insertAuditSQL,
		"insertCollectionRedirectSQL": insertCollectionRedirectSQL,
		"insertCollectionSQL":         insertCollectionSQL,
		"insertCollectionsSQL":        insertCollectionsSQL,
		"insertLocationSQL":           insertLocationSQL,
		"insertMediaSQL":              insertMediaSQL,
		"insertMembersSQL":            insertMembersSQL,
		"insertMetafieldsSQL":         insertMetafieldsSQL,
		"insertOptionsSQL":            insertOptionsSQL,
		"insertOwnerSQL":              insertOwnerSQL,
		"insertPageSQL":               insertPageSQL,
		"insertProductsSQL":           insertProductsSQL,
		"insertRedirectSQL":           insertRedirectSQL,
		"insertRejectionsSQL":         insertRejectionsSQL,
		"insertStoreSQL":              insertStoreSQL,
		"insertVariantsSQL":           insertVariantsSQL,
		"invitationStoreSQL":          invitationStoreSQL,
		"invitationsByIDSQL":          invitationsByIDSQL,
		"invitationsOfSQL":            invitationsOfSQL,
		"inviteSQL":                   inviteSQL,
		"invitedSQL":                  invitedSQL,
		"jobsByIDSQL":                 jobsByIDSQL,
		"keyViewerSQL":                keyViewerSQL,
		"keysByIDSQL":                 keysByIDSQL,
		"knownTargetsSQL":             knownTargetsSQL,
		"listedProductsSQL":           listedProductsSQL,
		"locationNamedSQL":            locationNamedSQL,
		"locationStockedSQL":          locationStockedSQL,
		"locationsByIDSQL":            locationsByIDSQL,
		"lockCollectionByHandleSQL":   lockCollectionByHandleSQL,
		"lockCollectionSQL":           lockCollectionSQL,
		"lockLevelsSQL":               lockLevelsSQL,
		"lockLocationsSQL":            lockLocationsSQL,
		"lockMerchantSQL":             lockMerchantSQL,
		"lockMetafieldsSQL":           lockMetafieldsSQL,
		"lockProductSQL":              lockProductSQL,
		"lockRulesSQL":                lockRulesSQL,
		"lockStoreSQL":                lockStoreSQL,
		"lockVariantsSQL":             lockVariantsSQL,
		"lockedJobSQL":                lockedJobSQL,
		"lockedResultSQL":             lockedResultSQL,
		"lockedStaffSQL":              lockedStaffSQL,
		"lockedStoreSQL":              lockedStoreSQL,
		"lockedUploadSQL":             lockedUploadSQL,
		"logStateSQL":                 logStateSQL,
		"mediaByIDSQL":                mediaByIDSQL,
		"membersSQL":                  membersSQL,
		"menuHandlesSQL":              menuHandlesSQL,
		"menusByHandleSQL":            menusByHandleSQL,
		"menusByIDSQL":                menusByIDSQL,
		"merchantsByIDSQL":            merchantsByIDSQL,
		"metafieldsByIDSQL":           metafieldsByIDSQL,
		"metafieldsSQL":               metafieldsSQL,
		"missingProductsSQL":          missingProductsSQL,
		"missingThingsSQL":            missingThingsSQL,
		"moveProductsSQL":             moveProductsSQL,
		"openLevelsSQL":               openLevelsSQL,
		"openResultSQL":               openResultSQL,
		"openSessionSQL":              openSessionSQL,
		"openStoreSQL":                openStoreSQL,
		"optionsByIDSQL":              optionsByIDSQL,
		"pageHandlesSQL":              pageHandlesSQL,
		"pageIDSQL":                   pageIDSQL,
		"pagesByHandleSQL":            pagesByHandleSQL,
		"pagesByIDSQL":                pagesByIDSQL,
		"placeMembersSQL":             placeMembersSQL,
		"productOptionsSQL":           productOptionsSQL,
		"productSummariesSQL":         productSummariesSQL,
		"productTagsSQL":              productTagsSQL,
		"productTypesSQL":             productTypesSQL,
		"productsByHandleSQL":         productsByHandleSQL,
		"productsByIDSQL":             productsByIDSQL,
		"publishStoreSQL":             publishStoreSQL,
		"queueJobSQL":                 queueJobSQL,
		"readyUploadSQL":              readyUploadSQL,
		"removeMembersSQL":            removeMembersSQL,
		"removeStaffSQL":              removeStaffSQL,
		"resultOfJobSQL":              resultOfJobSQL,
		"revokeInvitationSQL":         revokeInvitationSQL,
		"revokeKeySQL":                revokeKeySQL,
		"rotateKeySQL":                rotateKeySQL,
		"ruledMembersSQL":             ruledMembersSQL,
		"saveIndexStateSQL":           saveIndexStateSQL,
		"sessionViewerSQL":            sessionViewerSQL,
		"sessionsSQL":                 sessionsSQL,
		"setLevelsSQL":                setLevelsSQL,
		"setMenuSQL":                  setMenuSQL,
		"setPasswordSQL":              setPasswordSQL,
		"setRoleSQL":                  setRoleSQL,
		"setStoreStatusSQL":           setStoreStatusSQL,
		"sharedLocationsSQL":          sharedLocationsSQL,
		"snapshotSQL":                 snapshotSQL,
		"staffByIDSQL":                staffByIDSQL,
		"staffOfSQL":                  staffOfSQL,
		"stageUploadSQL":              stageUploadSQL,
		"standingSQL":                 standingSQL,
		"storeOfJobSQL":               storeOfJobSQL,
		"storedMediaSQL":              storedMediaSQL,
		"storedMembersSQL":            storedMembersSQL,
		"storedOptionsSQL":            storedOptionsSQL,
		"storedProductSQL":            storedProductSQL,
		"storedProductsSQL":           storedProductsSQL,
		"storedVariantsSQL":           storedVariantsSQL,
		"storesByHandleSQL":           storesByHandleSQL,
		"storesByIDSQL":               storesByIDSQL,
		"succeedAttemptSQL":           succeedAttemptSQL,
		"sweptUploadsSQL":             sweptUploadsSQL,
		"takeInvitationSQL":           takeInvitationSQL,
		"takenSKUsSQL":                takenSKUsSQL,
		"unusedUploadsSQL":            unusedUploadsSQL,
		"updateCollectionSQL":         updateCollectionSQL,
		"updateLocationSQL":           updateLocationSQL,
		"updateMediaSQL":              updateMediaSQL,
		"updateMetafieldsSQL":         updateMetafieldsSQL,
		"updateOptionsSQL":            updateOptionsSQL,
		"updatePageSQL":               updatePageSQL,
		"updateProductsSQL":           updateProductsSQL,
		"updateVariantsSQL":           updateVariantsSQL,
		"uploadPartSQL":               uploadPartSQL,
		"uploadSQL":                   uploadSQL,
		"useKeySQL":                   useKeySQL,
		"useSessionSQL":               useSessionSQL,
		"variantImagesSQL":            variantImagesSQL,
		"variantLevelsSQL":            variantLevelsSQL,
		"variantsByIDSQL":             variantsByIDSQL,
		"waitingJobsSQL":              waitingJobsSQL,
	}
}

// ProductQueryFields are the fields that a query can ask of products.
func ProductQueryFields() commerce.QueryFields { return productList().types }
