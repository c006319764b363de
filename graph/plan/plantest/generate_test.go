package plantest_test

import (
	"cmp"
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
	"github.com/vektah/gqlparser/v2/ast"
	"github.com/vektah/gqlparser/v2/parser"
	"github.com/vektah/gqlparser/v2/validator"
	"github.com/vektah/gqlparser/v2/validator/rules"

	"github.com/kirana-commerce/kirana/graph/plan/plantest"
	"github.com/kirana-commerce/kirana/graph/plan/plantest/zoo"
	"github.com/kirana-commerce/kirana/graph/plan/plantest/zoo/resolver"
)

// options make up every kind of document for the zoo.
func options() plantest.Options {
	return plantest.Options{
		Operations: []ast.Operation{ast.Query, ast.Query, ast.Query, ast.Query, ast.Mutation, ast.Subscription}, Value: zoo.Value, Introspection: true,
	}
}

func TestGenerateMakesValidDocumentsOfEveryKind(t *testing.T) {
	t.Parallel()
	schema := resolver.New().Schema().Schema()
	const documents = 3000
	seen := map[string]int{}
	for i := range uint64(documents) {
		d := plantest.Generate(plantest.Seeded(7, i), schema, options())
		doc, op, faults := plantest.Prepare(schema, d)
		require.Empty(t, faults, "document %d of seed 7\n%s", i, d.Query)
		_, err := validator.VariableValues(schema, op, d.Variables)
		require.NoError(t, err, "document %d of seed 7\n%s\n%v", i, d.Query, d.Variables)
		survey(doc, op, d, seen)
	}
	for _, feature := range []string{
		"query", "mutation", "subscription", "alias", "argument", "field directive", "include", "skip", "condition by variable", "typename",
		"spread", "spread twice", "spread inside of a fragment", "inline on object", "inline on interface", "inline on union", "inline without type",
		"selection below two equal keys", "equal arguments under two aliases", "variable", "variable with default", "variable left out",
		"variable null", "variable twice", "literal null", "literal list", "literal object", "literal enum", "variable inside of a literal",
		"single value for a list", "second operation", "operation directive", "introspection", "depth 5",
	} {
		require.GreaterOrEqual(t, seen[feature], documents/300, "%s: too rare; all: %v", feature, seen)
	}
	lines := []string{}
	for feature, n := range seen {
		lines = append(lines, fmt.Sprintf("%6d %s", n, feature))
	}
	slices.SortFunc(lines, func(a, b string) int { return -cmp.Compare(a, b) })
	t.Logf("of %d documents have\n%s", documents, strings.Join(lines, "\n"))
}

func TestGenerateRepeatsADocument(t *testing.T) {
	t.Parallel()
	schema := resolver.New().Schema().Schema()
	first := plantest.Generate(plantest.Seeded(1, 5), schema, options())
	require.Equal(t, first, plantest.Generate(plantest.Seeded(1, 5), schema, options()))
	require.NotEqual(t, first.Query, plantest.Generate(plantest.Seeded(1, 6), schema, options()).Query)
	require.NotEqual(t, first.Query, plantest.Generate(plantest.Seeded(2, 5), schema, options()).Query)
}

func TestGenerateKeepsItsBounds(t *testing.T) {
	t.Parallel()
	schema := resolver.New().Schema().Schema()
	o := plantest.Options{Fields: 12, Depth: 2, Lists: 1, Omit: func(at string) bool { return at == "Query.keeper" || strings.HasPrefix(at, "Mutation.") }}
	for i := range uint64(500) {
		d := plantest.Generate(plantest.Seeded(3, i), schema, o)
		doc, op, faults := plantest.Prepare(schema, d)
		require.Empty(t, faults, d.Query)
		require.LessOrEqual(t, depth(op.SelectionSet), 3, d.Query)
		require.Equal(t, ast.Query, op.Operation)
		require.Less(t, strings.Count(d.Query, "\n"), 150)
		for _, f := range doc.Fragments {
			require.LessOrEqual(t, depth(f.SelectionSet), 3)
		}
		require.NotContains(t, d.Query, "keeper(number")
	}
}

func depth(set ast.SelectionSet) int {
	deepest := 0
	for _, s := range set {
		switch s := s.(type) {
		case *ast.Field:
			deepest = max(deepest, 1+depth(s.SelectionSet))
		case *ast.InlineFragment:
			deepest = max(deepest, depth(s.SelectionSet))
		case *ast.FragmentSpread:
			deepest = max(deepest, depth(s.Definition.SelectionSet))
		}
	}
	return deepest
}

// TestBreakBreaks wants most broken documents to be refused, and each rule of the specification to refuse some.
func TestBreakBreaks(t *testing.T) {
	t.Parallel()
	schema := resolver.New().Schema().Schema()
	const documents = 3000
	seen, refused := map[string]int{}, 0
	for i := range uint64(documents) {
		rng := plantest.Seeded(11, i)
		text := plantest.Break(rng, plantest.Generate(rng, schema, options()))
		doc, err := parser.ParseQuery(&ast.Source{Input: text})
		if err != nil {
			seen["syntax"]++
			refused++
			continue
		}
		faults := validator.ValidateWithRules(schema, doc, rules.NewDefaultRules())
		refused += min(len(faults), 1)
		for _, fault := range faults {
			seen[fault.Rule]++
		}
	}
	require.Greater(t, refused, documents*8/10, "%v", seen)
	for _, rule := range []string{
		"syntax", "FieldsOnCorrectType", "FragmentsOnCompositeTypes", "KnownArgumentNames", "KnownDirectives", "KnownFragmentNames",
		"KnownTypeNames", "LoneAnonymousOperation", "NoFragmentCycles", "NoUndefinedVariables", "NoUnusedFragments", "NoUnusedVariables",
		"OverlappingFieldsCanBeMerged", "PossibleFragmentSpreads", "ProvidedRequiredArguments", "ScalarLeafs", "SingleFieldSubscriptions",
		"UniqueArgumentNames", "UniqueDirectivesPerLocation", "UniqueFragmentNames", "UniqueInputFieldNames", "UniqueOperationNames",
		"UniqueVariableNames", "ValuesOfCorrectType", "VariablesAreInputTypes", "VariablesInAllowedPosition",
	} {
		require.Positive(t, seen[rule], "%s refuses nothing; all: %v", rule, seen)
	}
}
