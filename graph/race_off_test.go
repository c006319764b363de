//go:build !race

package graph

// raced reports whether the race detector runs along, which takes time in its own ways.
const raced = false
