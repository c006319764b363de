package graph

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
	"github.com/vektah/gqlparser/v2/ast"
	"github.com/vektah/gqlparser/v2/gqlerror"
	"github.com/vektah/gqlparser/v2/parser"
	"github.com/vektah/gqlparser/v2/validator"
	libraryrules "github.com/vektah/gqlparser/v2/validator/rules"
	"pgregory.net/rapid"
)

func TestValidation(t *testing.T) {
	t.Parallel()
	l := newLibrary(loadPets(), Limits{}.orDefault(), true, true)
	in := func(inside string) string { return "{ pet { ... on Dog { " + inside + " } } }" }
	for _, c := range []struct{ name, query, says string }{
		{"a query", "{ dog { name } }", ""},
		{"all of a union", "{ pet { __typename ... on Dog { name } ... on Cat { name } } }", ""},
		{"a mutation", "mutation { change(to: 1) }", ""},
		{"a subscription", "subscription { tick, tick }", ""},
		{"two fields of a subscription", "subscription S { tick tock }", `Subscription "S" must select only one top level field.`},
		{"two fields of a subscription in a fragment", "subscription { ...F } fragment F on Subscription { tick ... { tock } }", "Anonymous Subscription must select only one top level field."},
		{"two names of one field of a subscription", "subscription { tick a: tick }", "must select only one top level field."},
		{"a type name of a subscription", "subscription { __typename }", "must not select an introspection top level field."},

		{"no field", "{ wrong }", `Cannot query field "wrong" on type "Query".`},
		{"a similar field", "{ dogs { name } }", `Cannot query field "dogs" on type "Query". Did you mean "dog"?`},
		{"a field of what it may be", "{ pet { meow } }", `Cannot query field "meow" on type "Pet". Did you mean to use an inline fragment on "Cat"?`},
		{"a field of an interface it has", "{ pet { name } }", `Cannot query field "name" on type "Pet". Did you mean to use an inline fragment on "Named", "Cat", or "Dog"?`},
		{"below a leaf", "{ dog { name { a } } }", `Field "name" must not have a selection since type "String" has no subfields.`},
		{"no selection", "{ dog }", `Field "dog" of type "Dog" must have a selection of subfields. Did you mean "dog { ... }"?`},
		{"no such argument", in("bark(quiet: true)"), `Unknown argument "quiet" on field "Dog.bark".`},
		{"a similar argument", in("bark(lout: true)"), `Unknown argument "lout" on field "Dog.bark". Did you mean "loud"?`},
		{"an argument twice", in("bark(loud: true, loud: true)"), `There can be only one argument named "loud".`},
		{"no argument where one is needed", "{ node { id } }", `Field "node" argument "id" of type "ID!" is required, but it was not provided.`},
		{"an argument with a default left out", "{ pets { __typename } }", ""},

		{"no such operation type", "{ dog { name } } mutation { wrong }", "This anonymous operation must be the only defined operation."},
		{"an operation twice", "query A { dog { name } } query A { dog { name } }", `There can be only one operation named "A".`},
		{"two without a name", "{ dog { name } } { dog { name } }", "This anonymous operation must be the only defined operation."},

		{"no such type", "{ ... on Ape { name } }", `Unknown type "Ape".`},
		{"a similar type", "{ pet { ... on Dig { name } } }", `Unknown type "Dig". Did you mean "Dog" or "ID"?`},
		{"a fragment on no such type", "{ ...F } fragment F on Ape { name }", `Unknown type "Ape".`},
		{"a fragment on a leaf", "{ ...F } fragment F on String { a }", `Fragment "F" cannot condition on non composite type "String".`},
		{"an inline fragment on a leaf", "{ ... on Color { a } }", `Fragment cannot condition on non composite type "Color".`},
		{"a fragment that cannot be", in("... on Cat { meow }"), `Fragment cannot be spread here as objects of type "Dog" can never be of type "Cat".`},
		{"a spread that cannot be", in("...F") + " fragment F on Fish { id }", `Fragment "F" cannot be spread here as objects of type "Dog" can never be of type "Fish".`},
		{"interfaces that meet", "{ node(id: 1) { ... on Named { name } } }", ""},
		{"an interface and a union", "{ pet { ... on Node { id } } }", ""},
		{"no such fragment", "{ ...F }", `Unknown fragment "F".`},
		{"an unused fragment", "{ dog { name } } fragment F on Dog { name }", `Fragment "F" is never used.`},
		{"an unused fragment in an unused fragment", "{ dog { name } } fragment F on Dog { ...G } fragment G on Dog { name }", `Fragment "F" is never used.`},
		{"a fragment twice", "{ dog { ...F } } fragment F on Dog { name } fragment F on Dog { name }", `There can be only one fragment named "F".`},
		{"a circle of one", "{ dog { ...F } } fragment F on Dog { ...F }", `Cannot spread fragment "F" within itself.`},
		{"a circle of three", "{ dog { ...F } } fragment F on Dog { ...G } fragment G on Dog { other { ...H } } fragment H on Dog { ...F }", `Cannot spread fragment "F" within itself via "G", "H".`},
		{"a circle that ends the process with gqlparser's rules", "{ dog { ...F } } fragment F on Dog { self { ...F ... on Dog { name } } self { name ...F } }", `Cannot spread fragment "F" within itself.`},
		{"a fragment with variables", "{ dog { ...F } } fragment F($a: Int) on Dog { name }", `Fragment "F" cannot declare variables.`},

		{"no such directive", "{ dog { name @wrong } }", `Unknown directive "@wrong".`},
		{"a directive elsewhere", "{ ... @once { dog { name } } }", `Directive "@once" may not be used on INLINE_FRAGMENT.`},
		{"a directive twice", "{ dog { name @once @once } }", `The directive "@once" can only be used once at this location.`},
		{"a directive that may come twice", `{ dog { name @tag(name: "a") @tag(name: "b") } }`, ""},
		{"a directive without its argument", "{ dog { name @tag } }", `Directive "@tag" argument "name" of type "String!" is required, but it was not provided.`},
		{"no such argument of a directive", `{ dog { name @tag(name: "a", wrong: 1) } }`, `Unknown argument "wrong" on directive "@tag".`},
		{"a wrong argument of a directive", "{ dog { name @skip(if: 1) } }", "Boolean cannot represent a non boolean value: 1"},

		{"a variable", "query($a: Int) { pets(first: $a) { __typename } }", ""},
		{"a variable twice", "query($a: Int, $a: Int) { pets(first: $a) { __typename } }", `There can be only one variable named "$a".`},
		{"no such variable", "query Q { pets(first: $a) { __typename } }", `Variable "$a" is not defined by operation "Q".`},
		{"no such variable in a fragment", "{ ...F } fragment F on Query { pets(first: $a) { __typename } }", `Variable "$a" is not defined.`},
		{"an unused variable", "query Q($a: Int) { dog { name } }", `Variable "$a" is never used in operation "Q".`},
		{"a variable of one of two operations", "query A($a: Int) { ...F } query B { ...F } fragment F on Query { pets(first: $a) { __typename } }", `Variable "$a" is not defined by operation "B".`},
		{"a variable of no such type", "query($a: Wrong) { pets(first: $a) { __typename } }", `Unknown type "Wrong".`},
		{"a variable of an output type", "query($a: Dog) { pets(any: $a) { __typename } }", `Variable "$a" cannot be non-input type "Dog".`},
		{"a variable of another type", "query($a: String) { pets(first: $a) { __typename } }", `Variable "$a" of type "String" used in position expecting type "Int".`},
		{"a variable of another type in one of two operations", "query A($a: Int) { ...F } query B($a: ID) { ...F } fragment F on Query { pets(first: $a) { __typename } }", `Variable "$a" of type "ID" used in position expecting type "Int".`},
		{"a variable that may be null", "query($a: ID) { node(id: $a) { id } }", `Variable "$a" of type "ID" used in position expecting type "ID!".`},
		{"a variable with a default", "query($a: ID = 1) { node(id: $a) { id } }", ""},
		{"a variable with the default null", "query($a: ID = null) { node(id: $a) { id } }", `used in position expecting type "ID!"`},
		{"a place with a default", "query($a: String) { pets(s: $a) { __typename } }", ""},
		{"a variable of a list", "query($a: [ID!]) { pets(ids: $a) { __typename } }", ""},
		{"a variable for a list", "query($a: ID!) { pets(ids: $a) { __typename } }", `used in position expecting type "[ID!]"`},
		{"a variable in a list", "query($a: ID!) { pets(ids: [$a]) { __typename } }", ""},
		{"a variable that may be null, in a list", "query($a: ID) { pets(ids: [$a]) { __typename } }", `used in position expecting type "ID!"`},
		{"a variable in an object", "query($a: Boolean!) { pets(filter: { need: $a }) { __typename } }", ""},
		{"a variable of a field with a default", "query($a: Int) { pets(filter: { need: true, size: $a }) { __typename } }", ""},
		{"a variable in a list of anything", "query($a: Int) { pets(any: [$a]) { __typename } }", `Variable "$a" of type "Int" used in position expecting type "Any".`},
		{"a variable anywhere", "query($a: Int) { pets(any: [{ a: $a }]) { __typename } }", ""},
		{"a wrong default", `query($a: Int = "1") { pets(first: $a) { __typename } }`, `Int cannot represent non-integer value: "1"`},
		{"a directive of a variable", `query($a: Int @tag(name: "a")) { pets(first: $a) { __typename } }`, ""},
		{"a variable in a directive of a variable", `query($b: String!, $a: Int @tag(name: $b)) { pets(first: $a) { __typename } }`, `Argument "name" of a variable's directive cannot be a variable.`},

		{"a large integer", "{ pets(first: 2147483647) { __typename } }", ""},
		{"too large an integer", "{ pets(first: 2147483648) { __typename } }", "Int cannot represent non 32-bit signed integer value: 2147483648"},
		{"a fraction for an integer", "{ pets(first: 1.0) { __typename } }", "Int cannot represent non-integer value: 1.0"},
		{"a large number", "{ pets(f: 2147483648) { __typename } }", ""},
		{"an integer for an id", "{ node(id: 9223372036854775807) { id } }", ""},
		{"a fraction for an id", "{ node(id: 1.5) { id } }", "ID cannot represent a non-string and non-integer value: 1.5"},
		{"an integer for a text", "{ pets(s: 1) { __typename } }", "String cannot represent a non string value: 1"},
		{"a word for a text", "{ pets(s: a) { __typename } }", "String cannot represent a non string value: a"},
		{"a text for a fraction", `{ pets(f: "1") { __typename } }`, `Float cannot represent non numeric value: "1"`},
		{"an object for a text", "{ pets(s: {}) { __typename } }", "String cannot represent a non string value: {}"},
		{"null", "{ pets(first: null) { __typename } }", ""},
		{"null where there must be something", "{ node(id: null) { id } }", `Expected value of type "ID!", found null.`},
		{"null in a list", "{ pets(ids: [1, null]) { __typename } }", `Expected value of type "ID!", found null.`},
		{"one for a list", "{ pets(ids: 1, grid: 1) { __typename } }", ""},
		{"a list for one", "{ pets(first: [1]) { __typename } }", "Int cannot represent non-integer value: [1]"},
		{"a list of lists", "{ pets(grid: [[1], [], null, 2]) { __typename } }", ""},
		{"too many lists", "{ pets(grid: [[[1]]]) { __typename } }", "Int cannot represent non-integer value: [1]"},
		{"an enum", "{ pets(color: RED) { __typename } }", ""},
		{"no such value of an enum", "{ pets(color: RAD) { __typename } }", `Value "RAD" does not exist in "Color" enum. Did you mean "RED"?`},
		{"a text for an enum", `{ pets(color: "RED") { __typename } }`, `Enum "Color" cannot represent non-enum value: "RED". Did you mean "RED"?`},
		{"true for an enum", `{ pets(color: true) { __typename } }`, `Enum "Color" cannot represent non-enum value: true.`},
		{"an object", `{ pets(filter: { need: true, inner: { need: false, list: 1 } }) { __typename } }`, ""},
		{"a text for an object", `{ pets(filter: "x") { __typename } }`, `Expected value of type "Filter", found "x".`},
		{"an object without a field", `{ pets(filter: {}) { __typename } }`, `Field "Filter.need" of required type "Boolean!" was not provided.`},
		{"an object with another field", `{ pets(filter: { need: true, nam: "" }) { __typename } }`, `Field "nam" is not defined by type "Filter". Did you mean "name"`},
		{"an object with a field twice", `{ pets(filter: { need: true, need: true }) { __typename } }`, `There can be only one input field named "need".`},
		{"anything", `{ pets(any: { a: [1, "b", { c: null }] }) { __typename } }`, ""},
		{"anything, twice", `{ pets(any: [{ a: 1, a: 2 }]) { __typename } }`, `There can be only one input field named "a".`},
		{"one of two", `{ pets(one: { a: "x" }) { __typename } }`, ""},
		{"both of two", `{ pets(one: { a: "x", b: 1 }) { __typename } }`, `OneOf Input Object "One" must specify exactly one key.`},
		{"none of two", `{ pets(one: {}) { __typename } }`, `OneOf Input Object "One" must specify exactly one key.`},
		{"null of two", `{ pets(one: { b: null }) { __typename } }`, `Field "One.b" must be non-null.`},
		{"a variable of two", `query($a: Int!) { pets(one: { b: $a }) { __typename } }`, ""},
		{"a variable of two that may be null", `query($a: Int) { pets(one: { b: $a }) { __typename } }`, `must be non-nullable to be used for OneOf Input Object "One"`},
		{"a long list", `{ pets(first: [` + strings.Repeat("1000 ", 50) + `]) { __typename } }`, "Int cannot represent non-integer value: [" + strings.Repeat("1000,", 19) + "1000…"},

		{"the schema", "{ __schema { types { fields { type { ofType { name } } } } } }", ""},
		{"round and round in the schema", "{ __schema { types { fields { type { fields { type { fields { name } } } } } } } }", "Maximum introspection depth exceeded"},
		{"round and round in fragments", "{ __type(name: \"Dog\") { ...F } } fragment F on __Type { fields { type { ...G } } } fragment G on __Type { interfaces { possibleTypes { name } } }", "Maximum introspection depth exceeded"},

		{"eleven faults", "{ " + repeat(11, "wrong# ") + "}", "There are more faults than the 10 shown."},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			_, faults := l.prepare(c.query)
			if c.says == "" {
				require.Empty(t, faults)
				return
			}
			require.NotEmpty(t, faults)
			require.LessOrEqual(t, len(faults), maxFaults+1)
			require.True(t, slices.ContainsFunc(faults, func(f *gqlerror.Error) bool { return strings.Contains(f.Message, c.says) }), "%v", faults)
		})
	}
}

func repeat(n int, format string) string {
	var b strings.Builder
	for i := range n {
		b.WriteString(strings.ReplaceAll(format, "#", fmt.Sprint(i)))
	}
	return b.String()
}

func TestMerge(t *testing.T) {
	t.Parallel()
	l := newLibrary(loadPets(), Limits{}.orDefault(), true, true)
	for _, c := range []struct{ name, query, says string }{
		{"the same twice", "{ dog { name, name } dog { name } }", ""},
		{"another field", "{ dog { name: id name } }", `Fields "name" conflict because "id" and "name" are different fields. Use different aliases`},
		{"another argument", "{ dog { bark(loud: true) bark } }", `Fields "bark" conflict because they have differing arguments.`},
		{"another value", "{ dog { bark(loud: true) bark(loud: false) } }", "differing arguments"},
		{"another order of arguments", "{ dog { bark(loud: true, at: RED) bark(at: RED, loud: true) } }", ""},
		{"another list", "{ pets(grid: [1]) { __typename } pets(grid: [2]) { __typename } }", "differing arguments"},
		{"another object", `{ pets(any: { a: 1 }) { __typename } pets(any: { a: 2 }) { __typename } }`, "differing arguments"},
		{"another order of fields", `{ pets(any: { a: 1, b: [2] }) { __typename } pets(any: { b: [2], a: 1 }) { __typename } }`, ""},
		{"another kind of value", `{ pets(any: 1) { __typename } pets(any: "1") { __typename } }`, "differing arguments"},
		{"another variable", "query($a: Int, $b: Int) { pets(first: $a) { __typename } pets(first: $b) { __typename } }", "differing arguments"},
		{"a block text", `{ pets(s: "a") { __typename } pets(s: """a""") { __typename } }`, "differing arguments"},
		{"further down", "{ dog { other { name } } dog { other { name: __typename } } }", `Fields "dog" conflict because subfields "other" conflict because subfields "name" conflict because "name" and "__typename" are different fields.`},
		{"below one field", "{ dog { other { name name: __typename } } }", `Fields "name" conflict because "name" and "__typename" are different fields.`},
		{"in a fragment", "{ dog { ...F name: id } } fragment F on Dog { name }", `Fields "name" conflict because "name" and "id" are different fields.`},
		{"in two fragments", "{ dog { ...F ...G } } fragment F on Dog { a: name } fragment G on Dog { a: id }", `Fields "a" conflict because "name" and "id" are different fields.`},
		{"in a fragment alone", "{ dog { ...F } } fragment F on Dog { a: name a: id }", `Fields "a" conflict because "name" and "id" are different fields.`},
		{"types that exclude each other", "{ pet { ... on Dog { a: name } ... on Cat { a: meow } } }", `they return conflicting types "String" and "String!"`},
		{"types that exclude each other, one shape", "{ pet { ... on Dog { a: name } ... on Cat { a: name } ... on Dog { b: bark(loud: true) } } }", ""},
		{"other fields of one shape", "{ pet { ... on Dog { a: bark(loud: true) } ... on Cat { a: name } } }", ""},
		{"other shapes", "{ pet { ... on Dog { size } ... on Cat { size } } }", `they return conflicting types "Int!" and "String!"`},
		{"other shapes of lists", "{ pet { ... on Dog { y } ... on Cat { y } } }", `they return conflicting types "[Int]" and "[String]"`},
		{"a list and one", "{ pet { ... on Dog { a: y } ... on Cat { a: x } } }", "they return conflicting types"},
		{"a leaf and a thing", "{ pet { ... on Dog { a: friend { name } } ... on Cat { a: name } } }", "they return conflicting types"},
		{"other things below", "{ pet { ... on Dog { friend { a: meow } } ... on Cat { friend { a: size } } } }", `Fields "friend" conflict because subfields "a" conflict because they return conflicting types "String!" and "Int!"`},
		{"other fields of one shape below", "{ pet { ... on Dog { friend { a: meow } } ... on Cat { friend { a: __typename } } } }", ""},
		{"an interface and its type", "{ named { name ... on Dog { name: id } } }", `"name" and "id" are different fields`},
		{"an interface between two types", "{ named { ... on Dog { a: name } ... on Cat { a: name } a: __typename } }", `are different fields`},
		{"an interface below two types", "{ named { ... on Dog { other { a: name } } ... on Cat { other { name } } other { a: nick } } }", `Fields "other" conflict because subfields "a" conflict because "name" and "nick" are different fields.`},
		{"the type's name", "{ pet { ... on Dog { a: __typename } ... on Cat { a: meow } } }", ""},
		{"the type's name and what may be null", "{ pet { ... on Dog { a: __typename } ... on Cat { a: name } } }", `they return conflicting types "String!" and "String"`},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			_, faults := l.prepare(c.query)
			if c.says == "" {
				require.Empty(t, faults)
				return
			}
			require.NotEmpty(t, faults)
			require.Contains(t, faults[0].Message, c.says)
		})
	}
}

// TestMergeBudget is about the one thing that makes merging take longer than the document is long.
func TestMergeBudget(t *testing.T) {
	t.Parallel()
	level := "self { ... on Dog { self { id } } ... on Cat { self { id } } ... on Fish { self { id } } "
	document := func(n int) string {
		return "{ node(id: 1) { " + strings.Repeat(level, n) + "id" + strings.Repeat(" }", n) + " } }"
	}
	limits := DefaultLimits()
	limits.Depth = 50
	l := newLibrary(loadPets(), limits, true, true)
	_, faults := l.prepare(document(3))
	require.Empty(t, faults)
	_, faults = l.prepare(document(14))
	require.Len(t, faults, 1)
	require.Equal(t, "MAX_COST_EXCEEDED", faults[0].Extensions["code"])
	require.Contains(t, faults[0].Message, "takes too many steps")
}

// agree compares the verdict on a document with that of gqlparser's rules, where they speak of the same thing.
func agree(t require.TestingT, l *library, text string) {
	_, faults := l.prepare(text)
	parsed, err := parser.ParseQueryWithTokenLimit(&ast.Source{Input: text}, 2000)
	if err != nil || len(parsed.Operations) == 0 {
		require.NotEmpty(t, faults, text)
		return
	}
	if len(faults) > 0 && faults[0].Rule == "" {
		return // a limit
	}
	library := libraryrules.NewDefaultRules()
	// It overlooks conflicts in lists, objects and fragments, and goes round in circles of fragments until the stack ends, and
	// the process with it. The specification's own algorithm is the measure instead.
	library.RemoveRule("OverlappingFieldsCanBeMerged")
	theirs := validator.ValidateWithRules(l.rules.schema, parsed, library)
	conflicts := slices.ContainsFunc(faults, func(f *gqlerror.Error) bool { return f.Rule == "OverlappingFieldsCanBeMerged" })
	ours := slices.DeleteFunc(slices.Clone(faults), stricter)
	switch {
	case conflicts:
		require.Empty(t, theirs, text)
	case len(ours) > 0:
		require.NotEmpty(t, theirs, "%s: %v", text, ours)
	case len(faults) == 0:
		require.Empty(t, theirs, text)
	}
	if conflicts || len(faults) == 0 {
		require.Equal(t, conflicts, !mergeable(l.rules.schema, parsed), "%s: %v", text, faults)
	}
}

// stricter are faults that gqlparser 2.5.36 does not see, each of which graphql-js reports.
func stricter(f *gqlerror.Error) bool {
	switch f.Rule {
	case "FragmentVariables", "ConstValues":
		return true
	case "SingleFieldSubscriptions": // it counts names, not the names in the answer
		return true
	case ruleValues: // it takes integers of any size, and objects for what is none
		return strings.Contains(f.Message, "32-bit") || strings.Contains(f.Message, ": {") || strings.Contains(f.Message, "found {")
	case "VariablesInAllowedPosition": // it knows nothing of lists in scalars of the schema's own
		return strings.Contains(f.Message, "OneOf") || strings.Contains(f.Message, `expecting type "Any"`)
	}
	return false
}

// FuzzValidation feeds any text to the validation: it never panics, and gqlparser's rules agree.
func FuzzValidation(f *testing.F) {
	for _, attack := range attacks() {
		f.Add(attack(200))
	}
	for _, seed := range []string{
		`query Q($a: Int = 1, $b: [ID!]) @tag(name: "x") { pets(first: $a, ids: $b, filter: { need: true, inner: { need: false } }) { ...F ... on Cat { meow } } } fragment F on Dog { name friend { ...G } } fragment G on Cat { size }`,
		`subscription { tick }`, `mutation M { change(to: 3) }`, "{ dog { a: name a: id } }", "{ pet { ... on Dog { size } ... on Cat { size } } }",
	} {
		f.Add(seed)
	}
	l := newLibrary(loadPets(), DefaultLimits(), true, true)
	f.Fuzz(func(t *testing.T, text string) {
		if len(text) < 2<<10 {
			agree(t, l, text)
		}
	})
}

// TestValidationAgrees writes documents at random, most of them nearly right, and compares the verdicts.
func TestValidationAgrees(t *testing.T) {
	t.Parallel()
	l := newLibrary(loadPets(), DefaultLimits(), true, true)
	rapid.Check(t, func(t *rapid.T) {
		for range 10 {
			agree(t, l, writeDocument(t, l.rules.schema))
		}
	})
}
