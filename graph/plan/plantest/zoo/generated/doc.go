// Package generated executes the zoo's schema. Everything in it but this file is written by `go generate`.
//
// It never changes by hand.
package generated
