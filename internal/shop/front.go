package shop

import (
	"github.com/kirana-commerce/kirana/commerce"
	"github.com/kirana-commerce/kirana/internal/auth"
)

// front is a store's first page.
type front struct {
	Description string
	Collections []tile
	Cards       []card
	// All leads to the whole catalogue.
	All string
	// More says that there is more than is shown.
	More bool
}

// tile is a collection that can be opened.
type tile struct {
	Path, Title string
	Image       image
}

// frontCollections is how many collections a store's front shows.
const frontCollections = 12

// front makes a store's first page: 5 readings.
func (s *site) front(v *visit) (*page, error) {
	key := commerce.CollectionListKey{Store: v.store.ID, Page: commerce.FirstPage(frontCollections, commerce.Ordering{Key: commerce.CollectionSortTitle})}
	collections, err := s.o.Collections.CollectionLists(v.Context(), []commerce.CollectionListKey{key})
	if err != nil {
		return nil, err
	}
	list, err := s.newest(v)
	if err != nil {
		return nil, err
	}
	f := front{Description: v.store.Description, All: v.base + "/search", More: list.HasNext}
	for _, c := range nodes(collections[key]) {
		t := tile{Path: v.base + auth.CollectionPath(c.Handle), Title: c.Title, Image: image{Initial: initial(c.Title)}}
		if i := c.Image(); i != nil {
			t.Image = picture(i, "")
		}
		f.Collections = append(f.Collections, t)
	}
	if f.Cards, err = s.cards(v, nodes(list)); err != nil {
		return nil, err
	}
	p := v.newPage("front", v.store.Name)
	p.Front = true
	p.Canonical, p.Description, p.Content = v.url, cut(v.store.Description), f
	if p.Preview.Image = absolute(v, p.Logo); p.Preview.Image == "" && len(f.Cards) > 0 {
		p.Preview.Image = absolute(v, f.Cards[0].Image.Src)
	}
	p.Data = append(p.Data, fact(storeFact(v, p)))
	return p, nil
}

// newest reads the first products of a store, newest first.
func (s *site) newest(v *visit) (commerce.List[*commerce.Product], error) {
	order := commerce.Ordering{Key: commerce.ProductSortCreatedAt, Reverse: true}
	key := commerce.ProductListKey{Store: v.store.ID, Page: commerce.FirstPage(pageSize, order)}
	lists, err := s.o.Products.ProductLists(v.Context(), []commerce.ProductListKey{key})
	return lists[key], err
}

// cut is a text as long as search engines and chat apps show it.
func cut(text string) string {
	const shown = 160
	return commerce.Truncate(commerce.PlainText(text), shown)
}
