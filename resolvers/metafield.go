package resolvers

import (
	"context"
	"slices"
	"strconv"

	"github.com/kirana-commerce/kirana/commerce"
	"github.com/kirana-commerce/kirana/dataloader"
	"github.com/kirana-commerce/kirana/graph/model"
)

// maxIdentifiers bounds the names of one metafields field.
const maxIdentifiers = commerce.MaxPageSize

// metafield reads the metafield of this name of each thing.
func metafield[T commerce.HasMetafields](ctx context.Context, things []T, namespace *string, key string) ([]*commerce.Metafield, error) {
	return loadEach(ctx, &dataloader.From(ctx).Metafield, things, func(t T) commerce.MetafieldKey {
		return commerce.MetafieldKey{Owner: t.MetafieldOwner(), Namespace: value(namespace, commerce.DefaultNamespace), Key: key}
	})
}

// metafields reads the metafields of these names of each thing, in one go.
func metafields[T commerce.HasMetafields](ctx context.Context, things []T, names []*model.HasMetafieldsIdentifier) ([][]*commerce.Metafield, error) {
	if len(names) > maxIdentifiers {
		return nil, commerce.BadInput("identifiers", "%d identifiers are too many: at most %d.", len(names), maxIdentifiers)
	}
	keys := make([]commerce.MetafieldKey, 0, len(things)*len(names))
	for _, t := range things {
		owner := t.MetafieldOwner()
		for _, n := range names {
			keys = append(keys, commerce.MetafieldKey{Owner: owner, Namespace: value(n.Namespace, commerce.DefaultNamespace), Key: n.Key})
		}
	}
	found, err := dataloader.From(ctx).Metafield.Load(ctx, keys)
	if err != nil {
		return nil, err
	}
	each := make([][]*commerce.Metafield, len(things))
	for i := range things {
		each[i] = found[i*len(names) : (i+1)*len(names) : (i+1)*len(names)]
	}
	return each, nil
}

// parentResources reads what each metafield belongs to.
func parentResources(ctx context.Context, metafields []*commerce.Metafield) ([]model.MetafieldParentResource, error) {
	nodes, err := nodesOf(ctx, mapped(metafields, func(m *commerce.Metafield) commerce.GlobalID { return m.Owner.NodeID() }), anyStore)
	return mapped(nodes, asMember[model.MetafieldParentResource]), err
}

// references reads what the metafields that are lists, or those that are none, refer to, each kind of thing in one go: a list for
// each metafield, without what the viewer cannot see.
func references(ctx context.Context, metafields []*commerce.Metafield, lists bool) ([][]model.MetafieldReference, error) {
	each := mapped(metafields, func(m *commerce.Metafield) []commerce.GlobalID {
		if m.IsList() != lists {
			return nil
		}
		return m.References()
	})
	nodes, err := nodesOf(ctx, slices.Concat(each...), anyStore)
	if err != nil {
		return nil, err
	}
	found := make([][]model.MetafieldReference, len(metafields))
	for i, ids := range each {
		for _, n := range nodes[:len(ids)] {
			if reference := asMember[model.MetafieldReference](n); reference != nil {
				found[i] = append(found[i], reference)
			}
		}
		nodes = nodes[len(ids):]
	}
	return found, nil
}

// singleReferences reads what the metafields refer to that are no lists.
func singleReferences(ctx context.Context, metafields []*commerce.Metafield) ([]model.MetafieldReference, error) {
	found, err := references(ctx, metafields, false)
	first := make([]model.MetafieldReference, len(metafields))
	for i, list := range found {
		if len(list) > 0 {
			first[i] = list[0]
		}
	}
	return first, err
}

// referencePages reads a page of what each list of references refers to, null for other metafields.
func referencePages(ctx context.Context, metafields []*commerce.Metafield, args commerce.PageArgs) ([]*model.MetafieldReferenceConnection, error) {
	page, err := commerce.NewPage(args, commerce.Ordering{Key: "PLACE"})
	if err != nil {
		return nil, err
	}
	found, err := references(ctx, metafields, true)
	if err != nil {
		return nil, err
	}
	pages := make([]*model.MetafieldReferenceConnection, len(metafields))
	for i, m := range metafields {
		if m.IsReferenceList() {
			pages[i] = model.NewConnection(pageOf(found[i], page))
		}
	}
	return pages, nil
}

// pageOf cuts a page out of a whole list, whose cursors are the places in it, from 1.
func pageOf[T any](all []T, page commerce.Page) commerce.List[T] {
	items := make([]commerce.Item[T], len(all))
	for i, node := range all {
		items[i] = commerce.Item[T]{Node: node, Value: strconv.Itoa(i + 1), ID: int64(i + 1)}
	}
	bound := int(min(max(page.Bound.ID, 0), int64(len(all))))
	switch {
	case page.Backward && page.Bounded:
		items = items[:max(bound-1, 0)]
	case page.Bounded:
		items = items[bound:]
	}
	if page.Backward {
		slices.Reverse(items)
	}
	return commerce.NewList(page, items[:min(len(items), page.Limit+1)])
}

// asMember is a node as a member of a union; nil for none and for one that is no member.
func asMember[T any](n model.Node) T {
	member, _ := n.(T)
	return member
}

// metafieldSettings reads what metafields are to be.
func metafieldSettings(input model.MetafieldsSetInput) []commerce.MetafieldSetting {
	return mapped(input.Metafields, func(m *model.MetafieldSetInput) commerce.MetafieldSetting {
		digest, given := m.CompareDigest.ValueOK()
		return commerce.MetafieldSetting{
			Owner: m.OwnerID, Namespace: value(m.Namespace, commerce.DefaultNamespace), Key: m.Key, Type: commerce.MetafieldType(m.Type),
			Value: m.Value, Description: m.Description, Visible: m.VisibleToStorefront, Compare: given, Digest: digest,
		}
	})
}

// deleteMetafields deletes metafields of the current store and tells which there were.
func (r *Resolver) deleteMetafields(ctx context.Context, input model.MetafieldsDeleteInput) (*model.MetafieldsDeletePayload, error) {
	names := mapped(input.Metafields, func(m *model.MetafieldIdentifierInput) commerce.MetafieldName {
		return commerce.MetafieldName{Owner: m.OwnerID, Namespace: value(m.Namespace, commerce.DefaultNamespace), Key: m.Key}
	})
	were, refused, err := change(ctx, func(by commerce.Author, store *commerce.Store) ([]bool, error) {
		return r.MetafieldEditor.DeleteMetafields(ctx, by, store.ID, names)
	})
	payload := &model.MetafieldsDeletePayload{UserErrors: refused}
	for i, was := range were {
		var deleted *model.MetafieldIdentifier
		if was {
			deleted = &model.MetafieldIdentifier{OwnerID: names[i].Owner, Namespace: names[i].Namespace, Key: names[i].Key}
		}
		payload.DeletedMetafields = append(payload.DeletedMetafields, deleted)
	}
	return payload, err
}
