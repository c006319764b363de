// Package plantest tells whether two engines execute a schema alike. It makes up documents for any schema, runs them on both,
// compares what comes back, and cuts a document on which they differ down to what matters.
//
// It knows no engine: both sides are a graphql.ExecutableSchema.
package plantest

import (
	"maps"
	"slices"
	"strings"

	"github.com/vektah/gqlparser/v2/ast"
	"github.com/vektah/gqlparser/v2/formatter"
)

// Document is a request as a client sends it. Numbers in variables are json.Number.
type Document struct {
	Query         string         `json:"query"`
	OperationName string         `json:"operationName,omitempty"`
	Variables     map[string]any `json:"variables,omitempty"`
}

// printed is the text of a parsed document.
func printed(doc *ast.QueryDocument) string {
	var text strings.Builder
	formatter.NewFormatter(&text, formatter.WithIndent("  ")).FormatQueryDocument(doc)
	return text.String()
}

// cloned copies a JSON value. Whoever coerces variables writes into them, so no two may share them.
func cloned(value any) any {
	switch value := value.(type) {
	case map[string]any:
		copied := maps.Clone(value)
		for name := range copied {
			copied[name] = cloned(copied[name])
		}
		return copied
	case []any:
		copied := slices.Clone(value)
		for i := range copied {
			copied[i] = cloned(copied[i])
		}
		return copied
	}
	return value
}
