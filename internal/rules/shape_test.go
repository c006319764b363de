package rules

import (
	"fmt"
	"go/ast"
	"go/token"
	"maps"
	"path"
	"strings"
	"testing"
)

const (
	maxFolders   = 14
	maxFileLines = 500
	maxFuncLines = 80
	minDocs      = 95 // per cent of the exported names
)

// checkPackageComments wants one comment per package that says what it is for, tests-only packages included.
func checkPackageComments(t *tree) []string {
	first := map[string]goFile{}
	var order []string
	documented := map[string]bool{}
	for _, file := range t.goFiles {
		if _, seen := first[file.pkg]; !seen {
			first[file.pkg] = file
			order = append(order, file.pkg)
		}
		start := "Package " + file.syntax.Name.Name + " "
		if file.syntax.Name.Name == "main" {
			start = "Command " + path.Base(file.pkg) + " "
		}
		if strings.HasPrefix(file.syntax.Doc.Text(), start) {
			documented[file.pkg] = true
		}
	}
	var found []string
	for _, pkg := range order {
		if !documented[pkg] {
			found = append(found, fmt.Sprintf("%s: package %s has no comment that begins with “Package …” (“Command …” for a main package)", first[pkg].path, pkg))
		}
	}
	return found
}

// checkNames refuses names that say nothing: whatever a package of such a name holds belongs to the word it is about.
func checkNames(t *tree) []string {
	var found []string
	for _, folder := range t.folders {
		if banned(path.Base(folder)) && folder != "graph/model" {
			found = append(found, folder+": the folder's name says nothing; name it after what it holds")
		}
	}
	for _, file := range t.goFiles {
		if name := file.syntax.Name.Name; banned(name) && file.pkg != "graph/model" {
			found = append(found, fmt.Sprintf("%s: the package name %s says nothing; name it after what it holds", file.path, name))
		}
	}
	return found
}

func banned(name string) bool {
	switch strings.TrimSuffix(name, "_test") {
	case "util", "utils", "common", "helper", "helpers", "model", "models", "type", "types", "base", "manager", "managers":
		return true
	}
	return false
}

// checkFolders keeps the root readable at a glance. Dot folders belong to tools and do not count.
func checkFolders(t *tree) []string {
	var top []string
	for _, folder := range t.folders {
		if !strings.Contains(folder, "/") && folder[0] != '.' {
			top = append(top, folder)
		}
	}
	if len(top) <= maxFolders {
		return nil
	}
	return []string{fmt.Sprintf("%d folders at the root, at most %d: %s", len(top), maxFolders, strings.Join(top, " "))}
}

// checkSizes catches outliers of hand-written code; a test function may be as long as its table.
func checkSizes(t *tree) []string {
	var found []string
	for _, file := range t.goFiles {
		if file.generated {
			continue
		}
		if lines := strings.Count(file.text, "\n"); lines > maxFileLines {
			found = append(found, fmt.Sprintf("%s: %d lines, at most %d", file.path, lines, maxFileLines))
		}
		if !file.test {
			found = append(found, longFunctions(t, file)...)
		}
	}
	return found
}

func longFunctions(t *tree, file goFile) []string {
	var found []string
	for _, decl := range file.syntax.Decls {
		fn, ok := decl.(*ast.FuncDecl)
		if !ok {
			continue
		}
		if lines := t.fset.Position(fn.End()).Line - t.fset.Position(fn.Pos()).Line + 1; lines > maxFuncLines {
			found = append(found, t.at(fn.Pos(), "%s has %d lines, at most %d", fn.Name.Name, lines, maxFuncLines))
		}
	}
	return found
}

// checkExports wants nearly every exported name documented, and names those that are not.
func checkExports(t *tree) []string {
	var bare []string
	total := 0
	for _, file := range t.goFiles {
		if file.test || file.generated {
			continue
		}
		for _, decl := range file.syntax.Decls {
			for _, name := range exportedNames(decl) {
				total++
				if !name.documented {
					bare = append(bare, t.at(name.pos, "%s has no doc comment", name.name))
				}
			}
		}
	}
	if (total-len(bare))*100 >= minDocs*total {
		return nil
	}
	return bare
}

type exportedName struct {
	name       string
	pos        token.Pos
	documented bool
}

func exportedNames(decl ast.Decl) []exportedName {
	switch d := decl.(type) {
	case *ast.FuncDecl:
		if d.Name.IsExported() && (d.Recv == nil || ast.IsExported(receiver(d))) {
			return []exportedName{{d.Name.Name, d.Pos(), d.Doc != nil}}
		}
	case *ast.GenDecl:
		var names []exportedName
		for _, spec := range d.Specs {
			names = append(names, exportedInSpec(spec, d.Doc != nil)...)
		}
		return names
	}
	return []exportedName{}
}

// exportedInSpec counts a name as documented when its group, its own line or the end of its line says something.
func exportedInSpec(spec ast.Spec, group bool) []exportedName {
	var names []exportedName
	add := func(id *ast.Ident, docs ...*ast.CommentGroup) {
		documented := group
		for _, doc := range docs {
			documented = documented || doc != nil
		}
		if id.IsExported() {
			names = append(names, exportedName{id.Name, id.Pos(), documented})
		}
	}
	switch s := spec.(type) {
	case *ast.TypeSpec:
		add(s.Name, s.Doc, s.Comment)
	case *ast.ValueSpec:
		for _, id := range s.Names {
			add(id, s.Doc, s.Comment)
		}
	}
	return names
}

// receiver returns the name of a method's receiver type, "" for a function.
func receiver(fn *ast.FuncDecl) string {
	if fn.Recv == nil || len(fn.Recv.List) != 1 {
		return ""
	}
	expr := fn.Recv.List[0].Type
	for {
		switch x := expr.(type) {
		case *ast.StarExpr:
			expr = x.X
		case *ast.IndexExpr:
			expr = x.X
		case *ast.IndexListExpr:
			expr = x.X
		case *ast.Ident:
			return x.Name
		default:
			return ""
		}
	}
}

func TestCheckPackageComments(t *testing.T) {
	t.Parallel()
	runCases(t, checkPackageComments, []ruleCase{
		{name: "documented", files: map[string]string{
			"a/doc.go": "// Package a does it.\npackage a\n", "a/more.go": "package a\n", "a/a_test.go": "package a_test\n",
			"cmd/kirana/main.go": "// Command kirana plays every role.\npackage main\n",
		}},
		{name: "bare", files: map[string]string{
			"a/a.go": "package a\n", "b/b.go": "// b is mentioned.\npackage b\n", "cmd/kirana/main.go": "// Package main.\npackage main\n",
		}, want: []string{
			"a/a.go: package a has no comment that begins with “Package …” (“Command …” for a main package)",
			"b/b.go: package b has no comment that begins with “Package …” (“Command …” for a main package)",
			"cmd/kirana/main.go: package cmd/kirana has no comment that begins with “Package …” (“Command …” for a main package)",
		}},
	})
}

func TestCheckNames(t *testing.T) {
	t.Parallel()
	runCases(t, checkNames, []ruleCase{
		{name: "fine", files: map[string]string{"graph/model/models.go": "package model\n", "db/db.go": "package db\n"}},
		{name: "empty words", files: map[string]string{
			"internal/util/u.go": "package text\n", "db/x.go": "package helpers\n", "commerce/model/m.md": "text",
		}, want: []string{
			"commerce/model: the folder's name says nothing; name it after what it holds",
			"internal/util: the folder's name says nothing; name it after what it holds",
			"db/x.go: the package name helpers says nothing; name it after what it holds",
		}},
	})
}

func TestCheckFolders(t *testing.T) {
	t.Parallel()
	fourteen := map[string]string{".ci/run": "#!", "README.md": "hello"}
	for i := range maxFolders {
		fourteen[fmt.Sprintf("f%02d/below/x.txt", i)] = "x"
	}
	fifteen := maps.Clone(fourteen)
	fifteen["more/x.txt"] = "x"
	runCases(t, checkFolders, []ruleCase{
		{name: "as many as allowed", files: fourteen},
		{name: "one too many", files: fifteen, want: []string{
			"15 folders at the root, at most 14: f00 f01 f02 f03 f04 f05 f06 f07 f08 f09 f10 f11 f12 f13 more",
		}},
	})
}

func TestCheckSizes(t *testing.T) {
	t.Parallel()
	body := func(lines int) string { return "package a\n\nfunc f() {\n" + strings.Repeat("\n", lines-2) + "}\n" }
	lines := func(n int) string { return "package a\n" + strings.Repeat("\n", n-1) }
	runCases(t, checkSizes, []ruleCase{
		{name: "at the limit", files: map[string]string{"a/a.go": body(80), "a/a_test.go": body(300), "a/b.go": lines(500)}},
		{name: "generated", files: map[string]string{"a/gen.go": "// Code generated by x. DO NOT EDIT.\n" + body(900)}},
		{name: "over", files: map[string]string{"a/a.go": body(81), "a/b.go": lines(501), "a/b_test.go": lines(501)}, want: []string{
			"a/a.go:3: f has 81 lines, at most 80", "a/b.go: 501 lines, at most 500", "a/b_test.go: 501 lines, at most 500",
		}},
	})
}

func TestCheckExports(t *testing.T) {
	t.Parallel()
	nineteen := "package a\n" + strings.Repeat("\n// F does it.\nfunc F() {}\n", 19)
	bare := "package a\n\ntype T struct{}\n\nfunc (*T) M() {}\n\nfunc (t hidden[K]) M() {}\n\nconst (\n\tA = 1 // A is one.\n\tB = 2\n)\n"
	runCases(t, checkExports, []ruleCase{
		{name: "nineteen of twenty", files: map[string]string{"a/a.go": nineteen + "\nfunc G() {}\n"}},
		{name: "nothing exported", files: map[string]string{"a/a.go": "package a\n\nfunc f() {}\n"}},
		{name: "tests and generated code", files: map[string]string{
			"a/a_test.go": bare, "a/gen.go": "// Code generated by x. DO NOT EDIT.\n\n" + bare,
		}},
		{name: "a documented group", files: map[string]string{"a/a.go": "package a\n\n// Both.\nconst (\n\tA = 1\n\tB = 2\n)\n"}},
		{name: "bare", files: map[string]string{"a/a.go": bare}, want: []string{
			"a/a.go:3: T has no doc comment", "a/a.go:5: M has no doc comment", "a/a.go:11: B has no doc comment",
		}},
	})
}
