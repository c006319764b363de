package shop

import (
	"fmt"
	"hash/fnv"
	"html"
	"net/http"
	"regexp"
	"strings"
	"unicode"
	"unicode/utf8"
)

const (
	side      = 800 // of the picture, in pixels
	maxLabel  = 80  // in characters; the rest is cut
	maxLines  = 4
	lineChars = 16 // a line of the label is broken when it gets longer, unless there are no lines left
)

// The name becomes part of no text but its own hash; it is bounded so that nobody's log fills with it.
var picturePath = regexp.MustCompile(`^/pictures/([a-z0-9-]{1,63})/([\p{L}\p{M}\p{N}._-]{1,255})\.svg$`)

// Pictures draws /pictures/<store>/<name>.svg?label=<text>: a calm background that depends on the name alone, with the
// label across it. The same address always gives the same picture. Status 404 for every other path.
func Pictures() http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.Method != http.MethodGet && r.Method != http.MethodHead {
			w.Header().Set("Allow", "GET, HEAD")
			http.Error(w, "Only GET and HEAD.", http.StatusMethodNotAllowed)
			return
		}
		parts := picturePath.FindStringSubmatch(r.URL.Path)
		if parts == nil {
			http.NotFound(w, r)
			return
		}
		h := w.Header()
		h.Set("Content-Type", "image/svg+xml; charset=utf-8")
		h.Set("Cache-Control", "public, max-age=86400, immutable")
		h.Set("Content-Security-Policy", "default-src 'none'; sandbox")
		_, _ = w.Write(draw(parts[1], parts[2], r.URL.Query().Get("label"))) // the client has gone; there is nobody left to tell
	})
}

// draw makes the picture of one name.
func draw(store, name, label string) []byte {
	label = clean(label)
	if label == "" {
		label = clean(strings.ReplaceAll(name, "-", " "))
	}
	if label == "" { // a name of hyphens alone
		label = store
	}
	h := fnv.New64a()
	_, _ = h.Write([]byte(store + "/" + name)) // a hash does not fail
	seed := h.Sum64()
	p := newPalette(seed)
	var b strings.Builder
	fmt.Fprintf(&b, `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 %[1]d %[1]d" width="%[1]d" height="%[1]d" role="img" aria-labelledby="t">`, side)
	fmt.Fprintf(&b, `<title id="t">%s</title>`, html.EscapeString(label))
	fmt.Fprintf(&b, `<defs><linearGradient id="g" x1="0" y1="0" x2="1" y2="1"><stop offset="0" stop-color="%s"/><stop offset="1" stop-color="%s"/></linearGradient></defs>`, p.light, p.mid)
	fmt.Fprintf(&b, `<rect width="%[1]d" height="%[1]d" fill="url(#g)"/>`, side)
	motif(&b, seed>>16, p)
	writeLabel(&b, label, p)
	fmt.Fprintf(&b, `<text x="400" y="752" text-anchor="middle" font-family="system-ui, sans-serif" font-size="22" letter-spacing="5" fill="%s">%s</text></svg>`,
		p.ink, html.EscapeString(store))
	return []byte(b.String())
}

// clean makes any text one that may stand in a picture: valid, one line, printable, bounded.
func clean(s string) string {
	s = strings.ToValidUTF8(s, "")
	s = strings.Map(func(r rune) rune {
		switch {
		case unicode.IsSpace(r):
			return ' '
		case !unicode.IsPrint(r) && r != '\u200d' && r != '\u200c': // the joiners shape Indic letters
			return -1
		}
		return r
	}, s)
	s = strings.Join(strings.Fields(s), " ")
	if utf8.RuneCountInString(s) > maxLabel {
		s = strings.TrimSpace(string([]rune(s)[:maxLabel-1])) + "…"
	}
	return s
}

// writeLabel writes the label in the middle of the picture, on a veil that keeps it readable whatever is behind.
func writeLabel(b *strings.Builder, label string, p palette) {
	lines := wrap(label)
	longest := 1
	for _, l := range lines {
		longest = max(longest, width(l))
	}
	// A letter is about 0.56 of the font's size wide; the text gets 640 of the 800 pixels.
	size := min(76, 640*100/56/longest)
	step := size * 125 / 100
	height := step*len(lines) + 70
	fmt.Fprintf(b, `<rect x="50" y="%d" width="700" height="%d" rx="36" fill="#fff" fill-opacity=".6"/>`, 400-height/2, height)
	fmt.Fprintf(b, `<g text-anchor="middle" font-family="Georgia, 'Noto Serif', serif" font-size="%d" fill="%s" aria-hidden="true">`, size, p.ink)
	y := 400 - step*(len(lines)-1)/2 + size*34/100
	for i, l := range lines {
		fmt.Fprintf(b, `<text x="400" y="%d">%s</text>`, y+i*step, html.EscapeString(l))
	}
	b.WriteString(`</g>`)
}

// wrap breaks a text into lines between words. The last line takes what is left, in smaller letters if need be.
func wrap(s string) []string {
	var lines []string
	for word := range strings.FieldsSeq(s) {
		n := len(lines) - 1
		if n >= 0 && (width(lines[n])+1+width(word) <= lineChars || n == maxLines-1) {
			lines[n] += " " + word
			continue
		}
		lines = append(lines, word)
	}
	return lines
}

// width counts the characters that take up room: marks stand on the letter before them.
func width(s string) int {
	n := 0
	for _, r := range s {
		if !unicode.IsMark(r) {
			n++
		}
	}
	return n
}
