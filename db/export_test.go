package db

import (
	"context"
	"errors"
	"maps"
	"slices"

	"github.com/jmoiron/sqlx"

	"github.com/kirana-commerce/kirana/commerce"
)

// Sees and the rest are for tests alone.
var Sees = sees

// GeneralPlans is how a buyer's transaction has its statements planned.
const GeneralPlans = generalPlans

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
		"DiscountLists":   discountOrders(),
		"OrderLists":      orderOrders(),
		"SearchTextLists": searchTextOrders(),
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
		"addDeadLetterSQL":            addDeadLetterSQL,
		"refusedSQL":                  refusedSQL,
		"addKeySQL":                   addKeySQL,
		"addMembersSQL":               addMembersSQL,
		"addMerchantSQL":              addMerchantSQL,
		"addStaffSQL":                 addStaffSQL,
		"addWebhookSQL":               addWebhookSQL,
		"adjacentVariantsSQL":         adjacentVariantsSQL,
		"answerReindexSQL":            answerReindexSQL,
		"anyStoreSQL":                 anyStoreSQL,
		"appendUploadSQL":             appendUploadSQL,
		"beatCanarySQL":               beatCanarySQL,
		"beatJobSQL":                  beatJobSQL,
		"beatSQL":                     beatSQL,
		"beginAttemptSQL":             beginAttemptSQL,
		"beginOrderSQL":               beginOrderSQL,
		"beginUploadSQL":              beginUploadSQL,
		"beginWalkSQL":                beginWalkSQL,
		"bookReversalSQL":             bookReversalSQL,
		"canarySQL":                   canarySQL,
		"cancelJobSQL":                cancelJobSQL,
		"cardRefundsSQL":              cardRefundsSQL,
		"cardRequestSQL":              cardRequestSQL,
		"cartVisitorSQL":              cartVisitorSQL,
		"cartsSQL":                    cartsSQL,
		"changeStoreSQL":              changeStoreSQL,
		"chargedOrderSQL":             chargedOrderSQL,
		"checkBooksSQL":               checkBooksSQL,
		"checkInventorySQL":           checkInventorySQL,
		"chosenVariantsSQL":           chosenVariantsSQL,
		"claimJobSQL":                 claimJobSQL,
		"claimKeySQL":                 claimKeySQL,
		"claimLookSQL":                claimLookSQL,
		"claimRefundSQL":              claimRefundSQL,
		"claimWebhooksSQL":            claimWebhooksSQL,
		"clearInvitationsSQL":         clearInvitationsSQL,
		"clearPickupsSQL":             clearPickupsSQL,
		"clearProductTaxRatesSQL":     clearProductTaxRatesSQL,
		"clearTaxRatesSQL":            clearTaxRatesSQL,
		"clearZonesSQL":               clearZonesSQL,
		"closeSessionSQL":             closeSessionSQL,
		"closeSessionsSQL":            closeSessionsSQL,
		"closeVisitSQL":               closeVisitSQL,
		"collectionsByHandleSQL":      collectionsByHandleSQL,
		"collectionsByIDSQL":          collectionsByIDSQL,
		"collectionsOfSQL":            collectionsOfSQL,
		"completeUploadSQL":           completeUploadSQL,
		"countBatchSQL":               countBatchSQL,
		"countDeadLettersSQL":         countDeadLettersSQL,
		"countDiscountsSQL":           countDiscountsSQL,
		"countJobSQL":                 countJobSQL,
		"countKeysSQL":                countKeysSQL,
		"countProductsSQL":            countProductsSQL,
		"countSalesSQL":               countSalesSQL,
		"countSearchDaysSQL":          countSearchDaysSQL,
		"countSearchRulesSQL":         countSearchRulesSQL,
		"countSearchTextsSQL":         countSearchTextsSQL,
		"countStaffSQL":               countStaffSQL,
		"countStoresSQL":              countStoresSQL,
		"countWebhooksSQL":            countWebhooksSQL,
		"coverRefundSQL":              coverRefundSQL,
		"crowdedSQL":                  crowdedSQL,
		"customerAddressSQL":          customerAddressSQL,
		"customerAddressesSQL":        customerAddressesSQL,
		"customerDataSQL":             customerDataSQL,
		"customersByContactSQL":       customersByContactSQL,
		"customersByTokenSQL":         customersByTokenSQL,
		"customersSQL":                customersSQL,
		"deleteAddressSQL":            deleteAddressSQL,
		"deleteChunksSQL":             deleteChunksSQL,
		"deleteCollectionRedirectSQL": deleteCollectionRedirectSQL,
		"deleteCollectionSQL":         deleteCollectionSQL,
		"deleteDiscountSQL":           deleteDiscountSQL,
		"deleteInputSQL":              deleteInputSQL,
		"deleteMediaSQL":              deleteMediaSQL,
		"deleteMenuSQL":               deleteMenuSQL,
		"deleteMetafieldsSQL":         deleteMetafieldsSQL,
		"deleteOptionsSQL":            deleteOptionsSQL,
		"deletePageSQL":               deletePageSQL,
		"deleteProductSQL":            deleteProductSQL,
		"deleteSearchRuleSQL":         deleteSearchRuleSQL,
		"deleteUploadSQL":             deleteUploadSQL,
		"deleteVariantsSQL":           deleteVariantsSQL,
		"deleteWebhookSQL":            deleteWebhookSQL,
		"discountTakenSQL":            discountTakenSQL,
		"discountsByCodeSQL":          discountsByCodeSQL,
		"discountsByIDSQL":            discountsByIDSQL,
		"disputedSQL":                 disputedSQL,
		"disputesSQL":                 disputesSQL,
		"documentsSQL":                documentsSQL,
		"dropCodeSQL":                 dropCodeSQL,
		"dropDeadIndexSQL":            dropDeadIndexSQL,
		"dropDeadLettersSQL":          dropDeadLettersSQL,
		"dropInvitationSQL":           dropInvitationSQL,
		"dueAgainSQL":                 dueAgainSQL,
		"emitDeadLettersSQL":          emitDeadLettersSQL,
		"emitSQL":                     emitSQL,
		"endJobSQL":                   endJobSQL,
		"endRefundSQL":                endRefundSQL,
		"endWalkSQL":                  endWalkSQL,
		"eraseCartsOfOrdersSQL":       eraseCartsOfOrdersSQL,
		"eraseCartsSQL":               eraseCartsSQL,
		"eraseCodesSQL":               eraseCodesSQL,
		"eraseOrdersSQL":              eraseOrdersSQL,
		"eraseVisitorsSQL":            eraseVisitorsSQL,
		"eventLagSQL":                 eventLagSQL,
		"explainSQL":                  explainSQL,
		"exportKeysSQL":               exportKeysSQL,
		"exportProductsSQL":           exportProductsSQL,
		"firstVariantsSQL":            firstVariantsSQL,
		"forgetSalesSQL":              forgetSalesSQL,
		"freeCollectionHandleSQL":     freeCollectionHandleSQL,
		"freeProductHandleSQL":        freeProductHandleSQL,
		"fulfillmentsSQL":             fulfillmentsSQL,
		"giveBackDiscountsSQL":        giveBackDiscountsSQL,
		"heartSQL":                    heartSQL,
		"heldLocationsSQL":            heldLocationsSQL,
		"indexStateSQL":               indexStateSQL,
		"insertAddressSQL":            insertAddressSQL,
		"insertAreasSQL":              insertAreasSQL,
		"insertAuditSQL":              insertAuditSQL,
		"insertCartSQL":               insertCartSQL,
		"insertCollectionRedirectSQL": insertCollectionRedirectSQL,
		"insertCollectionSQL":         insertCollectionSQL,
		"insertCollectionsSQL":        insertCollectionsSQL,
		"insertDiscountSQL":           insertDiscountSQL,
		"insertFulfillmentSQL":        insertFulfillmentSQL,
		"insertLocationSQL":           insertLocationSQL,
		"insertMediaSQL":              insertMediaSQL,
		"insertMembersSQL":            insertMembersSQL,
		"insertMetafieldsSQL":         insertMetafieldsSQL,
		"insertOptionsSQL":            insertOptionsSQL,
		"insertOwnerSQL":              insertOwnerSQL,
		"insertPageSQL":               insertPageSQL,
		"insertPickupsSQL":            insertPickupsSQL,
		"insertProductTaxRatesSQL":    insertProductTaxRatesSQL,
		"insertProductsSQL":           insertProductsSQL,
		"insertRatesSQL":              insertRatesSQL,
		"insertRedirectSQL":           insertRedirectSQL,
		"insertRefundSQL":             insertRefundSQL,
		"insertRejectionsSQL":         insertRejectionsSQL,
		"insertSearchRuleSQL":         insertSearchRuleSQL,
		"insertStoreSQL":              insertStoreSQL,
		"insertTaxRatesSQL":           insertTaxRatesSQL,
		"insertVariantsSQL":           insertVariantsSQL,
		"insertZonesSQL":              insertZonesSQL,
		"invitationStoreSQL":          invitationStoreSQL,
		"invitationsByIDSQL":          invitationsByIDSQL,
		"invitationsOfSQL":            invitationsOfSQL,
		"inviteSQL":                   inviteSQL,
		"invitedSQL":                  invitedSQL,
		"jobsByIDSQL":                 jobsByIDSQL,
		"keepCodeSQL":                 keepCodeSQL,
		"keepOutcomeSQL":              keepOutcomeSQL,
		"keyViewerSQL":                keyViewerSQL,
		"keysByIDSQL":                 keysByIDSQL,
		"knowEventSQL":                knowEventSQL,
		"knowPaymentSQL":              knowPaymentSQL,
		"knowReversalSQL":             knowReversalSQL,
		"knownReversalsSQL":           knownReversalsSQL,
		"knownTargetsSQL":             knownTargetsSQL,
		"listedProductsSQL":           listedProductsSQL,
		"locationNamedSQL":            locationNamedSQL,
		"locationStockedSQL":          locationStockedSQL,
		"locationsByIDSQL":            locationsByIDSQL,
		"lockAgainSQL":                lockAgainSQL,
		"lockCartSQL":                 lockCartSQL,
		"lockCollectionByHandleSQL":   lockCollectionByHandleSQL,
		"lockCollectionSQL":           lockCollectionSQL,
		"lockCustomersOrdersSQL":      lockCustomersOrdersSQL,
		"lockDiscountSQL":             lockDiscountSQL,
		"lockLevelsSQL":               lockLevelsSQL,
		"lockLocationsSQL":            lockLocationsSQL,
		"lockMerchantSQL":             lockMerchantSQL,
		"lockMetafieldsSQL":           lockMetafieldsSQL,
		"lockMovedSQL":                lockMovedSQL,
		"lockOrderSQL":                lockOrderSQL,
		"lockOutboxSQL":               lockOutboxSQL,
		"lockOverdueSQL":              lockOverdueSQL,
		"lockProductSQL":              lockProductSQL,
		"lockRoundSQL":                lockRoundSQL,
		"lockRulesSQL":                lockRulesSQL,
		"lockSalesSQL":                lockSalesSQL,
		"lockSoldSQL":                 lockSoldSQL,
		"lockStockSQL":                lockStockSQL,
		"lockStoreSQL":                lockStoreSQL,
		"lockTaxedSQL":                lockTaxedSQL,
		"lockVariantsSQL":             lockVariantsSQL,
		"lockVisitorSQL":              lockVisitorSQL,
		"lockedJobSQL":                lockedJobSQL,
		"lockedResultSQL":             lockedResultSQL,
		"lockedStaffSQL":              lockedStaffSQL,
		"lockedStoreSQL":              lockedStoreSQL,
		"lockedUploadSQL":             lockedUploadSQL,
		"lockedWebhookSQL":            lockedWebhookSQL,
		"logPositionSQL":              logPositionSQL,
		"logStateSQL":                 logStateSQL,
		"noteSalesSQL":                noteSalesSQL,
		"rankSalesSQL":                rankSalesSQL,
		"searchFiguresSQL":            searchFiguresSQL,
		"signingKeySQL":               signingKeySQL,
		"slotStateSQL":                slotStateSQL,
		"lookAgainSQL":                lookAgainSQL,
		"markedSalesSQL":              markedSalesSQL,
		"mediaByIDSQL":                mediaByIDSQL,
		"membersSQL":                  membersSQL,
		"menuHandlesSQL":              menuHandlesSQL,
		"menusByHandleSQL":            menusByHandleSQL,
		"menusByIDSQL":                menusByIDSQL,
		"merchantsByIDSQL":            merchantsByIDSQL,
		"metafieldColumnsSQL":         metafieldColumnsSQL,
		"metafieldsByIDSQL":           metafieldsByIDSQL,
		"metafieldsSQL":               metafieldsSQL,
		"missingProductsSQL":          missingProductsSQL,
		"missingThingsSQL":            missingThingsSQL,
		"moveProductsSQL":             moveProductsSQL,
		"moveStockSQL":                moveStockSQL,
		"nextDeliverySQL":             nextDeliverySQL,
		"nextPaymentsSQL":             nextPaymentsSQL,
		"nextProductsSQL":             nextProductsSQL,
		"nextRoundSQL":                nextRoundSQL,
		"nextSearchFacetsSQL":         nextSearchFacetsSQL,
		"nextSynonymsSQL":             nextSynonymsSQL,
		"nextTaxesSQL":                nextTaxesSQL,
		"noteDeliveriesSQL":           noteDeliveriesSQL,
		"noteRoundSQL":                noteRoundSQL,
		"numberOrderSQL":              numberOrderSQL,
		"oldestAddressSQL":            oldestAddressSQL,
		"openLevelsSQL":               openLevelsSQL,
		"openResultSQL":               openResultSQL,
		"openSessionSQL":              openSessionSQL,
		"openStoreSQL":                openStoreSQL,
		"openVisitSQL":                openVisitSQL,
		"optionsByIDSQL":              optionsByIDSQL,
		"orderEventsSQL":              orderEventsSQL,
		"orderLinesSQL":               orderLinesSQL,
		"orderSQL":                    orderSQL,
		"ordersSQL":                   ordersSQL,
		"outcomesSQL":                 outcomesSQL,
		"overdueSQL":                  overdueSQL,
		"ownRefundsSQL":               ownRefundsSQL,
		"pageHandlesSQL":              pageHandlesSQL,
		"pageIDSQL":                   pageIDSQL,
		"pagesByHandleSQL":            pagesByHandleSQL,
		"pagesByIDSQL":                pagesByIDSQL,
		"paymentSettingsSQL":          paymentSettingsSQL,
		"placeMembersSQL":             placeMembersSQL,
		"priceSettingsSQL":            priceSettingsSQL,
		"productOptionsSQL":           productOptionsSQL,
		"productSummariesSQL":         productSummariesSQL,
		"productTagsSQL":              productTagsSQL,
		"productTaxRatesSQL":          productTaxRatesSQL,
		"productTypesSQL":             productTypesSQL,
		"productsByHandleSQL":         productsByHandleSQL,
		"productsByIDSQL":             productsByIDSQL,
		"progressSQL":                 progressSQL,
		"promiseSQL":                  promiseSQL,
		"relatedProductsSQL":          relatedProductsSQL,
		"redirectPageSQL":             redirectPageSQL,
		"publishStoreSQL":             publishStoreSQL,
		"putMetafieldsSQL":            putMetafieldsSQL,
		"queueJobSQL":                 queueJobSQL,
		"queueWebhooksSQL":            queueWebhooksSQL,
		"readyUploadSQL":              readyUploadSQL,
		"refundAskedSQL":              refundAskedSQL,
		"refundWholeSQL":              refundWholeSQL,
		"refundsSQL":                  refundsSQL,
		"remarkSalesSQL":              remarkSalesSQL,
		"removeMembersSQL":            removeMembersSQL,
		"removeStaffSQL":              removeStaffSQL,
		"renewSigningSQL":             renewSigningSQL,
		"resultOfJobSQL":              resultOfJobSQL,
		"reversedPaymentSQL":          reversedPaymentSQL,
		"revokeInvitationSQL":         revokeInvitationSQL,
		"revokeKeySQL":                revokeKeySQL,
		"rotateKeySQL":                rotateKeySQL,
		"roundSQL":                    roundSQL,
		"ruledMembersSQL":             ruledMembersSQL,
		"saveIndexStateSQL":           saveIndexStateSQL,
		"saveSweepSQL":                saveSweepSQL,
		"savedAddressesSQL":           savedAddressesSQL,
		"searchFacetsSQL":             searchFacetsSQL,
		"searchRuleVersionSQL":        searchRuleVersionSQL,
		"searchRulesSQL":              searchRulesSQL,
		"sessionViewerSQL":            sessionViewerSQL,
		"sessionsSQL":                 sessionsSQL,
		"setDefaultAddressSQL":        setDefaultAddressSQL,
		"setLevelsSQL":                setLevelsSQL,
		"setMenuSQL":                  setMenuSQL,
		"setPasswordSQL":              setPasswordSQL,
		"setRoleSQL":                  setRoleSQL,
		"setStoreStatusSQL":           setStoreStatusSQL,
		"settlesSQL":                  settlesSQL,
		"sharedLocationsSQL":          sharedLocationsSQL,
		"signInSQL":                   signInSQL,
		"snapshotSQL":                 snapshotSQL,
		"staffByIDSQL":                staffByIDSQL,
		"staffOfSQL":                  staffOfSQL,
		"stageUploadSQL":              stageUploadSQL,
		"standingSQL":                 standingSQL,
		"stepWalkSQL":                 stepWalkSQL,
		"storeAccountSQL":             storeAccountSQL,
		"storeDocumentsSQL":           storeDocumentsSQL,
		"storeOfJobSQL":               storeOfJobSQL,
		"storedMediaSQL":              storedMediaSQL,
		"storedMembersSQL":            storedMembersSQL,
		"storedMetafieldsSQL":         storedMetafieldsSQL,
		"storedOptionsSQL":            storedOptionsSQL,
		"storedProductSQL":            storedProductSQL,
		"storedProductsSQL":           storedProductsSQL,
		"storedVariantsSQL":           storedVariantsSQL,
		"storesByHandleSQL":           storesByHandleSQL,
		"storesByIDSQL":               storesByIDSQL,
		"succeedAttemptSQL":           succeedAttemptSQL,
		"sweepSQL":                    sweepSQL,
		"sweptCardEventsSQL":          sweptCardEventsSQL,
		"sweptCartsSQL":               sweptCartsSQL,
		"sweptCodesSQL":               sweptCodesSQL,
		"sweptDeliveriesSQL":          sweptDeliveriesSQL,
		"sweptEventsSQL":              sweptEventsSQL,
		"sweptOutcomesSQL":            sweptOutcomesSQL,
		"sweptPausesSQL":              sweptPausesSQL,
		"sweptSigningSQL":             sweptSigningSQL,
		"sweptSearchTextsSQL":         sweptSearchTextsSQL,
		"sweptSearchesSQL":            sweptSearchesSQL,
		"sweptUploadsSQL":             sweptUploadsSQL,
		"sweptVisitsSQL":              sweptVisitsSQL,
		"synonymsSQL":                 synonymsSQL,
		"takeInvitationSQL":           takeInvitationSQL,
		"takenSKUsSQL":                takenSKUsSQL,
		"tellOfMoneySQL":              tellOfMoneySQL,
		"toldSQL":                     toldSQL,
		"tryCodeSQL":                  tryCodeSQL,
		"unseenProductsSQL":           unseenProductsSQL,
		"untoldSQL":                   untoldSQL,
		"unusedUploadsSQL":            unusedUploadsSQL,
		"updateAddressSQL":            updateAddressSQL,
		"updateCartSQL":               updateCartSQL,
		"updateCollectionSQL":         updateCollectionSQL,
		"updateCustomerSQL":           updateCustomerSQL,
		"updateDiscountSQL":           updateDiscountSQL,
		"updateLocationSQL":           updateLocationSQL,
		"updateMediaSQL":              updateMediaSQL,
		"updateMetafieldsSQL":         updateMetafieldsSQL,
		"updateOptionsSQL":            updateOptionsSQL,
		"updateOrdersSQL":             updateOrdersSQL,
		"updatePageSQL":               updatePageSQL,
		"updateProductsSQL":           updateProductsSQL,
		"updateSearchRuleSQL":         updateSearchRuleSQL,
		"updateVariantsSQL":           updateVariantsSQL,
		"updateWebhookSQL":            updateWebhookSQL,
		"uploadPartSQL":               uploadPartSQL,
		"uploadSQL":                   uploadSQL,
		"useAgainSQL":                 useAgainSQL,
		"useCodeSQL":                  useCodeSQL,
		"useDiscountsSQL":             useDiscountsSQL,
		"useKeySQL":                   useKeySQL,
		"useSessionSQL":               useSessionSQL,
		"usedDiscountsSQL":            usedDiscountsSQL,
		"variantImagesSQL":            variantImagesSQL,
		"variantLevelsSQL":            variantLevelsSQL,
		"variantsByIDSQL":             variantsByIDSQL,
		"waitingJobsSQL":              waitingJobsSQL,
		"waitingTopicsSQL":            waitingTopicsSQL,
		"walkSQL":                     walkSQL,
		"webhooksOfSQL":               webhooksOfSQL,
		"wholeLinesSQL":               wholeLinesSQL,
		"wholeOrdersSQL":              wholeOrdersSQL,
	}
}

// ProductQueryFields are the fields that a query can ask of products.
func ProductQueryFields() commerce.QueryFields { return productList().types }

// UseDiscounts counts that an order uses discounts, in a transaction of its own.
func (d *DB) UseDiscounts(ctx context.Context, store commerce.StoreID, ids []commerce.DiscountID, customer string, order int64) error {
	return d.inTx(ctx, func(tx *sqlx.Tx) error { return useDiscounts(ctx, tx, store, ids, customer, order) })
}

// GiveBackDiscounts takes the uses of an order back, in a transaction of its own.
func (d *DB) GiveBackDiscounts(ctx context.Context, store commerce.StoreID, order int64) error {
	return d.inTx(ctx, func(tx *sqlx.Tx) error {
		return giveBackDiscounts(ctx, tx, []commerce.OrderRef{{Store: store, ID: commerce.OrderID(order)}})
	})
}

// UsedDiscounts tells which of some discounts a customer has used, in a transaction of its own.
func (d *DB) UsedDiscounts(ctx context.Context, store commerce.StoreID, ids []commerce.DiscountID, customer string) (used map[commerce.DiscountID]bool, err error) {
	err = d.inTx(ctx, func(tx *sqlx.Tx) error {
		used, err = usedDiscounts(inside(ctx, tx), store, ids, customer)
		return err
	})
	return used, err
}

// CollectionsOfIn is CollectionsOf in a transaction of its own.
func (d *DB) CollectionsOfIn(ctx context.Context, products []commerce.ProductRef, collections []commerce.CollectionRef) (found map[commerce.ProductRef][]commerce.CollectionID, err error) {
	err = d.inTx(ctx, func(tx *sqlx.Tx) error {
		found, err = collectionsOf(inside(ctx, tx), products, collections)
		return err
	})
	return found, err
}

// Prices reads in one transaction what a price depends on.
func (d *DB) Prices(ctx context.Context, store commerce.StoreID, codes []commerce.DiscountRef, products []commerce.ProductRef) (
	settings *commerce.PriceSettings, discounts map[commerce.DiscountRef]*commerce.Discount, rates map[commerce.ProductRef][]commerce.TaxRate, err error,
) {
	err = d.inTx(ctx, func(tx *sqlx.Tx) error {
		var errs [3]error
		settings, errs[0] = priceSettingsIn(ctx, tx, store)
		discounts, errs[1] = discountsByCode(inside(ctx, tx), codes)
		rates, errs[2] = productTaxRates(inside(ctx, tx), products)
		return errors.Join(errs[:]...)
	})
	return settings, discounts, rates, err
}
