package searchtest

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/kirana-commerce/kirana/commerce"
)

// The products whose merits differ, all of them mugs.
const (
	plainMug commerce.ProductID = iota + 1
	soldMug
	bestMug
	goneMug // cannot be bought
	freshMug
	muddyBest // sells best of all, and is only spelt like one
)

func meritCatalogue(now time.Time) []commerce.ProductDocument {
	docs := make([]commerce.ProductDocument, muddyBest)
	for i := range docs {
		docs[i] = product(storeA, commerce.ProductID(i+1), "Mug")
		docs[i].PublishedAt, docs[i].CreatedAt = now.AddDate(-2, 0, 0), birth
	}
	docs[soldMug-1].Popularity = commerce.NewPopularity(20, now)
	docs[bestMug-1].Popularity = commerce.NewPopularity(300, now)
	docs[goneMug-1].Variants[0].Available = false
	docs[freshMug-1].PublishedAt = now.AddDate(0, 0, -3)
	docs[muddyBest-1].Title, docs[muddyBest-1].Popularity = "Mud", commerce.NewPopularity(1_000_000, now)
	return docs
}

// runMerit checks that what sells, is there and is new comes before what fits as well and is not, and before nothing else.
func runMerit(t *testing.T, newSearcher NewSearcher) {
	t.Helper()
	s := newSearcher(t, meritCatalogue(time.Now()))
	order := []commerce.ProductID{bestMug, soldMug, freshMug, plainMug, goneMug, muddyBest}
	for _, tt := range []struct {
		name, text string
		prefix     bool
		placement  commerce.Placement
		want       []commerce.ProductID
	}{
		{name: "all fit as well", text: "mug", want: order},
		{name: "a beginning", text: "mu", prefix: true, want: []commerce.ProductID{muddyBest, bestMug, soldMug, freshMug, plainMug, goneMug}},
		{name: "buried", text: "mug", placement: commerce.Placement{Buried: []commerce.ProductID{bestMug}}, want: []commerce.ProductID{soldMug, freshMug, plainMug, goneMug, muddyBest, bestMug}},
		{name: "pinned", text: "mug", placement: commerce.Placement{Pinned: []commerce.ProductID{goneMug}}, want: []commerce.ProductID{goneMug, bestMug, soldMug, freshMug, plainMug, muddyBest}},
	} {
		q := browse(storeA)
		q.Text, q.Prefix, q.Placement = tt.text, tt.prefix, tt.placement
		require.Equal(t, idsOf(storeA, tt.want), walk(t, s, q), tt.name)
	}
	q := browse(storeA)
	q.Page.Key = commerce.SearchSortBestSelling
	require.Equal(t, idsOf(storeA, []commerce.ProductID{muddyBest, bestMug, soldMug, freshMug, goneMug, plainMug}), walk(t, s, q))
}
