package relevance

import (
	"context"
	"math"
	"slices"

	"github.com/kirana-commerce/kirana/commerce"
)

const (
	best     = 3  // the highest grade
	depth    = 10 // of NDCG
	looked   = 20 // of recall: a first page
	together = 50 // queries in one request
)

// Figures are means over queries, from 0 to 1.
type Figures struct {
	NDCG    float64 `json:"ndcg"`    // NDCG@10
	Recall  float64 `json:"recall"`  // of the good answers, the share on a page of 20, as far as they fit
	Nothing float64 `json:"nothing"` // queries that find nothing
	Queries int     `json:"queries"`
	Pairs   int     `json:"pairs"`
}

// Outcome is how one query was answered.
type Outcome struct {
	Query        Query
	Found        []commerce.ProductID
	NDCG, Recall float64
}

// Measure asks all queries as the API does when nothing but a text is given.
func Measure(ctx context.Context, s commerce.ProductSearcher, queries []Query) (Figures, []Outcome, error) {
	outcomes := make([]Outcome, 0, len(queries))
	for part := range slices.Chunk(queries, together) {
		asked := make([]commerce.SearchQuery, len(part))
		for i, q := range part {
			asked[i] = commerce.SearchQuery{
				Store: q.Store, Currency: "INR", Text: q.Text, Prefix: true, Unavailable: commerce.UnavailableLast,
				Page: commerce.FirstPage(looked, commerce.Ordering{Key: commerce.SearchSortRelevance}),
			}
		}
		results, err := s.SearchProducts(ctx, asked)
		if err != nil {
			return Figures{}, nil, err
		}
		for i, r := range results {
			outcomes = append(outcomes, judge(part[i], r))
		}
	}
	return mean(outcomes), outcomes, nil
}

func judge(q Query, r commerce.SearchResult) Outcome {
	o := Outcome{Query: q}
	for _, hit := range r.Hits.Items {
		o.Found = append(o.Found, hit.Node.ID)
	}
	o.NDCG, o.Recall = ndcg(q.Grades, o.Found), recall(q.Grades, o.Found)
	return o
}

func mean(outcomes []Outcome) Figures {
	f := Figures{Queries: len(outcomes)}
	n := float64(max(1, len(outcomes)))
	for _, o := range outcomes {
		f.Pairs += len(o.Query.Grades)
		f.NDCG += o.NDCG / n
		f.Recall += o.Recall / n
		if len(o.Found) == 0 {
			f.Nothing += 1 / n
		}
	}
	return f
}

// ndcg is the gain of the first ten answers, each worth less the later it comes, as a share of the best order's.
func ndcg(grades map[commerce.ProductID]int, found []commerce.ProductID) float64 {
	var got, ideal []int
	for _, id := range found {
		got = append(got, grades[id])
	}
	for _, grade := range grades {
		ideal = append(ideal, grade)
	}
	slices.SortFunc(ideal, func(a, b int) int { return b - a })
	return gain(got) / gain(ideal)
}

func gain(grades []int) float64 {
	sum := 0.0
	for i, grade := range grades[:min(depth, len(grades))] {
		sum += (math.Exp2(float64(grade)) - 1) / math.Log2(float64(i+2))
	}
	return sum
}

// recall counts the answers of grade 2 and more; of more than fit on a page, as many as fit are asked for.
func recall(grades map[commerce.ProductID]int, found []commerce.ProductID) float64 {
	good, seen := 0, 0
	for _, grade := range grades {
		if grade >= 2 {
			good++
		}
	}
	for _, id := range found[:min(looked, len(found))] {
		if grades[id] >= 2 {
			seen++
		}
	}
	return float64(seen) / float64(max(1, min(good, looked)))
}
