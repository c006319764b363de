package indexer

import (
	"context"
	"errors"
	"time"

	"github.com/kirana-commerce/kirana/commerce"
	"github.com/kirana-commerce/kirana/search"
)

// VerifierConfig says what to hold against what. The first four fields are required.
type VerifierConfig struct {
	Documents commerce.DocumentReader
	Catalogue commerce.CatalogueWalker
	// Index is the index that searches read, or a generation that is not live yet; Freshness tells of the same.
	Index     IndexReader
	Freshness commerce.Freshness

	// Refusals are the documents that the index refuses, nil when nobody notes them; Alias is that of the index, search.Alias when
	// empty.
	Refusals commerce.RefusalReader
	Alias    string
	// Redo repairs what differs; nil where nothing is ever repaired.
	Redo     commerce.RedoWriter
	Observer VerifyObserver // nil observes nothing
	Now      func() time.Time
}

// IndexReader reads what the documents of an index say about themselves. *search.Engine does.
type IndexReader interface {
	Entries(ctx context.Context, after, to commerce.ProductRef, limit int) ([]search.Entry, error)
	EntriesOf(ctx context.Context, refs []commerce.ProductRef) ([]search.Entry, error)
	CountStores(ctx context.Context, after, to commerce.StoreID, limit int) ([]commerce.StoreCount, error)
}

// VerifyObserver hears what a Verifier does, for metrics. Its methods must not block.
type VerifyObserver interface {
	// Checked counts products whose documents were held against the database.
	Checked(n int)
	// Drift counts products of which the two said different things, Repaired those that were put right.
	Drift(kind string, n int)
	Repaired(n int)
	// Swept tells that all products were looked at since began.
	Swept(began, ended time.Time)
}

// Verifier holds an index against the database, document by document, while both are written to.
type Verifier struct{ c VerifierConfig }

// NewVerifier checks the configuration. It does not connect.
func NewVerifier(c VerifierConfig) (*Verifier, error) {
	if c.Documents == nil || c.Catalogue == nil || c.Index == nil || c.Freshness == nil {
		return nil, errors.New("verify: documents, catalogue, index and freshness are all required")
	}
	c.Alias = orDefault(c.Alias, search.Alias)
	if c.Observer == nil {
		c.Observer = nobody{}
	}
	if c.Now == nil {
		c.Now = time.Now //nolint:forbidigo // the default of an injected clock
	}
	return &Verifier{c}, nil
}

const (
	// verifyPage is the number of products whose documents are built in one snapshot and held against the index.
	verifyPage = maxRoots
	// entryPage bounds what is read of the index in one request. It is more than a page of products, so that one request is
	// enough unless there are documents of products that are gone.
	entryPage = 2 * verifyPage
	// maxSuspects bounds the products that wait for their second look.
	maxSuspects = verifyPage
	// maxListed bounds what a report names one by one; it counts them all.
	maxListed = 1000
)

// VerifyOptions say what to look at, and what to do about it.
type VerifyOptions struct {
	// Store is the one store to look at, 0 for all.
	Store commerce.StoreID
	// Repair has products that drifted indexed anew, and looks at them again.
	Repair bool
	// Rate bounds the products looked at in a second, 0 for as many as there are.
	Rate int
	// Progress, when set, hears of the products looked at so far after each page.
	Progress func(checked int)
}

// VerifyReport is what was found.
type VerifyReport struct {
	Counts CountReport
	// Checked are the products looked at, Suspects those that differed at first sight.
	Checked, Suspects int
	// Found counts what drifted by kind, Repaired what was put right of that. Refused counts what differs because the search engine
	// refuses the document, which is no drift. Drift are the first of both.
	Found    map[commerce.DriftKind]int
	Repaired int
	Refused  int
	Drift    []commerce.Drift
}

// Drifted is how many products drifted, those that were repaired among them.
func (r VerifyReport) Drifted() int {
	n := 0
	for _, found := range r.Found {
		n += found
	}
	return n
}

// Faithful reports whether the index was found to say what the database says.
func (r VerifyReport) Faithful() bool {
	return r.Drifted() == 0 && r.Refused == 0 && len(r.Counts.Differ) == 0
}

// Verify looks at all products, and reports where the index differs for a reason other than writes that are on their way. It
// fails when it could not look, or when the index does not come to the present. A generation may go live when the report is
// Faithful.
func (v *Verifier) Verify(ctx context.Context, o VerifyOptions) (VerifyReport, error) {
	p := v.pass(o.Repair)
	after, to := span(o.Store)
	counted, err := v.count(ctx, o.Store)
	if err != nil {
		return p.report, err
	}
	if err := p.walk(ctx, o, after, to); err != nil {
		return p.report, err
	}
	p.report.Counts, err = v.recount(ctx, counted)
	p.report.Counts.excuse(p.lacking)
	return p.report, err
}

// span is what lies before the products of a store, or of all, and the end of them.
func span(store commerce.StoreID) (after, to commerce.ProductRef) {
	if store == 0 {
		return commerce.FirstProduct(), commerce.LastProduct()
	}
	return commerce.ProductRef{Store: store}, commerce.ProductRef{Store: store, ID: commerce.LastProduct().ID}
}

// pass is one look at products, in pages.
type pass struct {
	v      *Verifier
	repair bool
	// suspects differed at first sight.
	suspects []commerce.ProductRef
	report   VerifyReport
	// lacking is how many documents stores lack, or have too many when negative, that the search engine refuses to take or to remove.
	lacking map[commerce.StoreID]int
}

func (v *Verifier) pass(repair bool) *pass {
	return &pass{
		v: v, repair: repair, report: VerifyReport{Found: make(map[commerce.DriftKind]int)}, lacking: make(map[commerce.StoreID]int),
	}
}

// walk looks at all products of a range.
func (p *pass) walk(ctx context.Context, o VerifyOptions, after, to commerce.ProductRef) error {
	started := p.v.c.Now()
	for more := true; more; {
		var err error
		if after, more, err = p.page(ctx, after, to); err != nil {
			return err
		}
		if o.Progress != nil {
			o.Progress(p.report.Checked)
		}
		if o.Rate > 0 && !sleep(ctx, started.Add(time.Duration(p.report.Checked)*time.Second/time.Duration(o.Rate)).Sub(p.v.c.Now())) {
			return ctx.Err()
		}
	}
	return p.settle(ctx)
}

// page looks at the next products, and at the documents in the same range of keys: up to the last of the products, or, after
// the last one, to the end. The documents are built first. What is written in between makes suspects.
func (p *pass) page(ctx context.Context, after, to commerce.ProductRef) (last commerce.ProductRef, more bool, err error) {
	refs, err := p.v.c.Catalogue.NextProducts(ctx, after, to, verifyPage)
	if err != nil {
		return after, false, err
	}
	last = to
	if more = len(refs) == verifyPage; more {
		last = refs[len(refs)-1]
	}
	docs, err := p.v.c.Documents.ProductDocuments(ctx, nil, refs)
	if err != nil {
		return after, false, err
	}
	p.report.Checked += len(refs)
	p.v.c.Observer.Checked(len(refs))
	return last, more, p.compare(ctx, hashes(docs), after, last)
}

func hashes(docs map[commerce.ProductRef]*commerce.ProductDocument) map[commerce.ProductRef]int64 {
	due := make(map[commerce.ProductRef]int64, len(docs))
	for ref, doc := range docs {
		due[ref] = search.DocumentHash(doc)
	}
	return due
}

// compare holds what is due in a range of keys against the index.
func (p *pass) compare(ctx context.Context, due map[commerce.ProductRef]int64, after, last commerce.ProductRef) error {
	for {
		entries, err := p.v.c.Index.Entries(ctx, after, last, entryPage)
		if err != nil {
			return err
		}
		for _, e := range entries {
			if hash, is := due[e.Ref]; !is || hash != e.Hash {
				if err := p.suspect(ctx, e.Ref); err != nil {
					return err
				}
			}
			delete(due, e.Ref)
		}
		if len(entries) < entryPage {
			break
		}
		after = entries[len(entries)-1].Ref
	}
	for ref := range due { // what has no document
		if err := p.suspect(ctx, ref); err != nil {
			return err
		}
	}
	return nil
}

func (p *pass) suspect(ctx context.Context, ref commerce.ProductRef) error {
	p.suspects = append(p.suspects, ref)
	if len(p.suspects) < maxSuspects {
		return nil
	}
	return p.settle(ctx)
}

// settle takes the second look at all suspects, and repairs what drifted.
func (p *pass) settle(ctx context.Context) error {
	suspects := p.suspects
	p.suspects = nil
	p.report.Suspects += len(suspects)
	drift, err := p.v.look(ctx, suspects)
	if err != nil || len(drift) == 0 {
		return err
	}
	if p.repair {
		if drift, err = p.v.redo(ctx, drift); err != nil {
			return err
		}
	}
	p.note(drift)
	return nil
}

// note puts drift into the report.
func (p *pass) note(drift []commerce.Drift) {
	repaired := 0
	for _, d := range drift {
		switch {
		case d.Refused:
			p.refused(d)
		case d.Repaired:
			repaired++
			fallthrough
		default:
			p.report.Found[d.Kind]++
			p.v.c.Observer.Drift(string(d.Kind), 1)
		}
		if len(p.report.Drift) < maxListed {
			p.report.Drift = append(p.report.Drift, d)
		}
	}
	p.report.Repaired += repaired
	p.v.c.Observer.Repaired(repaired)
}

// refused counts a product whose document the search engine refuses.
func (p *pass) refused(d commerce.Drift) {
	p.report.Refused++
	switch d.Kind {
	case commerce.DriftMissing:
		p.lacking[d.Product.Store]++
	case commerce.DriftOrphan:
		p.lacking[d.Product.Store]--
	case commerce.DriftStale:
	}
}
