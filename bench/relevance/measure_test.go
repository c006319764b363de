package relevance

import (
	"maps"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/kirana-commerce/kirana/commerce"
)

func TestFiguresOfOneQuery(t *testing.T) {
	t.Parallel()
	grades := map[commerce.ProductID]int{1: 3, 2: 2, 3: 1}
	tests := []struct {
		name         string
		found        []commerce.ProductID
		ndcg, recall float64
	}{
		{"ideal", []commerce.ProductID{1, 2, 3}, 1, 1},
		{"turned around", []commerce.ProductID{3, 2, 1}, 0.6806, 1},
		{"the best behind rubbish", []commerce.ProductID{9, 1}, 0.4702, 0.5},
		{"rubbish", []commerce.ProductID{7, 8, 9}, 0, 0},
		{"nothing", nil, 0, 0},
	}
	for _, tt := range tests {
		require.InDelta(t, tt.ndcg, ndcg(grades, tt.found), 0.0001, tt.name)
		require.InDelta(t, tt.recall, recall(grades, tt.found), 0.0001, tt.name)
	}
	many := map[commerce.ProductID]int{}
	var page []commerce.ProductID
	for id := range commerce.ProductID(50) {
		many[id] = best
		page = append(page, id)
	}
	require.InDelta(t, 1, recall(many, page[:looked]), 0, "what does not fit on a page is not asked of it")
}

func TestJudgementsAreRefused(t *testing.T) {
	t.Parallel()
	c, err := Shipped()
	require.NoError(t, err)
	queries, err := appendQuery(nil, c, "corner: dal — lentils")
	require.NoError(t, err)
	for _, line := range []string{"4 toor-dal: too good", "3 toor-dal", "3 : why", "3 no-such-dal: why", "3 hapus-mangoes: a draft", "3 toor-dal toor-dal: twice"} {
		require.Error(t, queries[0].grade(c, line), line)
	}
	for _, line := range []string{"nowhere: dal — lentils", "corner: dal", "dal — lentils"} {
		_, err := appendQuery(nil, c, line)
		require.Error(t, err, line)
	}
}

func TestMisspellings(t *testing.T) {
	t.Parallel()
	c, err := Shipped()
	require.NoError(t, err)
	once := OneEdit(c, 1)
	require.Equal(t, once, OneEdit(c, 1), "the same for the same seed")
	texts := map[string]bool{}
	for _, q := range once {
		texts[q.Text] = true
	}
	for _, text := range []string{"urmeric", "tumeric", "turmeri", "utrmeric", "turmerci"} {
		require.True(t, texts[text], text)
	}
	require.False(t, texts["turmeric"])
	require.NotEmpty(t, TwoEdits(c, 1))
}

func TestGenerated(t *testing.T) {
	t.Parallel()
	c, queries := Generated(500, 1)
	again, queriesAgain := Generated(500, 1)
	require.Equal(t, c, again)
	require.Equal(t, queries, queriesAgain)
	for _, q := range queries {
		require.Contains(t, slices.Collect(maps.Values(q.Grades)), best, q.Text)
		require.Equal(t, strings.TrimSpace(q.Text), q.Text)
	}
}
