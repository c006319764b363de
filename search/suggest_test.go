package search

import (
	"io"
	"net/http"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/kirana-commerce/kirana/commerce"
)

func TestSuggestions(t *testing.T) {
	t.Parallel()
	right := func(text string) guess { return guess{word: typedWord{text: text, key: text}, known: true} }
	meant := func(text string, spellings ...spelling) guess {
		return guess{word: typedWord{text: text, key: text}, spellings: spellings}
	}
	like := func(text string, slips, products int) spelling { return spelling{text, text, slips, products} }
	for name, tt := range map[string]struct {
		guesses []guess
		want    []string
	}{
		"nothing":       {nil, []string{}},
		"all right":     {[]guess{right("red"), right("shirt")}, []string{}},
		"nothing known": {[]guess{meant("xx"), meant("yy")}, []string{}},
		"left out":      {[]guess{right("red"), meant("yy")}, []string{"red"}},
		"likeliest first": {
			[]guess{right("red"), meant("kutra", like("utra", 1, 9), like("katra", 1, 1), like("kurta", 1, 5), like("kitchen", 2, 99))},
			[]string{"red kurta", "red katra", "red utra"},
		},
		"one word at a time": {
			[]guess{meant("a", like("b", 1, 2), like("c", 1, 1)), meant("x", like("y", 1, 2), like("z", 1, 1))},
			[]string{"b y", "c y", "b z"},
		},
		"too long": {[]guess{meant("a", like(strings.Repeat("b", commerce.MaxSearchText+1), 1, 1)), right("x")}, []string{}},
	} {
		require.Equal(t, tt.want, suggestions(tt.guesses), name)
	}
}

func TestSlips(t *testing.T) {
	t.Parallel()
	for word, want := range map[string]int{
		"tv": 0, "mug": 1, "lamp": 1, "kurta": 2, "smartphone": 2, "128gb": 0, "with": 0, strings.Repeat("a", 33): 0, "चाय": 1,
	} {
		require.Equal(t, want, typedWord{key: word}.slips(), word)
	}
	begun := typedWord{key: "sho", last: true}.like()
	for word, want := range map[string]int{"shoes": 0, "sho": 0, "shop": 0, "show": 0, "who": 1, "hso": 1, "red": -1} {
		slips, is := begun(word)
		if !is {
			slips = -1
		}
		require.Equal(t, want, slips, word)
	}
}

func TestSpelt(t *testing.T) {
	t.Parallel()
	text := "Crème BRÛLÉE १२ men's 中文"
	require.Equal(t, []string{"crème", "brûlée", "12", "men's", "中", "文"}, spelt(text))
	require.Equal(t, []string{"creme", "brulee", "12", "men's", "中", "文"}, words(text))
}

// Suggestions for many searches at once are bounded: those for the first, and no others.
func TestSuggestionsOfOneRequestAreBounded(t *testing.T) {
	t.Parallel()
	const most = 50
	var lines []int
	e := engineAt(t, Options{}, func(w http.ResponseWriter, r *http.Request) {
		body, _ := io.ReadAll(r.Body)
		asked := strings.Count(string(body), "\n") / 2
		lines = append(lines, asked)
		answering(http.StatusOK, `{"responses":[`+strings.Repeat(`{"hits":{"hits":[]}},`, asked-1)+`{"hits":{"hits":[]}}]}`)(w, r)
	})
	q := commerce.SearchQuery{
		Store: 1, Currency: "INR", Text: "qwertyu asdfghj zxcvbnm poiuytr lkjhgfd mnbvcxz plokijh uhygtfr", WantSuggestion: true,
		Page: commerce.FirstPage(1, commerce.Ordering{Key: commerce.SearchSortRelevance}),
	}
	_, err := e.SearchProducts(t.Context(), slices.Repeat([]commerce.SearchQuery{q}, most))
	require.NoError(t, err)
	require.Equal(t, []int{most, 2 * 8 * 3}, lines, "the searches, then as many words as there is room for")
}
