package markup_test

import (
	"net/url"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
	"golang.org/x/net/html"

	"github.com/kirana-commerce/kirana/internal/markup"
)

func TestClean(t *testing.T) {
	t.Parallel()
	cases := []struct{ name, in, want string }{
		{"nothing", "", ""},
		{"a text", `It's 5" wide`, `It's 5" wide`},
		{"a text with signs", "a < b & c > d", "a &lt; b &amp; c &gt; d"},
		{"white space", " \n<p> a\n b </p>\n ", " \n<p> a\n b </p>\n "},
		{"any script", "<p>बासमती · أرز</p>", "<p>बासमती · أرز</p>"},
		{
			"what descriptions are made of", `<h2>Rice</h2><ul><li>It's <b>aged</b><br>"1 year"</li></ul><table><tr><td>5 kg</td></tr></table>`,
			`<h2>Rice</h2><ul><li>It's <b>aged</b><br>"1 year"</li></ul><table><tr><td>5 kg</td></tr></table>`,
		},
		{"a picture", `<img src="/a.jpg" alt="it's" onerror="x()">`, `<img src="/a.jpg" alt="it&#39;s">`},
		{"a picture in the text", `<img src="data:image/png;base64,aaaa">a`, "a"},
		{"a script", "a<script>alert('<b>')</script>b", "ab"},
		{"a script that never ends", "a<script>alert(1)", "a"},
		{"a script inside out", "<scr<script>ipt>alert(1)</scr</script>ipt>", "ipt&gt;alert(1)ipt&gt;"},
		{"a style", "<style>p { color: red }</style><p style=\"color: red\" class=\"x\" id=\"cart\">a</p>", "<p>a</p>"},
		{"a handler", `<p onclick="x()" ONMOUSEOVER=y()>a</p>`, "<p>a</p>"},
		{"a frame", `<iframe src="https://evil.test">a</iframe>b`, "b"},
		{"a form", `<form action="https://evil.test"><input name=q>a</form>`, "a"},
		{"a drawing", `<svg onload=x()><a xlink:href="javascript:x()">a</a></svg>`, "a"},
		{"a comment", "a<!-- <b> --><![CDATA[ x ]]>b", "ab"},
		{"a link", `<a href="/products/rice">a</a>`, `<a href="/products/rice" rel="nofollow">a</a>`},
		{
			"a link elsewhere", `<a href="https://mill.test/?a=1&b=2" target="_top" rel="opener">a</a>`,
			`<a href="https://mill.test/?a=1&amp;b=2" rel="nofollow noopener" target="_blank">a</a>`,
		},
		{"a number to call", `<a href="tel:+911234">a</a>`, `<a href="tel:+911234" rel="nofollow">a</a>`},
		{"a link that runs", `<a href="javascript:x()">a</a>`, "a"},
		{"a link that runs, in disguise", `<a href=" jAva&#x53;cript&colon;x()">a</a>`, "a"},
		{"a link to a text", `<a href="data:text/html,<script>x()</script>">a</a>`, "a"},
	}
	for _, tc := range cases {
		t.Run(tc.name, func(t *testing.T) {
			t.Parallel()
			got := markup.Clean(tc.in)
			require.Equal(t, tc.want, got)
			checkClean(t, got)
		})
	}
}

// checkClean reads the text as a browser would and demands that nothing of it can run, and that Clean leaves it alone.
func checkClean(t *testing.T, clean string) {
	t.Helper()
	require.Equal(t, clean, markup.Clean(clean), "a second time")
	tokens := html.NewTokenizer(strings.NewReader(clean))
	for tokens.Next() != html.ErrorToken {
		token := tokens.Token()
		if token.Type == html.TextToken {
			continue
		}
		require.NotContains(t, []string{"script", "style", "iframe", "object", "embed", "svg", "math", "form", "input", "base", "meta", "link"}, token.Data)
		require.NotEqual(t, html.CommentToken, token.Type)
		for _, a := range token.Attr {
			require.False(t, strings.HasPrefix(a.Key, "on"), "%s=%s", a.Key, a.Val)
			require.NotContains(t, []string{"style", "id", "name", "class", "srcdoc"}, a.Key)
			if a.Key == "href" || a.Key == "src" || a.Key == "cite" {
				checkAddress(t, a.Val)
			}
		}
	}
}

func checkAddress(t *testing.T, address string) {
	t.Helper()
	u, err := url.Parse(address)
	require.NoError(t, err)
	require.True(t, slices.Contains([]string{"", "http", "https", "mailto", "tel"}, u.Scheme), address)
}

// FuzzClean feeds arbitrary texts: what comes out cannot run, and Clean leaves it as it is.
func FuzzClean(f *testing.F) {
	for _, seed := range []string{
		"", "a", "a & b", "<p>a</p>", `<a href="https://a.test/?a=b&c">x</a>`, "<script>x</script>", `<img src=x onerror=y>`, `<a href=javascript:x>y</a>`,
		"<scr<script>ipt>x", "<!--<p>-->", "<a><a href=/x></a></a>", "<textarea><p></textarea>", "<noscript><p title=\"</noscript><img src=x onerror=y>\">",
		"<math><mtext><table><mglyph><style><!--</style><img title=\"--&gt;&lt;img src=1 onerror=alert(1)&gt;\">", "<plaintext><b>", "\x00<b\x00>", "&#13;\r\n",
		"<p title='>'>\"a\"</p>", "<svg></p><style><a title=\"</style><img src onerror=x>\">", "&lt;script&gt;", "<a href=\"//a.test\">", "<b", "<", "</", "<p/>",
		"<blockquote cite=javascript:x>a</blockquote>", "<a href=\"http://a.test/%zz\">", "<td align=left width=10%>", "<q cite=' https://a.test/ '>",
	} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, text string) { checkClean(t, markup.Clean(text)) })
}

func BenchmarkClean(b *testing.B) {
	text := strings.Repeat("<p>Straight cut, side slits, it's <b>warm</b>.</p>\n<ul><li>Length 44 in</li></ul>", 5)
	b.SetBytes(int64(len(text)))
	b.ReportAllocs()
	for b.Loop() {
		markup.Clean(text)
	}
}
