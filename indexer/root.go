package indexer

import (
	"github.com/RoaringBitmap/roaring/v2/roaring64"

	"github.com/kirana-commerce/kirana/commerce"
)

// vastRoots is how many products a transaction may touch and still be indexed in its turn, in a second or so. One that touches more
// would have every later one wait.
const vastRoots = 4 * maxRoots

// rootSet is the products of a transaction, each once. Of many it keeps compressed sets of ids, a few bits for each: a transaction that
// touches a million rows must not need memory for a million entries.
type rootSet struct {
	few  map[commerce.ProductRef]struct{}
	vast map[commerce.StoreID]*roaring64.Bitmap // nil while there were never more than vastRoots
}

func newRootSet() rootSet {
	return rootSet{few: make(map[commerce.ProductRef]struct{}, 1)}
}

func (s *rootSet) add(r commerce.ProductRef) {
	s.few[r] = struct{}{}
	if len(s.few) > vastRoots {
		s.compress()
	}
}

// seal ends the adding, and reports whether the set is vast: then take is the way to its products.
func (s *rootSet) seal() (vast bool) {
	if s.vast != nil {
		s.compress()
	}
	return s.vast != nil
}

func (s *rootSet) compress() {
	if s.vast == nil {
		s.vast = make(map[commerce.StoreID]*roaring64.Bitmap)
	}
	for r := range s.few {
		ids := s.vast[r.Store]
		if ids == nil {
			ids = roaring64.New()
			s.vast[r.Store] = ids
		}
		ids.Add(uint64(r.ID))
	}
	clear(s.few)
}

// len is the number of products.
func (s *rootSet) len() int {
	n := len(s.few)
	for _, ids := range s.vast {
		n += int(ids.GetCardinality())
	}
	return n
}

// take removes up to n products of a vast set, and returns them.
func (s *rootSet) take(n int) []commerce.ProductRef {
	refs := make([]commerce.ProductRef, 0, n)
	page := make([]uint64, n)
	for store, ids := range s.vast {
		taken := ids.ManyIterator().NextMany(page[:n-len(refs)])
		for _, id := range page[:taken] {
			refs = append(refs, commerce.ProductRef{Store: store, ID: commerce.ProductID(id)})
		}
		ids.RemoveRange(0, page[taken-1]+1)
		if ids.IsEmpty() {
			delete(s.vast, store)
		}
		if len(refs) == n {
			break
		}
	}
	return refs
}
