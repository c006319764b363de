package commerce

import "strings"

// MetafieldInput is a metafield of a ProductInput, or of one of its variants. It makes the metafield or changes it; what an input
// does not speak of stays as it is.
type MetafieldInput struct {
	Namespace, Key string
	// Type is empty for what the metafield is already, if the value is one, else text: a file may not say it.
	Type  MetafieldType
	Value string
	// Private keeps the metafield from buyers. Without it, one that is there stays as visible as it is: a file that says nothing must
	// not publish anything.
	Private bool
}

// MetafieldColumn is what metafields of several products, or of several variants, have in common: a column of a file.
type MetafieldColumn struct {
	// Variant says that variants have it, not products.
	Variant        bool
	Namespace, Key string
	Type           MetafieldType
	Private        bool
}

// Like is the metafield with a type: its own, else the one that the store has it with, if the value is one of those, else text.
func (m MetafieldInput) Like(stored MetafieldType, store StoreID) MetafieldInput {
	if m.Type != "" {
		return m
	}
	if value, err := stored.CanonicalIn(store, m.Value); err == nil {
		m.Type, m.Value = stored, value
		return m
	}
	m.Type = MetafieldLine
	if strings.ContainsAny(m.Value, "\n\r") {
		m.Type = MetafieldText
	}
	return m
}

// check reports what keeps the metafield from being stored.
func (m MetafieldInput) check(r *Refusals) {
	if !metafieldNamespace.MatchString(m.Namespace) {
		r.note(RefusalInvalid, "namespace", "The namespace %.80q of a metafield is not 1 to 255 of letters, digits, - and _.", m.Namespace)
	}
	if !metafieldKey.MatchString(m.Key) {
		r.note(RefusalInvalid, "key", "The key %.80q of a metafield is not 1 to 64 of letters, digits, - and _.", m.Key)
	}
	one := m.Like("", 0)
	if value, err := one.Type.Canonical(m.Value); err != nil {
		r.note(RefusalInvalid, "value", "The metafield %s.%s: %s.", m.Namespace, m.Key, err)
	} else if value != m.Value {
		r.note(RefusalInvalid, "value", "The metafield %s.%s is not in its canonical form.", m.Namespace, m.Key)
	}
}

// checkMetafields reports what keeps the metafields of one thing from being stored.
func checkMetafields(r *Refusals, metafields []MetafieldInput) {
	if len(metafields) == 0 {
		return
	}
	if len(metafields) > MaxMetafields {
		r.note(RefusalTooMany, "metafields", "It has %d metafields; %d are the most.", len(metafields), MaxMetafields)
		return
	}
	seen := make(map[[2]string]bool, len(metafields))
	for i := range metafields {
		m := metafields[i]
		var own Refusals
		m.check(&own)
		name := [2]string{m.Namespace, m.Key}
		if seen[name] {
			own.note(RefusalDuplicate, "key", "The metafield %s.%s is given twice.", m.Namespace, m.Key)
		}
		seen[name] = true
		r.element("metafields", i, own)
	}
}

// CheckReferences reports metafields of the product, and of its variants, that refer to another store: what that store has must
// never show here.
func (in *ProductInput) CheckReferences(store StoreID) Refusals {
	var r Refusals
	foreign := func(metafields []MetafieldInput) {
		for _, m := range metafields {
			if m.Type == "" {
				continue
			}
			if _, err := m.Type.CanonicalIn(store, m.Value); err != nil {
				r.note(RefusalNotFound, "metafields", "The metafield %s.%s: %s.", m.Namespace, m.Key, err)
			}
		}
	}
	foreign(in.Metafields)
	for i := range in.Variants {
		foreign(in.Variants[i].Metafields)
	}
	return r
}
