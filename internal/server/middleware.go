package server

import (
	"cmp"
	"fmt"
	"log/slog"
	"maps"
	"net/http"
	"runtime/debug"
	"time"
)

// ServeHTTP serves any request. What surrounds the handlers is one function, as every request pays for it. Its order:
//   - the id comes first, because everybody after it logs it;
//   - recover stands inside the log and the metrics, so that a panic is counted as the 500 it becomes;
//   - headers stand outside recover, so that this 500 has them too;
//   - the time limit is innermost: what is outside of it still has time to answer.
func (s *Server) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	begin := s.o.Now()
	v := s.newVisit(w, r)
	ctx, cancel := v.context()
	r = r.WithContext(ctx) //nolint:contextcheck // v made it from r's
	defer s.record(v, r, begin)
	s.setHeaders(v)
	defer s.rescue(v, r)
	defer cancel()
	s.mux.ServeHTTP(v, r)
}

// record writes the access log, one line for each request but those of /livez, and measures it.
func (s *Server) record(v *visit, r *http.Request, begin time.Time) {
	took, status := s.o.Now().Sub(begin), cmp.Or(v.status, http.StatusOK)
	route := cmp.Or(r.Pattern, "none") // not the address, which anybody can make up
	s.o.Requests.Observe(route, status, took)
	if route == "/livez" || !s.o.Logger.Enabled(r.Context(), slog.LevelInfo) {
		return
	}
	s.o.Logger.LogAttrs(r.Context(), slog.LevelInfo, "request",
		slog.String("method", method(r.Method)), slog.String("route", route), slog.Int("status", status), slog.Int64("bytes", v.bytes),
		slog.Float64("ms", float64(took.Microseconds())/1000), slog.String("request_id", v.id[0]))
}

// method keeps the log to methods there are: a client may send any word.
func method(m string) string {
	switch m {
	case http.MethodGet, http.MethodHead, http.MethodPost, http.MethodPut, http.MethodPatch, http.MethodDelete, http.MethodOptions:
		return m
	}
	return "other"
}

// safeHeaders are right for answers that are data. A handler of pages sets its own policy over it.
func safeHeaders() http.Header {
	return http.Header{
		"Content-Security-Policy": {"default-src 'none'; frame-ancestors 'none'"},
		"X-Content-Type-Options":  {"nosniff"},
		"Referrer-Policy":         {"same-origin"},
		"Cache-Control":           {"no-store"},
	}
}

// setHeaders shares the values among all answers: a handler that sets or adds one makes its own.
func (s *Server) setHeaders(v *visit) {
	h := v.Header()
	maps.Copy(h, s.safe)
	h["X-Request-Id"] = v.id[:]
}

// rescue answers 500 when a handler panics, in GraphQL's shape, which clients of all routes can read. It must be deferred
// itself: a panic cannot be caught from further down.
func (s *Server) rescue(v *visit, r *http.Request) {
	value := recover()
	if value == nil {
		return
	}
	if value == http.ErrAbortHandler { //nolint:errorlint // net/http compares the value itself, too
		panic(value)
	}
	s.o.Logger.ErrorContext(r.Context(), "a handler panicked", "panic", fmt.Sprint(value), "request_id", v.id[0], "stack", string(debug.Stack()))
	if v.status != 0 {
		panic(http.ErrAbortHandler) // half an answer is on its way: end the connection, so that nobody takes it for whole
	}
	writeFault(v, http.StatusInternalServerError, "INTERNAL", "Something went wrong on our side.", v.id[0])
}

// writeFault answers in GraphQL's shape.
func writeFault(w http.ResponseWriter, status int, code, message, id string) {
	writeJSON(w, status, map[string]any{"errors": []any{map[string]any{
		"message": message, "extensions": map[string]string{"code": code, "requestId": id},
	}}})
}
