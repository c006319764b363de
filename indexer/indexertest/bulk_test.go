package indexertest

import (
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

const someBulk = `{"index":{"_id":"1"}}` + "\n" + `{"title":"one"}` + "\n" + `{"delete":{"_id":"2"}}` + "\n" + `{"index":{"_id":"3"}}` + "\n" + `{"title":"three"}` + "\n"

func TestItemsHeldBackAreRefusedInTheirPlaces(t *testing.T) {
	t.Parallel()
	require.Len(t, bulkItems([]byte(someBulk)), 3)
	rest, held := holdBack([]byte(someBulk), 0b010) // the second by its bit, the third as 2 % 3
	require.Equal(t, []string{`{"index":{"_id":"1"}}`, `{"title":"one"}`, ""}, strings.Split(string(rest), "\n"))
	require.Equal(t, map[int]int{1: 503, 2: 429}, held)
	answer := withRefusals([]byte(`{"items":[{"index":{"status":201}}]}`), held)
	require.JSONEq(t, `{"items":[{"index":{"status":201}},
		{"index":{"status":503,"error":{"type":"injected","reason":"injected"}}},
		{"index":{"status":429,"error":{"type":"injected","reason":"injected"}}}]}`, string(answer))
	require.JSONEq(t, `{"items":[]}`, string(withoutLast([]byte(`{"items":[{"index":{"status":201}}]}`))))
}

func TestChangesCanBeHadAgain(t *testing.T) {
	t.Parallel()
	c := Catalogue{stores: [2]int64{1, 2}, large: 3}
	a, b, other := NewChanges(1, 1, c), NewChanges(1, 1, c), NewChanges(1, 2, c)
	same := true
	for range 50 {
		text := a.Next()
		require.Equal(t, text, b.Next())
		same = same && text == other.Next()
	}
	require.False(t, same)
}
