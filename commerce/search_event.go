package commerce

import (
	"context"
	"strconv"
	"strings"
)

// SearchEventKind says what a buyer has done with a result of a search.
type SearchEventKind string

// What buyers do with results.
const (
	SearchClick   SearchEventKind = "CLICK"
	SearchCartAdd SearchEventKind = "CART_ADD"
	SearchOrder   SearchEventKind = "ORDER"
)

// Valid reports whether there is such a kind.
func (k SearchEventKind) Valid() bool {
	return k == SearchClick || k == SearchCartAdd || k == SearchOrder
}

// SearchEventInput tells what a buyer has done with a result of a search. It says nothing of the buyer.
type SearchEventInput struct {
	Kind SearchEventKind
	// Text is what was searched for.
	Text string
	// ProductID is a global id.
	ProductID string
	// Position is where in the results the product stood, from 1.
	Position *int
}

// SearchEvents are events of a store's day that were checked.
type SearchEvents struct {
	Store StoreID
	// Products are those that the events name, in the order of the events.
	Products []ProductID
	Counts   SearchCounts
}

// NewSearchEvents checks what a client has sent. Whether the store has the products is for whoever keeps them to know. Refusals.
func NewSearchEvents(store StoreID, day Day, in []*SearchEventInput) (SearchEvents, error) {
	events := SearchEvents{Store: store, Counts: SearchCounts{}}
	var r Refusals
	r.addIf(len(in) == 0, RefusalBlank, "input.events", "There are no events.")
	if len(in) > MaxSearchEvents {
		r.note(RefusalTooMany, "input.events", "%d events are too many: at most %d at once.", len(in), MaxSearchEvents)
		return events, r
	}
	for i, e := range in {
		product := ProductID(OwnID(store, KindProduct, e.ProductID))
		e.check(&r, "input.events."+strconv.Itoa(i)+".", product)
		events.Products = append(events.Products, product)
		events.Counts.Add(SearchKey{store, day, CountedText(e.Text)}, e.figures())
	}
	return events, r.Err()
}

const noEventProduct = "The store has no such product, or does not show it to buyers."

// Unseen refuses the events at these places, whose products buyers cannot find. nil where there are none.
func (e SearchEvents) Unseen(places []int) error {
	var r Refusals
	for _, n := range places {
		r.note(RefusalNotFound, "input.events."+strconv.Itoa(n)+".productId", noEventProduct)
	}
	return r.Err()
}

func (e *SearchEventInput) check(r *Refusals, at string, product ProductID) {
	r.addIf(strings.TrimSpace(e.Text) == "", RefusalBlank, at+"text", "The event has no text that was searched for.")
	r.text(at+"text", "text", e.Text, Bytes(MaxSearchText))
	r.addIf(product == 0, RefusalNotFound, at+"productId", noEventProduct)
	switch {
	case e.Position == nil:
		r.addIf(e.Kind == SearchClick, RefusalBlank, at+"position", "A click needs the place of the product in the results.")
	case *e.Position < 1 || *e.Position > MaxClickPosition:
		r.note(RefusalInvalid, at+"position", "%d is not between 1 and %d.", *e.Position, MaxClickPosition)
	}
}

func (e *SearchEventInput) figures() SearchFigures {
	switch e.Kind {
	case SearchCartAdd:
		return SearchFigures{CartAdds: 1}
	case SearchOrder:
		return SearchFigures{Orders: 1}
	case SearchClick:
	}
	f := SearchFigures{Clicks: 1}
	if e.Position != nil {
		f.Positions = *e.Position
	}
	return f
}

// SearchEventKeeper keeps what clients tell of searches.
type SearchEventKeeper interface {
	// RecordSearchEvents counts all the events, and tells how many there were. Refusals; then nothing was counted.
	RecordSearchEvents(ctx context.Context, events SearchEvents) (int, error)
}
