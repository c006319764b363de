package rules

import (
	"bytes"
	"fmt"
	"go/ast"
	"go/parser"
	"go/token"
	"io/fs"
	"path"
	"slices"
	"strings"
	"testing"
	"testing/fstest"

	"github.com/stretchr/testify/require"
)

const module = "github.com/kirana-commerce/kirana"

// tree is a project as the rules see it. It is read once and never changed, so all rules can share it.
type tree struct {
	fset    *token.FileSet
	folders []string
	texts   []textFile
	goFiles []goFile
}

// textFile is one file that is not binary; its path is relative to the project's root.
type textFile struct {
	path string
	text string
}

// goFile is one parsed Go file. Of a generated file only the package clause and the imports are parsed.
type goFile struct {
	textFile
	pkg       string
	test      bool
	generated bool
	syntax    *ast.File
}

// skipped says whether the walk stays out of a folder: what git does not track, and Node's packages.
func skipped(name string) bool {
	switch name {
	case ".git", ".kirana", "bin", "coverage", "node_modules", "out", "rapid", "target":
		return true
	}
	return false
}

func readTree(fsys fs.FS) (*tree, error) {
	t := &tree{fset: token.NewFileSet()}
	err := fs.WalkDir(fsys, ".", func(name string, entry fs.DirEntry, err error) error {
		switch {
		case err != nil:
			return err
		case entry.IsDir() && skipped(entry.Name()):
			return fs.SkipDir
		case entry.IsDir():
			if name != "." {
				t.folders = append(t.folders, name)
			}
			return nil
		case !entry.Type().IsRegular():
			return nil
		}
		return t.add(fsys, name)
	})
	return t, err
}

func (t *tree) add(fsys fs.FS, name string) error {
	raw, err := fs.ReadFile(fsys, name)
	if err != nil {
		return err
	}
	if bytes.IndexByte(raw[:min(len(raw), 8000)], 0) >= 0 {
		return nil // binary, by the test that git uses
	}
	file := textFile{path: name, text: string(raw)}
	t.texts = append(t.texts, file)
	if path.Ext(name) != ".go" || ignoredByGo(name) {
		return nil
	}
	parsed, err := parseGo(t.fset, file)
	if err != nil {
		return fmt.Errorf("parse %s: %w", name, err)
	}
	t.goFiles = append(t.goFiles, parsed)
	return nil
}

// ignoredByGo reports whether the go command would not count the file to any package.
func ignoredByGo(name string) bool {
	for part := range strings.SplitSeq(name, "/") {
		if part == "testdata" || part[0] == '.' || part[0] == '_' {
			return true
		}
	}
	return false
}

func parseGo(fset *token.FileSet, file textFile) (goFile, error) {
	f := goFile{textFile: file, pkg: path.Dir(file.path), test: strings.HasSuffix(file.path, "_test.go")}
	head, err := parser.ParseFile(fset, file.path, file.text, parser.ImportsOnly|parser.ParseComments)
	if err != nil {
		return f, err
	}
	if f.syntax, f.generated = head, ast.IsGenerated(head); f.generated {
		return f, nil
	}
	f.syntax, err = parser.ParseFile(fset, file.path, file.text, parser.ParseComments|parser.SkipObjectResolution)
	return f, err
}

// at formats a finding so that editors and terminals can jump to it.
func (t *tree) at(pos token.Pos, format string, args ...any) string {
	p := t.fset.Position(pos)
	return fmt.Sprintf("%s:%d: ", p.Filename, p.Line) + fmt.Sprintf(format, args...)
}

// text returns a file's text, "" when there is no such file.
func (t *tree) text(name string) string {
	for _, file := range t.texts {
		if file.path == name {
			return file.text
		}
	}
	return ""
}

// uses returns every place where a file names pkg.name of one of the wanted names, under whatever name pkg is imported.
func (f goFile) uses(pkg string, names ...string) []*ast.SelectorExpr {
	local := f.localName(pkg)
	var found []*ast.SelectorExpr
	ast.Inspect(f.syntax, func(n ast.Node) bool {
		selector, ok := n.(*ast.SelectorExpr)
		if !ok {
			return true
		}
		if x, ok := selector.X.(*ast.Ident); ok && x.Name == local && slices.Contains(names, selector.Sel.Name) {
			found = append(found, selector)
		}
		return true
	})
	return found
}

func (f goFile) localName(pkg string) string {
	for _, spec := range f.syntax.Imports {
		switch {
		case importPath(spec) != pkg:
		case spec.Name != nil:
			return spec.Name.Name
		default:
			return path.Base(pkg)
		}
	}
	return ""
}

func importPath(spec *ast.ImportSpec) string {
	return strings.Trim(spec.Path.Value, "`\"")
}

// ruleCase is a small project and what a rule has to say about it, in order.
type ruleCase struct {
	name  string
	files map[string]string
	want  []string
}

func runCases(t *testing.T, check func(*tree) []string, cases []ruleCase) {
	t.Helper()
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			require.Equal(t, c.want, check(fixture(t, c.files)))
		})
	}
}

func fixture(t *testing.T, files map[string]string) *tree {
	t.Helper()
	fsys := fstest.MapFS{}
	for name, text := range files {
		fsys[name] = &fstest.MapFile{Data: []byte(text)}
	}
	parsed, err := readTree(fsys)
	require.NoError(t, err)
	return parsed
}

func TestReadTree(t *testing.T) {
	t.Parallel()
	got := fixture(t, map[string]string{
		"a/a.go":                "package a\n\nfunc F() {}\n",
		"a/a_test.go":           "package a\n",
		"a/testdata/broken.go":  "not Go at all",
		"a/gen.go":              "// Code generated by x. DO NOT EDIT.\n\npackage a\n\nfunc G() {}\n",
		"a/picture.png":         "\x89PNG\x00",
		"bin/tool.go":           "package tool\n",
		"web/node_modules/x.go": "package x\n",
	})
	require.Equal(t, []string{"a", "a/testdata", "web"}, got.folders)
	require.Len(t, got.texts, 4)
	require.Len(t, got.goFiles, 3)

	byName := map[string]goFile{}
	for _, file := range got.goFiles {
		byName[path.Base(file.path)] = file
	}
	require.True(t, byName["a_test.go"].test)
	require.True(t, byName["gen.go"].generated)
	require.Empty(t, byName["gen.go"].syntax.Decls)
	require.Len(t, byName["a.go"].syntax.Decls, 1)

	_, err := readTree(fstest.MapFS{"b/b.go": {Data: []byte("package")}})
	require.ErrorContains(t, err, "parse b/b.go")
}
