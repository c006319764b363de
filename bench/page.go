package main

import (
	"cmp"
	"context"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"time"
)

// page measures a product page whose product has more variants than the page shows.
type page struct {
	Connections int           `default:"8" help:"How many clients ask at the same time."`
	Rounds      int           `default:"5" help:"How many times each product is measured; the table shows medians and ranges."`
	Duration    time.Duration `default:"2s" help:"How long a round lasts."`
}

// The pages show 250 variants, of a product that has as many and of one that has as many as a product may have.
const (
	shownVariants = 250
	mostVariants  = 2048
	pageFactor    = 3 // what the large product's page may cost of the small one's
)

// pageDocument is a product page as storefronts ask for it.
const pageDocument = `{ store(handle: "bench") { product(handle: %q) {
  id handle title descriptionHtml vendor productType tags availableForSale totalInventory variantsCount { count }
  priceRange { minVariantPrice { amount currencyCode } maxVariantPrice { amount currencyCode } }
  options { id name optionValues { name } }
  media(first: 10) { nodes { id alt ... on MediaImage { image { url altText } } } }
  variants(first: 250) { nodes { id title sku availableForSale quantityAvailable price { amount currencyCode } selectedOptions { name value } }
    pageInfo { hasNextPage endCursor } }
} } }`

// Run fills a store with both products and asks for their pages in turn.
func (p *page) Run(s *system, r *results) (err error) {
	fmt.Fprintln(os.Stderr, "starting Postgres …")
	if err := s.startPostgres(r.ctx, false); err != nil {
		return err
	}
	if err := p.fill(r.ctx, s); err != nil {
		return err
	}
	pid, err := postmaster(filepath.Join(s.dir, "postgres", "primary"))
	if err != nil {
		return err
	}
	arms, stop, err := startArms(r.ctx, s.postgres.URL(), "kirana")
	defer func() { err = cmp.Or(err, stop()) }()
	if err != nil {
		return err
	}
	var sides []*contender
	for _, n := range []int{shownVariants, mostVariants} {
		c, err := p.contender(r.ctx, arms[0], n, func() (time.Duration, error) { return treeTime(pid) })
		if err != nil {
			return err
		}
		sides = append(sides, c)
	}
	fmt.Fprintln(os.Stderr, "measuring the product page …")
	if err := interleave(r.ctx, sides, p.Rounds, p.Duration); err != nil {
		return err
	}
	small, large := sides[0], sides[1]
	r.tellRange("page of a product of 250 variants, server + Postgres CPU", spreadOf(small.column(totalOf)), "µs/request")
	r.tellRange("the same of 2,048 variants", spreadOf(large.column(totalOf)), "µs/request")
	ratio := ratioOf(large, small, totalOf)
	r.rangeAtMost("2,048 ÷ 250 variants, CPU", ratio, "×", pageFactor)
	r.rangeAtMost("2,048 ÷ 250 variants, p50", ratioOf(large, small, p50Of), "×", pageFactor)
	return nil
}

func (p *page) contender(ctx context.Context, arm namedArm, variants int, postgres func() (time.Duration, error)) (*contender, error) {
	request, err := graphqlRequest(fmt.Sprintf(pageDocument, pageHandle(variants)))
	if err != nil {
		return nil, err
	}
	want, err := askOnce(ctx, arm.addr, request)
	if err != nil {
		return nil, err
	}
	if n := strings.Count(string(want.body), `"selectedOptions"`); n != shownVariants {
		return nil, fmt.Errorf("the page of %d variants shows %d, not %d", variants, n, shownVariants)
	}
	ask := load{addr: arm.addr, request: request, connections: p.Connections, want: want}
	return arm.contender(pageHandle(variants), ask, postgres), nil
}

func pageHandle(variants int) string { return fmt.Sprintf("variants-%d", variants) }

// fill imports the two products: sizes by colours by cuts.
func (p *page) fill(ctx context.Context, s *system) error {
	file := filepath.Join(s.dir, "variants.csv")
	if err := os.WriteFile(file, []byte(variantsCSV(shownVariants)+strings.SplitN(variantsCSV(mostVariants), "\n", 2)[1]), 0o600); err != nil {
		return err
	}
	if _, err := s.kirana(ctx, "import", "--store", benchHandle, "--publish", "--json", file); err != nil {
		return err
	}
	_, err := s.db.ExecContext(ctx, "VACUUM ANALYZE")
	return err
}

// variantsCSV is a product export of one product.
func variantsCSV(variants int) string {
	var b strings.Builder
	b.WriteString("Handle,Title,Vendor,Type,Published,Option1 Name,Option1 Value,Option2 Name,Option2 Value,Variant SKU,Variant Inventory Tracker,Variant Inventory Qty,Variant Inventory Policy,Variant Price,Status\n")
	for i := range variants {
		title, vendor, first, second := "", "", "", ""
		if i == 0 {
			title, vendor, first, second = fmt.Sprintf("Shirt in %d variants", variants), "Weaver", "Size", "Colour"
		}
		fmt.Fprintf(&b, "%s,%s,%s,,true,%s,Size %d,%s,Colour %d,sku-%d-%d,shopify,%d,deny,%d.00,active\n",
			pageHandle(variants), title, vendor, first, i/64, second, i%64, variants, i, i%9, 100+i%900)
	}
	return b.String()
}
