package graph

import (
	"math"
	"testing"

	"github.com/stretchr/testify/require"
	"github.com/vektah/gqlparser/v2/ast"

	"github.com/kirana-commerce/kirana/graph/generated"
)

// TestEveryListHasACost asks the cost of every field of the schema that takes a page size or a list of ids.
func TestEveryListHasACost(t *testing.T) {
	t.Parallel()
	schema := generated.NewExecutableSchema(generated.Config{Complexity: costs()})
	seen := 0
	for _, def := range schema.Schema().Types {
		if def.Kind != ast.Object || def.BuiltIn {
			continue
		}
		for _, field := range def.Fields {
			for _, size := range []string{"first", "last", "ids"} {
				if field.Arguments.ForName(size) == nil {
					continue
				}
				seen++
				args := map[string]any{"query": "", size: 10}
				if size == "ids" {
					args[size] = make([]any, 10)
					for i := range 10 {
						args[size].([]any)[i] = "gid://kirana/Store/1"
					}
				}
				cost, ok := schema.Complexity(t.Context(), def.Name, field.Name, 7, args)
				require.True(t, ok, "costs() has no function for %s.%s", def.Name, field.Name)
				require.Equal(t, 71, cost, "%s.%s(%s: 10) of 7 points each", def.Name, field.Name, size)
			}
		}
	}
	require.GreaterOrEqual(t, seen, 20)
}

func TestCost(t *testing.T) {
	t.Parallel()
	n := func(i int) *int { return &i }
	for _, c := range []struct {
		name        string
		child       int
		first, last *int
		want        int
	}{
		{"none given", 5, nil, nil, 6},
		{"first", 5, n(3), nil, 16},
		{"last", 5, nil, n(3), 16},
		{"both: the larger", 5, n(2), n(3), 16},
		{"nothing", 5, n(0), nil, 6},
		{"negative", 5, n(-7), nil, 6},
		{"more than a page", 5, n(1 << 40), nil, 1251},
		{"no overflow", math.MaxInt, n(250), nil, math.MaxInt32},
	} {
		require.Equal(t, c.want, page(c.child, c.first, c.last), c.name)
	}
}
