// Package plan runs GraphQL operations of any gqlgen schema level by level: an operation is compiled once, every field
// behind which a resolver stands is called once for all its parents, and the answer is appended to one buffer.
//
//	                 compiled once                          for each response
//	operation ──► selection of Query ──► selection of … ──► gather: parents ──► resolver ──► column ──► parents …
//	              one for each concrete type                append: walks the selections, reads the columns in the same order
//
// What it knows of a schema stands in a Table of typed fields, which package codegen writes: no reflection, no unsafe, no
// goroutine, context or closure for a single value. What it does not know it leaves to gqlgen's generated executor, and it
// answers byte for byte like it (the differences, each with a reason, are listed in package plantest).
//
// It never knows what the fields mean, never reads HTTP, and keeps nothing between two responses but compiled plans.
package plan
