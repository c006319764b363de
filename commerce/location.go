package commerce

import (
	"context"
	"strings"
	"time"
)

// Limits of a store's locations.
const (
	MaxLocations    = 200
	maxLocationText = 255 // characters of the name and of each line of an address
)

// The codes of refusals that are about locations alone.
const (
	// RefusalHasStock keeps a location active that something lies at, or is reserved at.
	RefusalHasStock RefusalCode = "HAS_STOCK"
	// RefusalDefaultLocation keeps a store's default location active.
	RefusalDefaultLocation RefusalCode = "DEFAULT_LOCATION"
)

// Location is a place where a store keeps stock: a shop, a shelf at home, a warehouse.
type Location struct {
	StoreID StoreID
	ID      LocationID
	Name    string
	Address LocationAddress
	// Position orders a store's locations.
	Position int
	// IsDefault marks the location that quantities belong to for which nobody names one, as in an import. A store has one from birth.
	IsDefault bool
	// Active is whether stock can come here.
	Active               bool
	CreatedAt, UpdatedAt time.Time
}

// LocationAddress is where a location is; nil where the merchant wrote nothing.
type LocationAddress struct {
	Address1, Address2, City, Province, Zip, Country, Phone *string
}

// NodeID is the location's global id.
func (l *Location) NodeID() GlobalID {
	return GlobalID{Kind: KindLocation, Store: l.StoreID, ID: int64(l.ID)}
}

// IsNode marks Location as a node of the API.
func (*Location) IsNode() {}

// Tenant is the store that keeps stock at the location.
func (l *Location) Tenant() StoreID { return l.StoreID }

// Ref is the location's full key.
func (l *Location) Ref() LocationRef { return LocationRef{l.StoreID, l.ID} }

// LocationSortPosition is the order of a store's locations: the merchant's.
const LocationSortPosition SortKey = "POSITION"

// LocationListKey asks for one page of a store's locations.
type LocationListKey struct {
	Store    StoreID
	Inactive bool // those too at which no stock can be
	Page     Page
}

// Counting asks for the number of items of the list.
func (k LocationListKey) Counting() LocationListKey {
	k.Page = k.Page.Counting()
	return k
}

// LocationAddressInput is where a location is. What is nil stays as it is.
type LocationAddressInput struct {
	Address1, Address2, City, Province, Zip, Country, Phone *string
}

// lines are the address's parts by the names of its fields.
func (a *LocationAddressInput) lines() map[string]*string {
	if a == nil {
		return nil
	}
	return map[string]*string{
		"address1": a.Address1, "address2": a.Address2, "city": a.City, "province": a.Province, "zip": a.Zip, "country": a.Country, "phone": a.Phone,
	}
}

// LocationInput says what a location is to be. What is nil stays as it is.
type LocationInput struct {
	Name     *string
	Address  *LocationAddressInput
	Position *int
}

// Check trims the texts and refuses what cannot be. A new location needs a name.
func (in *LocationInput) Check(isNew bool) error {
	var r Refusals
	switch name := in.Name; {
	case name == nil && !isNew:
	case name == nil || strings.TrimSpace(*name) == "":
		r.Add(RefusalBlank, []any{"input", "name"}, "A location needs a name.")
	default:
		checkAddressLine(&r, name, "name")
	}
	lines := in.Address.lines()
	for _, field := range []string{"address1", "address2", "city", "province", "zip", "country", "phone"} {
		if lines[field] != nil {
			checkAddressLine(&r, lines[field], "address", field)
		}
	}
	if p := in.Position; p != nil && (*p < 0 || *p > maxPosition) {
		r.Add(RefusalInvalid, []any{"input", "position"}, "%d is outside 0 to %d.", *p, maxPosition)
	}
	return r.Err()
}

const maxPosition = 1_000_000

// checkAddressLine trims a line of text and refuses one that is too long or that cannot be stored.
func checkAddressLine(r *Refusals, line *string, field ...any) {
	*line = strings.TrimSpace(*line)
	path := append([]any{"input"}, field...)
	switch {
	case Characters(maxLocationText).Exceeded(*line):
		r.Add(RefusalTooLong, path, "This is longer than %s.", Characters(maxLocationText))
	case !storable(*line):
		r.Add(RefusalInvalid, path, "This is not UTF-8 text without zero bytes.")
	}
}

// LocationWriter changes a store's locations. Refusals come back as the error.
type LocationWriter interface {
	AddLocation(ctx context.Context, by Author, store *Store, in LocationInput) (*Location, error)
	EditLocation(ctx context.Context, by Author, store *Store, id string, in LocationInput) (*Location, error)
	// SetLocationActive closes a location at which there is no stock, or opens it again.
	SetLocationActive(ctx context.Context, by Author, store *Store, id string, active bool) (*Location, error)
}

// LocationReader reads the locations of the viewer's own stores. A key without one is missing from the answer.
type LocationReader interface {
	LocationsByID(ctx context.Context, refs []LocationRef) (map[LocationRef]*Location, error)
	LocationLists(ctx context.Context, keys []LocationListKey) (map[LocationListKey]List[*Location], error)
}
