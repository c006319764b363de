package model

import "github.com/kirana-commerce/kirana/commerce"

// OrderPayload is what became of a mutation of an order.
type OrderPayload struct {
	Order       *commerce.Order
	Fulfillment *commerce.Fulfillment
	Refund      *commerce.Refund
	UserErrors  []*commerce.Refusal
}
