package shop

import (
	"cmp"

	"github.com/kirana-commerce/kirana/commerce"
	"github.com/kirana-commerce/kirana/internal/auth"
)

// maxTextLinks is how many pages of text the foot of a page leads to: the first that the merchant wrote.
const maxTextLinks = 10

// textLink leads to a page of text.
type textLink struct{ Path, Title string }

// text makes a page of text, such as how the store delivers: 3 readings.
func (s *site) text(v *visit) (*page, error) {
	ref := commerce.HandleRef{Store: v.store.ID, Handle: v.PathValue("text")}
	found, err := s.o.Texts.PagesByHandle(v.Context(), []commerce.HandleRef{ref})
	if err != nil {
		return nil, err
	}
	t := found[ref]
	if t == nil {
		return nil, missing{"page"}
	}
	p := v.newPage("text", t.Title)
	if t.SEOTitle != "" {
		p.Title = t.SEOTitle + " · " + v.store.Name
	}
	p.Description = cmp.Or(t.SEODescription, cut(t.BodyHTML))
	p.Content = description(t.BodyHTML)
	p.Canonical = v.url + auth.TextPath(t.Handle)
	p.Preview.Kind = "article"
	p.Data = append(p.Data, fact(breadcrumbs(v, crumb{t.Title, p.Canonical})))
	return p, nil
}

// addTexts makes the foot of a page that is shown lead to the store's pages of text.
func (s *site) addTexts(v *visit, p *page) error {
	if v.store == nil || p.goTo != "" {
		return nil
	}
	key := commerce.TextPageListKey{Store: v.store.ID, Page: commerce.FirstPage(maxTextLinks, commerce.Ordering{Key: commerce.TextPageSortID})}
	lists, err := s.o.Texts.PageLists(v.Context(), []commerce.TextPageListKey{key})
	if err != nil {
		return err
	}
	for _, t := range nodes(lists[key]) {
		p.Texts = append(p.Texts, textLink{v.base + auth.TextPath(t.Handle), t.Title})
	}
	return nil
}
