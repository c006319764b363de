package main

import (
	"encoding/json"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

const (
	customerErase = `mutation($input: CustomerEraseInput!) { customerErase(input: $input) {
  erasure { ordersErased ordersRetained retainedBecause cartsDeleted } userErrors { field code message }
} }`
	customerData = `query($email: String, $phone: String, $before: Int) { store { customerData(email: $email, phone: $phone, beforeOrder: $before) {
  ordersCount orders cartsCount carts
} } }`
)

type heldData struct {
	OrdersCount, CartsCount int
	Orders, Carts           []string
}

// held is what a store says it has about the customer of a trial's orders.
func (s trial) held(c client) heldData {
	var store struct{ CustomerData heldData }
	c.ask(s.t, customerData, object{"email": "Asha@example.com"}).field(s.t, "store", &store)
	return store.CustomerData
}

// A customer asks what a shop knows of them, and to be forgotten.
func TestCustomerIsForgotten(t *testing.T) {
	t.Parallel()
	s := trial{newStocked(t), t}
	first, _ := s.order()
	second, _ := s.order()
	s.mine.run(t, "orderCancel", object{"id": first, "reason": "CUSTOMER"}, "", &struct{}{})
	theirs := trial{&stocked{office: s.office, mine: s.theirs, theirs: s.mine}, t}
	require.Zero(t, s.held(theirs.mine).OrdersCount, "another store knows nothing")

	held := s.held(s.mine)
	require.Equal(t, []int{2, 2, 2, 2}, []int{held.OrdersCount, held.CartsCount, len(held.Orders), len(held.Carts)})
	var newest struct{ ID, Name, Email string }
	require.NoError(t, json.Unmarshal([]byte(held.Orders[0]), &newest))
	require.Equal(t, second, newest.ID)
	require.Equal(t, "asha@example.com", newest.Email)
	require.Contains(t, held.Carts[0], "7 MG Road")

	var erased struct{ Erasure json.RawMessage }
	s.mine.ask(t, customerErase, input("email", "asha@example.com")).field(t, "customerErase", &erased)
	require.JSONEq(t, `{"ordersErased": 1, "ordersRetained": 1, "retainedBecause": "ORDER_UNDER_WAY", "cartsDeleted": 2}`, string(erased.Erasure))
	s.theirs.ask(t, customerErase, input("email", "asha@example.com")).field(t, "customerErase", &erased)
	require.JSONEq(t, `{"ordersErased": 0, "ordersRetained": 0, "retainedBecause": null, "cartsDeleted": 0}`, string(erased.Erasure))
	require.Equal(t, 1, s.held(s.mine).OrdersCount)
	var order struct{ Email, Phone, CustomerName, Note, ShippingAddress any }
	s.mine.ask(t, `query($id: ID!) { order(id: $id) { email phone customerName note shippingAddress { address1 } } }`, object{"id": first}).field(t, "order", &order)
	require.Nil(t, order.Email)
	require.Nil(t, order.CustomerName)
}

func TestCustomerRefusals(t *testing.T) {
	t.Parallel()
	s := newStocked(t)
	before := s.tables(t)
	for name, c := range map[string]refusal{
		"nobody":    {object{}, []string{"input BLANK"}},
		"no e-mail": {object{"email": "asha"}, []string{"input.email INVALID"}},
		"no phone":  {object{"email": "asha@example.com", "phone": "call me"}, []string{"input.phone INVALID"}},
	} {
		r := s.mine.ask(t, customerErase, object{"input": c.input})
		require.Equal(t, c.want, r.refusals(t, "customerErase"), "%s: %s", name, r.text)
		require.Equal(t, []string{"BAD_USER_INPUT"}, s.mine.ask(t, customerData, c.input).codes(), name)
	}
	require.Equal(t, before, s.tables(t))
}

func TestWhoMayAskAboutCustomers(t *testing.T) {
	t.Parallel()
	s := trial{newStocked(t), t}
	s.open("storePublish")
	variables := object{"email": "asha@example.com", "input": object{"email": "asha@example.com"}}
	reader := s.mine.key(t, "catalog:read", "customers:read")
	packer := s.mine.key(t, "catalog:read", "orders:read", "orders:write")
	for name, c := range map[string]struct {
		who         client
		read, erase []string
	}{
		"nobody":               {s.as("").in(s.mine.store), []string{"UNAUTHENTICATED"}, []string{"UNAUTHENTICATED"}},
		"another merchant":     {s.theirs.in(s.mine.store), []string{"FORBIDDEN"}, []string{"STORE_NOT_FOUND"}}, // which it would be for a draft, too
		"who sends orders out": {packer, []string{"FORBIDDEN"}, []string{"FORBIDDEN"}},
		"who may read":         {reader, []string{}, []string{"FORBIDDEN"}},
	} {
		require.Equal(t, c.read, c.who.ask(t, customerData, variables).codes(), name)
		require.Equal(t, c.erase, c.who.ask(t, customerErase, variables).codes(), name)
	}
}

// Whatever goes wrong with what a buyer has sent, and whoever is told, the log does not hold it.
func TestPersonalDataIsNeverLogged(t *testing.T) {
	t.Parallel()
	s := trial{newStocked(t), t}
	completion := s.completion()
	completion["contact"] = object{"email": "asha@example.com", "phone": "+91 98765 43210", "name": "Asha Nair"}
	_, err := s.database.SQL.ExecContext(t.Context(), `ALTER TABLE orders ADD CONSTRAINT nobodys_order CHECK (email = '')`)
	require.NoError(t, err)
	complete := mutationText("cartComplete", "")
	require.Equal(t, []string{"INTERNAL"}, s.mine.ask(t, complete, object{"input": completion}).codes(), "the server tells the row that it refuses")
	_, err = s.database.SQL.ExecContext(t.Context(), `ALTER TABLE orders DROP CONSTRAINT nobodys_order`)
	require.NoError(t, err)
	require.Empty(t, s.mine.ask(t, complete, object{"input": completion}).codes())

	s.mine.ask(t, complete, object{"input": but(completion, object{"contact": object{"email": []any{"asha@example.com", "98765 43210"}}})})
	s.mine.ask(t, customerErase, input("email", "asha@example.com", "phone", "98765 43210 Asha Nair"))
	s.mine.ask(t, `{ store { customerData(email: "asha@example.com", phone: "98765 43210") { ordersCount asha } } }`, nil)
	s.mine.ask(t, customerData, object{"email": "asha@example.com"})

	log := strings.ToLower(s.log.String())
	require.Contains(t, log, "nobodys_order", "the fault is to be logged")
	require.Contains(t, log, `"msg":"request"`)
	for _, personal := range []string{"asha", "98765", "43210", "7 mg road", "nair", "example.com"} {
		require.NotContains(t, log, personal)
	}
}
