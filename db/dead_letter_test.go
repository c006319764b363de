package db_test

import (
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/kirana-commerce/kirana/commerce"
	"github.com/kirana-commerce/kirana/db/dbtest"
)

func TestDeadLetters(t *testing.T) {
	t.Parallel()
	d := dbtest.New(t)
	letter := func(store, product int64, index string) commerce.DeadLetter {
		return commerce.DeadLetter{
			Ref: commerce.ProductRef{Store: commerce.StoreID(store), ID: commerce.ProductID(product)}, Index: index, Version: 7,
			ErrorType: "mapper_parsing_exception", Reason: "a text\x00 that \xff Postgres does not take " + strings.Repeat("x", 5000),
		}
	}
	for _, l := range []commerce.DeadLetter{letter(1, 1, "a"), letter(1, 2, "a"), letter(2, 1, "a"), letter(2, 1, "b")} {
		added, err := d.AddDeadLetter(t.Context(), l)
		require.NoError(t, err)
		require.True(t, added)
	}
	added, err := d.AddDeadLetter(t.Context(), letter(1, 2, "a"))
	require.NoError(t, err)
	require.False(t, added, "it is noted already")
	require.Equal(t, [][]string{{"2", "true"}}, queryRows(t, d, `SELECT attempts, length(reason) < 3000 FROM search_dead_letters WHERE product_id = 2`))
	counts, err := d.CountDeadLetters(t.Context())
	require.NoError(t, err)
	require.Equal(t, map[string]int{"a": 3, "b": 1}, counts)

	var pages []int
	r := commerce.Resync{Run: "again", Limit: 2}
	for n := -1; n != 0; {
		r.After, n, err = d.EmitDeadLetters(t.Context(), r)
		require.NoError(t, err)
		pages = append(pages, n)
	}
	require.Equal(t, []int{2, 1, 0}, pages, "each document once, however many indexes refuse it")

	refused, err := d.RefusedBy(t.Context(), "a", []commerce.ProductRef{{Store: 1, ID: 2}, {Store: 2, ID: 1}, {Store: 2, ID: 2}, {Store: 9, ID: 9}})
	require.NoError(t, err)
	require.ElementsMatch(t, []commerce.ProductRef{{Store: 1, ID: 2}, {Store: 2, ID: 1}}, refused)
	refused, err = d.RefusedBy(t.Context(), "b", []commerce.ProductRef{{Store: 1, ID: 2}})
	require.NoError(t, err)
	require.Empty(t, refused)
	n, err := d.DropDeadLetters(t.Context(), "a", []commerce.ProductRef{{Store: 1, ID: 1}, {Store: 2, ID: 1}, {Store: 9, ID: 9}})
	require.NoError(t, err)
	require.Equal(t, 2, n)
	require.NoError(t, d.DropDeadIndex(t.Context(), "b"))
	counts, err = d.CountDeadLetters(t.Context())
	require.NoError(t, err)
	require.Equal(t, map[string]int{"a": 1}, counts)
}
