package search

import (
	"math"
	"time"

	"github.com/kirana-commerce/kirana/commerce"
)

// What a product gains in relevance for each word of the text: by selling, by being there to buy, by being new. A word weighs 3 or 4 as a rule
// (ln of one in how many products has it), and less where most products have it: there, what sells says more than where the word stands. All
// together stays under maxMerit, so that it never decides between two steps of relevance.
const (
	meritSelling   = 0.5
	meritAvailable = 0.15
	meritNew       = 0.15
	maxMerit       = maxWords * (meritSelling + meritAvailable + meritNew)
)

// meritDoublings is how many doublings of what is sold it takes from none of meritSelling to all of it: from half a unit, as units count now, to
// 512.
const meritDoublings = 10

// meritHalfLife is how long a product takes to be half as new.
const meritHalfLife = 30 * 24 * time.Hour

// merit tells what products gain on a day. It changes once a day and not from page to page: cursors hold scores.
type merit struct {
	day   time.Time
	older bool // nothing is known of what sells
}

func dayOf(now time.Time) time.Time { return now.UTC().Truncate(24 * time.Hour) }

// least is the popularity that counts for nothing yet.
func (m merit) least() commerce.Popularity { return commerce.PopularityAt(0.5, m.day) }

// beyond is more than any popularity differs from another.
const beyond = 1_000_000

// lift adds to the score of what a clause finds, once for all the ways in which it does: what is computed for each product that matches is
// most of what a search in a large store costs. The functions are the engine's own: no script runs.
func (m merit) lift(clause object, words float64) object {
	const all = meritDoublings * commerce.PopularityUnit
	functions := list{
		object{"weight": words * meritAvailable, "filter": term(fieldAvailable, true)},
		object{"weight": words * meritNew, "exp": object{fieldPublishedAt: object{
			"origin": m.day.UnixMilli(), "scale": "30d", "decay": 0.5,
		}}},
	}
	if !m.older {
		// Linear in the logarithm: it falls from its origin, so that lies beyond what can be, and the fall begins where all is reached.
		functions = append(functions, object{"weight": words * meritSelling, "linear": object{fieldPopularity: object{
			"origin": int(m.least()) + all + beyond, "offset": beyond, "scale": all / 2, "decay": 0.5,
		}}})
	}
	return function(clause, functions, object{"score_mode": "sum", "boost_mode": "sum"})
}

// weighty is how many words of a text count for merit.
func weighty(text string) float64 { return float64(max(1, min(len(words(text)), maxWords))) }

// of is what a product gains for each word.
func (m merit) of(it *item) float64 {
	const all = meritDoublings * commerce.PopularityUnit
	gain := meritSelling * min(1, max(0, float64(it.popularity-m.least())/all))
	if it.available {
		gain += meritAvailable
	}
	age := math.Abs(float64(m.day.UnixMilli()-it.published)) / float64(meritHalfLife.Milliseconds())
	return gain + meritNew*math.Exp2(-age)
}
