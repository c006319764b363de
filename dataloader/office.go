package dataloader

import (
	"context"

	"github.com/kirana-commerce/kirana/commerce"
)

// office are the loaders of what only those see who work in a store.
func (s *Set) office() {
	s.MerchantByID.init(s, func(ctx context.Context, s *Set, ids []commerce.MerchantID) (map[commerce.MerchantID]*commerce.Merchant, error) {
		return s.readers.Merchants.MerchantsByID(ctx, ids)
	})
	s.StaffByID.init(s, func(ctx context.Context, s *Set, refs []commerce.StaffRef) (map[commerce.StaffRef]*commerce.StaffMember, error) {
		return s.readers.Staff.StaffByID(ctx, refs)
	})
	s.StaffOf.init(s, func(ctx context.Context, s *Set, stores []commerce.StoreID) (map[commerce.StoreID][]*commerce.StaffMember, error) {
		return s.readers.Staff.StaffOf(ctx, stores)
	})
	s.InvitationByID.init(s, func(ctx context.Context, s *Set, refs []commerce.InvitationRef) (map[commerce.InvitationRef]*commerce.StaffInvitation, error) {
		return s.readers.Staff.InvitationsByID(ctx, refs)
	})
	s.InvitationsOf.init(s, func(ctx context.Context, s *Set, stores []commerce.StoreID) (map[commerce.StoreID][]*commerce.StaffInvitation, error) {
		return s.readers.Staff.InvitationsOf(ctx, stores)
	})
	s.APIKeyByID.init(s, func(ctx context.Context, s *Set, refs []commerce.APIKeyRef) (map[commerce.APIKeyRef]*commerce.APIKey, error) {
		return s.readers.APIKeys.APIKeysByID(ctx, refs)
	})
	s.APIKeyList.init(s, func(ctx context.Context, s *Set, keys []commerce.StorePageKey) (map[commerce.StorePageKey]commerce.List[*commerce.APIKey], error) {
		return s.readers.APIKeys.APIKeyLists(ctx, keys)
	})
	s.AuditLog.init(s, func(ctx context.Context, s *Set, keys []commerce.StorePageKey) (map[commerce.StorePageKey]commerce.List[*commerce.AuditEntry], error) {
		return s.readers.Audit.AuditLogs(ctx, keys)
	})
	s.WebhooksOf.init(s, func(ctx context.Context, s *Set, stores []commerce.StoreID) (map[commerce.StoreID][]*commerce.WebhookSubscription, error) {
		return s.readers.Webhooks.WebhooksOf(ctx, stores)
	})
	s.SynonymsOf.init(s, func(ctx context.Context, s *Set, stores []commerce.StoreID) (map[commerce.StoreID]*commerce.StoreSynonyms, error) {
		return s.readers.Synonyms.SynonymsOf(ctx, stores)
	})
	s.SearchFacetsOf.init(s, func(ctx context.Context, s *Set, stores []commerce.StoreID) (map[commerce.StoreID]*commerce.StoreSearchFacets, error) {
		return s.readers.SearchFacets.SearchFacetsOf(ctx, stores)
	})
	s.SearchRulesOf.init(s, func(ctx context.Context, s *Set, stores []commerce.StoreID) (map[commerce.StoreID][]*commerce.SearchRule, error) {
		return s.readers.SearchRules.SearchRulesOf(ctx, stores)
	})
	s.SearchFigures.init(s, func(ctx context.Context, s *Set, periods []commerce.SearchPeriod) (map[commerce.SearchPeriod]*commerce.SearchAnalytics, error) {
		return s.readers.SearchAnalytics.SearchFigures(ctx, periods)
	})
	s.SearchTextList.init(s, func(ctx context.Context, s *Set, keys []commerce.SearchTextListKey) (map[commerce.SearchTextListKey]commerce.List[*commerce.SearchText], error) {
		return s.readers.SearchAnalytics.SearchTextLists(ctx, keys)
	})
}
