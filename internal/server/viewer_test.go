package server_test

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/kirana-commerce/kirana/commerce"
	"github.com/kirana-commerce/kirana/internal/auth"
	"github.com/kirana-commerce/kirana/internal/server"
)

// porter knows one token.
type porter struct{}

func (porter) Authenticate(_ context.Context, token string) (*commerce.Viewer, error) {
	switch token {
	case "good":
		return &commerce.Viewer{Merchant: 7, Current: &commerce.Store{Handle: "corner"}}, nil
	case "down":
		return nil, errors.New("connection refused by db-1.internal")
	}
	return nil, fmt.Errorf("look up: %w", auth.ErrInvalidToken)
}

func TestViewer(t *testing.T) {
	t.Parallel()
	who := http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if v := auth.From(r.Context()).Viewer; v != nil {
			_, _ = fmt.Fprintf(w, "merchant %d", v.Merchant)
			return
		}
		_, _ = fmt.Fprint(w, "nobody")
	})
	b := setup(server.Options{GraphQL: who, Viewers: porter{}})
	for _, c := range []struct {
		header string
		status int
		says   string
	}{
		{"", 200, "nobody"},
		{"Bearer good", 200, "merchant 7"},
		{"bearer  good ", 200, "merchant 7"},
		{"Basic Z29vZA==", 200, "nobody"},
		{"Bearer bad", 401, `"UNAUTHENTICATED"`},
		{"Bearer ", 401, `"UNAUTHENTICATED"`},
		{"Bearer", 401, `"UNAUTHENTICATED"`},
		{"Bearer down", 503, `"UNAVAILABLE"`},
	} {
		w := b.send(t, http.MethodPost, "/graphql", "Authorization", c.header)
		require.Equal(t, c.status, w.Code, c.header)
		require.Contains(t, w.Body.String(), c.says, c.header)
		require.NotContains(t, w.Body.String(), "db-1")
	}
	require.Len(t, b.log.lines(t, "a token could not be looked up"), 1)
	require.NotContains(t, b.log.String(), "Bearer")

	open := setup(server.Options{GraphQL: who})
	require.Equal(t, "nobody", open.send(t, http.MethodPost, "/graphql", "Authorization", "Bearer bad").Body.String(), "nobody can sign in here")
}

// What was read when the request came is not known to an answer that outlives it; who asked, and what for, is.
func TestLongLivedViewer(t *testing.T) {
	t.Parallel()
	var then, later auth.Request
	b := setup(server.Options{Viewers: porter{}, GraphQL: http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
		ctx, cancel := server.LongLived(r.Context())
		defer cancel()
		then, later = auth.From(r.Context()), auth.From(ctx)
	})})
	b.send(t, http.MethodPost, "/stores/corner/graphql", "Authorization", "Bearer good")
	require.Equal(t, "corner", then.Viewer.Current.Handle)
	want := then
	want.Viewer = &commerce.Viewer{Merchant: 7}
	require.Equal(t, want, later)

	b.send(t, http.MethodPost, "/stores/corner/graphql")
	require.Equal(t, then, later)
	require.Nil(t, later.Viewer)
}
