package main

import (
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"net/url"
	"strings"
)

// attack is one question of graphql-cop 1.15, a tool that is in no registry: what it sends, and by what it knows that the
// server lets the attack through. Its signs are weak in places (ten errors for ten unknown directives, no more and no
// fewer), so safe adds what we hold against the same attack.
type attack struct {
	title string
	send  func(context.Context, *client, string) (*answer, error)
	found func(*answer) bool
	// safe is what a server must say besides not being found; nil for nothing.
	safe func(*answer) bool
}

// cop is the operation that every attack names.
const cop = "cop"

func document(text string) func(context.Context, *client, string) (*answer, error) {
	return func(ctx context.Context, c *client, url string) (*answer, error) {
		return c.post(ctx, url, nil, map[string]any{"query": text, "operationName": cop})
	}
}

func get(header map[string]string, values url.Values) func(context.Context, *client, string) (*answer, error) {
	return func(ctx context.Context, c *client, address string) (*answer, error) {
		if len(values) > 0 {
			address += "?" + values.Encode()
		}
		return c.send(ctx, http.MethodGet, address, header, nil)
	}
}

// has reports whether the answer's data has a field that is not null.
func has(field string) func(*answer) bool {
	return func(a *answer) bool { return len(a.Data[field]) > 0 && string(a.Data[field]) != "null" }
}

// extended reports whether an error tells more about the server than its code.
func extended(key string) func(*answer) bool {
	return func(a *answer) bool {
		for _, e := range a.Errors {
			if _, told := e.Extensions[key]; told {
				return true
			}
		}
		return strings.Contains(strings.ToLower(a.text), `"extensions":{"`+key)
	}
}

func refused(a *answer) bool { return a.status >= 400 && len(a.Errors) > 0 && a.Data == nil }

func errorsBelow(n int) func(*answer) bool {
	return func(a *answer) bool { return len(a.Errors) > 0 && len(a.Errors) < n }
}

// attacks are the twelve that graphql-cop runs unless told otherwise.
func attacks() []attack {
	aliases, batch := make([]string, 101), make([]map[string]string, 10)
	for i := range aliases {
		aliases[i] = fmt.Sprintf("alias%d:__typename \n", i)
	}
	for i := range batch {
		batch[i] = map[string]string{"query": "query cop { __typename }"}
	}
	deep := "name"
	for range 4 {
		deep = "fields { type { " + deep + " } }"
	}
	form := func(ctx context.Context, c *client, address string) (*answer, error) {
		body := url.Values{"query": {"query cop { __typename }"}}.Encode()
		return c.send(ctx, http.MethodPost, address, map[string]string{"Content-Type": "application/x-www-form-urlencoded"}, []byte(body))
	}
	array := func(ctx context.Context, c *client, address string) (*answer, error) {
		return c.post(ctx, address, nil, batch)
	}
	return []attack{
		{"Field Suggestions", document("query cop { __schema { directive } }"), func(a *answer) bool { return strings.Contains(a.text, "Did you mean") }, nil},
		{"Introspection", document("query cop { __schema { types { name fields { name } } } }"), has("__schema"), nil},
		{"GraphQL IDE", get(map[string]string{"Accept": "text/html"}, nil), isIDE, nil},
		{"GET Method Query Support", get(nil, url.Values{"query": {"query cop {__typename}"}}), has("__typename"), refused},
		{"Alias Overloading", document("query cop { " + strings.Join(aliases, "") + " }"), has("alias100"), nil},
		{"Array-based Query Batching", array, isBatch, refused},
		{"Trace Mode", document("query cop { __typename }"), extended("tracing"), has("__typename")},
		{"Directive Overloading", document("query cop { __typename @aa@aa@aa@aa@aa@aa@aa@aa@aa@aa }"), func(a *answer) bool { return len(a.Errors) == 10 }, errorsBelow(10)},
		{"Introspection-based Circular Query", document("query cop { __schema { types { " + deep + " } } }"), has("__schema"), nil},
		{"Mutation is allowed over GET (possible CSRF)", get(nil, url.Values{"query": {"mutation cop {__typename}"}}), has("__typename"), refused},
		{"POST based url-encoded query (possible CSRF)", form, has("__typename"), refused},
		{"Unhandled Errors Detection", document("qwerty cop { abc }"), extended("exception"), nil},
	}
}

func isIDE(a *answer) bool {
	for _, sign := range []string{"graphiql.min.css", "GraphQL Playground", "GraphiQL", "graphql-playground"} {
		if strings.Contains(a.text, sign) {
			return true
		}
	}
	return false
}

func isBatch(a *answer) bool {
	var list []json.RawMessage
	return json.Unmarshal([]byte(a.text), &list) == nil && len(list) >= 10
}

// askCop attacks the server in the mode it has by itself.
func askCop(ctx context.Context, s *system) ([]check, error) {
	if err := s.start(ctx); err != nil {
		return nil, err
	}
	return attackAll(ctx, newClient(), s.closed), nil
}

func attackAll(ctx context.Context, c *client, address string) []check {
	var checks []check
	for _, at := range attacks() {
		a, err := at.send(ctx, c, address)
		switch {
		case err != nil:
			checks = append(checks, check{Name: at.title, Detail: err.Error()})
		case at.found(a):
			checks = append(checks, check{Name: at.title, Detail: "the attack goes through: " + a.brief()})
		case at.safe != nil && !at.safe(a):
			checks = append(checks, check{Name: at.title, Detail: "not the answer of a safe server: " + a.brief()})
		default:
			checks = append(checks, check{Name: at.title, OK: true})
		}
	}
	return checks
}
