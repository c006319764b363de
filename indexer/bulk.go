package indexer

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"net/http"
	"strconv"

	"github.com/elastic/go-elasticsearch/v8/esapi"

	"github.com/kirana-commerce/kirana/commerce"
	"github.com/kirana-commerce/kirana/search"
)

// item is one document to write, or to remove.
type item struct {
	ref     commerce.ProductRef
	version int64
	// lines are the item's lines of a bulk request, with their version.
	lines []byte
}

// newItem renders a document, or the removal of one when doc is nil.
func newItem(ref commerce.ProductRef, doc *commerce.ProductDocument, version int64) item {
	return item{ref: ref, version: version, lines: appendItem(nil, ref, doc, version)}
}

const (
	// maxBody bounds a bulk request, in bytes, far below what the engine takes (100 MB).
	maxBody = 8 << 20
	// bulkAttempts bounds how long a request is repeated before it is asked what is wrong with it.
	bulkAttempts = 6
)

// appendItem renders an item; doc is nil for a removal. An external version that equals the stored one is accepted (gte):
// a batch that is redelivered repairs, and only older writers are refused.
func appendItem(b []byte, ref commerce.ProductRef, doc *commerce.ProductDocument, version int64) []byte {
	action := `{"index":{"_id":"`
	if doc == nil {
		action = `{"delete":{"_id":"`
	}
	b = append(b, action...)
	b = append(b, search.DocumentID(ref)...)
	b = append(b, `","routing":"`...)
	b = append(b, search.Routing(ref.Store)...)
	b = append(b, `","version_type":"external_gte","version":`...)
	b = strconv.AppendInt(b, version, 10)
	b = append(b, "}}\n"...)
	if doc != nil {
		b = search.AppendDocument(b, doc, version)
		b = append(b, '\n')
	}
	return b
}

// bulkWriter writes documents into one generation of the index.
type bulkWriter struct {
	x     *Indexer
	index string // the generation's name
	alias string // that it is written through
	limit int    // of a request's body
	dead  *deadLetters
}

// write writes items until each has an answer, in requests of a bounded size.
func (b *bulkWriter) write(ctx context.Context, items []item) error {
	for len(items) > 0 {
		n := fit(items, b.limit)
		if err := b.request(ctx, items[:n], bulkAttempts); err != nil {
			return err
		}
		items = items[n:]
	}
	return nil
}

// fit is how many of the items make a request of at most limit bytes, at least one.
func fit(items []item, limit int) int {
	size := 0
	for n, it := range items {
		if size += len(it.lines); size > limit && n > 0 {
			return n
		}
	}
	return len(items)
}

// errBusy ends a run: it starts over until the engine is back.
var errBusy = errors.New("the search engine is too busy or away")

// request writes items with one request. Those the engine could not take at that moment are sent again, alone.
func (b *bulkWriter) request(ctx context.Context, items []item, attempts int) error {
	pause := firstPause / 2
	for attempt := 1; ; attempt++ {
		left, err := b.send(ctx, items)
		var r *refusal
		switch {
		case err == nil && len(left.items) == 0:
			return nil
		case err == nil:
			items, err = left.items, left.cause
		case errors.As(err, &r) && r.divides():
			return b.isolate(ctx, items, err)
		case errors.As(err, &r) && !r.passing():
			return err
		}
		if attempt == attempts {
			return b.isolate(ctx, items, fmt.Errorf("not written after %d attempts: %w", attempt, err))
		}
		if !sleep(ctx, pause) {
			return ctx.Err()
		}
		pause = min(2*pause, lastPause)
	}
}

// leftover are items that have to be sent again, and why.
type leftover struct {
	items []item
	cause *refusal
}

// add notes an item. Of several reasons the one stays that says least against the documents: the engine was too busy.
func (l *leftover) add(it item, cause *refusal) {
	l.items = append(l.items, it)
	if l.cause == nil || cause.status == http.StatusTooManyRequests {
		l.cause = cause
	}
}

// send makes one request and returns the items that have to be sent again. What the engine finds wrong with is tried once
// more, alone, before it is given up.
func (b *bulkWriter) send(ctx context.Context, items []item) (leftover, error) {
	answer, err := b.exchange(ctx, items)
	if err != nil {
		return leftover{}, err
	}
	out, err := b.outcomes(items, answer)
	if err != nil {
		return out.left, err
	}
	if err := b.dead.taken(ctx, b.index, out.taken); err != nil {
		return out.left, err
	}
	for _, r := range out.refused {
		if err := b.alone(ctx, r.item); err != nil {
			return out.left, err
		}
	}
	return out.left, nil
}

// exchange makes one request and returns the engine's answer, which has an entry for every item.
func (b *bulkWriter) exchange(ctx context.Context, items []item) (bulkAnswer, error) {
	yes := true
	req := esapi.BulkRequest{
		Index: b.alias, Body: bytes.NewReader(body(items)), RequireAlias: &yes, Timeout: callTimeout,
		FilterPath: []string{"items.*.status", "items.*.error.type", "items.*.error.reason"},
	}
	var answer bulkAnswer
	if err := b.x.es.call(ctx, req, &answer); err != nil {
		return answer, fmt.Errorf("write %d documents: %w", len(items), err)
	}
	if len(answer.Items) != len(items) {
		return answer, fmt.Errorf("the search engine answered for %d of %d documents", len(answer.Items), len(items))
	}
	return answer, nil
}

// body is the text of a request. Its memory is never used again: a request that was answered early or given up may still
// be reading it.
func body(items []item) []byte {
	size := 0
	for _, it := range items {
		size += len(it.lines)
	}
	text := make([]byte, 0, size)
	for _, it := range items {
		text = append(text, it.lines...)
	}
	return text
}

// bulkAnswer is what the engine says to a bulk request: one entry for each item, under the item's action.
type bulkAnswer struct {
	Items []map[string]itemOutcome `json:"items"`
}

type itemOutcome struct {
	Status int `json:"status"`
	Error  struct {
		Type   string `json:"type"`
		Reason string `json:"reason"`
	} `json:"error"`
}

// outcome sorts the items of a request by what became of them.
type outcome struct {
	taken   []commerce.ProductRef // or a later version was there already
	refused []rejection           // for what is in them
	left    leftover
}

// rejection is an item that the engine finds something wrong with.
type rejection struct {
	item
	refusal *refusal
}

// outcomes reads an answer. Only what the engine finds wrong with a document itself (400) speaks against the document; a
// refusal that will not pass and is about the index ends the run.
func (b *bulkWriter) outcomes(items []item, answer bulkAnswer) (outcome, error) {
	var out outcome
	var fault error
	counts := make(map[string]int, 2)
	for i, it := range items { // the answer has as many
		for action, o := range answer.Items[i] {
			r := &refusal{status: o.Status, kind: o.Error.Type, text: o.Error.Reason}
			switch name := outcomeName(action, o); {
			case name != "":
				counts[name]++
				out.taken = append(out.taken, it.ref)
			case o.Status == http.StatusBadRequest:
				out.refused = append(out.refused, rejection{it, r})
			case r.passing():
				out.left.add(it, r)
			default:
				fault = r
			}
		}
	}
	for name, n := range counts {
		b.x.c.Observer.Documents(name, n)
	}
	return out, fault
}

// outcomeName says what became of an item that is done with, empty for one that is not.
func outcomeName(action string, o itemOutcome) string {
	switch {
	case o.Status == http.StatusConflict:
		return "stale" // a later version is there already
	case action == "delete" && (o.Status < http.StatusMultipleChoices || o.Status == http.StatusNotFound && o.Error.Type == ""):
		return "deleted" // or it was not there
	case o.Status < http.StatusMultipleChoices:
		return "indexed"
	}
	return ""
}
