package relevance_test

import (
	"context"
	"encoding/json"
	"flag"
	"fmt"
	"maps"
	"os"
	"slices"
	"strconv"
	"strings"
	"testing"
	"text/tabwriter"
	"time"

	"github.com/stretchr/testify/require"
	"go.uber.org/goleak"

	"github.com/kirana-commerce/kirana/bench/relevance"
	"github.com/kirana-commerce/kirana/commerce"
	"github.com/kirana-commerce/kirana/search"
	"github.com/kirana-commerce/kirana/search/searchtest"
)

// update records the figures of the shipped catalogues anew.
var update = flag.Bool("update", false, "record the figures")

const recorded = "recorded.json"

// tolerated is by how much a figure may fall below the recorded one: a point.
const tolerated = 0.01

// seed makes catalogue and misspellings the same in every run.
const seed = 42

// sampled is which share of the misspellings TestRelevance looks at: every seventh.
const sampled = 7

func TestMain(m *testing.M) { goleak.VerifyTestMain(searchtest.Main{M: m}) }

func newSearcher(tb testing.TB, docs []commerce.ProductDocument) commerce.ProductSearcher {
	tb.Helper()
	url := searchtest.Server(tb)
	e, err := search.Open(url, search.Options{Alias: searchtest.NewIndex(tb, url, docs), Timeout: time.Minute})
	require.NoError(tb, err)
	tb.Cleanup(e.Close)
	return e
}

// stores reads the documents of stores, for who searches without the engine.
type stores map[commerce.StoreID][]*commerce.ProductDocument

func (s stores) StoreDocuments(_ context.Context, store commerce.StoreID, limit int) ([]*commerce.ProductDocument, commerce.LogPosition, error) {
	return s[store][:min(limit, len(s[store]))], 0, nil
}

// newShelves searches docs without the engine.
func newShelves(docs []commerce.ProductDocument) commerce.ProductSearcher {
	of := stores{}
	for i := range docs {
		of[docs[i].Ref.Store] = append(of[docs[i].Ref.Store], &docs[i])
	}
	return search.NewShelves(of, time.Now)
}

func shipped(tb testing.TB) relevance.Catalogue {
	tb.Helper()
	c, err := relevance.Shipped()
	require.NoError(tb, err)
	return c
}

// TestRelevance holds the figures of the shipped catalogues against the recorded ones.
func TestRelevance(t *testing.T) {
	t.Parallel()
	c := shipped(t)
	s := newSearcher(t, c.Docs)
	judged, err := relevance.Judged(c)
	require.NoError(t, err)
	got := map[string]relevance.Figures{
		"judged":    figures(t, s, judged),
		"one edit":  figures(t, s, some(relevance.OneEdit(c, seed))),
		"two edits": figures(t, s, some(relevance.TwoEdits(c, seed))),
	}
	shelves := newShelves(c.Docs)
	got["judged, without Elasticsearch"] = figures(t, shelves, judged)
	got["one edit, without Elasticsearch"] = figures(t, shelves, some(some(relevance.OneEdit(c, seed))))
	got["two edits, without Elasticsearch"] = figures(t, shelves, some(relevance.TwoEdits(c, seed)))
	require.GreaterOrEqual(t, got["judged"].Pairs, 300)
	if *update {
		text, err := json.MarshalIndent(got, "", "  ")
		require.NoError(t, err)
		require.NoError(t, os.WriteFile(recorded, append(text, '\n'), 0o600))
	}
	text, err := os.ReadFile(recorded)
	require.NoError(t, err)
	var want map[string]relevance.Figures
	require.NoError(t, json.Unmarshal(text, &want))
	require.ElementsMatch(t, slices.Collect(maps.Keys(want)), slices.Collect(maps.Keys(got)))
	for name, f := range want {
		require.GreaterOrEqual(t, got[name].NDCG, f.NDCG-tolerated, "NDCG@10 of %s: find out why, or record it with -update", name)
		require.GreaterOrEqual(t, got[name].Recall, f.Recall-tolerated, "recall@20 of %s", name)
		require.LessOrEqual(t, got[name].Nothing, f.Nothing+tolerated, "queries of %s that find nothing", name)
	}
}

func some(all []relevance.Query) []relevance.Query {
	var few []relevance.Query
	for i := 0; i < len(all); i += sampled {
		few = append(few, all[i])
	}
	return few
}

func figures(t *testing.T, s commerce.ProductSearcher, queries []relevance.Query) relevance.Figures {
	t.Helper()
	f, _, err := relevance.Measure(t.Context(), s, queries)
	require.NoError(t, err)
	return f
}

// TestFigures prints the whole table for TEST_RELEVANCE=50000, the size of the generated catalogue.
func TestFigures(t *testing.T) { //nolint:paralleltest // it prints a table
	size, err := strconv.Atoi(os.Getenv("TEST_RELEVANCE"))
	if err != nil {
		t.Skip("TEST_RELEVANCE is not the size of a catalogue")
	}
	c := shipped(t)
	s := newSearcher(t, c.Docs)
	judged, err := relevance.Judged(c)
	require.NoError(t, err)
	out := tabwriter.NewWriter(os.Stdout, 0, 0, 2, ' ', 0)
	fmt.Fprintln(out, "queries\tNDCG@10\trecall@20\tfind nothing\tqueries\tpairs")
	row := func(name string, s commerce.ProductSearcher, queries []relevance.Query) {
		f, outcomes, err := relevance.Measure(t.Context(), s, queries)
		require.NoError(t, err)
		fmt.Fprintf(out, "%s\t%.3f\t%.3f\t%.3f\t%d\t%d\n", name, f.NDCG, f.Recall, f.Nothing, f.Queries, f.Pairs)
		tellWorst(c, name, outcomes)
	}
	row("judged, demo stores", s, judged)
	row("one edit, demo stores", s, relevance.OneEdit(c, seed))
	row("two edits, demo stores", s, relevance.TwoEdits(c, seed))
	large, queries := relevance.Generated(size, seed)
	row(fmt.Sprintf("generated, %d products", size), newSearcher(t, large.Docs), queries)
	require.NoError(t, out.Flush())
}

// tellWorst lists the queries that are answered worst, for TEST_RELEVANCE_WORST=NDCG under which to list.
func tellWorst(c relevance.Catalogue, name string, outcomes []relevance.Outcome) {
	bound, err := strconv.ParseFloat(os.Getenv("TEST_RELEVANCE_WORST"), 64)
	if err != nil {
		return
	}
	slices.SortFunc(outcomes, func(a, b relevance.Outcome) int { return int(1e6 * (a.NDCG - b.NDCG)) })
	for _, o := range outcomes {
		if o.NDCG < bound {
			fmt.Printf("%s: %.2f %q → %s\n", name, o.NDCG, o.Query.Text, strings.Join(describe(c, o), " | "))
		}
	}
}

// describe is the first answers to a query with their grades.
func describe(c relevance.Catalogue, o relevance.Outcome) []string {
	var list []string
	for _, id := range o.Found[:min(8, len(o.Found))] {
		title := strconv.FormatInt(int64(id), 10)
		if int(id) <= len(c.Docs) {
			title = c.Docs[id-1].Title
		}
		list = append(list, fmt.Sprintf("%d %s", o.Query.Grades[id], title))
	}
	return list
}
