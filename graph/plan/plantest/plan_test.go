package plantest_test

import (
	"strconv"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/kirana-commerce/kirana/graph/plan/plantest"
	"github.com/kirana-commerce/kirana/graph/plan/plantest/zoo"
	"github.com/kirana-commerce/kirana/graph/plan/plantest/zoo/resolver"
)

// TestPlansAnswerTheCorpus runs each case of the corpus on gqlgen's executor and on a plan, in zoos of their own.
func TestPlansAnswerTheCorpus(t *testing.T) {
	t.Parallel()
	cases, err := plantest.Corpus()
	require.NoError(t, err)
	for _, c := range cases {
		t.Run(c.Name, func(t *testing.T) {
			t.Parallel()
			if looksAheadTwice(c.Document) {
				t.Skip("a plan asks once, for both")
			}
			ctx := zoo.WithWord(t.Context(), "word")
			require.Empty(t, plantest.Compare(ctx, resolver.New().Schema(), resolver.New().Plan(), c.Document), c.Document.Query)
		})
	}
}

// looksAheadTwice reports documents in which the zoo's report may be asked for under two keys. A plan calls its resolver once,
// and looking ahead shows it what either selects; gqlgen calls twice. The zoo shows in its data what it was asked for.
func looksAheadTwice(d plantest.Document) bool {
	return strings.Count(d.Query, "report") > 1
}

// TestLookingAheadSeesAllAliases is the case that the comparison leaves out.
func TestLookingAheadSeesAllAliases(t *testing.T) {
	t.Parallel()
	zoos := resolver.New()
	d := plantest.Document{Query: `{ keeper { a: report { asked pages } b: report { lines author { last } } } }`}
	out := plantest.Execute(t.Context(), zoos.Plan(), d)
	require.Len(t, out.Responses, 1)
	require.JSONEq(t, `{"keeper":{"a":{"asked":["asked","author","lines","pages"],"pages":1},"b":{"lines":40,"author":{"last":"Last"}}}}`, string(out.Responses[0].Data))
	require.Equal(t, 1, zoos.Calls().Take()["Keeper.report"])
}

// TestPlansAnswerMadeUpDocuments compares gqlgen's executor with plans. TEST_DOCUMENTS says on how many documents.
func TestPlansAnswerMadeUpDocuments(t *testing.T) {
	t.Parallel()
	for _, part := range []uint64{0, 1} {
		t.Run(strconv.FormatUint(part, 10), func(t *testing.T) {
			t.Parallel()
			want, got := resolver.New(), resolver.New()
			ctx := zoo.WithWord(t.Context(), "word")
			for i := part; i < documents(t); i += 2 {
				d := plantest.Generate(plantest.Seeded(30, i), want.Schema().Schema(), options())
				if looksAheadTwice(d) {
					continue
				}
				diff := plantest.Compare(ctx, want.Schema(), got.Plan(), d)
				if diff == "" {
					continue
				}
				small := plantest.Minimise(d, func(d plantest.Document) bool {
					return plantest.Compare(ctx, resolver.New().Schema(), resolver.New().Plan(), d) != ""
				})
				require.Fail(t, "the plan differs", "document %d of seed 30, made small:\n%s\n%s\n%s\nwhole:\n%s",
					i, small.Query, variables(t, small), plantest.Compare(ctx, resolver.New().Schema(), resolver.New().Plan(), small), diff)
			}
		})
	}
}
