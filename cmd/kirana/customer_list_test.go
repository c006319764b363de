package main

import (
	"testing"

	"github.com/stretchr/testify/require"
)

// Those who may see who buys find customers in the list, by their ids and by what they have ordered. Others find none.
func TestMerchantsSeeCustomers(t *testing.T) {
	t.Parallel()
	s := trial{newStocked(t), t}
	s.order()
	token := s.mine.visit(t, "asha@example.com")
	s.mine.visit(t, "ravi@example.com")
	s.theirs.visit(t, "asha@example.com")
	home := s.keep(token, object{"city": "Kochi"})
	asha := s.mine.customer(t, token).ID

	const all = `query($id: ID!) {
  store {
    customers(first: 10) { totalCount nodes { id email numberOfOrders defaultAddress { id } addresses(first: 5) { totalCount nodes { city } } orders(first: 5) { nodes { name statusUrl } } } }
    customer(id: $id) { email }
    orders(first: 5) { nodes { customer { id } } }
  }
  node(id: $id) { id ... on Customer { email } }
}`
	type shown struct {
		ID, Email      string
		NumberOfOrders int
		DefaultAddress *struct{ ID string }
		Orders         struct {
			Nodes []struct{ Name, StatusURL string }
		}
	}
	var store struct {
		Customers struct {
			TotalCount int
			Nodes      []shown
		}
		Customer *shown
		Orders   struct{ Nodes []struct{ Customer *shown } }
	}
	var node *shown
	r := s.mine.ask(t, all, object{"id": asha})
	r.field(t, "store", &store)
	r.field(t, "node", &node)
	require.Equal(t, 2, store.Customers.TotalCount)
	require.Equal(t, []string{"asha@example.com", "ravi@example.com"}, []string{store.Customers.Nodes[0].Email, store.Customers.Nodes[1].Email})
	first := store.Customers.Nodes[0]
	require.Equal(t, []any{1, home, "#1001", ""}, []any{first.NumberOfOrders, first.DefaultAddress.ID, first.Orders.Nodes[0].Name, first.Orders.Nodes[0].StatusURL},
		"the secret is the customer's")
	require.Equal(t, []string{"asha@example.com", "asha@example.com", asha}, []string{store.Customer.Email, node.Email, store.Orders.Nodes[0].Customer.ID})

	for name, who := range map[string]client{"the owner of another": s.theirs, "the owner of another, anywhere": s.theirs.in("")} {
		r := who.ask(t, `query($id: ID!) { node(id: $id) { id } }`, object{"id": asha})
		require.Equal(t, "null", string(r.Data["node"]), "%s: %s", name, r.text)
	}
	var foreign struct{ Customer *shown }
	s.theirs.ask(t, `query($id: ID!) { store { customer(id: $id) { email } } }`, object{"id": asha}).field(t, "store", &foreign)
	require.Nil(t, foreign.Customer, "it is another store's")
	require.Equal(t, []string{"BAD_USER_INPUT"}, s.mine.ask(t, `{ store { customer(id: "gid://kirana/Product/1/1") { email } } }`, nil).codes())
}

func TestWhoMaySeeCustomers(t *testing.T) {
	t.Parallel()
	s := trial{newStocked(t), t}
	s.order()
	asha := s.mine.customer(t, s.mine.visit(t, "asha@example.com")).ID
	reader, packer := s.mine.key(t, "catalog:read", "customers:read"), s.mine.key(t, "catalog:read", "orders:read")
	list := `{ store { customers(first: 1) { nodes { email numberOfOrders orders(first: 5) { nodes { name } } } } } }`
	for name, c := range map[string]struct {
		who                client
		list, order, found []string
	}{
		"nobody":               {s.as("").in(s.mine.store), []string{"UNAUTHENTICATED"}, []string{"UNAUTHENTICATED"}, nil},
		"another merchant":     {s.theirs.in(s.mine.store), []string{"FORBIDDEN"}, []string{"FORBIDDEN"}, nil},
		"who sends orders out": {packer, []string{"FORBIDDEN"}, []string{"FORBIDDEN"}, nil},
		"who may read":         {reader, []string{}, []string{"FORBIDDEN"}, []string{asha}},
	} {
		require.Equal(t, c.list, c.who.ask(t, list, nil).codes(), name)
		require.Equal(t, c.order, c.who.ask(t, `{ store { orders(first: 1) { nodes { customer { email } } } } }`, nil).codes(), name)
		var node *struct{ ID string }
		c.who.ask(t, `query($id: ID!) { node(id: $id) { id } }`, object{"id": asha}).field(t, "node", &node)
		if c.found == nil {
			require.Nil(t, node, name)
		} else {
			require.Equal(t, asha, node.ID)
		}
	}
	var store struct {
		Customers struct {
			Nodes []struct {
				NumberOfOrders int
				Orders         struct{ Nodes []any }
			}
		}
	}
	reader.ask(t, list, nil).field(t, "store", &store)
	require.Zero(t, store.Customers.Nodes[0].NumberOfOrders, "orders take a right of their own")
	require.Empty(t, store.Customers.Nodes[0].Orders.Nodes)
}
