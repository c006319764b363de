package graph

import (
	"syscall"
	"time"
)

// threadTime is how long the thread has run on a processor.
func threadTime() time.Duration {
	var used syscall.Rusage
	if err := syscall.Getrusage(syscall.RUSAGE_THREAD, &used); err != nil {
		panic(err) // there is such a thing on Linux
	}
	return time.Duration(used.Utime.Nano() + used.Stime.Nano())
}
