package main

import (
	"bytes"
	"database/sql"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/kirana-commerce/kirana/internal/config"
)

// asSeen posts a document with a consistency token and returns the answer, and the token that comes with it.
func (d *dev) asSeen(t *testing.T, path, document, token string) (answer []byte, next string) {
	t.Helper()
	body, err := json.Marshal(map[string]string{"query": document})
	require.NoError(t, err)
	req, err := http.NewRequestWithContext(t.Context(), http.MethodPost, d.url+path, bytes.NewReader(body))
	require.NoError(t, err)
	req.Header.Set("Content-Type", "application/json")
	if token != "" {
		req.Header.Set("Kirana-Consistency", token)
	}
	res, err := http.DefaultClient.Do(req)
	require.NoError(t, err)
	defer func() { require.NoError(t, res.Body.Close()) }()
	answer, err = io.ReadAll(res.Body)
	require.NoError(t, err)
	return answer, res.Header.Get("Kirana-Consistency")
}

// Whoever writes and sends the token back finds what they have written at once: with no pause, in search and everywhere else.
func TestWhoWritesReadsItAtOnce(t *testing.T) {
	t.Parallel()
	d := sharedDev(t)
	file := filepath.Join(t.TempDir(), "tokens.csv")
	require.NoError(t, os.WriteFile(file, []byte("Handle,Title,Variant Price,Status\nbell,Bell,100.00,active\n"), 0o600))
	code, out, stderr := command("import", "--data-dir", d.dir, "--store", "tokens", "--currency", "INR", "--publish", file)
	require.Equal(t, 0, code, out+stderr)
	url, err := readEnv(d.dir, "DATABASE_URL")
	require.NoError(t, err)
	conn, err := sql.Open("postgres", url)
	require.NoError(t, err)
	defer func() { require.NoError(t, conn.Close()) }()
	for i := range 20 {
		title := fmt.Sprintf("Bell%03d", i)
		_, err := conn.ExecContext(t.Context(), `UPDATE products SET title = $1 WHERE handle = 'bell' AND store_id = (SELECT id FROM stores WHERE handle = 'tokens')`, title)
		require.NoError(t, err)
		var token string // as psql gets it
		require.NoError(t, conn.QueryRowContext(t.Context(), `SELECT pg_current_wal_flush_lsn()`).Scan(&token))
		answer, _ := d.asSeen(t, "/stores/tokens/graphql", fmt.Sprintf(`{ product(handle: "bell") { title } search(query: "%s", first: 1, prefix: NONE) { nodes { ... on Product { title } } } }`, title), token)
		var got struct {
			Data struct {
				Product struct{ Title string }
				Search  struct{ Nodes []struct{ Title string } }
			}
		}
		require.NoError(t, json.Unmarshal(answer, &got), "%s", answer)
		require.Equal(t, title, got.Data.Product.Title)
		require.Len(t, got.Data.Search.Nodes, 1, "%s", answer)
		require.Equal(t, title, got.Data.Search.Nodes[0].Title)
	}

	answer, token := d.asSeen(t, "/stores/tokens/graphql", `mutation { cartCreate(input: {}) { cart { id } } }`, "")
	require.Contains(t, string(answer), `"extensions":{"consistency":{"token":"`+token+`"}}`)
	require.NotEmpty(t, token)
	answer, token = d.asSeen(t, "/stores/tokens/graphql", `{ shop { name } search(query: "bell", first: 1) { totalCount } }`, "7FFFFFFF/FFFFFFFF")
	require.NotContains(t, string(answer), "errors", "what never was means everything up to now")
	require.Empty(t, token, "nothing was written")
}

// Where Postgres answers searches a store is read again for whoever has seen more than was read.
func TestWhoWritesReadsItWithoutASearchEngine(t *testing.T) {
	t.Parallel()
	s := trial{newStocked(t, func(c *config.Config) { c.Search = config.SearchPostgres }), t}
	s.open("storePublish")
	buyer := s.as("").in(s.mine.store)
	search := func(text string) reply {
		position, err := s.service.db.Position(t.Context())
		require.NoError(t, err)
		r := buyer.request(t, `{ search(query: "`+text+`", first: 1, prefix: NONE) { totalCount } }`, nil)
		r.Header.Set("Kirana-Consistency", position.Token())
		w := httptest.NewRecorder()
		s.handler.ServeHTTP(w, r)
		return read(t, w)
	}
	for i := range 5 {
		title := fmt.Sprintf("Kettle%d", i)
		s.exec(t, `UPDATE products SET title = '`+title+`' WHERE handle = 'tea'`)
		require.Contains(t, search(title).text, `"totalCount":1`)
	}
}
