package graph

import (
	"bytes"
	"context"
	"net/http"
	"sync"
	"time"

	"github.com/99designs/gqlgen/graphql"
	"github.com/vektah/gqlparser/v2/ast"
)

const (
	// pulse is how often a silent stream shows that it lives, so that no proxy on the way gives it up.
	pulse = 12 * time.Second
	// writeTimeout is how long a client may take to receive one event.
	writeTimeout = 10 * time.Second
)

// stream answers with server-sent events: GraphQL over SSE, "distinct connections mode".
//
// gqlgen's transport of that name logs and echoes bodies that it cannot decode, can still be writing a ping when the
// handler has returned, and ends with an event that browsers do not deliver, as it carries no data.
func (h *handler) stream(ctx context.Context, a reply, op *graphql.OperationContext) {
	if op.Operation.Operation == ast.Subscription && h.longLived != nil {
		var cancel context.CancelFunc
		ctx, cancel = h.longLived(ctx)
		defer cancel()
	}
	e := newEvents(a)
	e.open()
	defer func() {
		if value := recover(); value != nil {
			_ = e.next(h.recovered(ctx, value)) // the client has gone; there is nobody left to tell
		}
		e.close(ctx.Err() == nil) // a client whose stream was cut off asks again
	}()
	next, ctx := h.exec.DispatchOperation(ctx, op)
	for ctx.Err() == nil {
		response := next(ctx)
		if response == nil || e.next(response) != nil {
			return
		}
	}
}

// events is a stream of server-sent events.
type events struct {
	reply

	control *http.ResponseController
	done    chan struct{}
	pulse   sync.WaitGroup
	mu      sync.Mutex // of writing
}

func newEvents(a reply) *events {
	return &events{reply: a, control: http.NewResponseController(a.w), done: make(chan struct{})}
}

// only sends a stream of one response.
func (e *events) only(r *graphql.Response) {
	e.open()
	_ = e.next(r) // the client has gone; there is nobody left to tell
	e.close(true)
}

// open begins the stream, which lives until close.
func (e *events) open() {
	header := e.w.Header()
	header.Set("Content-Type", mediaStream+"; charset=utf-8")
	header.Set("X-Accel-Buffering", "no") // nginx would hold events back
	e.w.WriteHeader(http.StatusOK)
	// The limits of the connection are for answers that end. Where there are none to lift, nothing is to be done.
	_ = e.control.SetReadDeadline(time.Time{})
	_ = e.control.SetWriteDeadline(time.Time{})
	_ = e.write(":\n\n", nil, "")
	e.pulse.Go(func() {
		tick := time.NewTicker(pulse)
		defer tick.Stop()
		for {
			select {
			case <-e.done:
				return
			case <-tick.C:
				_ = e.write(":\n\n", nil, "")
			}
		}
	})
}

// close ends the stream, and says so when nothing more would have come. Nobody writes afterwards: the connection serves
// other requests.
func (e *events) close(complete bool) {
	close(e.done)
	e.pulse.Wait()
	if complete {
		_ = e.write("event: complete\ndata:\n\n", nil, "")
	}
}

// next sends one response.
func (e *events) next(r *graphql.Response) error {
	body := e.h.buffers.get()
	defer e.h.buffers.put(body)
	appendResponse(body, r)
	data := body.Bytes()
	if bytes.ContainsAny(data, "\r\n") { // white space between values, which would end the line
		data = bytes.Map(func(c rune) rune {
			if c == '\r' || c == '\n' {
				return ' '
			}
			return c
		}, data)
	}
	return e.write("event: next\ndata: ", data, "\n\n")
}

// write sends a part of the stream at once.
func (e *events) write(head string, body []byte, tail string) error {
	e.mu.Lock()
	defer e.mu.Unlock()
	stuck := time.AfterFunc(writeTimeout, func() { _ = e.control.SetWriteDeadline(time.Unix(1, 0)) })
	defer stuck.Stop()
	for _, part := range [][]byte{[]byte(head), body, []byte(tail)} {
		if _, err := e.w.Write(part); err != nil {
			return err
		}
	}
	return e.control.Flush()
}
