package main

import (
	"fmt"
	"os"
	"time"
)

// What is promised of stock that is held for orders which are not paid in time.
const lapseLimit = 1 // s

// holdsSQL lets the newest orders await a payment that is overdue in a moment, all at once.
const holdsSQL = `
UPDATE orders o SET hold_expires_at = now() + interval '2 seconds'
FROM (SELECT store_id, id FROM orders WHERE cancelled_at IS NULL AND financial_status = 'PENDING' AND fulfillment_status = 'UNFULFILLED' ORDER BY id DESC LIMIT $1) n
WHERE o.store_id = n.store_id AND o.id = n.id`

// lapses measures how long after their end the units of holds are back.
func (t *till) lapses(r *results, f *floor) error {
	fmt.Fprintf(os.Stderr, "letting %d holds end at once …\n", t.Holds)
	db := f.checkout.s.db
	done, err := db.ExecContext(r.ctx, holdsSQL, t.Holds)
	if err != nil {
		return fmt.Errorf("let orders await payment: %w", err)
	}
	end := time.Now().Add(2 * time.Second) // not before: what is measured is rather too long
	if n, err := done.RowsAffected(); err != nil || int(n) != t.Holds {
		return fmt.Errorf("%d orders of %d can await payment: %w", n, t.Holds, err)
	}
	first := time.Duration(-1)
	for left := t.Holds; left > 0; time.Sleep(5 * time.Millisecond) {
		if time.Since(end) > time.Minute {
			return fmt.Errorf("%d of %d holds have not lapsed a minute after their end", left, t.Holds)
		}
		if err := db.QueryRowContext(r.ctx, `SELECT count(*) FROM orders WHERE hold_expires_at IS NOT NULL AND cancelled_at IS NULL`).Scan(&left); err != nil {
			return err
		}
		if first < 0 && left < t.Holds {
			first = time.Since(end)
		}
	}
	r.tell(fmt.Sprintf("%d holds end at once: the first is back after", t.Holds), first.Seconds(), "s")
	r.atMost(fmt.Sprintf("%d holds end at once: the last is back after", t.Holds), time.Since(end).Seconds(), "s", lapseLimit)
	if out, err := f.checkout.s.kirana(r.ctx, "verify", "--inventory", "--books"); err != nil {
		return fmt.Errorf("%w: %s", err, out)
	}
	return nil
}
