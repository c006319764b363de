package graph_test

import (
	"compress/gzip"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"html"
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"regexp"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
	"github.com/vektah/gqlparser/v2"
	"github.com/vektah/gqlparser/v2/ast"

	"github.com/kirana-commerce/kirana/graph"
)

func fetch(t *testing.T, method, target string, header ...string) *httptest.ResponseRecorder {
	t.Helper()
	r := httptest.NewRequestWithContext(t.Context(), method, target, nil)
	for i := 0; i < len(header); i += 2 {
		r.Header.Set(header[i], header[i+1])
	}
	w := httptest.NewRecorder()
	graph.Playground().ServeHTTP(w, r)
	return w
}

var addresses = regexp.MustCompile(`(?:src|href)="([^"]*)"`)

func TestPlayground(t *testing.T) {
	t.Parallel()
	page := fetch(t, http.MethodGet, "/")
	require.Equal(t, 200, page.Code)
	require.Equal(t, "text/html; charset=utf-8", page.Header().Get("Content-Type"))
	require.Contains(t, page.Header().Get("Content-Security-Policy"), "default-src 'none'; script-src 'self'; ")
	require.Contains(t, page.Body.String(), "<title>Kirana · GraphQL Playground</title>")
	require.Equal(t, 304, fetch(t, http.MethodGet, "/", "If-None-Match", page.Header().Get("ETag")).Code)

	files := 0
	for _, m := range addresses.FindAllStringSubmatch(page.Body.String(), -1) {
		target := html.UnescapeString(m[1])
		if target == "/schema.graphql" {
			continue
		}
		require.Regexp(t, `^/playground/assets/[0-9a-f]{16}-[a-z.-]+$`, target, "everything comes from this server")
		w := fetch(t, http.MethodGet, target)
		require.Equal(t, 200, w.Code, target)
		require.Regexp(t, `^(text/css|text/javascript|image/svg\+xml)`, w.Header().Get("Content-Type"))
		require.Equal(t, "public, max-age=31536000, immutable", w.Header().Get("Cache-Control"))
		require.NotContains(t, w.Body.String(), "sourceMappingURL")
		require.Equal(t, 304, fetch(t, http.MethodGet, target, "If-None-Match", w.Header().Get("ETag")).Code)
		files++
	}
	require.Equal(t, 8, files)

	require.Equal(t, 404, fetch(t, http.MethodGet, "/playground/assets/page.js").Code)
	require.Equal(t, 404, fetch(t, http.MethodGet, "/playground/assets/").Code)
	require.Equal(t, 405, fetch(t, http.MethodPost, "/").Code)
}

func TestPlaygroundCompresses(t *testing.T) {
	t.Parallel()
	for _, m := range addresses.FindAllStringSubmatch(fetch(t, http.MethodGet, "/").Body.String(), -1) {
		if !strings.Contains(m[1], ".min.") {
			continue
		}
		plain, packed := fetch(t, http.MethodGet, m[1]), fetch(t, http.MethodGet, m[1], "Accept-Encoding", "br, gzip")
		require.Empty(t, plain.Header().Get("Content-Encoding"))
		require.Equal(t, "gzip", packed.Header().Get("Content-Encoding"))
		require.NotEqual(t, plain.Header().Get("ETag"), packed.Header().Get("ETag"))
		require.Less(t, packed.Body.Len(), plain.Body.Len())
		r, err := gzip.NewReader(packed.Body)
		require.NoError(t, err)
		unpacked, err := io.ReadAll(r)
		require.NoError(t, err)
		require.Equal(t, plain.Body.String(), string(unpacked))
	}
}

// TestNotice compares third-party files with the sums written down when they were taken.
func TestNotice(t *testing.T) {
	t.Parallel()
	notice, err := os.ReadFile("playground/NOTICE.md")
	require.NoError(t, err)
	rows := regexp.MustCompile(`(?m)^\| (\S+\.(?:js|css)) \| .* \| ([0-9a-f]{64}) \|$`).FindAllStringSubmatch(string(notice), -1)
	want := map[string]string{}
	for _, row := range rows {
		want[row[1]] = row[2]
	}
	got := map[string]string{}
	for _, m := range addresses.FindAllStringSubmatch(fetch(t, http.MethodGet, "/").Body.String(), -1) {
		_, name, _ := strings.Cut(strings.TrimPrefix(m[1], "/playground/assets/"), "-")
		if strings.Contains(name, ".min.") {
			sum := sha256.Sum256(fetch(t, http.MethodGet, m[1]).Body.Bytes())
			got[name] = hex.EncodeToString(sum[:])
		}
	}
	require.Equal(t, want, got)
}

// TestExamples holds every example against the schema and the limits, and the page's tabs against the examples.
func TestExamples(t *testing.T) {
	t.Parallel()
	schema, err := gqlparser.LoadSchema(&ast.Source{Name: "schema.graphql", Input: graph.SDL()})
	require.NoError(t, err)
	groups := graph.Examples()
	require.Len(t, groups[0].Documents, 11)
	b := setup(t, &world{}, graph.Options{})
	names := map[string]bool{}
	for _, group := range groups {
		require.NotEmpty(t, group.Documents, group.Title)
		for _, text := range group.Documents {
			doc, errs := gqlparser.LoadQueryWithRules(schema, text, nil)
			require.Empty(t, errs, text)
			require.Len(t, doc.Operations, 1)
			require.NotEmpty(t, doc.Operations[0].Name, "a tab shows the operation's name")
			require.Empty(t, doc.Operations[0].VariableDefinitions, "a tab has no variables")
			require.Regexp(t, `^# \S`, text, "it says what it is for")
			require.False(t, names[doc.Operations[0].Name], "two have the name %s", doc.Operations[0].Name)
			names[doc.Operations[0].Name] = true
		}
	}
	for _, text := range groups[0].Documents[:6] { // the others are about a cart, which stands in a store
		for _, e := range b.ask(t, text, "").Errors {
			t.Errorf("%s: %s", text, e.Message)
		}
	}

	data := regexp.MustCompile(`(?s)<script type="application/json" id="examples">(.*?)</script>`).FindStringSubmatch(fetch(t, http.MethodGet, "/").Body.String())
	require.NotNil(t, data)
	var tabs []graph.ExampleGroup
	require.NoError(t, json.Unmarshal([]byte(data[1]), &tabs))
	require.Equal(t, groups, tabs)
}
