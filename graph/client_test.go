package graph

import (
	"context"
	"log/slog"
	"net/http/httptest"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"sync/atomic"
	"testing"

	"github.com/99designs/gqlgen/graphql"
	"github.com/stretchr/testify/require"
	"github.com/vektah/gqlparser/v2"
	"github.com/vektah/gqlparser/v2/ast"
	"github.com/vektah/gqlparser/v2/gqlerror"
)

// TestSubscriptionClients lets the clients graphql-ws and graphql-sse drive subscriptions, which the project's own schema has
// none of. Make conformance runs it: TEST_CLIENTS is the folder of the scripts, and what they find is left in its folder out.
func TestSubscriptionClients(t *testing.T) {
	t.Parallel()
	dir := os.Getenv("TEST_CLIENTS")
	if dir == "" {
		t.Skip("make conformance runs this, with the clients from npm")
	}
	for _, client := range []string{"ws", "sse"} {
		t.Run(client, func(t *testing.T) {
			t.Parallel()
			h, err := newHandler((&streams{}).schema(t), Options{Logger: slog.New(slog.DiscardHandler)})
			require.NoError(t, err)
			server := httptest.NewServer(h)
			t.Cleanup(server.Close)
			cmd := exec.CommandContext(t.Context(), "node", client+".mjs", server.URL, "streams")
			cmd.Dir, cmd.Stderr = dir, t.Output()
			found, err := cmd.Output()
			require.NoError(t, err)
			require.NoError(t, os.WriteFile(filepath.Join(dir, "out", client+"-streams.json"), found, 0o600))
		})
	}
}

// streams is a schema with the kinds of subscriptions there are: count sends 0, 1, 2 and ends; forever sends one event and
// stays until it is given up; fails sends an error. The query running says how many streams of forever there are.
type streams struct{ running atomic.Int64 }

func (s *streams) schema(t *testing.T) graphql.ExecutableSchema {
	t.Helper()
	schema, err := gqlparser.LoadSchema(&ast.Source{Input: "type Query { running: Int! } type Subscription { count: Int! forever: Int! fails: Int }"})
	require.NoError(t, err)
	return &graphql.ExecutableSchemaMock{
		SchemaFunc:     func() *ast.Schema { return schema },
		ComplexityFunc: func(context.Context, string, string, int, map[string]any) (int, bool) { return 1, true },
		ExecFunc: func(ctx context.Context) graphql.ResponseHandler {
			switch field := graphql.GetOperationContext(ctx).Operation.SelectionSet[0].(*ast.Field); field.Name {
			case "running":
				return graphql.OneShot(counted("running", s.running.Load()))
			case "fails":
				return graphql.OneShot(&graphql.Response{Data: []byte(`{"fails":null}`), Errors: gqlerror.List{{Message: "It failed."}}})
			default:
				return s.stream(field.Name)
			}
		},
	}
}

// stream sends the events of count or forever.
func (s *streams) stream(field string) graphql.ResponseHandler {
	var sent int64
	return func(ctx context.Context) *graphql.Response {
		switch {
		case field == "count" && sent == 3:
			return nil
		case field == "forever" && sent == 0:
			s.running.Add(1)
			context.AfterFunc(ctx, func() { s.running.Add(-1) })
		case field == "forever":
			<-ctx.Done()
			return nil
		}
		sent++
		return counted(field, sent-1)
	}
}

func counted(field string, n int64) *graphql.Response {
	return &graphql.Response{Data: []byte(`{"` + field + `":` + strconv.FormatInt(n, 10) + `}`)}
}
