package graph

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"io"
	"net/http"
	"strconv"
	"strings"
	"sync"
	"time"

	"github.com/99designs/gqlgen/graphql"
	"github.com/99designs/gqlgen/graphql/handler/transport"
	"github.com/coder/websocket"
	"github.com/vektah/gqlparser/v2/ast"
	"github.com/vektah/gqlparser/v2/gqlerror"

	"github.com/kirana-commerce/kirana/commerce"
	"github.com/kirana-commerce/kirana/internal/auth"
)

// The subprotocols of GraphQL over websockets: graphql-ws' own, and the older one that still goes by its name.
const (
	protocolTransport = "graphql-transport-ws"
	protocolLegacy    = "graphql-ws"
)

// The codes that graphql-transport-ws closes connections with.
const (
	closeInvalid   = 4400
	closeTooEarly  = 4401
	closeForbidden = 4403
	closeProtocol  = 4406
	closeInitLate  = 4408
	closeDuplicate = 4409
	closeInitTwice = 4429
)

const (
	// initTimeout is how long a client may take to begin.
	initTimeout = 3 * time.Second
	// maxOperations is how many operations of one connection may run at a time.
	maxOperations = 50
	// renewal is how often somebody with a token is asked for anew while the connection is open.
	renewal = 10 * time.Second
)

// isUpgrade reports whether a request wants a websocket. Any other upgrade is ignored, as HTTP has it.
func isUpgrade(r *http.Request) bool {
	return r.Method == http.MethodGet && strings.EqualFold(r.Header.Get("Upgrade"), "websocket")
}

// serveSocket serves a websocket, until either side ends it. gqlgen's transport does the work; socket holds it to the
// protocol.
func (h *handler) serveSocket(w http.ResponseWriter, r *http.Request) {
	if !h.originAllowed(r) { // browsers let any page open a websocket
		reply{h: h, w: w, media: mediaJSON}.refuse(r.Context(), refusal(http.StatusForbidden, "Pages of this origin may not open websockets here."))
		return
	}
	accept := transport.CoderWebsocketImplementation{AcceptOptions: websocket.AcceptOptions{InsecureSkipVerify: true}} // the origin: see above
	conn, err := accept.Accept(w, r, transport.WebsocketAcceptOptions{Subprotocols: []string{protocolTransport, protocolLegacy}})
	if err != nil {
		return // Accept has answered
	}
	defer conn.Close() //nolint:errcheck // whatever happens: it is nobody else's any more
	if conn.Subprotocol() == "" {
		_ = conn.WriteClose(closeProtocol, "Subprotocol not acceptable")
		return
	}
	ctx, cancel := r.Context(), context.CancelFunc(func() {})
	if h.longLived != nil {
		ctx, cancel = h.longLived(ctx)
	}
	defer cancel()
	s := &socket{WebsocketConn: conn, h: h, r: r, going: ctx.Done(), active: map[string]string{}, names: map[string]string{}}
	watching, unwatched := context.WithCancel(ctx)
	watch := make(chan struct{})
	go func() {
		defer close(watch)
		s.watch(watching)
	}()
	defer func() { unwatched(); <-watch }()
	transport.Websocket{
		Implementation: accepted{s}, InitTimeout: initTimeout, PayloadReadLimit: &h.limits.BodyBytes,
		KeepAlivePingInterval: pulse, PingPongInterval: pulse,
	}.Do(w, r.WithContext(ctx), s)
}

// watch closes the connection of somebody whose token is not valid any more. That nobody can say just now changes nothing: the next
// operation is refused for it. A connection that stays open is no use of the token: only operations are.
func (s *socket) watch(ctx context.Context) {
	if s.h.renew == nil || auth.From(ctx).Viewer == nil {
		return
	}
	due := time.NewTicker(renewal)
	defer due.Stop()
	for {
		select {
		case <-ctx.Done():
			return
		case <-due.C:
		}
		if _, err := s.h.renew(commerce.WithoutUse(ctx)); errors.Is(err, auth.ErrInvalidToken) {
			s.forbid()
			return
		}
	}
}

// forbid closes the connection. Nothing more is said of what it had asked for.
func (s *socket) forbid() {
	s.mu.Lock()
	clear(s.active)
	s.mu.Unlock()
	_ = s.WebsocketConn.WriteClose(closeForbidden, "The token is not valid any more")
}

// renewed is the context of an operation, in which it is known anew who asks, or the answer to one for which it is not.
func (s *socket) renewed(ctx context.Context) (context.Context, *graphql.Response) {
	if s.h.renew == nil {
		return ctx, nil
	}
	fresh, err := s.h.renew(ctx)
	switch {
	case errors.Is(err, auth.ErrInvalidToken):
		s.forbid()
		return ctx, &graphql.Response{}
	case err != nil:
		return ctx, &graphql.Response{Errors: gqlerror.List{s.h.present.request(ctx, commerce.CodeUnavailable, textSignIn)}}
	}
	return fresh, nil
}

// accepted is a connection that has been accepted before.
type accepted struct{ s *socket }

// Accept returns the connection.
func (a accepted) Accept(http.ResponseWriter, *http.Request, transport.WebsocketAcceptOptions) (transport.WebsocketConn, error) {
	return a.s, nil
}

// socket is one connection. It stands on both sides of gqlgen's transport: as the connection below, it closes with the
// codes that the protocol asks for where gqlgen closes with others, or not at all; as the executor above, it sees to it
// that operations are read, found and limited as those of single requests are.
//
// gqlgen gets ids of our own, each used once. It mixes up two operations of one id, and an id is free again for the client
// from the moment that either side has ended its operation.
type socket struct {
	transport.WebsocketConn

	h     *handler
	r     *http.Request   // that opened the connection
	going <-chan struct{} // closed when the server ends the connection

	// next is what the message that was read last asks, and refused why it is not answered. gqlgen makes an operation of a
	// message before it reads another.
	next    *request
	refused gqlerror.List

	mu     sync.Mutex
	begun  bool
	count  int
	active map[string]string // by the client's id, gqlgen's: operations that the client has not seen the end of
	names  map[string]string // by gqlgen's id, the client's: operations that gqlgen has not seen the end of
}

// message is what all messages have.
type message struct {
	ID      string          `json:"id,omitempty"`
	Type    string          `json:"type"`
	Payload json.RawMessage `json:"payload,omitempty"`
}

// breach is why a connection is closed.
type breach struct {
	code   int
	reason string
}

func invalid(reason string) *breach { return &breach{closeInvalid, reason} }

const textInvalid = "Invalid message received"

// NextReader reads the next message that keeps to the protocol, and closes the connection when one does not.
func (s *socket) NextReader() (int, io.Reader, error) {
	for {
		kind, r, err := s.WebsocketConn.NextReader()
		if err != nil {
			return kind, nil, err
		}
		text, err := io.ReadAll(r)
		if err != nil {
			return kind, nil, err
		}
		var m message
		b := invalid(textInvalid)
		if kind == int(websocket.MessageText) && json.Unmarshal(text, &m) == nil {
			b = s.check(&m)
		}
		switch {
		case b != nil:
			_ = s.WebsocketConn.WriteClose(b.code, b.reason)
			return kind, nil, transport.ErrWebsocketClosed
		case s.next == nil && s.starts(m):
			s.refuseOne(m)
		default:
			return kind, bytes.NewReader(encode(m)), nil
		}
	}
}

// check holds a message to the protocol, and makes it what gqlgen is to read.
func (s *socket) check(m *message) *breach {
	s.mu.Lock()
	defer s.mu.Unlock()
	switch {
	case m.Type == "connection_init":
		return s.checkInit(m)
	case s.starts(*m):
		return s.checkStart(m)
	case s.stops(*m):
		id := s.active[m.ID]
		delete(s.active, m.ID) // gqlgen ends the operation; what it still says of it is not sent
		m.ID = id
		return nil
	case m.Type == "ping", m.Type == "pong", m.Type == "connection_terminate" && s.Subprotocol() == protocolLegacy:
		return nil
	}
	return invalid(textInvalid)
}

func (s *socket) starts(m message) bool {
	if s.Subprotocol() == protocolLegacy {
		return m.Type == "start"
	}
	return m.Type == "subscribe"
}

func (s *socket) stops(m message) bool {
	if s.Subprotocol() == protocolLegacy {
		return m.Type == "stop"
	}
	return m.Type == "complete"
}

func (s *socket) checkInit(m *message) *breach {
	if s.begun {
		return &breach{closeInitTwice, "Too many initialisation requests"}
	}
	s.begun = true
	d := decoder{bytes: bytes.Clone(m.Payload)}
	var payload map[string]any
	if fits, _ := memberObject(&d, &payload); len(m.Payload) > 0 && !fits {
		return invalid("The payload is not an object")
	}
	return nil
}

func (s *socket) checkStart(m *message) *breach {
	switch {
	case !s.begun:
		return &breach{closeTooEarly, "Unauthorized"}
	case m.ID == "" || len(m.Payload) == 0:
		return invalid(textInvalid)
	case s.active[m.ID] != "":
		return &breach{closeDuplicate, "Subscriber for this id already exists"}
	}
	q := &request{}
	no := q.decode(m.Payload)
	if no == nil {
		no = q.check()
	}
	if no != nil {
		return invalid(no.message)
	}
	if s.next = nil; len(s.active) == maxOperations {
		return nil
	}
	s.count++
	id := strconv.Itoa(s.count)
	s.next, s.active[m.ID], s.names[id] = q, id, m.ID
	m.ID, m.Payload = id, json.RawMessage("{}") // the request is in next
	return nil
}

// refuseOne refuses an operation that would be one too many.
func (s *socket) refuseOne(m message) {
	m.Type = "error"
	m.Payload = encode(gqlerror.List{fault(codeMaxCost, "At most %d operations may run on one connection.", maxOperations)})
	_ = s.WebsocketConn.WriteJSON(m) // a client that is gone is found by the next read
}

// WriteJSON sends a message, unless it is about an operation whose end the client has seen. gqlgen tells an end once more
// after an error, and after the client has told it.
func (s *socket) WriteJSON(v any) error {
	var m message
	if err := json.Unmarshal(encode(v), &m); err != nil {
		return err
	}
	if m.ID != "" && !s.goesOn(&m) {
		return nil
	}
	stuck := time.AfterFunc(writeTimeout, func() { _ = s.Close() })
	defer stuck.Stop()
	return s.WebsocketConn.WriteJSON(m)
}

// goesOn reports whether the client still waits for a message's operation, and gives the message the client's id.
func (s *socket) goesOn(m *message) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	id, name := m.ID, s.names[m.ID]
	active := name != "" && s.active[name] == id
	m.ID = name
	if m.Type == "complete" || m.Type == "error" {
		delete(s.names, id)
		if active {
			delete(s.active, name)
		}
	}
	// When the server goes away nothing is complete: the client asks another one.
	return active && (m.Type != "complete" || !s.goesAway())
}

func (s *socket) goesAway() bool {
	select {
	case <-s.going:
		return true
	default:
		return false
	}
}

// WriteClose closes the connection with the code that says what gqlgen's means.
func (s *socket) WriteClose(code int, reason string) error {
	s.mu.Lock()
	begun := s.begun
	s.mu.Unlock()
	switch {
	case s.goesAway():
		code, reason = int(websocket.StatusGoingAway), "The server goes away"
	case !begun && code == transport.WebsocketCloseProtocolError:
		code, reason = closeInitLate, "Connection initialisation timeout"
	}
	return s.WebsocketConn.WriteClose(code, reason)
}

// SetReadLimit bounds the length of a message.
func (s *socket) SetReadLimit(limit int64) {
	if c, ok := s.WebsocketConn.(transport.WebsocketReadLimiter); ok {
		c.SetReadLimit(limit)
	}
}

// SetReadDeadline ends the connection unless its client shows that it lives.
func (s *socket) SetReadDeadline(t time.Time) error {
	if c, ok := s.WebsocketConn.(transport.WebsocketReadDeadliner); ok {
		return c.SetReadDeadline(t)
	}
	return nil
}

// CreateOperationContext makes an operation of the message that was read last: gqlgen's own reading of it knows no
// registered documents.
func (s *socket) CreateOperationContext(ctx context.Context, p *graphql.RawParams) (*graphql.OperationContext, gqlerror.List) {
	q := s.next
	q.Headers, q.ReadTime = p.Headers.Clone(), p.ReadTime
	q.Headers.Del(headerIdempotencyKey) // it was the connection's, and names no single document
	var x *execution
	if x, s.refused = s.h.exec.prepare(ctx, &q.RawParams, q.documentID); len(s.refused) == 0 {
		return &x.OperationContext, nil
	}
	// With this code gqlgen sends an error, as the protocol has it, not a result.
	return &x.OperationContext, gqlerror.List{fault(codeValidation, "")}
}

// DispatchError shows why the message that was read last is not answered.
func (s *socket) DispatchError(ctx context.Context, _ gqlerror.List) *graphql.Response {
	return s.h.exec.DispatchError(ctx, s.refused)
}

// DispatchOperation begins an operation. Only a subscription may take longer than a request.
func (s *socket) DispatchOperation(ctx context.Context, op *graphql.OperationContext) (graphql.ResponseHandler, context.Context) {
	cancel := context.CancelFunc(func() {})
	if op.Operation.Operation != ast.Subscription && s.h.timeout > 0 {
		ctx, cancel = context.WithTimeout(ctx, s.h.timeout)
	}
	ctx, refused := s.renewed(ctx)
	if refused != nil {
		cancel()
		return graphql.OneShot(refused), ctx
	}
	var next graphql.ResponseHandler
	inner := ctx
	return func(context.Context) (response *graphql.Response) {
		defer func() {
			if value := recover(); value != nil { // gqlgen would send its text
				response, next = s.h.recovered(inner, value), graphql.OneShot(nil)
			}
			if response == nil {
				cancel()
			}
		}()
		if next != nil {
			return next(inner)
		}
		next, inner = s.h.exec.DispatchOperation(ctx, op)
		if response = next(inner); response == nil && errors.Is(ctx.Err(), context.DeadlineExceeded) {
			response = &graphql.Response{Errors: gqlerror.List{s.h.present.request(ctx, commerce.CodeUnavailable, textTimeout)}}
		}
		return response
	}, ctx
}
