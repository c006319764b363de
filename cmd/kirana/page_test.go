package main

import (
	"context"
	"encoding/json"
	"io"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

// open asks for a page as a browser does.
func (d *dev) open(tb testing.TB, url string) (int, string) {
	tb.Helper()
	if strings.HasPrefix(url, "/") {
		url = d.url + url
	}
	req, err := http.NewRequestWithContext(context.Background(), http.MethodGet, url, nil)
	require.NoError(tb, err)
	res, err := http.DefaultClient.Do(req)
	require.NoError(tb, err)
	defer func() { require.NoError(tb, res.Body.Close()) }()
	body, err := io.ReadAll(res.Body)
	require.NoError(tb, err)
	return res.StatusCode, string(body)
}

// The links that the API hands out open pages that say what the API says, and what buyers may not see is not there.
func TestShareLinks(t *testing.T) {
	t.Parallel()
	d := sharedDev(t)
	file := filepath.Join(t.TempDir(), "share.csv")
	require.NoError(t, os.WriteFile(file, []byte("Handle,Title,Vendor,Variant Price,Published,Status,Collection\n"+
		"lamp,Brass Lamp <b>,Moradabad,499.00,true,active,Lights\nfan,Table Fan,Usha,\"1,299.00\",true,active,\nsecret,Secret Lamp,Moradabad,1.00,true,draft,Lights\n"), 0o600))
	code, out, message := command("import", "--data-dir", d.dir, "--store", "share", "--publish", file)
	require.Zero(t, code, out+message)
	code, out, message = command("import", "--data-dir", d.dir, "--store", "closed", file)
	require.Zero(t, code, out+message)

	status, answer := d.ask(t, "/stores/share/graphql", `{ store { url } product(handle: "lamp") { onlineStoreUrl } collection(handle: "lights") { onlineStoreUrl } }`, nil)
	require.Equal(t, 200, status)
	var links struct {
		Data struct {
			Store      struct{ URL string }
			Product    struct{ OnlineStoreURL string }
			Collection struct{ OnlineStoreURL string }
		}
	}
	require.NoError(t, json.Unmarshal(answer, &links), string(answer))
	require.Equal(t, d.url+"/s/share", links.Data.Store.URL)
	for _, url := range []string{links.Data.Store.URL, links.Data.Product.OnlineStoreURL, links.Data.Collection.OnlineStoreURL} {
		status, page := d.open(t, url)
		require.Equal(t, 200, status)
		require.Contains(t, page, `<link rel="canonical" href="`+url+`">`)
		require.Contains(t, page, "Brass Lamp &lt;b&gt;")
		require.Contains(t, page, "₹499")
		require.NotContains(t, page, "Secret")
	}

	eventually(t, "the products are found", func() bool {
		_, page := d.open(t, "/s/share/search?q=lamp")
		return strings.Contains(page, "1 product<")
	})
	_, page := d.open(t, "/s/share/search?vendor=Usha&min=1,000")
	require.Contains(t, page, "Table Fan")
	require.Contains(t, page, `name="vendor" value="Usha" checked`)
	require.NotContains(t, page, "Brass Lamp")

	// A draft is like nothing at all, down to the last byte.
	for _, pair := range [][2]string{{"/s/share/p/secret", "/s/share/p/nothing"}, {"/s/closed", "/s/nothing"}, {"/s/closed/p/lamp", "/s/nothing/p/lamp"}, {"/s/closed/search?q=lamp", "/s/nothing"}} {
		hidden, what := d.open(t, pair[0])
		missing, nothing := d.open(t, pair[1])
		require.Equal(t, 404, hidden, pair[0])
		require.Equal(t, 404, missing, pair[1])
		require.Equal(t, nothing, what, pair[0])
	}

	url, err := readEnv(d.dir, "DATABASE_URL")
	require.NoError(t, err)
	execSQL(t, url, `UPDATE products SET status = 'DRAFT' WHERE handle = 'lamp' AND store_id = (SELECT id FROM stores WHERE handle = 'share')`)
	eventually(t, "a product that is taken back has no page", func() bool {
		status, _ := d.open(t, links.Data.Product.OnlineStoreURL)
		return status == 404
	})
	_, answer = d.ask(t, "/stores/share/graphql", `{ store { url } product(handle: "lamp") { onlineStoreUrl } }`, nil)
	require.JSONEq(t, `{"data":{"store":{"url":"`+d.url+`/s/share"},"product":null}}`, string(answer))
	execSQL(t, url, `UPDATE stores SET accent_color = '#ffff00' WHERE handle = 'share'`)
	eventually(t, "the store's colour is on its pages, dark enough to be read", func() bool {
		_, page := d.open(t, "/s/share")
		return strings.Contains(page, "--accent:#7")
	})
}
