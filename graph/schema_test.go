package graph

import (
	"testing"

	"github.com/stretchr/testify/require"
	"github.com/vektah/gqlparser/v2"
	"github.com/vektah/gqlparser/v2/ast"
)

func parsedSDL(t *testing.T) *ast.Schema {
	t.Helper()
	schema, err := gqlparser.LoadSchema(&ast.Source{Name: "schema.graphql", Input: SDL()})
	require.NoError(t, err)
	return schema
}

// The catalogue fields can be asked of the current store, on Query, and of any store. gqlgen cannot bind an interface to the
// query root, so that they are the same is a convention, and here is who keeps it.
func TestCatalogueFieldsAreTheSameOnQueryAndStore(t *testing.T) {
	t.Parallel()
	schema := parsedSDL(t)
	for _, name := range []string{"product", "products", "collection", "collections", "search", "predictiveSearch", "shop", "menu", "page", "pages", "productTags", "productTypes"} {
		ofQuery, ofStore := schema.Query.Fields.ForName(name), schema.Types["Store"].Fields.ForName(name)
		require.NotNil(t, ofQuery, name)
		require.NotNil(t, ofStore, name)
		require.Equal(t, ofStore.Type.String(), ofQuery.Type.String(), name)
		require.Equal(t, signature(ofStore), signature(ofQuery), name)
	}
}

func signature(f *ast.FieldDefinition) []string {
	var arguments []string
	for _, a := range f.Arguments {
		text := a.Name + ": " + a.Type.String()
		if a.DefaultValue != nil {
			text += " = " + a.DefaultValue.String()
		}
		arguments = append(arguments, text+" · "+a.Description)
	}
	return arguments
}

func TestEverythingIsDescribed(t *testing.T) {
	t.Parallel()
	for name, def := range parsedSDL(t).Types {
		if def.BuiltIn {
			continue
		}
		require.NotEmpty(t, def.Description, name)
		for _, f := range def.Fields {
			if f.Name == "__schema" || f.Name == "__type" {
				continue
			}
			require.NotEmpty(t, f.Description, name+"."+f.Name)
			for _, a := range f.Arguments {
				require.NotEmpty(t, a.Description, name+"."+f.Name+"("+a.Name+":)")
			}
		}
		for _, v := range def.EnumValues {
			require.NotEmpty(t, v.Description, name+"."+v.Name)
		}
	}
}
