package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"sync"
	"sync/atomic"
	"time"
)

// rush is what many buyers saw who completed carts over connections that stay open, each as soon as the last was decided.
type rush struct {
	orders, refusals []time.Duration
	elapsed          time.Duration
}

func (r rush) all() []time.Duration {
	return append(append([]time.Duration{}, r.orders...), r.refusals...)
}

// rate is the orders of a second.
func (r rush) rate() float64 { return float64(len(r.orders)) / r.elapsed.Seconds() }

// rush completes carts for a while, or until there is none left.
func (c *checkout) rush(ctx context.Context, connections int, in carts, d time.Duration) (rush, error) {
	host, err := hostOf(c.s.url)
	if err != nil {
		return rush{}, err
	}
	parts, faults := make([]rush, connections), make([]error, connections)
	var taken atomic.Int64
	next := func() (int64, bool) {
		n := taken.Add(1)
		return in.first + n - 1, n <= in.n
	}
	started := time.Now()
	var wait sync.WaitGroup
	for i := range connections {
		wait.Go(func() { parts[i], faults[i] = c.rushOn(ctx, host, next, started.Add(d)) })
	}
	wait.Wait()
	all := rush{elapsed: time.Since(started)}
	for _, p := range parts {
		all.orders = append(all.orders, p.orders...)
		all.refusals = append(all.refusals, p.refusals...)
	}
	return all, errors.Join(faults...)
}

// rushOn is one of the connections.
func (c *checkout) rushOn(ctx context.Context, host string, next func() (int64, bool), end time.Time) (r rush, err error) {
	conn, err := dial(ctx, host)
	if err != nil {
		return r, err
	}
	defer conn.close() //nolint:errcheck // everything has been read
	for time.Now().Before(end) && ctx.Err() == nil {
		cart, more := next()
		if !more {
			break
		}
		request, err := c.request(cart)
		if err != nil {
			return r, err
		}
		begun := time.Now()
		status, body, err := conn.exchange(request, begun.Add(answerLimit))
		if err != nil {
			return r, err
		}
		took := time.Since(begun)
		verdict, _, err := judge(status, body)
		switch {
		case err != nil:
			return r, err
		case verdict == ordered:
			r.orders = append(r.orders, took)
		case verdict == soldOut:
			r.refusals = append(r.refusals, took)
		default:
			return r, fmt.Errorf("nobody was killed, yet a server had no answer: %.300s", body)
		}
	}
	return r, ctx.Err()
}

// scarceCarts is how many buyers there are of the product that most of them do not get.
const scarceCarts = 5000

// decisions measures how long buyers wait for their answer where nearly all are refused, as in the race.
func (t *till) decisions(r *results, f *floor) error {
	c := f.checkout
	for _, text := range []string{"VACUUM ANALYZE", "CHECKPOINT"} { // so that Postgres does not do so while it is measured
		if _, err := c.s.db.ExecContext(r.ctx, text); err != nil {
			return err
		}
	}
	warm, err := c.carts(r.ctx, int(mostOrders*t.Duration.Seconds()), f.own...)
	if err != nil {
		return err
	}
	if _, err := c.rush(r.ctx, t.Connections, warm, t.Duration); err != nil {
		return err
	}
	fmt.Fprintln(os.Stderr, "measuring decisions …")
	in, err := c.carts(r.ctx, scarceCarts, f.scarce)
	if err != nil {
		return err
	}
	scarce, err := c.rush(r.ctx, t.Connections, in, time.Minute)
	if err != nil {
		return err
	}
	if len(scarce.orders) != t.Units {
		return fmt.Errorf("%d orders of %d units", len(scarce.orders), t.Units)
	}
	r.tell("decisions, most of them refusals", float64(len(scarce.all()))/scarce.elapsed.Seconds(), "/s")
	r.tell("  p50", quantile(scarce.all(), 0.5), "ms")
	r.atMost("  p99", quantile(scarce.all(), 0.99), "ms", decisionLimit)
	return nil
}

// mostOrders is more orders than a second can have.
const mostOrders = 2000

// contender is kirana with buyers of some variants. cpu is the CPU time that Postgres has used so far.
func (t *till) contender(f *floor, cpu func() (time.Duration, error), variants ...int64) *contender {
	c := &contender{name: "kirana"}
	used := func() (server, postgres time.Duration, err error) {
		p, err := readStat(f.checkout.s.api.cmd.Process.Pid)
		if err != nil {
			return 0, 0, err
		}
		postgres, err = cpu()
		return p.own, postgres, err
	}
	c.measure = func(ctx context.Context, d time.Duration) (sample, error) {
		in, err := f.checkout.carts(ctx, int(mostOrders*d.Seconds()), variants...)
		if err != nil {
			return sample{}, err
		}
		server, postgres, err := used()
		if err != nil {
			return sample{}, err
		}
		all, err := f.checkout.rush(ctx, t.Connections, in, d)
		if err != nil {
			return sample{}, err
		}
		if len(all.orders) == 0 || len(all.refusals) > 0 {
			return sample{}, fmt.Errorf("%d orders and %d refusals of what there is enough of", len(all.orders), len(all.refusals))
		}
		serverAfter, postgresAfter, err := used()
		n := float64(len(all.orders))
		return sample{
			rate: all.rate(), p50: quantile(all.orders, 0.5), p99: quantile(all.orders, 0.99),
			cpu: micros(serverAfter-server) / n, postgres: micros(postgresAfter-postgres) / n,
		}, err
	}
	return c
}
