package commerce

import "slices"

// FinancialStatuses lists every state of payment.
func FinancialStatuses() []FinancialStatus {
	return []FinancialStatus{FinancialPending, FinancialAuthorized, FinancialPaid, FinancialPartiallyRefunded, FinancialRefunded, FinancialVoided}
}

// Next are the states that can follow, none for the last ones (docs/orders.md draws them).
func (s FinancialStatus) Next() []FinancialStatus {
	switch s {
	case FinancialPending:
		return []FinancialStatus{FinancialAuthorized, FinancialPaid, FinancialVoided}
	case FinancialAuthorized:
		return []FinancialStatus{FinancialPaid, FinancialVoided}
	case FinancialPaid:
		return []FinancialStatus{FinancialPartiallyRefunded, FinancialRefunded}
	case FinancialPartiallyRefunded:
		return []FinancialStatus{FinancialPartiallyRefunded, FinancialRefunded}
	case FinancialVoided:
		return []FinancialStatus{FinancialPaid} // where the order had lapsed
	case FinancialRefunded:
	}
	return nil
}

// May reports whether next can follow.
func (s FinancialStatus) May(next FinancialStatus) bool { return slices.Contains(s.Next(), next) }

// FulfillmentStatuses lists every state of fulfilment.
func FulfillmentStatuses() []FulfillmentStatus {
	return []FulfillmentStatus{FulfillmentNone, FulfillmentPartial, FulfillmentDone}
}

// Next are the states that can follow, none for the last one (docs/orders.md draws them).
func (s FulfillmentStatus) Next() []FulfillmentStatus {
	switch s {
	case FulfillmentNone:
		return []FulfillmentStatus{FulfillmentPartial, FulfillmentDone}
	case FulfillmentPartial:
		return []FulfillmentStatus{FulfillmentPartial, FulfillmentDone}
	case FulfillmentDone:
	}
	return nil
}

// May reports whether next can follow.
func (s FulfillmentStatus) May(next FulfillmentStatus) bool { return slices.Contains(s.Next(), next) }
