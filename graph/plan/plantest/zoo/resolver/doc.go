// Package resolver resolves the zoo's schema from memory. It counts its calls, so that a test can tell whether a field was
// asked once for all its parents.
//
// What it answers depends on the document alone: on no clock, no order of calls and no other request, mutations apart.
package resolver
