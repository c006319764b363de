package main

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
	"go.uber.org/goleak"

	"github.com/kirana-commerce/kirana/db/dbtest"
)

// TestMain is an arm, too, when the scenario under test runs this program again.
func TestMain(m *testing.M) {
	if slices.Contains(os.Args, "arm") {
		if err := run(context.Background(), os.Args[1:], os.Stdout); err != nil {
			fmt.Fprintln(os.Stderr, err)
			os.Exit(1)
		}
		os.Exit(0)
	}
	code := dbtest.Main(m)
	if err := goleak.Find(); err != nil {
		fmt.Fprintln(os.Stderr, err)
		code = max(code, 1)
	}
	os.Exit(code)
}

// serve runs an arm in this process and returns its address.
func serve(t *testing.T, engine, source string) string {
	t.Helper()
	ctx, cancel := context.WithCancel(t.Context())
	a := &arm{Engine: engine, Source: source}
	s, done, err := a.server(ctx)
	require.NoError(t, err)
	l, err := listen(ctx)
	require.NoError(t, err)
	ended := make(chan error, 1)
	go func() { ended <- s.Run(ctx, l) }()
	t.Cleanup(func() {
		cancel()
		require.NoError(t, <-ended)
		require.NoError(t, done())
	})
	return l.Addr().String()
}

// ask sends a document to a server.
func ask(t *testing.T, addr, document string) answer {
	t.Helper()
	request, err := graphqlRequest(document)
	require.NoError(t, err)
	a, err := askOnce(t.Context(), addr, request)
	require.NoError(t, err)
	return a
}

// requireSame says where two bodies differ, which is more use than both of them.
func requireSame(t *testing.T, want, got answer, of string) {
	t.Helper()
	same := 0
	for same < min(len(want.body), len(got.body)) && want.body[same] == got.body[same] {
		same++
	}
	require.True(t, bytes.Equal(want.body, got.body), "%s differs at byte %d: wanted %.100q, got %.100q", of, same, want.body[same:], got.body[same:])
}

func TestEngineFromMemory(t *testing.T) {
	t.Parallel()
	var out bytes.Buffer
	file := filepath.Join(t.TempDir(), "figures.json")
	require.NoError(t, run(t.Context(), []string{
		"engine", "--only", "memory", "--rounds", "2", "--duration", "50ms", "--connections", "2", "--json", file,
	}, &out))
	require.Equal(t, 3, strings.Count(out.String(), "bodies equal byte for byte"), out.String())
	require.Contains(t, out.String(), "20 × 10 scalars: server CPU, gqlgen ÷ kirana")
	text, err := os.ReadFile(file)
	require.NoError(t, err)
	var figures []figure
	require.NoError(t, json.Unmarshal(text, &figures))
	require.Len(t, figures, 3*(2*5+3)) // documents × (arms × measures + ratios)
	for _, f := range figures {
		require.Positive(t, f.Value, f.Name)
		require.LessOrEqual(t, *f.Low, f.Value, f.Name)
		require.GreaterOrEqual(t, *f.High, f.Value, f.Name)
	}
	require.Error(t, run(t.Context(), []string{"engine", "--rounds", "0"}, io.Discard))
}
