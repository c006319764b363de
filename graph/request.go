package graph

import (
	"errors"
	"io"
	"mime"
	"net/http"
	"net/url"
	"strings"
	"unicode/utf8"

	"github.com/99designs/gqlgen/graphql"

	"github.com/kirana-commerce/kirana/commerce"
)

// maxAddress bounds the address of a request, in bytes, as most proxies on the way do.
const maxAddress = 8 << 10

// request is what a client asks.
type request struct {
	graphql.RawParams

	// documentID names a document that the server knows, in place of a text.
	documentID string
}

// registered reports whether the request names its document instead of sending it.
func (q *request) registered() bool {
	return q.Query == "" && (q.documentID != "" || q.Extensions["persistedQuery"] != nil)
}

// refused is a request that is not answered with a result.
type refused struct {
	status  int
	code    commerce.Code
	message string
	allow   string // the methods to use instead, with 405
}

func refusal(status int, message string) *refused {
	return &refused{status: status, code: commerce.CodeBadUserInput, message: message}
}

func badRequest(message string) *refused { return refusal(http.StatusBadRequest, message) }

// read decodes a request. What it says never contains what was sent.
func (h *handler) read(w http.ResponseWriter, r *http.Request) (*request, *refused) {
	if len(r.RequestURI) > maxAddress {
		return nil, refusal(http.StatusRequestURITooLong, "The address is too long: send the request with POST.")
	}
	switch r.Method {
	case http.MethodGet:
		q, no := fromURL(r.URL)
		if no == nil {
			no = h.refuseGet(r, q)
		}
		return q, no
	case http.MethodPost:
		return h.fromBody(w, r)
	}
	no := refusal(http.StatusMethodNotAllowed, "Send GraphQL requests with POST, or queries with GET.")
	no.allow = methods
	return nil, no
}

func (h *handler) fromBody(w http.ResponseWriter, r *http.Request) (*request, *refused) {
	if !isJSON(r.Header.Get("Content-Type")) {
		return nil, refusal(http.StatusUnsupportedMediaType, "Send the request as "+mediaJSON+" in UTF-8.")
	}
	body := h.buffers.get()
	defer h.buffers.put(body)
	from, most := io.Reader(r.Body), h.limits.bodyBytes(r.Context())
	if r.ContentLength < 0 || r.ContentLength > most { // else net/http reads no more than was announced
		from = http.MaxBytesReader(w, r.Body, most)
	}
	if _, err := body.ReadFrom(from); err != nil {
		if _, large := errors.AsType[*http.MaxBytesError](err); large {
			return nil, refusal(http.StatusRequestEntityTooLarge, "The body is too large.")
		}
		return nil, badRequest("The body did not arrive whole.")
	}
	q := &request{}
	if no := q.decode(body.Bytes()); no != nil {
		return nil, no
	}
	return q, q.check()
}

// isJSON reports whether a Content-Type is JSON in UTF-8.
func isJSON(contentType string) bool {
	if contentType == mediaJSON {
		return true
	}
	media, params, err := mime.ParseMediaType(contentType)
	return err == nil && media == mediaJSON && isUTF8(params["charset"])
}

// isUTF8 reports whether a charset is the one of JSON, which need not be named.
func isUTF8(charset string) bool { return charset == "" || strings.EqualFold(charset, "utf-8") }

// decode reads the JSON of a request, and uses the bytes up.
func (q *request) decode(body []byte) *refused {
	if !utf8.Valid(body) {
		return badRequest("The body is not UTF-8.")
	}
	d := decoder{bytes: body}
	if d.peek() != '{' {
		value, ok := d.value()
		switch {
		case !ok || !d.end():
			return badRequest("The body is not JSON.")
		case value != nil: // null is a request without anything
			return badRequest("The body must be a single JSON object.")
		}
		return nil
	}
	wrong := ""
	ok := d.members(func(name []byte) bool {
		fits, ok := q.member(&d, name)
		if !fits && wrong == "" {
			wrong = string(name)
		}
		return ok
	})
	switch {
	case !ok || !d.end():
		return badRequest("The body is not JSON.")
	case wrong != "":
		return badRequest(`"` + wrong + `" has the wrong type: query, operationName and documentId are texts, variables and extensions are objects.`)
	}
	return nil
}

// member reads one member: whether it has the type it should have, and whether it is JSON at all.
func (q *request) member(d *decoder, name []byte) (fits, ok bool) {
	switch string(name) {
	case "query":
		return memberText(d, &q.Query)
	case "operationName":
		return memberText(d, &q.OperationName)
	case "documentId":
		return memberText(d, &q.documentID)
	case "variables":
		return memberObject(d, &q.Variables)
	case "extensions":
		return memberObject(d, &q.Extensions)
	}
	_, ok = d.value() // what nobody knows is nobody's fault
	return true, ok
}

func memberText(d *decoder, into *string) (fits, ok bool) {
	if d.peek() == '"' {
		text, ok := d.text()
		*into = string(text)
		return true, ok
	}
	value, ok := d.value()
	return value == nil, ok
}

func memberObject(d *decoder, into *map[string]any) (fits, ok bool) {
	if d.peek() == '{' {
		*into, ok = d.object()
		return true, ok
	}
	value, ok := d.value()
	return value == nil, ok
}

func fromURL(u *url.URL) (*request, *refused) {
	values, err := url.ParseQuery(u.RawQuery)
	if err != nil {
		return nil, badRequest("The address is not encoded as it should be.")
	}
	q := &request{documentID: values.Get("documentId")}
	q.Query, q.OperationName = values.Get("query"), values.Get("operationName")
	for _, p := range []struct {
		name string
		into *map[string]any
	}{{"variables", &q.Variables}, {"extensions", &q.Extensions}} {
		text := values.Get(p.name)
		if text == "" {
			continue
		}
		d := decoder{bytes: []byte(text)}
		fits, ok := memberObject(&d, p.into)
		if !utf8.ValidString(text) || !fits || !ok || !d.end() {
			return nil, badRequest("The parameter " + p.name + " is not a JSON object.")
		}
	}
	return q, q.check()
}

// check refuses a request that names no document, in whichever way.
func (q *request) check() *refused {
	switch {
	case q.Query == "" && !q.registered():
		return badRequest(`The request has no "query".`)
	case !utf8.ValidString(q.Query) || !utf8.ValidString(q.OperationName) || !utf8.ValidString(q.documentID):
		return badRequest("The query is not UTF-8.")
	}
	return nil
}
