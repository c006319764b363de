package job_test

import (
	"context"
	"log/slog"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/kirana-commerce/kirana/commerce"
	"github.com/kirana-commerce/kirana/internal/job"
)

// clerk has pages to count.
type clerk struct {
	commerce.SalesRanker

	pages []int // what each call finds, -1 for a fault
	calls int
}

func (c *clerk) RankSales(context.Context) (counted, written int, err error) {
	c.calls++
	if len(c.pages) == 0 {
		return 0, 0, nil
	}
	counted, c.pages = c.pages[0], c.pages[1:]
	if counted < 0 {
		return 0, 0, errDown
	}
	return counted, 0, nil
}

// What sells is counted page after page until nothing is left, then every minute, also after a fault.
func TestSalesAreRanked(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		d, c := newDesk(), &clerk{pages: []int{200, 3, 0, -1, 7}}
		r := job.New(job.Options{Queue: d, Sweeper: d, Holds: d, Sales: c, Logger: slog.New(slog.DiscardHandler), Now: time.Now})
		ctx, cancel := context.WithTimeout(t.Context(), 150*time.Second)
		defer cancel()
		require.NoError(t, r.Run(ctx))
		require.Equal(t, 6, c.calls, "three at once, a fault after a minute, two after another one")
	})
}
