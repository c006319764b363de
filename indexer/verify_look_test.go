package indexer

import (
	"context"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/kirana-commerce/kirana/commerce"
	"github.com/kirana-commerce/kirana/search"
)

// scene is the index and the database as a second look finds them: what each read returns is written down before.
type scene struct {
	reads   []map[commerce.ProductRef]*commerce.ProductDocument
	entries []search.Entry
	waited  int
}

func (s *scene) ProductDocuments(context.Context, []uint32, []commerce.ProductRef) (map[commerce.ProductRef]*commerce.ProductDocument, error) {
	now := s.reads[0]
	s.reads = s.reads[1:]
	return now, nil
}

func (s *scene) EntriesOf(context.Context, []commerce.ProductRef) ([]search.Entry, error) {
	return s.entries, nil
}

func (s *scene) Entries(context.Context, commerce.ProductRef, commerce.ProductRef, int) ([]search.Entry, error) {
	return nil, nil
}

func (s *scene) CountStores(context.Context, commerce.StoreID, commerce.StoreID, int) ([]commerce.StoreCount, error) {
	return nil, nil
}

func (s *scene) NextProducts(context.Context, commerce.ProductRef, commerce.ProductRef, int) ([]commerce.ProductRef, error) {
	return nil, nil
}

func (s *scene) CountProducts(context.Context, commerce.StoreID, commerce.StoreID, int) ([]commerce.StoreCount, error) {
	return nil, nil
}

// LogPosition grows by a hundred with each look at it.
func (s *scene) LogPosition(context.Context) (int64, error) { return 1000 + 100*int64(s.waited), nil }

func (s *scene) WaitSearchable(_ context.Context, position int64) (commerce.IndexState, error) {
	s.waited++
	return commerce.IndexState{Epoch: 2, Searchable: position}, nil
}

// TestTheSecondLook takes it at one product. The difference is seen at position 1000, the rows are read before 1100.
func TestTheSecondLook(t *testing.T) {
	t.Parallel()
	one := ref(1, 1)
	doc := func(title string, row int64) *commerce.ProductDocument {
		return &commerce.ProductDocument{Ref: one, Title: title, RowVersion: row}
	}
	stored := func(title string, v int64) []search.Entry {
		return []search.Entry{{Ref: one, Version: v, Hash: search.DocumentHash(doc(title, 0))}}
	}
	const before = 1000
	a, b := doc("A", 1), doc("B", 2)
	for name, c := range map[string]struct {
		second, third *commerce.ProductDocument
		entries       []search.Entry
		want          commerce.DriftKind
	}{
		"it came":                           {a, a, stored("A", version(2, before)), ""},
		"it is gone on both sides":          {nil, nil, nil, ""},
		"it is old":                         {b, b, stored("A", version(2, before)), commerce.DriftStale},
		"it is of an epoch before":          {b, b, stored("A", version(1, before+999)), commerce.DriftStale},
		"it was written since":              {b, b, stored("A", version(2, before+1)), ""},
		"it is missing":                     {a, a, nil, commerce.DriftMissing},
		"it is missing and being changed":   {a, b, nil, ""},
		"it went away and came back":        {doc("A", 1), doc("A", 3), nil, ""},
		"it is missing and being deleted":   {a, nil, nil, ""},
		"it should not be there":            {nil, nil, stored("A", version(2, before)), commerce.DriftOrphan},
		"it came there since":               {nil, nil, stored("A", version(2, before+1)), ""},
		"it came there and is being added":  {nil, a, stored("A", version(2, before)), ""},
		"it is newer than what was read":    {a, b, stored("B", version(2, before)), ""},
		"a variant is being changed beside": {a, doc("A and more", 1), stored("Z", version(2, before)), ""},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			reading := func(d *commerce.ProductDocument) map[commerce.ProductRef]*commerce.ProductDocument {
				if d == nil {
					return nil
				}
				return map[commerce.ProductRef]*commerce.ProductDocument{one: d}
			}
			s := &scene{reads: []map[commerce.ProductRef]*commerce.ProductDocument{reading(c.second), reading(c.third)}, entries: c.entries}
			v, err := NewVerifier(VerifierConfig{Documents: s, Catalogue: s, Index: s, Freshness: s})
			require.NoError(t, err)
			drift, err := v.look(t.Context(), []commerce.ProductRef{one})
			require.NoError(t, err)
			require.Equal(t, 2, s.waited, "for what was committed, and for what was read")
			if c.want == "" {
				require.Empty(t, drift)
				return
			}
			require.Equal(t, []commerce.Drift{{Product: one, Kind: c.want}}, drift)
		})
	}
}
