package commerce

import (
	"slices"
	"sort"
	"sync"
)

// The bounds of a histogram's buckets.
const (
	MinHistogram     = 5
	MaxHistogram     = 50
	defaultHistogram = 10
)

// PriceGrids is how many grids of prices there are, from the coarsest to the finest.
const PriceGrids = 6

// gridSteps are where the buckets of a grid begin in each power of ten, in tenths of it. Every step is a number that people would choose.
func gridSteps(grid int) []int64 {
	switch grid {
	case 0, 1: // powers of ten alone
		return []int64{10}
	case 2:
		return []int64{10, 20, 50}
	case 3:
		return []int64{10, 15, 20, 30, 40, 50, 75}
	case 4:
		return []int64{10, 12, 14, 16, 18, 20, 25, 30, 35, 40, 50, 60, 70, 80, 90}
	}
	var steps []int64
	for step := int64(10); step < 100; {
		steps = append(steps, step)
		switch {
		case step < 20:
			step++
		case step < 50:
			step += 2
		default:
			step += 5
		}
	}
	return steps
}

// PriceGrid is where the buckets of a grid begin, in minor units, and behind them where the last one ends: together they hold every price.
// The buckets of all searches in a currency are the same, so that they can be counted before it is known which prices there are, and grow
// with the prices, so that one costly product does not press all others into one bucket. The edges are shared: nobody may change them.
func PriceGrid(grid int, c Currency) []int64 { return priceGrids()[c.Digits()][grid] }

// mostDigits is how many digits the minor units of a currency have at most (ISO 4217).
const mostDigits = 4

// priceGrids are the grids by the digits of currencies and by their numbers.
var priceGrids = sync.OnceValue(func() (all [mostDigits + 1][PriceGrids][]int64) { //nolint:gochecknoglobals // it never changes
	for digits := range all {
		for grid := range all[digits] {
			all[digits][grid] = priceGrid(grid, digits)
		}
	}
	return all
})

func priceGrid(grid, digits int) []int64 {
	unit := int64(1)
	for range digits {
		unit *= 10
	}
	const fine = 7 // powers of ten that are divided; nobody needs to tell prices above them apart so well
	edges := []int64{0}
	for power := 0; unit <= maxMinor; power, unit = power+1, unit*10 {
		for i, step := range gridSteps(grid) {
			coarse := i > 0 && power >= fine || grid == 0 && power%4 > 0
			edge := step * unit / 10
			if !coarse && step*unit%10 == 0 && edge <= maxMinor { // a yen and a half is no price
				edges = append(edges, edge)
			}
		}
	}
	return append(edges, maxMinor+1)
}

// PriceSpread is how the prices of a search are spread, the price filter left out.
type PriceSpread struct {
	Currency Currency
	// Low and High are the lowest and the highest price; Products says that there are any.
	Low, High int64
	Products  bool
	// Chosen are the price ranges that are chosen.
	Chosen []PriceRange
	// Counts is how many products each bucket of each grid has.
	Counts [PriceGrids][]int
}

// PriceBucket is a range of prices, and how many products it would leave.
type PriceBucket struct {
	// Min and Max are the lowest and the highest price of the range, both included.
	Min, Max Money
	Count    int
	Input    ProductFilter
	// Selected says that all its prices are chosen.
	Selected bool
}

// InputJSON is the bucket's Input as the JSON text that clients echo back.
func (b PriceBucket) InputJSON() string { return b.Input.JSON() }

// Histogram is the filter's prices in at most as many buckets, 10 when nil, from the one with the lowest price to the one with the highest:
// of the grid that shows most. It is nil for filters that are not about prices. Code BAD_USER_INPUT.
func (f Facet) Histogram(buckets *int) ([]PriceBucket, error) {
	most := defaultHistogram
	if buckets != nil {
		most = *buckets
	}
	if most < MinHistogram || most > MaxHistogram {
		return nil, BadInput("buckets", "a histogram has %d to %d buckets.", MinHistogram, MaxHistogram)
	}
	if f.Prices == nil {
		return nil, nil
	}
	return f.Prices.buckets(most), nil
}

func (s *PriceSpread) buckets(most int) []PriceBucket {
	buckets := []PriceBucket{}
	if !s.Products {
		return buckets
	}
	for grid := PriceGrids - 1; grid >= 0; grid-- {
		edges := PriceGrid(grid, s.Currency)
		first, last := PriceBucketOf(edges, s.Low), PriceBucketOf(edges, s.High)
		if last-first >= most {
			continue
		}
		for i := first; i <= last; i++ {
			buckets = append(buckets, s.bucket(edges[i], edges[i+1]-1, s.Counts[grid][i]))
		}
		break
	}
	return buckets
}

// PriceBucketOf is the bucket of a grid that a price is in. Prices that only psql can write, above all there can be, are in the last.
func PriceBucketOf(edges []int64, price int64) int {
	return sort.Search(len(edges)-2, func(i int) bool { return edges[i+1] > price })
}

func (s *PriceSpread) bucket(low, high int64, count int) PriceBucket {
	return PriceBucket{
		Min: Money{low, s.Currency}, Max: Money{high, s.Currency}, Count: count,
		Input:    PriceFilter(PriceRange{low, high}, s.Currency),
		Selected: slices.ContainsFunc(s.Chosen, func(r PriceRange) bool { return r.Min <= low && high <= r.Max }),
	}
}
