package main

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/kirana-commerce/kirana/graph"
)

// command runs one command line of kirana and returns its exit code, output and messages.
func command(args ...string) (code int, stdout, stderr string) {
	var out, err bytes.Buffer
	code = run(context.Background(), args, &out, &err)
	return code, out.String(), err.String()
}

func TestACommitIsFound(t *testing.T) {
	t.Parallel()
	d := sharedDev(t)
	file := filepath.Join(t.TempDir(), "shop.csv")
	require.NoError(t, os.WriteFile(file, []byte("Handle,Title,Variant Price,Published\nlamp,Brass Lamp,499.00,true\nfan,Table Fan,oops,true\n"), 0o600))
	code, out, _ := command("import", "--data-dir", d.dir, "--store", "commit", "--publish", file)
	require.Equal(t, 3, code, out)
	require.Contains(t, out, "shop.csv:3:")
	require.Contains(t, out, `"Variant Price"`)
	require.Contains(t, out, "1 created, 0 updated, 0 unchanged, 1 rejected")

	finds := func(text, title string) func() bool {
		return func() bool {
			_, answer := d.ask(t, "/stores/commit/graphql", fmt.Sprintf(`{ search(query: %q, first: 1) { nodes { ... on Product { title } } } }`, text), nil)
			return strings.Contains(string(answer), title)
		}
	}
	eventually(t, "the imported product is found", finds("brass", "Brass Lamp"))
	url, err := readEnv(d.dir, "DATABASE_URL")
	require.NoError(t, err)
	execSQL(t, url, `UPDATE products SET title = 'Copper Lantern' WHERE handle = 'lamp'`)
	eventually(t, "the new title is found", finds("lantern", "Copper Lantern"))
	execSQL(t, url, `UPDATE products SET status = 'DRAFT' WHERE handle = 'lamp'`)
	// Without a consistency token a read may come from the standby, which follows within moments.
	eventually(t, "the unpublished product is gone", func() bool {
		_, answer := d.ask(t, "/stores/commit/graphql", `{ search(query: "lantern", first: 1) { nodes { ... on Product { title } } } product(handle: "lamp") { id } }`, nil)
		return strings.HasPrefix(string(answer), `{"data":{"search":{"nodes":[]},"product":null},"extensions":{"freshness":{"lagMs":`)
	})

	code, out, _ = command("import", "--data-dir", d.dir, "--store", "commit", "--dry-run", "--json", file)
	require.Equal(t, 3, code)
	require.Contains(t, out, `"updated": 1`)
}

func TestAnExportImportedAgainChangesNothing(t *testing.T) {
	t.Parallel()
	d := sharedDev(t)
	file := filepath.Join(t.TempDir(), "boutique.csv")
	code, out, stderr := command("export", "--data-dir", d.dir, "--store", "boutique", file)
	require.Equal(t, 0, code, stderr)
	require.Empty(t, out)
	require.Regexp(t, `boutique → .*boutique.csv: \d+ products, \d+ variants, \d+ bytes in`, stderr)
	code, out, _ = command("import", "--data-dir", d.dir, "--store", "boutique", file)
	require.Equal(t, 0, code, out)
	require.Contains(t, out, " 0 created, 0 updated, ")

	code, out, _ = command("export", "--data-dir", d.dir, "--store", "boutique")
	require.Equal(t, 0, code)
	written, err := os.ReadFile(file)
	require.NoError(t, err)
	require.Equal(t, string(written), out, "the same bytes")

	code, _, stderr = command("export", "--data-dir", d.dir, "--store", "nobody", file)
	require.Equal(t, 1, code)
	require.Contains(t, stderr, `there is no store "nobody"`)
	code, _, stderr = command("export", "--data-dir", d.dir, "--store", "boutique", filepath.Join(t.TempDir(), "no", "x.csv"))
	require.Equal(t, 1, code, stderr)
	left, err := filepath.Glob(filepath.Join(filepath.Dir(file), "*"))
	require.NoError(t, err)
	require.Equal(t, []string{file}, left, "no part is left behind")
}

// confirmation is the command that a dry run shows.
var confirmation = regexp.MustCompile(`To import it so: kirana (.*) --layout '([^']*)' (.*)`)

func TestAPriceListIsShownBeforeItIsWritten(t *testing.T) {
	t.Parallel()
	d := sharedDev(t)
	for name, text := range map[string]string{
		"prices.csv": "Item;Rate;Qty\nBasmati Rice;₹1,20,000.00;5\nToor Dal;140/-;7\nSalt;lots;1\n",
		"chat.txt":   "*Grains*\nBasmati Rice - ₹120000\n• Toor Dal 140 🔥\nNamaste\n",
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			file, store := filepath.Join(t.TempDir(), name), "list-"+strings.TrimSuffix(name, filepath.Ext(name))
			require.NoError(t, os.WriteFile(file, []byte(text), 0o600))
			line := []string{"import", "--data-dir", d.dir, "--store", store, "--publish"}

			code, out, stderr := command(append(line, file)...)
			require.Equal(t, 1, code)
			require.Contains(t, stderr, "nothing was written")
			require.Regexp(t, confirmation, out)
			code, _, stderr = command("export", "--data-dir", d.dir, "--store", store)
			require.Equal(t, 1, code, "not even a store is opened")
			require.Contains(t, stderr, "there is no store")
			code, asJSON, _ := command(append(line, "--json", file)...)
			require.Equal(t, 1, code)
			require.Contains(t, asJSON, `"layout": "`)

			code, out, stderr = command(append(line, "--dry-run", file)...)
			require.Equal(t, 3, code, stderr)
			require.Contains(t, out, "2 created, 0 updated, 0 unchanged, 1 rejected")
			shown := confirmation.FindStringSubmatch(out)
			require.Equal(t, strings.Join(line, " "), shown[1])
			require.Equal(t, file, shown[3])

			code, out, stderr = command(append(line, "--layout", shown[2], file)...)
			require.Equal(t, 3, code, stderr)
			require.Contains(t, out, "2 created, 0 updated, 0 unchanged, 1 rejected")
			code, out, _ = command("export", "--data-dir", d.dir, "--store", store)
			require.Equal(t, 0, code)
			require.Contains(t, out, "basmati-rice,Basmati Rice,")
			require.Contains(t, out, ",120000.00,")

			require.NoError(t, os.WriteFile(file, []byte(strings.Replace(text, "140", "150", 1)), 0o600))
			code, out, stderr = command(append(line, "--layout", shown[2], file)...)
			if name == "chat.txt" {
				require.Equal(t, 1, code, "another text is not confirmed")
				require.Contains(t, stderr, "confirms another text")
			} else {
				require.Equal(t, 3, code, "the columns are the same")
				require.Contains(t, out, "0 created, 1 updated, 1 unchanged, 1 rejected")
			}
		})
	}
}

func TestThePlaygroundsExamplesRun(t *testing.T) {
	t.Parallel()
	d := sharedDev(t)
	cartID := regexp.MustCompile(`gid://kirana/Cart/1/[0-9]+\?key=[A-Z0-9]+`)
	var cart string
	for _, document := range graph.Examples()[0].Documents {
		// Whoever tries them copies the cart's id from tab to tab.
		document = strings.Replace(document, "gid://kirana/Cart/1/1?key=PUT-THE-KEY-OF-YOUR-CART-HERE", cart, 1)
		status, answer := d.ask(t, "/stores/corner/graphql", document, nil)
		require.Equal(t, http.StatusOK, status)
		require.NotContains(t, string(answer), `"errors"`, document)
		if strings.Contains(document, "cartComplete") { // other tests count what the shop has, so nothing is bought
			require.Contains(t, string(answer), `"code":"PRICE_CHANGED"`, document)
			continue
		}
		for _, nothing := range []string{`"store":null`, `"node":null`, `"product":null`, `"collection":null`, `"cart":null`, `"nodes":[]`, `"userErrors":[{`} {
			require.NotContains(t, string(answer), nothing, "an example finds what it asks for:\n%s", document)
		}
		if found := cartID.Find(answer); found != nil {
			cart = string(found)
		}
	}
}

func TestBadInputIsNamed(t *testing.T) {
	t.Parallel()
	d := sharedDev(t)
	status, answer := d.post(t, "/graphql", "application/json", []byte("this is no JSON"))
	require.Equal(t, http.StatusBadRequest, status)
	var shape struct {
		Errors []struct {
			Message string `json:"message"`
		} `json:"errors"`
	}
	require.NoError(t, json.Unmarshal(answer, &shape))
	require.NotEmpty(t, shape.Errors)
	require.NotContains(t, string(answer), "no JSON at all")

	for _, c := range []struct {
		args []string
		code int
		text string
	}{
		{[]string{"import", "--store", "Not A Handle", "--data-dir", d.dir, "x.csv"}, 1, "not a store handle"},
		{[]string{"import", "--store", "x", "--currency", "RUPEE", "--data-dir", d.dir, "x.csv"}, 1, "ISO 4217"},
		{[]string{"import", "--store", "x", "--data-dir", t.TempDir(), "x.csv"}, 1, "kirana dev"},
		{[]string{"import", "x.csv"}, 2, "--store"},
		{[]string{"import", "--store", "gadgets", "--currency", "EUR", "--data-dir", d.dir, "x.csv"}, 1, "sells in USD"},
		{[]string{"import", "--store", "gadgets", "--data-dir", d.dir, "no-such.csv"}, 1, "no such file"},
		{[]string{"import", "--store", "gadgets", "--data-dir", d.dir, "--format", "xls", "testdata/shop.csv"}, 2, "--format"},
		{[]string{"import", "--store", "gadgets", "--data-dir", d.dir, "--format", "pricelist", "--layout", "name=1", "testdata/shop.csv"}, 1, "nothing but names"},
		{[]string{"import", "--store", "gadgets", "--data-dir", d.dir, "--format", "shopify", "--layout", "name=1", "testdata/shop.csv"}, 1, "leave the layout out"},
		{[]string{"import", "--store", "gadgets", "--data-dir", d.dir, "main.go"}, 1, "no price list"},
		{[]string{"import", "--store", "gadgets", "--data-dir", d.dir, "testdata"}, 1, "is a directory"},
		{[]string{"frobnicate"}, 2, "frobnicate"},
		{[]string{"serve", "--addr", "nowhere"}, 1, "DATABASE_URL"},
	} {
		code, _, stderr := command(c.args...)
		require.Equal(t, c.code, code, c.args)
		require.Contains(t, stderr, c.text, c.args)
	}
}

func TestHealthAndMetrics(t *testing.T) {
	t.Parallel()
	d := sharedDev(t)
	for path, want := range map[string]string{
		"/livez": "ok", "/readyz": `"search":"ok"`, "/metrics": "kirana_index_freshness_seconds_bucket", "/": "Playground",
		"/schema.graphql": "type Query", "/pictures/corner/basmati-rice-1.svg?label=Basmati": "<svg",
	} {
		res, err := http.Get(d.url + path)
		require.NoError(t, err)
		body, err := io.ReadAll(res.Body)
		require.NoError(t, err)
		require.NoError(t, res.Body.Close())
		require.Equal(t, http.StatusOK, res.StatusCode, path)
		require.Contains(t, string(body), want, path)
	}
}

// Elasticsearch and Postgres are killed under kirana dev, and then kirana dev itself: Postgres answers searches while the search
// engine is away, all comes back by itself, and no change is lost.
func TestKilledPartsComeBack(t *testing.T) {
	if testing.Short() {
		t.Skip("it builds the program and kills its servers")
	}
	t.Parallel()
	dir := t.TempDir()
	binary := filepath.Join(dir, "kirana")
	build, err := exec.Command("go", "build", "-o", binary, ".").CombinedOutput()
	require.NoError(t, err, string(build))
	data := filepath.Join(dir, "data")
	d := startBinary(t, binary, data, "--no-demo", "--import", "shop=testdata/shop.csv")

	search := func() string {
		_, answer := d.ask(t, "/stores/shop/graphql", `{ search(query: "lamp", first: 5) { totalCount } }`, nil)
		return lag.ReplaceAllString(string(answer), `"lagMs":0`)
	}
	require.JSONEq(t, `{"data":{"search":{"totalCount":1}},"extensions":{"freshness":{"lagMs":0}}}`, search())
	url, err := readEnv(data, "DATABASE_URL")
	require.NoError(t, err)

	killServer(t, data, "elasticsearch")
	eventually(t, "Postgres answers searches, and says so", func() bool { return strings.Contains(search(), `"degraded":["search"]`) })
	require.Contains(t, search(), `"search":{"totalCount":1}`)
	execSQL(t, url, `UPDATE products SET title = 'Second Lamp' WHERE handle = 'fan'`)
	eventually(t, "the search engine is back, with what changed meanwhile", func() bool {
		answer := search()
		return strings.Contains(answer, `"totalCount":2`) && !strings.Contains(answer, "degraded")
	})

	killServer(t, data, "postgres")
	eventually(t, "the database is back", func() bool {
		return tryExecSQL(url, `UPDATE products SET title = 'Third Lamp' WHERE handle = 'rug'`) == nil
	})
	eventually(t, "its changes are found", func() bool { return strings.Contains(search(), `"totalCount":3`) })

	require.NoError(t, d.process.Kill())
	<-d.done
	d = startBinary(t, binary, data, "--no-demo")
	require.JSONEq(t, `{"data":{"search":{"totalCount":3}},"extensions":{"freshness":{"lagMs":0}}}`, search(), "a killed kirana dev recovers")
}

// Without a search engine everything is found as well, by Postgres alone, and nothing of it is degraded.
func TestDevWithoutSearchEngine(t *testing.T) {
	if testing.Short() {
		t.Skip("it builds the program and starts it")
	}
	t.Parallel()
	dir := t.TempDir()
	binary := filepath.Join(dir, "kirana")
	build, err := exec.Command("go", "build", "-o", binary, ".").CombinedOutput()
	require.NoError(t, err, string(build))
	data := filepath.Join(dir, "data")
	d := startBinary(t, binary, data, "--search", "postgres", "--no-demo", "--import", "shop=testdata/shop.csv")
	engine, err := readEnv(data, "ELASTICSEARCH_URL")
	require.NoError(t, err)
	require.Empty(t, engine)
	require.NoDirExists(t, filepath.Join(data, "elasticsearch"))
	url, err := readEnv(data, "DATABASE_URL")
	require.NoError(t, err)
	_, answer := d.ask(t, "/stores/shop/graphql", `{ search(query: "lmap", first: 5) { totalCount nodes { ... on Product { title } } productFilters { id } } }`, nil)
	require.Contains(t, string(answer), `"totalCount":1,"nodes":[{"title":"Brass Lamp"}]`, "also misspelt")
	require.Contains(t, string(answer), `"filter.v.price"`)
	require.NotContains(t, string(answer), "degraded")
	execSQL(t, url, `UPDATE products SET title = 'Second Lamp' WHERE handle = 'fan'`)
	eventually(t, "what changed is found", func() bool {
		_, answer := d.ask(t, "/stores/shop/graphql", `{ search(query: "lamp", first: 5) { totalCount } }`, nil)
		return strings.Contains(string(answer), `"totalCount":2`)
	})
	res, err := http.Get(d.url + "/readyz")
	require.NoError(t, err)
	body, err := io.ReadAll(res.Body)
	require.NoError(t, err)
	require.NoError(t, res.Body.Close())
	require.Equal(t, http.StatusOK, res.StatusCode)
	require.NotContains(t, string(body), "search")
}
