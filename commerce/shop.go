package commerce

// Shop is the public card of a store, as storefront clients expect it.
type Shop struct{ Store *Store }

// NodeID is the global id of the card.
func (s *Shop) NodeID() GlobalID {
	return GlobalID{Kind: KindShop, Store: s.Store.ID, ID: int64(s.Store.ID)}
}

// IsNode marks Shop as a node of the API.
func (*Shop) IsNode() {}

// Tenant is the store.
func (s *Shop) Tenant() StoreID { return s.Store.ID }

// Name is the store's.
func (s *Shop) Name() string { return s.Store.Name }

// Description is the store's, nil when it says nothing.
func (s *Shop) Description() *string { return optional(s.Store.Description) }

// MoneyFormat shows how prices are written, in the notation of Shopify's themes.
func (s *Shop) MoneyFormat() string {
	symbol := s.Store.Currency.Symbol()
	if symbol == string(s.Store.Currency) || symbol == "Rs" {
		symbol += " "
	}
	if s.Store.Currency.Digits() == 0 {
		return symbol + "{{amount_no_decimals}}"
	}
	return symbol + "{{amount}}"
}
