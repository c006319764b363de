package model

import "github.com/kirana-commerce/kirana/commerce"

// CartPayload is what became of a mutation of a cart.
type CartPayload struct {
	Cart       *commerce.Cart
	UserErrors []*commerce.Refusal
	Warnings   []*commerce.CartWarning
}
