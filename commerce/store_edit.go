package commerce

import (
	"context"
	"crypto/rand"
	"fmt"
	"slices"
	"strings"
)

// RefusalPublished refuses to change what a published store keeps.
const RefusalPublished RefusalCode = "PUBLISHED"

// MaxStores is how many stores one merchant may own.
const MaxStores = 100

// StoreOpening is what a merchant opens a store with.
type StoreOpening struct {
	Name string
	// Handle is the merchant's own choice, nil to make one from the name.
	Handle      *string
	Description string
	Currency    Currency
}

// Check reports everything that keeps the opening from becoming a store.
func (o StoreOpening) Check() Refusals {
	var r Refusals
	checkStoreName(&r, o.Name)
	checkStoreDescription(&r, o.Description)
	if o.Handle != nil {
		checkStoreHandle(&r, *o.Handle)
	}
	if !o.Currency.Valid() {
		r.Add(RefusalInvalid, []any{"input", "currencyCode"}, "%q is not an ISO 4217 currency code such as INR or USD.", o.Currency)
	}
	return r
}

// Handles are what the store may be called in addresses, the first that is free: the merchant's choice, or some made from the
// name. A name without a Latin letter or digit makes "shop".
func (o StoreOpening) Handles() []string {
	if o.Handle != nil {
		return []string{*o.Handle}
	}
	base := latinHandle(o.Name)
	handles := make([]string, 0, 10)
	if !reserved(base) && base != "shop" {
		handles = append(handles, base)
	}
	for n := 2; n < 10; n++ {
		handles = append(handles, fmt.Sprintf("%s-%d", base, n))
	}
	return append(handles, base+"-"+strings.ToLower(rand.Text()[:8])) // free but for a miracle
}

// latinHandle is the handle that a name spells, short enough for a suffix.
func latinHandle(name string) string {
	words := strings.FieldsFunc(strings.ToLower(name), func(r rune) bool {
		return (r < 'a' || r > 'z') && (r < '0' || r > '9')
	})
	handle := strings.Join(words, "-")
	handle = strings.TrimRight(handle[:min(len(handle), maxStoreHandle-len("-12345678"))], "-")
	if handle == "" {
		return "shop"
	}
	return handle
}

// StoreChange is what to change of a store. What is nil stays as it is.
type StoreChange struct {
	Name, Handle, Description *string
	// AccentColor is #rrggbb, or empty for the pages' own colour.
	AccentColor *string
	// TimeZone is a name of the IANA database.
	TimeZone *string
}

// Check reports everything that keeps the change from being made to the store.
func (c StoreChange) Check(s *Store) Refusals {
	var r Refusals
	if c.Name != nil {
		checkStoreName(&r, *c.Name)
	}
	if c.Description != nil {
		checkStoreDescription(&r, *c.Description)
	}
	if c.AccentColor != nil && *c.AccentColor != "" && !validColour(*c.AccentColor) {
		r.Add(RefusalInvalid, []any{"input", "accentColor"}, "%.20q is not a colour: write it as #rrggbb, in lower case.", *c.AccentColor)
	}
	if c.TimeZone != nil && !validTimeZone(*c.TimeZone) {
		r.Add(RefusalInvalid, []any{"input", "timeZone"}, "%.40q is no time zone: use a name such as Asia/Kolkata or UTC.", *c.TimeZone)
	}
	if c.Handle != nil && *c.Handle != s.Handle {
		checkStoreHandle(&r, *c.Handle)
		if s.Published() {
			r.Add(RefusalPublished, []any{"input", "handle"}, "A published store keeps its handle: its links are out in the world. Hide the store with storeUnpublish first.")
		}
	}
	return r
}

func checkStoreName(r *Refusals, name string) {
	path := []any{"input", "name"}
	switch {
	case strings.TrimSpace(name) == "":
		r.Add(RefusalBlank, path, "A store needs a name.")
	case Characters(maxStoreName).Exceeded(name):
		r.Add(RefusalTooLong, path, "The name is longer than %s.", Characters(maxStoreName))
	case !storable(name):
		r.Add(RefusalInvalid, path, "The name is not UTF-8 text without zero bytes.")
	}
}

func checkStoreDescription(r *Refusals, text string) {
	path := []any{"input", "description"}
	if Characters(maxStoreDescription).Exceeded(text) {
		r.Add(RefusalTooLong, path, "The description is longer than %s.", Characters(maxStoreDescription))
	}
	if !storable(text) {
		r.Add(RefusalInvalid, path, "The description is not UTF-8 text without zero bytes.")
	}
}

func checkStoreHandle(r *Refusals, handle string) {
	path := []any{"input", "handle"}
	switch {
	case len(handle) > maxStoreHandle || !handlePattern.MatchString(handle):
		r.Add(RefusalInvalid, path, "%.80q is not a store handle: use 1 to %d of a-z and 0-9, words joined by single hyphens.", handle, maxStoreHandle)
	case reserved(handle):
		r.Add(RefusalReserved, path, "The handle %q is kept for Kirana's own addresses. Choose another, such as %s-shop.", handle, handle)
	}
}

// reserved reports whether a handle could be taken for something of ours, in a path or as a host name.
func reserved(handle string) bool {
	return slices.Contains([]string{
		"account", "admin", "api", "app", "assets", "auth", "billing", "blog", "cdn", "checkout", "dashboard", "demo-store", "docs", "ftp", "graphql", "help",
		"images", "imap", "jobs", "kirana", "livez", "localhost", "login", "mail", "metrics", "mx", "ns", "ns1", "ns2", "pay", "payments",
		"pictures", "playground", "pop", "readyz", "root", "schema", "search", "security", "shop", "signin", "signup", "smtp", "static",
		"status", "store", "stores", "support", "uploads", "webhooks", "webmail", "www",
	}, handle)
}

// StoreEditor opens and changes stores for merchants. Refusals come as errors; then nothing was written.
type StoreEditor interface {
	// OpenStore opens a store, a draft, and makes the author its owner.
	OpenStore(ctx context.Context, by Author, in StoreOpening) (*Store, error)
	// ChangeStore changes a store.
	ChangeStore(ctx context.Context, by Author, id StoreID, in StoreChange) (*Store, error)
	// SetStoreStatus shows a store to buyers or hides it from them.
	SetStoreStatus(ctx context.Context, by Author, id StoreID, status StoreStatus) (*Store, error)
}
