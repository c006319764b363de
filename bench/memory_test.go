package main

import (
	"encoding/json"
	"testing"

	"github.com/stretchr/testify/require"
)

// listed is the part of an answer that is counted.
type listed struct {
	Data struct {
		Store struct {
			Products struct {
				Nodes []map[string]any
			}
		}
	}
}

func products(t *testing.T, a answer) []map[string]any {
	t.Helper()
	var l listed
	require.NoError(t, json.Unmarshal(a.body, &l))
	return l.Data.Store.Products.Nodes
}

func nodes(t *testing.T, connection any) []any {
	t.Helper()
	list, ok := connection.(map[string]any)["nodes"].([]any)
	require.True(t, ok)
	return list
}

func TestMemoryArmsAnswerAlike(t *testing.T) {
	t.Parallel()
	gqlgen, kirana := serve(t, "gqlgen", "memory"), serve(t, "kirana", "memory")
	answers := map[string]answer{}
	for _, doc := range memoryDocuments() {
		a := ask(t, gqlgen, doc.text)
		requireSame(t, a, ask(t, kirana, doc.text), doc.title)
		answers[doc.text] = a
	}
	for n, text := range map[int]string{20: scalarList(20), 100: scalarList(100)} {
		list := products(t, answers[text])
		require.Len(t, list, n)
		require.Len(t, list[n-1], 10)
	}
	list := products(t, answers[nestedList])
	require.Len(t, list, 20)
	for _, p := range list {
		require.Len(t, nodes(t, p["variants"]), memoryVariants)
		require.Len(t, nodes(t, p["media"]), memoryMedia)
	}
}

func TestMemoryKnowsOnlyWhatIsAsked(t *testing.T) {
	t.Parallel()
	request, err := graphqlRequest(scalarList(21))
	require.NoError(t, err)
	_, err = askOnce(t.Context(), serve(t, "gqlgen", "memory"), request)
	require.ErrorContains(t, err, "the store in memory has no answer")
}
