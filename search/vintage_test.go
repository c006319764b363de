package search_test

import (
	"crypto/rand"
	"encoding/json"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/kirana-commerce/kirana/commerce"
	"github.com/kirana-commerce/kirana/search"
	"github.com/kirana-commerce/kirana/search/searchtest"
)

// olderFields are what indexes made before them do not have.
func olderFields() []string {
	return []string{"popularity", "attrs", "options", "option_labels", "unavailable", "price_steps"}
}

// olderIndex is an index of an earlier definition with the documents, and the alias that it is read by.
func olderIndex(t *testing.T, url string, docs []commerce.ProductDocument) (alias, index string) {
	t.Helper()
	var definition map[string]any
	require.NoError(t, json.Unmarshal(search.Definition(search.Meta{SystemID: "test", Timeline: 1}), &definition))
	properties := definition["mappings"].(map[string]any)["properties"].(map[string]any)
	for _, field := range olderFields() {
		require.Contains(t, properties, field)
		delete(properties, field)
	}
	definition["settings"].(map[string]any)["index"].(map[string]any)["sort"] = map[string]any{"field": []string{"store_id"}}
	alias = "test-" + strings.ToLower(rand.Text())
	index = alias + "-0"
	body, err := json.Marshal(definition)
	require.NoError(t, err)
	searchtest.Call(t, http.MethodPut, url+"/"+index, body)
	t.Cleanup(func() { searchtest.Call(t, http.MethodDelete, url+"/"+index, nil) })
	searchtest.Call(t, http.MethodPut, url+"/"+index+"/_alias/"+alias, nil)
	for i := range docs {
		var document map[string]any
		require.NoError(t, json.Unmarshal(search.AppendDocument(nil, &docs[i], 1), &document))
		for _, field := range olderFields() {
			delete(document, field)
		}
		body, err := json.Marshal(document)
		require.NoError(t, err)
		searchtest.Call(t, http.MethodPut, url+"/"+index+"/_doc/"+search.DocumentID(docs[i].Ref)+"?routing="+search.Routing(docs[i].Ref.Store), body)
	}
	searchtest.Call(t, http.MethodPost, url+"/"+index+"/_refresh", nil)
	return alias, index
}

func soldMugs(now time.Time) []commerce.ProductDocument {
	docs := make([]commerce.ProductDocument, 3)
	for i := range docs {
		docs[i] = commerce.ProductDocument{
			Ref: commerce.ProductRef{Store: 1, ID: commerce.ProductID(i + 1)}, Title: "Mug", PublishedAt: now.AddDate(-1, 0, 0), CreatedAt: now,
			Popularity: commerce.NewPopularity(float64(100*i), now),
			Attributes: commerce.NewDocumentAttributes("custom", "glaze", commerce.MetafieldLine, "blue"),
			Variants:   []commerce.DocumentVariant{{PriceMinor: 100, Available: true}},
		}
	}
	return docs
}

func mugQuery(text string, key commerce.SortKey) commerce.SearchQuery {
	return commerce.SearchQuery{
		Store: 1, Currency: "INR", Text: text, WantTotal: true, WantFacets: true, WantSpread: true, WantSuggestion: true,
		Filters: &commerce.StoreSearchFacets{Metafields: []commerce.SearchMetafield{{Namespace: "custom", Key: "glaze", Type: "single_line_text_field", Label: "Glaze"}}},
		Page:    commerce.FirstPage(2, commerce.Ordering{Key: key}),
	}
}

// An index that an earlier program has made answers everything until this program's is live. Then what sells counts.
func TestOlderIndex(t *testing.T) {
	t.Parallel()
	url, now := searchtest.Server(t), time.Now()
	docs := soldMugs(now)
	alias, index := olderIndex(t, url, docs)
	clock := now
	e := open(t, url, search.Options{Alias: alias, Timeout: time.Minute, Now: func() time.Time { return clock }})
	for _, text := range []string{"mug", "mgu", "mu", ""} {
		for _, key := range []commerce.SortKey{
			commerce.SearchSortRelevance, commerce.SearchSortPrice, commerce.SearchSortTitle, commerce.SearchSortCreatedAt, commerce.SearchSortBestSelling,
		} {
			q := mugQuery(text, key)
			q.Prefix = text == "mu"
			for range 2 { // the second time from where the first page ends
				results, err := e.SearchProducts(t.Context(), []commerce.SearchQuery{q})
				require.NoError(t, err, "%q by %s", text, key)
				require.Equal(t, len(docs), results[0].Total, "%q by %s", text, key)
				require.NotEmpty(t, results[0].Facets)
				hits := results[0].Hits
				cursor, ok := commerce.ParseCursor(hits.CursorAt(len(hits.Items)-1), q.Page.Ordering)
				require.True(t, ok)
				q.Page.Bounded, q.Page.Bound = true, cursor
			}
			q.Page = commerce.FirstPage(2, q.Page.Ordering)
			q.Selection.Metafields = []commerce.MetafieldSelection{{Namespace: "custom", Key: "glaze", Values: []string{"blue"}}}
			results, err := e.SearchProducts(t.Context(), []commerce.SearchQuery{q, q})
			require.NoError(t, err)
			require.Zero(t, results[1].Total, "nothing is known of metafields")
		}
	}
	_, err := e.ExplainSearch(t.Context(), mugQuery("mug", commerce.SearchSortRelevance), 1, nil)
	require.NoError(t, err)

	next := searchtest.NewIndex(t, url, docs) + "-1"
	searchtest.Call(t, http.MethodPost, url+"/_aliases", []byte(
		`{"actions":[{"remove":{"index":"`+index+`","alias":"`+alias+`"}},{"add":{"index":"`+next+`","alias":"`+alias+`"}}]}`))
	best := func() commerce.ProductID {
		results, err := e.SearchProducts(t.Context(), []commerce.SearchQuery{mugQuery("mug", commerce.SearchSortRelevance)})
		require.NoError(t, err)
		require.Equal(t, len(docs), results[0].Total)
		return results[0].Hits.Items[0].Node.ID
	}
	require.Equal(t, commerce.ProductID(1), best(), "nobody has looked again")
	clock = now.Add(6 * time.Second)
	require.Equal(t, commerce.ProductID(3), best(), "what sells comes first")
}
