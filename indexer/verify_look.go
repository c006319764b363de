package indexer

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"time"

	"github.com/kirana-commerce/kirana/commerce"
	"github.com/kirana-commerce/kirana/search"
)

// catchUpTime is how long the index may take to come to the present before a verification gives up.
const catchUpTime = time.Minute

// present waits until the index holds everything committed by now, and returns the position of that and the index's state.
func (v *Verifier) present(ctx context.Context) (int64, commerce.IndexState, error) {
	position, err := v.c.Freshness.LogPosition(ctx)
	if err != nil {
		return 0, commerce.IndexState{}, err
	}
	waiting, cancel := context.WithTimeout(ctx, catchUpTime)
	defer cancel()
	state, err := v.c.Freshness.WaitSearchable(waiting, position)
	if err != nil && waiting.Err() != nil && ctx.Err() == nil {
		return 0, state, fmt.Errorf("the index did not come to the present within %s: %w", catchUpTime, errors.Join(errNotIndexed, err))
	}
	return position, state, err
}

var errNotIndexed = errors.New("nobody keeps it equal to the database, or it is far behind")

// look takes the second look at products that differed: which of them differ although nothing is on its way?
//
//  1. It waits until the index holds all that was committed when the difference had been seen, up to a position. The indexer
//     has let these commits through its gate, so every later read sees them.
//  2. It builds the documents, and waits until the index holds all that this read saw.
//  3. It reads the index. A document with a version after the position was built anew since the difference was seen: whatever
//     was wrong with it is gone. One with an older version has to be what was built in step 2: no commit has touched its
//     product in between, or the version would say so.
//  4. A document that is not there has no version, and one that was written twice by an indexer that started over has an old
//     one. So the rows are read once more: a product that changed since step 2 is on its way again.
//  5. What the index is known to refuse is marked as such.
func (v *Verifier) look(ctx context.Context, refs []commerce.ProductRef) ([]commerce.Drift, error) {
	if len(refs) == 0 {
		return []commerce.Drift{}, nil
	}
	seen, state, err := v.present(ctx)
	if err != nil {
		return nil, err
	}
	docs, err := v.c.Documents.ProductDocuments(ctx, nil, refs)
	if err != nil {
		return nil, err
	}
	if _, _, err := v.present(ctx); err != nil {
		return nil, err
	}
	entries, err := v.c.Index.EntriesOf(ctx, refs)
	if err != nil {
		return nil, err
	}
	drift, err := v.still(ctx, docs, differing(refs, docs, entries, version(state.Epoch, seen)))
	if err != nil {
		return nil, err
	}
	return drift, v.mark(ctx, generation{alias: v.c.Alias, number: state.Generation}.name(), drift)
}

// mark marks what an index refuses.
func (v *Verifier) mark(ctx context.Context, index string, drift []commerce.Drift) error {
	if v.c.Refusals == nil || len(drift) == 0 {
		return nil
	}
	refused, err := v.c.Refusals.RefusedBy(ctx, index, products(drift))
	if err != nil {
		return fmt.Errorf("look for documents that are refused: %w", err)
	}
	for i, d := range drift {
		drift[i].Refused = slices.Contains(refused, d.Product)
	}
	return nil
}

// differing are the products whose documents are not what they should be, and were not written since a version.
func differing(refs []commerce.ProductRef, docs map[commerce.ProductRef]*commerce.ProductDocument, entries []search.Entry, since int64) []commerce.Drift {
	stored := make(map[commerce.ProductRef]search.Entry, len(entries))
	for _, e := range entries {
		stored[e.Ref] = e
	}
	var drift []commerce.Drift
	for _, ref := range refs {
		doc := docs[ref]
		e, is := stored[ref]
		switch {
		case doc == nil && !is, is && e.Version > since, is && doc != nil && e.Hash == search.DocumentHash(doc):
		case !is:
			drift = append(drift, commerce.Drift{Product: ref, Kind: commerce.DriftMissing})
		case doc == nil:
			drift = append(drift, commerce.Drift{Product: ref, Kind: commerce.DriftOrphan})
		default:
			drift = append(drift, commerce.Drift{Product: ref, Kind: commerce.DriftStale})
		}
	}
	return drift
}

// still leaves out what has changed since its document was built.
func (v *Verifier) still(ctx context.Context, before map[commerce.ProductRef]*commerce.ProductDocument, drift []commerce.Drift) ([]commerce.Drift, error) {
	if len(drift) == 0 {
		return drift, nil
	}
	now, err := v.c.Documents.ProductDocuments(ctx, nil, products(drift))
	if err != nil {
		return nil, err
	}
	kept := drift[:0]
	for _, d := range drift {
		if same(before[d.Product], now[d.Product]) {
			kept = append(kept, d)
		}
	}
	return kept, nil
}

// same reports whether two reads of a product saw the same rows.
func same(a, b *commerce.ProductDocument) bool {
	if a == nil || b == nil {
		return a == b
	}
	return a.RowVersion == b.RowVersion && search.DocumentHash(a) == search.DocumentHash(b)
}

func products(drift []commerce.Drift) []commerce.ProductRef {
	refs := make([]commerce.ProductRef, len(drift))
	for i, d := range drift {
		refs[i] = d.Product
	}
	return refs
}

// redo has what drifted indexed anew, and marks what agrees afterwards. What is refused would be refused again: it is tried anew
// when that is asked for.
func (v *Verifier) redo(ctx context.Context, drift []commerce.Drift) ([]commerce.Drift, error) {
	due := products(slices.DeleteFunc(slices.Clone(drift), func(d commerce.Drift) bool { return d.Refused }))
	if v.c.Redo == nil || len(due) == 0 {
		return drift, nil
	}
	if err := v.c.Redo.EmitRedo(ctx, due); err != nil {
		return drift, fmt.Errorf("have %d products indexed anew: %w", len(due), err)
	}
	left, err := v.look(ctx, due)
	if err != nil {
		return drift, err
	}
	after := make(map[commerce.ProductRef]commerce.Drift, len(left))
	for _, d := range left {
		after[d.Product] = d
	}
	for i, d := range drift {
		now, differs := after[d.Product]
		drift[i].Repaired = !d.Refused && !differs
		drift[i].Refused = d.Refused || now.Refused
	}
	return drift, nil
}
