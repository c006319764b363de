package main

import (
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/kirana-commerce/kirana/commerce"
	"github.com/kirana-commerce/kirana/db/dbtest"
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

// As many statements for one customer as for forty, and one for each field that reads.
func TestStatementsOfCustomers(t *testing.T) {
	t.Parallel()
	database := dbtest.New(t)
	for handle, n := range map[string]int{"small": 1, "large": 40} {
		store, _, err := database.UpsertStore(t.Context(), commerce.StoreInput{Handle: handle, Name: handle, Currency: "INR", Status: commerce.StorePublished})
		require.NoError(t, err)
		for _, fill := range []string{
			`INSERT INTO customers (store_id, email) SELECT $1, 'c' || i || '@example.com' FROM generate_series(1, $2) i`,
			`INSERT INTO customer_addresses (store_id, customer_id, address) SELECT c.store_id, c.id, '{"city": "Kochi"}' FROM customers c, generate_series(1, $2) WHERE c.store_id = $1`,
			`UPDATE customers c SET default_address_id = (SELECT min(a.id) FROM customer_addresses a WHERE a.customer_id = c.id) WHERE c.store_id = $1 AND $2 > 0`,
		} {
			_, err = database.SQL.ExecContext(t.Context(), fill, int64(store.ID), n)
			require.NoError(t, err)
		}
	}
	api := newCounted(t, database.URL)
	for document, want := range map[string]int64{
		`customers(first: 250) { nodes { email } }`:                                                                                  2,
		`customers(first: 250, query: "email:c* -phone:1", sortKey: NAME) { totalCount nodes { email } }`:                            3,
		`customers(first: 250) { nodes { defaultAddress { city } addresses(first: 5) { totalCount nodes { city } } } }`:              5,
		`customers(first: 250) { nodes { numberOfOrders orders(first: 5) { totalCount nodes { customer { id } } } } }`:               4,
		`customers(first: 250, sortKey: UPDATED_AT, reverse: true) { nodes { numberOfOrders addresses(last: 2) { nodes { id } } } }`: 4,
	} {
		for _, handle := range []string{"small", "large"} {
			require.Equal(t, want, api.ask(t, `{ store(handle: "`+handle+`") { `+document+` } }`), "%s: %s", handle, document)
		}
	}
}
