package db

import (
	"database/sql/driver"
	"testing"
	"time"

	"github.com/lib/pq"
	"github.com/stretchr/testify/require"
)

func TestRowReadsFromLeftToRight(t *testing.T) {
	t.Parallel()
	r := newRow(12)
	copy(r.values, []driver.Value{
		int64(7), "tea", true, 2.5, int64(1_700_000_000_000_001), nil, int64(5), nil, int64(640), " ", []byte(`{a,"b c"}`), nil,
	})
	for range 2 { // a row is used again for the next
		require.NoError(t, r.scan(func(r *row) {
			require.EqualValues(t, 7, r.int())
			require.Equal(t, "tea", r.text())
			require.True(t, r.bool())
			require.InDelta(t, 2.5, r.float(), 0)
			require.Equal(t, time.Unix(1_700_000_000, 1000).UTC(), r.moment())
			require.Nil(t, r.amount())
			require.EqualValues(t, 5, *r.amount())
			require.Nil(t, r.size())
			require.Equal(t, 640, *r.size())
			require.Nil(t, r.trimmed())
			require.Equal(t, []string{"a", "b c"}, r.texts())
			require.Nil(t, r.texts())
		}))
	}
}

func TestRowRefuses(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		value driver.Value
		scan  scanner
		want  string
	}{
		"another type":         {"1", func(r *row) { r.int() }, "read column 1: a string where a int64 is due"},
		"NULL":                 {nil, func(r *row) { r.text() }, "read column 1: a <nil> where a string is due"},
		"a column too many":    {int64(1), func(r *row) { r.int(); r.int() }, "read column 1: there is none"},
		"a column left":        {int64(1), func(*row) {}, "0 of 1 columns were read"},
		"no array":             {int64(1), func(r *row) { r.texts() }, "read column 1: a int64 where texts are due"},
		"a broken array":       {[]byte(`{a`), func(r *row) { r.texts() }, "read column 1: not an array of texts"},
		"a place of no order":  {true, func(r *row) { r.place() }, "read column 1: a list sorted by a bool"},
		"the first fault wins": {"1", func(r *row) { r.int(); r.int() }, "read column 1: a string where a int64 is due"},
	} {
		r := newRow(1)
		r.values[0] = c.value
		require.EqualError(t, r.scan(c.scan), c.want, name)
	}
}

// A column that rows have in common is read anew when it changes, also to one that is a prefix of the last.
func TestRowSharesWhatRepeats(t *testing.T) {
	t.Parallel()
	r := newRow(1)
	read := func(literal string) (texts []string) {
		buffer := []byte(literal)
		r.values[0] = buffer
		require.NoError(t, r.scan(func(r *row) { texts = r.sameTexts() }))
		clear(buffer) // the connection reads the next row into it
		return texts
	}
	first := read(`{INR,Size}`)
	require.Same(t, &first[0], &read(`{INR,Size}`)[0])
	require.Equal(t, []string{"INR"}, read(`{INR}`))
	require.Equal(t, []string{"USD"}, read(`{USD}`))
	require.Equal(t, []string{"INR", "Size"}, first)
}

func TestSlab(t *testing.T) {
	t.Parallel()
	s := newSlab[int](3)
	a, b, c := s.take(2), s.take(2), s.one()
	a[0], a[1], b[0], b[1], *c = 1, 2, 3, 4, 5
	require.Equal(t, []int{1, 2}, a)
	require.Equal(t, []int{3, 4}, b)
	require.Equal(t, 2, cap(a), "nobody can append into another's")
	require.Len(t, s.take(1000), 1000)
	require.NotNil(t, s.take(0))
	var zero slab[int]
	require.NotNil(t, zero.take(0))
	require.Len(t, zero.take(5), 5)
}

// What Postgres writes is read as lib/pq reads it. What it never writes is an error or read as lib/pq reads it, too.
func FuzzParseTexts(f *testing.F) {
	for _, literal := range []string{
		`{}`, `{a}`, `{a,b}`, `{"a b","",NULL}`, `{"NULL",null}`, `{"say \"tea\"","back\\slash","{}"}`, `{चाय,"☕,"}`, `{{a},{b}}`, `{a`, `a}`, ``,
		`{,}`, `{a,}`, `{"a}`, `{"a"b}`, `{"\`, `{ a }`,
	} {
		f.Add(literal)
	}
	f.Fuzz(func(t *testing.T, literal string) {
		got, err := parseTexts(literal, &slab[string]{})
		if err != nil {
			return
		}
		var want pq.StringArray
		require.NoError(t, want.Scan(literal))
		require.Equal(t, []string(want), got)
	})
}

// Every array of texts survives the way it takes: lib/pq writes literals as Postgres does, but for quotes that it need not.
func FuzzTextsRoundTrip(f *testing.F) {
	f.Add("a", `b "c" \d,{}`, "")
	f.Fuzz(func(t *testing.T, a, b, c string) {
		want := []string{a, b, c}
		literal, err := pq.StringArray(want).Value()
		require.NoError(t, err)
		text, ok := literal.(string)
		require.True(t, ok)
		got, err := parseTexts(text, &slab[string]{})
		require.NoError(t, err)
		require.Equal(t, want, got)
	})
}
