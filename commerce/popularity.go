package commerce

import (
	"context"
	"math"
	"time"
)

// PopularityHalfLife is how long it takes until a unit that was sold counts half: 30 days. A shorter one is too nervous for small shops,
// where a product sells a few units a month and a single order would turn the order round; a longer one still shows the lamps of
// last Diwali in spring.
const PopularityHalfLife = 30 * 24 * time.Hour

// PopularityUnit is one doubling of what was sold.
const PopularityUnit = 1000

// materialPopularity is how much a change has to be to be worth writing: 10 %. Up to fifty units chance
// alone moves the number by more; and a product that sells at a steady rate is written
// and indexed anew every four days, not with each order.
const materialPopularity = 138 // log2(1.1)

// popularityStart is the moment that popularities count from. No order is older.
func popularityStart() time.Time { return time.Date(2020, time.January, 1, 0, 0, 0, 0, time.UTC) }

// Popularity says how well a product sells: the units that were sold, of which those of long ago count less. It is a logarithm, PopularityUnit for each
// doubling, of units as they would count at popularityStart; 0 for what never sold. So it changes when the product's orders do and never
// because time passes, and popularities can be compared whenever they were computed (forward decay: Cormode et al., ICDE 2009; docs/popularity.md).
type Popularity int32

// NewPopularity is the popularity of a product of which units count at a moment, each halved for every PopularityHalfLife since it was sold.
func NewPopularity(units float64, at time.Time) Popularity {
	if units <= 0 {
		return 0
	}
	return max(1, PopularityAt(units, at))
}

// PopularityAt is what a number of units comes to at a moment.
func PopularityAt(units float64, at time.Time) Popularity {
	halvings := at.Sub(popularityStart()).Seconds() / PopularityHalfLife.Seconds()
	return Popularity(math.Round(PopularityUnit * (math.Log2(units) + halvings)))
}

// Materially reports whether a popularity differs from what is stored by enough to be written.
func (p Popularity) Materially(stored Popularity) bool {
	if p == 0 || stored == 0 {
		return p != stored
	}
	return p-stored >= materialPopularity || stored-p >= materialPopularity
}

// SalesRanker keeps the popularity of products.
type SalesRanker interface {
	// NoteSales notes that the products of orders have to be counted anew.
	NoteSales(ctx context.Context, orders []OrderRef) error
	// RankSales counts a page of the products that were noted. Several processes may call it at once; one of them counts. Code UNAVAILABLE.
	RankSales(ctx context.Context) (SalesCount, error)
}

// SalesCount is what came of a page.
type SalesCount struct {
	// Counted is how many products were counted, Written how many of them had changed materially.
	Counted, Written int
	// More says that the page was full: there may be more.
	More bool
}
