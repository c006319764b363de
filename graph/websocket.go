package graph

import (
	"bytes"
	"context"
	"encoding/json"
	"io"
	"net/http"
	"strings"
	"sync"
	"time"

	"github.com/99designs/gqlgen/graphql"
	"github.com/99designs/gqlgen/graphql/handler/transport"
	"github.com/coder/websocket"
	"github.com/vektah/gqlparser/v2/ast"
	"github.com/vektah/gqlparser/v2/gqlerror"
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
	defer conn.Close() // whatever happens: it is nobody else's any more
	if conn.Subprotocol() == "" {
		_ = conn.WriteClose(closeProtocol, "Subprotocol not acceptable")
		return
	}
	ctx, cancel := r.Context(), context.CancelFunc(func() {})
	if h.longLived != nil {
		ctx, cancel = h.longLived(ctx)
	}
	defer cancel()
	s := &socket{WebsocketConn: conn, h: h, r: r, going: ctx.Done(), active: map[string]bool{}}
	transport.Websocket{
		Implementation: accepted{s}, InitTimeout: initTimeout, PayloadReadLimit: &h.limits.BodyBytes,
		KeepAlivePingInterval: pulse, PingPongInterval: pulse,
	}.Do(w, r.WithContext(ctx), s)
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
type socket struct {
	transport.WebsocketConn

	h     *handler
	r     *http.Request   // that opened the connection
	going <-chan struct{} // closed when the server ends the connection

	// next is what the message that was read last asks. gqlgen makes an operation of a message before it reads another.
	next *request

	mu     sync.Mutex
	begun  bool
	active map[string]bool // the ids of operations that the client has not seen the end of
}

// message is what all messages have.
type message struct {
	ID      string          `json:"id"`
	Type    string          `json:"type"`
	Payload json.RawMessage `json:"payload"`
}

// breach is why a connection is closed; the zero breach is none.
type breach struct {
	code   int
	reason string
}

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
		b := breach{closeInvalid, "Invalid message received"}
		if kind == int(websocket.MessageText) && json.Unmarshal(text, &m) == nil {
			b = s.check(m)
		}
		switch {
		case b.code != 0:
			_ = s.WebsocketConn.WriteClose(b.code, b.reason)
			return kind, nil, transport.ErrWebsocketClosed
		case s.full(m):
			continue
		}
		return kind, bytes.NewReader(text), nil
	}
}

// check holds a message to the protocol.
func (s *socket) check(m message) breach {
	s.mu.Lock()
	defer s.mu.Unlock()
	switch {
	case m.Type == "connection_init":
		return s.checkInit(m)
	case s.starts(m):
		return s.checkStart(m)
	case s.stops(m):
		delete(s.active, m.ID) // gqlgen ends the operation; whatever it still says of it is dropped
		return breach{}
	case m.Type == "ping", m.Type == "pong", m.Type == "connection_terminate" && s.Subprotocol() == protocolLegacy:
		return breach{}
	}
	return breach{closeInvalid, "Invalid message received"}
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

func (s *socket) checkInit(m message) breach {
	if s.begun {
		return breach{closeInitTwice, "Too many initialisation requests"}
	}
	s.begun = true
	d := decoder{bytes: bytes.Clone(m.Payload)}
	var payload map[string]any
	if fits, _ := memberObject(&d, &payload); len(m.Payload) > 0 && !fits {
		return breach{closeInvalid, "The payload is not an object"}
	}
	return breach{}
}

func (s *socket) checkStart(m message) breach {
	q := &request{}
	switch {
	case !s.begun:
		return breach{closeTooEarly, "Unauthorized"}
	case m.ID == "" || len(m.Payload) == 0:
		return breach{closeInvalid, "Invalid message received"}
	case s.active[m.ID]:
		return breach{closeDuplicate, "Subscriber for this id already exists"}
	}
	no := q.decode(m.Payload)
	if no == nil {
		no = q.check()
	}
	if no != nil {
		return breach{closeInvalid, no.message}
	}
	if len(s.active) < maxOperations {
		s.next, s.active[m.ID] = q, true
	}
	return breach{}
}

// full refuses an operation that would be one too many.
func (s *socket) full(m message) bool {
	s.mu.Lock()
	full := s.starts(m) && !s.active[m.ID]
	s.mu.Unlock()
	if full {
		payload := encode(gqlerror.List{fault(codeMaxCost, "At most %d operations may run on one connection.", maxOperations)})
		_ = s.WebsocketConn.WriteJSON(message{ID: m.ID, Type: "error", Payload: payload}) // a client that is gone is found by the next read
	}
	return full
}

// WriteJSON sends a message. gqlgen tells the end of an operation twice after an error, and once more after the client has
// ended it; then the id may stand for another operation.
func (s *socket) WriteJSON(v any) error {
	text, err := json.Marshal(v)
	if err != nil {
		return err
	}
	var m message
	if err := json.Unmarshal(text, &m); err != nil {
		return err
	}
	if m.ID != "" && !s.goesOn(m) {
		return nil
	}
	stuck := time.AfterFunc(writeTimeout, func() { _ = s.Close() })
	defer stuck.Stop()
	return s.WebsocketConn.WriteJSON(json.RawMessage(text))
}

// goesOn reports whether the client still waits for a message's operation, and takes note of its end.
func (s *socket) goesOn(m message) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	active := s.active[m.ID]
	if m.Type == "complete" || m.Type == "error" {
		delete(s.active, m.ID)
	}
	return active
}

// WriteClose closes the connection with the code that says what gqlgen's means.
func (s *socket) WriteClose(code int, reason string) error {
	s.mu.Lock()
	begun := s.begun
	s.mu.Unlock()
	select {
	case <-s.going:
		code, reason = int(websocket.StatusGoingAway), "The server goes away"
	default:
		if !begun && code == transport.WebsocketCloseProtocolError {
			code, reason = closeInitLate, "Connection initialisation timeout"
		}
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
	q.Headers, q.ReadTime = p.Headers, p.ReadTime
	if unknown := s.h.find(ctx, s.r, q); unknown != nil {
		return &graphql.OperationContext{RawQuery: q.Query, Headers: q.Headers}, gqlerror.List{unknown}
	}
	return s.h.exec.CreateOperationContext(ctx, &q.RawParams)
}

// DispatchOperation begins an operation. Only a subscription may take longer than a request.
func (s *socket) DispatchOperation(ctx context.Context, op *graphql.OperationContext) (graphql.ResponseHandler, context.Context) {
	if op.Operation.Operation == ast.Subscription || s.h.timeout == 0 {
		return s.h.exec.DispatchOperation(ctx, op)
	}
	ctx, cancel := context.WithTimeout(ctx, s.h.timeout)
	next, ctx := s.h.exec.DispatchOperation(ctx, op)
	return func(ctx context.Context) *graphql.Response {
		response := next(ctx)
		if response == nil {
			cancel()
		}
		return response
	}, ctx
}

// DispatchError answers an operation that is refused.
func (s *socket) DispatchError(ctx context.Context, list gqlerror.List) *graphql.Response {
	return s.h.exec.DispatchError(ctx, list)
}
