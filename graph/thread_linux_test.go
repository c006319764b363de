package graph

import (
	"time"

	"golang.org/x/sys/unix"
)

// threadTime is how long the thread has run on a processor, to the nanosecond (getrusage tells it in coarse steps).
func threadTime() time.Duration {
	var spent unix.Timespec
	if err := unix.ClockGettime(unix.CLOCK_THREAD_CPUTIME_ID, &spent); err != nil {
		panic(err) // there is such a clock on Linux
	}
	return time.Duration(spent.Nano())
}
