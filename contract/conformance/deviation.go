package main

import (
	"context"
	"fmt"
	"slices"
)

// deviation is a difference between the two validators that is known and explained.
type deviation struct {
	name string
	why  string
	// sample shows the difference. When both sides agree on it, the deviation is gone, and its entry has to go too.
	sample string
	// holds reports whether a difference is this one.
	holds func(request, pair) bool
}

// deviations are the differences that are known.
func deviations() []deviation {
	return []deviation{
		{
			name:   "a description inside a document",
			why:    "the edition of September 2025 allows descriptions of operations, fragments and variables; gqlparser does not read them yet",
			sample: `query Q("Which store." $handle: String) { store(handle: $handle) { id } }`,
			holds: func(r request, p pair) bool {
				return !p.js.Refused && p.server.Class == "GRAPHQL_PARSE_FAILED" && describes(r.Query)
			},
		},
	}
}

// describes reports whether a text stands where the older editions allow none.
func describes(document string) bool {
	list := tokens(document)
	for i := 1; i < len(list); i++ {
		if list[i-1][0] == '"' && slices.Contains([]string{"$", "query", "mutation", "subscription", "fragment", "{"}, list[i]) {
			return true
		}
	}
	return false
}

func explained(r request, p pair) bool {
	return slices.ContainsFunc(deviations(), func(d deviation) bool { return d.holds(r, p) })
}

// known asks for each deviation whether it is still there.
func (v *validity) known(ctx context.Context) ([]check, error) {
	var requests []request
	for _, d := range deviations() {
		requests = append(requests, request{Query: d.sample})
	}
	pairs, err := v.both(ctx, requests)
	if err != nil {
		return nil, err
	}
	var checks []check
	for i, d := range deviations() {
		p := pairs[i]
		checks = append(checks, check{
			Name: "known: " + d.name, OK: !p.equal() && d.holds(requests[i], p),
			Detail: fmt.Sprintf("the difference is gone, take it off the list\ngraphql-js: %s\nthe server: %s", p.js.say(), p.server.say()),
		})
	}
	return checks, nil
}
