package shop

import (
	"html/template"
	"net/url"
	"slices"
	"strings"

	"golang.org/x/net/html"

	"github.com/kirana-commerce/kirana/commerce"
	"github.com/kirana-commerce/kirana/internal/markup"
)

// description is a merchant's markup as it may stand in a page. It is empty when a reader would see nothing.
func description(text string) template.HTML {
	if commerce.PlainText(text) == "" && !strings.Contains(text, "<img") {
		return ""
	}
	return template.HTML(fitted(markup.Clean(text))) //nolint:gosec // sanitised a word before
}

// fitted makes clean markup a part of a page: its headings stand below the page's own, its pictures are loaded when they
// are seen, and those that nobody has described are passed over when the page is read out.
func fitted(clean string) string {
	var b strings.Builder
	tokens := html.NewTokenizer(strings.NewReader(clean))
	for {
		kind := tokens.Next()
		if kind == html.ErrorToken { // the end: there is nothing else to fail in a text
			return b.String()
		}
		token := tokens.Token()
		switch text := kind == html.TextToken; {
		case !text && (token.Data == "h1" || token.Data == "h2"):
			token.Data = "h3"
		case !text && token.Data == "img":
			if !slices.ContainsFunc(token.Attr, func(a html.Attribute) bool { return a.Key == "alt" }) {
				token.Attr = append(token.Attr, html.Attribute{Key: "alt"})
			}
			token.Attr = append(token.Attr, html.Attribute{Key: "loading", Val: "lazy"})
		}
		b.WriteString(token.String())
	}
}

// pictureURL is the address of a picture, empty for one that a page must not load: another scheme than HTTP's, or a path
// that is none of this server.
func pictureURL(address string) string {
	u, err := url.Parse(address)
	switch {
	case err != nil || strings.ContainsAny(address, "\\\t\r\n"):
		return ""
	case (u.Scheme == "https" || u.Scheme == "http") && u.Host != "":
		return address
	case u.Scheme == "" && u.Host == "" && strings.HasPrefix(address, "/") && !strings.HasPrefix(address, "//"):
		return address
	}
	return ""
}
