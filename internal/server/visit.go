package server

import (
	"cmp"
	"context"
	"crypto/rand"
	"net/http"
	"strings"

	"github.com/kirana-commerce/kirana/internal/auth"
)

// visit is what the server keeps of one request, in one piece because every request pays for it. It is also the
// ResponseWriter of the handlers, and remembers what they answered.
type visit struct {
	http.ResponseWriter

	server *Server
	id     [1]string       // as header values are
	base   context.Context //nolint:containedctx // the request's own, without its time limit, for streams
	known  auth.Request
	token  string // that known.Viewer was found by, empty for nobody
	status int
	bytes  int64
}

type visitKey struct{}

// newVisit begins a request: its id is that which a proxy has given it, if it is one, or a new one.
func (s *Server) newVisit(w http.ResponseWriter, r *http.Request) *visit {
	id := r.Header.Get("X-Request-Id")
	if !saneID(id) {
		id = rand.Text()
	}
	return &visit{ResponseWriter: w, server: s, id: [1]string{id}, base: r.Context()}
}

// context is that of the handlers.
func (v *visit) context() (context.Context, context.CancelFunc) {
	ctx, cancel := context.WithTimeout(v.base, v.server.o.RequestTimeout)
	return context.WithValue(auth.Prepare(ctx, &v.known), visitKey{}, v), cancel
}

func visitOf(ctx context.Context) *visit {
	v, _ := ctx.Value(visitKey{}).(*visit)
	return v
}

// RequestID is the id of the context's request, "" outside of one. Clients find it in the header X-Request-Id.
func RequestID(ctx context.Context) string {
	if v := visitOf(ctx); v != nil {
		return v.id[0]
	}
	return ""
}

// saneID reports whether a text can stand in any log without changing its meaning.
func saneID(id string) bool {
	if id == "" || len(id) > 64 {
		return false
	}
	return strings.Trim(id, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-_.") == ""
}

// WriteHeader sends the status.
func (v *visit) WriteHeader(status int) {
	// Other 1xx are not the answer yet; with 101 the connection becomes a websocket, and no other follows.
	if v.status == 0 && (status >= http.StatusOK || status == http.StatusSwitchingProtocols) {
		v.status = status
	}
	v.ResponseWriter.WriteHeader(status)
}

// Write sends a part of the body.
func (v *visit) Write(b []byte) (int, error) {
	v.status = cmp.Or(v.status, http.StatusOK)
	n, err := v.ResponseWriter.Write(b)
	v.bytes += int64(n)
	return n, err
}

// Unwrap lets http.ResponseController reach the connection, which streams and websockets need.
func (v *visit) Unwrap() http.ResponseWriter { return v.ResponseWriter }
