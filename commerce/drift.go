package commerce

import (
	"context"
	"math"
	"time"
)

// DriftKind says how the index differs from the database.
type DriftKind string

// The ways in which the index can differ: a document is missing, is not what the rows say, or is of a product that should not
// be found.
const (
	DriftMissing DriftKind = "missing"
	DriftStale   DriftKind = "stale"
	DriftOrphan  DriftKind = "orphan"
)

// Drift is one product of which the index and the database say different things, and no write is on its way that would
// explain it.
type Drift struct {
	Product ProductRef
	Kind    DriftKind
	// Refused says that the search engine refuses what the database says: the difference is known, and why.
	Refused bool
	// Repaired says that it was written anew, and that the two agree now.
	Repaired bool
}

// StoreCount is how many products of a store can be found.
type StoreCount struct {
	Store    StoreID
	Products int
}

// FirstProduct comes before every product of every store.
func FirstProduct() ProductRef { return ProductRef{ID: math.MaxInt64} }

// LastProduct comes after every product of every store.
func LastProduct() ProductRef { return ProductRef{Store: math.MaxInt64, ID: math.MaxInt64} }

// CatalogueWalker reads all products of the primary in the order of their stores' and their own numbers, a page at a time.
type CatalogueWalker interface {
	// NextProducts are the keys of at most limit products after one, up to and including another, whatever their state.
	NextProducts(ctx context.Context, after, to ProductRef, limit int) ([]ProductRef, error)
	// CountProducts counts what buyers can find of the stores after one, up to and including another, for at most limit stores
	// that have any.
	CountProducts(ctx context.Context, after, to StoreID, limit int) ([]StoreCount, error)
}

// RedoWriter has products indexed anew, through the log like every other change. A product that is gone leaves the index.
type RedoWriter interface {
	// EmitRedo asks for products by one transactional message in the log.
	EmitRedo(ctx context.Context, refs []ProductRef) error
}

// Sweep is how far somebody is who looks at all products, a page now and a page then.
type Sweep struct {
	// After is the product that was looked at last.
	After ProductRef
	// Began is when this sweep began, Next when it goes on.
	Began, Next time.Time
	// LastBegan and LastEnded are of the last sweep that came to its end, zero before there is one.
	LastBegan, LastEnded time.Time
}

// SweepStore keeps how far a sweep is, so that it outlives the process. slot is the name of the replication slot that feeds
// the index.
type SweepStore interface {
	// IndexSweep is zero before the first one. products is about how many there are.
	IndexSweep(ctx context.Context, slot string) (s Sweep, products int, err error)
	SaveIndexSweep(ctx context.Context, slot string, s Sweep) error
}
