package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"strings"
	"sync"
	"sync/atomic"
	"time"
)

// race is many buyers of few units, while the servers that they ask are killed and started anew.
type race struct {
	buyers, units, kills int
	checkout             *checkout
	variant              int64
	servers              []*racing
	// heard is how many buyers know what became of their carts.
	heard atomic.Int64
}

// racing is a server of the race: whichever process it is by now.
type racing struct {
	process *child
	addr    atomic.Pointer[string]
}

const (
	// servers is how many answer at the same time: who asks again meets another, while the one that was killed may not be quite gone.
	servers = 2
	// patience is how long a buyer waits before asking again.
	patience = 20 * time.Millisecond
	// glance is how often the race is looked at for the moment of the next kill.
	glance = time.Millisecond
)

// decision is what became of a buyer's cart.
type decision struct {
	verdict verdict
	order   string
	// tries is how often the buyer had to ask, took how long all of it took.
	tries int
	took  time.Duration
}

// run lets the buyers go all at once, and returns what became of them when each has an answer.
func (r *race) run(ctx context.Context) ([]decision, time.Duration, error) {
	requests, err := r.requests(ctx)
	if err != nil {
		return nil, 0, err
	}
	for range servers {
		r.servers = append(r.servers, &racing{})
		if err := r.start(ctx, r.servers[len(r.servers)-1]); err != nil {
			return nil, 0, err
		}
	}
	ctx, cancel := context.WithTimeout(ctx, 5*time.Minute)
	defer cancel()
	decisions, faults := make([]decision, r.buyers), make([]error, r.buyers+1)
	started := time.Now()
	var wait sync.WaitGroup
	for i := range requests {
		wait.Go(func() {
			decisions[i], faults[i] = r.decide(ctx, requests[i], i)
			r.heard.Add(1)
		})
	}
	wait.Go(func() { faults[r.buyers] = r.killAll(ctx) })
	wait.Wait()
	took := time.Since(started)
	err = errors.Join(faults...)
	if err == nil {
		err = r.askAgain(ctx, requests, decisions)
	}
	for _, s := range r.servers {
		err = errors.Join(err, s.process.stop())
	}
	return decisions, took, err
}

func (r *race) requests(ctx context.Context) ([][]byte, error) {
	made, err := r.checkout.carts(ctx, r.buyers, r.variant)
	requests := make([][]byte, r.buyers)
	for i := range requests {
		if err == nil {
			requests[i], err = r.checkout.request(made.first + int64(i))
		}
	}
	return requests, err
}

func (r *race) start(ctx context.Context, s *racing) error {
	process, url, err := r.checkout.s.another(ctx)
	if err != nil {
		return err
	}
	host, err := hostOf(url)
	s.process = process
	s.addr.Store(&host)
	return err
}

// decide asks one server and then another until the buyer has an answer. Only what is no answer at all is asked for again.
func (r *race) decide(ctx context.Context, request []byte, first int) (decision, error) {
	d, started := decision{}, time.Now()
	for {
		status, body, err := askIn(ctx, *r.servers[(first+d.tries)%len(r.servers)].addr.Load(), request)
		d.tries++
		if err == nil {
			d.verdict, d.order, err = judge(status, body)
			if err != nil || d.verdict != undecided {
				d.took = time.Since(started)
				return d, err
			}
		}
		select {
		case <-ctx.Done():
			return d, errors.Join(ctx.Err(), err)
		case <-time.After(patience):
		}
	}
}

// askIn sends one request over a connection of its own.
func askIn(ctx context.Context, addr string, request []byte) (int, []byte, error) {
	c, err := dial(ctx, addr)
	if err != nil {
		return 0, nil, err
	}
	defer c.close() //nolint:errcheck // everything has been read
	return c.exchange(request, time.Now().Add(answerLimit))
}

// raceProgress is how far a race has come.
type raceProgress struct{ kills, orders, heard int }

// due says whether it is time for the next kill. While there is something to win it is as soon as one more order is in the books: some
// of those who ask are then between their order and its answer, the others in the middle of theirs. After that the kills are spread
// evenly over those who hear that nothing is left.
func (r *race) due(last, now raceProgress) bool {
	if last.orders < r.units {
		return now.orders > last.orders
	}
	left := r.kills - last.kills
	return now.heard-last.heard >= max(1, (r.buyers-last.heard)/(left+1))
}

// killAll kills the servers in turn, each when it is due.
func (r *race) killAll(ctx context.Context) error {
	var last raceProgress
	for last.kills < r.kills {
		now, err := r.progress(ctx, last.kills)
		if err != nil {
			return err
		}
		if now.heard == r.buyers {
			return fmt.Errorf("the race was over after %d of %d kills: let more buyers run", last.kills, r.kills)
		}
		if r.due(last, now) {
			s := r.servers[last.kills%len(r.servers)]
			if err := s.process.kill(); err != nil {
				return err
			}
			if err := r.start(ctx, s); err != nil {
				return err
			}
			now.kills++
			last = now
			continue
		}
		select {
		case <-ctx.Done():
			return ctx.Err()
		case <-time.After(glance):
		}
	}
	return nil
}

func (r *race) progress(ctx context.Context, kills int) (raceProgress, error) {
	now := raceProgress{kills: kills, heard: int(r.heard.Load())}
	err := r.checkout.s.db.QueryRowContext(ctx, `SELECT count(*) FROM stock_reservations WHERE store_id = $1 AND variant_id = $2`,
		r.checkout.store, r.variant).Scan(&now.orders)
	return now, err
}

// askAgain lets everybody who has an order ask once more under their key: the answer has to be that order.
func (r *race) askAgain(ctx context.Context, requests [][]byte, decisions []decision) error {
	for i, d := range decisions {
		if d.verdict != ordered {
			continue
		}
		again, err := r.decide(ctx, requests[i], i)
		if err != nil {
			return err
		}
		if again.order != d.order {
			return fmt.Errorf("order %s is %s when its buyer asks again", d.order, again.order)
		}
	}
	return nil
}

// raced is what the database says of the race afterwards.
type raced struct {
	orders, numbers int
	// available is what is left over all locations, shown what buyers see of it, least the least that there ever was at one.
	available, shown, least int
}

const racedSQL = `
SELECT (SELECT count(*) FROM orders WHERE store_id = $1), (SELECT count(DISTINCT number) FROM orders WHERE store_id = $1),
    (SELECT sum(on_hand - reserved) FROM inventory_levels WHERE store_id = $1 AND variant_id = $2),
    (SELECT inventory_quantity FROM product_variants WHERE store_id = $1 AND id = $2),
    (SELECT min(on_hand - reserved) FROM inventory_ledger WHERE store_id = $1 AND variant_id = $2)`

// outcome reads what became of the race. It is the first thing that happens in its store.
func (r *race) outcome(ctx context.Context) (o raced, err error) {
	err = r.checkout.s.db.QueryRowContext(ctx, racedSQL, r.checkout.store, r.variant).Scan(&o.orders, &o.numbers, &o.available, &o.shown, &o.least)
	return o, err
}

// verify holds what everybody was told against what there was and is.
func (r *race) verify(decisions []decision, o raced) error {
	var faults []string
	want := func(what string, got, want int) {
		if got != want {
			faults = append(faults, fmt.Sprintf("%s: %d, not %d", what, got, want))
		}
	}
	count, distinct := map[verdict]int{}, map[string]bool{}
	for _, d := range decisions {
		count[d.verdict]++
		if d.verdict == ordered {
			distinct[d.order] = true
		}
	}
	won := min(r.units, r.buyers)
	want("buyers who have an order", count[ordered], won)
	want("orders that they have", len(distinct), won)
	want("buyers who heard that it is sold out", count[soldOut], r.buyers-won)
	want("orders", o.orders, won)
	want("numbers of orders", o.numbers, won)
	want("units left", o.available, r.units-won)
	want("units that buyers see", o.shown, r.units-won)
	want("the least that there was", o.least, r.units-won)
	if len(faults) > 0 {
		return errors.New("the race went wrong: " + strings.Join(faults, "; "))
	}
	return nil
}

// tell notes what a race was like.
func (r *race) tell(to *results, decisions []decision, o raced, took time.Duration) {
	tries, twice, latencies := 0, 0, make([]time.Duration, len(decisions))
	for i, d := range decisions {
		tries += d.tries
		latencies[i] = d.took
		if d.verdict == ordered && d.tries > 1 {
			twice++
		}
	}
	to.tell("the race: buyers at once", float64(r.buyers), "")
	to.tell("  units", float64(r.units), "")
	to.tell("  servers killed meanwhile", float64(r.kills), "")
	to.tell("  orders", float64(o.orders), "")
	to.tell("  of them heard of by asking again", float64(twice), "")
	to.tell("  requests until all had their answer", float64(tries), "")
	to.tell("  all of it", took.Seconds(), "s")
	to.tell("  a buyer's wait, p99", quantile(latencies, 0.99), "ms")
	fmt.Fprintf(os.Stderr, "%d buyers, %d kills: %d orders, the others heard that it is sold out, and the books add up\n", r.buyers, r.kills, o.orders)
}
