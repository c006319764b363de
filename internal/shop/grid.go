package shop

import (
	"net/url"
	"strconv"
	"strings"
	"unicode"

	"github.com/kirana-commerce/kirana/commerce"
	"github.com/kirana-commerce/kirana/internal/auth"
)

// card is a product in a grid.
type card struct {
	Path, Title string
	Image       image
	Price       price
	// Note is a word about the stock, empty while there is nothing to say.
	Note string
}

// image is a picture in a box of fixed shape. Without an address, Initial stands in the box.
type image struct {
	Src, Srcset, Alt string
	Initial          string
	// Eager says that the picture is seen first, and loaded at once.
	Eager bool
}

// eagerCards is how many pictures of a grid a screen shows at first.
const eagerCards = 4

// cards shows products, with one reading of their pictures and one of their prices.
func (s *site) cards(v *visit, products []*commerce.Product) ([]card, error) {
	if len(products) == 0 {
		return nil, nil
	}
	refs := make([]commerce.ProductRef, len(products))
	keys := make([]commerce.ProductPageKey, len(products))
	first := commerce.FirstPage(1, commerce.Ordering{Key: commerce.MediaSortPosition})
	for i, p := range products {
		refs[i] = p.Ref()
		keys[i] = commerce.ProductPageKey{Product: p.Ref(), Page: first}
	}
	media, err := s.o.Media.MediaLists(v.Context(), keys)
	if err != nil {
		return nil, err
	}
	summaries, err := s.o.Products.ProductSummaries(v.Context(), refs)
	if err != nil {
		return nil, err
	}
	all := make([]card, len(products))
	for i, p := range products {
		summary := summaries[refs[i]]
		all[i] = card{
			Path: v.base + auth.ProductPath(p.Handle), Title: p.Title,
			Image: image{Initial: initial(p.Title)}, Price: productPrice(summary, p.Currency), Note: note(summary),
		}
		if items := media[keys[i]].Items; len(items) > 0 {
			all[i].Image = picture(&items[0].Node.Image, p.Title)
		}
		all[i].Image.Eager = i < eagerCards
		if all[i].Image.Alt == p.Title {
			all[i].Image.Alt = "" // the title stands below, and need not be read out twice
		}
	}
	return all, nil
}

// nodes are the elements of a list.
func nodes[T any](l commerce.List[T]) []T {
	all := make([]T, len(l.Items))
	for i, item := range l.Items {
		all[i] = item.Node
	}
	return all
}

// picture shows a picture of something with a title.
func picture(i *commerce.Image, title string) image {
	shown := image{Src: pictureURL(i.URL), Alt: title, Initial: initial(title)}
	if i.AltText != nil && strings.TrimSpace(*i.AltText) != "" {
		shown.Alt = *i.AltText
	}
	shown.Srcset = srcset(shown.Src)
	return shown
}

// srcset offers a picture in several widths where its host is known to make them. Shopify's does, and imported catalogues
// come with its addresses. Drawn pictures need none, and of others only one size is known.
func srcset(src string) string {
	u, err := url.Parse(src)
	if err != nil || u.Host != "cdn.shopify.com" {
		return ""
	}
	q := u.Query()
	var sizes []string
	for _, width := range []int{200, 400, 600, 900, 1200} {
		q.Set("width", strconv.Itoa(width))
		u.RawQuery = q.Encode()
		sizes = append(sizes, strings.ReplaceAll(u.String(), ",", "%2C")+" "+strconv.Itoa(width)+"w")
	}
	return strings.Join(sizes, ", ")
}

// initial is the first letter of a title with the marks that belong to it, for the box of a picture that is not there.
func initial(title string) string {
	start := strings.IndexFunc(title, func(r rune) bool { return unicode.IsLetter(r) || unicode.IsDigit(r) })
	if start < 0 {
		return ""
	}
	rest := title[start:]
	for i, r := range rest {
		if i > 0 && !unicode.IsMark(r) {
			return strings.ToUpper(rest[:i])
		}
	}
	return strings.ToUpper(rest)
}

// pager leads to the pages before and after, empty where there is none.
type pager struct{ Previous, Next string }

// newPager makes the addresses of the pages beside a list's page.
func newPager[T any](l commerce.List[T], address func(after, before string) string) pager {
	var p pager
	if len(l.Items) == 0 {
		return p
	}
	if l.HasPrevious {
		p.Previous = address("", l.CursorAt(0))
	}
	if l.HasNext {
		p.Next = address(l.CursorAt(len(l.Items)-1), "")
	}
	return p
}

// listPage is the page of a list at a cursor. A cursor that is none of this order opens the list's start, as a shared link
// should open something.
func listPage(after, before string, order commerce.Ordering) commerce.Page {
	size := pageSize
	args := commerce.PageArgs{First: &size, After: &after}
	if after == "" {
		args = commerce.PageArgs{Last: &size, Before: &before}
	}
	page, err := commerce.NewPage(args, order)
	if err != nil || after == "" && before == "" {
		return commerce.FirstPage(pageSize, order)
	}
	return page
}

// retried reads a page of a list, and the list's start where its place turns out to be none.
func retried[T any](page commerce.Page, read func(commerce.Page) (T, error)) (T, error) {
	list, err := read(page)
	if page.Bounded && commerce.CodeOf(err) == commerce.CodeBadUserInput {
		return read(commerce.FirstPage(page.Limit, page.Ordering))
	}
	return list, err
}
