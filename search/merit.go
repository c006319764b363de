package search

import (
	"math"
	"time"

	"github.com/kirana-commerce/kirana/commerce"
)

// What a product gains in relevance, as shares of what the words in it are worth: by selling, by being there to buy, by being new. All of them
// together stay under maxMerit, so that they decide between products in which the words weigh about as much, and never between two steps
// of relevance.
const (
	meritSelling   = 0.15
	meritAvailable = 0.05
	meritNew       = 0.05
	maxMerit       = 1 + meritSelling + meritAvailable + meritNew
)

// meritDoublings is how many doublings of what is sold it takes from none of meritSelling to all of it: from half a unit, as units count now, to
// 512.
const meritDoublings = 10

// meritHalfLife is how long a product takes to be half as new.
const meritHalfLife = 30 * 24 * time.Hour

// merit tells what products gain on a day. It changes once a day and not from page to page: cursors hold scores.
type merit struct {
	day      time.Time
	unranked bool // nothing is known of what sells
}

func dayOf(now time.Time) time.Time { return now.UTC().Truncate(24 * time.Hour) }

// least is the popularity that counts for nothing yet.
func (m merit) least() commerce.Popularity { return commerce.PopularityAt(0.5, m.day) }

// beyond is more than any popularity differs from another.
const beyond = 1_000_000

// scale multiplies the score of what a clause finds. The functions are the engine's own: no script runs.
func (m merit) scale(clause object) object {
	const all = meritDoublings * commerce.PopularityUnit
	functions := list{
		object{"weight": 1.0},
		object{"weight": meritAvailable, "filter": term(fieldAvailable, true)},
		object{"weight": meritNew, "exp": object{fieldPublishedAt: object{
			"origin": m.day.UnixMilli(), "scale": "30d", "decay": 0.5,
		}}},
	}
	if !m.unranked {
		// Linear in the logarithm: it falls from its origin, so that lies beyond what can be, and the fall begins where all is reached.
		functions = append(functions, object{"weight": meritSelling, "linear": object{fieldPopularity: object{
			"origin": int(m.least()) + all + beyond, "offset": beyond, "scale": all / 2, "decay": 0.5,
		}}})
	}
	return function(clause, functions, object{"score_mode": "sum"})
}

// of is what the score of a product is multiplied by.
func (m merit) of(it *item) float64 {
	const all = meritDoublings * commerce.PopularityUnit
	factor := 1 + meritSelling*min(1, max(0, float64(it.popularity-m.least())/all))
	if it.available {
		factor += meritAvailable
	}
	age := math.Abs(float64(m.day.UnixMilli()-it.published)) / float64(meritHalfLife.Milliseconds())
	return factor + meritNew*math.Exp2(-age)
}
