package main

import (
	"strconv"
	"time"

	"github.com/kirana-commerce/kirana/commerce"
	"github.com/kirana-commerce/kirana/db"
	"github.com/kirana-commerce/kirana/indexer"
	"github.com/kirana-commerce/kirana/search"
)

// indexReport is what verify --index found, as machines read it.
type indexReport struct {
	Stores    int `json:"stores"`
	Products  int `json:"products"`
	Documents int `json:"documents"`
	// Checked are the products looked at, those that nobody can find among them.
	Checked  int `json:"checked"`
	Suspects int `json:"suspects"`
	Missing  int `json:"missing"`
	Stale    int `json:"stale"`
	Orphans  int `json:"orphans"`
	// Refused are products whose documents the search engine refuses. They are listed, and are no drift.
	Refused  int          `json:"refused"`
	Repaired int          `json:"repaired"`
	Seconds  float64      `json:"seconds"`
	Drift    []driftLine  `json:"drift"`
	Counts   []countsLine `json:"counts"`
}

// driftLine is one product of which the index says something else than the database.
type driftLine struct {
	Store    string             `json:"store"`
	Product  string             `json:"product"`
	Kind     commerce.DriftKind `json:"kind"`
	Refused  bool               `json:"refused,omitempty"`
	Repaired bool               `json:"repaired"`
}

// countsLine is a store with another number of documents than of products.
type countsLine struct {
	Store     string `json:"store"`
	Products  int    `json:"products"`
	Documents int    `json:"documents"`
}

// drifted is how many products differed.
func (r *indexReport) drifted() int { return r.Missing + r.Stale + r.Orphans }

// differences is how many there are in the report; products that were repaired are among them.
func (r *indexReport) differences() int {
	if r == nil {
		return 0
	}
	return r.drifted() + len(r.Counts)
}

// checkIndex holds the index against the database.
func (v *verifyCommand) checkIndex(c *console, d *db.DB, store commerce.StoreID) (*indexReport, error) {
	url, err := v.searchEngine()
	if err != nil {
		return nil, err
	}
	engine, err := search.Open(url, search.Options{Timeout: verifyTimeout})
	if err != nil {
		return nil, err
	}
	defer engine.Close()
	verifier, err := indexer.NewVerifier(indexer.VerifierConfig{
		Documents: d, Catalogue: d, Index: engine, Freshness: d.Freshness(indexer.DefaultSlot),
		Refusals: d, Redo: d, Now: time.Now,
	})
	if err != nil {
		return nil, err
	}
	started := time.Now()
	found, err := verifier.Verify(c.ctx, indexer.VerifyOptions{Store: store, Repair: v.Repair, Rate: v.Rate, Progress: verifyProgress(c)})
	if err != nil {
		return nil, err
	}
	report := newIndexReport(found)
	report.Seconds = time.Since(started).Seconds()
	return report, report.name(c, d, found)
}

// verifyTimeout is how long a page of the index may take, which nobody looks at a screen for.
const verifyTimeout = 30 * time.Second

// verifyProgress says now and then how far a verification is.
func verifyProgress(c *console) func(int) {
	said := time.Now()
	return func(checked int) {
		if time.Since(said) > 2*time.Second {
			said = time.Now()
			c.notef("%d products …", checked)
		}
	}
}

func newIndexReport(found indexer.VerifyReport) *indexReport {
	return &indexReport{
		Stores: found.Counts.Stores, Products: found.Counts.Products, Documents: found.Counts.Documents,
		Checked: found.Checked, Suspects: found.Suspects,
		Missing: found.Found[commerce.DriftMissing], Stale: found.Found[commerce.DriftStale], Orphans: found.Found[commerce.DriftOrphan],
		Refused:  found.Refused,
		Repaired: found.Repaired, Drift: []driftLine{}, Counts: []countsLine{},
	}
}

// name fills in what differs, with the stores' handles. A store that is gone has its number.
func (r *indexReport) name(c *console, d *db.DB, found indexer.VerifyReport) error {
	ids := make([]commerce.StoreID, 0, len(found.Drift)+len(found.Counts.Differ))
	for _, one := range found.Drift {
		ids = append(ids, one.Product.Store)
	}
	for _, one := range found.Counts.Differ {
		ids = append(ids, one.Store)
	}
	stores, err := d.ViewOf(ids, true).StoresByID(c.ctx, ids)
	if err != nil {
		return err
	}
	handle := func(id commerce.StoreID) string {
		if s := stores[id]; s != nil {
			return s.Handle
		}
		return strconv.FormatInt(int64(id), 10)
	}
	for _, one := range found.Drift {
		r.Drift = append(r.Drift, driftLine{handle(one.Product.Store), strconv.FormatInt(int64(one.Product.ID), 10), one.Kind, one.Refused, one.Repaired})
	}
	for _, one := range found.Counts.Differ {
		r.Counts = append(r.Counts, countsLine{handle(one.Store), one.Products, one.Documents})
	}
	return nil
}

// print lists what differs for people.
func (r *indexReport) print(c *console) {
	if len(r.Drift) > 0 {
		c.printf("%-32s %-20s %-8s %s", "STORE", "PRODUCT", "DRIFT", "REPAIRED")
	}
	for _, one := range r.Drift {
		c.printf("%-32s %-20s %-8s %s", one.Store, one.Product, one.word(), map[bool]string{true: "yes", false: "no"}[one.Repaired])
	}
	if left := r.drifted() + r.Refused - len(r.Drift); left > 0 {
		c.printf("… and %d more", left)
	}
	for _, one := range r.Counts {
		c.printf("store %s: %d products can be found, the index has %d documents", one.Store, one.Products, one.Documents)
	}
	c.printf("index: %d products looked at in %.1f s; %d missing, %d stale, %d orphans; %d repaired",
		r.Checked, r.Seconds, r.Missing, r.Stale, r.Orphans, r.Repaired)
	if r.Refused > 0 {
		c.printf("refused by the search engine: %d; the table search_dead_letters says why, \"kirana reindex --dead-letters\" tries them again", r.Refused)
	}
}

// word says in a list how a product differs.
func (d driftLine) word() string {
	if d.Refused {
		return "refused"
	}
	return string(d.Kind)
}

// searchEngine is the address of the search engine that is named, or of that of kirana dev.
func (v *verifyCommand) searchEngine() (string, error) {
	if v.ElasticsearchURL != "" {
		return v.ElasticsearchURL, nil
	}
	return readEnv(v.DataDir, "ELASTICSEARCH_URL")
}
