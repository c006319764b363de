package server

import (
	"context"
	"encoding/json"
	"net/http"
	"time"
)

// checkTimeout is how long one check may take.
const checkTimeout = 2 * time.Second

// Check tells whether a part that requests need can be used. Its error is logged, never shown.
type Check struct {
	Name  string
	Check func(context.Context) error
	// Spare says that something stands in for the part: that it fails is shown, and the server stays ready.
	Spare bool
}

// The words in the body of /readyz.
const (
	wordReady    = "ok"
	wordFailing  = "failing"
	wordDegraded = "degraded"
	wordDraining = "draining"
)

// readiness is the body of /readyz.
type readiness struct {
	Status string            `json:"status"`
	Role   string            `json:"role,omitempty"`
	Checks map[string]string `json:"checks,omitempty"`
}

func getOnly(h http.HandlerFunc) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.Method != http.MethodGet && r.Method != http.MethodHead {
			w.Header().Set("Allow", "GET, HEAD")
			http.Error(w, "Only GET and HEAD.", http.StatusMethodNotAllowed)
			return
		}
		h(w, r)
	})
}

func (s *Server) live(w http.ResponseWriter, _ *http.Request) {
	writeJSON(w, http.StatusOK, readiness{Status: wordReady})
}

func (s *Server) ready(w http.ResponseWriter, r *http.Request) {
	if s.draining.Load() {
		writeJSON(w, http.StatusServiceUnavailable, readiness{Status: wordDraining})
		return
	}
	body, status := s.check(r.Context()), http.StatusOK
	if body.Status != wordReady {
		status = http.StatusServiceUnavailable
	}
	writeJSON(w, status, body)
}

// check runs all checks at the same time. One that does not end when its time is up counts as failing.
func (s *Server) check(ctx context.Context) readiness {
	ctx, cancel := context.WithTimeout(ctx, checkTimeout)
	defer cancel()
	done := make([]chan error, len(s.o.Ready))
	for i, c := range s.o.Ready {
		done[i] = make(chan error, 1) // room for one, so that a late check can still end
		go func() { done[i] <- c.Check(ctx) }()
	}
	body := readiness{Status: wordReady, Checks: make(map[string]string, len(s.o.Ready))}
	if s.o.Role != nil {
		body.Role = s.o.Role()
	}
	for i, c := range s.o.Ready {
		err := outcome(ctx, done[i])
		body.Checks[c.Name] = wordReady
		if err != nil {
			body.Checks[c.Name] = wordDegraded
			if !c.Spare {
				body.Status, body.Checks[c.Name] = wordFailing, wordFailing
			}
			s.o.Logger.WarnContext(ctx, "a readiness check fails", "check", c.Name, "error", err.Error(), "request_id", RequestID(ctx))
		}
	}
	return body
}

// outcome waits for a check while there is time. What came in meanwhile counts, also when another check used the time up.
func outcome(ctx context.Context, done <-chan error) error {
	select {
	case err := <-done:
		return err
	case <-ctx.Done():
	}
	select {
	case err := <-done:
		return err
	default:
		return ctx.Err()
	}
}

func writeJSON(w http.ResponseWriter, status int, body any) {
	text, err := json.Marshal(body)
	if err != nil { // only texts and maps of texts are sent
		status, text = http.StatusInternalServerError, []byte("{}")
	}
	w.Header().Set("Content-Type", "application/json; charset=utf-8")
	w.WriteHeader(status)
	_, _ = w.Write(append(text, '\n')) // the client has gone; there is nobody left to tell
}
