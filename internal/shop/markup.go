package shop

import (
	"html/template"
	"net/url"
	"strings"
	"sync"

	"github.com/microcosm-cc/bluemonday"

	"github.com/kirana-commerce/kirana/commerce"
)

var policy = sync.OnceValue(bluemonday.UGCPolicy) //nolint:gochecknoglobals // a constant, were it not so large

// description is a merchant's markup as it may stand in a page: what could run or load anything is dropped. It is empty
// when a reader would see nothing.
func description(markup string) template.HTML {
	if commerce.PlainText(markup) == "" && !strings.Contains(markup, "<img") {
		return ""
	}
	return template.HTML(policy().Sanitize(markup)) //nolint:gosec // sanitised a word before
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
