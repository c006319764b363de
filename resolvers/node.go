package resolvers

import (
	"context"
	"slices"

	"github.com/kirana-commerce/kirana/commerce"
	"github.com/kirana-commerce/kirana/dataloader"
	"github.com/kirana-commerce/kirana/graph/model"
	"github.com/kirana-commerce/kirana/internal/auth"
)

// maxNodes bounds the ids of one nodes field.
const maxNodes = commerce.MaxPageSize

// nodesByID finds things by their global ids, each kind in one go. argument names the GraphQL argument for messages.
func nodesByID(ctx context.Context, argument string, texts []string) ([]model.Node, error) {
	if len(texts) > maxNodes {
		return nil, commerce.BadInput(argument, "%d ids are too many: at most %d.", len(texts), maxNodes)
	}
	ids := make([]commerce.GlobalID, len(texts))
	for i, text := range texts {
		id, ok := commerce.ParseGlobalID(text)
		if !ok {
			return nil, commerce.BadInput(argument, "%.100q is not an id of this API.", text)
		}
		ids[i] = id
	}
	visible, err := nodeScope(ctx)
	if err != nil {
		return nil, err
	}
	return nodesOf(ctx, ids, visible)
}

// nodesOf finds things of visible stores, each kind in one go; nil where there is none that the viewer may see.
func nodesOf(ctx context.Context, ids []commerce.GlobalID, visible func(commerce.StoreID) bool) ([]model.Node, error) {
	byKind := make(map[commerce.Kind][]int, 4)
	for i, id := range ids {
		byKind[id.Kind] = append(byKind[id.Kind], i)
	}
	nodes := make([]model.Node, len(ids))
	for kind, places := range byKind {
		if err := fillNodes(ctx, kind, ids, places, visible, nodes); err != nil {
			return nil, err
		}
	}
	return nodes, nil
}

// nodeScope says which stores' things the request may find: those of the current store, or of all when it has none.
func nodeScope(ctx context.Context) (func(commerce.StoreID) bool, error) {
	if auth.From(ctx).StoreHandle == "" {
		return anyStore, nil
	}
	store, err := currentStore(ctx)
	if err != nil {
		return nil, err
	}
	return func(id commerce.StoreID) bool { return id == store.ID }, nil
}

func anyStore(commerce.StoreID) bool { return true }

func fillNodes(ctx context.Context, kind commerce.Kind, ids []commerce.GlobalID, places []int, visible func(commerce.StoreID) bool, nodes []model.Node) error {
	set := dataloader.From(ctx)
	f := filler{ids: ids, places: places, visible: visible, nodes: nodes}
	switch kind { //nolint:exhaustive // fillContent knows others, and merchants and sessions are no nodes
	case commerce.KindStore:
		return fill(ctx, f, &set.StoreByID, func(g commerce.GlobalID) commerce.StoreID { return g.Store })
	case commerce.KindProduct:
		return fill(ctx, f, &set.ProductByID, func(g commerce.GlobalID) commerce.ProductRef {
			return commerce.ProductRef{Store: g.Store, ID: commerce.ProductID(g.ID)}
		})
	case commerce.KindProductVariant:
		return fill(ctx, f, &set.VariantByID, func(g commerce.GlobalID) commerce.VariantRef {
			return commerce.VariantRef{Store: g.Store, ID: commerce.VariantID(g.ID)}
		})
	case commerce.KindProductOption:
		return fill(ctx, f, &set.OptionByID, func(g commerce.GlobalID) commerce.OptionRef {
			return commerce.OptionRef{Store: g.Store, ID: commerce.OptionID(g.ID)}
		})
	case commerce.KindMediaImage:
		return fill(ctx, f, &set.MediaByID, func(g commerce.GlobalID) commerce.MediaRef {
			return commerce.MediaRef{Store: g.Store, ID: commerce.MediaID(g.ID)}
		})
	case commerce.KindCollection:
		return fill(ctx, f, &set.CollectionByID, func(g commerce.GlobalID) commerce.CollectionRef {
			return commerce.CollectionRef{Store: g.Store, ID: commerce.CollectionID(g.ID)}
		})
	case commerce.KindStaffMember, commerce.KindStaffInvitation, commerce.KindAPIKey:
		return fillStaffNodes(ctx, set, kind, f)
	case commerce.KindLocation:
		return fill(ctx, f, &set.LocationByID, func(g commerce.GlobalID) commerce.LocationRef {
			return commerce.LocationRef{Store: g.Store, ID: commerce.LocationID(g.ID)}
		})
	}
	return fillContent(ctx, kind, f)
}

// fillContent is fillNodes for what is beside the catalogue.
func fillContent(ctx context.Context, kind commerce.Kind, f filler) error {
	set := dataloader.From(ctx)
	switch kind { //nolint:exhaustive // fillNodes knows others
	case commerce.KindPage:
		return fill(ctx, f, &set.PageByID, func(g commerce.GlobalID) commerce.PageRef {
			return commerce.PageRef{Store: g.Store, ID: commerce.PageID(g.ID)}
		})
	case commerce.KindMenu:
		return fill(ctx, f, &set.MenuByID, func(g commerce.GlobalID) commerce.MenuRef {
			return commerce.MenuRef{Store: g.Store, ID: commerce.MenuID(g.ID)}
		})
	case commerce.KindShop:
		return fillShops(ctx, f)
	case commerce.KindJob:
		return fill(ctx, f, &set.JobByID, func(g commerce.GlobalID) commerce.JobRef {
			return commerce.JobRef{Store: g.Store, ID: commerce.JobID(g.ID)}
		})
	case commerce.KindDiscountCode:
		return fill(ctx, f.whereMay(ctx, commerce.ScopeCatalogWrite), &set.DiscountByID, func(g commerce.GlobalID) commerce.DiscountIDRef {
			return commerce.DiscountIDRef{Store: g.Store, ID: commerce.DiscountID(g.ID)}
		})
	case commerce.KindCustomer:
		return fill(ctx, f.whereMay(ctx, commerce.ScopeCustomersRead), &set.CustomerByID, func(g commerce.GlobalID) commerce.CustomerKey {
			return commerce.CustomerKey{CustomerRef: commerce.CustomerRef{Store: g.Store, ID: commerce.CustomerID(g.ID)}}
		})
	case commerce.KindCart, commerce.KindOrder:
		return fillTill(ctx, set, kind, f)
	case commerce.KindMetafield:
		return fill(ctx, f, &set.MetafieldByID, func(g commerce.GlobalID) commerce.MetafieldRef {
			return commerce.MetafieldRef{Store: g.Store, ID: commerce.MetafieldID(g.ID)}
		})
	}
	return nil
}

// fillTill fills in what is found by the secret in its id, and orders for those who may read them. What is inside a cart or an order
// is found with it alone.
func fillTill(ctx context.Context, set *dataloader.Set, kind commerce.Kind, f filler) error {
	if kind == commerce.KindCart {
		return fill(ctx, f, &set.CartByKey, func(g commerce.GlobalID) commerce.CartKey {
			return commerce.CartKey{Store: g.Store, ID: commerce.CartID(g.ID), Key: g.Key}
		})
	}
	return fill(ctx, f, &set.OrderByKey, func(g commerce.GlobalID) commerce.OrderKey {
		return commerce.OrderKey{Store: g.Store, ID: commerce.OrderID(g.ID), Key: g.Key}
	})
}

// fillStaffNodes fills in what only those may see who may change it.
func fillStaffNodes(ctx context.Context, set *dataloader.Set, kind commerce.Kind, f filler) error {
	f = f.whereMay(ctx, commerce.ScopeStaffWrite)
	switch kind {
	case commerce.KindStaffMember:
		return fill(ctx, f, &set.StaffByID, func(g commerce.GlobalID) commerce.StaffRef {
			return commerce.StaffRef{Store: g.Store, Merchant: commerce.MerchantID(g.ID)}
		})
	case commerce.KindStaffInvitation:
		return fill(ctx, f, &set.InvitationByID, func(g commerce.GlobalID) commerce.InvitationRef {
			return commerce.InvitationRef{Store: g.Store, ID: commerce.InvitationID(g.ID)}
		})
	default:
		return fill(ctx, f, &set.APIKeyByID, func(g commerce.GlobalID) commerce.APIKeyRef {
			return commerce.APIKeyRef{Store: g.Store, ID: commerce.APIKeyID(g.ID)}
		})
	}
}

// fillShops puts the cards of stores into f.nodes. A card has the number of its store.
func fillShops(ctx context.Context, f filler) error {
	stores := make([]model.Node, len(f.nodes))
	places := slices.DeleteFunc(slices.Clone(f.places), func(i int) bool { return int64(f.ids[i].Store) != f.ids[i].ID })
	err := fill(ctx, filler{ids: f.ids, places: places, visible: f.visible, nodes: stores}, &dataloader.From(ctx).StoreByID,
		func(g commerce.GlobalID) commerce.StoreID { return g.Store })
	for i, s := range stores {
		if s, found := s.(*commerce.Store); found {
			f.nodes[i] = shopOf(s)
		}
	}
	return err
}

// filler is the part of a nodes request that is of one kind.
type filler struct {
	ids     []commerce.GlobalID
	places  []int
	visible func(commerce.StoreID) bool
	nodes   []model.Node
}

// whereMay finds things of those stores alone in which the viewer has the scope. What is denied looks as if there were none.
func (f filler) whereMay(ctx context.Context, scope commerce.Scope) filler {
	viewer, visible := auth.From(ctx).Viewer, f.visible
	f.visible = func(store commerce.StoreID) bool { return visible(store) && viewer.May(store, scope) }
	return f
}

// node is a pointer type that is a node.
type node[T any] interface {
	*T
	model.Node
}

// fill loads the things at f.places and puts those that exist into f.nodes: a nil pointer in an interface is not nil.
func fill[K comparable, T any, P node[T]](ctx context.Context, f filler, l *dataloader.Loader[K, P], key func(commerce.GlobalID) K) error {
	keys := make([]K, 0, len(f.places))
	places := make([]int, 0, len(f.places))
	for _, i := range f.places {
		if f.visible(f.ids[i].Store) {
			keys = append(keys, key(f.ids[i]))
			places = append(places, i)
		}
	}
	values, err := l.Load(ctx, keys)
	for j, v := range values {
		if v != nil {
			f.nodes[places[j]] = v
		}
	}
	return err
}
