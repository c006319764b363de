package commerce

import (
	"context"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"unicode/utf8"
)

// Menu is what buyers find their way through a store with.
type Menu struct {
	StoreID StoreID
	ID      MenuID
	Handle  string
	Title   string
	Items   []*MenuItem
}

// NodeID is the menu's global id.
func (m *Menu) NodeID() GlobalID {
	return GlobalID{Kind: KindMenu, Store: m.StoreID, ID: int64(m.ID)}
}

// IsNode marks Menu as a node of the API.
func (*Menu) IsNode() {}

// Tenant is the store.
func (m *Menu) Tenant() StoreID { return m.StoreID }

// ItemsCount is how many items there are on all levels.
func (m *Menu) ItemsCount() int {
	n := 0
	eachItem(m.Items, func(*MenuItem) { n++ })
	return n
}

func eachItem(items []*MenuItem, visit func(*MenuItem)) {
	for _, i := range items {
		visit(i)
		eachItem(i.Items, visit)
	}
}

// MenuItemType is the kind of thing that an item of a menu leads to.
type MenuItemType string

// The types of items.
const (
	MenuCatalog     MenuItemType = "CATALOG"
	MenuCollection  MenuItemType = "COLLECTION"
	MenuCollections MenuItemType = "COLLECTIONS"
	MenuFrontpage   MenuItemType = "FRONTPAGE"
	MenuHTTP        MenuItemType = "HTTP"
	MenuPage        MenuItemType = "PAGE"
	MenuProduct     MenuItemType = "PRODUCT"
	MenuSearch      MenuItemType = "SEARCH"
)

// Valid reports whether there is such a type.
func (t MenuItemType) Valid() bool {
	return t.kind() != "" || slices.Contains([]MenuItemType{MenuCatalog, MenuCollections, MenuFrontpage, MenuHTTP, MenuSearch}, t)
}

// kind is what an item of the type names, empty for a type that names nothing.
func (t MenuItemType) kind() Kind {
	switch t {
	case MenuCollection:
		return KindCollection
	case MenuPage:
		return KindPage
	case MenuProduct:
		return KindProduct
	case MenuCatalog, MenuCollections, MenuFrontpage, MenuHTTP, MenuSearch:
	}
	return ""
}

// MenuItem is a name in a menu and where it leads.
type MenuItem struct {
	Title string       `json:"title"`
	Type  MenuItemType `json:"type"`
	// Target is the id, in the menu's store, of the collection, page or product that the item leads to, else 0.
	Target int64 `json:"target,omitempty"`
	// Address is where an item of the type HTTP leads.
	Address string      `json:"url,omitempty"`
	Items   []*MenuItem `json:"items,omitempty"`

	// Store and ID are given to the item when its menu is read, Resource when what it leads to is.
	Store    StoreID          `json:"-"`
	ID       int64            `json:"-"`
	Resource MenuItemResource `json:"-"`
}

// MenuItemResource is what an item of a menu can lead to within its store.
type MenuItemResource interface{ IsMenuItemResource() }

// NodeID is the item's global id.
func (i *MenuItem) NodeID() GlobalID {
	return GlobalID{Kind: KindMenuItem, Store: i.Store, ID: i.ID}
}

// ResourceID is the global id of what the item leads to, nil where it names nothing.
func (i *MenuItem) ResourceID() *GlobalID {
	if i.Target == 0 {
		return nil
	}
	return &GlobalID{Kind: i.Type.kind(), Store: i.Store, ID: i.Target}
}

// Tags are the tags that narrow a collection.
func (*MenuItem) Tags() []string { return []string{} }

// Number gives the items of a menu that was read their store and their ids, by their places.
func (m *Menu) Number() {
	n := int64(m.ID) * (MaxMenuItems + 1)
	eachItem(m.Items, func(i *MenuItem) {
		n++
		i.Store, i.ID = m.StoreID, n
	})
}

// Targets are the things that the items of menus lead to.
type Targets struct {
	Products    []ProductRef
	Collections []CollectionRef
	Pages       []PageRef
}

// Add takes in what the items of a menu lead to.
func (t *Targets) Add(m *Menu) {
	eachItem(m.Items, func(i *MenuItem) {
		switch i.Type {
		case MenuCollection:
			t.Collections = append(t.Collections, CollectionRef{m.StoreID, CollectionID(i.Target)})
		case MenuPage:
			t.Pages = append(t.Pages, PageRef{m.StoreID, PageID(i.Target)})
		case MenuProduct:
			t.Products = append(t.Products, ProductRef{m.StoreID, ProductID(i.Target)})
		case MenuCatalog, MenuCollections, MenuFrontpage, MenuHTTP, MenuSearch:
		}
	})
}

// Resolve gives the items what find knows of what they lead to, and leaves out those that lead to nothing.
func (m *Menu) Resolve(find func(*MenuItem) MenuItemResource) { m.Items = resolve(m.Items, find) }

func resolve(items []*MenuItem, find func(*MenuItem) MenuItemResource) []*MenuItem {
	return slices.DeleteFunc(items, func(i *MenuItem) bool {
		if i.Target > 0 {
			if i.Resource = find(i); i.Resource == nil {
				return true
			}
		}
		i.Items = resolve(i.Items, find)
		return false
	})
}

// The menus that every store has, and their ids until a merchant makes them: those of merchants begin at 1,000.
const (
	MainMenu          = "main-menu"
	FooterMenu        = "footer"
	mainMenuID MenuID = 1
	footerID   MenuID = 2
)

// DefaultMenuHandle is the handle of a menu that a store has unasked, by its id; empty for any other.
func DefaultMenuHandle(id MenuID) string {
	switch id {
	case mainMenuID:
		return MainMenu
	case footerID:
		return FooterMenu
	}
	return ""
}

// DefaultMenuItems is how many collections or pages stand in a menu that nobody made.
const DefaultMenuItems = 10

// NewMainMenu is the main menu of a store whose merchant made none.
func NewMainMenu(store StoreID, collections []*Collection) *Menu {
	m := &Menu{StoreID: store, ID: mainMenuID, Handle: MainMenu, Title: "Main menu"}
	m.Items = append(m.Items, &MenuItem{Title: "Home", Type: MenuFrontpage})
	for _, c := range collections {
		m.Items = append(m.Items, &MenuItem{Title: c.Title, Type: MenuCollection, Target: int64(c.ID), Resource: c})
	}
	m.Items = append(m.Items, &MenuItem{Title: "All products", Type: MenuCatalog})
	m.Number()
	return m
}

// NewFooter is the footer of a store whose merchant made none.
func NewFooter(store StoreID, pages []*TextPage) *Menu {
	m := &Menu{StoreID: store, ID: footerID, Handle: FooterMenu, Title: "Footer menu"}
	m.Items = append(m.Items, &MenuItem{Title: "Search", Type: MenuSearch})
	for _, p := range pages {
		m.Items = append(m.Items, &MenuItem{Title: p.Title, Type: MenuPage, Target: int64(p.ID), Resource: p})
	}
	m.Number()
	return m
}

// MenuReader reads menus as their merchants made them. A key without one is missing from the answer.
type MenuReader interface {
	MenusByID(ctx context.Context, refs []MenuRef) (map[MenuRef]*Menu, error)
	MenusByHandle(ctx context.Context, refs []HandleRef) (map[HandleRef]*Menu, error)
}

// The bounds of menus.
const (
	MaxMenus     = 100
	MaxMenuItems = 250
	maxMenuDepth = 3
)

// RefusalTooDeep refuses items on too many levels.
const RefusalTooDeep RefusalCode = "TOO_DEEP"

// MenuInput is a whole menu as a merchant gives it.
type MenuInput struct {
	Handle string
	Title  string
	Items  []*MenuItemInput
}

// MenuItemInput is an item of a MenuInput.
type MenuItemInput struct {
	Title string
	Type  MenuItemType
	// ResourceID is the global id of what the item leads to, URL where an item of the type HTTP leads.
	ResourceID, URL *string
	Items           []*MenuItemInput
}

// Menu makes the input a menu of the store, or reports everything that keeps it from becoming one. That the things it leads to
// exist is for the database to say: paths is the way to each, by the item.
func (in *MenuInput) Menu(store StoreID) (m *Menu, paths map[*MenuItem][]any, refused Refusals) {
	r := &menuReading{store: store, paths: map[*MenuItem][]any{}}
	checkText(&r.refusals, "handle", &in.Handle, Bytes(MaxHandle))
	checkText(&r.refusals, "title", &in.Title, Characters(MaxTitle))
	if len(r.refusals) == 0 && !linkable(in.Handle) {
		r.refusals.Add(RefusalInvalid, inputPath("handle"), "%.80q is no handle: use letters, digits and hyphens, such as main-menu.", in.Handle)
	}
	if strings.TrimSpace(in.Title) == "" {
		r.refusals.Add(RefusalBlank, inputPath("title"), "A menu needs a title.")
	}
	m = &Menu{StoreID: store, Handle: in.Handle, Title: in.Title, Items: r.items(in.Items, []any{"input", "items"}, 1)}
	if m.ItemsCount() > MaxMenuItems {
		r.refusals.Add(RefusalTooMany, inputPath("items"), "A menu has at most %d items.", MaxMenuItems)
	}
	return m, r.paths, r.refusals
}

// menuReading gathers what is wrong with the items of a menu.
type menuReading struct {
	store    StoreID
	refusals Refusals
	paths    map[*MenuItem][]any
}

func (r *menuReading) items(in []*MenuItemInput, path []any, depth int) []*MenuItem {
	if len(in) > 0 && depth > maxMenuDepth {
		r.refusals.Add(RefusalTooDeep, path, "The items of a menu stand on at most %d levels.", maxMenuDepth)
		return nil
	}
	items := make([]*MenuItem, len(in))
	for n := range in {
		at := append(slices.Clone(path), n)
		items[n] = r.item(in[n], at)
		r.paths[items[n]] = append(slices.Clone(at), "resourceId")
		items[n].Items = r.items(in[n].Items, append(slices.Clone(at), "items"), depth+1)
	}
	return items
}

func (r *menuReading) item(in *MenuItemInput, at []any) *MenuItem {
	field := func(name string) []any { return append(slices.Clone(at), name) }
	item := &MenuItem{Title: in.Title, Type: in.Type, Store: r.store}
	switch {
	case strings.TrimSpace(in.Title) == "":
		r.refusals.Add(RefusalBlank, field("title"), "An item needs a title.")
	case Characters(MaxTitle).Exceeded(in.Title):
		r.refusals.Add(RefusalTooLong, field("title"), "It is longer than %s.", Characters(MaxTitle))
	case !storable(in.Title):
		r.refusals.Add(RefusalInvalid, field("title"), "It is not UTF-8 text without zero bytes.")
	}
	if kind := in.Type.kind(); kind != "" {
		item.Target = r.target(kind, in.ResourceID, field("resourceId"))
	} else if in.ResourceID != nil {
		r.refusals.Add(RefusalInvalid, field("resourceId"), "An item of the type %s names no resource.", in.Type)
	}
	switch {
	case in.URL == nil:
	case in.Type != MenuHTTP:
		r.refusals.Add(RefusalInvalid, field("url"), "Only an item of the type HTTP has an address.")
	case len(*in.URL) > MaxURL:
		r.refusals.Add(RefusalTooLong, field("url"), "It has %d bytes; %d are the most.", len(*in.URL), MaxURL)
	case !linkTarget(*in.URL):
		r.refusals.Add(RefusalInvalid, field("url"), "%.80q is no address: write https://…, mailto:…, tel:… or a path such as /sale.", *in.URL)
	default:
		item.Address = *in.URL
	}
	return item
}

func (r *menuReading) target(kind Kind, id *string, path []any) int64 {
	if id == nil {
		r.refusals.Add(RefusalBlank, path, "The item needs the id of a %s.", kind)
		return 0
	}
	g, ok := ParseGlobalID(*id)
	switch {
	case !ok || g.Kind != kind:
		r.refusals.Add(RefusalInvalid, path, "%.100q is not the id of a %s.", *id, kind)
		return 0
	case g.Store != r.store:
		r.refusals.Add(RefusalNotFound, path, "There is no %s with this id in the store.", kind)
		return 0
	}
	return g.ID
}

// Missing reports the items that lead to something that is not known to be in the store. paths is the way to each.
func (m *Menu) Missing(known map[GlobalID]bool, paths map[*MenuItem][]any) Refusals {
	var r Refusals
	eachItem(m.Items, func(i *MenuItem) {
		if id := i.ResourceID(); id != nil && !known[*id] {
			r.Add(RefusalNotFound, paths[i], "There is no %s with this id in the store.", id.Kind)
		}
	})
	return r
}

// linkTarget reports whether an address may stand in a link: nothing that could run is one.
func linkTarget(address string) bool {
	if !storable(address) || strings.ContainsFunc(address, func(r rune) bool { return r <= ' ' || r == 0x7f }) {
		return false
	}
	if strings.HasPrefix(address, "/") {
		return !strings.HasPrefix(address, "//") && !strings.HasPrefix(address, `/\`)
	}
	u, err := url.Parse(address)
	if err != nil {
		return false
	}
	switch u.Scheme {
	case "http", "https":
		return u.Host != ""
	case "mailto", "tel":
		return u.Opaque != ""
	}
	return false
}

// numbered are names to be tried one after the other: the base, or what stands in for an empty one, and with a number behind.
func numbered(base, fallback string, n int) []string {
	if base == "" {
		base = fallback
	}
	names := make([]string, 1, n)
	names[0] = base
	for i := 2; i <= n; i++ {
		names = append(names, base+"-"+strconv.Itoa(i))
	}
	return names
}

// cutBytes is the beginning of a text that has at most n bytes, in whole characters.
func cutBytes(text string, n int) string {
	for len(text) > n {
		_, size := utf8.DecodeLastRuneInString(text)
		text = text[:len(text)-size]
	}
	return text
}

// value is what p points to, empty for nil.
func value(p *string) string {
	if p == nil {
		return ""
	}
	return *p
}

// MenuWriter changes menus for merchants. Refusals come as errors; then nothing was written.
type MenuWriter interface {
	// SetMenu makes a menu, or replaces the one that has the handle.
	SetMenu(ctx context.Context, by Author, store StoreID, in MenuInput) (*Menu, error)
	// DeleteMenu deletes a menu.
	DeleteMenu(ctx context.Context, by Author, ref MenuRef) error
}
