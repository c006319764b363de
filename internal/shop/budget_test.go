package shop_test

import (
	"encoding/json"
	"fmt"
	"net/http"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
	"golang.org/x/net/html"

	"github.com/kirana-commerce/kirana/commerce"
	"github.com/kirana-commerce/kirana/internal/auth"
)

// The largest page of a grid, with titles in two scripts and every filter full, and its style come in 30 KB as they are
// sent. The script is 10 KB at most.
func TestBudget(t *testing.T) {
	t.Parallel()
	const budget, scriptBudget = 30_000, 10_000
	w := newWorld(60)
	for i, p := range w.products {
		p.Title = fmt.Sprintf("Number %d: handmade clay water jug · हाथ से बनी मिट्टी की सुराही %x", i, i*7919)
		p.Handle = fmt.Sprintf("handmade-clay-water-jug-हाथ-से-बनी-मिट्टी-की-सुराही-%x", i*7919)
		w.media = append(w.media, &commerce.MediaImage{
			StoreID: 1, ProductID: p.ID, ID: commerce.MediaID(i + 10),
			Image: commerce.Image{URL: fmt.Sprintf("https://cdn.shopify.com/s/files/1/0000/%d/products/%x.jpg?v=%d", i*104729, i*15485863, 1600000000+i*86028121), AltText: &p.Title},
		})
	}
	for i := range 8 {
		f := commerce.Facet{ID: fmt.Sprintf("%soption %d", commerce.FilterOptionPrefix, i), Label: fmt.Sprintf("Option %d", i), Type: commerce.FacetList}
		for j := range commerce.MaxFacetValues {
			f.Values = append(f.Values, commerce.FacetValue{
				Label: fmt.Sprintf("रंग %x", j*i*7919), Count: j, Input: commerce.ProductFilter{VariantOption: &commerce.VariantOptionFilter{Name: f.Label, Value: fmt.Sprintf("रंग %x", j*i*7919)}},
			})
		}
		w.facets = append(w.facets, f)
	}
	packed := func(target string) int {
		a := w.request(t, http.MethodGet, target, auth.Request{}, "Accept-Encoding", "gzip")
		require.Equal(t, 200, a.Code)
		return a.Body.Len()
	}
	doc := w.get(t, "/s/corner/search?q=jug").document(t)
	require.Len(t, withClass(doc, "card"), 20)
	style := ""
	for _, l := range all(doc, "link") {
		if attr(l, "rel") == "stylesheet" {
			style = attr(l, "href")
		}
	}
	script := attr(all(doc, "script")[0], "src")
	for _, target := range []string{"/s/corner", "/s/corner/search?q=jug", "/s/corner/c/teas", "/s/corner/p/tea-1"} {
		if target == "/s/corner/p/tea-1" {
			target = "/s/corner/p/" + w.products[0].Handle
		}
		size := packed(target) + packed(style)
		t.Logf("%s with its style: %d bytes", target, size)
		require.LessOrEqual(t, size, budget, target)
	}
	w.till.settings.Delivery.Zones[0].RestOfWorld = true // every country to choose from
	b := w.browser(t)
	for _, variant := range []int{2, 3} {
		b.add(variant)
	}
	for _, target := range []string{"/s/corner/cart", b.checkoutPath()} {
		size := b.send(target, nil, "Accept-Encoding", "gzip").Body.Len() + packed(style)
		t.Logf("%s with its style: %d bytes", target, size)
		require.LessOrEqual(t, size, budget, target)
	}
	require.LessOrEqual(t, w.get(t, script).Body.Len(), scriptBudget)
}

// A product of as many variants as there can be is read in pages, and shows every value once.
func TestManyVariants(t *testing.T) {
	t.Parallel()
	w := newWorld(1)
	w.variants, w.options = nil, []*commerce.ProductOption{{Name: "Number"}}
	for i := range commerce.MaxVariants {
		value := fmt.Sprint(i)
		w.options[0].Values = append(w.options[0].Values, value)
		w.variants = append(w.variants, &commerce.ProductVariant{
			StoreID: 1, ProductID: 1, ID: commerce.VariantID(i + 1), Currency: "INR", PriceMinor: 100, SelectedOptions: []commerce.SelectedOption{{Name: "Number", Value: value}},
		})
	}
	a := w.get(t, "/s/corner/p/tea-1?variant=2048")
	require.Equal(t, 9, w.calls["VariantLists"])
	current := slices.DeleteFunc(all(a.document(t), "a"), func(n *html.Node) bool { return !has(n, "aria-current") })
	require.Len(t, current, 1)
	require.Equal(t, "2047", text(current[0]))
	require.Equal(t, commerce.MaxVariants, strings.Count(a.Body.String(), "?variant="))
}

// The values of options lead to variants that there are, most like the chosen one.
func TestOptions(t *testing.T) {
	t.Parallel()
	links := func(target string) map[string]string {
		found := map[string]string{}
		for _, n := range all(newWorld(1).get(t, target).document(t), "a") {
			if _, variant, ok := strings.Cut(attr(n, "href"), "?variant="); ok {
				mark := ""
				if has(n, "aria-current") {
					mark = "*"
				}
				found[text(n)] = variant + mark
			}
		}
		return found
	}
	// 1: S Red (sold out), 2: S Blue, 3: M Red.
	require.Equal(t, map[string]string{"S": "2*", "Blue": "2*", "Red, sold out": "1", "M": "3"}, links("/s/corner/p/tea-1"))
	require.Equal(t, map[string]string{"M": "3*", "Red": "3*", "S, sold out": "1", "Blue": "2"}, links("/s/corner/p/tea-1?variant=3"))

	none := newWorld(2)
	none.variants = nil
	a := none.get(t, "/s/corner/p/tea-2")
	requireSound(t, a.document(t), true)
	require.Contains(t, a.Body.String(), "Not for sale yet")
	require.NotContains(t, a.Body.String(), "Offer")
}

func TestPreview(t *testing.T) {
	t.Parallel()
	doc := newWorld(1).get(t, "/s/corner/p/tea-1").document(t)
	meta := map[string]string{}
	for _, m := range all(doc, "meta") {
		meta[attr(m, "property")+attr(m, "name")] = attr(m, "content")
	}
	for name, want := range map[string]string{
		"og:type": "product", "og:title": "Tea 1", "og:site_name": "The Corner Shop", "og:url": "https://shops.test/s/corner/p/tea-1", "og:description": "Black tea",
		"og:image": "https://shops.test/pictures/corner/tea-1.svg", "og:image:alt": "A cup", "product:price:amount": "470.00", "product:price:currency": "INR",
		"twitter:card": "summary_large_image", "twitter:title": "Tea 1", "description": "Black tea",
	} {
		require.Equal(t, want, meta[name], name)
	}
	require.NotContains(t, meta, "robots")
	var facts []map[string]any
	for _, s := range all(doc, "script")[1:] {
		var fact map[string]any
		require.NoError(t, json.Unmarshal([]byte(s.FirstChild.Data), &fact))
		facts = append(facts, fact)
	}
	require.Len(t, facts, 2)
	require.Equal(t, "Product", facts[0]["@type"])
	require.Equal(t, map[string]any{
		"@type": "AggregateOffer", "url": "https://shops.test/s/corner/p/tea-1", "lowPrice": "420.00", "highPrice": "520.00", "offerCount": 3.0,
		"priceCurrency": "INR", "availability": "https://schema.org/InStock",
	}, facts[0]["offers"])
	require.Equal(t, []any{"https://shops.test/pictures/corner/tea-1.svg", "https://cdn.shopify.com/tea-2.jpg?v=1"}, facts[0]["image"])
	require.Equal(t, "BreadcrumbList", facts[1]["@type"])
	require.Len(t, facts[1]["itemListElement"], 2)

	search := newWorld(1).get(t, "/s/corner/search?q=tea").Body.String()
	require.Contains(t, search, `<meta name="robots" content="noindex, follow">`)
	require.NotContains(t, newWorld(1).get(t, "/s/corner/search").Body.String(), "noindex")
}

// The form and the links of the filters say what the address says.
func TestFilters(t *testing.T) {
	t.Parallel()
	w := newWorld(3)
	w.facets[2].Values[9].Selected = true
	a := w.get(t, "/s/corner/search?q=tea&vendor=Vendor+9&o.gone=Old&min=300&max=100&sort=price")
	doc := a.document(t)
	var boxes, chips []string
	for _, i := range all(doc, "input") {
		if attr(i, "type") == "checkbox" && attr(i, "name") == "vendor" {
			boxes = append(boxes, attr(i, "value"))
			require.Equal(t, attr(i, "value") == "Vendor 9", has(i, "checked"))
		}
	}
	require.Len(t, boxes, 12)
	require.Equal(t, "Vendor 9", boxes[0], "the chosen value stands first")
	for _, l := range all(withClass(doc, "chips")[0], "a") {
		chips = append(chips, text(l)+" "+attr(l, "href"))
	}
	require.Equal(t, []string{
		"Remove: gone: Old /s/corner/search?max=100&min=300&q=tea&sort=price&vendor=Vendor+9",
		"Remove: Vendor 9 /s/corner/search?max=100&min=300&o.gone=Old&q=tea&sort=price",
		"Remove: ₹100 to ₹300 /s/corner/search?o.gone=Old&q=tea&sort=price&vendor=Vendor+9",
		"Remove all /s/corner/search?q=tea&sort=price",
	}, chips)
	q := w.searches[0]
	require.Equal(t, []commerce.PriceRange{{Min: 10000, Max: 30000}}, q.Selection.Prices, "bounds that were mixed up are put right")
	require.Equal(t, []string{"Vendor 9"}, q.Selection.Vendors)
	require.Equal(t, commerce.Ordering{Key: commerce.SearchSortPrice}, q.Page.Ordering)
	require.Equal(t, "tea", q.Text)

	faulty := w.get(t, "/s/corner/search?min=cheap&max=20").Body.String()
	require.Contains(t, faulty, `value="cheap"`, "nothing that was typed is lost")
	require.Contains(t, faulty, `aria-describedby="min-fault"`)
	require.Contains(t, faulty, `<details class="filters" open>`)
}
