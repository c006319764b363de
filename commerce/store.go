package commerce

import (
	"context"
	"regexp"
	"time"
)

// StoreStatus says whether buyers can see a store.
type StoreStatus string

// The states of a store.
const (
	StoreDraft     StoreStatus = "DRAFT"
	StorePublished StoreStatus = "PUBLISHED"
)

// Store is one shop: the tenant that owns products, collections and orders.
type Store struct {
	ID          StoreID
	Handle      string
	Name        string
	Description string
	Currency    Currency
	Status      StoreStatus
	// AccentColor is the one colour of the store's pages, as #rrggbb; empty for the pages' own. What is shown is a shade of
	// it that can be read: see Colour.LegibleOn.
	AccentColor string
	// TimeZone is where the store's people read dates, a name of the IANA database. What is kept and what the API says is UTC.
	TimeZone string
	// LogoURL is the address of the store's sign, empty without one.
	LogoURL   string
	CreatedAt time.Time
	UpdatedAt time.Time
}

// NodeID is the store's global id.
func (s *Store) NodeID() GlobalID {
	return GlobalID{Kind: KindStore, Store: s.ID, ID: int64(s.ID)}
}

// IsNode marks Store as a node of the API.
func (*Store) IsNode() {}

// Tenant is the store itself.
func (s *Store) Tenant() StoreID { return s.ID }

// Accent is the merchant's colour, nil without one.
func (s *Store) Accent() *string { return optional(s.AccentColor) }

// Published reports whether buyers can see the store.
func (s *Store) Published() bool { return s.Status == StorePublished }

// StoreSortID is the only order of the directory of stores: by id.
const StoreSortID SortKey = "ID"

// StoreInput is what opens a store.
type StoreInput struct {
	Handle   string
	Name     string
	Currency Currency
	Status   StoreStatus
	// Description is what the store says about itself.
	Description string
	// AccentColor is empty, or the one colour of the store's pages as #rrggbb.
	AccentColor string
}

var handlePattern = regexp.MustCompile(`^[a-z0-9]+(-[a-z0-9]+)*$`)

// maxStoreHandle keeps a store's handle usable as a host name label.
const maxStoreHandle = 63

// maxStoreDescription bounds what a store says about itself, in bytes.
const maxStoreDescription = 5000

// maxStoreName bounds the name of a store, in bytes.
const maxStoreName = 255

// Validate reports the first thing that keeps the input from becoming a store. Code BAD_USER_INPUT.
func (in StoreInput) Validate() error {
	switch {
	case len(in.Handle) > maxStoreHandle || !handlePattern.MatchString(in.Handle):
		return BadInput("handle", "%q is not a store handle: use 1 to %d of a-z and 0-9, words joined by single hyphens.", in.Handle, maxStoreHandle)
	case in.Name == "":
		return BadInput("name", "a store needs a name.")
	case Characters(maxStoreName).Exceeded(in.Name) || !storable(in.Name):
		return BadInput("name", "a store's name is UTF-8 text of at most %s without zero bytes.", Characters(maxStoreName))
	case !in.Currency.Valid():
		return BadInput("currency", "%q is not an ISO 4217 currency code such as INR or USD.", in.Currency)
	case Characters(maxStoreDescription).Exceeded(in.Description) || !storable(in.Description):
		return BadInput("description", "a store's description is UTF-8 text of at most %s without zero bytes.", Characters(maxStoreDescription))
	case in.AccentColor != "" && !validColour(in.AccentColor):
		return BadInput("accentColor", "%.20q is not a colour: write it as #rrggbb, in lower case.", in.AccentColor)
	case in.Status != StoreDraft && in.Status != StorePublished:
		return BadInput("status", "%q is neither DRAFT nor PUBLISHED.", in.Status)
	}
	return nil
}

func validColour(s string) bool {
	_, ok := ParseColour(s)
	return ok
}

// StoreReader reads published stores. A key without a published store is missing from the answer.
type StoreReader interface {
	StoresByID(ctx context.Context, ids []StoreID) (map[StoreID]*Store, error)
	StoresByHandle(ctx context.Context, handles []string) (map[string]*Store, error)
	Stores(ctx context.Context, page Page, words string) (List[*Store], error)
}
