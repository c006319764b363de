package devstack_test

import (
	"context"
	"encoding/json"
	"io"
	"net/http"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/kirana-commerce/kirana/internal/devstack"
)

func startElasticsearch(t *testing.T, o devstack.ElasticsearchOptions) *devstack.Elasticsearch {
	t.Helper()
	es, err := devstack.StartElasticsearch(limit(t), o)
	require.NoError(t, err)
	t.Cleanup(func() { require.NoError(t, es.Stop(context.WithoutCancel(t.Context()))) })
	return es
}

// call sends one request without keeping its connection and returns the status and the body.
func call(method, url, body string) (int, []byte, error) {
	request, err := http.NewRequest(method, url, strings.NewReader(body))
	if err != nil {
		return 0, nil, err
	}
	request.Close = true
	request.Header.Set("Content-Type", "application/json")
	response, err := http.DefaultClient.Do(request)
	if err != nil {
		return 0, nil, err
	}
	defer func() { _ = response.Body.Close() }()
	text, err := io.ReadAll(response.Body)
	return response.StatusCode, text, err
}

func answers(url string) bool {
	_, _, err := call(http.MethodGet, url, "")
	return err == nil
}

func status(t *testing.T, url string) int {
	t.Helper()
	code, _, err := call(http.MethodGet, url, "")
	require.NoError(t, err)
	return code
}

// ask decodes the answer to one request that must succeed.
func ask[T any](t *testing.T, method, url, body string) T {
	t.Helper()
	code, text, err := call(method, url, body)
	require.NoError(t, err)
	require.Less(t, code, 300, "%s", text)
	var answer T
	require.NoError(t, json.Unmarshal(text, &answer))
	return answer
}

func TestElasticsearch(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	first := startElasticsearch(t, devstack.ElasticsearchOptions{Dir: dir})
	root := ask[struct {
		Version struct{ Number string }
		Tagline string
	}](t, http.MethodGet, first.URL(), "")
	require.Equal(t, "You Know, for Search", root.Tagline, "clients check the product by this")
	require.Contains(t, devstack.ElasticsearchImage, ":"+root.Version.Number, "Docker runs the same version")

	grams := ask[struct{ Tokens []struct{ Token string } }](t, http.MethodPost, first.URL()+"/_analyze",
		`{"tokenizer":"standard","filter":["lowercase",{"type":"edge_ngram","min_gram":2,"max_gram":4}],"text":"Kirana"}`)
	require.Equal(t, []struct{ Token string }{{"ki"}, {"kir"}, {"kira"}}, grams.Tokens)

	ask[any](t, http.MethodPut, first.URL()+"/note/_doc/1?refresh=true", `{"text":"kept"}`)
	require.NoError(t, first.Err())
	require.NoError(t, first.Stop(t.Context()))
	require.NoError(t, first.Stop(t.Context()), "a second Stop is harmless")
	requireEnded(t, first.Done())
	require.NoError(t, first.Err(), "an end that was asked for is no error")
	require.False(t, answers(first.URL()))

	var said strings.Builder
	second := startElasticsearch(t, devstack.ElasticsearchOptions{Dir: dir, Progress: &said})
	require.Empty(t, said.String(), "nothing is fetched or compiled again")
	require.Equal(t, first.URL(), second.URL())
	require.Equal(t, 1, ask[struct{ Count int }](t, http.MethodGet, second.URL()+"/note/_count", "").Count)

	_, err := devstack.StartElasticsearch(limit(t), devstack.ElasticsearchOptions{Dir: dir})
	require.ErrorContains(t, err, "locked by another process")

	require.NoError(t, second.Kill())
	requireEnded(t, second.Done())
	require.ErrorContains(t, second.Err(), "killed")
	third := startElasticsearch(t, devstack.ElasticsearchOptions{Dir: dir})
	require.Equal(t, 1, ask[struct{ Count int }](t, http.MethodGet, third.URL()+"/note/_count", "").Count)
}

func TestElasticsearchStartIsCalledOff(t *testing.T) {
	t.Parallel()
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	_, err := devstack.StartElasticsearch(ctx, devstack.ElasticsearchOptions{Dir: t.TempDir()})
	require.ErrorIs(t, err, context.Canceled)
}

func TestElasticsearchTellsWhyItFails(t *testing.T) {
	t.Parallel()
	_, err := devstack.StartElasticsearch(limit(t), devstack.ElasticsearchOptions{Dir: t.TempDir(), HeapMB: 1 << 30})
	require.ErrorContains(t, err, "heap")
}
