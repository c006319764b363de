package cdc

import (
	"context"
	"fmt"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

// counter is the cheapest useful handler: it reads the id of every row and releases every commit.
type counter struct {
	rows, commits, sum int64
	enough             func(*counter) bool
	stop               context.CancelFunc
}

func (c *counter) Begin(uint32, time.Time) error { return nil }

func (c *counter) Row(_ *Relation, _ Op, _, new Tuple) error {
	id, _ := new.Int64(0)
	c.rows++
	c.sum += id
	return nil
}

func (c *counter) Truncate([]*Relation) error   { return nil }
func (c *counter) Message(string, []byte) error { return nil }

func (c *counter) Commit(_ Position, release func()) error {
	release()
	c.commits++
	if c.enough(c) {
		c.stop()
	}
	return nil
}

// BenchmarkStream reads a backlog through a real server: what a restarted reader does. One operation is one row.
func BenchmarkStream(b *testing.B) {
	for _, bench := range []struct {
		name         string
		transactions int64
		each         int64
	}{{"rows100", 3000, 100}, {"rows1", 30000, 1}} {
		b.Run(bench.name, func(b *testing.B) {
			db := newDatabase(b)
			for b.Loop() {
				b.StopTimer()
				stream, err := Open(b.Context(), Config{URL: db.url, Slot: db.slot, Publication: "feed"})
				require.NoError(b, err)
				fill(b, db, bench.transactions, bench.each)
				ctx, stop := context.WithCancel(b.Context())
				c := &counter{stop: stop, enough: func(c *counter) bool { return c.commits == bench.transactions }}
				b.StartTimer()
				require.NoError(b, stream.Run(ctx, c))
				stop()
				require.Equal(b, bench.transactions*bench.each, c.rows)
			}
			b.ReportMetric(float64(b.N)*float64(bench.transactions*bench.each)/b.Elapsed().Seconds(), "rows/s")
		})
	}
}

// fill commits transactions of so many rows each.
func fill(b *testing.B, db database, transactions, each int64) {
	b.Helper()
	run(b, db.url, fmt.Sprintf(`CREATE OR REPLACE PROCEDURE fill() LANGUAGE plpgsql AS $$
		BEGIN FOR t IN 1..%d LOOP INSERT INTO papers SELECT n, 'x' FROM generate_series(1, %d) n; COMMIT; END LOOP; END $$`,
		transactions, each))
	run(b, db.url, "CALL fill()")
}
