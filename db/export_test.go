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
		"JobLists": jobOrders(), "JobRejections": jobRejectionOrders(),
	} {
		orders[list] = slices.Sorted(maps.Keys(sortings))
	}
	return orders
}

// Statements are the fixed texts by the names of their constants.
func Statements() map[string]string {
	return map[string]string{
		"anyStoreSQL":            anyStoreSQL,
		"changeStoreSQL":         changeStoreSQL,
		"countStoresSQL":         countStoresSQL,
		"insertOwnerSQL":         insertOwnerSQL,
		"lockMerchantSQL":        lockMerchantSQL,
		"lockedStoreSQL":         lockedStoreSQL,
		"openStoreSQL":           openStoreSQL,
		"setStoreStatusSQL":      setStoreStatusSQL,
		"beatSQL":                beatSQL,
		"collectionsByHandleSQL": collectionsByHandleSQL,
		"collectionsByIDSQL":     collectionsByIDSQL,
		"deleteMediaSQL":         deleteMediaSQL,
		"deleteOptionsSQL":       deleteOptionsSQL,
		"deleteVariantsSQL":      deleteVariantsSQL,
		"documentsSQL":           documentsSQL,
		"emitResyncSQL":          emitResyncSQL,
		"exportKeysSQL":          exportKeysSQL,
		"exportProductsSQL":      exportProductsSQL,
		"heartSQL":               heartSQL,
		"insertAuditSQL":         insertAuditSQL,
		"insertCollectionsSQL":   insertCollectionsSQL,
		"insertMediaSQL":         insertMediaSQL,
		"insertMembersSQL":       insertMembersSQL,
		"insertOptionsSQL":       insertOptionsSQL,
		"insertProductsSQL":      insertProductsSQL,
		"insertStoreSQL":         insertStoreSQL,
		"insertVariantsSQL":      insertVariantsSQL,
		"listedProductsSQL":      listedProductsSQL,
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
		"accountByEmailSQL":      accountByEmailSQL,
		"accountByIDSQL":         accountByIDSQL,
		"addMerchantSQL":         addMerchantSQL,
		"apiKeyViewerSQL":        apiKeyViewerSQL,
		"closeSessionSQL":        closeSessionSQL,
		"closeSessionsSQL":       closeSessionsSQL,
		"merchantsByIDSQL":       merchantsByIDSQL,
		"openSessionSQL":         openSessionSQL,
		"sessionViewerSQL":       sessionViewerSQL,
		"sessionsSQL":            sessionsSQL,
		"setPasswordSQL":         setPasswordSQL,
		"useAPIKeySQL":           useAPIKeySQL,
		"useSessionSQL":          useSessionSQL,
		"appendUploadSQL":        appendUploadSQL,
		"beatJobSQL":             beatJobSQL,
		"beginUploadSQL":         beginUploadSQL,
		"cancelJobSQL":           cancelJobSQL,
		"claimJobSQL":            claimJobSQL,
		"completeUploadSQL":      completeUploadSQL,
		"countBatchSQL":          countBatchSQL,
		"countJobSQL":            countJobSQL,
		"deleteChunksSQL":        deleteChunksSQL,
		"deleteInputSQL":         deleteInputSQL,
		"deleteUploadSQL":        deleteUploadSQL,
		"endJobSQL":              endJobSQL,
		"insertRejectionsSQL":    insertRejectionsSQL,
		"jobsByIDSQL":            jobsByIDSQL,
		"lockedJobSQL":           lockedJobSQL,
		"lockedResultSQL":        lockedResultSQL,
		"lockedUploadSQL":        lockedUploadSQL,
		"openResultSQL":          openResultSQL,
		"queueJobSQL":            queueJobSQL,
		"readyUploadSQL":         readyUploadSQL,
		"resultOfJobSQL":         resultOfJobSQL,
		"stageUploadSQL":         stageUploadSQL,
		"storeOfJobSQL":          storeOfJobSQL,
		"sweptUploadsSQL":        sweptUploadsSQL,
		"unusedUploadsSQL":       unusedUploadsSQL,
		"uploadPartSQL":          uploadPartSQL,
		"uploadSQL":              uploadSQL,
		"waitingJobsSQL":         waitingJobsSQL,
	}
}
