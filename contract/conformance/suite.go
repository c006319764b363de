package main

import (
	"context"
	"fmt"
	"io"
	"slices"
	"strconv"
	"strings"
)

// suite is what one tool or client is asked.
type suite struct {
	tool    string
	version string
	// about says what the tool looks at and where to read more.
	about string
	ask   func(context.Context) ([]check, error)
}

// wanted reports whether the suite is among those named; all are when none is.
func (s suite) wanted(names []string) bool {
	return len(names) == 0 || slices.Contains(names, s.tool)
}

// check is one question and its answer. A failure without details is one more of a kind that is told of already.
type check struct {
	Name   string `json:"name"`
	OK     bool   `json:"ok"`
	Detail string `json:"detail"`
}

// suites are all tools, in the order of the table: first those that read the contract alone.
func suites(c *cli, n *node, s *system) []suite {
	var update []string
	if c.Update {
		update = []string{"--update"}
	}
	script := func(name string, args ...string) func(context.Context) ([]check, error) {
		return func(ctx context.Context) ([]check, error) { return n.script(ctx, nil, name, args...) }
	}
	served := func(name string, url func(*system) string) func(context.Context) ([]check, error) {
		return func(ctx context.Context) ([]check, error) {
			if err := s.start(ctx); err != nil {
				return nil, err
			}
			return n.script(ctx, nil, name, url(s))
		}
	}
	streamed := func(name string) func(context.Context) ([]check, error) {
		return func(ctx context.Context) ([]check, error) {
			checks, err := served(name+".mjs", func(s *system) string { return s.closed })(ctx)
			if err != nil {
				return nil, err
			}
			more, err := n.streams(ctx, name)
			return append(checks, more...), err
		}
	}
	return []suite{
		{"graphql-schema-linter", n.version("graphql-schema-linter"), "the published schema; lint.mjs says which rules are off", script("lint.mjs")},
		{"graphql-codegen", n.version("@graphql-codegen/cli"), "schema, documents, manifest; out/codegen.log", script("codegen.mjs", update...)},
		{"relay-compiler", n.version("relay-compiler"), "schema and documents; out/relay.log", script("relay.mjs")},
		{"documents", "", "the published documents, sent to kirana serve", func(ctx context.Context) ([]check, error) { return askDocuments(ctx, n, s) }},
		{"graphql-http", n.version("graphql-http"), "GraphQL over HTTP, kirana serve --get-queries --introspection always; out/audit.json", served("audit.mjs", func(s *system) string { return s.open })},
		{"graphql-cop", "1.15", "twelve attacks on kirana serve; cop.go", func(ctx context.Context) ([]check, error) { return askCop(ctx, s) }},
		{"graphql-js", n.version("graphql"), "which requests are refused; validity.go lists what differs on purpose", func(ctx context.Context) ([]check, error) { return askValidity(ctx, c, n, s) }},
		{"graphql-ws", n.version("graphql-ws"), "websockets: every close code, races, streams; ws.mjs", streamed("ws")},
		{"graphql-sse", n.version("graphql-sse"), "server-sent events on distinct connections; sse.mjs", streamed("sse")},
	}
}

// table prints a line for each suite as it ends, and after them what failed.
type table struct {
	w        io.Writer
	failed   int
	failures []string
}

const columns = "%-22s %-8s %7s %7s  %s\n"

func newTable(w io.Writer) *table {
	fmt.Fprintf(w, columns, "tool", "version", "checks", "passed", "about")
	return &table{w: w}
}

func (t *table) add(s suite, checks []check) {
	passed := 0
	for _, c := range checks {
		if c.OK {
			passed++
			continue
		}
		t.failed++
		if c.Detail != "" {
			t.failures = append(t.failures, fmt.Sprintf("%s: %s\n    %s", s.tool, c.Name, strings.ReplaceAll(c.Detail, "\n", "\n    ")))
		}
	}
	if len(checks) == 0 {
		t.failed++
		t.failures = append(t.failures, s.tool+": it checked nothing")
	}
	fmt.Fprintf(t.w, columns, s.tool, s.version, strconv.Itoa(len(checks)), strconv.Itoa(passed), s.about)
}

// end prints the failures, and fails when there are any.
func (t *table) end() error {
	for _, f := range t.failures {
		fmt.Fprintln(t.w, "\n✗", f)
	}
	if t.failed > 0 {
		return fmt.Errorf("%w: %d checks failed", errFailed, t.failed)
	}
	return nil
}
