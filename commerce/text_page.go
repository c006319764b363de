package commerce

import (
	"context"
	"strings"
	"time"
)

// TextPage is a page of text in a store, a Page of the API. Page alone means a part of a list here.
type TextPage struct {
	StoreID  StoreID
	ID       PageID
	Handle   string
	Title    string
	BodyHTML string
	SEOTitle string
	// SEODescription is empty, like SEOTitle, where the merchant wrote nothing.
	SEODescription string
	// PublishedAt is since when buyers see the page, nil for one that its merchant alone sees.
	PublishedAt *time.Time
	CreatedAt   time.Time
	UpdatedAt   time.Time
}

// Ref is the page's full key.
func (p *TextPage) Ref() PageRef { return PageRef{p.StoreID, p.ID} }

// NodeID is the page's global id.
func (p *TextPage) NodeID() GlobalID {
	return GlobalID{Kind: KindPage, Store: p.StoreID, ID: int64(p.ID)}
}

// IsNode marks TextPage as a node of the API.
func (*TextPage) IsNode() {}

// IsMenuItemResource marks TextPage as something that an item of a menu can lead to.
func (*TextPage) IsMenuItemResource() {}

// Tenant is the store.
func (p *TextPage) Tenant() StoreID { return p.StoreID }

// Body is the text with its markup.
func (p *TextPage) Body() string { return p.BodyHTML }

// BodySummary is the beginning of the text without markup.
func (p *TextPage) BodySummary() string {
	const length = 150
	return Truncate(PlainText(p.BodyHTML), length)
}

// SEO is what search engines show for the page.
func (p *TextPage) SEO() *SEO {
	return &SEO{Title: optional(p.SEOTitle), Description: optional(p.SEODescription)}
}

// The orders of a list of pages.
const (
	TextPageSortID        SortKey = "ID"
	TextPageSortTitle     SortKey = "TITLE"
	TextPageSortUpdatedAt SortKey = "UPDATED_AT"
)

// TextPageListKey asks for one page of a store's pages.
type TextPageListKey struct {
	Store StoreID
	Page  Page
	// Words, when not empty, keeps the pages whose title contains each of the words.
	Words string
}

// Counting asks for the number of items of the list.
func (k TextPageListKey) Counting() TextPageListKey {
	k.Page = k.Page.Counting()
	return k
}

// TextPageReader reads the pages buyers can see. A key without one is missing from the answer.
type TextPageReader interface {
	PagesByID(ctx context.Context, refs []PageRef) (map[PageRef]*TextPage, error)
	PagesByHandle(ctx context.Context, refs []HandleRef) (map[HandleRef]*TextPage, error)
	PageLists(ctx context.Context, keys []TextPageListKey) (map[TextPageListKey]List[*TextPage], error)
}

// MaxPages is how many pages of text a store may have.
const MaxPages = 1000

// TextPageEdit is what a merchant wants of a page. What is nil stays as it is, or, in a new page, empty.
type TextPageEdit struct {
	// ID is the page to change. When it is 0, Handle names the page, or a new one is made.
	ID        PageID
	Handle    *string
	Title     *string
	BodyHTML  *string
	Published *bool
	// SEOTitle and SEODescription are what search engines show.
	SEOTitle, SEODescription *string
}

// Check reports everything that keeps the edit from being made.
func (e *TextPageEdit) Check() Refusals {
	var r Refusals
	checkText(&r, "handle", e.Handle, Bytes(MaxHandle))
	checkText(&r, "title", e.Title, Characters(MaxTitle))
	checkText(&r, "bodyHtml", e.BodyHTML, Bytes(MaxHTML))
	checkText(&r, "seo.title", e.SEOTitle, Characters(MaxLine))
	checkText(&r, "seo.description", e.SEODescription, Characters(MaxLine))
	if len(r) == 0 && e.Handle != nil && !linkable(*e.Handle) {
		r.Add(RefusalInvalid, inputPath("handle"), "The handle %.80q is not usable in a link.", *e.Handle)
	}
	if e.Title != nil && strings.TrimSpace(*e.Title) == "" {
		r.Add(RefusalBlank, inputPath("title"), "A page needs a title.")
	}
	return r
}

// checkText reports a text that is too long or that Postgres cannot keep. field is the way to it, from the input on.
func checkText(r *Refusals, field string, text *string, most TextSize) {
	switch {
	case text == nil:
	case most.Exceeded(*text):
		r.Add(RefusalTooLong, inputPath(field), "It is longer than %s.", most)
	case !storable(*text):
		r.Add(RefusalInvalid, inputPath(field), "It is not UTF-8 text without zero bytes.")
	}
}

// inputPath is the way to a field of a mutation's input, whose parts are joined by dots.
func inputPath(field string) []any {
	path := []any{"input"}
	for part := range strings.SplitSeq(field, ".") {
		path = append(path, part)
	}
	return path
}

// NewHandles are what a new page without a handle may be called, in the order in which they are to be tried, numbered where one
// is taken. A title without a letter or digit makes "page".
func (e *TextPageEdit) NewHandles() []string {
	const room = len("-9999")
	return numbered(cutBytes(Slug(value(e.Title)), MaxHandle-room), "page", MaxPages)
}

// TextPageWriter changes pages for merchants. Refusals come as errors; then nothing was written.
type TextPageWriter interface {
	// SetPage makes a page, or changes the one with the id or the handle.
	SetPage(ctx context.Context, by Author, store StoreID, e TextPageEdit) (*TextPage, error)
	// DeletePage deletes a page.
	DeletePage(ctx context.Context, by Author, ref PageRef) error
}
