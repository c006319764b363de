package indexer

import (
	"github.com/RoaringBitmap/roaring/v2/roaring64"

	"github.com/kirana-commerce/kirana/commerce"
)

const (
	// largeRoots is how many products a transaction may touch and still be indexed in its turn. One that touches more, as an import
	// commits one after the other, would have somebody's single change wait.
	largeRoots = 100
	// mostFew is how many products a set keeps one by one.
	mostFew = 4 * maxRoots
)

// rootSet is the products of a transaction, each once. Of many it keeps compressed sets of ids, a few bits for each: a transaction that
// touches a million rows must not need memory for a million entries.
type rootSet struct {
	few  map[commerce.ProductRef]struct{}
	many map[commerce.StoreID]*roaring64.Bitmap // nil for few
}

func newRootSet() rootSet {
	return rootSet{few: make(map[commerce.ProductRef]struct{}, 1)}
}

func (s *rootSet) add(r commerce.ProductRef) {
	s.few[r] = struct{}{}
	if len(s.few) > mostFew {
		s.compress()
	}
}

// seal ends the adding, and reports whether there are more products than few: then take is the way to them.
func (s *rootSet) seal(few int) (many bool) {
	if s.many != nil || len(s.few) > few {
		s.compress()
	}
	return s.many != nil
}

func (s *rootSet) compress() {
	if s.many == nil {
		s.many = make(map[commerce.StoreID]*roaring64.Bitmap)
	}
	for r := range s.few {
		ids := s.many[r.Store]
		if ids == nil {
			ids = roaring64.New()
			s.many[r.Store] = ids
		}
		ids.Add(uint64(r.ID))
	}
	clear(s.few)
}

// len is the number of products.
func (s *rootSet) len() int {
	n := len(s.few)
	for _, ids := range s.many {
		n += int(ids.GetCardinality())
	}
	return n
}

// take removes up to n products of a set of many, and returns them.
func (s *rootSet) take(n int) []commerce.ProductRef {
	refs := make([]commerce.ProductRef, 0, n)
	page := make([]uint64, n)
	for store, ids := range s.many {
		taken := ids.ManyIterator().NextMany(page[:n-len(refs)])
		for _, id := range page[:taken] {
			refs = append(refs, commerce.ProductRef{Store: store, ID: commerce.ProductID(id)})
		}
		ids.RemoveRange(0, page[taken-1]+1)
		if ids.IsEmpty() {
			delete(s.many, store)
		}
		if len(refs) == n {
			break
		}
	}
	return refs
}
