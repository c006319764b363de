package shop_test

import (
	"encoding/xml"
	"errors"
	"io"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/kirana-commerce/kirana/internal/shop"
)

func get(t *testing.T, target string) *httptest.ResponseRecorder {
	t.Helper()
	return send(t, http.MethodGet, target)
}

func send(t *testing.T, method, target string) *httptest.ResponseRecorder {
	t.Helper()
	r := httptest.NewRequestWithContext(t.Context(), method, "/", nil)
	u, err := url.Parse(target)
	require.NoError(t, err)
	r.URL = u
	w := httptest.NewRecorder()
	shop.Pictures().ServeHTTP(w, r)
	return w
}

// texts reads a picture as a strict XML parser does, and returns its text elements' contents.
func texts(t *testing.T, picture string) []string {
	t.Helper()
	d := xml.NewDecoder(strings.NewReader(picture))
	var found []string
	in := ""
	for {
		token, err := d.Token()
		if errors.Is(err, io.EOF) {
			return found
		}
		require.NoError(t, err)
		switch token := token.(type) {
		case xml.StartElement:
			in = token.Name.Local
			require.Contains(t, []string{"svg", "title", "defs", "linearGradient", "stop", "rect", "g", "text", "circle", "ellipse", "path"}, in)
			for _, a := range token.Attr {
				require.False(t, strings.HasPrefix(a.Name.Local, "on"), a.Name.Local)
				require.NotEqual(t, "href", a.Name.Local)
			}
		case xml.EndElement:
			in = ""
		case xml.CharData:
			if in == "text" || in == "title" {
				found = append(found, string(token))
			}
		}
	}
}

func TestPicture(t *testing.T) {
	t.Parallel()
	w := get(t, "/pictures/corner/basmati-rice-2.svg?label=%E0%A4%AC%E0%A4%BE%E0%A4%B8%E0%A4%AE%E0%A4%A4%E0%A5%80%20%E0%A4%9A%E0%A4%BE%E0%A4%B5%E0%A4%B2")
	require.Equal(t, 200, w.Code)
	require.Equal(t, "image/svg+xml; charset=utf-8", w.Header().Get("Content-Type"))
	require.Equal(t, "public, max-age=86400, immutable", w.Header().Get("Cache-Control"))
	require.Equal(t, "default-src 'none'; sandbox", w.Header().Get("Content-Security-Policy"))
	require.Equal(t, []string{"बासमती चावल", "बासमती चावल", "corner"}, texts(t, w.Body.String()))
	require.Equal(t, w.Body.String(), get(t, "/pictures/corner/basmati-rice-2.svg?label=%E0%A4%AC%E0%A4%BE%E0%A4%B8%E0%A4%AE%E0%A4%A4%E0%A5%80%20%E0%A4%9A%E0%A4%BE%E0%A4%B5%E0%A4%B2").Body.String())
	require.NotEqual(t, get(t, "/pictures/corner/a.svg?label=x").Body.String(), get(t, "/pictures/corner/b.svg?label=x").Body.String())
}

func TestLabel(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		name, label string
		want        []string // title, then lines
	}{
		{"none: the name", "", []string{"some thing", "some thing"}},
		{"wrapped between words", "Indigo Block-Print Kurta", []string{"Indigo Block-Print Kurta", "Indigo", "Block-Print", "Kurta"}},
		{"markup is text", `<script>alert(1)</script>&"'`, []string{`<script>alert(1)</script>&"'`, `<script>alert(1)</script>&"'`}},
		{"control characters and lines", "a\x00b\nc\u202ed", []string{"ab cd", "ab cd"}},
		{"bounded", strings.Repeat("x", 200), []string{strings.Repeat("x", 79) + "…", strings.Repeat("x", 79) + "…"}},
		{"at most four lines", "aaaaaaaaaaaa bbbbbbbbbbbb cccccccccccc dddddddddddd eeeeeeeeeeee", []string{
			"aaaaaaaaaaaa bbbbbbbbbbbb cccccccccccc dddddddddddd eeeeeeeeeeee", "aaaaaaaaaaaa", "bbbbbbbbbbbb", "cccccccccccc", "dddddddddddd eeeeeeeeeeee",
		}},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			w := get(t, "/pictures/corner/some-thing.svg?label="+url.QueryEscape(c.label))
			require.Equal(t, 200, w.Code)
			require.Equal(t, append(c.want, "corner"), texts(t, w.Body.String()))
		})
	}
}

func TestOtherPaths(t *testing.T) {
	t.Parallel()
	for _, target := range []string{
		"/pictures/", "/pictures/corner/", "/pictures/corner/rice", "/pictures/corner/rice.png", "/pictures/corner/a/b.svg", "/pictures/Corner/rice.svg",
		"/pictures/corner/.svg", "/pictures/corner/%3Cscript%3E.svg", "/pictures/corner/" + strings.Repeat("x", 256) + ".svg", "/other/corner/rice.svg",
	} {
		require.Equal(t, 404, get(t, target).Code, target)
	}
	w := send(t, http.MethodPost, "/pictures/corner/rice.svg")
	require.Equal(t, 405, w.Code)
	require.Equal(t, "GET, HEAD", w.Header().Get("Allow"))
}

// FuzzPicture sends any name and label: the answer is well-formed XML of known elements, or 404.
func FuzzPicture(f *testing.F) {
	f.Add("corner", "basmati-rice-1", "Basmati Rice · बासमती चावल")
	f.Add("corner", "x", "</text><script>alert(1)</script>")
	f.Add("corner", "x", "]]>&#0;\xff\ufffe\U0010ffff")
	f.Add("corner", "-", " ")
	f.Add("a\"b", "../x", "\u200d\u0301")
	f.Fuzz(func(t *testing.T, store, name, label string) {
		w := httptest.NewRecorder()
		r := httptest.NewRequestWithContext(t.Context(), http.MethodGet, "/", nil)
		r.URL = &url.URL{Path: "/pictures/" + store + "/" + name + ".svg", RawQuery: url.Values{"label": {label}}.Encode()}
		shop.Pictures().ServeHTTP(w, r)
		if w.Code == http.StatusNotFound {
			return
		}
		require.Equal(t, 200, w.Code)
		require.Less(t, w.Body.Len(), 16<<10)
		require.GreaterOrEqual(t, len(texts(t, w.Body.String())), 2)
	})
}
