package graph

import (
	"net/http"
	"net/url"
	"strings"
)

// A browser sends some requests to any site without asking it first, "simple" ones: no page needs a permission for
// them, only for reading the answer. A POST is never simple here, since its Content-Type must be application/json. A GET
// is, and it is told apart by one of these headers, which no page can set without having asked.
const (
	headerPreflight       = "Kirana-Require-Preflight"
	headerPreflightApollo = "Apollo-Require-Preflight"
	headerOperationApollo = "X-Apollo-Operation-Name"
)

// refuseGet says which queries may be sent with GET:
//   - registered documents, by anybody: they were written by whoever registered them, and only read;
//   - texts with Options.GetQueries alone, and then not from the pages of other sites, unless their request was preflighted.
//
// Mutations are refused further on, when the document has been read.
func (h *handler) refuseGet(r *http.Request, q *request) *refused {
	switch {
	case q.registered():
		return nil
	case !h.getQueries:
		no := refusal(http.StatusMethodNotAllowed, "Send this query with POST. GET is for registered documents, named by documentId.")
		no.allow = http.MethodPost
		return no
	case !preflighted(r) && h.fromOtherSite(r):
		return badRequest("A page of another site has to send the header " + headerPreflight + " with a GET.")
	}
	return nil
}

func preflighted(r *http.Request) bool {
	return r.Header.Get(headerPreflight) != "" || r.Header.Get(headerPreflightApollo) != "" || r.Header.Get(headerOperationApollo) != "" ||
		isJSON(r.Header.Get("Content-Type"))
}

// fromOtherSite reports whether a browser says that a page of another site sends the request. What is no browser says
// nothing: it carries nobody's rights but its own. Browsers have sent Sec-Fetch-Site since 2023.
func (h *handler) fromOtherSite(r *http.Request) bool {
	switch r.Header.Get("Sec-Fetch-Site") {
	case "same-origin", "none":
		return false
	case "":
		return !h.originAllowed(r)
	}
	return true
}

// originAllowed reports whether pages of the request's origin may use the API: those of this server itself, and those
// that Options.AllowOrigin lets in.
func (h *handler) originAllowed(r *http.Request) bool {
	origin := r.Header.Get("Origin")
	if origin == "" {
		return true
	}
	u, err := url.Parse(origin)
	if err == nil && u.Host != "" && strings.EqualFold(u.Host, r.Host) {
		return true
	}
	return h.allowOrigin != nil && h.allowOrigin(origin)
}
