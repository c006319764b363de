package plan_test

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"testing"

	"github.com/99designs/gqlgen/graphql"
	"github.com/stretchr/testify/require"
	"github.com/vektah/gqlparser/v2"
	"github.com/vektah/gqlparser/v2/ast"
	"go.uber.org/goleak"

	"github.com/kirana-commerce/kirana/graph/plan"
	"github.com/kirana-commerce/kirana/graph/plan/plantest"
	"github.com/kirana-commerce/kirana/graph/plan/plantest/zoo"
	"github.com/kirana-commerce/kirana/graph/plan/plantest/zoo/resolver"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// TestEachFieldIsCalledOnce counts the calls of resolvers: one for each place of a field in the document, whatever the data.
func TestEachFieldIsCalledOnce(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		name, query string
		want        map[string]int
	}{
		{"a list", `{ keepers(first: 8) { strictBoss { name } } }`, map[string]int{"Query.keepers": 1, "Keeper.strictBoss": 1}},
		{"a list in lists", `{ groups { friends { friends { rivals { name } } } } }`, map[string]int{"Query.groups": 1, "Keeper.friends": 2, "Keeper.rivals": 1}},
		{"aliases that ask the same", `{ keepers { a: boss { name } b: boss { number } boss { id } } }`, map[string]int{"Query.keepers": 1, "Keeper.boss": 1}},
		{"aliases that ask otherwise", `{ keepers { a: boss(how: FINE) { name } b: boss(how: HOLES) { number } } }`, map[string]int{"Query.keepers": 1, "Keeper.boss": 2}},
		{"nobody to ask for", `{ keepers(first: 0) { boss { name } } }`, map[string]int{"Query.keepers": 1}},
		{"fields of a mutation that ask the same", `mutation { a: step { total } b: step { total } }`, map[string]int{"Mutation.step": 2}},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			zoos := resolver.New()
			out := plantest.Execute(zoo.WithWord(t.Context(), "word"), zoos.Plan(), plantest.Document{Query: c.query})
			require.Empty(t, out.Refused)
			require.Equal(t, c.want, zoos.Calls().Take())
		})
	}
}

// prepared runs every document that it is given on the plans of one operation.
type prepared struct {
	graphql.ExecutableSchema

	plans      *plan.Schema
	mu         sync.Mutex
	operations map[string]*plan.Operation
}

func newPrepared() *prepared {
	plans := resolver.New().Plan()
	return &prepared{ExecutableSchema: plans, plans: plans, operations: map[string]*plan.Operation{}}
}

// Exec runs the context's operation.
func (p *prepared) Exec(ctx context.Context) graphql.ResponseHandler {
	oc := graphql.GetOperationContext(ctx)
	p.mu.Lock()
	op := p.operations[oc.RawQuery]
	if op == nil {
		op = p.plans.Prepare(oc.Doc, oc.Operation)
		p.operations[oc.RawQuery] = op
	}
	p.mu.Unlock()
	return p.plans.ExecOperation(ctx, op)
}

// TestPlansOfAnOperation is about conditions: one operation has a plan for each combination of them, at most 16 of which are
// kept, and every response has the right one, whatever was asked before and at the same time.
func TestPlansOfAnOperation(t *testing.T) {
	t.Parallel()
	const query = `query Q($a: Boolean!, $b: Boolean!, $c: Boolean = true, $d: Boolean!, $e: Boolean!, $n: Int!) {
  keepers(first: $n) { ...A @include(if: $a) number name @skip(if: $b) boss @include(if: $c) { id @skip(if: $d) number } ... @include(if: $e) { name } }
}
fragment A on Keeper { name number boss { name @include(if: $b) number } }`
	want, got := resolver.New().Schema(), newPrepared()
	var wait sync.WaitGroup
	for i := range 64 {
		wait.Go(func() {
			d := plantest.Document{Query: query, Variables: map[string]any{
				"a": i&1 > 0, "b": i&2 > 0, "d": i&4 > 0, "e": i&8 > 0, "n": i%5 + 1,
			}}
			if i&16 > 0 {
				d.Variables["c"] = i&32 > 0
			}
			for range 3 {
				if diff := plantest.Compare(t.Context(), want, got, d); diff != "" {
					t.Errorf("%v: %s", d.Variables, diff)
				}
			}
		})
	}
	wait.Wait()
}

// TestNullAsACondition runs on gqlgen's executor, and does not spoil the operation for others.
func TestNullAsACondition(t *testing.T) {
	t.Parallel()
	const query = `query($a: Boolean = true) { keeper { name @include(if: $a) } }`
	want, got := resolver.New().Schema(), newPrepared()
	for _, value := range []any{nil, true, nil, false, nil} {
		d := plantest.Document{Query: query, Variables: map[string]any{"a": value}}
		require.Empty(t, plantest.Compare(t.Context(), want, got, d))
	}
}

// thing is the object of a table written by hand.
type thing struct{ name string }

// table is the table of type Query { thing: Thing } type Thing { name: String! things: [Thing!] }.
func table(things func(ctx context.Context, parents []*thing) ([][]*thing, error)) *plan.Table {
	object := plan.NewObject[*thing]("Thing")
	object.Add(
		plan.Leaf("name", func(b []byte, t *thing) []byte { return plan.AppendString(b, t.name) }),
		plan.Batch("things", plan.List(plan.NonNull(plan.Pointer(object))), func(ctx context.Context, _ plan.Call, parents []*thing) ([][]*thing, error) {
			return things(ctx, parents)
		}, plan.Resolver()),
	)
	query := plan.NewObject[plan.Root]("Query")
	query.Add(plan.Get("thing", plan.Pointer(object), func(plan.Root) *thing { return &thing{"root"} }))
	return &plan.Table{Query: query, State: func(*graphql.OperationContext) any { return nil }}
}

// run executes a query on a table, and gives the data and the messages of the errors.
func run(ctx context.Context, t *testing.T, table *plan.Table, query string) (data string, errs []string) {
	t.Helper()
	schema := gqlparser.MustLoadSchema(&ast.Source{Input: "type Query { thing: Thing } type Thing { name: String! things: [Thing!] }"})
	out := plantest.Execute(ctx, plan.Wrap(&graphql.ExecutableSchemaMock{SchemaFunc: func() *ast.Schema { return schema }}, table), plantest.Document{Query: query})
	require.Empty(t, out.Refused)
	require.Nil(t, out.Panic)
	require.Len(t, out.Responses, 1)
	for _, err := range out.Responses[0].Errors {
		errs = append(errs, err.Error())
	}
	return string(out.Responses[0].Data), errs
}

// TestCancellation is about a request that is over: what has not been asked for is not asked for any more.
func TestCancellation(t *testing.T) {
	t.Parallel()
	ctx, cancel := context.WithCancel(t.Context())
	calls := 0
	data, errs := run(ctx, t, table(func(_ context.Context, parents []*thing) ([][]*thing, error) {
		calls++
		cancel()
		return [][]*thing{parents}, nil
	}), `{ thing { name things { things { name } } } }`)
	require.JSONEq(t, `{"thing":{"name":"root","things":[{"things":null}]}}`, data)
	require.Equal(t, []string{"input:1:25: thing.things[0].things context canceled"}, errs)
	require.Equal(t, 1, calls)
}

func TestNothingOfARunIsLeft(t *testing.T) {
	t.Parallel()
	n := 0
	hands := table(func(_ context.Context, parents []*thing) ([][]*thing, error) {
		n++
		if n%3 == 0 {
			panic("broken")
		}
		if n%2 == 0 {
			return nil, errors.New("failed")
		}
		return make([][]*thing, len(parents)), nil
	})
	want := map[int]string{0: "the resolver panicked", 1: "", 2: "failed", 3: "the resolver panicked", 4: "failed", 5: ""}
	for i := 1; i < 20; i++ {
		data, errs := run(t.Context(), t, hands, `{ thing { things { name } } }`)
		require.JSONEq(t, `{"thing":{"things":null}}`, data)
		if want[i%6] == "" {
			require.Empty(t, errs)
		} else {
			require.Len(t, errs, 1)
			require.Contains(t, errs[0], want[i%6])
		}
	}
}

func TestUnsupported(t *testing.T) {
	t.Parallel()
	schema := gqlparser.MustLoadSchema(&ast.Source{Input: "type Query { thing: Int other: Int } type Mutation { a: Int }"})
	query := plan.NewObject[plan.Root]("Query")
	query.Add(plan.Leaf("thing", func(b []byte, _ plan.Root) []byte { return plan.AppendInt(b, 1) }))
	s := plan.Wrap(&graphql.ExecutableSchemaMock{
		SchemaFunc: func() *ast.Schema { return schema },
		ExecFunc: func(context.Context) graphql.ResponseHandler {
			return graphql.OneShot(&graphql.Response{Data: []byte(`"gqlgen"`)})
		},
	}, &plan.Table{Query: query, State: func(*graphql.OperationContext) any { return nil }})
	for text, want := range map[string]string{
		"{ thing }":                             `{"thing":1}`,
		"{ thing other }":                       `"gqlgen"`,
		"{ thing __schema { types { name } } }": `"gqlgen"`,
		"mutation { a }":                        `"gqlgen"`,
	} {
		out := plantest.Execute(t.Context(), s, plantest.Document{Query: text})
		require.Equal(t, want, string(out.Responses[0].Data), text)
	}
}

// Example compiles an operation once, and runs it on a table written by hand; code generation writes them for a schema.
func Example() {
	schema := gqlparser.MustLoadSchema(&ast.Source{Input: "type Query { greeting(name: String!): String! }"})
	query := plan.NewObject[plan.Root]("Query")
	query.Add(plan.Each("greeting", plan.NonNull(plan.Scalar(plan.AppendString)), func(_ context.Context, x plan.Call, _ plan.Root) (string, error) {
		return fmt.Sprintf("Hello, %s", x.Args["name"]), nil
	}, plan.Resolver(), plan.Args(func(_ context.Context, _ any, raw map[string]any) (map[string]any, error) { return raw, nil })))
	table := &plan.Table{Query: query, State: func(*graphql.OperationContext) any { return nil }}

	doc := gqlparser.MustLoadQuery(schema, `query($who: String!) { greeting(name: $who) }`) //nolint:staticcheck // the short form reads better here
	oc := &graphql.OperationContext{Doc: doc, Operation: doc.Operations[0], Variables: map[string]any{"who": "Asha"}, RecoverFunc: graphql.DefaultRecover}
	compiled, err := plan.Compile(table, oc)
	if err != nil {
		panic(err)
	}
	ctx := graphql.WithOperationContext(graphql.WithResponseContext(context.Background(), graphql.DefaultErrorPresenter, graphql.DefaultRecover), oc)
	fmt.Println(string(compiled.Execute(ctx, oc, nil)))
	// Output: {"greeting":"Hello, Asha"}
}
