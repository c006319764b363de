package main

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"math"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"time"
)

// Where the numbers of things begin before the store is filled: so far apart that each is known by its number wherever it stands.
const (
	firstProduct = 600_000_001
	firstCart    = 700_000_001
	firstOrder   = 800_000_001
	firstVariant = 900_000_001
)

// number makes the numbers begin where they do.
func (t *till) number(ctx context.Context, s *system) error {
	for table, first := range map[string]int{"products": firstProduct, "carts": firstCart, "orders": firstOrder, "product_variants": firstVariant} {
		if _, err := s.db.ExecContext(ctx, fmt.Sprintf("ALTER TABLE %s ALTER COLUMN id RESTART WITH %d", table, first)); err != nil {
			return err
		}
	}
	return nil
}

// heardOrder is what was said to Postgres when a cart became an order.
type heardOrder struct {
	transaction                   []statement
	cart, order, variant, product string
	// hash is that of the idempotency key.
	hash string
}

const claim = "claim_idempotency_key"

// hearOrder completes a cart and hears what the server says to Postgres meanwhile.
func (t *till) hearOrder(ctx context.Context, f *floor) (h heardOrder, err error) {
	c := f.checkout
	e, err := eavesdrop(ctx, c.s.postgres.URL())
	if err != nil {
		return h, err
	}
	defer func() { err = cmp.Or(err, e.close()) }()
	api, url, err := c.s.another(ctx, "--database-url", e.url, "--jobs", "0")
	if err != nil {
		return h, err
	}
	defer func() { err = cmp.Or(err, api.stop()) }()
	in, err := c.carts(ctx, 1, f.own[0])
	if err != nil {
		return h, err
	}
	request, err := c.request(in.first)
	if err != nil {
		return h, err
	}
	host, err := hostOf(url)
	if err != nil {
		return h, err
	}
	status, body, err := askIn(ctx, host, request)
	if err != nil {
		return h, err
	}
	verdict, order, err := judge(status, body)
	if err != nil || verdict != ordered {
		return h, cmp.Or(err, fmt.Errorf("no order: %.300s", body))
	}
	heard, err := e.take()
	if err != nil {
		return h, err
	}
	order, _, _ = strings.Cut(order, "?")
	decimal := func(n int64) string { return strconv.FormatInt(n, 10) }
	h = heardOrder{
		order: order[strings.LastIndexByte(order, '/')+1:], cart: decimal(in.first),
		variant: decimal(f.own[0]), product: decimal(f.own[0] - firstVariant + firstProduct),
	}
	if h.transaction, err = transactionOf(heard, claim); err != nil {
		return h, err
	}
	for _, s := range h.transaction {
		if strings.Contains(s.text, claim) {
			h.hash = s.parameters[1]
		}
	}
	return h, nil
}

// cartsPerClient is more carts than a client of pgbench gets through in a second.
const cartsPerClient = 200

// script is the transaction as pgbench runs it: each client with carts of its own, from :first on, each cart with a key of its own.
func (h heardOrder) script(ctx context.Context, s *system, f *floor, seconds int) (text string, variables []string, err error) {
	conn, err := s.db.Conn(ctx)
	if err != nil {
		return "", nil, err
	}
	defer conn.Close() //nolint:errcheck // it goes back to the pool
	head := fmt.Sprintf("\\set n :n + 1\n\\set cart :first + :client_id * %d + :n\n\\set variant %d + :cart %% %d\n\\set product :variant - %d\n",
		cartsPerClient*seconds, f.own[0], len(f.own), firstVariant-firstProduct)
	t := newTransactionScript(head, []varying{
		{heard: h.cart, text: ":cart::text", number: ":cart"},
		{heard: h.order, text: ":id::text", number: ":id"},
		{heard: h.variant, text: ":variant::text", number: ":variant"},
		{heard: h.product, text: ":product::text", number: ":product"},
		{heard: h.hash, text: `('\x' || lpad(:cart::text, 64, '0'))`},
	})
	for i, st := range h.transaction {
		types, err := parameterTypes(ctx, conn, st)
		if err != nil {
			return "", nil, err
		}
		end := ";"
		if strings.Contains(st.text, "nextval('orders_id_seq')") {
			end = ` \gset` // the order's id
		}
		t.add(i+1, st, types, end)
	}
	return t.text.String(), append(t.variables, "-D", "n=-1"), nil
}

// serverConnections is how many connections kirana serve has to Postgres, and so how many clients pgbench is.
const serverConnections = 16

// pgbench is the same transactions as fast as Postgres does them. Every round has fresh carts.
func (t *till) pgbench(ctx context.Context, f *floor, h heardOrder, pid int) (*contender, error) {
	s := f.checkout.s
	binaries, err := programFolder(pid)
	if err != nil {
		return nil, err
	}
	seconds := int(math.Ceil(t.Duration.Seconds())) + uncounted
	text, variables, err := h.script(ctx, s, f, seconds)
	if err != nil {
		return nil, err
	}
	p, err := newPgbenchScript(binaries, s.dir, s.postgres.URL(), serverConnections, text, variables)
	if err != nil {
		return nil, err
	}
	c := &contender{name: namePgbench}
	c.measure = func(ctx context.Context, d time.Duration) (sample, error) {
		in, err := f.checkout.carts(ctx, serverConnections*cartsPerClient*seconds, f.own...)
		if err != nil {
			return sample{}, err
		}
		again := &pgbench{binary: p.binary, args: append([]string{"-D", fmt.Sprintf("first=%d", in.first)}, p.args...)}
		r, err := again.run(ctx, d, func() (time.Duration, error) { return treeTime(pid) })
		return sample{rate: r.count / r.seconds, postgres: micros(r.cpu) / r.count}, err
	}
	return c, nil
}

// rates measures orders through the API, and the same transactions by pgbench.
func (t *till) rates(r *results, f *floor) error {
	s := f.checkout.s
	heard, err := t.hearOrder(r.ctx, f)
	if err != nil {
		return err
	}
	pid, err := postmaster(filepath.Join(s.dir, "postgres", "primary"))
	if err != nil {
		return err
	}
	cpu := func() (time.Duration, error) { return treeTime(pid) }
	different, hot := t.contender(f, cpu, f.own...), t.contender(f, cpu, f.hot)
	sides := []*contender{different, hot}
	ceiling, err := t.pgbench(r.ctx, f, heard, pid)
	switch {
	case errors.Is(err, exec.ErrNotFound):
		fmt.Fprintln(os.Stderr, "there is no pgbench to compare with:", err)
	case err != nil:
		return err
	default:
		sides = append(sides, ceiling)
	}
	fmt.Fprintln(os.Stderr, "measuring orders …")
	if err := interleave(r.ctx, sides, t.Rounds, t.Duration); err != nil {
		return err
	}
	r.tellRange("orders of different products", spreadOf(different.column(rateOf)), "/s")
	tellOrders(r, different)
	if ceiling != nil {
		r.tellRange("the same transactions by pgbench", spreadOf(ceiling.column(rateOf)), "/s")
		r.tellRange("  Postgres CPU", spreadOf(ceiling.column(postgresOf)), "µs/order")
		r.factorAtLeast("orders/s, kirana ÷ pgbench", ratioOf(different, ceiling, rateOf), tillShare)
	}
	r.tell("statements in the transaction of an order", float64(len(heard.transaction)), "")
	r.rangeAtLeast("orders of one hot product", spreadOf(hot.column(rateOf)), "/s", hotRate)
	tellOrders(r, hot)
	return nil
}

func tellOrders(r *results, c *contender) {
	r.tellRange("  p50", spreadOf(c.column(p50Of)), "ms")
	r.rangeAtMost("  p99", spreadOf(c.column(p99Of)), "ms", decisionLimit)
	r.tellRange("  server CPU", spreadOf(c.column(cpuOf)), "µs/order")
	r.tellRange("  Postgres CPU", spreadOf(c.column(postgresOf)), "µs/order")
}
