package shop

import (
	"bytes"
	"cmp"
	"compress/gzip"
	"crypto/sha256"
	"embed"
	"encoding/base64"
	"encoding/json"
	"hash/fnv"
	"html/template"
	"net/http"
	"strconv"
	"strings"
	"sync"

	"github.com/kirana-commerce/kirana/commerce"
)

//go:embed template
var templateFiles embed.FS

// templates are the pages by name.
type templates map[string]*template.Template

// newTemplates parses what was compiled in: a fault in it is one of the program, and shows in every test.
func newTemplates() templates {
	shared := template.Must(template.New("shared").Funcs(template.FuncMap{"field": fieldShown, "hint": stateHint}).ParseFS(templateFiles, "template/layout.html", "template/grid.html", "template/line.html"))
	pages := make(templates)
	for _, name := range []string{"front", "browse", "collection", "product", "text", "cart", "checkout", "order", "missing", "fault"} {
		pages[name] = template.Must(template.Must(shared.Clone()).ParseFS(templateFiles, "template/"+name+".html"))
	}
	return pages
}

// page is what the templates show.
type page struct {
	name   string
	status int
	// goTo is where the browser goes instead of showing a page, empty to show one.
	goTo string

	// Leaves says that a form of the page leads to another site: where cards are taken, whose name is the provider's or the shop's own.
	Leaves bool

	Title, Heading, Description string
	// Canonical is the page's one address, empty for a page that has none.
	Canonical string
	// Hidden keeps the page out of search engines: there are as many as there are combinations of filters.
	Hidden bool
	Store  *commerce.Store
	Logo   string
	Home   string
	// Front says that the page is the store's front: its name is the heading.
	Front  bool
	Search searchField
	// Texts are the links to pages of text in the foot.
	Texts   []textLink
	Cart    cartLink
	Preview preview
	// Data are the page's facts for search engines.
	Data    []template.JS
	Theme   template.CSS
	Assets  assets
	Content any
}

// searchField is the field in the header.
type searchField struct {
	Action, Text string
	// Quiet leaves the page's filled button to another action.
	Quiet bool
}

// preview is what chat apps show of a link.
type preview struct {
	Kind             string
	Image, ImageAlt  string
	Amount, Currency string
}

// How long a page may be kept. What is shown of price and stock is that old at most; behind that, a browser may show its
// copy once more while it asks for the new page.
const (
	keepPage  = 30
	keepStale = 300
)

// newPage begins a page with what all have in common.
func (v *visit) newPage(name, title string) *page {
	p := &page{name: name, status: http.StatusOK, Title: title, Heading: title, Home: v.home, Store: v.store, Preview: preview{Kind: "website"}}
	accent := ""
	if v.store != nil {
		accent = v.store.AccentColor
		p.Logo = pictureURL(v.store.LogoURL)
		if title != v.store.Name {
			p.Title += " · " + v.store.Name
		}
		p.Search.Action = v.base + "/search"
		p.Cart = cartLink{Path: v.base + cartPath, Units: v.ticket().units}
	}
	p.Theme = theme(accent)
	return p
}

// The colours that the accent has to be legible on: those of asset/shop.css which come nearest to it.
const (
	defaultAccent = "#1f6f5c"
	lightSurface  = "#f4f4f5"
	darkSurface   = "#212327"
)

// theme is the style of a store's colour, in the shades that can be read on light and on dark pages.
func theme(accent string) template.CSS {
	colour, ok := commerce.ParseColour(accent)
	if !ok {
		colour, _ = commerce.ParseColour(defaultAccent)
	}
	light, _ := commerce.ParseColour(lightSurface)
	dark, _ := commerce.ParseColour(darkSurface)
	return template.CSS(":root{--accent:" + colour.LegibleOn(light).String() + "}" + //nolint:gosec // made of colours alone
		"@media(prefers-color-scheme:dark){:root{--accent:" + colour.LegibleOn(dark).String() + "}}")
}

// fact renders one of the page's facts. JSON's own escapes keep "</script>" out of it.
func fact(v any) template.JS {
	b, err := json.Marshal(v)
	if err != nil { // texts and numbers always marshal
		return "{}"
	}
	return template.JS(b) //nolint:gosec // JSON with <, > and & escaped is no markup
}

// The sites that may hear of the address of a page which is not for everybody, as the header Referrer-Policy says it. A browser
// that tells nobody does not tell the shop either where a form comes from.
const (
	toOwnPages = "same-origin"
	toNobody   = "no-referrer"
)

// send renders a page and answers with it.
func (s *site) send(w http.ResponseWriter, v *visit, p *page) {
	for _, c := range v.cookies {
		http.SetCookie(w, c)
	}
	h := w.Header()
	h.Set("Referrer-Policy", cmp.Or(v.referrer, "strict-origin-when-cross-origin"))
	if p.goTo != "" {
		h.Set("Cache-Control", "private, no-store")
		http.Redirect(w, v.Request, p.goTo, http.StatusSeeOther) //nolint:gosec // a page of the store, made of its parts
		return
	}
	p.Assets = s.assets
	var body bytes.Buffer
	if err := s.pages[p.name].ExecuteTemplate(&body, "layout", p); err != nil {
		// A template that fails is a mistake in it; half a page would hide that.
		panic(err)
	}
	h.Set("Content-Type", "text/html; charset=utf-8")
	h.Set("Content-Security-Policy", p.policy())
	h.Set("Cache-Control", v.keep(p))
	if p.status == http.StatusServiceUnavailable {
		h.Set("Retry-After", "5")
	}
	h.Add("Vary", "Cookie")
	s.answer(w, v.Request, p.status, body.Bytes())
}

// keep says who may keep a page and for how long. One that shows how much is in a cart is the buyer's own.
func (v *visit) keep(p *page) string {
	switch {
	case v.referrer != "":
		return "private, no-store"
	case p.status == http.StatusServiceUnavailable:
		return "no-store"
	case p.status != http.StatusOK:
		return "no-cache" // what is not there now may be published in a minute
	case p.Cart.Units > 0:
		return "private, no-cache"
	}
	return "public, max-age=" + strconv.Itoa(keepPage) + ", stale-while-revalidate=" + strconv.Itoa(keepStale)
}

// policy lets the page load its own files, merchants' pictures from anywhere, and run nothing but the page's own script.
// Hashes instead of nonces: a page with a nonce could not be cached.
func (p *page) policy() string {
	var facts strings.Builder
	for _, f := range p.Data {
		facts.WriteString(" " + hashSource(string(f)))
	}
	forms := "'self'"
	if p.Leaves {
		forms += " https:"
	}
	return "default-src 'none'; img-src 'self' https: http:; style-src 'self' " + hashSource(string(p.Theme)) +
		"; script-src 'self'" + facts.String() + "; form-action " + forms + "; base-uri 'none'; frame-ancestors 'none'"
}

func hashSource(text string) string {
	sum := sha256.Sum256([]byte(text))
	return "'sha256-" + base64.StdEncoding.EncodeToString(sum[:]) + "'"
}

// answer sends a body under a tag of its content, or says that the client has it already.
func (s *site) answer(w http.ResponseWriter, r *http.Request, status int, body []byte) {
	sum := fnv.New64a()
	_, _ = sum.Write(body) // a hash does not fail
	h := w.Header()
	h.Add("Vary", "Accept-Encoding")
	if status == http.StatusOK {
		// Weak: the same page compressed has the same tag.
		tag := `W/"` + strconv.FormatUint(sum.Sum64(), 36) + `"`
		h.Set("ETag", tag)
		if strings.Contains(r.Header.Get("If-None-Match"), tag) {
			w.WriteHeader(http.StatusNotModified)
			return
		}
	}
	if takesGzip(r.Header.Get("Accept-Encoding")) {
		h.Set("Content-Encoding", "gzip")
		body = s.packer.pack(body)
	}
	h.Set("Content-Length", strconv.Itoa(len(body)))
	w.WriteHeader(status)
	if r.Method != http.MethodHead {
		_, _ = w.Write(body) // the client has gone; there is nobody left to tell
	}
}

// takesGzip reads Accept-Encoding as browsers and proxies write it.
func takesGzip(accept string) bool {
	for coding := range strings.SplitSeq(accept, ",") {
		name, weight, _ := strings.Cut(strings.TrimSpace(coding), ";")
		if strings.EqualFold(strings.TrimSpace(name), "gzip") {
			q, err := strconv.ParseFloat(strings.TrimPrefix(strings.ReplaceAll(weight, " ", ""), "q="), 64)
			return err != nil || q > 0
		}
	}
	return false
}

// packer compresses bodies. It keeps its writers: a new one allocates more than a page.
type packer struct{ writers sync.Pool }

func (p *packer) pack(body []byte) []byte {
	var b bytes.Buffer
	z, ok := p.writers.Get().(*gzip.Writer)
	if !ok {
		z = gzip.NewWriter(&b)
	}
	z.Reset(&b)
	_, _ = z.Write(body) // to memory, which takes everything
	_ = z.Close()
	p.writers.Put(z)
	return b.Bytes()
}
