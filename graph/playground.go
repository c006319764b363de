package graph

import (
	"bytes"
	"compress/gzip"
	"embed"
	"fmt"
	"html/template"
	"io"
	"io/fs"
	"net/http"
	"path"
	"strings"
	"time"
)

//go:embed playground/page.html playground/assets playground/examples
var playgroundFiles embed.FS

// assetPath is where the Playground's files are served, each under a name that changes with its content.
const assetPath = "/playground/assets/"

// playgroundPolicy lets the Playground load what this server sends, and nothing from anywhere else. GraphiQL's editor
// sets styles on the elements it makes, and its style sheet carries its fonts.
const playgroundPolicy = "default-src 'none'; script-src 'self'; style-src 'self' 'unsafe-inline'; img-src 'self' data:; " +
	"font-src data:; connect-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"

// Playground serves GraphiQL with example queries: the page at every path that is not one of its files under
// /playground/assets/. It sends queries to /graphql and reads the schema from /schema.graphql. Nothing comes from elsewhere.
func Playground() http.Handler {
	p, err := newPlayground()
	if err != nil {
		panic(fmt.Sprintf("graph: the embedded Playground is broken: %v", err)) // the files are part of the program
	}
	return p
}

// ExampleGroup is the example documents for the tasks of one kind of people, in the order in which one would try them.
type ExampleGroup struct {
	Title     string   `json:"title"`
	Documents []string `json:"documents"`
}

// Examples are the example documents of the Playground. The first group's are its tabs when it is opened for the first time.
func Examples() []ExampleGroup {
	return []ExampleGroup{
		{Title: "What buyers ask", Documents: examplesIn("1-buyer")},
		{Title: "Run a store", Documents: examplesIn("2-merchant")},
	}
}

func examplesIn(folder string) []string {
	names, err := fs.Glob(playgroundFiles, "playground/examples/"+folder+"/*.graphql")
	if err != nil {
		panic(err) // the pattern is a constant
	}
	texts := make([]string, len(names))
	for i, name := range names {
		text, _ := playgroundFiles.ReadFile(name) // Glob has just found it
		texts[i] = string(text)
	}
	return texts
}

type playground struct {
	page   []byte
	assets map[string]asset // by name with digest
}

// asset is one file. Third-party files are kept compressed, as nearly every browser wants them.
type asset struct {
	media string
	tag   string
	plain []byte
	gzip  []byte // nil when it is not worth it
}

func newPlayground() (*playground, error) {
	p := &playground{assets: map[string]asset{}}
	names, err := playgroundFiles.ReadDir("playground/assets")
	if err != nil {
		return nil, err
	}
	paths := map[string]string{}
	for _, entry := range names {
		a, err := readAsset(entry.Name())
		if err != nil {
			return nil, fmt.Errorf("read %s: %w", entry.Name(), err)
		}
		name := strings.TrimSuffix(entry.Name(), ".gz")
		served := digest(a.plain) + "-" + name
		p.assets[served], paths[name] = a, assetPath+served
	}
	t, err := template.ParseFS(playgroundFiles, "playground/page.html")
	if err != nil {
		return nil, err
	}
	var b bytes.Buffer
	err = t.Option("missingkey=error").Execute(&b, map[string]any{"Assets": paths, "Examples": Examples()})
	p.page = b.Bytes()
	return p, err
}

func readAsset(name string) (asset, error) {
	plain, err := playgroundFiles.ReadFile("playground/assets/" + name)
	if err != nil {
		return asset{}, err
	}
	var packed []byte
	if base, ok := strings.CutSuffix(name, ".gz"); ok {
		name, packed = base, plain
		r, err := gzip.NewReader(bytes.NewReader(packed))
		if err != nil {
			return asset{}, err
		}
		if plain, err = io.ReadAll(r); err != nil {
			return asset{}, err
		}
	}
	return asset{media: mediaOf(name), tag: etag(plain), plain: plain, gzip: packed}, nil
}

// mediaOf names the media type of a file by its ending, whatever the machine it runs on believes.
func mediaOf(name string) string {
	switch path.Ext(name) {
	case ".css":
		return "text/css; charset=utf-8"
	case ".js":
		return "text/javascript; charset=utf-8"
	case ".svg":
		return "image/svg+xml"
	}
	return "application/octet-stream"
}

// ServeHTTP serves the page or one of its files.
func (p *playground) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	if r.Method != http.MethodGet && r.Method != http.MethodHead {
		w.Header().Set("Allow", "GET, HEAD")
		http.Error(w, "Only GET and HEAD.", http.StatusMethodNotAllowed)
		return
	}
	name, isAsset := strings.CutPrefix(r.URL.Path, assetPath)
	if !isAsset {
		h := w.Header()
		h.Set("Content-Type", "text/html; charset=utf-8")
		h.Set("Content-Security-Policy", playgroundPolicy)
		h.Set("Cache-Control", "no-cache") // its files change names with the program
		h.Set("ETag", etag(p.page))
		http.ServeContent(w, r, "", time.Time{}, bytes.NewReader(p.page))
		return
	}
	a, known := p.assets[name]
	if !known {
		http.NotFound(w, r)
		return
	}
	a.serve(w, r)
}

func (a asset) serve(w http.ResponseWriter, r *http.Request) {
	h := w.Header()
	h.Set("Content-Type", a.media)
	h.Set("Cache-Control", "public, max-age=31536000, immutable")
	content, tag := a.plain, a.tag
	if a.gzip != nil {
		h.Set("Vary", "Accept-Encoding")
		if strings.Contains(r.Header.Get("Accept-Encoding"), "gzip") {
			h.Set("Content-Encoding", "gzip")
			content, tag = a.gzip, strings.TrimSuffix(tag, `"`)+`-gzip"`
		}
	}
	h.Set("ETag", tag)
	http.ServeContent(w, r, "", time.Time{}, bytes.NewReader(content))
}
