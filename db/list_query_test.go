package db_test

import (
	"fmt"
	"maps"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"github.com/kirana-commerce/kirana/commerce"
	"github.com/kirana-commerce/kirana/db"
	"github.com/kirana-commerce/kirana/db/dbtest"
)

// goods is one product as the oracle knows it.
type goods struct {
	id                         int64
	title, vendor, typ, handle string
	status                     string
	tags, skus                 []string
	prices                     []int64
	stock                      int64
	created                    time.Time
}

// depot is a store of products that differ in all that a query can ask.
func depot(t *testing.T) (*dbtest.Database, []goods) {
	t.Helper()
	d := dbtest.New(t)
	store := openStore(t, d.DB, "alpha")
	openStore(t, d.DB, "beta")
	var all []goods
	var in []commerce.ProductInput
	pick := func(i int, from ...string) string { return from[i%len(from)] }
	for i := range 60 {
		g := goods{
			title: pick(i, "Basmati rice", "Red tea", "rice_100%", "Teapot", "चाय"), vendor: pick(i/2, "Tata Salt", "tata", "", "Amul"),
			typ: pick(i/3, "Rice", "Tea", ""), handle: fmt.Sprintf("p-%d", i), status: pick(i, "ACTIVE", "ACTIVE", "DRAFT", "ARCHIVED"),
		}
		g.tags = [][]string{{}, {"sale"}, {"Sale", "new"}, {"new"}}[i/4%4]
		p := product(g.handle)
		p.Title, p.Vendor, p.ProductType, p.Tags, p.Status = g.title, g.vendor, g.typ, g.tags, commerce.ProductStatus(g.status)
		for j := range p.Variants {
			v := &p.Variants[j]
			v.SKU, v.PriceMinor, v.InventoryQuantity = fmt.Sprintf("sku-%d-%d", i, j), int64(5000*(i%5)+j), i%4*j
			v.InventoryTracked = i%3 > 0
			g.skus, g.prices = append(g.skus, v.SKU), append(g.prices, v.PriceMinor)
			if v.InventoryTracked {
				g.stock += int64(v.InventoryQuantity)
			}
		}
		in, all = append(in, p), append(all, g)
	}
	upsert(t, d.DB, store, in...)
	run(t, d, `UPDATE products SET created_at = '2026-01-01T00:00:00Z'::timestamptz + id * interval '6 hours'`)
	for i, row := range queryRows(t, d, `SELECT id FROM products ORDER BY substr(handle, 3)::int`) {
		id, err := strconv.ParseInt(row[0], 10, 64)
		require.NoError(t, err)
		all[i].id, all[i].created = id, time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC).Add(time.Duration(id)*6*time.Hour)
	}
	return d, all
}

// holds says what a condition asks, word by word.
func (g *goods) holds(c *commerce.Condition) bool {
	switch c.Join {
	case commerce.JoinAll:
		return !slices.ContainsFunc(c.Of, func(one *commerce.Condition) bool { return !g.holds(one) })
	case commerce.JoinAny:
		return slices.ContainsFunc(c.Of, g.holds)
	case commerce.JoinNot:
		return !g.holds(c.Of[0])
	}
	t := c.Term
	value := strings.ToLower(t.Value)
	is := func(text string) bool {
		text = strings.ToLower(text)
		if t.Prefix {
			return text != "" && strings.HasPrefix(text, value)
		}
		return text == value
	}
	switch t.Field {
	case "":
		all := strings.ToLower(strings.Join(append([]string{g.title, g.vendor, g.typ}, g.skus...), " "))
		if t.Prefix {
			return strings.Contains(" "+all, " "+value)
		}
		return strings.Contains(all, value)
	case "title":
		return !t.Prefix && strings.Contains(strings.ToLower(g.title), value) || t.Prefix && is(g.title)
	case "tag":
		return slices.ContainsFunc(g.tags, is)
	case "sku":
		return slices.ContainsFunc(g.skus, is)
	case "price":
		f, _ := strconv.ParseFloat(t.Value, 64)
		return slices.ContainsFunc(g.prices, func(p int64) bool { return compares(t.Compare, float64(p)-f*100) })
	case "inventory_total":
		n, _ := strconv.ParseFloat(t.Value, 64)
		return compares(t.Compare, float64(g.stock)-n)
	case "created_at":
		day, _ := time.Parse(time.DateOnly, t.Value)
		return compares(t.Compare, float64(g.created.Truncate(24*time.Hour).Sub(day)))
	}
	return is(map[string]string{"vendor": g.vendor, "product_type": g.typ, "handle": g.handle, "status": g.status}[t.Field])
}

func compares(operator string, difference float64) bool {
	return map[string]bool{"": difference == 0, "<": difference < 0, "<=": difference <= 0, ">": difference > 0, ">=": difference >= 0}[operator]
}

// queryText are queries of products that are neither too long nor too deep to be read.
func queryText() *rapid.Generator[string] {
	texts := []string{
		"rice", "tea", "TATA", "ric*", "t*", `"rice_100%"`, "100%", "_", "चाय", "चा*", "sku-3-1", "title:rice", "title:tea*", `title:"Red tea"`, "vendor:tata", `vendor:"tata salt"`,
		"vendor:tat*", `vendor:""`, "vendor:*", "product_type:rice", "tag:sale", "tag:ne*", "tag:*", "sku:sku-3-1", "sku:sku-1*", "handle:p-7",
		"status:draft", "status:ACTIVE", "status:archived", "price:50", "price:>100", "price:<=100.01", "price:<50.5", "inventory_total:<5", "inventory_total:0",
		"inventory_total:>=3", "created_at:2026-01-03", "created_at:>2026-01-05", "created_at:<=2026-01-04", "created_at:>=2026-01-10", "created_at:<2026-01-02",
	}
	var q *rapid.Generator[string]
	q = rapid.Custom(func(t *rapid.T) string {
		switch rapid.IntRange(0, 6).Draw(t, "shape") {
		case 0:
			return "(" + q.Draw(t, "a") + " OR " + q.Draw(t, "b") + ")"
		case 1:
			return q.Draw(t, "a") + " " + q.Draw(t, "b")
		case 2:
			return "-(" + q.Draw(t, "a") + ")"
		}
		return rapid.SampledFrom(texts).Draw(t, "term")
	})
	fields := db.ProductQueryFields()
	return q.Filter(func(text string) bool {
		_, err := fields.Parse(text)
		return err == nil
	})
}

// A list holds exactly what the query asks for, whoever asks: a merchant of drafts too, a buyer of what is shown alone.
func TestQueriesFindWhatTheyAsk(t *testing.T) {
	t.Parallel()
	d, all := depot(t)
	fields := db.ProductQueryFields()
	views := map[bool]*db.View{true: d.ViewOf([]commerce.StoreID{1}, true), false: &d.View}
	rapid.Check(t, func(t *rapid.T) {
		text := queryText().Draw(t, "query")
		c, err := fields.Parse(text)
		require.NoError(t, err)
		own := rapid.Bool().Draw(t, "own")
		key := rapid.SampledFrom(slices.Sorted(maps.Keys(map[commerce.SortKey]bool{commerce.ProductSortID: true, commerce.ProductSortTitle: true, commerce.ProductSortPrice: true}))).Draw(t, "order")
		var want, got []int64
		for i := range all {
			if all[i].holds(c) && (own || all[i].status == "ACTIVE") {
				want = append(want, all[i].id)
			}
		}
		page := commerce.FirstPage(7, commerce.Ordering{Key: key})
		total := commerce.ProductListKey{Store: 1, Page: page.Counting(), Words: text}
		totals, err := views[own].ProductLists(t.Context(), []commerce.ProductListKey{{Store: 2, Page: page.Counting(), Words: text}, total})
		require.NoError(t, err, text)
		require.Equal(t, len(want), totals[total].Total, text)
		for {
			k := commerce.ProductListKey{Store: 1, Page: page, Words: text}
			found, err := views[own].ProductLists(t.Context(), []commerce.ProductListKey{k, {Store: 2, Page: page, Words: text}})
			require.NoError(t, err, text)
			l := found[k]
			for _, item := range l.Items {
				got = append(got, item.ID)
			}
			if !l.HasNext {
				break
			}
			last := l.Items[len(l.Items)-1]
			page.Bounded, page.Bound = true, commerce.Cursor{Ordering: page.Ordering, Value: last.Value, ID: last.ID}
		}
		slices.Sort(got)
		slices.Sort(want)
		require.Equal(t, want, got, text)
	})
	texts, err := d.Prepared(t.Context())
	require.NoError(t, err)
	for _, text := range texts {
		require.NotContains(t, text, "once", "a statement whose text has no end of shapes was kept")
	}
}

// Of collections and pages a query can ask less, and what it cannot ask is named.
func TestQueriesOfOtherLists(t *testing.T) {
	t.Parallel()
	d := mall(t)
	own := d.ViewOf([]commerce.StoreID{1}, true)
	page := commerce.FirstPage(9, commerce.Ordering{Key: commerce.CollectionSortID})
	for query, want := range map[string]int{"": 3, "title:sum*": 1, "-summer": 2, "handle:later OR handle:hidden": 2, "updated_at:<2020-01-01": 0} {
		k := commerce.CollectionListKey{Store: 1, Page: page, Words: query}
		found, err := own.CollectionLists(t.Context(), []commerce.CollectionListKey{k})
		require.NoError(t, err)
		require.Len(t, found[k].Items, want, query)
	}
	for query, want := range map[string]int{"": 3, "about": 1, "-about": 2, "created_at:>=2020-01-01 handle:hidden": 1} {
		k := commerce.TextPageListKey{Store: 1, Page: page, Words: query}
		found, err := own.PageLists(t.Context(), []commerce.TextPageListKey{k})
		require.NoError(t, err)
		require.Len(t, found[k].Items, want, query)
	}
	_, err := d.PageLists(t.Context(), []commerce.TextPageListKey{{Store: 1, Page: page, Words: "status:draft"}})
	require.Equal(t, commerce.CodeBadUserInput, commerce.CodeOf(err))
	require.ErrorContains(t, err, "Use one of created_at, handle, title, updated_at")
}
