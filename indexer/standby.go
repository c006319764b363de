package indexer

import (
	"context"
	"fmt"
	"time"
)

// standbyPoll is how often a standby looks whether it is needed.
const standbyPoll = 500 * time.Millisecond

// standBy waits while another process reads from the slot. The slot is the lock: Postgres lets one connection read from it, and lets go of
// it when that connection ends, as an advisory lock would be; but there can be no process that has the lock and not the slot. One that died
// with its machine, so that its connection never ended, is noticed after the server's wal_sender_timeout.
//
// It reports whether there is a slot: what happens next is decided by that, so nobody may put a new one in its place meanwhile.
func (x *Indexer) standBy(ctx context.Context) (slot bool, err error) {
	for looks := 1; ; looks++ {
		log, err := x.c.State.LogState(ctx, x.c.Slot)
		if err != nil {
			return false, fmt.Errorf("read the state of the log: %w", err)
		}
		if !log.SlotActive {
			return log.SlotExists, nil
		}
		if looks == 2 { // at the first it may be a run of this process that has just ended
			x.be(RoleStandby)
			x.c.Logger.InfoContext(ctx, "another process keeps the index; standing by", "slot", x.c.Slot)
		}
		if !sleep(ctx, standbyPoll) {
			return false, ctx.Err()
		}
	}
}
