package shop

import (
	"crypto/sha256"
	_ "embed" // for the files below
	"encoding/hex"
	"net/http"
	"strings"
)

//go:embed asset/shop.css
var styleSheet []byte

//go:embed asset/shop.js
var script []byte

// assets are the paths of the pages' files. A file's name holds the hash of its content, so it can be kept for ever.
type assets struct{ Style, Script string }

func newAssets() assets {
	return assets{Style: "/assets/shop." + contentHash(styleSheet) + ".css", Script: "/assets/shop." + contentHash(script) + ".js"}
}

func contentHash(content []byte) string {
	sum := sha256.Sum256(content)
	return hex.EncodeToString(sum[:6])
}

func (a assets) serve(w http.ResponseWriter, r *http.Request) {
	name, content, kind := a.Style, styleSheet, "text/css"
	if strings.HasSuffix(r.URL.Path, ".js") {
		name, content, kind = a.Script, script, "text/javascript"
	}
	w.Header().Set("Content-Type", kind+"; charset=utf-8")
	if r.URL.Path == name {
		w.Header().Set("Cache-Control", "public, max-age=31536000, immutable")
	} else {
		// While a release rolls out, a page of the other version asks here: this version's file is better than none.
		w.Header().Set("Cache-Control", "no-store")
	}
	answer(w, r, http.StatusOK, content)
}
