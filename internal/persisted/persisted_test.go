package persisted_test

import (
	"crypto/sha256"
	"encoding/hex"
	"strings"
	"testing"
	"testing/fstest"

	"github.com/stretchr/testify/require"

	"github.com/kirana-commerce/kirana/internal/persisted"
)

func hash(text string) string {
	sum := sha256.Sum256([]byte(text))
	return hex.EncodeToString(sum[:])
}

func folder(files map[string]string) fstest.MapFS {
	fs := fstest.MapFS{}
	for name, text := range files {
		fs[name] = &fstest.MapFile{Data: []byte(text)}
	}
	return fs
}

const (
	shop  = "query Shop { store { name } }"
	goods = "query Goods {\n  products(first: 1) { nodes { id } }\n}\n"
)

func quoted(text string) string { return `"` + strings.ReplaceAll(text, "\n", `\n`) + `"` }

func TestLoad(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		name  string
		files map[string]string
		want  map[string]string // id to text
	}{
		{"nothing", nil, map[string]string{}},
		{"a document, byte by byte", map[string]string{"goods.graphql": goods}, map[string]string{hash(goods): goods}},
		{
			"Apollo's manifest",
			map[string]string{"m.json": `{"format":"apollo-persisted-query-manifest","version":1,"operations":[
				{"id":"` + hash(shop) + `","name":"Shop","type":"query","body":` + quoted(shop) + `},
				{"id":"goods-1","name":"Goods","type":"query","body":` + quoted(goods) + `,"clientName":"web"}]}`},
			map[string]string{hash(shop): shop, hash(goods): goods, "goods-1": goods},
		},
		{
			"Relay's manifest, by MD5",
			map[string]string{"persisted.json": `{"0cc175b9c0f1b6a831c399e269772661":` + quoted(shop) + `}`},
			map[string]string{hash(shop): shop, "0cc175b9c0f1b6a831c399e269772661": shop},
		},
		{
			"graphql-codegen's manifest, with the prefix",
			map[string]string{"persisted-documents.json": `{"sha256:` + hash(shop) + `":` + quoted(shop) + `,"` + hash(goods) + `":` + quoted(goods) + `}`},
			map[string]string{hash(shop): shop, hash(goods): goods},
		},
		{"the same in several files", map[string]string{"a.json": `{"a":` + quoted(shop) + `}`, "b.json": `{"a":` + quoted(shop) + `}`, "c.graphql": shop}, map[string]string{hash(shop): shop, "a": shop}},
		{"a byte order mark", map[string]string{"a.json": "\ufeff" + `{"a":` + quoted(shop) + `}`}, map[string]string{hash(shop): shop, "a": shop}},
		{"other files", map[string]string{"README.md": "no", "sub/a.json": "no", "a.json.bak": "no"}, map[string]string{}},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			set, err := persisted.Load(folder(c.files))
			require.NoError(t, err)
			got := map[string]string{}
			for e := range set.All() {
				got[e.ID] = e.Text
				require.NotEmpty(t, e.Origin)
			}
			require.Equal(t, c.want, got)
			require.Equal(t, len(c.want), set.Len())
		})
	}
}

func TestLoadRefuses(t *testing.T) {
	t.Parallel()
	apollo := func(members string) string {
		return `{"format":"apollo-persisted-query-manifest",` + members + `}`
	}
	for _, c := range []struct{ name, text, says string }{
		{"no JSON", `{"a":`, `m.json: entry "a": not JSON`},
		{"half", `{"a":"{a}"`, "m.json: not JSON"},
		{"a list", `[]`, "m.json: a manifest is a JSON object"},
		{"empty", ``, "m.json: a manifest is a JSON object"},
		{"more", `{}{}`, "m.json: something stands behind the JSON object"},
		{"a number", `{"a":1}`, `m.json: entry "a": not a text`},
		{"null", `{"a":null}`, `m.json: entry "a": not a text`},
		{"an entry twice", `{"a":"{a}","a":"{b}"}`, `m.json: entry "a" is there twice`},
		{"no id", `{"":"{a}"}`, "m.json: an entry has no id"},
		{"an empty document", `{"a":" "}`, `m.json: entry "a" is empty`},
		{"another hash", `{"` + hash("x") + `":"{a}"}`, `m.json: entry "` + hash("x") + `": the id looks like a SHA-256, but that of the text is ` + hash("{a}")},
		{"another hash, with the prefix", `{"sha256:abc":"{a}"}`, `m.json: entry "sha256:abc": the id looks like a SHA-256`},
		{"another format", `{"format":"mine","version":1}`, `m.json: the format "mine" is not known`},
		{"another version", apollo(`"version":2,"operations":[]`), "m.json: version 2 of the format apollo-persisted-query-manifest is not known"},
		{"operations that are none", apollo(`"version":1,"operations":{}`), "m.json: not a manifest of the format"},
		{"an operation without an id", apollo(`"version":1,"operations":[{"name":"A","body":"{a}"}]`), `m.json: operation 1 ("A") has no id`},
		{"an operation without a body", apollo(`"version":1,"operations":[{"id":"a","name":"A"}]`), `m.json: operation 1 ("A") is empty`},
		{"one id, two documents", apollo(`"version":1,"operations":[{"id":"a","name":"A","body":"{a}"},{"id":"a","name":"B","body":"{b}"}]`), `m.json: operation 2 ("B"): the id "a" belongs to another document already, in m.json: operation 1 ("A")`},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			_, err := persisted.Load(folder(map[string]string{"m.json": c.text}))
			require.ErrorContains(t, err, "persisted documents: ")
			require.ErrorContains(t, err, c.says)
		})
	}
	_, err := persisted.Load(folder(map[string]string{"a.graphql": "{a\xff}", "b.json": "[", "c.json": `{"x":1}`}))
	require.ErrorContains(t, err, "a.graphql is not UTF-8")
	require.ErrorContains(t, err, "b.json: a manifest is a JSON object")
	require.ErrorContains(t, err, `c.json: entry "x"`, "all faults at once")
}

// FuzzManifest reads any file. Whatever is accepted has its hash as an id, and texts that are not empty.
func FuzzManifest(f *testing.F) {
	for _, seed := range []string{
		"", "{}", `{"a":"{b}"}`, `{"a":"{b}","a":"{c}"}`, `{"format":"apollo-persisted-query-manifest","version":1,"operations":[{"id":"a","body":"{b}"}]}`,
		`{"format":1}`, `{"a":"\ud800"}`, `{"format":"apollo-persisted-query-manifest","version":1,"operations":[null]}`,
	} {
		f.Add([]byte(seed))
	}
	f.Fuzz(func(t *testing.T, text []byte) {
		set, err := persisted.Load(fstest.MapFS{"m.json": {Data: text}, "m.graphql": {Data: text}})
		if err != nil {
			return
		}
		ids := map[string]string{}
		for e := range set.All() {
			require.NotEmpty(t, strings.TrimSpace(e.Text))
			ids[e.ID] = e.Text
		}
		for _, text := range ids {
			require.Equal(t, text, ids[hash(text)])
		}
		require.Len(t, ids, set.Len())
	})
}
