// Package zoo is what a query engine is tried with: the models, scalars and data behind a schema that uses what gqlgen has to
// offer. Nothing in it is random, so two engines asked the same must answer the same.
//
// It resolves nothing: zoo/resolver does, and zoo/generated executes.
package zoo

//go:generate go run ../../../codegen/generate
