package commerce

import (
	"context"
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
	"strings"
	"time"
)

// MetafieldID identifies a metafield within its store.
type MetafieldID int64

// MetafieldRef is the full key of a metafield.
type MetafieldRef struct {
	Store StoreID
	ID    MetafieldID
}

// MetafieldOwner is a thing that has metafields: a product, a variant, a collection, a page of text or the store itself.
type MetafieldOwner struct {
	Kind  Kind
	Store StoreID
	ID    int64
}

// NodeID is the owner's global id.
func (o MetafieldOwner) NodeID() GlobalID { return GlobalID{Kind: o.Kind, Store: o.Store, ID: o.ID} }

func ownerOf(id GlobalID) MetafieldOwner { return MetafieldOwner{id.Kind, id.Store, id.ID} }

// MetafieldKey names one metafield of an owner.
type MetafieldKey struct {
	Owner          MetafieldOwner
	Namespace, Key string
}

// DefaultNamespace is the namespace of metafields that are named without one.
const DefaultNamespace = "custom"

// Metafield is a typed piece of data that a merchant keeps with a thing.
type Metafield struct {
	ID          MetafieldID
	Owner       MetafieldOwner
	Namespace   string
	Key         string
	Type        MetafieldType
	Value       string
	Description *string
	// Visible says that buyers can read it.
	Visible   bool
	CreatedAt time.Time
	UpdatedAt time.Time
}

// Ref is the metafield's full key.
func (m *Metafield) Ref() MetafieldRef { return MetafieldRef{m.Owner.Store, m.ID} }

// NodeID is the metafield's global id.
func (m *Metafield) NodeID() GlobalID {
	return GlobalID{Kind: KindMetafield, Store: m.Owner.Store, ID: int64(m.ID)}
}

// IsNode marks Metafield as a node of the API.
func (*Metafield) IsNode() {}

// Tenant is the store that the metafield belongs to.
func (m *Metafield) Tenant() StoreID { return m.Owner.Store }

// TypeName is the type as clients see it.
func (m *Metafield) TypeName() string { return string(m.Type) }

// CompareDigest changes with the type and the value: who sends it back changes what they have seen, and nothing else.
func (m *Metafield) CompareDigest() string {
	sum := sha256.Sum256([]byte(string(m.Type) + "\x00" + m.Value))
	return base64.RawURLEncoding.EncodeToString(sum[:])
}

// References are the global ids that the value names, in order; none for a metafield that is no reference.
func (m *Metafield) References() []GlobalID {
	element, isList := m.Type.element()
	if _, is := element.refersTo(); !is {
		return nil
	}
	texts := []string{m.Value}
	if isList {
		texts = nil
		if json.Unmarshal([]byte(m.Value), &texts) != nil {
			return nil
		}
	}
	ids := make([]GlobalID, 0, len(texts))
	for _, text := range texts {
		if id, ok := ParseGlobalID(text); ok {
			ids = append(ids, id)
		}
	}
	return ids
}

// IsList reports whether the value is a list.
func (m *Metafield) IsList() bool { return strings.HasPrefix(string(m.Type), listPrefix) }

// IsReferenceList reports whether the value is a list of references.
func (m *Metafield) IsReferenceList() bool {
	element, isList := m.Type.element()
	_, refers := element.refersTo()
	return isList && refers
}

// HasMetafields is a thing that has metafields.
type HasMetafields interface {
	// MetafieldOwner is the thing as its metafields know it.
	MetafieldOwner() MetafieldOwner
}

// MetafieldOwner is the store as its metafields know it.
func (s *Store) MetafieldOwner() MetafieldOwner { return ownerOf(s.NodeID()) }

// MetafieldOwner is the product as its metafields know it.
func (p *Product) MetafieldOwner() MetafieldOwner { return ownerOf(p.NodeID()) }

// MetafieldOwner is the variant as its metafields know it.
func (v *ProductVariant) MetafieldOwner() MetafieldOwner { return ownerOf(v.NodeID()) }

// MetafieldOwner is the collection as its metafields know it.
func (c *Collection) MetafieldOwner() MetafieldOwner { return ownerOf(c.NodeID()) }

// MetafieldOwner is the page as its metafields know it.
func (p *TextPage) MetafieldOwner() MetafieldOwner { return ownerOf(p.NodeID()) }

// MetafieldOwner is the store: its card has the same metafields.
func (s *Shop) MetafieldOwner() MetafieldOwner { return s.Store.MetafieldOwner() }

// IsHasMetafields marks TextPage as a thing with metafields.
func (*TextPage) IsHasMetafields() {}

// IsHasMetafields marks Shop as a thing with metafields.
func (*Shop) IsHasMetafields() {}

// IsHasMetafields marks Store as a thing with metafields.
func (*Store) IsHasMetafields() {}

// IsHasMetafields marks Product as a thing with metafields.
func (*Product) IsHasMetafields() {}

// IsHasMetafields marks ProductVariant as a thing with metafields.
func (*ProductVariant) IsHasMetafields() {}

// IsHasMetafields marks Collection as a thing with metafields.
func (*Collection) IsHasMetafields() {}

// IsMetafieldParentResource marks TextPage as the owner of metafields.
func (*TextPage) IsMetafieldParentResource() {}

// IsMetafieldParentResource marks Store as the owner of metafields.
func (*Store) IsMetafieldParentResource() {}

// IsMetafieldParentResource marks Product as the owner of metafields.
func (*Product) IsMetafieldParentResource() {}

// IsMetafieldParentResource marks ProductVariant as the owner of metafields.
func (*ProductVariant) IsMetafieldParentResource() {}

// IsMetafieldParentResource marks Collection as the owner of metafields.
func (*Collection) IsMetafieldParentResource() {}

// IsMetafieldReference marks Product as something metafields refer to.
func (*Product) IsMetafieldReference() {}

// IsMetafieldReference marks ProductVariant as something metafields refer to.
func (*ProductVariant) IsMetafieldReference() {}

// IsMetafieldReference marks Collection as something metafields refer to.
func (*Collection) IsMetafieldReference() {}

// MetafieldReader reads the metafields buyers can see. A key without one is missing from the answer.
type MetafieldReader interface {
	// Metafields does not look again whether the owners can be seen: whoever asks has read them.
	Metafields(ctx context.Context, keys []MetafieldKey) (map[MetafieldKey]*Metafield, error)
	MetafieldsByID(ctx context.Context, refs []MetafieldRef) (map[MetafieldRef]*Metafield, error)
}
