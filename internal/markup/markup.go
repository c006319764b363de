// Package markup makes HTML from outside safe to show: what a merchant, a file or another system calls a description.
//
// It keeps what a description is made of (texts, headings, lists, tables, links, pictures) and drops everything that could
// run, style or rename anything on a page: scripts, styles, classes, ids, forms, frames, event handlers. It never fetches
// anything, and never decides where a text goes.
package markup

import (
	"strings"
	"sync"

	"github.com/microcosm-cc/bluemonday"
)

// policy is what Clean allows. It does not change once it is built, which takes thousands of allocations.
var policy = sync.OnceValue(newPolicy) //nolint:gochecknoglobals // a constant, were it not so large

// Clean returns the HTML without anything unsafe, and with references for the characters that need one. What it returns
// it leaves as it is.
func Clean(html string) string {
	if !strings.ContainsAny(html, "<>&\r") {
		return html // a text without markup
	}
	return plainQuotes(policy().Sanitize(html))
}

// newPolicy is bluemonday's policy for content of users without what would reach beyond the description: an id or a name
// can stand before the page's own, and the maps of pictures need them.
func newPolicy() *bluemonday.Policy {
	p := bluemonday.NewPolicy()
	p.AllowElements(
		"h1", "h2", "h3", "h4", "h5", "h6", "p", "br", "hr", "wbr", "div", "span", "blockquote", "pre", "article", "aside", "section",
		"figure", "figcaption", "details", "summary", "abbr", "b", "bdi", "bdo", "big", "cite", "code", "del", "dfn", "em", "i", "ins",
		"kbd", "mark", "q", "s", "samp", "small", "strike", "strong", "sub", "sup", "tt", "u", "var")
	p.AllowAttrs("dir").Matching(bluemonday.Direction).Globally()
	p.AllowAttrs("lang").Matching(bluemonday.SpaceSeparatedTokens).Globally()
	p.AllowAttrs("title").Matching(bluemonday.Paragraph).Globally()
	p.AllowLists()
	p.AllowTables()
	p.AllowImages()
	p.AllowStandardURLs()
	p.AllowURLSchemes("tel")
	p.AllowAttrs("href").OnElements("a")
	p.RequireNoFollowOnLinks(true)              // whoever fills a description earns no rank for it
	p.AddTargetBlankToFullyQualifiedLinks(true) // and with it rel="noopener": the page behind a link must not steer this one
	return p
}

// plainQuotes writes the quotes of texts as what they are, where bluemonday writes references: "it's" would be stored as
// "it&#39;s". Inside a tag they stay. A tag ends at the first >, for those of values are written as references.
func plainQuotes(clean string) string {
	if !strings.Contains(clean, "<") {
		return unquoted(clean)
	}
	var b strings.Builder
	b.Grow(len(clean))
	for clean != "" {
		text, rest, _ := strings.Cut(clean, "<")
		b.WriteString(unquoted(text))
		end := strings.IndexByte(rest, '>') + 1
		b.WriteString(clean[len(text):][:min(1, len(clean)-len(text))])
		b.WriteString(rest[:end])
		clean = rest[end:]
	}
	return b.String()
}

func unquoted(text string) string {
	return strings.ReplaceAll(strings.ReplaceAll(text, "&#39;", "'"), "&#34;", `"`)
}
