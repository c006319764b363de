package main

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
)

// verdict is what one side says of a request: whether it is refused before it runs, and why.
type verdict struct {
	Refused bool   `json:"refused"`
	Class   string `json:"class"`
	Message string `json:"message"`
	// limited is set when the server refused to look: the request is larger than it allows.
	limited bool
}

// pair is what both sides say of one request.
type pair struct{ js, server verdict }

func (p pair) equal() bool { return p.js.Refused == p.server.Refused || p.server.limited }

// class groups differences of one cause.
func (p pair) class() string {
	if p.js.Refused {
		return "graphql-js alone refuses: " + p.js.Class
	}
	return "the server alone refuses: " + p.server.Class
}

// askValidity holds the server's validation against that of graphql-js, the reference, on generated requests.
func askValidity(ctx context.Context, c *cli, n *node, s *system) ([]check, error) {
	if err := s.start(ctx); err != nil {
		return nil, err
	}
	seeds, schema, err := seedRequests(n.dir)
	if err != nil {
		return nil, err
	}
	m := newMutator(c.Seed, seeds, schema)
	v := &validity{node: n, client: newClient(), url: s.open}
	requests := make([]request, c.Documents)
	for i := range requests {
		requests[i] = m.next()
	}
	pairs, err := v.both(ctx, requests)
	if err != nil {
		return nil, err
	}
	if err := writeTally(filepath.Join(n.dir, "out", "validity.json"), pairs); err != nil {
		return nil, err
	}
	return v.judge(ctx, requests, pairs)
}

// writeTally keeps how often each verdict came, to see which rules the documents reach.
func writeTally(file string, pairs []pair) error {
	tally := map[string]int{}
	for _, p := range pairs {
		tally[fmt.Sprintf("graphql-js: %q, the server: %q", p.js.Class, p.server.Class)]++
	}
	text, err := json.MarshalIndent(tally, "", "  ")
	if err != nil {
		return err
	}
	return os.WriteFile(file, text, 0o600)
}

// seedRequests are the published documents with their variables, and those of testdata, which use what they do not.
func seedRequests(dir string) ([]request, string, error) {
	schema, err := os.ReadFile(filepath.Join(dir, "../schema.graphql"))
	if err != nil {
		return nil, "", err
	}
	examples := map[string]example{}
	if err := readJSON(filepath.Join(dir, "../documents/variables.json"), &examples); err != nil {
		return nil, "", err
	}
	var seeds []request
	for _, pattern := range []string{"../documents/*.graphql", "testdata/*.graphql"} {
		files, err := filepath.Glob(filepath.Join(dir, pattern))
		if err != nil {
			return nil, "", err
		}
		for _, file := range files {
			text, err := os.ReadFile(file)
			if err != nil {
				return nil, "", err
			}
			e := examples[strings.TrimSuffix(filepath.Base(file), ".graphql")]
			seeds = append(seeds, request{Query: string(text), Variables: e.Variables, store: e.Store})
		}
	}
	return seeds, string(schema), nil
}

// validity asks both sides.
type validity struct {
	node   *node
	client *client
	url    string
}

func (v *validity) both(ctx context.Context, requests []request) ([]pair, error) {
	pairs := make([]pair, len(requests))
	var lines bytes.Buffer
	encoder := json.NewEncoder(&lines)
	for _, r := range requests {
		if err := encoder.Encode(r); err != nil {
			return nil, err
		}
	}
	out, err := v.node.run(ctx, &lines, "validate.mjs")
	if err != nil {
		return nil, err
	}
	decoder := json.NewDecoder(bytes.NewReader(out))
	for i := range pairs {
		if err := decoder.Decode(&pairs[i].js); err != nil {
			return nil, fmt.Errorf("answer %d of graphql-js: %w", i, err)
		}
	}
	return pairs, v.askServer(ctx, requests, pairs)
}

// askServer asks several requests at a time; each writes its own place.
func (v *validity) askServer(ctx context.Context, requests []request, pairs []pair) error {
	const workers = 4
	var wg sync.WaitGroup
	errs := make([]error, workers)
	for w := range workers {
		wg.Go(func() {
			for i := w; i < len(requests) && errs[w] == nil; i += workers {
				pairs[i].server, errs[w] = v.server(ctx, requests[i])
			}
		})
	}
	wg.Wait()
	return firstError(errs)
}

func firstError(errs []error) error {
	for _, err := range errs {
		if err != nil {
			return err
		}
	}
	return nil
}

// server reads the server's verdict out of its answer: an error without a path is about the request, and there is no data.
func (v *validity) server(ctx context.Context, r request) (verdict, error) {
	header := map[string]string{"Kirana-Store": "boutique"}
	if r.store != "" {
		header["Kirana-Store"] = r.store
	}
	a, err := v.client.post(ctx, v.url, header, r)
	if err != nil {
		return verdict{}, err
	}
	if a.Data != nil || len(a.Errors) == 0 || a.Errors[0].Path != nil {
		return verdict{}, nil
	}
	code := strings.Trim(string(a.Errors[0].Extensions["code"]), `"`)
	return verdict{
		Refused: slices.Contains([]string{"GRAPHQL_PARSE_FAILED", "GRAPHQL_VALIDATION_FAILED", "BAD_USER_INPUT"}, code),
		Class:   code, Message: a.Errors[0].Message, limited: code == "MAX_COST_EXCEEDED",
	}, nil
}

// judge makes one check of each request. Of each class of differences it tells the shortest request that shows it.
func (v *validity) judge(ctx context.Context, requests []request, pairs []pair) ([]check, error) {
	counts, shortest := map[string]int{}, map[string]int{}
	valid, limited := 0, 0
	var checks []check
	for i, p := range pairs {
		if p.server.limited {
			limited++
		}
		if !p.js.Refused {
			valid++
		}
		if p.equal() || explained(requests[i], p) {
			checks = append(checks, check{OK: true})
			continue
		}
		class := p.class()
		if counts[class]++; counts[class] > 1 {
			checks = append(checks, check{Name: class}) // one more of its kind
		}
		if j, seen := shortest[class]; !seen || len(requests[i].Query) < len(requests[j].Query) {
			shortest[class] = i
		}
	}
	for class, i := range shortest {
		r, p, err := v.shrink(ctx, requests[i], class)
		if err != nil {
			return nil, err
		}
		checks = append(checks, check{Name: fmt.Sprintf("%s (%d times)", class, counts[class]), Detail: fmt.Sprintf(
			"document:   %s\ngraphql-js: %s\nthe server: %s", r.Query, p.js.say(), p.server.say())})
	}
	reached, err := v.reached(ctx, pairs)
	if err != nil {
		return nil, err
	}
	known, err := v.known(ctx)
	return append(append(checks, fair(len(pairs), valid, limited), reached), known...), err
}

// unreachable are the rules that no document can break here.
func unreachable() []string {
	return []string{"SingleFieldSubscriptionsRule"} // the schema has no subscriptions
}

// reached holds the generator to its purpose once more: every rule of the reference must have been broken by some document.
func (v *validity) reached(ctx context.Context, pairs []pair) (check, error) {
	c := check{Name: "every rule is reached"}
	out, err := v.node.run(ctx, nil, "validate.mjs", "--rules")
	if err != nil {
		return c, err
	}
	var rules []string
	if err := json.Unmarshal(out, &rules); err != nil {
		return c, err
	}
	missed := slices.DeleteFunc(rules, func(rule string) bool {
		return slices.Contains(unreachable(), rule) ||
			slices.ContainsFunc(pairs, func(p pair) bool { return slices.Contains(strings.Fields(p.js.Class), rule) })
	})
	c.OK, c.Detail = len(missed) == 0, "no document breaks "+strings.Join(missed, ", ")
	return c, nil
}

// fair holds the generator to its purpose: both validators must have enough to say yes to, and enough to say no to.
func fair(all, valid, limited int) check {
	detail := fmt.Sprintf("of %d documents %d are valid and %d are over a limit", all, valid, limited)
	return check{Name: "a fair mix of documents", OK: valid > all/5 && valid < all*4/5 && limited < all/50, Detail: detail}
}

func (v verdict) say() string {
	if !v.Refused {
		return "fine"
	}
	return v.Class + ": " + v.Message
}

// shrink leaves out of a request what the difference does not need.
func (v *validity) shrink(ctx context.Context, r request, class string) (request, pair, error) {
	const rounds = 20
	var shown pair
	for round := 0; round <= rounds; round++ {
		smaller := smallerThan(r)
		pairs, err := v.both(ctx, append(smaller, r))
		if err != nil {
			return r, shown, err
		}
		shown = pairs[len(smaller)]
		best := -1
		for i, s := range smaller {
			if !pairs[i].equal() && pairs[i].class() == class && (best < 0 || len(s.Query) < len(smaller[best].Query)) {
				best = i
			}
		}
		if best < 0 {
			break
		}
		r = smaller[best]
	}
	return r, shown, nil
}

// smallerThan are the requests with one token or one balanced group less.
func smallerThan(r request) []request {
	list := tokens(r.Query)
	var smaller []request
	without := func(from, to int) {
		s := r
		s.Query = strings.Join(slices.Concat(list[:from], list[to:]), " ")
		smaller = append(smaller, s)
	}
	for i, word := range list {
		without(i, i+1)
		if strings.Contains("({[", word) {
			without(i, groupEnd(list, i))
			if i > 0 {
				without(i-1, groupEnd(list, i)) // with what it belongs to
			}
		}
	}
	return smaller
}
