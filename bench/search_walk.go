package main

import (
	"context"
	"fmt"
	"os"
	"strconv"
	"time"

	"github.com/lib/pq"
)

// walkDocument reads one page of everything that the text finds, by relevance.
const walkDocument = `{ store(handle: "bench") { search(query: "everyday", first: 250, after: %s) { pageInfo { hasNextPage endCursor } nodes { ... on Product { handle } } } } }`

// walkPage is an answer to walkDocument.
type walkPage struct {
	Store struct {
		Search struct {
			PageInfo struct {
				HasNextPage bool
				EndCursor   string
			}
			Nodes []struct{ Handle string }
		}
	}
}

// walk reads all pages of a search by relevance while every other product changes, some of them each second. The products that do not
// change must turn up once each.
func (b *searching) walk(s *system, r *results) error {
	if !b.Walk {
		return nil
	}
	fmt.Fprintln(os.Stderr, "reading all pages beside writes …")
	ctx, stop := context.WithCancel(r.ctx)
	written := make(chan error, 1)
	go func() { written <- b.write(ctx, s) }()
	seen, pages, err := b.pages(ctx, s)
	stop()
	if writeErr := <-written; err == nil {
		err = writeErr
	}
	if err != nil {
		return err
	}
	twice, never := 0, 0
	for i := 1; i < b.Products; i += 2 {
		switch n := seen["p-"+strconv.Itoa(i)]; {
		case n == 0:
			never++
		case n > 1:
			twice++
		}
	}
	r.tell("pages of 250 by relevance beside writes", float64(len(pages)), "")
	r.tell("a page, p50", quantile(pages, 0.50), "ms")
	r.tell("a page, p95", quantile(pages, 0.95), "ms")
	r.atMost("unchanged products shown twice", float64(twice), "", 0)
	r.atMost("unchanged products never shown", float64(never), "", 0)
	if twice+never > 0 {
		return fmt.Errorf("of %d unchanged products %d were shown twice, %d never", b.Products/2, twice, never)
	}
	return nil
}

// pages reads them from the first to the last, and counts how often each product is shown.
func (b *searching) pages(ctx context.Context, s *system) (map[string]int, []time.Duration, error) {
	seen := make(map[string]int, b.Products)
	var times []time.Duration
	after := "null"
	for {
		var page walkPage
		one, err := took(func() error { return s.ask(ctx, fmt.Sprintf(walkDocument, after), &page) })
		if err != nil {
			return nil, nil, err
		}
		times = append(times, one)
		found := page.Store.Search
		for _, n := range found.Nodes {
			seen[n.Handle]++
		}
		if !found.PageInfo.HasNextPage {
			return seen, times, nil
		}
		after = strconv.Quote(found.PageInfo.EndCursor)
	}
}

// write changes every other product, again and again, at a steady rate until it is stopped: their titles grow and shrink, which moves
// the scores of all.
func (b *searching) write(ctx context.Context, s *system) error {
	if b.Writes == 0 {
		return nil
	}
	const perSecond = 20
	tick := time.NewTicker(time.Second / perSecond)
	defer tick.Stop()
	for n := 0; ; n++ {
		select {
		case <-ctx.Done():
			return nil
		case <-tick.C:
		}
		var handles []string
		for i := range b.Writes / perSecond {
			handles = append(handles, fmt.Sprintf("p-%d", (n*b.Writes/perSecond+i)%(b.Products/2)*2))
		}
		_, err := s.db.ExecContext(ctx, `UPDATE products SET title = CASE WHEN title LIKE 'Everyday %' THEN substr(title, 10) ELSE 'Everyday ' || title END
			WHERE handle = ANY ($1) AND store_id = (SELECT id FROM stores WHERE handle = 'bench')`, pq.Array(handles))
		if err != nil && ctx.Err() == nil {
			return fmt.Errorf("change products: %w", err)
		}
	}
}
