package searchtest

import (
	"bytes"
	"context"
	"crypto/rand"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/kirana-commerce/kirana/commerce"
	"github.com/kirana-commerce/kirana/search"
)

// bulkBytes is how much of a bulk request is gathered before it is sent.
const bulkBytes = 4 << 20

// NewIndex makes an index of the test's own with search's definition, holding docs and refreshed, and returns the alias
// it is read by. The index goes when the test ends.
func NewIndex(tb testing.TB, url string, docs []commerce.ProductDocument) string {
	tb.Helper()
	alias := "test-" + strings.ToLower(rand.Text())
	index := alias + "-1"
	Call(tb, http.MethodPut, url+"/"+index, search.Definition(search.Meta{SystemID: "test", Timeline: 1}))
	tb.Cleanup(func() { Call(tb, http.MethodDelete, url+"/"+index, nil) })
	Call(tb, http.MethodPut, url+"/"+index+"/_alias/"+alias, nil)
	Load(tb, url, index, docs)
	Call(tb, http.MethodPost, url+"/"+index+"/_refresh", nil)
	return alias
}

// Load writes docs into an index or alias. They can be found after its next refresh.
func Load(tb testing.TB, url, index string, docs []commerce.ProductDocument) {
	tb.Helper()
	var body []byte
	for i := range docs {
		d := &docs[i]
		body = fmt.Appendf(body, `{"index":{"_id":%q,"routing":%q,"version":1,"version_type":"external_gte"}}`+"\n",
			search.DocumentID(d.Ref), search.Routing(d.Ref.Store))
		body = append(search.AppendDocument(body, d, 1), '\n')
		if len(body) >= bulkBytes || i == len(docs)-1 {
			bulk(tb, url+"/"+index+"/_bulk", body)
			body = body[:0]
		}
	}
}

func bulk(tb testing.TB, url string, body []byte) {
	tb.Helper()
	var answer struct {
		Errors bool              `json:"errors"`
		Items  []json.RawMessage `json:"items"`
	}
	text := Call(tb, http.MethodPost, url, body)
	require.NoError(tb, json.Unmarshal(text, &answer))
	require.False(tb, answer.Errors, "a document was refused: %.2000s", text)
}

// Call sends a request to the test engine and returns the answer, which must be a success.
func Call(tb testing.TB, method, url string, body []byte) []byte {
	tb.Helper()
	// Not the test's context: that has ended by the time an index is cleaned up.
	req, err := http.NewRequestWithContext(context.Background(), method, url, bytes.NewReader(body))
	require.NoError(tb, err)
	req.Header.Set("Content-Type", "application/json")
	client := http.Client{Transport: &http.Transport{DisableKeepAlives: true}} // leaves no goroutine behind
	res, err := client.Do(req)
	require.NoError(tb, err)
	text, err := io.ReadAll(res.Body)
	require.NoError(tb, err)
	require.NoError(tb, res.Body.Close())
	require.Less(tb, res.StatusCode, 300, "%s %s: %.2000s", method, url, text)
	return text
}
