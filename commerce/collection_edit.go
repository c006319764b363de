package commerce

import (
	"context"
	"slices"
	"strings"
)

// RefusalAutomatic refuses to do by hand what the rules of a collection do.
const RefusalAutomatic RefusalCode = "AUTOMATIC"

// CollectionEdit makes a collection, or replaces all of one but its members by hand.
type CollectionEdit struct {
	// ID is the collection to replace. When it is nil the one with Handle is, or a new one is made.
	ID *CollectionID
	// Handle is the merchant's own choice; nil to make one from the title, or to keep the one there is.
	Handle          *string
	Title           string
	DescriptionHTML string
	ImageURL        string // empty for none
	ImageAlt        string
	SEOTitle        string
	SEODescription  string
	// SortOrder may be empty: by hand, or, in an automatic collection, most sold first.
	SortOrder CollectionSortOrder
	// Rules make the collection automatic.
	Rules *CollectionRuleSet
	// Published is nil to keep it as it is; a new collection is published then.
	Published *bool
}

// Check reports everything that keeps the edit from being carried out in a store with this currency.
func (e *CollectionEdit) Check(c Currency) Refusals {
	var r Refusals
	if strings.TrimSpace(e.Title) == "" {
		r.Add(RefusalBlank, []any{"input", "title"}, "A collection needs a title.")
	}
	if e.Handle != nil && !linkable(*e.Handle) {
		r.Add(RefusalInvalid, []any{"input", "handle"}, "%.80q cannot stand in a link: leave out spaces and / ? #.", *e.Handle)
	}
	for _, text := range []struct {
		path []any
		text string
		most TextSize
	}{
		{[]any{"input", "title"}, e.Title, Characters(MaxTitle)},
		{[]any{"input", "handle"}, value(e.Handle), Bytes(MaxHandle)},
		{[]any{"input", "descriptionHtml"}, e.DescriptionHTML, Bytes(MaxHTML)},
		{[]any{"input", "image", "url"}, e.ImageURL, Bytes(MaxURL)},
		{[]any{"input", "image", "alt"}, e.ImageAlt, Characters(MaxLine)},
		{[]any{"input", "seo", "title"}, e.SEOTitle, Characters(MaxLine)},
		{[]any{"input", "seo", "description"}, e.SEODescription, Characters(MaxLine)},
	} {
		checkLine(&r, text.path, text.text, text.most)
	}
	if e.ImageURL != "" && !PublicURL(e.ImageURL) {
		r.Add(RefusalInvalid, []any{"input", "image", "url"}, "%.80q is no address that everybody can open.", e.ImageURL)
	}
	if e.Rules != nil {
		e.Rules.check(&r, c)
		if e.SortOrder == CollectionManual {
			r.Add(RefusalInvalid, []any{"input", "sortOrder"}, "The products of an automatic collection have no order by hand.")
		}
	}
	return r
}

// checkLine reports a text that is too long or that Postgres cannot keep.
func checkLine(r *Refusals, path []any, text string, most TextSize) {
	switch {
	case most.Exceeded(text):
		r.Add(RefusalTooLong, path, "The text is longer than %s.", most)
	case !storable(text):
		r.Add(RefusalInvalid, path, "The text is not UTF-8 without zero bytes.")
	}
}

// Order is the order of the products that the edit asks for.
func (e *CollectionEdit) Order() CollectionSortOrder {
	switch {
	case e.SortOrder != "":
		return e.SortOrder
	case e.Rules != nil:
		return CollectionBestSelling
	}
	return CollectionManual
}

// MaxMembersAtOnce is how many products one mutation can put into a collection, take out of it or move.
const MaxMembersAtOnce = 250

// CheckMembers reports a list of products, at this path, that is empty or too long for one mutation.
func CheckMembers(n int, field string) error {
	switch {
	case n == 0:
		return Refuse(RefusalBlank, []any{"input", field}, "Name at least one product.")
	case n > MaxMembersAtOnce:
		return Refuse(RefusalTooMany, []any{"input", field}, "%d products are too many at once: %d are the most.", n, MaxMembersAtOnce)
	}
	return nil
}

// CollectionMove puts a product of a collection at another place, counted from 0.
type CollectionMove struct {
	Product ProductID
	To      int
}

// MoveMembers carries out the moves, one after the other, on the members in their order. A place beyond the end is the end. Moves
// of products that are not among them are refused.
func MoveMembers(members []ProductID, moves []CollectionMove) error {
	var r Refusals
	for i, m := range moves {
		from := slices.Index(members, m.Product)
		switch {
		case from < 0:
			r.Add(RefusalNotFound, []any{"input", "moves", i, "id"}, "The collection has no such product.")
			continue
		case m.To < 0:
			r.Add(RefusalInvalid, []any{"input", "moves", i, "newPosition"}, "Places are counted from 0.")
			continue
		}
		to := min(m.To, len(members)-1)
		if from < to {
			copy(members[from:to], members[from+1:to+1])
		} else {
			copy(members[to+1:from+1], members[to:from])
		}
		members[to] = m.Product
	}
	return r.Err()
}

// CollectionEditor changes collections for merchants. Refusals come as errors; then nothing was written.
type CollectionEditor interface {
	// SetCollection makes or replaces a collection.
	SetCollection(ctx context.Context, by Author, store *Store, e CollectionEdit) (CollectionRef, error)
	// DeleteCollection deletes a collection. Its products stay.
	DeleteCollection(ctx context.Context, by Author, store StoreID, id CollectionID) error
	// AddCollectionProducts puts products behind those of the collection. Those that are in stay where they are.
	AddCollectionProducts(ctx context.Context, by Author, collection CollectionRef, products []ProductID) error
	// RemoveCollectionProducts takes products out of the collection. Those that are not in make no difference.
	RemoveCollectionProducts(ctx context.Context, by Author, collection CollectionRef, products []ProductID) error
	// MoveCollectionProducts changes the order by hand.
	MoveCollectionProducts(ctx context.Context, by Author, collection CollectionRef, moves []CollectionMove) error
}
