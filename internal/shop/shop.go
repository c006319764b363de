// Package shop renders the pages that people buy through: a store's front, its search, collections and products, the cart,
// the checkout and the order that comes of it. They are whole without a script, and carry the shop's name and colour. It also
// draws the pictures of the demo stores.
//
// It never decides what a cart or an order is, never loads anything from elsewhere but merchants' pictures, and never shows
// what a buyer may not see: the readers it is given know nothing else.
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

// Options are what the pages are made from. All are required that do not say otherwise.
type Options struct {
	Stores      commerce.StoreReader
	Products    commerce.ProductReader
	Options     commerce.OptionReader
	Variants    commerce.VariantReader
	Media       commerce.MediaReader
	Collections commerce.CollectionReader
	// Texts are the pages that merchants write, such as how they deliver.
	Texts    commerce.TextPageReader
	Searcher commerce.ProductSearcher
	// Searches counts searches that are answered; nil counts none.
	Searches *commerce.SearchTally
	Till     Till
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
	packer packer
	// countries are all that there are, by their names.
	countries []country
}

// New serves the pages of all stores: below /s/{handle} on any host, and at the root where auth.From names the store whose
// host was asked. Only GET and HEAD, but for the pages with a form.
//
// Each page asks each reader at most once, with the keys of everything on it, so its statements do not depend on rows. That
// is all that dataloaders would bring, which is why there are none. The exceptions are a product with more variants than
// a page of a list holds, and a checkout whose buyer has not chosen how to get the goods.
func New(o Options) http.Handler {
	s := &site{o: o, pages: newTemplates(), assets: newAssets(), countries: allCountries()}
	mux := http.NewServeMux()
	for pattern, r := range map[string]route{
		"": {show: s.front}, "/search": {show: s.browse}, "/c/{collection}": {show: s.collection}, "/p/{product}": {show: s.product},
		"/t/{text}":   {show: s.text},
		"/cart":       {show: s.showCart, take: s.takeCart, referrer: toOwnPages},
		"/b/{secret}": {show: s.showCheckout, take: s.takeCheckout, referrer: toNobody},
		"/o/{secret}": {show: s.order, take: s.payTaker(), referrer: toNobody},
		"/{rest...}":  {show: s.nothing},
	} {
		mux.Handle("/s/{store}"+pattern, s.page(r))
		if pattern == "" {
			pattern = "/{$}"
		}
		mux.Handle(pattern, s.page(r))
	}
	mux.Handle("/s/{store}/{$}", readOnly(func(w http.ResponseWriter, r *http.Request) {
		http.Redirect(w, r, auth.StorePath(r.PathValue("store")), http.StatusPermanentRedirect) //nolint:gosec // below /s/ on this host, whatever the rest is
	}))
	mux.Handle("/assets/{name}", readOnly(s.asset))
	mux.Handle("/robots.txt", readOnly(robots))
	return mux
}

func readOnly(next http.HandlerFunc) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if !reads(r) {
			notAllowed(w, "GET, HEAD")
			return
		}
		next.ServeHTTP(w, r)
	})
}

// reads reports whether a request only reads.
func reads(r *http.Request) bool { return r.Method == http.MethodGet || r.Method == http.MethodHead }

func notAllowed(w http.ResponseWriter, methods string) {
	w.Header().Set("Allow", methods)
	http.Error(w, "Only "+methods+".", http.StatusMethodNotAllowed)
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
	// secure says that the server was reached over HTTPS.
	secure bool
	// referrer is the route's.
	referrer string
	// cookies are what the browser is to keep.
	cookies []*http.Cookie
}

// maker makes the page of a visit.
type maker func(v *visit) (*page, error)

// route is one kind of page.
type route struct {
	show maker
	// take takes what was typed into the page's form; nil for a page without one.
	take maker
	// referrer says which sites may hear of the page's address; empty for a page that everybody may see.
	referrer string
}

// missing says that there is no such thing, or that buyers may not see it: nobody can tell which.
type missing struct{ what string }

func (m missing) Error() string { return "there is no such " + m.what }

// page serves one kind of page.
func (s *site) page(rt route) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		build := rt.show
		switch {
		case reads(r):
		case rt.take == nil:
			notAllowed(w, "GET, HEAD")
			return
		case r.Method != http.MethodPost:
			notAllowed(w, "GET, HEAD, POST")
			return
		case !readForm(w, r, rt.referrer == toNobody):
			return
		default:
			build = rt.take
		}
		v, err := s.visit(r)
		v.referrer = rt.referrer
		var p *page
		if err == nil {
			p, err = build(v)
		}
		if gone, ok := errors.AsType[missing](err); ok {
			p, err = s.missing(v, gone.what), nil
		}
		if err == nil {
			err = s.addTexts(v, p) //nolint:contextcheck // a visit has its request's
		}
		if err != nil {
			p = s.failed(r.Context(), v, err)
		}
		s.send(w, v, p)
	})
}

// visit finds the store of a request. It returns a visit even when there is none, for the page that says so.
func (s *site) visit(r *http.Request) (*visit, error) {
	known := auth.From(r.Context())
	v := &visit{Request: r, home: "/", secure: strings.HasPrefix(known.BaseURL, "https://")}
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

// failed is the page of a visit that came to nothing by a fault.
func (s *site) failed(ctx context.Context, v *visit, err error) *page {
	if !errors.Is(err, context.Canceled) {
		id := ""
		if s.o.RequestID != nil {
			id = s.o.RequestID(ctx)
		}
		s.o.Logger.ErrorContext(ctx, "a page could not be made", "error", err.Error(), "request_id", id)
	}
	p := v.newPage("fault", "This page is resting")
	p.status = http.StatusServiceUnavailable
	return p
}

func (s *site) missing(v *visit, what string) *page {
	title := map[string]string{
		"store": "There is no shop at this address", "product": "This product is not here",
		"collection": "This collection is not here", "page": "This page is not here", "cart": "This cart is not here",
		"order": "This order is not here",
	}[what]
	p := v.newPage("missing", title)
	p.status = http.StatusNotFound
	p.Content = what
	return p
}
