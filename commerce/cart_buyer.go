package commerce

import "cmp"

// CartBuyerIdentityInput is who buys; nil keeps what there is.
type CartBuyerIdentityInput struct {
	Email, Phone *string
	CountryCode  *CountryCode
	// CustomerAccessToken says which customer it is, an empty text that it is none any more.
	CustomerAccessToken *string
}

// CartVisitor is a customer who has shown a token, with the address that carts take first.
type CartVisitor struct {
	Customer *Customer
	Default  *MailingAddress
}

// SetCartBuyer writes down who buys. path leads to the input.
func SetCartBuyer(path []any, in *CartBuyerIdentityInput) CartChange {
	return CartChange{apply: func(e *cartEdit) {
		if in.CustomerAccessToken != nil {
			e.identify(under(path, "customerAccessToken"), *in.CustomerAccessToken)
		}
		if in.Email != nil {
			e.Buyer.Email = e.refusals.email(under(path, "email"), *in.Email)
		}
		if in.Phone != nil {
			e.Buyer.Phone = e.refusals.phone(under(path, "phone"), *in.Phone)
		}
		if in.CountryCode != nil {
			e.Buyer.Country = *in.CountryCode
		}
	}}
}

// identify makes the customer with the token the buyer. The cart takes what was proved, and the default address where it has none.
func (e *cartEdit) identify(path []any, token string) {
	if e.Buyer.Customer = 0; token == "" {
		return
	}
	if e.visitor == nil {
		e.refusals.Add(RefusalTokenInvalid, path, tokenProblem)
		return
	}
	who := e.visitor.Customer
	e.Buyer.Customer = who.ID
	e.Buyer.Email, e.Buyer.Phone = cmp.Or(who.Contact.Email, e.Buyer.Email), cmp.Or(who.Contact.Phone, e.Buyer.Phone)
	if address := e.visitor.Default; address != nil && len(e.Places) == 0 {
		e.LastPlace++
		e.Places = append(e.Places, &CartPlace{ID: e.LastPlace, Cart: e.Ref(), Address: *address, Selected: true})
	}
}
