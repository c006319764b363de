package main

import (
	"fmt"
	"maps"
	"strings"
	"sync"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/kirana-commerce/kirana/commerce"
)

const (
	addressCreate = `mutation($address: MailingAddressInput!, $customerAccessToken: String!) {
  customerAddressCreate(address: $address, customerAccessToken: $customerAccessToken) { customerAddress { id formatted(withName: true) } userErrors { code field message } } }`
	addressUpdate = `mutation($address: MailingAddressInput!, $customerAccessToken: String!, $id: ID!) {
  customerAddressUpdate(address: $address, customerAccessToken: $customerAccessToken, id: $id) { customerAddress { id formatted(withName: true) } userErrors { code field message } } }`
	addressDelete = `mutation($customerAccessToken: String!, $id: ID!) {
  customerAddressDelete(customerAccessToken: $customerAccessToken, id: $id) { deletedCustomerAddressId userErrors { code field message } } }`
	addressDefault = `mutation($customerAccessToken: String!, $id: ID!) {
  customerDefaultAddressUpdate(customerAccessToken: $customerAccessToken, addressId: $id) { customer { defaultAddress { id } } userErrors { code field message } } }`
	customerUpdate = `mutation($customer: CustomerUpdateInput!, $customerAccessToken: String!) {
  customerUpdate(customer: $customer, customerAccessToken: $customerAccessToken) { customer { displayName firstName lastName email } userErrors { code field message } } }`
)

// visitor is the variables of a mutation of a customer who has signed in.
func (s trial) visitor(name string, value any) object {
	return object{name: value, "customerAccessToken": s.mine.visit(s.t, "asha@example.com")}
}

// keep keeps an address of whoever has the token, and returns its id.
func (s trial) keep(token any, address object) string {
	s.t.Helper()
	var made struct{ CustomerAddress struct{ ID string } }
	r := s.mine.ask(s.t, addressCreate, object{"address": address, "customerAccessToken": token})
	require.Empty(s.t, r.refusals(s.t, "customerAddressCreate"), r.text)
	r.field(s.t, "customerAddressCreate", &made)
	return made.CustomerAddress.ID
}

// book is a customer's addresses, the default one first.
func (c client) book(t *testing.T, token any) (addresses []string) {
	t.Helper()
	var found struct {
		DefaultAddress *struct{ ID string }
		Addresses      struct {
			TotalCount int
			Nodes      []struct{ ID string }
		}
	}
	c.ask(t, `query($token: String!) { customer(customerAccessToken: $token) { defaultAddress { id } addresses(first: 250) { totalCount nodes { id } } } }`,
		object{"token": token}).field(t, "customer", &found)
	require.Len(t, found.Addresses.Nodes, found.Addresses.TotalCount)
	if found.DefaultAddress != nil {
		addresses = append(addresses, found.DefaultAddress.ID)
	}
	for _, a := range found.Addresses.Nodes {
		addresses = append(addresses, a.ID)
	}
	return addresses
}

// A customer keeps addresses, changes them, and has a default as long as there is one.
func TestCustomerAddresses(t *testing.T) {
	t.Parallel()
	s := trial{newStocked(t), t}
	token := s.mine.visit(t, "asha@example.com")
	require.Empty(t, s.mine.book(t, token))
	first := s.keep(token, object{"firstName": "Asha", "lastName": "Nair", "address1": " 7 MG Road ", "city": "Kochi", "zip": "682001", "countryCode": "IN"})
	second := s.keep(token, object{"address1": "Technopark", "phone": "+91 98765 43210"})
	third := s.keep(token, object{"company": "Tea & Co"})
	require.Equal(t, []string{first, first, second, third}, s.mine.book(t, token), "the first is the default")

	var changed struct {
		CustomerAddress struct {
			ID        string
			Formatted []string
		}
	}
	s.mine.ask(t, addressUpdate, object{"customerAccessToken": token, "id": first, "address": object{"address1": "8 MG Road", "zip": ""}}).
		field(t, "customerAddressUpdate", &changed)
	require.Equal(t, first, changed.CustomerAddress.ID)
	require.Equal(t, []string{"Asha Nair", "8 MG Road", "Kochi", "IN"}, changed.CustomerAddress.Formatted, "what is left out stays")

	require.Empty(t, s.mine.ask(t, addressDefault, object{"customerAccessToken": token, "id": third}).refusals(t, "customerDefaultAddressUpdate"))
	require.Equal(t, []string{third, first, second, third}, s.mine.book(t, token))
	require.Empty(t, s.mine.ask(t, addressDelete, object{"customerAccessToken": token, "id": second}).refusals(t, "customerAddressDelete"))
	require.Equal(t, []string{third, first, third}, s.mine.book(t, token))
	require.Empty(t, s.mine.ask(t, addressDelete, object{"customerAccessToken": token, "id": third}).refusals(t, "customerAddressDelete"))
	require.Equal(t, []string{first, first}, s.mine.book(t, token), "the oldest takes the place of the default")
	require.Empty(t, s.mine.ask(t, addressDelete, object{"customerAccessToken": token, "id": first}).refusals(t, "customerAddressDelete"))
	require.Empty(t, s.mine.book(t, token))
	require.NotContains(t, s.log.String(), "MG Road")
}

func TestCustomerUpdate(t *testing.T) {
	t.Parallel()
	s := trial{newStocked(t), t}
	token := s.mine.visit(t, "asha@example.com")
	var done struct {
		Customer struct {
			DisplayName         string
			FirstName, LastName *string
		}
	}
	change := func(customer object) {
		r := s.mine.ask(t, customerUpdate, object{"customerAccessToken": token, "customer": customer})
		require.Empty(t, r.refusals(t, "customerUpdate"), r.text)
		r.field(t, "customerUpdate", &done)
	}
	change(object{"firstName": " Asha ", "lastName": "Nair"})
	require.Equal(t, "Asha Nair", done.Customer.DisplayName)
	change(object{"lastName": "Menon"})
	require.Equal(t, "Asha Menon", done.Customer.DisplayName)
	change(object{"firstName": "", "lastName": ""})
	require.Equal(t, "asha@example.com", done.Customer.DisplayName)
	require.Nil(t, done.Customer.FirstName)
}

// What customers ask for is refused where it is not theirs, and then nothing was written.
func TestCustomerAddressRefusals(t *testing.T) {
	t.Parallel()
	s := trial{newStocked(t), t}
	token, ravis := s.mine.visit(t, "asha@example.com"), s.mine.visit(t, "ravi@example.com")
	theirs := s.theirs.visit(t, "asha@example.com")
	mine, other := s.keep(token, object{"city": "Kochi"}), s.keep(ravis, object{"city": "Delhi"})
	foreign := trial{&stocked{office: s.office, mine: s.theirs}, t}.keep(theirs, object{"city": "Kochi"})
	long, road := strings.Repeat("क", 256), object{"address1": "7 MG Road"}
	before := s.tables(t)
	for name, c := range map[string]struct {
		document, mutation string
		variables          object
		want               []string
	}{
		"no token":            {addressCreate, "customerAddressCreate", object{"customerAccessToken": "", "address": road}, []string{"customerAccessToken TOKEN_INVALID"}},
		"another store's":     {addressCreate, "customerAddressCreate", object{"customerAccessToken": theirs, "address": road}, []string{"customerAccessToken TOKEN_INVALID"}},
		"nothing":             {addressCreate, "customerAddressCreate", object{"address": object{"city": " "}}, []string{"address BLANK"}},
		"too long":            {addressCreate, "customerAddressCreate", object{"address": object{"zip": long, "city": long[3:]}}, []string{"address.zip TOO_LONG"}},
		"no phone":            {addressCreate, "customerAddressCreate", object{"address": object{"phone": "call me"}}, []string{"address.phone INVALID"}},
		"changed to nothing":  {addressUpdate, "customerAddressUpdate", object{"id": mine, "address": object{"city": ""}}, []string{"address BLANK"}},
		"changed too long":    {addressUpdate, "customerAddressUpdate", object{"id": mine, "address": object{"city": long}}, []string{"address.city TOO_LONG"}},
		"changed, no token":   {addressUpdate, "customerAddressUpdate", object{"customerAccessToken": "kcu_none", "id": mine, "address": road}, []string{"customerAccessToken TOKEN_INVALID"}},
		"changed, another's":  {addressUpdate, "customerAddressUpdate", object{"id": other, "address": road}, []string{"id NOT_FOUND"}},
		"changed, foreign":    {addressUpdate, "customerAddressUpdate", object{"id": foreign, "address": road}, []string{"id NOT_FOUND"}},
		"changed, no id":      {addressUpdate, "customerAddressUpdate", object{"id": "1", "address": road}, []string{"id NOT_FOUND"}},
		"deleted, no token":   {addressDelete, "customerAddressDelete", object{"customerAccessToken": theirs, "id": mine}, []string{"customerAccessToken TOKEN_INVALID"}},
		"deleted, another's":  {addressDelete, "customerAddressDelete", object{"id": other}, []string{"id NOT_FOUND"}},
		"deleted, foreign":    {addressDelete, "customerAddressDelete", object{"id": foreign}, []string{"id NOT_FOUND"}},
		"default, no token":   {addressDefault, "customerDefaultAddressUpdate", object{"customerAccessToken": theirs, "id": mine}, []string{"customerAccessToken TOKEN_INVALID"}},
		"default, another's":  {addressDefault, "customerDefaultAddressUpdate", object{"id": other}, []string{"addressId NOT_FOUND"}},
		"default, foreign":    {addressDefault, "customerDefaultAddressUpdate", object{"id": foreign}, []string{"addressId NOT_FOUND"}},
		"renamed, no token":   {customerUpdate, "customerUpdate", object{"customerAccessToken": theirs, "customer": object{"firstName": "Asha"}}, []string{"customerAccessToken TOKEN_INVALID"}},
		"renamed, too long":   {customerUpdate, "customerUpdate", object{"customer": object{"firstName": long, "lastName": long}}, []string{"customer.firstName TOO_LONG", "customer.lastName TOO_LONG"}},
		"renamed, but no one": {customerUpdate, "customerUpdate", object{"customerAccessToken": "", "customer": object{}}, []string{"customerAccessToken TOKEN_INVALID"}},
	} {
		variables := object{"customerAccessToken": token}
		maps.Copy(variables, c.variables)
		r := s.mine.ask(t, c.document, variables)
		require.Equal(t, c.want, r.refusals(t, c.mutation), "%s: %s", name, r.text)
	}
	require.Equal(t, before, s.tables(t), "nothing was written")
	for i := range commerce.MaxCustomerAddresses - 1 {
		s.keep(token, object{"address1": fmt.Sprintf("%d MG Road", i)})
	}
	r := s.mine.ask(t, addressCreate, object{"customerAccessToken": token, "address": road})
	require.Equal(t, []string{"address TOO_MANY"}, r.refusals(t, "customerAddressCreate"))
	s.keep(ravis, road)
}

// Whatever customers do with their addresses at the same time, in the end there is one default, which is theirs, and not one address too many.
func TestCustomerAddressRace(t *testing.T) {
	t.Parallel()
	s := trial{newStocked(t), t}
	token := s.mine.visit(t, "asha@example.com")
	var ids []string
	for i := range commerce.MaxCustomerAddresses - 4 {
		ids = append(ids, s.keep(token, object{"address1": fmt.Sprintf("%d MG Road", i)}))
	}
	gone := ids[0]
	var all sync.WaitGroup
	for i := range 8 {
		all.Go(func() {
			s.mine.ask(t, addressDefault, object{"customerAccessToken": token, "id": ids[i+1]})
			s.mine.ask(t, addressDelete, object{"customerAccessToken": token, "id": gone})
			s.mine.ask(t, addressCreate, object{"customerAccessToken": token, "address": object{"city": "Kochi"}})
		})
	}
	all.Wait()
	book := s.mine.book(t, token)
	require.Len(t, book, 1+commerce.MaxCustomerAddresses)
	require.Contains(t, ids[1:9], book[0])
	require.NotContains(t, book, gone)
}
