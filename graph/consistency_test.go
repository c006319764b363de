package graph

import (
	"context"
	"errors"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/kirana-commerce/kirana/commerce"
)

// Who writes gets a token, and who sends one is answered as of it.
func TestConsistency(t *testing.T) {
	t.Parallel()
	var seen []commerce.LogPosition
	var failure error
	h := answersOne(t, Options{
		Position: func(context.Context) (commerce.LogPosition, error) { return 0x1_0000_00FF, failure },
		PerResponse: func(ctx context.Context, _ bool) context.Context {
			seen = append(seen, commerce.PositionOf(ctx))
			return ctx
		},
	}, func() {})
	const told, plain = `{"data":{"a":1},"extensions":{"consistency":{"token":"1/FF"}}}`, `{"data":{"a":1}}`
	for _, tt := range []struct {
		name, document, token string
		failure               error
		body, header          string
		seen                  []commerce.LogPosition
	}{
		{name: "a mutation", document: "mutation { a }", body: told, header: "1/FF", seen: []commerce.LogPosition{0}},
		{name: "a query", document: "{ a }", body: plain, seen: []commerce.LogPosition{0}},
		{name: "a query that sends it back", document: "{ a }", token: "1/FF", body: plain, seen: []commerce.LogPosition{0x1_0000_00FF}},
		{name: "a mutation that sends it back", document: "mutation { a }", token: "0/2", body: told, header: "1/FF", seen: []commerce.LogPosition{2}},
		{name: "nobody knows where the log is", document: "mutation { a }", failure: errors.New("away"), body: plain, seen: []commerce.LogPosition{0}},
		{
			name: "no token", document: "mutation { a }", token: "yesterday",
			body: `{"errors":[{"message":"The header Kirana-Consistency is no token of this API: send back what extensions.consistency.token of a mutation says, or leave it out.",` +
				`"extensions":{"code":"BAD_USER_INPUT"}}]}`,
		},
	} {
		seen, failure = nil, tt.failure
		r := httptest.NewRequestWithContext(t.Context(), http.MethodPost, "/graphql", strings.NewReader(`{"query":"`+tt.document+`"}`))
		r.Header.Set("Content-Type", "application/json")
		if tt.token != "" {
			r.Header.Set("Kirana-Consistency", tt.token)
		}
		w := httptest.NewRecorder()
		h.ServeHTTP(w, r)
		require.JSONEq(t, tt.body, w.Body.String(), tt.name)
		require.Equal(t, tt.header, w.Header().Get("Kirana-Consistency"), tt.name)
		require.Equal(t, tt.seen, seen, tt.name)
	}
}
