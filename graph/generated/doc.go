// Package generated is gqlgen's executor for the schema. Everything in it but this file is written by `go generate`.
//
// It never changes by hand.
package generated
