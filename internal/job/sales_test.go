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

	pages []int // what each call counts, clerkPage for a full page, -1 for a fault
	calls int
}

const clerkPage = 200

func (c *clerk) RankSales(context.Context) (commerce.SalesCount, error) {
	c.calls++
	if len(c.pages) == 0 {
		return commerce.SalesCount{}, nil
	}
	counted := c.pages[0]
	c.pages = c.pages[1:]
	if counted < 0 {
		return commerce.SalesCount{}, errDown
	}
	return commerce.SalesCount{Counted: counted, More: counted == clerkPage}, nil
}

// What sells is counted page after page until one is not full, then every minute, also after a fault: sales that go on and on are no reason to count
// more often.
func TestSalesAreRanked(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		d, c := newDesk(), &clerk{pages: []int{clerkPage, clerkPage, 3, -1, 7, 9}}
		r := job.New(job.Options{Queue: d, Sweeper: d, Holds: d, Sales: c, Logger: slog.New(slog.DiscardHandler), Now: time.Now})
		ctx, cancel := context.WithTimeout(t.Context(), 150*time.Second)
		defer cancel()
		require.NoError(t, r.Run(ctx))
		require.Equal(t, 5, c.calls, "three at once, a fault after a minute, one after another one")
	})
}
