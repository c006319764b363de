package main

import (
	"testing"

	"github.com/stretchr/testify/require"
)

const (
	identify = `mutation($buyerIdentity: CartBuyerIdentityInput!, $cartId: ID!) { cartBuyerIdentityUpdate(buyerIdentity: $buyerIdentity, cartId: $cartId) {
  cart { ...Buyer } userErrors { code field message } } } ` + cartBuyer
	cartBuyer = `fragment Buyer on Cart { id buyerIdentity { email phone customer { id displayName numberOfOrders defaultAddress { id } addresses(first: 5) { nodes { id } } } }
  delivery { addresses { id selected address { ... on CartDeliveryAddress { address1 } } } } }`
)

type identified struct {
	Cart struct {
		ID            string
		BuyerIdentity struct {
			Email, Phone *string
			Customer     *struct {
				ID, DisplayName string
				NumberOfOrders  int
				DefaultAddress  *struct{ ID string }
				Addresses       struct{ Nodes []struct{ ID string } }
			}
		}
		Delivery struct {
			Addresses []struct {
				ID       string
				Selected bool
				Address  struct{ Address1 string }
			}
		}
	}
}

// buyer is nobody in the first store.
func (s trial) buyer() client { return s.as("").in(s.mine.store) }

func (s trial) identify(cart string, buyer object) identified {
	s.t.Helper()
	var done identified
	r := s.buyer().ask(s.t, identify, object{"cartId": cart, "buyerIdentity": buyer})
	require.Empty(s.t, r.refusals(s.t, "cartBuyerIdentityUpdate"), r.text)
	r.field(s.t, "cartBuyerIdentityUpdate", &done)
	return done
}

// A cart takes what a customer has proved and their default address, shows their name, and neither their addresses nor their orders.
func TestCartOfACustomer(t *testing.T) {
	t.Parallel()
	s := trial{newStocked(t), t}
	s.order()
	token := s.mine.visit(t, "asha@example.com")
	s.keep(token, object{"address1": "8 Beach Road", "city": "Kochi", "countryCode": "IN"})
	var made identified
	s.buyer().ask(t, `mutation($token: String!) { cartCreate(input: { buyerIdentity: { customerAccessToken: $token } }) { cart { ...Buyer } userErrors { code } } } `+cartBuyer,
		object{"token": token}).field(t, "cartCreate", &made)
	require.Equal(t, "asha@example.com", *made.Cart.BuyerIdentity.Email)
	require.Equal(t, "asha@example.com", made.Cart.BuyerIdentity.Customer.DisplayName)
	require.Zero(t, made.Cart.BuyerIdentity.Customer.NumberOfOrders, "the cart's secret does not show orders")
	require.Nil(t, made.Cart.BuyerIdentity.Customer.DefaultAddress)
	require.Empty(t, made.Cart.BuyerIdentity.Customer.Addresses.Nodes)
	require.Len(t, made.Cart.Delivery.Addresses, 1)
	require.Equal(t, "8 Beach Road", made.Cart.Delivery.Addresses[0].Address.Address1)
	require.True(t, made.Cart.Delivery.Addresses[0].Selected)

	filled := s.cart()
	done := s.identify(filled, object{"customerAccessToken": token, "email": "office@example.com", "phone": "+91 98765 43210"})
	require.Equal(t, []string{"office@example.com", "+919876543210"}, []string{*done.Cart.BuyerIdentity.Email, *done.Cart.BuyerIdentity.Phone}, "what is given wins")
	require.Equal(t, made.Cart.BuyerIdentity.Customer.ID, done.Cart.BuyerIdentity.Customer.ID)
	require.Len(t, done.Cart.Delivery.Addresses, 1)
	require.Equal(t, "7 MG Road", done.Cart.Delivery.Addresses[0].Address.Address1, "the cart has an address of its own")

	other := s.identify(filled, object{"customerAccessToken": s.mine.visit(t, "ravi@example.com")})
	require.Equal(t, "ravi@example.com", *other.Cart.BuyerIdentity.Email)
	require.NotEqual(t, made.Cart.BuyerIdentity.Customer.ID, other.Cart.BuyerIdentity.Customer.ID)
	require.NotNil(t, s.identify(filled, object{"email": "x@example.com"}).Cart.BuyerIdentity.Customer)
	nobody := s.identify(filled, object{"customerAccessToken": ""})
	require.Nil(t, nobody.Cart.BuyerIdentity.Customer)
	require.Equal(t, "x@example.com", *nobody.Cart.BuyerIdentity.Email)
}

const (
	copyInto = `mutation($cartId: ID!, $addresses: [CartSelectableAddressInput!]!, $token: String) { cartDeliveryAddressesAdd(cartId: $cartId, addresses: $addresses,
  customerAccessToken: $token) { cart { ...Buyer } userErrors { code field message } } } ` + cartBuyer
	copyOver = `mutation($cartId: ID!, $addresses: [CartSelectableAddressUpdateInput!]!, $token: String) { cartDeliveryAddressesUpdate(cartId: $cartId, addresses: $addresses,
  customerAccessToken: $token) { cart { ...Buyer } userErrors { code field message } } } ` + cartBuyer
	copyNew = `mutation($token: String, $address: ID!) { cartCreate(input: { buyerIdentity: { customerAccessToken: $token }, delivery: { addresses: [
  { address: { copyFromCustomerAddressId: $address }, selected: true }] } }) { cart { ...Buyer } userErrors { code field message } } } ` + cartBuyer
)

// A cart copies an address that the customer keeps whose token is shown, and nobody else's: what another keeps looks as if it was not there,
// also to whoever has the cart of the one who keeps it.
func TestCartCopiesAnAddress(t *testing.T) {
	t.Parallel()
	s := trial{newStocked(t), t}
	s.cart() // opens the store to buyers
	token, ravi := s.mine.visit(t, "asha@example.com"), s.mine.visit(t, "ravi@example.com")
	first := s.keep(token, object{"address1": "8 Beach Road", "city": "Kochi", "countryCode": "IN"})
	second := s.keep(token, object{"address1": "9 Hill Road", "city": "Kochi", "countryCode": "IN"})
	foreign := s.keep(ravi, object{"address1": "1 Secret Lane", "city": "Kochi", "countryCode": "IN"})
	var made identified
	s.buyer().ask(t, copyNew, object{"token": token, "address": second}).field(t, "cartCreate", &made)
	require.Len(t, made.Cart.Delivery.Addresses, 1)
	require.Equal(t, "9 Hill Road", made.Cart.Delivery.Addresses[0].Address.Address1)

	cart := made.Cart.ID
	place := made.Cart.Delivery.Addresses[0].ID
	update := func(token any, id string) reply {
		return s.buyer().ask(t, copyOver, object{"cartId": cart, "token": token, "addresses": []any{object{"id": place, "address": object{"copyFromCustomerAddressId": id}}}})
	}
	add := func(token any, address object) reply {
		return s.buyer().ask(t, copyInto, object{"cartId": cart, "token": token, "addresses": []any{object{"address": address, "selected": true}}})
	}
	before := s.tables(t)
	for name, f := range map[string]struct {
		token any
		id    string
	}{
		"another customer's": {token, foreign}, "unknown": {token, "gid://kirana/MailingAddress/1/999"}, "another store's": {token, "gid://kirana/MailingAddress/2/1"},
		"no id": {token, "nonsense"}, "without a token": {nil, second}, "with another's": {ravi, second}, "with one that opens nothing": {"kcu_none", second},
	} {
		r := add(f.token, object{"copyFromCustomerAddressId": f.id})
		require.Equal(t, []string{"addresses.0.address.copyFromCustomerAddressId INVALID_DELIVERY_ADDRESS_ID"}, r.refusals(t, "cartDeliveryAddressesAdd"), name)
		require.NotContains(t, r.text, "Secret Lane")
		require.Equal(t, []string{"addresses.0.address.copyFromCustomerAddressId INVALID_DELIVERY_ADDRESS_ID"}, update(f.token, f.id).refusals(t, "cartDeliveryAddressesUpdate"), name)
	}
	both := object{"copyFromCustomerAddressId": second, "deliveryAddress": object{"address1": "7 MG Road"}}
	require.Equal(t, []string{"addresses.0.address INVALID"}, add(token, both).refusals(t, "cartDeliveryAddressesAdd"))
	require.Equal(t, []string{"input.delivery.addresses.0.address.copyFromCustomerAddressId INVALID_DELIVERY_ADDRESS_ID"},
		s.buyer().ask(t, copyNew, object{"token": token, "address": foreign}).refusals(t, "cartCreate"))
	require.Equal(t, before, s.tables(t), "nothing was written")

	r := add(ravi, object{"copyFromCustomerAddressId": foreign})
	require.Empty(t, r.refusals(t, "cartDeliveryAddressesAdd"), r.text)
	var done identified
	r.field(t, "cartDeliveryAddressesAdd", &done)
	require.Equal(t, "1 Secret Lane", done.Cart.Delivery.Addresses[1].Address.Address1)
	require.Equal(t, "asha@example.com", *done.Cart.BuyerIdentity.Email, "who shows a token here does not become the buyer")
	r = update(token, first)
	require.Empty(t, r.refusals(t, "cartDeliveryAddressesUpdate"), r.text)
	r.field(t, "cartDeliveryAddressesUpdate", &done)
	require.Equal(t, "8 Beach Road", done.Cart.Delivery.Addresses[0].Address.Address1)
}

func TestCartOfACustomerRefusals(t *testing.T) {
	t.Parallel()
	s := trial{newStocked(t), t}
	cart, theirs := s.cart(), s.theirs.visit(t, "asha@example.com")
	ended, expired := s.mine.visit(t, "ended@example.com"), s.mine.visit(t, "expired@example.com")
	out := `mutation($token: String!) { customerAccessTokenDelete(customerAccessToken: $token) { userErrors { code field message } } }`
	require.Empty(t, s.mine.ask(t, out, object{"token": ended}).refusals(t, "customerAccessTokenDelete"))
	_, err := s.database.SQL.ExecContext(t.Context(), `UPDATE customer_tokens t SET expires_at = now() FROM customers c
WHERE c.store_id = t.store_id AND c.id = t.customer_id AND c.email = 'expired@example.com'`)
	require.NoError(t, err)
	before := s.tables(t)
	create := `mutation($token: String!) { cartCreate(input: { buyerIdentity: { customerAccessToken: $token } }) { cart { id } userErrors { code field message } } }`
	for name, token := range map[string]string{"another store's": theirs, "ended": ended, "expired": expired, "none": "kcu_none", "no text of a token": "open sesame"} {
		r := s.mine.ask(t, identify, object{"cartId": cart, "buyerIdentity": object{"customerAccessToken": token, "email": "asha@example.com"}})
		require.Equal(t, []string{"buyerIdentity.customerAccessToken TOKEN_INVALID"}, r.refusals(t, "cartBuyerIdentityUpdate"), "%s: %s", name, r.text)
		r = s.mine.ask(t, create, object{"token": token})
		require.Equal(t, []string{"input.buyerIdentity.customerAccessToken TOKEN_INVALID"}, r.refusals(t, "cartCreate"), "%s: %s", name, r.text)
	}
	require.Equal(t, before, s.tables(t), "nothing was written")
}

// Whoever is forgotten loses the carts that they filled, whatever contact these have by then.
func TestCartOfAForgottenCustomer(t *testing.T) {
	t.Parallel()
	s := trial{newStocked(t), t}
	cart := s.cart()
	s.identify(cart, object{"customerAccessToken": s.mine.visit(t, "asha@example.com"), "email": "office@example.com"})
	require.Equal(t, 1, s.held(s.mine).CartsCount)
	var erased struct{ Erasure struct{ CartsDeleted int } }
	s.mine.ask(t, customerErase, input("email", "asha@example.com")).field(t, "customerErase", &erased)
	require.Equal(t, 1, erased.Erasure.CartsDeleted)
	require.Contains(t, s.mine.ask(t, `query($id: ID!) { cart(id: $id) { id } }`, object{"id": cart}).text, `"cart":null`)
}
