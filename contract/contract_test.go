// Package contract_test holds what is published for clients against the program: the schema they generate types from is
// the schema that is served, and the documents they copy from are valid in it.
package contract_test

import (
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"flag"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
	"github.com/vektah/gqlparser/v2"
	"github.com/vektah/gqlparser/v2/ast"

	"github.com/kirana-commerce/kirana/graph"
)

var update = flag.Bool("update", false, "write schema.graphql anew from the schema that is served")

// go test ./contract -update writes the file anew; read the difference, it is what clients will see.
func TestPublishedSchemaIsTheOneServed(t *testing.T) {
	t.Parallel()
	if *update {
		require.NoError(t, os.WriteFile("schema.graphql", []byte(graph.SDL()), 0o600))
	}
	published, err := os.ReadFile("schema.graphql")
	require.NoError(t, err)
	require.Equal(t, graph.SDL(), string(published))
}

// documents are the published documents by name. Each file is one request: an operation with the fragments it uses.
func documents(t *testing.T) map[string]string {
	t.Helper()
	files, err := filepath.Glob("documents/*.graphql")
	require.NoError(t, err)
	require.GreaterOrEqual(t, len(files), 25)
	texts := map[string]string{}
	for _, file := range files {
		text, err := os.ReadFile(file)
		require.NoError(t, err)
		texts[strings.TrimSuffix(filepath.Base(file), ".graphql")] = string(text)
	}
	return texts
}

// The names follow Relay's rule, the strictest there is: they begin with the name of the file.
func TestDocumentsAreValidAndNamedForTheirFile(t *testing.T) {
	t.Parallel()
	schema, err := gqlparser.LoadSchema(&ast.Source{Name: "schema.graphql", Input: graph.SDL()})
	require.NoError(t, err)
	for name, text := range documents(t) {
		doc, faults := gqlparser.LoadQueryWithRules(schema, text, nil)
		require.Empty(t, faults, name)
		require.Len(t, doc.Operations, 1, name)
		require.Equal(t, name+"Query", doc.Operations[0].Name)
		for _, f := range doc.Fragments {
			require.True(t, strings.HasPrefix(f.Name, name+"_"), "%s: %s", name, f.Name)
		}
	}
}

// What a document is tried with. The variables are for the demo stores.
func TestEveryDocumentHasVariables(t *testing.T) {
	t.Parallel()
	text, err := os.ReadFile("documents/variables.json")
	require.NoError(t, err)
	var examples map[string]struct {
		Store     string         `json:"store"`
		Variables map[string]any `json:"variables"`
	}
	require.NoError(t, json.Unmarshal(text, &examples))
	for name := range documents(t) {
		require.Contains(t, examples, name)
		delete(examples, name)
	}
	require.Empty(t, examples, "variables without a document")
}

// The manifest is what graphql-codegen makes of the documents (make conformance UPDATE=1). A client registers it, so an id
// that changes is a document that clients in the field ask for in vain.
func TestManifestNamesTextsByTheirHash(t *testing.T) {
	t.Parallel()
	text, err := os.ReadFile("documents.json")
	require.NoError(t, err)
	var manifest map[string]string
	require.NoError(t, json.Unmarshal(text, &manifest))
	require.GreaterOrEqual(t, len(manifest), len(documents(t)))
	for id, text := range manifest {
		sum := sha256.Sum256([]byte(text))
		require.Equal(t, "sha256:"+hex.EncodeToString(sum[:]), id)
	}
}
