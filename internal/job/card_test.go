package job_test

import (
	"context"
	"errors"
	"log/slog"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/kirana-commerce/kirana/internal/job"
)

// counter counts how often it is asked, and fails.
type counter struct{ refunds, looks atomic.Int32 }

var errDown = errors.New("down")

func (c *counter) SettleRefunds(context.Context) (int, error) {
	c.refunds.Add(1)
	return 0, errDown
}

func (c *counter) LookAtPayments(context.Context) (int, error) {
	c.looks.Add(1)
	return 0, errDown
}

// Refunds and payments are looked at every second, also after a fault, and one does not keep the other.
func TestCardsAreWorkedAt(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		d, c := newDesk(), &counter{}
		r := job.New(job.Options{Queue: d, Sweeper: d, Holds: d, Cards: c, Logger: slog.New(slog.DiscardHandler), Now: time.Now})
		ctx, cancel := context.WithTimeout(t.Context(), 3500*time.Millisecond)
		defer cancel()
		require.NoError(t, r.Run(ctx))
		require.Equal(t, []int32{4, 4}, []int32{c.refunds.Load(), c.looks.Load()})
	})
}
