package graph

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"io"
	"mime"
	"net/http"
	"net/url"
	"strings"
	"unicode/utf8"

	"github.com/99designs/gqlgen/graphql"
	"github.com/vektah/gqlparser/v2/ast"
	"github.com/vektah/gqlparser/v2/gqlerror"

	"github.com/kirana-commerce/kirana/commerce"
)

// handler is GraphQL over HTTP around gqlgen's executor. gqlgen's own transports read bodies of any length, echo what they
// cannot decode, and answer plain text when none of them fits; hence these few lines instead.
type handler struct {
	exec      *executor
	bodyBytes int64
	present   presenter
}

// methods is the Allow header of an endpoint that serves queries alone.
const methods = "GET, OPTIONS, POST"

// refused is a request that is not answered with a result.
type refused struct {
	status  int
	code    commerce.Code
	message string
}

func badRequest(message string) *refused {
	return &refused{http.StatusBadRequest, commerce.CodeBadUserInput, message}
}

// ServeHTTP answers one GraphQL request.
func (h *handler) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	ctx := graphql.StartOperationTrace(r.Context())
	w.Header().Add("Vary", "Accept")
	media := negotiate(r.Header.Values("Accept"))
	defer func() {
		if value := recover(); value != nil {
			fault, _ := errors.AsType[*gqlerror.Error](h.exec.PresentRecoveredError(ctx, value))
			write(w, media, http.StatusInternalServerError, &graphql.Response{Errors: gqlerror.List{fault}})
		}
	}()
	if r.Method == http.MethodOptions {
		w.Header().Set("Allow", methods)
		w.WriteHeader(http.StatusNoContent)
		return
	}
	if media == "" {
		h.refuse(ctx, w, mediaJSON, &refused{http.StatusNotAcceptable, commerce.CodeBadUserInput, "Accept " + mediaJSON + " or " + mediaGraphQL + "."})
		return
	}
	params, no := h.read(w, r)
	if no != nil {
		h.refuse(ctx, w, media, no)
		return
	}
	h.answer(ctx, w, r, media, params)
}

// answer executes a well-formed request.
func (h *handler) answer(ctx context.Context, w http.ResponseWriter, r *http.Request, media string, params *graphql.RawParams) {
	op, faults := h.exec.CreateOperationContext(ctx, params)
	if len(faults) > 0 {
		write(w, media, statusOfRefusal(media), h.exec.DispatchError(graphql.WithOperationContext(ctx, op), faults))
		return
	}
	if r.Method == http.MethodGet && op.Operation.Operation != ast.Query {
		w.Header().Set("Allow", http.MethodPost)
		h.refuse(ctx, w, media, &refused{http.StatusMethodNotAllowed, commerce.CodeBadUserInput, "GET is for queries alone: send this operation with POST."})
		return
	}
	next, ctx := h.exec.DispatchOperation(ctx, op)
	response := next(ctx)
	if response == nil { // the context ended before the execution began
		h.refuse(ctx, w, media, &refused{http.StatusServiceUnavailable, commerce.CodeUnavailable, textTimeout})
		return
	}
	write(w, media, http.StatusOK, response)
}

func (h *handler) refuse(ctx context.Context, w http.ResponseWriter, media string, no *refused) {
	if no.status == http.StatusMethodNotAllowed && w.Header().Get("Allow") == "" {
		w.Header().Set("Allow", methods)
	}
	write(w, media, no.status, &graphql.Response{Errors: gqlerror.List{h.present.request(ctx, no.code, no.message)}})
}

func (h *handler) read(w http.ResponseWriter, r *http.Request) (*graphql.RawParams, *refused) {
	switch r.Method {
	case http.MethodGet:
		return fromURL(r.URL, r.Header)
	case http.MethodPost:
		return h.fromBody(w, r)
	}
	return nil, &refused{http.StatusMethodNotAllowed, commerce.CodeBadUserInput, "Send GraphQL requests with POST, or queries with GET."}
}

// payload is a request as clients send it.
type payload struct {
	Query         string         `json:"query"`
	OperationName string         `json:"operationName"`
	Variables     map[string]any `json:"variables"`
	Extensions    map[string]any `json:"extensions"`
}

func (h *handler) fromBody(w http.ResponseWriter, r *http.Request) (*graphql.RawParams, *refused) {
	media, params, err := mime.ParseMediaType(r.Header.Get("Content-Type"))
	if charset := params["charset"]; err != nil || media != mediaJSON || charset != "" && !strings.EqualFold(charset, "utf-8") {
		return nil, &refused{http.StatusUnsupportedMediaType, commerce.CodeBadUserInput, "Send the request as " + mediaJSON + " in UTF-8."}
	}
	body, err := io.ReadAll(http.MaxBytesReader(w, r.Body, h.bodyBytes))
	if _, large := errors.AsType[*http.MaxBytesError](err); large {
		return nil, &refused{http.StatusRequestEntityTooLarge, commerce.CodeBadUserInput, "The body is too large."}
	}
	if err != nil {
		return nil, badRequest("The body did not arrive whole.")
	}
	var p payload
	if no := decode(body, &p); no != nil {
		return nil, no
	}
	return p.params(r.Header)
}

func fromURL(u *url.URL, header http.Header) (*graphql.RawParams, *refused) {
	values, err := url.ParseQuery(u.RawQuery)
	if err != nil {
		return nil, badRequest("The address is not encoded as it should be.")
	}
	p := payload{Query: values.Get("query"), OperationName: values.Get("operationName")}
	for name, into := range map[string]*map[string]any{"variables": &p.Variables, "extensions": &p.Extensions} {
		if text := values.Get(name); text != "" && decode([]byte(text), into) != nil {
			return nil, badRequest("The parameter " + name + " is not a JSON object.")
		}
	}
	return p.params(header)
}

func (p payload) params(header http.Header) (*graphql.RawParams, *refused) {
	switch {
	case p.Query == "":
		return nil, badRequest(`The request has no "query".`)
	case !utf8.ValidString(p.Query):
		return nil, badRequest("The query is not UTF-8.")
	}
	return &graphql.RawParams{
		Query: p.Query, OperationName: p.OperationName, Variables: p.Variables, Extensions: p.Extensions, Headers: header,
	}, nil
}

// decode reads exactly one JSON value. What it says never contains what was sent.
func decode(text []byte, into any) *refused {
	d := json.NewDecoder(bytes.NewReader(text))
	d.UseNumber() // whole numbers keep all their digits
	err := d.Decode(into)
	if wrong, ok := errors.AsType[*json.UnmarshalTypeError](err); ok {
		if wrong.Field == "" {
			return badRequest("The body must be a single JSON object.")
		}
		return badRequest(`"` + wrong.Field + `" has the wrong type: query and operationName are texts, variables and extensions are objects.`)
	}
	if err == nil {
		if _, end := d.Token(); errors.Is(end, io.EOF) {
			return nil
		}
	}
	return badRequest("The body is not JSON.")
}
