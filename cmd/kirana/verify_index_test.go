package main

import (
	"bytes"
	"encoding/json"
	"fmt"
	"net/http"
	"os"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/kirana-commerce/kirana/commerce"
	"github.com/kirana-commerce/kirana/db"
	"github.com/kirana-commerce/kirana/search"
)

// What was deleted from the index behind everybody's back is found, repaired, and found by searches again.
func TestVerifyIndex(t *testing.T) {
	t.Parallel()
	d := sharedDev(t)
	sharedIndex.Lock()
	defer sharedIndex.Unlock()
	file := filepath.Join(t.TempDir(), "shop.csv")
	var text bytes.Buffer
	text.WriteString("Handle,Title,Variant Price,Published\n")
	for i := range 20 {
		fmt.Fprintf(&text, "cup-%d,Cup %d,499.00,true\n", i, i)
	}
	require.NoError(t, os.WriteFile(file, text.Bytes(), 0o600))
	code, out, log := command("import", "--data-dir", d.dir, "--store", "faithful", "--publish", file)
	require.Zero(t, code, "%s%s", out, log)
	verify := func(want int, args ...string) string {
		code, out, log := command(append([]string{"verify", "--index", "--data-dir", d.dir, "--store", "faithful"}, args...)...)
		require.Equal(t, want, code, "%s%s", out, log)
		return out
	}
	require.Contains(t, verify(0), "index: 20 products looked at in ")

	lost := d.forgetOne(t, "faithful", "cup-7")
	require.Regexp(t, `(?m)^STORE +PRODUCT +DRIFT +REPAIRED\nfaithful +`+lost+` +missing  no\nstore faithful: 20 products can be found, the index has 19 documents\n`, verify(3))
	var found struct{ Index indexReport }
	require.NoError(t, json.Unmarshal([]byte(verify(3, "--json", "--repair")), &found))
	require.Equal(t, []driftLine{{Store: "faithful", Product: lost, Kind: commerce.DriftMissing, Repaired: true}}, found.Index.Drift)
	require.Equal(t, []int{20, 19, 20, 1, 1}, []int{found.Index.Products, found.Index.Documents, found.Index.Checked, found.Index.Missing, found.Index.Repaired})
	require.Empty(t, found.Index.Counts)
	verify(0, "--rate", "1000")

	for _, args := range [][]string{{"--repair", "--books"}, {"--index", "--elasticsearch-url", "http://127.0.0.1:1"}} {
		code, _, _ := command(append([]string{"verify", "--data-dir", d.dir}, args...)...)
		require.Equal(t, 1, code, args)
	}
}

// forgetOne deletes a product's document from the index, and returns the product's number.
func (d *dev) forgetOne(t *testing.T, store, handle string) string {
	t.Helper()
	url, err := readEnv(d.dir, "DATABASE_URL")
	require.NoError(t, err)
	conn, err := db.Open(url, nil, db.Options{})
	require.NoError(t, err)
	defer conn.Close() //nolint:errcheck // it was only read
	s, err := conn.FindStore(t.Context(), store)
	require.NoError(t, err)
	key := commerce.HandleRef{Store: s.ID, Handle: handle}
	products, err := conn.ViewOf(nil, true).ProductsByHandle(t.Context(), []commerce.HandleRef{key})
	require.NoError(t, err)
	ref := commerce.ProductRef{Store: s.ID, ID: products[key].ID}
	address, err := readEnv(d.dir, "ELASTICSEARCH_URL")
	require.NoError(t, err)
	req, err := http.NewRequestWithContext(t.Context(), http.MethodDelete,
		fmt.Sprintf("%s/%s/_doc/%s?routing=%s&refresh=true", address, search.Alias, search.DocumentID(ref), search.Routing(ref.Store)), nil)
	require.NoError(t, err)
	res, err := http.DefaultClient.Do(req)
	require.NoError(t, err)
	require.NoError(t, res.Body.Close())
	require.Equal(t, http.StatusOK, res.StatusCode)
	return fmt.Sprint(int64(ref.ID))
}
