package commerce_test

import (
	"html"
	"strings"
	"testing"
	"time"
	"unicode/utf8"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"github.com/kirana-commerce/kirana/commerce"
)

func TestPlainText(t *testing.T) {
	t.Parallel()
	for markup, want := range map[string]string{
		"":                              "",
		" \n ":                          "",
		"plain  text\n":                 "plain text",
		"<p>Basmati</p><p>Rice</p>":     "Basmati Rice",
		"a<br>b<br/>c":                  "a b c",
		"<ul><li>a</li><li>b</li></ul>": "a b",
		"<td>a</td><td>b</td>":          "a b",
		"<H1>a</H1>b":                   "a b",

		// Inline elements do not part a word.
		"<b>5</b>kg":                          "5kg",
		"<B>5</B>kg":                          "5kg",
		"<span class=\"x\">5</span><i>kg</i>": "5kg",
		"H<sub>2</sub>O":                      "H2O",
		"<a href=/x>tea</a>s":                 "teas",
		"super<wbr>market":                    "supermarket",
		"<del>5</del>6":                       "56",
		"<article>a</article>b":               "a b",
		"a<img src=x alt=\"picture\">b":       "a b",

		// Character references.
		"salt &amp; pepper":         "salt & pepper",
		"a&nbsp;b":                  "a b",
		"&lt;b&gt; is bold":         "<b> is bold",
		"&#2330;&#x93e;&#2351;":     "चाय",
		"&#0;":                      "\uFFFD",
		"AT&T &bogus; &":            "AT&T &bogus; &",
		"&amp;lt;":                  "&lt;",
		"5 &lt; 6 <b>&amp;</b> 7":   "5 < 6 & 7",
		"<p title=\"&quot;\">a</p>": "a",

		// What is never shown.
		"a<script>alert('<b>')</script>b":  "ab",
		"a<SCRIPT src=x>x</Script >b":      "ab",
		"a<script>x</scripture></script>b": "ab",
		"a<script>'</style>'</script>b":    "ab",
		"a<style>p{}</style>b":             "ab",
		"a<style>p{}</STYLE\n>b":           "ab",
		"a<script/>b</script>c":            "ac",
		"a</script>b":                      "ab",
		"a</style>b":                       "ab",
		"<scripts>a</scripts>":             "a",
		"a<!-- <p>x</p> -- > -->b":         "ab",
		"a<!-->b":                          "ab",
		"a<!--->b":                         "ab",
		"a<!---->b":                        "ab",
		"a<!-- x --><!-- y -->b":           "ab",
		"<!DOCTYPE html><p>a":              "a",
		"<?xml:namespace prefix = o />a":   "a",
		"<![CDATA[a]]>b":                   "b",

		// A quoted value may hold what would end a tag.
		`<img alt="5 > 3">a`:              "a",
		`<img alt = '5 > 3'>a`:            "a",
		`<img alt="it's > that" x='">'>a`: "a",
		`<p it's>a</p>`:                   "a",
		`<img alt=5" tall">a`:             "a",
		`<img alt="5" tall">a`:            "a",
		`<p a=b"c>d`:                      "d",

		// A < that begins no tag is a <, and what has no end swallows the rest, as in browsers.
		"5 < 6":                 "5 < 6",
		"a<":                    "a<",
		"<<b>a</b>":             "<a",
		"<3":                    "<3",
		"a <- b":                "a <- b",
		"a <b":                  "a",
		"a <b c":                "a",
		"a <b c=\"d>e":          "a",
		"a <!-- b":              "a",
		"a <!-- b --":           "a",
		"a <script":             "a",
		"a <script> b":          "a",
		"a <script> b </script": "a",
		"a <style> b </styl>":   "a",
		"a </":                  "a",
		"a </>b":                "a b",
	} {
		require.Equal(t, want, commerce.PlainText(markup), markup)
	}
}

// Whatever a text holds, as HTML it reads the same, with white space folded.
func TestPlainTextOfEscapedText(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		text := rapid.OneOf(rapid.String(), rapid.StringOf(rapid.SampledFrom([]rune("a<>&;'\" !-/=\nक")))).Draw(t, "text")
		escaped := html.EscapeString(text)
		folded := strings.Join(strings.Fields(text), " ")
		require.Equal(t, folded, commerce.PlainText(escaped))
		require.Equal(t, folded, commerce.PlainText("<div class='a>b'><p>"+escaped+"</p><!-- "+escaped+" --><script>"+escaped+"</script></div>"))
		require.Equal(t, folded, commerce.PlainText(`<img alt="`+escaped+`">`+escaped))
	})
}

// hostile are texts that lead a careless reader back over what it has read, n bytes each.
func hostile(n int) map[string]string {
	texts := make(map[string]string)
	for _, piece := range []string{
		"<", "<script", "<script>", "<script></script>", "<script></", "</script>", "</", "<style></scrip", "<!--", "<!-->", "<a", "<a ", "<a =\"", "<a b='>", "&",
		"&amp", "&#", "&aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa", "<p>", "< ", "a<b>",
	} {
		texts[piece] = strings.Repeat(piece, n/len(piece))
	}
	return texts
}

// A description of any content takes time in proportion to its length: a megabyte takes milliseconds, where reading on from
// each place to the end would take minutes.
func TestPlainTextIsLinear(t *testing.T) {
	t.Parallel()
	for piece, text := range hostile(1 << 20) {
		start := time.Now()
		commerce.PlainText(text)
		require.Less(t, time.Since(start), 5*time.Second, piece)
	}
}

func FuzzPlainText(f *testing.F) {
	for _, text := range hostile(64) {
		f.Add(text)
	}
	f.Add("<p title=\"a>b\">salt &amp; <b>pepper</b><!-- x --><script>x</script> चाय</p>")
	f.Fuzz(func(t *testing.T, markup string) {
		text := commerce.PlainText(markup)
		require.Equal(t, strings.Join(strings.Fields(text), " "), text, "white space is folded")
		if utf8.ValidString(markup) {
			require.True(t, utf8.ValidString(text))
		}
		if !strings.ContainsAny(markup, "<&") {
			require.Equal(t, strings.Join(strings.Fields(markup), " "), text)
		}
		require.LessOrEqual(t, len(text), 2*len(markup), "nothing is made up")
		if !strings.Contains(markup, "&") {
			require.LessOrEqual(t, len(text), len(markup))
		}
	})
}

func BenchmarkPlainText(b *testing.B) {
	markup := strings.Repeat("<p class=\"x\">Basmati <b>rice</b> &amp; dal, 5&nbsp;kg</p>\n", 100)
	b.SetBytes(int64(len(markup)))
	b.ReportAllocs()
	for b.Loop() {
		commerce.PlainText(markup)
	}
}

func TestTruncate(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		text string
		n    int
		want string
	}{
		{"Basmati rice", -1, "Basmati rice"},
		{"Basmati rice", 12, "Basmati rice"},
		{"Basmati rice", 100, "Basmati rice"},
		{"Basmati rice", 11, "Basmati ri…"},
		{"Basmati rice", 9, "Basmati…"},
		{"Basmati rice", 1, "…"},
		{"Basmati rice", 0, ""},
		{"", 0, ""},
		{"", 5, ""},
		{"चावल", 4, "चावल"},
		{"चावल", 3, "चा…"},
		{"☕☕☕", 2, "☕…"},
	} {
		require.Equal(t, c.want, commerce.Truncate(c.text, c.n), "%q to %d", c.text, c.n)
	}
}

func TestTruncateKeepsToItsLength(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		text, n := rapid.String().Draw(t, "text"), rapid.IntRange(0, 40).Draw(t, "n")
		got := commerce.Truncate(text, n)
		require.LessOrEqual(t, utf8.RuneCountInString(got), n)
		if utf8.RuneCountInString(text) <= n {
			require.Equal(t, text, got)
		} else {
			require.True(t, strings.HasPrefix(text, strings.TrimSuffix(got, "…")))
		}
	})
}
