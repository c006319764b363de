package importer_test

import (
	"bytes"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/stretchr/testify/require"

	"github.com/kirana-commerce/kirana/internal/importer"
	"github.com/kirana-commerce/kirana/internal/markup"
)

// FuzzReader feeds arbitrary bytes: whatever comes out is a product fit for the database, a reason with its place, or an
// error; and the reader always comes to an end.
func FuzzReader(f *testing.F) {
	files, err := filepath.Glob("testdata/*.csv")
	require.NoError(f, err)
	for _, path := range files {
		text, err := os.ReadFile(path)
		require.NoError(f, err)
		f.Add(text)
	}
	for _, text := range []string{
		"", "\uFEFF", "Title\n", "Handle,Title,Price\nrice,Rice,50\n", "Handle,Title,Price\nrice,\"Rice,50\n", "Title,Price\na,1\nA,2\n,\n",
		"Handle,Title,Price,Image Src,Option1 Name,Option1 Value\na,A,1,/a,Size,S\na,,1,/b,,M\nb,B,1,,,\na,A,1,,,\n", "Title,\xff\n", "Title\r\r\na\r",
		"Title,Price,Body HTML\na,1,\"<p onclick=x>it's<script>x</script><a href=\"\"https://a.test\"\">\"\n",
	} {
		f.Add([]byte(text))
	}
	f.Fuzz(func(t *testing.T, text []byte) {
		reader := importer.NewReader("shop.csv", bytes.NewReader(text), rupees())
		handles := make(map[string]bool)
		for range len(text) + 2 { // each step takes at least a byte of the file, or is the end
			p, err := reader.Next()
			if refused, ok := errors.AsType[*importer.RejectedError](err); ok {
				checkRejections(t, refused, bytes.Count(text, []byte("\n"))+1)
				continue
			}
			if err != nil {
				_, again := reader.Next()
				require.Equal(t, err, again, "the end is the end")
				require.LessOrEqual(t, reader.Offset(), int64(len(text)))
				return
			}
			require.Empty(t, p.Validate())
			require.Equal(t, markup.Clean(p.DescriptionHTML), p.DescriptionHTML)
			require.False(t, handles[p.Handle], "the handle %q twice", p.Handle)
			handles[p.Handle] = true
			for _, s := range []string{p.Handle, p.Title, p.DescriptionHTML, p.Vendor, strings.Join(p.Tags, ""), p.Variants[0].SKU} {
				require.True(t, utf8.ValidString(s) && !strings.Contains(s, "\x00"), "%q", s)
			}
		}
		require.Fail(t, "the reader does not end")
	})
}

func checkRejections(t *testing.T, refused *importer.RejectedError, lines int) {
	t.Helper()
	require.NotEmpty(t, refused.Rejections)
	require.LessOrEqual(t, len(refused.Rejections), 10)
	for _, r := range refused.Rejections {
		require.NotEmpty(t, r.Reason)
		require.Less(t, len(r.Reason), 2000)
		require.Equal(t, "shop.csv", r.File)
		require.True(t, r.Line >= 1 && r.Line <= lines, "line %d of %d", r.Line, lines)
	}
}
