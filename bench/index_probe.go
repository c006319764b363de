package main

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"time"
)

// probed is how many products, the last of the catalogue, change by probes alone, each in its turn: where an earlier change of the same
// product waits, what is found is the row as it stands, before its own commit's turn has come.
const probed = 1000

// prober commits changes of products and searches until they are found.
type prober struct {
	s        *system
	products int
	n        int
}

// one commits a change of one product, and returns how long after that it was found.
func (p *prober) one(ctx context.Context) (time.Duration, error) {
	p.n++
	tag := newTag()
	if _, err := p.s.db.ExecContext(ctx, `UPDATE products SET tags = ARRAY[$1] WHERE store_id = 1 AND handle = $2`,
		tag, fmt.Sprintf("p-%d", p.products-p.n%probed)); err != nil {
		return 0, err
	}
	return p.find(ctx, landmark{tag, time.Now()})
}

// crowd commits a change of n products, from one id on, in one transaction, whose last has the landmark.
func (p *prober) crowd(ctx context.Context, from, n int) (landmark, error) {
	tag := newTag()
	to := min(from+n, p.products-probed)
	_, err := p.s.db.ExecContext(ctx, `WITH marked AS (UPDATE products SET tags = ARRAY[$3] WHERE store_id = 1 AND id = $2::bigint - 1)
		UPDATE product_variants SET price_minor = price_minor % 100000 + 1 WHERE store_id = 1 AND product_id >= $1 AND product_id < $2`, from, to, tag)
	return landmark{tag, time.Now()}, err
}

func (p *prober) find(ctx context.Context, m landmark) (time.Duration, error) {
	return p.s.find(ctx, benchHandle, m)
}

// all changes all products but those that are probed, in transactions of 500, and returns the last and how long that took.
func (p *prober) all(ctx context.Context) (last landmark, took time.Duration, err error) {
	const page = 500
	started := time.Now()
	for at := 1; at <= p.products-probed && err == nil; at += page {
		last, err = p.crowd(ctx, at, page)
	}
	return last, time.Since(started), err
}

// recovered is how long it takes until three changes in turn are found as soon as under light load, without them, and the longest of the three.
func (p *prober) recovered(ctx context.Context) (after, longest time.Duration, err error) {
	started := time.Now()
	for soon := 0; soon < 3; {
		lag, err := p.one(ctx)
		if err != nil {
			return 0, 0, err
		}
		soon, longest = soon+1, max(longest, lag)
		if lag > lightP99*time.Millisecond {
			soon, longest, after = 0, 0, time.Since(started)
		}
	}
	return after, longest, nil
}

// fresh is how long after their commits changes were found.
type fresh struct {
	// alone are changes of one product, crowds transactions of many, last is the last of these.
	alone, crowds []time.Duration
	last          time.Duration
	reached       float64 // documents/s
}

// under probes while products change at a rate, in ten transactions a second. While one transaction is searched for, the next ones
// go unwatched; the last is waited for.
func (p *prober) under(ctx context.Context, rate int, d time.Duration) (f fresh, err error) {
	within, cancel := context.WithTimeout(ctx, d)
	defer cancel()
	var all sync.WaitGroup
	marks := make(chan landmark)
	var last landmark
	var changeErr, crowdErr error
	all.Go(func() {
		defer close(marks)
		f.reached, last, changeErr = p.change(within, rate, marks)
	})
	all.Go(func() {
		for m := range marks {
			lag, err := p.find(context.WithoutCancel(ctx), m)
			if err != nil {
				crowdErr = err
				return
			}
			f.crowds = append(f.crowds, lag)
		}
	})
	for within.Err() == nil && err == nil {
		var lag time.Duration
		if lag, err = p.one(context.WithoutCancel(ctx)); err == nil {
			f.alone = append(f.alone, lag)
			time.Sleep(20 * time.Millisecond)
		}
	}
	cancel()
	all.Wait()
	if err = errors.Join(err, changeErr, crowdErr); err != nil {
		return f, err
	}
	f.last, err = p.find(context.WithoutCancel(ctx), last)
	return f, err
}

// change changes products at a rate until ctx ends. It returns the rate that was reached and the last transaction.
func (p *prober) change(ctx context.Context, rate int, marks chan<- landmark) (reached float64, last landmark, err error) {
	tick := time.NewTicker(time.Second / 10)
	defer tick.Stop()
	size := rate / 10
	started := time.Now()
	for n := 0; ; n++ {
		select {
		case <-ctx.Done():
			return float64(n*size) / time.Since(started).Seconds(), last, nil
		case <-tick.C:
		}
		from := 2 + n*size%(p.products-probed-size-2)
		if last, err = p.crowd(context.WithoutCancel(ctx), from, size); err != nil {
			return 0, last, err
		}
		select {
		case marks <- last:
		default: // somebody is searched for
		}
	}
}
