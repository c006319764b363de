package codegen

import (
	"testing"

	"github.com/99designs/gqlgen/codegen"
	"github.com/stretchr/testify/require"
	"github.com/vektah/gqlparser/v2/ast"
)

func field(name string, resolver bool) *codegen.Field {
	return &codegen.Field{FieldDefinition: &ast.FieldDefinition{Name: name}, IsResolver: resolver}
}

func TestResolversNamed(t *testing.T) {
	t.Parallel()
	objects := codegen.Objects{{
		Definition: &ast.Definition{Name: "Shop"}, Fields: []*codegen.Field{field("name", false), field("logo", true)},
	}}
	named, err := resolversNamed(objects, []string{"Shop.logo"})
	require.NoError(t, err)
	require.Equal(t, map[string]bool{"Shop.logo": true}, named)
	for _, wrong := range []string{"Shop.name", "Shop.gone", "Gone.logo", "Shop", ""} {
		_, err := resolversNamed(objects, []string{wrong})
		require.EqualError(t, err, "plan: "+wrong+" is no resolver of the schema")
	}
}
