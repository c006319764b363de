package plantest_test

import (
	"context"
	"encoding/json"
	"errors"
	"os"
	"strconv"
	"strings"
	"testing"

	"github.com/99designs/gqlgen/graphql"
	"github.com/stretchr/testify/require"
	"github.com/vektah/gqlparser/v2/ast"
	"github.com/vektah/gqlparser/v2/gqlerror"

	"github.com/kirana-commerce/kirana/graph/plan/plantest"
	"github.com/kirana-commerce/kirana/graph/plan/plantest/zoo"
	"github.com/kirana-commerce/kirana/graph/plan/plantest/zoo/resolver"
)

// documents is how many made-up documents a test compares: a few, or as many as TEST_DOCUMENTS says.
func documents(t *testing.T) uint64 {
	t.Helper()
	text := os.Getenv("TEST_DOCUMENTS")
	if text == "" {
		return 500
	}
	n, err := strconv.ParseUint(text, 10, 64)
	require.NoError(t, err)
	return n
}

// TestTheZooAnswersTheSameTwice compares gqlgen's executor with itself: what differs is chance, and would be mistaken for
// an engine's fault.
func TestTheZooAnswersTheSameTwice(t *testing.T) {
	t.Parallel()
	for _, part := range []uint64{0, 1} {
		t.Run(strconv.FormatUint(part, 10), func(t *testing.T) {
			t.Parallel()
			want, got := resolver.New().Schema(), resolver.New().Schema()
			ctx := zoo.WithWord(t.Context(), "word")
			for i := part; i < documents(t); i += 2 {
				d := plantest.Generate(plantest.Seeded(20, i), want.Schema(), options())
				diff := plantest.Compare(ctx, want, got, d)
				require.Empty(t, diff, "document %d of seed 20:\n%s\n%s", i, d.Query, variables(t, d))
			}
		})
	}
}

func variables(t *testing.T, d plantest.Document) string {
	t.Helper()
	text, err := json.Marshal(d.Variables)
	require.NoError(t, err)
	return string(text)
}

// engine is gqlgen's executor with a fault.
type engine struct {
	graphql.ExecutableSchema
	change func(*graphql.Response)
}

func (e engine) Exec(ctx context.Context) graphql.ResponseHandler {
	next := e.ExecutableSchema.Exec(ctx)
	return func(ctx context.Context) *graphql.Response {
		response := next(ctx)
		if response != nil {
			e.change(response)
		}
		return response
	}
}

// TestMinimiseFindsTheFieldThatIsWrong gives an engine one wrong field, and wants to be told of little more than that field.
func TestMinimiseFindsTheFieldThatIsWrong(t *testing.T) {
	t.Parallel()
	want := resolver.New().Schema()
	got := engine{resolver.New().Schema(), func(r *graphql.Response) {
		r.Data = []byte(strings.ReplaceAll(string(r.Data), `"WILD"`, `"CALM"`))
	}}
	ctx := zoo.WithWord(t.Context(), "word")
	differs := func(d plantest.Document) bool { return plantest.Compare(ctx, want, got, d) != "" }
	o := options()
	o.Operations = []ast.Operation{ast.Query}
	found := 0
	for i := uint64(0); found < 3; i++ {
		d := plantest.Generate(plantest.Seeded(4, i), want.Schema(), o)
		if !differs(d) {
			continue
		}
		found++
		small := plantest.Minimise(d, differs)
		require.True(t, differs(small))
		require.Less(t, len(strings.Fields(small.Query)), 25, "%s\nof\n%s", small.Query, d.Query)
		require.LessOrEqual(t, len(small.Variables), 1)
	}
}

func TestCompareTellsEveryDifference(t *testing.T) {
	t.Parallel()
	const query = `{ keepers { probe(how: RICH) alone(how: WHOLE) } }`
	tests := []struct {
		name   string
		change func(*graphql.Response)
		want   string
	}{
		{"none", func(*graphql.Response) {}, ""},
		{"a byte of data", func(r *graphql.Response) { r.Data = append(r.Data, ' ') }, "data"},
		{"an error is missing", func(r *graphql.Response) { r.Errors = r.Errors[1:] }, "want 1×"},
		{"an error is new", func(r *graphql.Response) { r.Errors = append(r.Errors, gqlerror.Errorf("new")) }, "want no"},
		{"an error twice", func(r *graphql.Response) { r.Errors = append(r.Errors, r.Errors[0]) }, "got 2×"},
		{"the order of errors", func(r *graphql.Response) { r.Errors[0], r.Errors[1] = r.Errors[1], r.Errors[0] }, ""},
		{"a message", func(r *graphql.Response) { r.Errors[0].Message += "!" }, "!"},
		{"a path", func(r *graphql.Response) { r.Errors[0].Path = append(r.Errors[0].Path, ast.PathIndex(1)) }, "want"},
		{"an extension", func(r *graphql.Response) { r.Errors[0].Extensions = map[string]any{"code": "OTHER"} }, "OTHER"},
		{"a location", func(r *graphql.Response) { r.Errors[0].Locations = []gqlerror.Location{{Line: 99, Column: 1}} }, "99"},
		{"another part", func(r *graphql.Response) { r.HasNext = new(true) }, "part"},
		{"a panic", func(*graphql.Response) { panic(errors.New("broken")) }, "panicked"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			// A response's errors are those of the context and its own: the faulty engine takes them all into its own.
			right := engine{resolver.New().Schema(), func(*graphql.Response) {}}
			outcome := plantest.Execute(t.Context(), right, plantest.Document{Query: query})
			changed := plantest.Execute(t.Context(), right, plantest.Document{Query: query})
			_, op, faults := plantest.Prepare(right.Schema(), plantest.Document{Query: query})
			require.Empty(t, faults)
			func() {
				defer func() { changed.Panic = recover() }()
				tt.change(changed.Responses[0])
			}()
			diff := plantest.Diff(op, outcome, changed)
			if tt.want == "" {
				require.Empty(t, diff)
				return
			}
			require.Contains(t, diff, tt.want)
		})
	}
}

func TestCompareAllowsTheDeviationsAndNoMore(t *testing.T) {
	t.Parallel()
	tests := []struct {
		name, want, got string
		path            ast.Path
		same            bool
	}{
		{"a batch that panics", "batch resolver A.b returned unexpected result type (index 3)", plantest.Recovered, nil, true},
		{"another text for a panic", "batch resolver A.b returned unexpected result type (index 3)", "oops", nil, false},
		{"other counts", "index 1: batch resolver A.b returned 2 results for 3 parents", "batch resolver A.b returned 8 results for 9 parents (index 0)", nil, true},
		{"counts of another field", "index 1: batch resolver A.b returned 2 results for 3 parents", "index 1: batch resolver A.c returned 2 results for 3 parents", nil, false},
		{"results are not errors", "index 1: batch resolver A.b returned 2 results for 3 parents", "index 1: batch resolver A.b returned 2 errors for 3 parents", nil, false},
		{"a path below an event", "x", "x", ast.Path{ast.PathName("t")}, true},
		{"another path below an event", "x", "x", ast.Path{ast.PathName("ticks")}, false},
	}
	schema := resolver.New().Schema().Schema()
	_, op, faults := plantest.Prepare(schema, plantest.Document{Query: `subscription { ...S } fragment S on Subscription { t: ticks { n } }`})
	require.Empty(t, faults)
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			outcome := func(text string, path ast.Path) plantest.Outcome {
				return plantest.Outcome{Responses: []*graphql.Response{{Errors: gqlerror.List{{Message: text, Path: append(path, ast.PathName("n"))}}}}}
			}
			require.Equal(t, tt.same, plantest.Diff(op, outcome(tt.want, nil), outcome(tt.got, tt.path)) == "")
		})
	}
}
