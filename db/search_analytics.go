package db

import (
	"cmp"
	"context"
	"maps"
	"slices"

	"github.com/jmoiron/sqlx"

	"github.com/kirana-commerce/kirana/commerce"
)

// countedSearches are counts as the statements below take them. Those of a store that is gone are none.
const countedSearches = `
    FROM unnest($1::bigint[], $2::int[], $3::text[], $4::bigint[], $5::bigint[], $6::bigint[], $7::bigint[], $8::bigint[], $9::bigint[])
        AS k (store_id, day, text, searches, zero_results, clicks, cart_adds, orders, positions)
    JOIN stores s ON s.id = k.store_id`

// addedSearches adds what is told to a row that is there.
const addedSearches = ` DO UPDATE SET
    searches = c.searches + excluded.searches, zero_results = c.zero_results + excluded.zero_results, clicks = c.clicks + excluded.clicks,
    cart_adds = c.cart_adds + excluded.cart_adds, orders = c.orders + excluded.orders, positions = c.positions + excluded.positions`

// countSearchDaysSQL comes first and locks the days until the end of the transaction, in one order: whoever counts texts next is alone
// there, sees what others have counted before, and never has more than the day may have.
const countSearchDaysSQL = `
INSERT INTO search_days AS c (store_id, day, searches, zero_results, clicks, cart_adds, orders, positions)
SELECT s.id, date '1970-01-01' + k.day, sum(k.searches), sum(k.zero_results), sum(k.clicks), sum(k.cart_adds), sum(k.orders), sum(k.positions)` +
	countedSearches + `
GROUP BY s.id, k.day ORDER BY s.id, k.day
ON CONFLICT (store_id, day)` + addedSearches

// countSearchTextsSQL counts the texts that the day has, and as many new ones as there is room for, those that were searched for most.
const countSearchTextsSQL = `
WITH told AS (
    SELECT s.id AS store_id, date '1970-01-01' + k.day AS day, k.text COLLATE "C" AS text, k.searches, k.zero_results, k.clicks, k.cart_adds,
        k.orders, k.positions` + countedSearches + `
    WHERE k.text <> ''
), ranked AS (
    SELECT t.store_id, t.day, t.text, t.searches, t.zero_results, t.clicks, t.cart_adds, t.orders, t.positions, o.text IS NOT NULL AS known,
        row_number() OVER (PARTITION BY t.store_id, t.day, o.text IS NULL ORDER BY t.searches DESC, t.text) AS place
    FROM told t LEFT JOIN search_texts o ON o.store_id = t.store_id AND o.day = t.day AND o.text = t.text
), room AS (
    SELECT n.store_id, n.day, $10 - (SELECT count(*) FROM search_texts o WHERE o.store_id = n.store_id AND o.day = n.day) AS places
    FROM (SELECT DISTINCT r.store_id, r.day FROM ranked r WHERE NOT r.known) n
)
INSERT INTO search_texts AS c (store_id, day, text, searches, zero_results, clicks, cart_adds, orders, positions)
SELECT r.store_id, r.day, r.text, r.searches, r.zero_results, r.clicks, r.cart_adds, r.orders, r.positions
FROM ranked r LEFT JOIN room ON room.store_id = r.store_id AND room.day = r.day
WHERE r.known OR r.place <= room.places
ON CONFLICT (store_id, day, text)` + addedSearches

// CountSearches adds to what was counted before. Of a store that is gone nothing is kept.
func (d *DB) CountSearches(ctx context.Context, counts commerce.SearchCounts) error {
	return d.inTx(ctx, func(tx *sqlx.Tx) error { return countSearches(ctx, tx, counts, commerce.MaxCountedTexts) })
}

// countSearches counts; most is how many texts the day may have for new ones to be among them.
func countSearches(ctx context.Context, tx *sqlx.Tx, counts commerce.SearchCounts, most int) error {
	keys := slices.SortedFunc(maps.Keys(counts), func(a, b commerce.SearchKey) int {
		return cmp.Or(cmp.Compare(a.Store, b.Store), cmp.Compare(a.Day, b.Day), cmp.Compare(a.Text, b.Text))
	})
	args := []any{
		bigints(keys, func(k commerce.SearchKey) int64 { return int64(k.Store) }),
		bigints(keys, func(k commerce.SearchKey) int64 { return int64(k.Day) }),
		texts(keys, func(k commerce.SearchKey) string { return k.Text }),
	}
	for _, figure := range []func(commerce.SearchFigures) int{
		func(f commerce.SearchFigures) int { return f.Searches }, func(f commerce.SearchFigures) int { return f.ZeroResults },
		func(f commerce.SearchFigures) int { return f.Clicks }, func(f commerce.SearchFigures) int { return f.CartAdds },
		func(f commerce.SearchFigures) int { return f.Orders }, func(f commerce.SearchFigures) int { return f.Positions },
	} {
		args = append(args, bigints(keys, func(k commerce.SearchKey) int64 { return int64(figure(counts[k])) }))
	}
	if _, err := tx.ExecContext(ctx, countSearchDaysSQL, args...); err != nil {
		return err
	}
	_, err := tx.ExecContext(ctx, countSearchTextsSQL, append(args, most)...)
	return err
}

// unseenProductsSQL yields the places in a list, from 0, of products that buyers cannot find: whoever tells of a draft learns no more of it
// than of one that is not there.
const unseenProductsSQL = `
SELECT k.n - 1 FROM unnest($2::bigint[]) WITH ORDINALITY AS k (id, n)
WHERE NOT EXISTS (SELECT FROM products p WHERE p.store_id = $1 AND p.id = k.id AND p.status = 'ACTIVE' AND p.published_at <= now())
ORDER BY k.n`

// RecordSearchEvents counts all the events, and tells how many there were. Refusals.
func (d *DB) RecordSearchEvents(ctx context.Context, events commerce.SearchEvents) (int, error) {
	recorded := 0
	err := mutate(ctx, d, events.Store, &recorded, func(tx *sqlx.Tx) error {
		if err := refuseUnseen(ctx, tx, events); err != nil {
			return err
		}
		recorded = len(events.Products)
		return countSearches(ctx, tx, events.Counts, commerce.MaxToldTexts)
	})
	if err != nil {
		return 0, err
	}
	return recorded, nil
}

func refuseUnseen(ctx context.Context, tx *sqlx.Tx, events commerce.SearchEvents) error {
	var places []int
	ids := bigints(events.Products, func(p commerce.ProductID) int64 { return int64(p) })
	if err := tx.SelectContext(ctx, &places, unseenProductsSQL, int64(events.Store), ids); err != nil {
		return err
	}
	return events.Unseen(places)
}

// searchFigures reads figures in the order of their columns.
func (r *row) searchFigures() commerce.SearchFigures {
	return commerce.SearchFigures{
		Searches: int(r.int()), ZeroResults: int(r.int()), Clicks: int(r.int()), CartAdds: int(r.int()), Orders: int(r.int()), Positions: int(r.int()),
	}
}

// summedSearches are the sums of columns of c, as searchFigures reads them.
const summedSearches = `coalesce(sum(c.searches), 0)::bigint AS searches, coalesce(sum(c.zero_results), 0)::bigint AS zero_results,
        coalesce(sum(c.clicks), 0)::bigint AS clicks, coalesce(sum(c.cart_adds), 0)::bigint AS cart_adds, coalesce(sum(c.orders), 0)::bigint AS orders,
        coalesce(sum(c.positions), 0)::bigint AS positions`

const searchFiguresSQL = `
SELECT k.n, ` + summedSearches + `
FROM unnest($1::bigint[], $2::int[], $3::int[]) WITH ORDINALITY AS k (store_id, first_day, last_day, n)
LEFT JOIN search_days c ON c.store_id = k.store_id AND c.day BETWEEN date '1970-01-01' + k.first_day AND date '1970-01-01' + k.last_day
WHERE k.store_id = ANY($4::bigint[])
GROUP BY k.n`

// SearchFigures are those of all searches of the periods, in the view's own stores; of others there are none.
func (v View) SearchFigures(ctx context.Context, periods []commerce.SearchPeriod) (map[commerce.SearchPeriod]*commerce.SearchAnalytics, error) {
	found := make(map[commerce.SearchPeriod]*commerce.SearchAnalytics, len(periods))
	err := v.each(ctx, func(r *row) {
		p := periods[r.int()-1]
		found[p] = &commerce.SearchAnalytics{Period: p, SearchFigures: r.searchFigures()}
	}, searchFiguresSQL, append(periodColumns(periods, func(p commerce.SearchPeriod) commerce.SearchPeriod { return p }), v.own)...)
	return found, err
}

// periodColumns are the parameters that say which periods are meant.
func periodColumns[K any](keys []K, period func(K) commerce.SearchPeriod) []any {
	return []any{
		bigints(keys, func(k K) int64 { return int64(period(k).Store) }),
		bigints(keys, func(k K) int64 { return int64(period(k).From) }),
		bigints(keys, func(k K) int64 { return int64(period(k).To) }),
	}
}

func searchTextOrders() map[commerce.SortKey]sorting {
	return map[commerce.SortKey]sorting{
		commerce.SearchTextSortSearches:    byInt("c.searches", "c.id"),
		commerce.SearchTextSortZeroResults: byInt("c.zero_results", "c.id"),
		commerce.SearchTextSortClicks:      byInt("c.clicks", "c.id"),
		commerce.SearchTextSortCartAdds:    byInt("c.cart_adds", "c.id"),
		commerce.SearchTextSortOrders:      byInt("c.orders", "c.id"),
	}
}

// searchTextList adds the days of a period up. A text has no number, and a hash of it breaks ties in its place.
func searchTextList() list {
	return newList(searchTextOrders(), 3, "", func(r reading, s sorting, where, orderBy string) string {
		only := ""
		if r.key == commerce.SearchTextSortZeroResults {
			only = "\n        HAVING sum(c.zero_results) > 0"
		}
		return `
SELECT k.ordinal, c.sort_value, c.id, c.text, c.searches, c.zero_results, c.clicks, c.cart_adds, c.orders, c.positions
FROM unnest($1::bigint[], $2::int[], $3::int[]) WITH ORDINALITY AS k (store_id, first_day, last_day, ordinal)
CROSS JOIN LATERAL (
    SELECT c.id, c.text, c.searches, c.zero_results, c.clicks, c.cart_adds, c.orders, c.positions, ` + s.value + ` AS sort_value
    FROM (
        SELECT c.text, hashtextextended(c.text, 0) AS id, ` + summedSearches + `
        FROM search_texts c
        WHERE c.store_id = k.store_id AND c.day BETWEEN date '1970-01-01' + k.first_day AND date '1970-01-01' + k.last_day
        GROUP BY c.text` + only + `
    ) c
    WHERE true` + where + orderBy + `
) c`
	})
}

// SearchTextLists reads pages of the texts of periods of the view's own stores; of others there are none.
func (v View) SearchTextLists(ctx context.Context, keys []commerce.SearchTextListKey) (map[commerce.SearchTextListKey]commerce.List[*commerce.SearchText], error) {
	own := slices.DeleteFunc(slices.Clone(keys), func(k commerce.SearchTextListKey) bool { return !v.owns(k.Store) })
	return lists(ctx, v, v.lists.searchTexts, own,
		func(k commerce.SearchTextListKey) asked { return asked{page: k.Page} },
		func(keys []commerce.SearchTextListKey) []any {
			return periodColumns(keys, func(k commerce.SearchTextListKey) commerce.SearchPeriod { return k.SearchPeriod })
		}, func(int) func(*row, commerce.SearchTextListKey) (*commerce.SearchText, int64) {
			return func(r *row, _ commerce.SearchTextListKey) (*commerce.SearchText, int64) {
				id := r.int()
				return &commerce.SearchText{Text: r.text(), SearchFigures: r.searchFigures()}, id
			}
		})
}

// sweptSearchTextsSQL forgets texts of days that are over for long, a few at a time, and sweptSearchesSQL the days.
const sweptSearchTextsSQL = `
DELETE FROM search_texts WHERE (store_id, day, text) IN (
    SELECT t.store_id, t.day, t.text
    FROM search_days d JOIN search_texts t ON t.store_id = d.store_id AND t.day = d.day
    WHERE d.day <= (now() AT TIME ZONE 'UTC')::date - $1::int LIMIT 5000
    FOR UPDATE OF t SKIP LOCKED)`

const sweptSearchesSQL = `
DELETE FROM search_days WHERE (store_id, day) IN (
    SELECT d.store_id, d.day FROM search_days d WHERE d.day <= (now() AT TIME ZONE 'UTC')::date - $1::int ORDER BY d.day LIMIT 1000
    FOR UPDATE SKIP LOCKED)`
