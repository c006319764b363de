package commerce

import (
	"context"
	"strings"
	"unicode"
)

// What is kept of the searches in a store.
const (
	// SearchAnalyticsDays is for how many days counts are kept.
	SearchAnalyticsDays = 90
	// MaxCountedTexts is of how many texts a store's day has counts of their own. Further ones count for the day alone.
	MaxCountedTexts = 10_000
	// MaxToldTexts is how many a day may have for texts that nobody has searched for, and that clients alone tell of, to get counts of their own:
	// whoever makes events up leaves room for searches.
	MaxToldTexts = MaxCountedTexts / 2
	// MaxCountedText is what is kept of a text, in characters.
	MaxCountedText = 100
	// MaxSearchEvents is how many events a client may send at once.
	MaxSearchEvents = 100
	// MaxClickPosition is the last place in a list of results that a client may name.
	MaxClickPosition = 10_000
)

// The orders of texts, in which those with most come first. That by searches without a result has those texts alone that had some.
const (
	SearchTextSortSearches    SortKey = "SEARCHES"
	SearchTextSortZeroResults SortKey = "ZERO_RESULTS"
	SearchTextSortClicks      SortKey = "CLICKS"
	SearchTextSortCartAdds    SortKey = "CART_ADDS"
	SearchTextSortOrders      SortKey = "ORDERS"
)

// CountedText is the text under which a search is counted: in small letters, with single spaces, and cut. Empty where it has no words, and
// where it looks like something personal, which is not kept.
func CountedText(text string) string {
	text = strings.Map(func(r rune) rune {
		if unicode.IsControl(r) {
			return ' '
		}
		return unicode.ToLower(r)
	}, strings.ToValidUTF8(text, " "))
	text = strings.Join(strings.Fields(text), " ")
	if looksPersonal(text) {
		return ""
	}
	n := 0
	for i := range text {
		if n == MaxCountedText {
			return strings.TrimSpace(text[:i])
		}
		n++
	}
	return text
}

// The shortest numbers that are taken for those of a telephone or a card.
const (
	personalDigits = 9 // with anything between them but letters
	personalRun    = 8 // with nothing between them
)

// looksPersonal reports whether a text has the sign of an e-mail address in it, or a number as long as those of telephones and cards.
// Rather too many than too few: what is lost is a bar code.
func looksPersonal(text string) bool {
	digits, run := 0, 0
	for _, r := range text {
		switch {
		case strings.ContainsRune("@＠﹫", r):
			return true
		case unicode.IsNumber(r):
			digits, run = digits+1, run+1
			if digits >= personalDigits || run >= personalRun {
				return true
			}
		case unicode.IsLetter(r):
			digits, run = 0, 0
		default:
			run = 0
		}
	}
	return false
}

// SearchFigures are counts of searches and of what came of them.
type SearchFigures struct {
	Searches, ZeroResults, Clicks, CartAdds, Orders int
	// Positions is the sum over the clicks of where in the results the product stood, from 1.
	Positions int
}

// Plus is both together.
func (f SearchFigures) Plus(g SearchFigures) SearchFigures {
	return SearchFigures{
		f.Searches + g.Searches, f.ZeroResults + g.ZeroResults, f.Clicks + g.Clicks, f.CartAdds + g.CartAdds, f.Orders + g.Orders,
		f.Positions + g.Positions,
	}
}

// ClickThroughRate is how many clicks there were for each search, nil where there was no search.
func (f SearchFigures) ClickThroughRate() *float64 { return ratio(f.Clicks, f.Searches) }

// AverageClickPosition is where in the results the products stood that were clicked, nil where none was.
func (f SearchFigures) AverageClickPosition() *float64 { return ratio(f.Positions, f.Clicks) }

func ratio(a, b int) *float64 {
	if b == 0 {
		return nil
	}
	r := float64(a) / float64(b)
	return &r
}

// SearchKey is what is counted together.
type SearchKey struct {
	Store StoreID
	Day   Day
	// Text is a CountedText. Empty for what counts for the day alone.
	Text string
}

// SearchCounts are figures by what they are about.
type SearchCounts map[SearchKey]SearchFigures

// Add counts something.
func (c SearchCounts) Add(k SearchKey, f SearchFigures) { c[k] = c[k].Plus(f) }

// SearchPeriod is some days of a store, both ends included.
type SearchPeriod struct {
	Store    StoreID
	From, To Day
}

// searchPeriodDays is how many days a period has whose beginning is not given.
const searchPeriodDays = 30

// NewSearchPeriod checks the ends, of which nil are the usual ones. Code BAD_USER_INPUT.
func NewSearchPeriod(store StoreID, from, to *Day, today Day) (SearchPeriod, error) {
	p := SearchPeriod{Store: store, To: today}
	if to != nil {
		p.To = *to
	}
	p.From = p.To - searchPeriodDays + 1
	if from != nil {
		p.From = *from
	}
	if p.To < p.From {
		return p, BadInput("to", "%s is before %s.", p.To, p.From)
	}
	return p, nil
}

// SearchAnalytics is what was searched for in a period.
type SearchAnalytics struct {
	Period SearchPeriod
	SearchFigures
}

// Tenant is the store.
func (a *SearchAnalytics) Tenant() StoreID { return a.Period.Store }

// SearchText is what came of the searches for a text.
type SearchText struct {
	Text string
	SearchFigures
}

// SearchTextListKey asks for one page of the texts of a period.
type SearchTextListKey struct {
	SearchPeriod
	Page Page
}

// Counting asks for the number of items of the list.
func (k SearchTextListKey) Counting() SearchTextListKey {
	k.Page = k.Page.Counting()
	return k
}

// SearchCounter keeps counts.
type SearchCounter interface {
	// CountSearches adds to what was counted before. Of a store that is gone nothing is kept.
	CountSearches(ctx context.Context, counts SearchCounts) error
}

// SearchAnalyticsReader reads what was counted.
type SearchAnalyticsReader interface {
	// SearchFigures are those of all searches of the periods.
	SearchFigures(ctx context.Context, periods []SearchPeriod) (map[SearchPeriod]*SearchAnalytics, error)
	// SearchTextLists reads pages of the texts.
	SearchTextLists(ctx context.Context, keys []SearchTextListKey) (map[SearchTextListKey]List[*SearchText], error)
}
