package commerce

import (
	"context"
	"regexp"
)

// MaxMetafieldsAtOnce is how many metafields one mutation can set or delete.
const MaxMetafieldsAtOnce = 25

// MetafieldSetting is what one metafield of a thing is to be.
type MetafieldSetting struct {
	// Owner is the global id of the thing, as the client gave it.
	Owner          string
	Namespace, Key string
	Type           MetafieldType
	Value          string
	// Description is nil to keep the one there is.
	Description *string
	// Visible says whether buyers can read it; nil to keep it as it is, and for a new one true.
	Visible *bool
	// Compare asks for the metafield to be as the client saw it: Digest is its CompareDigest, or nil for one that there was not.
	Compare bool
	Digest  *string
}

// MetafieldName is a metafield as a client names it.
type MetafieldName struct {
	// Owner is the global id of the thing, as the client gave it.
	Owner          string
	Namespace, Key string
}

// KeyIn is the metafield that the name means in the store. The owner is nothing that there is when its id is none of the store's.
func (n MetafieldName) KeyIn(store StoreID) MetafieldKey {
	k := MetafieldKey{Namespace: n.Namespace, Key: n.Key, Owner: MetafieldOwner{Store: store, Kind: KindProduct}}
	if id, ok := ParseGlobalID(n.Owner); ok && id.Store == store {
		k.Owner = ownerOf(id)
	}
	return k
}

// Name is the metafield that the setting is about.
func (s *MetafieldSetting) Name() MetafieldName { return MetafieldName{s.Owner, s.Namespace, s.Key} }

var (
	metafieldNamespace = regexp.MustCompile(`^[A-Za-z0-9_-]{1,255}$`)
	metafieldKey       = regexp.MustCompile(`^[A-Za-z0-9_-]{1,64}$`)
)

// checkMetafieldCount reports a list that is empty or too long.
func checkMetafieldCount(n int) Refusals {
	var r Refusals
	path := []any{"input", "metafields"}
	if n == 0 {
		r.Add(RefusalBlank, path, "Name at least one metafield.")
	}
	if n > MaxMetafieldsAtOnce {
		r.Add(RefusalTooMany, path, "%d metafields are too many at once: %d are the most.", n, MaxMetafieldsAtOnce)
	}
	return r
}

// CheckMetafields reports everything that keeps the metafields of a store from being set, and brings the values into their
// canonical form. Whether owners and references exist is for whoever can look.
func CheckMetafields(store StoreID, settings []MetafieldSetting) Refusals {
	r := checkMetafieldCount(len(settings))
	if len(r) > 0 {
		return r
	}
	seen := make(map[MetafieldKey]bool, len(settings))
	for i := range settings {
		s := &settings[i]
		at := func(field string) []any { return []any{"input", "metafields", i, field} }
		if !metafieldNamespace.MatchString(s.Namespace) {
			r.Add(RefusalInvalid, at("namespace"), "A namespace is 1 to 255 of letters, digits, - and _.")
		}
		if !metafieldKey.MatchString(s.Key) {
			r.Add(RefusalInvalid, at("key"), "A key is 1 to 64 of letters, digits, - and _.")
		}
		key := s.Name().KeyIn(store)
		if seen[key] && key.Owner.ID != 0 {
			r.Add(RefusalDuplicate, at("key"), "The metafield %s.%s of this owner is given twice.", s.Namespace, s.Key)
		}
		seen[key] = true
		s.checkValue(&r, at)
	}
	return r
}

func (s *MetafieldSetting) checkValue(r *Refusals, at func(string) []any) {
	if s.Description != nil {
		checkLine(r, at("description"), *s.Description, Characters(MaxLine))
	}
	if !s.Type.Valid() {
		r.Add(RefusalInvalid, at("type"), "%.40q is no type of metafields.", s.Type)
		return
	}
	value, err := s.Type.Canonical(s.Value)
	if err != nil {
		r.Add(RefusalInvalid, at("value"), "%s: %s.", s.Type, err)
		return
	}
	s.Value = value
}

// CheckMetafieldNames reports a list of metafields to delete that is empty or too long.
func CheckMetafieldNames(names []MetafieldName) Refusals { return checkMetafieldCount(len(names)) }

// MetafieldEditor changes metafields for merchants. Refusals come as errors; then nothing was written.
type MetafieldEditor interface {
	// SetMetafields makes or replaces metafields, all of them or none, and returns them in their order.
	SetMetafields(ctx context.Context, by Author, store StoreID, settings []MetafieldSetting) ([]*Metafield, error)
	// DeleteMetafields deletes metafields and tells which there were.
	DeleteMetafields(ctx context.Context, by Author, store StoreID, names []MetafieldName) ([]bool, error)
}

// CompareMetafields refuses the settings of metafields that are not as whoever sets them has seen them.
func CompareMetafields(keys []MetafieldKey, settings []MetafieldSetting, stored map[MetafieldKey]*Metafield) error {
	var r Refusals
	for i, k := range keys {
		s, m := &settings[i], stored[k]
		same := m == nil && s.Digest == nil || m != nil && s.Digest != nil && m.CompareDigest() == *s.Digest
		if s.Compare && !same {
			r.Add(RefusalStaleObject, []any{"input", "metafields", i, "compareDigest"}, "The metafield was changed since. Read it again, and decide anew.")
		}
	}
	return r.Err()
}
