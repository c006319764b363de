package commerce_test

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/kirana-commerce/kirana/commerce"
)

func TestExplainSearch(t *testing.T) {
	t.Parallel()
	now := time.Date(2026, 11, 26, 12, 0, 0, 0, time.UTC)
	type scene struct {
		store   commerce.Store
		product *commerce.Product
		query   commerce.SearchQuery
		match   commerce.SearchMatch
	}
	for name, tc := range map[string]struct {
		change func(*scene)
		found  bool
		want   []commerce.SearchCause
	}{
		"found":              {func(*scene) {}, true, nil},
		"no product":         {func(s *scene) { s.product = nil }, false, []commerce.SearchCause{commerce.CauseNotFound}},
		"a closed store":     {func(s *scene) { s.store.Status = commerce.StoreDraft }, false, []commerce.SearchCause{commerce.CauseStoreNotPublished}},
		"a draft":            {func(s *scene) { s.product.Status, s.match = commerce.ProductDraft, commerce.SearchMatch{} }, false, []commerce.SearchCause{commerce.CauseDraft}},
		"a draft, found yet": {func(s *scene) { s.product.Status, s.match.Current = commerce.ProductDraft, false }, false, []commerce.SearchCause{commerce.CauseDraft, commerce.CauseOutdated}},
		"archived":           {func(s *scene) { s.product.Status, s.match = commerce.ProductArchived, commerce.SearchMatch{} }, false, []commerce.SearchCause{commerce.CauseArchived}},
		"hidden":             {func(s *scene) { s.product.Hidden, s.match = true, commerce.SearchMatch{} }, false, []commerce.SearchCause{commerce.CauseNotPublished}},
		"tomorrow": {func(s *scene) {
			s.product.Hidden, s.product.PublishedAt, s.match.Published = true, now.Add(time.Hour), false
		}, false, []commerce.SearchCause{commerce.CauseScheduled}},
		"not in the index":    {func(s *scene) { s.match = commerce.SearchMatch{} }, false, []commerce.SearchCause{commerce.CauseNotIndexed}},
		"out of date":         {func(s *scene) { s.match.Current = false }, true, []commerce.SearchCause{commerce.CauseOutdated}},
		"a word":              {func(s *scene) { s.match.Text, s.match.MissingWords = false, []string{"x"} }, false, []commerce.SearchCause{commerce.CauseWords}},
		"too few words":       {func(s *scene) { s.match.Text = false }, false, []commerce.SearchCause{commerce.CauseWords}},
		"two filters":         {func(s *scene) { s.match.Failed, s.match.SameVariant = []string{"a", "b"}, false }, false, []commerce.SearchCause{commerce.CauseFilter, commerce.CauseFilter}},
		"of several variants": {func(s *scene) { s.match.SameVariant = false }, false, []commerce.SearchCause{commerce.CauseVariants}},
		"sold out":            {func(s *scene) { s.match.Available = false }, true, nil},
		"sold out and hidden": {func(s *scene) { s.match.Available, s.query.Unavailable = false, commerce.UnavailableHide }, false, []commerce.SearchCause{commerce.CauseUnavailable}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s := scene{
				store: commerce.Store{Status: commerce.StorePublished}, product: &commerce.Product{Status: commerce.ProductActive},
				match: commerce.SearchMatch{Indexed: true, Current: true, Published: true, Available: true, Text: true, SameVariant: true, Rank: 3},
			}
			tc.change(&s)
			got := commerce.ExplainSearch(&s.store, s.product, s.query, s.match, now)
			require.Equal(t, tc.found, got.Found)
			require.Equal(t, tc.found, got.Rank != nil)
			require.Len(t, got.Reasons, len(tc.want))
			for i, cause := range tc.want {
				require.Equal(t, cause, got.Reasons[i].Code)
				require.NotEmpty(t, got.Reasons[i].Message)
				require.Equal(t, cause == commerce.CauseFilter, got.Reasons[i].Filter != nil)
			}
		})
	}
}
