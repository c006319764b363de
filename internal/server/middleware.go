package server

import (
	"cmp"
	"context"
	"crypto/rand"
	"fmt"
	"log/slog"
	"net/http"
	"runtime/debug"
	"slices"
	"strings"
	"time"
)

// middleware wraps every route, the first of the list outermost:
//   - the id comes first, because everybody after it logs it;
//   - recover stands inside the log and the metrics, so that a panic is counted as the 500 it becomes;
//   - headers stand outside recover, so that this 500 has them too;
//   - the time limit is innermost: what is outside of it still has time to answer.
func (s *Server) middleware(h http.Handler) http.Handler {
	list := []func(http.Handler) http.Handler{
		withRequestID, s.observed, withSafeHeaders, s.recovered, s.timed,
	}
	for _, wrap := range slices.Backward(list) {
		h = wrap(h)
	}
	return h
}

type requestIDKey struct{}

// RequestID is the id of the context's request, "" outside of one. Clients find it in the header X-Request-Id.
func RequestID(ctx context.Context) string {
	id, _ := ctx.Value(requestIDKey{}).(string)
	return id
}

// withRequestID takes the id that a proxy has given the request, if it is one, or makes one.
func withRequestID(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		id := r.Header.Get("X-Request-Id")
		if !saneID(id) {
			id = rand.Text()
		}
		w.Header().Set("X-Request-Id", id)
		next.ServeHTTP(w, r.WithContext(context.WithValue(r.Context(), requestIDKey{}, id)))
	})
}

// saneID reports whether a text can stand in any log without changing its meaning.
func saneID(id string) bool {
	if id == "" || len(id) > 64 {
		return false
	}
	return strings.Trim(id, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-_.") == ""
}

// observed writes the access log, one line for each request but those of /livez, and measures it.
func (s *Server) observed(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		begin := s.o.Now()
		_, route := s.mux.Handler(r) // the pattern, not the address, which anybody can make up
		rec := &recorder{ResponseWriter: w}
		defer s.record(r, rec, cmp.Or(route, "none"), begin)
		next.ServeHTTP(rec, r)
	})
}

func (s *Server) record(r *http.Request, rec *recorder, route string, begin time.Time) {
	took, status := s.o.Now().Sub(begin), cmp.Or(rec.status, http.StatusOK)
	s.o.Requests.Observe(route, status, took)
	if route == "/livez" {
		return
	}
	s.o.Logger.LogAttrs(r.Context(), slog.LevelInfo, "request",
		slog.String("method", method(r.Method)), slog.String("route", route), slog.Int("status", status), slog.Int64("bytes", rec.bytes),
		slog.Float64("ms", float64(took.Microseconds())/1000), slog.String("request_id", RequestID(r.Context())))
}

// method keeps the log to methods there are: a client may send any word.
func method(m string) string {
	switch m {
	case http.MethodGet, http.MethodHead, http.MethodPost, http.MethodPut, http.MethodPatch, http.MethodDelete, http.MethodOptions:
		return m
	}
	return "other"
}

// withSafeHeaders sets what is right for answers that are data. A handler of pages sets its own policy over it.
func withSafeHeaders(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		h := w.Header()
		h.Set("Content-Security-Policy", "default-src 'none'; frame-ancestors 'none'")
		h.Set("X-Content-Type-Options", "nosniff")
		h.Set("Referrer-Policy", "same-origin")
		h.Set("Cache-Control", "no-store")
		next.ServeHTTP(w, r)
	})
}

// recovered answers 500 when a handler panics, in GraphQL's shape, which clients of all routes can read.
func (s *Server) recovered(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		defer s.rescue(w, r)
		next.ServeHTTP(w, r)
	})
}

// rescue must be deferred itself: a panic cannot be caught from further down.
func (s *Server) rescue(w http.ResponseWriter, r *http.Request) {
	value := recover()
	if value == nil {
		return
	}
	if value == http.ErrAbortHandler { //nolint:errorlint // net/http compares the value itself, too
		panic(value)
	}
	id := RequestID(r.Context())
	s.o.Logger.ErrorContext(r.Context(), "a handler panicked", "panic", fmt.Sprint(value), "request_id", id, "stack", string(debug.Stack()))
	if rec, ok := w.(*recorder); ok && rec.status != 0 {
		panic(http.ErrAbortHandler) // half an answer is on its way: end the connection, so that nobody takes it for whole
	}
	writeFault(w, http.StatusInternalServerError, "INTERNAL", "Something went wrong on our side.", id)
}

// writeFault answers in GraphQL's shape.
func writeFault(w http.ResponseWriter, status int, code, message, id string) {
	writeJSON(w, status, map[string]any{"errors": []any{map[string]any{
		"message": message, "extensions": map[string]string{"code": code, "requestId": id},
	}}})
}

func (s *Server) timed(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		ctx, cancel := context.WithTimeout(r.Context(), s.o.RequestTimeout)
		defer cancel()
		next.ServeHTTP(w, r.WithContext(ctx))
	})
}

// recorder remembers what was answered.
type recorder struct {
	http.ResponseWriter
	status int
	bytes  int64
}

// WriteHeader sends the status.
func (r *recorder) WriteHeader(status int) {
	if r.status == 0 && status >= http.StatusOK { // 1xx are not the answer yet
		r.status = status
	}
	r.ResponseWriter.WriteHeader(status)
}

// Write sends a part of the body.
func (r *recorder) Write(b []byte) (int, error) {
	r.status = cmp.Or(r.status, http.StatusOK)
	n, err := r.ResponseWriter.Write(b)
	r.bytes += int64(n)
	return n, err
}

// Unwrap lets http.ResponseController reach the connection.
func (r *recorder) Unwrap() http.ResponseWriter { return r.ResponseWriter }
