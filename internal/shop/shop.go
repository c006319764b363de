// Package shop renders the pages behind share links: a store's front, its search, collections and products. They are whole
// without a script, and carry the shop's name and colour. It also draws the pictures of the demo stores.
//
// It never writes, never loads anything from elsewhere but merchants' pictures, and never shows what a buyer may not see:
// the readers it is given know nothing else.
package shop

import (
	"context"
	"errors"
	"log/slog"
	"net/http"
	"strings"

	"github.com/kirana-commerce/kirana/commerce"
	"github.com/kirana-commerce/kirana/internal/auth"
)

// Options are what the pages are made from. All are required.
type Options struct {
	Stores      commerce.StoreReader
	Products    commerce.ProductReader
	Options     commerce.OptionReader
	Variants    commerce.VariantReader
	Media       commerce.MediaReader
	Collections commerce.CollectionReader
	Searcher    commerce.ProductSearcher
	// Logger takes the faults of readers, of which a page says no more than that there was one.
	Logger *slog.Logger
	// RequestID finds the id of the request in its context, for the log. Nil for none.
	RequestID func(context.Context) string
}

// pageSize is the number of products on one page of a grid. It fills rows of two, four and five.
const pageSize = 20

// site is the handler of all pages.
type site struct {
	o      Options
	pages  templates
	assets assets
}

// New serves the pages of all stores: below /s/{handle} on any host, and at the root where auth.From names the store whose
// host was asked. Only GET and HEAD.
//
// Each page asks each reader at most once, with the keys of everything on it, so its statements do not depend on rows. That
// is all that dataloaders would bring, which is why there are none. The one exception is a product with more variants than
// a page of a list holds.
func New(o Options) http.Handler {
	s := &site{o: o, pages: newTemplates(), assets: newAssets()}
	mux := http.NewServeMux()
	for pattern, build := range map[string]maker{
		"": s.front, "/search": s.browse, "/c/{collection}": s.collection, "/p/{product}": s.product, "/{rest...}": s.nothing,
	} {
		mux.Handle("/s/{store}"+pattern, s.page(build))
		if pattern == "" {
			pattern = "/{$}"
		}
		mux.Handle(pattern, s.page(build))
	}
	mux.HandleFunc("/s/{store}/{$}", func(w http.ResponseWriter, r *http.Request) {
		http.Redirect(w, r, auth.StorePath(r.PathValue("store")), http.StatusPermanentRedirect)
	})
	mux.HandleFunc("/assets/{name}", s.assets.serve)
	mux.HandleFunc("/robots.txt", robots)
	return readOnly(mux)
}

func readOnly(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.Method != http.MethodGet && r.Method != http.MethodHead {
			w.Header().Set("Allow", "GET, HEAD")
			http.Error(w, "Only GET and HEAD.", http.StatusMethodNotAllowed)
			return
		}
		next.ServeHTTP(w, r)
	})
}

// robots lets crawlers read what is linked, but not every combination of filters that there could be.
func robots(w http.ResponseWriter, _ *http.Request) {
	w.Header().Set("Content-Type", "text/plain; charset=utf-8")
	w.Header().Set("Cache-Control", "public, max-age=86400")
	_, _ = w.Write([]byte("User-agent: *\nDisallow: /search?\nDisallow: /s/*/search?\nDisallow: /graphql\nDisallow: /stores/\nDisallow: /api/\n"))
}

// visit is one request for a page of a store.
type visit struct {
	*http.Request

	store *commerce.Store
	// base is where the store's pages begin on the host that was asked, home its front: the same, or / for a host of its own.
	base, home string
	// url is the store's one address.
	url string
}

// maker makes the page of a visit.
type maker func(v *visit) (*page, error)

// missing says that there is no such thing, or that buyers may not see it: nobody can tell which.
type missing struct{ what string }

func (m missing) Error() string { return "there is no such " + m.what }

// page serves one kind of page.
func (s *site) page(build maker) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		v, err := s.visit(r)
		var p *page
		if err == nil {
			p, err = build(v)
		}
		if err != nil {
			p = s.failed(v, err)
		}
		s.send(w, v, p)
	})
}

// visit finds the store of a request. It returns a visit even when there is none, for the page that says so.
func (s *site) visit(r *http.Request) (*visit, error) {
	known := auth.From(r.Context())
	v := &visit{Request: r, home: "/"}
	handle := strings.ToLower(r.PathValue("store")) // chat apps and keyboards begin words with capitals
	if handle != "" {
		v.base = auth.StorePath(handle)
		v.home = v.base
	} else if handle = known.StoreHandle; handle == "" {
		return v, missing{"store"}
	}
	v.url = known.StoreURL(handle)
	stores, err := s.o.Stores.StoresByHandle(r.Context(), []string{handle})
	if err != nil {
		return v, err
	}
	if v.store = stores[handle]; v.store == nil {
		return v, missing{"store"}
	}
	return v, nil
}

// nothing is the page of an address that a store does not have.
func (s *site) nothing(*visit) (*page, error) { return nil, missing{"page"} }

// failed is the page of a visit that came to nothing.
func (s *site) failed(v *visit, err error) *page {
	if gone, ok := errors.AsType[missing](err); ok {
		return s.missing(v, gone.what)
	}
	if !errors.Is(err, context.Canceled) {
		id := ""
		if s.o.RequestID != nil {
			id = s.o.RequestID(v.Context())
		}
		s.o.Logger.ErrorContext(v.Context(), "a page could not be made", "error", err.Error(), "request_id", id)
	}
	p := v.newPage("fault", "This page is resting")
	p.status = http.StatusServiceUnavailable
	return p
}

func (s *site) missing(v *visit, what string) *page {
	title := map[string]string{
		"store": "There is no shop at this address", "product": "This product is not here",
		"collection": "This collection is not here", "page": "This page is not here",
	}[what]
	p := v.newPage("missing", title)
	p.status = http.StatusNotFound
	p.Content = what
	return p
}
