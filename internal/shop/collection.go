package shop

import (
	"html/template"

	"github.com/kirana-commerce/kirana/commerce"
	"github.com/kirana-commerce/kirana/internal/auth"
)

// collection is the page of a collection, in the merchant's own order.
type collection struct {
	Description template.HTML
	Cards       []card
	Pager       pager
	// Filter leads to the search within the collection.
	Filter string
}

// collection makes a collection's page: 5 readings.
func (s *site) collection(v *visit) (*page, error) {
	c, err := s.findCollection(v, v.PathValue("collection"))
	if err != nil {
		return nil, err
	}
	if c == nil {
		return nil, missing{"collection"}
	}
	path := auth.CollectionPath(c.Handle)
	at := parseView(v.URL.Query())
	start := listPage(at.after, at.before, commerce.Ordering{Key: commerce.CollectionProductSortManual})
	list, err := retried(start, func(page commerce.Page) (commerce.List[*commerce.Product], error) {
		key := commerce.CollectionPageKey{Collection: c.Ref(), Page: page}
		lists, err := s.o.Collections.CollectionProducts(v.Context(), []commerce.CollectionPageKey{key})
		return lists[key], err
	})
	if err != nil {
		return nil, err
	}
	shown := collection{Description: description(c.DescriptionHTML), Filter: view{collection: c.Handle}.address(v.base)}
	shown.Pager = newPager(list, func(after, before string) string {
		return v.base + path + "?" + view{after: after, before: before}.query()
	})
	if shown.Cards, err = s.cards(v, nodes(list)); err != nil {
		return nil, err
	}
	p := v.newPage("collection", c.Title)
	p.Description, p.Content = cut(c.DescriptionHTML), shown
	// Each page of the list is a page of its own for search engines, since each shows other products.
	p.Canonical = v.url + path
	if q := (view{after: at.after, before: at.before}).query(); q != "" {
		p.Hidden = true
	}
	if i := c.Image(); i != nil {
		p.Preview.Image, p.Preview.ImageAlt = absolute(v, pictureURL(i.URL)), c.Title
	} else if len(shown.Cards) > 0 {
		p.Preview.Image = absolute(v, shown.Cards[0].Image.Src)
	}
	p.Data = append(p.Data, fact(breadcrumbs(v, crumb{c.Title, p.Canonical})))
	return p, nil
}

// findCollection reads a collection by its handle, nil when there is none.
func (s *site) findCollection(v *visit, handle string) (*commerce.Collection, error) {
	ref := commerce.HandleRef{Store: v.store.ID, Handle: handle}
	found, err := s.o.Collections.CollectionsByHandle(v.Context(), []commerce.HandleRef{ref})
	return found[ref], err
}

// absolute is the address of a picture for those who do not look at the page: the server's own have its address before them.
func absolute(v *visit, src string) string {
	if src == "" || src[0] != '/' {
		return src
	}
	return auth.From(v.Context()).BaseURL + src
}
