package rules

import (
	"go/ast"
	"go/token"
	"path"
	"strings"
	"testing"
)

// checkResolverFiles keeps *.resolvers.go to resolver methods: gqlgen moves anything else into a comment the next
// time it writes the file, and the build breaks then.
func checkResolverFiles(t *tree) []string {
	var found []string
	for _, file := range t.goFiles {
		if !strings.HasSuffix(file.path, ".resolvers.go") {
			continue
		}
		for _, decl := range file.syntax.Decls {
			if !resolverDecl(decl) {
				found = append(found, t.at(decl.Pos(), "only resolver methods live here; move the rest to a file beside it"))
			}
		}
		if at := strings.Index(file.text, "!!! WARNING !!!"); at >= 0 {
			found = append(found, t.at(file.syntax.FileStart+token.Pos(at), "code that gqlgen moved into a comment; put it back elsewhere or delete it"))
		}
	}
	return found
}

// resolverDecl accepts imports, methods of resolver types, and the types that gqlgen writes at the end of a file.
func resolverDecl(decl ast.Decl) bool {
	switch d := decl.(type) {
	case *ast.FuncDecl:
		return strings.HasSuffix(receiver(d), "Resolver")
	case *ast.GenDecl:
		if d.Tok == token.IMPORT {
			return true
		}
		for _, spec := range d.Specs {
			if typ, ok := spec.(*ast.TypeSpec); !ok || !resolverType(typ) {
				return false
			}
		}
		return true
	default:
		return false
	}
}

// resolverType matches `type xResolver struct{ *Resolver }`.
func resolverType(spec *ast.TypeSpec) bool {
	body, ok := spec.Type.(*ast.StructType)
	if !ok || !strings.HasSuffix(spec.Name.Name, "Resolver") || len(body.Fields.List) != 1 {
		return false
	}
	field := body.Fields.List[0]
	pointer, ok := field.Type.(*ast.StarExpr)
	if !ok || len(field.Names) != 0 {
		return false
	}
	embedded, ok := pointer.X.(*ast.Ident)
	return ok && embedded.Name == "Resolver"
}

// checkWords wants the domain word of each schema file to name a file of the domain too. The schema's own file holds
// directives and empty roots, the scalars' file holds shapes without a rule behind them.
func checkWords(t *tree) []string {
	var found []string
	for _, file := range t.texts {
		folder, name := path.Split(file.path)
		word, isSchema := strings.CutSuffix(name, ".graphql")
		if folder != "graph/schema/" || !isSchema || word == "schema" || word == "scalars" {
			continue
		}
		if domain := "commerce/" + word + ".go"; t.text(domain) == "" {
			found = append(found, file.path+": there is no "+domain+"; the same word names the file at every layer")
		}
	}
	return found
}

func TestCheckResolverFiles(t *testing.T) {
	t.Parallel()
	runCases(t, checkResolverFiles, []ruleCase{
		{name: "as gqlgen writes it", files: map[string]string{
			"resolvers/store.resolvers.go": "package resolvers\n\nimport \"context\"\n\n" +
				"func (r *queryResolver) Store(ctx context.Context) {}\n\n" +
				"func (r *Resolver) Query() generated.QueryResolver { return &queryResolver{r} }\n\n" +
				"type queryResolver struct{ *Resolver }\n\ntype (\n\tstoreResolver struct{ *Resolver }\n)\n",
			"resolvers/store.go": "package resolvers\n\nfunc free() {}\n",
		}},
		{name: "anything else", files: map[string]string{
			"resolvers/store.resolvers.go": "package resolvers\n\nfunc free() {}\n\nfunc (s store) m() {}\n\nvar v int\n\n" +
				"type queryResolver struct{ Resolver }\n\ntype store struct{ *Resolver }\n\n// !!! WARNING !!!\n// func gone() {}\n",
		}, want: []string{
			"resolvers/store.resolvers.go:3: only resolver methods live here; move the rest to a file beside it",
			"resolvers/store.resolvers.go:5: only resolver methods live here; move the rest to a file beside it",
			"resolvers/store.resolvers.go:7: only resolver methods live here; move the rest to a file beside it",
			"resolvers/store.resolvers.go:9: only resolver methods live here; move the rest to a file beside it",
			"resolvers/store.resolvers.go:11: only resolver methods live here; move the rest to a file beside it",
			"resolvers/store.resolvers.go:13: code that gqlgen moved into a comment; put it back elsewhere or delete it",
		}},
	})
}

func TestCheckWords(t *testing.T) {
	t.Parallel()
	runCases(t, checkWords, []ruleCase{
		{name: "the same word", files: map[string]string{
			"graph/schema/store.graphql": "type Store", "commerce/store.go": "package commerce\n",
			"graph/schema/schema.graphql": "type Query", "graph/schema/scalars.graphql": "scalar URL", "contract/all.graphql": "type All",
		}},
		{name: "a word of its own", files: map[string]string{"graph/schema/shop.graphql": "type Shop", "commerce/store.go": "package commerce\n"}, want: []string{
			"graph/schema/shop.graphql: there is no commerce/shop.go; the same word names the file at every layer",
		}},
	})
}
