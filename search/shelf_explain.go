package search

import (
	"slices"
	"time"

	"github.com/kirana-commerce/kirana/commerce"
)

// Explain says which parts of a search a product meets, and how many come before it. Code BAD_USER_INPUT as for the search itself.
func (s *Shelf) Explain(q commerce.SearchQuery, id commerce.ProductID, now time.Time) (commerce.SearchMatch, error) {
	fields, err := checkedFields(q)
	if err != nil {
		return commerce.SearchMatch{}, err
	}
	n := slices.IndexFunc(s.items, func(it item) bool { return it.ref.ID == id })
	if n < 0 {
		return commerce.SearchMatch{}, nil
	}
	it := &s.items[n]
	m := commerce.SearchMatch{Indexed: true, Current: true, Published: it.published <= now.UnixMilli(), Available: it.available}
	_, m.Text = s.scorer(q)(it)
	typed := commerce.TypedWords(searchText(q))
	for i, word := range typed {
		if _, like := s.matcher(word, q.Prefix && i == len(typed)-1, synonymsOf(q))(it); !like {
			m.MissingWords = append(m.MissingWords, word)
		}
	}
	s.explainFilters(q, it, &m)
	if m.Published && m.Text && len(m.Failed) == 0 && m.SameVariant {
		m.Rank, err = s.rank(q, fields, id, now)
	}
	return m, err
}

func (s *Shelf) explainFilters(q commerce.SearchQuery, it *item, m *commerce.SearchMatch) {
	v := &shelfView{Shelf: s, q: q}
	v.tests()
	p := seen{shelfHit: shelfHit{item: it}}
	v.test(&p)
	for i, t := range v.product {
		if p.fails&(1<<i) != 0 {
			m.Failed = append(m.Failed, t.facet)
		}
	}
	for i, t := range v.variant {
		if t.facet != "" && !slices.ContainsFunc(p.variants, func(fails uint64) bool { return fails&(1<<min(i, 63)) == 0 }) {
			m.Failed = append(m.Failed, t.facet)
		}
	}
	m.SameVariant = len(v.variant) == 0 || slices.Contains(p.variants, 0)
}

// rank is a product's place among the results, from 1; 0 for none, or when too many come before it.
func (s *Shelf) rank(q commerce.SearchQuery, fields []sortField, id commerce.ProductID, now time.Time) (int, error) {
	q.Page = commerce.FirstPage(commerce.MaxSearchRank, q.Page.Ordering)
	page, err := s.on(now).view(q, now).page(fields)
	return 1 + slices.IndexFunc(page, func(h shelfHit) bool { return h.ref.ID == id }), err
}
