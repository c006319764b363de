package search

import (
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
