package indexer

import (
	"errors"
	"net/http"
	"slices"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/kirana-commerce/kirana/commerce"
)

// poisoned is a script that fails every request with the third document in it.
func poisoned(fault script) script {
	return func(n int, w http.ResponseWriter, ids []string) {
		if slices.Contains(ids, "1-3") {
			fault(n, w, ids)
			return
		}
		ok(n, w, ids)
	}
}

func TestADocumentThatIsAlwaysRefusedBecomesADeadLetter(t *testing.T) {
	t.Parallel()
	for name, tc := range map[string]struct {
		script script
		kind   string
	}{
		"by the mapping": {func(_ int, w http.ResponseWriter, ids []string) {
			answers(w, ids, only("1-3", http.StatusBadRequest))
		}, "some_exception"},
		"by a fault of the engine": {func(_ int, w http.ResponseWriter, ids []string) {
			answers(w, ids, only("1-3", http.StatusInternalServerError))
		}, "some_exception"},
		"with all that come with it":         {poisoned(status(http.StatusInternalServerError)), "http_500"},
		"as a request that cannot be read":   {poisoned(status(http.StatusBadRequest)), "http_400"},
		"without an answer":                  {poisoned(func(int, http.ResponseWriter, []string) { panic(http.ErrAbortHandler) }), "no_answer"},
		"as more than a request may contain": {poisoned(status(http.StatusRequestEntityTooLarge)), "http_413"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			f := newFakeEngine(t, tc.script)
			require.NoError(t, f.bulk.write(t.Context(), removals(5)))
			require.Len(t, f.letters, 1)
			require.Equal(t, ref(1, 3), f.letters[0].Ref)
			require.Equal(t, "products-g1", f.letters[0].Index)
			require.Equal(t, int64(1), f.letters[0].Version)
			require.Equal(t, tc.kind, f.letters[0].ErrorType)
			require.Equal(t, 1, f.counts["rejected"])
			require.Equal(t, 4, f.counts["deleted"], "and keeps no other out")
		})
	}
}

// TestAnEngineThatIsAwaySpeaksAgainstNoDocument fails the writes that follow, too, from some request on.
func TestAnEngineThatIsAwaySpeaksAgainstNoDocument(t *testing.T) {
	t.Parallel()
	for name, s := range map[string]script{
		"to all": func(_ int, w http.ResponseWriter, ids []string) { answers(w, ids, all(http.StatusServiceUnavailable)) },
		"to one and to what is written beside it": func(_ int, w http.ResponseWriter, ids []string) {
			answers(w, ids, func(id string) int {
				if id == "1-2" || id == "1-0" {
					return http.StatusServiceUnavailable
				}
				return http.StatusOK
			})
		},
		"too busy for one": func(_ int, w http.ResponseWriter, ids []string) {
			answers(w, ids, only("1-2", http.StatusTooManyRequests))
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			f := newFakeEngine(t, s)
			require.ErrorIs(t, f.bulk.write(t.Context(), removals(3)), errBusy)
			require.Empty(t, f.letters)
		})
	}
}

func TestOneRefusalIsNoneYet(t *testing.T) {
	t.Parallel()
	f := newFakeEngine(t, once(func(_ int, w http.ResponseWriter, ids []string) {
		answers(w, ids, only("1-2", http.StatusBadRequest))
	}))
	require.NoError(t, f.bulk.write(t.Context(), removals(3)))
	require.Empty(t, f.letters)
	require.Equal(t, [][]string{{"1-1", "1-2", "1-3"}, {"1-2"}}, f.requests)
}

func TestADocumentThatIsTakenIsNoDeadLetterAnyMore(t *testing.T) {
	t.Parallel()
	f := newFakeEngine(t, ok)
	require.NoError(t, f.bulk.write(t.Context(), removals(2)))
	require.Empty(t, f.dropped, "nobody asks the database while there is none")
	f.letters = []commerce.DeadLetter{{}}
	require.NoError(t, f.bulk.dead.count(t.Context()))
	require.NoError(t, f.bulk.write(t.Context(), removals(2)))
	require.Equal(t, []commerce.ProductRef{ref(1, 1), ref(1, 2)}, f.dropped)
}

// TestADeadLetterThatCannotBeNotedEndsTheRun: else the commit would be confirmed, and nobody would know what is missing.
func TestADeadLetterThatCannotBeNotedEndsTheRun(t *testing.T) {
	t.Parallel()
	f := newFakeEngine(t, func(_ int, w http.ResponseWriter, ids []string) { answers(w, ids, all(http.StatusBadRequest)) })
	f.fault = errors.New("the database is away")
	require.ErrorIs(t, f.bulk.write(t.Context(), removals(1)), f.fault)

	f = newFakeEngine(t, ok)
	f.bulk.dead.counts["products-g1"], f.fault = 1, errors.New("the database is away")
	require.ErrorIs(t, f.bulk.write(t.Context(), removals(1)), f.fault)
}
