package main

import (
	"bytes"
	"encoding/json"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

// naive is a server that lets every attack through: it answers all there is to ask, whoever asks and however.
func naive(w http.ResponseWriter, r *http.Request) {
	var body bytes.Buffer
	_, _ = body.ReadFrom(r.Body)
	text := body.String() + r.URL.RawQuery
	answer := `{"data":{"__typename":"Query","alias100":"Query","__schema":{}}}`
	switch {
	case strings.HasPrefix(text, "["):
		answer = "[" + strings.TrimSuffix(strings.Repeat("{},", 10), ",") + "]"
	case strings.Contains(text, "directive }"):
		answer = `{"errors":[{"message":"Did you mean \"directives\"?"}]}`
	case strings.Contains(text, "@aa"):
		answer = `{"errors":[` + strings.TrimSuffix(strings.Repeat(`{"message":"no such directive"},`, 10), ",") + `]}`
	case strings.Contains(text, "qwerty"):
		answer = `{"errors":[{"message":"no","extensions":{"exception":{"stacktrace":[]}}}]}`
	case r.Header.Get("Accept") == "text/html":
		answer = "<title>GraphiQL</title>"
	case r.Method == http.MethodPost && r.Header.Get("Content-Type") == "application/json" && strings.Contains(text, "{ __typename }"):
		answer = `{"data":null,"errors":[{"message":"no","extensions":{"tracing":{"version":1}}}]}`
	}
	_, _ = w.Write([]byte(answer))
}

func TestEveryAttackIsFoundWhereItGoesThrough(t *testing.T) {
	t.Parallel()
	server := httptest.NewServer(http.HandlerFunc(naive))
	t.Cleanup(server.Close)
	checks := attackAll(t.Context(), newClient(), server.URL)
	require.Len(t, checks, 12)
	for _, c := range checks {
		require.False(t, c.OK, c.Name)
		require.Contains(t, c.Detail, "the attack goes through", c.Name)
	}
}

// A server that is safe against everything, in the shape of this one's refusals.
func TestASafeServerPasses(t *testing.T) {
	t.Parallel()
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		var asked struct{ Query string }
		if r.Method == http.MethodPost && json.NewDecoder(r.Body).Decode(&asked) == nil && asked.Query == "query cop { __typename }" {
			_, _ = w.Write([]byte(`{"data":{"__typename":"Query"}}`))
			return
		}
		w.WriteHeader(http.StatusBadRequest)
		_, _ = w.Write([]byte(`{"errors":[{"message":"no","extensions":{"code":"BAD_USER_INPUT"}}]}`))
	}))
	t.Cleanup(server.Close)
	for _, c := range attackAll(t.Context(), newClient(), server.URL) {
		require.True(t, c.OK, "%s: %s", c.Name, c.Detail)
	}
}

func TestTableTellsOfFailures(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		checks []check
		want   string
		fails  bool
	}{
		"all passed":      {[]check{{Name: "a", OK: true}}, "      1       1", false},
		"one failed":      {[]check{{Name: "a", OK: true}, {Name: "b", Detail: "why"}}, "✗ tool: b\n    why", true},
		"nothing checked": {nil, "tool: it checked nothing", true},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			var out bytes.Buffer
			table := newTable(&out)
			table.add(suite{tool: "tool", version: "1.0"}, c.checks)
			err := table.end()
			require.Equal(t, c.fails, err != nil)
			require.Contains(t, out.String(), c.want)
		})
	}
}
