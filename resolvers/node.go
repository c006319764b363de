package resolvers

import (
	"context"

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
	byKind := make(map[commerce.Kind][]int, 4)
	ids := make([]commerce.GlobalID, len(texts))
	for i, text := range texts {
		id, ok := commerce.ParseGlobalID(text)
		if !ok {
			return nil, commerce.BadInput(argument, "%.100q is not an id of this API.", text)
		}
		ids[i] = id
		byKind[id.Kind] = append(byKind[id.Kind], i)
	}
	visible, err := nodeScope(ctx)
	if err != nil {
		return nil, err
	}
	nodes := make([]model.Node, len(texts))
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
		return func(commerce.StoreID) bool { return true }, nil
	}
	store, err := currentStore(ctx)
	if err != nil {
		return nil, err
	}
	return func(id commerce.StoreID) bool { return id == store.ID }, nil
}

func fillNodes(ctx context.Context, kind commerce.Kind, ids []commerce.GlobalID, places []int, visible func(commerce.StoreID) bool, nodes []model.Node) error {
	set := dataloader.From(ctx)
	f := filler{ids: ids, places: places, visible: visible, nodes: nodes}
	switch kind {
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
	case commerce.KindJob:
		return fill(ctx, f, &set.JobByID, func(g commerce.GlobalID) commerce.JobRef {
			return commerce.JobRef{Store: g.Store, ID: commerce.JobID(g.ID)}
		})
	}
	return nil
}

// filler is the part of a nodes request that is of one kind.
type filler struct {
	ids     []commerce.GlobalID
	places  []int
	visible func(commerce.StoreID) bool
	nodes   []model.Node
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
