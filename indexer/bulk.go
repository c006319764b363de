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
	ref commerce.ProductRef
	// lines are the item's lines of a bulk request, with their version.
	lines []byte
}

const (
	// maxBody bounds a bulk request, in bytes, far below what the engine takes (100 MB).
	maxBody = 8 << 20
	// bulkAttempts bounds how long a request is repeated before the run starts over.
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
	index string
	limit int // of a request's body
}

// write writes items until each has an answer, in requests of a bounded size.
func (b *bulkWriter) write(ctx context.Context, items []item) error {
	for len(items) > 0 {
		n := fit(items, b.limit)
		if err := b.request(ctx, items[:n]); err != nil {
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

// request writes items with one request. Those the engine was too busy for are sent again, alone.
func (b *bulkWriter) request(ctx context.Context, items []item) error {
	pause := firstPause / 2
	for attempt := 1; ; attempt++ {
		left, err := b.send(ctx, items)
		if err == nil && len(left) == 0 {
			return nil
		}
		if r, ok := errors.AsType[*refusal](err); ok && r.status == http.StatusRequestEntityTooLarge {
			return b.halve(ctx, items)
		} else if ok && !r.passing() {
			return err
		}
		if err == nil {
			items = left
		}
		if attempt == bulkAttempts {
			return fmt.Errorf("%d documents were not written after %d attempts: %w", len(items), attempt, errors.Join(err, errBusy))
		}
		if !sleep(ctx, pause) {
			return ctx.Err()
		}
		pause = min(2*pause, lastPause)
	}
}

// halve writes what was too much for one request. A document that is too much by itself is given up.
func (b *bulkWriter) halve(ctx context.Context, items []item) error {
	if len(items) == 1 {
		b.reject(ctx, items[0], "too large", fmt.Sprintf("a request of %d bytes", len(items[0].lines)))
		b.x.c.Observer.Documents("rejected", 1)
		return nil
	}
	half := len(items) / 2
	if err := b.request(ctx, items[:half]); err != nil {
		return err
	}
	return b.request(ctx, items[half:])
}

// send makes one request and returns the items that have to be sent again.
func (b *bulkWriter) send(ctx context.Context, items []item) ([]item, error) {
	yes := true
	req := esapi.BulkRequest{
		Index: b.index, Body: bytes.NewReader(body(items)), RequireAlias: &yes, Timeout: callTimeout,
		FilterPath: []string{"items.*.status", "items.*.error.type", "items.*.error.reason"},
	}
	var answer bulkAnswer
	if err := b.x.es.call(ctx, req, &answer); err != nil {
		return nil, fmt.Errorf("write %d documents: %w", len(items), err)
	}
	if len(answer.Items) != len(items) {
		return nil, fmt.Errorf("the search engine answered for %d of %d documents", len(answer.Items), len(items))
	}
	return b.outcomes(ctx, items, answer)
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

// outcomes sorts the items by what became of them, and returns those that have to be sent again. Only what the engine finds
// wrong with a document itself (400) gives the document up; every other refusal is about the index, and ends the run.
func (b *bulkWriter) outcomes(ctx context.Context, items []item, answer bulkAnswer) ([]item, error) {
	var again []item
	var fault error
	counts := make(map[string]int, 2)
	for i, entry := range answer.Items {
		for action, o := range entry {
			switch {
			case o.Status < http.StatusMultipleChoices:
				counts[outcomeName(action)]++
			case o.Status == http.StatusConflict:
				counts["stale"]++ // a later version is there already
			case action == "delete" && o.Status == http.StatusNotFound && o.Error.Type == "":
				counts["deleted"]++ // it was not there
			case o.Status == http.StatusBadRequest:
				counts["rejected"]++
				b.reject(ctx, items[i], o.Error.Type, o.Error.Reason)
			case passing(o.Status):
				again = append(again, items[i])
			default:
				fault = &refusal{status: o.Status, text: o.Error.Reason}
			}
		}
	}
	for outcome, n := range counts {
		b.x.c.Observer.Documents(outcome, n)
	}
	return again, fault
}

func (b *bulkWriter) reject(ctx context.Context, it item, kind, reason string) {
	b.x.c.Logger.ErrorContext(ctx, "the search engine rejects a document; what it has of the product stays as it was until the product changes",
		"document", search.DocumentID(it.ref), "type", kind, "reason", reason)
}

func outcomeName(action string) string {
	if action == "delete" {
		return "deleted"
	}
	return "indexed"
}
