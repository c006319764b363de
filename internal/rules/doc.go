// Package rules holds the house's own rules as tests: which package may import what (read from the table in
// docs/architecture.md), where a third party is at home, how large a file may grow, what has to be documented.
//
// Its tests read the source tree in the test process and nothing else: they never run a command, since the test cache
// cannot see what a command reads and would answer "passed" for a tree that has changed. Nothing may import it.
package rules
