package graph

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"maps"
	"net/http"
	"time"

	"github.com/vektah/gqlparser/v2/ast"
	"github.com/vektah/gqlparser/v2/formatter"

	"github.com/kirana-commerce/kirana/graph/generated"
)

// publicSchema is the schema as clients may know it: without the directives that steer the code generator, and without
// those of gqlgen that this server does not carry out.
func publicSchema() *ast.Schema {
	schema := *generated.NewExecutableSchema(generated.Config{}).Schema()
	schema.Directives = maps.Clone(schema.Directives)
	for _, name := range []string{"defer", "goField"} {
		delete(schema.Directives, name)
	}
	return &schema
}

// SDL is the schema as text, with all descriptions.
func SDL() string {
	var b bytes.Buffer
	formatter.NewFormatter(&b, formatter.WithIndent("  ")).FormatSchema(publicSchema())
	return b.String()
}

// Schema serves the SDL as text. It is the same for everybody and changes with the program alone.
func Schema() http.Handler {
	sdl := []byte(SDL())
	tag := etag(sdl)
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		h := w.Header()
		h.Set("Content-Type", "text/plain; charset=utf-8")
		h.Set("Cache-Control", "no-cache") // may be kept, must be asked about
		h.Set("ETag", tag)
		http.ServeContent(w, r, "", time.Time{}, bytes.NewReader(sdl))
	})
}

// digest names a text by what is in it.
func digest(text []byte) string {
	sum := sha256.Sum256(text)
	return hex.EncodeToString(sum[:8])
}

func etag(text []byte) string { return `"` + digest(text) + `"` }
