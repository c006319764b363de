package importer_test

import (
	"encoding/json"
	"flag"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/kirana-commerce/kirana/commerce"
)

var update = flag.Bool("update", false, "rewrite the golden files")

// golden is what is kept of a file that was read.
type golden struct {
	Products   []commerce.ProductInput `json:"products"`
	Rejections []string                `json:"rejections"`
	Notes      []string                `json:"notes"`
}

func TestReaderGolden(t *testing.T) {
	t.Parallel()
	files, err := filepath.Glob("testdata/*.csv")
	require.NoError(t, err)
	require.NotEmpty(t, files)
	for _, path := range files {
		t.Run(filepath.Base(path), func(t *testing.T) {
			t.Parallel()
			c := readFile(t, path)
			got := golden{Products: c.products, Notes: c.notes}
			for _, r := range c.rejections {
				got.Rejections = append(got.Rejections, r.String())
			}
			text, err := json.MarshalIndent(got, "", "  ")
			require.NoError(t, err)
			want := strings.TrimSuffix(path, ".csv") + ".json"
			if *update {
				require.NoError(t, os.WriteFile(want, append(text, '\n'), 0o600))
			}
			kept, err := os.ReadFile(want)
			require.NoError(t, err)
			require.JSONEq(t, string(kept), string(text))
		})
	}
}

// TestReaderReadsTheDemo holds the project's own catalogues to the reader's rules.
func TestReaderReadsTheDemo(t *testing.T) {
	t.Parallel()
	files, err := filepath.Glob("../../demo/*.csv")
	require.NoError(t, err)
	require.NotEmpty(t, files)
	for _, path := range files {
		t.Run(filepath.Base(path), func(t *testing.T) {
			t.Parallel()
			c := readFile(t, path)
			require.Empty(t, c.rejections)
			require.GreaterOrEqual(t, len(c.products), 60)
		})
	}
}

// TestReaderReadsForeignExports reads exports made by others, where they are at hand.
func TestReaderReadsForeignExports(t *testing.T) {
	t.Parallel()
	files, err := filepath.Glob("../../../shared/data/shopify-csv/*.csv")
	require.NoError(t, err)
	if len(files) == 0 {
		t.Skip("no exports at hand")
	}
	products := 0
	for _, path := range files {
		c := readFile(t, path)
		require.Empty(t, c.rejections, path)
		require.NotEmpty(t, c.products, path)
		products += len(c.products)
	}
	t.Logf("%d products in %d files", products, len(files))
}

func readFile(t *testing.T, path string) contents {
	t.Helper()
	f, err := os.Open(path)
	require.NoError(t, err)
	defer func() { require.NoError(t, f.Close()) }()
	c := readAll(f)
	require.NoError(t, c.err)
	for _, p := range c.products {
		require.Empty(t, p.Validate(), p.Handle)
	}
	return c
}
