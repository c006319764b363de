//go:build !linux

package graph

import "time"

// threadTime is the time on the clock, where a thread's own cannot be told.
func threadTime() time.Duration { return time.Duration(time.Now().UnixNano()) }
