package resolvers

import (
	"context"
	"fmt"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/kirana-commerce/kirana/commerce"
	"github.com/kirana-commerce/kirana/dataloader"
	"github.com/kirana-commerce/kirana/graph/model"
	"github.com/kirana-commerce/kirana/internal/auth"
)

// everyKind is one id of each kind in a store, and the thing it names.
func everyKind(store commerce.StoreID) []model.Node {
	return []model.Node{
		stores()[store-1], product(store, 4), &commerce.ProductVariant{StoreID: store, ProductID: 2, ID: 4},
		&commerce.ProductOption{StoreID: store, ID: 4}, picture(store, 4), collection(store, 4), metafieldWithID(store, 4),
		&commerce.Location{StoreID: store, ID: 4}, cart(store, 4), order(store, 4),
	}
}

func idsOf(nodes []model.Node) []string {
	ids := make([]string, len(nodes))
	for i, n := range nodes {
		ids[i] = n.(interface{ NodeID() commerce.GlobalID }).NodeID().String()
	}
	return ids
}

func TestNodesOfEveryKind(t *testing.T) {
	t.Parallel()
	want := everyKind(2)
	got, err := nodesByID(request(t, &world{}, ""), "ids", idsOf(want))
	require.NoError(t, err)
	require.Equal(t, want, got)

	node, err := (&queryResolver{}).Node(request(t, &world{}, ""), idsOf(want)[1])
	require.NoError(t, err)
	require.Equal(t, want[1], node)
}

// What does not exist is null in its place, not a pointer to nothing; equal ids find equal things.
func TestNodesKeepTheirPlaces(t *testing.T) {
	t.Parallel()
	ids := []string{
		"gid://kirana/Product/1/3", "gid://kirana/Collection/1/4", "gid://kirana/Product/1/4", "gid://kirana/Store/9",
		"gid://kirana/ProductOption/1/1", "gid://kirana/MediaImage/1/1", "gid://kirana/ProductVariant/1/1", "gid://kirana/Collection/1/1",
		"gid://kirana/Product/1/4",
	}
	got, err := (&queryResolver{}).Nodes(request(t, &world{}, ""), ids)
	require.NoError(t, err)
	require.Equal(t, []model.Node{nil, collection(1, 4), product(1, 4), nil, nil, nil, nil, nil, product(1, 4)}, got)
	for i, node := range got {
		require.Equal(t, i == 1 || i == 2 || i == 8, node != nil, "a nil pointer in an interface is not nil")
	}
	got, err = nodesByID(request(t, &world{}, ""), "ids", nil)
	require.NoError(t, err)
	require.Equal(t, []model.Node{}, got)
}

// With a current store, the things of other stores are not found.
func TestNodesOfTheCurrentStore(t *testing.T) {
	t.Parallel()
	ids := append(idsOf(everyKind(1)), idsOf(everyKind(2))...)
	got, err := nodesByID(request(t, &world{}, "corner"), "ids", ids)
	require.NoError(t, err)
	require.Equal(t, append(everyKind(1), make([]model.Node, len(everyKind(2)))...), got)
	_, err = nodesByID(request(t, &world{}, "gone"), "ids", ids)
	require.ErrorIs(t, err, commerce.ErrStoreNotFound)
}

func TestNodesRefuse(t *testing.T) {
	t.Parallel()
	ctx := request(t, &world{}, "")
	many := make([]string, 251)
	for i := range many {
		many[i] = fmt.Sprintf("gid://kirana/Product/1/%d", i+1)
	}
	_, err := nodesByID(ctx, "ids", many)
	requireRefusal(t, err, "ids", "251 ids are too many: at most 250.")
	got, err := nodesByID(ctx, "ids", many[1:])
	require.NoError(t, err)
	require.Len(t, got, 250)
	for _, bad := range []string{"", "7", "gid://kirana/Basket/1/2", "gid://kirana/Product/1/02"} {
		_, err = nodesByID(ctx, "ids", []string{"gid://kirana/Product/1/4", bad})
		requireRefusal(t, err, "ids", fmt.Sprintf("%q is not an id of this API.", bad))
		_, err = (&queryResolver{}).Node(ctx, bad)
		requireRefusal(t, err, "id", fmt.Sprintf("%q is not an id of this API.", bad))
	}
}

func TestNodesPassErrorsOn(t *testing.T) {
	t.Parallel()
	for _, id := range idsOf(everyKind(1)) {
		_, err := nodesByID(request(t, &world{err: errDown}, ""), "id", []string{id})
		require.ErrorIs(t, err, errDown, id)
	}
	_, err := nodesByID(request(t, &world{err: errDown}, "corner"), "id", []string{"gid://kirana/Product/1/4"})
	require.ErrorIs(t, err, errDown)
}

// Carts and orders are found by those who know their secrets; what is inside them is found with them alone.
func TestNodesWithSecrets(t *testing.T) {
	t.Parallel()
	for id, want := range map[string]model.Node{
		"gid://kirana/Cart/1/4?key=secret": cart(1, 4), "gid://kirana/Cart/1/4?key=guessed": nil, "gid://kirana/Cart/1/4": nil, "gid://kirana/Cart/1/3?key=secret": nil,
		"gid://kirana/Order/1/4?key=secret": order(1, 4), "gid://kirana/Order/1/4?key=guessed": nil, "gid://kirana/Order/1/4": nil,
		"gid://kirana/CartLine/1/1?cart=4": nil, "gid://kirana/CartSelectableAddress/1/1?cart=4": nil, "gid://kirana/CartDeliveryGroup/1/4": nil,
		"gid://kirana/OrderLineItem/1/4?line=1": nil,
	} {
		for _, current := range []string{"", "corner"} {
			got, err := nodesByID(request(t, &world{}, current), "ids", []string{id})
			require.NoError(t, err)
			require.Equal(t, []model.Node{want}, got, id)
		}
		got, err := nodesByID(request(t, &world{}, "market"), "ids", []string{id})
		require.NoError(t, err)
		require.Equal(t, []model.Node{nil}, got, "%s in another store", id)
	}
}

// staff is what only those see who say who works in a store, all of it there.
type staff struct{ *world }

func (s staff) StaffByID(_ context.Context, refs []commerce.StaffRef) (map[commerce.StaffRef]*commerce.StaffMember, error) {
	return pick(s.world, refs, func(r commerce.StaffRef) (*commerce.StaffMember, bool) {
		return &commerce.StaffMember{StoreID: r.Store, Merchant: r.Merchant}, true
	})
}

func (s staff) InvitationsByID(_ context.Context, refs []commerce.InvitationRef) (map[commerce.InvitationRef]*commerce.StaffInvitation, error) {
	return pick(s.world, refs, func(r commerce.InvitationRef) (*commerce.StaffInvitation, bool) {
		return &commerce.StaffInvitation{StoreID: r.Store, ID: r.ID}, true
	})
}

func (s staff) APIKeysByID(_ context.Context, refs []commerce.APIKeyRef) (map[commerce.APIKeyRef]*commerce.APIKey, error) {
	return pick(s.world, refs, func(r commerce.APIKeyRef) (*commerce.APIKey, bool) {
		return &commerce.APIKey{StoreID: r.Store, ID: r.ID}, true
	})
}

func (staff) StaffOf(context.Context, []commerce.StoreID) (map[commerce.StoreID][]*commerce.StaffMember, error) {
	return map[commerce.StoreID][]*commerce.StaffMember{}, nil
}

func (staff) InvitationsOf(context.Context, []commerce.StoreID) (map[commerce.StoreID][]*commerce.StaffInvitation, error) {
	return map[commerce.StoreID][]*commerce.StaffInvitation{}, nil
}

func (staff) APIKeyLists(context.Context, []commerce.StorePageKey) (map[commerce.StorePageKey]commerce.List[*commerce.APIKey], error) {
	return map[commerce.StorePageKey]commerce.List[*commerce.APIKey]{}, nil
}

// Private things are found by those who may see them in that store, and by nobody else: what is denied looks as if there were
// none. Merchants and sessions are no nodes.
func TestNodesThatAreNotForEverybody(t *testing.T) {
	t.Parallel()
	private := []model.Node{
		&commerce.StaffMember{StoreID: 1, Merchant: 4}, &commerce.StaffInvitation{StoreID: 1, ID: 4}, &commerce.APIKey{StoreID: 1, ID: 4},
	}
	nothing := make([]model.Node, len(private)+2)
	ids := append(idsOf(private), "gid://kirana/Merchant/4", "gid://kirana/Session/4")
	with := func(store commerce.StoreID, handle string, scopes ...commerce.Scope) *commerce.Viewer {
		return &commerce.Viewer{Grants: []commerce.Grant{{Store: store, Handle: handle, Scopes: scopes}}}
	}
	for name, c := range map[string]struct {
		viewer  *commerce.Viewer
		current string
		want    []model.Node
	}{
		"whom it is for":           {with(1, "corner", commerce.ScopeStaffWrite), "", append(private, nil, nil)},
		"in the store":             {with(1, "corner", commerce.ScopeStaffWrite), "corner", append(private, nil, nil)},
		"with another store":       {with(1, "corner", commerce.ScopeStaffWrite), "market", nothing},
		"nobody":                   {nil, "", nothing},
		"somebody":                 {&commerce.Viewer{Merchant: 4}, "", nothing},
		"the owner of another":     {with(2, "market", commerce.Scopes()...), "", nothing},
		"with another right there": {with(1, "corner", commerce.RoleManager.Scopes()...), "", nothing},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s := staff{&world{}}
			ctx := auth.With(t.Context(), auth.Request{StoreHandle: c.current, Viewer: c.viewer})
			ctx = dataloader.With(ctx, dataloader.New(dataloader.Readers{Stores: s, Staff: s, APIKeys: s}))
			got, err := nodesByID(ctx, "ids", ids)
			require.NoError(t, err)
			require.Equal(t, c.want, got)
		})
	}
}

type discounts struct{ *world }

func (d discounts) DiscountsByID(_ context.Context, refs []commerce.DiscountIDRef) (map[commerce.DiscountIDRef]*commerce.Discount, error) {
	return pick(d.world, refs, func(r commerce.DiscountIDRef) (*commerce.Discount, bool) {
		return &commerce.Discount{StoreID: r.Store, ID: r.ID}, true
	})
}

func (discounts) DiscountLists(context.Context, []commerce.DiscountListKey) (map[commerce.DiscountListKey]commerce.List[*commerce.Discount], error) {
	return map[commerce.DiscountListKey]commerce.List[*commerce.Discount]{}, nil
}

// A discount is found by those who may make one: its code is worth money.
func TestDiscountNodes(t *testing.T) {
	t.Parallel()
	discount := &commerce.Discount{StoreID: 1, ID: 4}
	for name, c := range map[string]struct {
		store  commerce.StoreID
		scopes []commerce.Scope
		want   model.Node
	}{
		"whom it is for":       {1, []commerce.Scope{commerce.ScopeCatalogWrite}, discount},
		"a manager":            {1, commerce.RoleManager.Scopes(), discount},
		"a packer":             {1, commerce.RolePacker.Scopes(), nil},
		"the owner of another": {2, commerce.Scopes(), nil},
		"nobody":               {1, nil, nil},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			d := discounts{&world{}}
			viewer := &commerce.Viewer{Grants: []commerce.Grant{{Store: c.store, Scopes: c.scopes}}}
			ctx := auth.With(t.Context(), auth.Request{Viewer: viewer})
			ctx = dataloader.With(ctx, dataloader.New(dataloader.Readers{Stores: d, Discounts: d}))
			got, err := nodesByID(ctx, "ids", []string{discount.NodeID().String()})
			require.NoError(t, err)
			require.Equal(t, []model.Node{c.want}, got)
		})
	}
}

type customers struct {
	*world
	commerce.CustomerReader
}

func (c customers) Customers(_ context.Context, keys []commerce.CustomerKey) (map[commerce.CustomerKey]*commerce.Customer, error) {
	return pick(c.world, keys, func(k commerce.CustomerKey) (*commerce.Customer, bool) {
		return &commerce.Customer{StoreID: k.Store, ID: k.ID}, !k.Shown
	})
}

// A customer is found by those who may see who buys.
func TestCustomerNodes(t *testing.T) {
	t.Parallel()
	customer := &commerce.Customer{StoreID: 1, ID: 4}
	for name, c := range map[string]struct {
		store  commerce.StoreID
		scopes []commerce.Scope
		want   model.Node
	}{
		"whom it is for":       {1, []commerce.Scope{commerce.ScopeCustomersRead}, customer},
		"a manager":            {1, commerce.RoleManager.Scopes(), customer},
		"a packer":             {1, commerce.RolePacker.Scopes(), nil},
		"the owner of another": {2, commerce.Scopes(), nil},
		"nobody":               {1, nil, nil},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			d := customers{world: &world{}}
			viewer := &commerce.Viewer{Grants: []commerce.Grant{{Store: c.store, Scopes: c.scopes}}}
			ctx := auth.With(t.Context(), auth.Request{Viewer: viewer})
			ctx = dataloader.With(ctx, dataloader.New(dataloader.Readers{Stores: d, Customers: d}))
			got, err := nodesByID(ctx, "ids", []string{customer.NodeID().String()})
			require.NoError(t, err)
			require.Equal(t, []model.Node{c.want}, got)
		})
	}
}
