package plantest

import (
	"context"
	"encoding/json"
	"fmt"
	"slices"
	"strings"

	"github.com/99designs/gqlgen/graphql"
	"github.com/vektah/gqlparser/v2/ast"
	"github.com/vektah/gqlparser/v2/gqlerror"
	"github.com/vektah/gqlparser/v2/parser"
	"github.com/vektah/gqlparser/v2/validator"
	"github.com/vektah/gqlparser/v2/validator/rules"
)

// Recovered is what Execute presents a panic as.
const Recovered = "the resolver panicked"

// endless is more responses than any finite operation of a test gives.
const endless = 1000

// Outcome is all that an engine made of a document.
type Outcome struct {
	// Responses are the one response of a query or a mutation, or the events of a subscription.
	Responses []*graphql.Response
	// Refused are the errors for which the document was not executed.
	Refused gqlerror.List
	// Panic is what the engine let through, nil when it behaved.
	Panic any
}

// Prepare parses and validates a document and finds its operation.
func Prepare(schema *ast.Schema, d Document) (*ast.QueryDocument, *ast.OperationDefinition, gqlerror.List) {
	doc, err := parser.ParseQuery(&ast.Source{Input: d.Query})
	if err != nil {
		return nil, nil, gqlerror.List{gqlerror.Wrap(err)}
	}
	if faults := validator.ValidateWithRules(schema, doc, rules.NewDefaultRules()); len(faults) > 0 {
		return nil, nil, faults
	}
	op := doc.Operations.ForName(d.OperationName)
	if op == nil {
		return nil, nil, gqlerror.List{gqlerror.Errorf("operation %s not found", d.OperationName)}
	}
	return doc, op, nil
}

// Execute runs a document as gqlgen's executor does, without middleware, and waits for all of its responses.
func Execute(ctx context.Context, schema graphql.ExecutableSchema, d Document) Outcome {
	doc, op, faults := Prepare(schema.Schema(), d)
	if len(faults) > 0 {
		return Outcome{Refused: faults}
	}
	return run(ctx, schema, d, doc, op)
}

func run(ctx context.Context, schema graphql.ExecutableSchema, d Document, doc *ast.QueryDocument, op *ast.OperationDefinition) (out Outcome) {
	defer func() {
		if value := recover(); value != nil {
			out.Panic = value
		}
	}()
	sent, _ := cloned(d.Variables).(map[string]any)
	variables, err := validator.VariableValues(schema.Schema(), op, sent)
	if err != nil {
		return Outcome{Refused: gqlerror.List{gqlerror.Wrap(err)}}
	}
	ctx = graphql.WithOperationContext(graphql.StartOperationTrace(ctx), &graphql.OperationContext{
		RawQuery: d.Query, OperationName: d.OperationName, Doc: doc, Operation: op, Variables: variables, RecoverFunc: recovered,
		ResolverMiddleware:     func(ctx context.Context, next graphql.Resolver) (any, error) { return next(ctx) },
		RootResolverMiddleware: func(ctx context.Context, next graphql.RootResolver) graphql.Marshaler { return next(ctx) },
	})
	ctx = graphql.WithResponseContext(ctx, graphql.DefaultErrorPresenter, recovered)
	next := schema.Exec(ctx)
	if errs := graphql.GetErrors(ctx); errs != nil {
		return Outcome{Responses: []*graphql.Response{{Errors: errs}}}
	}
	for range endless {
		fresh := graphql.WithFreshResponseContext(ctx)
		response := next(fresh)
		if response == nil {
			return out
		}
		response.Errors = append(response.Errors, graphql.GetErrors(fresh)...)
		response.Data = slices.Clone(response.Data) // a subscription's buffer is used again
		out.Responses = append(out.Responses, response)
	}
	out.Panic = "the responses do not end"
	return out
}

func recovered(context.Context, any) error { return gqlerror.Errorf(Recovered) }

// Compare runs a document on two engines and tells how they differ, with "" when they do not.
func Compare(ctx context.Context, want, got graphql.ExecutableSchema, d Document) string {
	doc, op, faults := Prepare(want.Schema(), d)
	if len(faults) > 0 {
		return "" // both would refuse it with the same words
	}
	return Diff(op, run(ctx, want, d, doc, op), run(ctx, got, d, doc, op))
}

// Diff tells how two outcomes of an operation differ, but for what Deviations allow, with "" when they do not.
func Diff(op *ast.OperationDefinition, want, got Outcome) string {
	switch {
	case fmt.Sprint(want.Panic) != fmt.Sprint(got.Panic):
		return fmt.Sprintf("the engine panicked: want %v, got %v", want.Panic, got.Panic)
	case fmt.Sprint(want.Refused) != fmt.Sprint(got.Refused):
		return fmt.Sprintf("refused: want %v, got %v", want.Refused, got.Refused)
	case len(want.Responses) != len(got.Responses):
		return fmt.Sprintf("want %d responses, got %d", len(want.Responses), len(got.Responses))
	}
	for i, response := range want.Responses {
		if diff := diffResponse(op, response, got.Responses[i]); diff != "" {
			return fmt.Sprintf("response %d: %s", i+1, diff)
		}
	}
	return ""
}

func diffResponse(op *ast.OperationDefinition, want, got *graphql.Response) string {
	if string(want.Data) != string(got.Data) && !nullEvent(op, string(want.Data), string(got.Data)) {
		return fmt.Sprintf("data\nwant %s\ngot  %s\nerrors\nwant %v\ngot  %v", want.Data, got.Data, want.Errors, got.Errors)
	}
	if fmt.Sprint(want.Path, want.Label, hasNext(want)) != fmt.Sprint(got.Path, got.Label, hasNext(got)) {
		return fmt.Sprintf("want part %s of %v, got part %s of %v", want.Label, want.Path, got.Label, got.Path)
	}
	wanted, gotten := tally(op, want.Errors), tally(op, got.Errors)
	var diff strings.Builder
	for text, n := range wanted {
		if m := gotten[text]; m == 0 || m > n {
			fmt.Fprintf(&diff, "\nwant %d× %s, got %d×", n, text, m)
		}
	}
	for text, m := range gotten {
		if wanted[text] == 0 {
			fmt.Fprintf(&diff, "\nwant no %s, got %d×", text, m)
		}
	}
	if diff.Len() == 0 {
		return ""
	}
	return "errors" + diff.String()
}

// nullEvent reports the one difference in data: an event whose field must not be null, and is. The specification makes data
// null (section 6.4.4); gqlgen leaves the field, with null in it.
func nullEvent(op *ast.OperationDefinition, want, got string) bool {
	if op.Operation != ast.Subscription || got != "null" {
		return false
	}
	field := rootField(op.SelectionSet)
	return field != nil && field.Definition.Type.NonNull && want == `{"`+field.Alias+`":null}`
}

func hasNext(r *graphql.Response) string {
	if r.HasNext == nil {
		return "unsaid"
	}
	return fmt.Sprint(*r.HasNext)
}

// tally counts errors that say the same.
func tally(op *ast.OperationDefinition, errs gqlerror.List) map[string]int {
	counts := map[string]int{}
	for _, err := range errs {
		told := *err
		for _, d := range Deviations() {
			d.apply(op, &told)
		}
		text, failed := json.Marshal(map[string]any{
			"message": told.Message, "path": told.Path, "locations": told.Locations, "extensions": told.Extensions,
		})
		if failed != nil {
			text = []byte(told.Error())
		}
		counts[string(text)]++
	}
	return counts
}
