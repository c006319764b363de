package main

import (
	"encoding/json"
	"fmt"
	"os"
	"testing"
	"time"
	"unicode/utf8"

	"github.com/stretchr/testify/require"

	"github.com/kirana-commerce/kirana/commerce"
	"github.com/kirana-commerce/kirana/db/dbtest"
)

// catalogue fills a database with more products than a page has, whose texts need escaping in JSON.
func catalogue(t *testing.T, d *dbtest.Database) {
	t.Helper()
	store, _, err := d.UpsertStore(t.Context(), commerce.StoreInput{Handle: benchHandle, Name: "Bench", Currency: "INR", Status: commerce.StorePublished})
	require.NoError(t, err)
	var in []commerce.ProductInput
	for i := range 25 {
		p := commerce.ProductInput{
			Handle: fmt.Sprintf("p-%d", i), Title: fmt.Sprintf("“Kurta” \"%d\" \\ \t %c", i, 'क'), Vendor: "V\u007f", Tags: []string{"a\"b", "every day"},
			Status: commerce.ProductActive, Published: true, Options: []string{"Size", "Colour"},
			Media: []commerce.MediaInput{{URL: "/pictures/front.svg", Alt: "Front"}, {URL: "https://cdn.example/back.svg"}, {URL: "/pictures/third.svg"}},
		}
		for n, size := range []string{"S", "M", "L", "XL"} {
			p.Variants = append(p.Variants, commerce.VariantInput{
				Options: []string{size, "Red"}, SKU: []string{"", "sku"}[n%2], PriceMinor: int64(i*100 + n), InventoryTracked: n > 0, InventoryQuantity: i % 2,
				InventoryPolicy: commerce.InventoryDeny, WeightUnit: commerce.WeightGrams,
			})
		}
		in = append(in, p)
	}
	_, err = d.UpsertProducts(t.Context(), store, in)
	require.NoError(t, err)
}

func TestPostgresArmsAnswerAlike(t *testing.T) {
	t.Parallel()
	d := dbtest.New(t)
	catalogue(t, d)
	want := ask(t, serve(t, "gqlgen", d.URL), listDocument)
	require.Len(t, products(t, want), 20)
	for _, engine := range []string{"kirana", "bare"} {
		requireSame(t, want, ask(t, serve(t, engine, d.URL), listDocument), engine)
	}
}

func TestBareAnswersAnEmptyStore(t *testing.T) {
	t.Parallel()
	d := dbtest.New(t)
	_, _, err := d.UpsertStore(t.Context(), commerce.StoreInput{Handle: benchHandle, Name: "Bench", Currency: "INR", Status: commerce.StorePublished})
	require.NoError(t, err)
	requireSame(t, ask(t, serve(t, "kirana", d.URL), listDocument), ask(t, serve(t, "bare", d.URL), listDocument), "bare")
}

func TestStatementsAreHeardAndRunByPgbench(t *testing.T) {
	t.Parallel()
	d := dbtest.New(t)
	catalogue(t, d)
	heard, err := statementsOf(t.Context(), d.SQL, d.URL, listDocument)
	require.NoError(t, err)
	require.NotEmpty(t, heard)
	require.LessOrEqual(t, len(heard), 4, "store, products, variants, media")

	p, err := newPgbench("/nowhere", t.TempDir(), d.URL, 2, heard)
	if err != nil {
		t.Skipf("no pgbench: %v", err)
	}
	busy := time.Duration(0)
	used := func() (time.Duration, error) { busy += time.Millisecond; return busy, nil }
	r, err := p.run(t.Context(), time.Second, used)
	require.NoError(t, err)
	require.Positive(t, r.count)
	require.Positive(t, r.cpu)

	heard[0].text = "SELECT no_such_column FROM stores"
	p, err = newPgbench("/nowhere", t.TempDir(), d.URL, 2, heard)
	require.NoError(t, err)
	_, err = p.run(t.Context(), time.Second, used)
	require.ErrorContains(t, err, "no_such_column")
}

func TestStatementsThatAnswerNothingAreRefused(t *testing.T) {
	t.Parallel()
	d := dbtest.New(t)
	_, _, err := d.UpsertStore(t.Context(), commerce.StoreInput{Handle: benchHandle, Name: "Bench", Currency: "INR", Status: commerce.StorePublished})
	require.NoError(t, err)
	_, err = statementsOf(t.Context(), d.SQL, d.URL, listDocument)
	require.ErrorContains(t, err, "no row comes of what was heard")
}

func TestScript(t *testing.T) {
	t.Parallel()
	text, variables := script([]statement{
		{text: "\nSELECT $2::bigint[], $1, $10", parameters: []string{"a b", "{1,2}"}},
		{text: "SELECT 1"},
	})
	require.Equal(t, "SELECT :s1p2::bigint[], :s1p1, :s1p10;\nSELECT 1;\n", text)
	require.Equal(t, []string{"-D", "s1p1=a b", "-D", "s1p2={1,2}"}, variables)
}

func TestPgbenchRun(t *testing.T) {
	t.Parallel()
	var r pgbenchRun
	for i, line := range []string{
		"pgbench (15.18)",
		"progress: 1.0 s, 10.0 tps, lat 17.4 ms stddev 3.1, 0 failed",
		"progress: 2.0 s, 100.0 tps, lat 17.4 ms stddev 3.1, 0 failed",
		"progress: 3.5 s, 120.0 tps, lat 17.4 ms stddev 3.1, 0 failed",
	} {
		require.NoError(t, r.hear(line, time.Duration(i)*time.Second))
	}
	require.InDelta(t, 280, r.count, 1e-9)
	require.InDelta(t, 2.5, r.seconds, 1e-9)
	require.Equal(t, 2*time.Second, r.cpu)
	require.Error(t, r.hear("progress: 4.5 s, 120.0 tps, lat 17.4 ms stddev 3.1, 3 failed", 0))
}

func TestTreeTimeOfThisProcess(t *testing.T) {
	t.Parallel()
	before, err := treeTime(os.Getpid())
	require.NoError(t, err)
	for until := before; until <= before; {
		until, err = treeTime(os.Getpid()) // reading /proc is work itself
		require.NoError(t, err)
	}
}

func FuzzAppendText(f *testing.F) {
	for _, seed := range []string{"", "a", `"\`, "\x00\x1f\x7f", "क<&>\u2028"} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, s string) {
		if !utf8.ValidString(s) {
			return // Postgres holds none
		}
		var back string
		require.NoError(t, json.Unmarshal(appendText(nil, s), &back))
		require.Equal(t, s, back)
	})
}
