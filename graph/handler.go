package graph

import (
	"bytes"
	"context"
	"errors"
	"net/http"
	"time"

	"github.com/99designs/gqlgen/graphql"
	"github.com/vektah/gqlparser/v2/ast"
	"github.com/vektah/gqlparser/v2/gqlerror"

	"github.com/kirana-commerce/kirana/commerce"
)

// handler is GraphQL over HTTP around an executor. gqlgen's own transports read bodies of any length, echo what they
// cannot decode, and answer plain text when none of them fits; hence these few files instead.
type handler struct {
	exec    graphExecutor
	limits  Limits
	present presenter

	getQueries  bool
	allowOrigin func(origin string) bool
	longLived   func(context.Context) (context.Context, context.CancelFunc)
	renew       func(context.Context) (context.Context, error)
	timeout     time.Duration

	buffers buffers
	zips    zips
}

// graphExecutor is what the handler needs of the executor.
type graphExecutor interface {
	prepare(ctx context.Context, params *graphql.RawParams, documentID string) (*execution, gqlerror.List)
	run(ctx context.Context, x *execution, into *bytes.Buffer) *graphql.Response
	DispatchOperation(ctx context.Context, op *graphql.OperationContext) (graphql.ResponseHandler, context.Context)
	DispatchError(ctx context.Context, faults gqlerror.List) *graphql.Response
	PresentRecoveredError(ctx context.Context, value any) error
}

// methods is the Allow header of the endpoint as a whole.
const methods = "GET, OPTIONS, POST"

// ServeHTTP answers one GraphQL request, whichever way it comes.
func (h *handler) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	if isUpgrade(r) {
		h.serveSocket(w, r)
		return
	}
	ctx := r.Context()
	w.Header().Add("Vary", "Accept, Accept-Encoding")
	a := reply{h: h, w: w, media: negotiate(r.Header["Accept"]), zip: gzipWanted(r.Header["Accept-Encoding"])}
	defer func() {
		if value := recover(); value != nil {
			a.send(http.StatusInternalServerError, h.recovered(ctx, value))
		}
	}()
	switch {
	case r.Method == http.MethodOptions:
		w.Header().Set("Allow", methods)
		w.WriteHeader(http.StatusNoContent)
		return
	case a.media == "":
		a.media = mediaJSON
		a.refuse(ctx, refusal(http.StatusNotAcceptable, "Accept "+mediaJSON+" or "+mediaGraphQL+"."))
		return
	}
	q, no := h.read(w, r)
	if no != nil {
		a.refuse(ctx, no)
		return
	}
	h.answer(ctx, a, r, q)
}

// recovered is the answer of a request that panicked.
func (h *handler) recovered(ctx context.Context, value any) *graphql.Response {
	fault, _ := errors.AsType[*gqlerror.Error](h.exec.PresentRecoveredError(ctx, value))
	return &graphql.Response{Errors: gqlerror.List{fault}}
}

// answer executes a well-formed request.
func (h *handler) answer(ctx context.Context, a reply, r *http.Request, q *request) {
	q.Headers = r.Header
	x, faults := h.exec.prepare(ctx, &q.RawParams, q.documentID)
	if len(faults) > 0 {
		a.fail(h.exec.DispatchError(graphql.WithOperationContext(ctx, &x.OperationContext), faults))
		return
	}
	if no := refuseOperation(r, a.media, x.Operation.Operation); no != nil {
		a.refuse(ctx, no)
		return
	}
	if a.media == mediaStream {
		h.stream(ctx, a, &x.OperationContext)
		return
	}
	a.body = h.buffers.get()
	defer h.buffers.put(a.body)
	a.body.WriteString(dataKey)
	response := h.exec.run(ctx, x, a.body)
	if response == nil { // the context ended before the execution began
		a.refuse(ctx, &refused{status: http.StatusServiceUnavailable, code: commerce.CodeUnavailable, message: textTimeout})
		return
	}
	tellHeader(a.w.Header(), response)
	a.send(http.StatusOK, response)
}

// refuseOperation refuses the kinds of operations that a request of this kind cannot carry.
func refuseOperation(r *http.Request, media string, kind ast.Operation) *refused {
	switch {
	case kind == ast.Mutation && r.Method == http.MethodGet:
		no := refusal(http.StatusMethodNotAllowed, "GET is for queries alone: send this operation with POST.")
		no.allow = http.MethodPost
		return no
	case kind == ast.Subscription && media != mediaStream:
		return refusal(http.StatusNotAcceptable, "Subscribe over a websocket, or accept "+mediaStream+".")
	}
	return nil
}
