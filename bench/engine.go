package main

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"os"
	"time"
)

// engine compares Kirana's query engine with gqlgen's own, on the same resolvers: from memory and from Postgres. The arms
// run in processes of their own, side by side, and are measured in turn.
type engine struct {
	Rounds       int           `default:"5" help:"How often each arm is measured."`
	Duration     time.Duration `default:"3s" help:"How long each arm is measured in each round."`
	Connections  int           `default:"16" help:"How many clients ask at the same time."`
	Products     int           `default:"5000" help:"The size of the catalogue in Postgres."`
	PostGraphile string        `default:"bench/postgraphile" placeholder:"FOLDER" help:"PostGraphile as npm installed it. It is left out where it is not."`
	Only         string        `enum:"memory,postgres,all" default:"all" help:"What to measure: memory, postgres or all."`
}

// opened starts the whole system on its first call.
type opened func() (*system, error)

// Run measures both scenarios.
func (e *engine) Run(open opened, r *results) error {
	if e.Rounds < 1 || e.Connections < 1 || e.Duration <= 0 {
		return errors.New("there is nothing to measure without a round, a connection and a duration")
	}
	if e.Only != "postgres" {
		if err := e.memory(r); err != nil {
			return err
		}
	}
	if e.Only == "memory" {
		return nil
	}
	s, err := open()
	if err != nil {
		return err
	}
	return e.postgres(s, r)
}

// memoryDocument is what is asked of the store in memory, and the factor by which Kirana must be faster than gqlgen.
type memoryDocument struct {
	title, text string
	factor      float64
}

// scalarList asks for ten scalars of each of the first n products.
func scalarList(n int) string {
	return fmt.Sprintf(`{ store(handle: "bench") { products(first: %d) { nodes {
  id handle title descriptionHtml vendor productType isGiftCard publishedAt createdAt updatedAt
} } } }`, n)
}

// nestedList asks for three variants and two pictures of each of 20 products.
const nestedList = `{ store(handle: "bench") { products(first: 20) { nodes {
  id handle title vendor
  variants(first: 3) { nodes { id title sku availableForSale price { amount currencyCode } } }
  media(first: 2) { nodes { id alt mediaContentType ... on MediaImage { image { url altText } } } }
} } } }`

func memoryDocuments() []memoryDocument {
	return []memoryDocument{
		{"20 × 10 scalars", scalarList(20), 8},
		{"100 × 10 scalars", scalarList(100), 18},
		{"20 products × 3 variants × 2 media", nestedList, 25},
	}
}

// maxMallocs is how many allocations an answer from memory may cost the whole server, HTTP included.
const maxMallocs = 60

func (e *engine) memory(r *results) (err error) {
	arms, stop, err := startArms(r.ctx, "memory", "gqlgen", "kirana")
	defer func() { err = cmp.Or(err, stop()) }()
	if err != nil {
		return err
	}
	for _, doc := range memoryDocuments() {
		fmt.Fprintf(os.Stderr, "measuring %s from memory …\n", doc.title)
		c := comparison{title: doc.title + ", memory", columns: measureColumns(false)}
		if c.contenders, err = e.contenders(r.ctx, arms, doc.text, nil); err != nil {
			return err
		}
		if err := e.compare(c, r); err != nil {
			return err
		}
		gqlgen, kirana := c.contenders[0], c.contenders[1]
		r.factorAtLeast(doc.title+": server CPU, gqlgen ÷ kirana", ratioOf(gqlgen, kirana, cpuOf), doc.factor)
		r.factorAtLeast(doc.title+": requests/s, kirana ÷ gqlgen", ratioOf(kirana, gqlgen, rateOf), doc.factor)
		r.rangeAtMost(doc.title+": allocations of kirana", spreadOf(kirana.column(mallocsOf)), "per response", maxMallocs)
	}
	return nil
}

// namedArm is an arm by the name of its engine.
type namedArm struct {
	*armProcess
	name string
}

// startArms starts an arm of each engine. stop ends those that were started.
func startArms(ctx context.Context, source string, engines ...string) (arms []namedArm, stop func() error, err error) {
	stop = func() error {
		var errs []error
		for _, a := range arms {
			errs = append(errs, a.stop())
		}
		return errors.Join(errs...)
	}
	for _, name := range engines {
		p, err := startArm(ctx, name, source)
		if err != nil {
			return arms, stop, err
		}
		arms = append(arms, namedArm{p, name})
	}
	return arms, stop, nil
}

// contenders asks each arm for the document once, and makes it ready to be measured.
func (e *engine) contenders(ctx context.Context, arms []namedArm, document string, postgres func() (time.Duration, error)) ([]*contender, error) {
	request, err := graphqlRequest(document)
	if err != nil {
		return nil, err
	}
	var all []*contender
	for _, a := range arms {
		want, err := askOnce(ctx, a.addr, request)
		if err != nil {
			return nil, fmt.Errorf("ask %s: %w", a.name, err)
		}
		all = append(all, a.contender(a.name, load{addr: a.addr, request: request, connections: e.Connections, want: want}, postgres))
	}
	return all, nil
}

// compare measures the contenders, shows the table and keeps its figures. Different answers are compared no further.
func (e *engine) compare(c comparison, r *results) error {
	if _, err := c.check(); err != nil {
		return err
	}
	if err := interleave(r.ctx, c.contenders, e.Rounds, e.Duration); err != nil {
		return err
	}
	c.keep(r)
	return c.print(r.out)
}
