package search

import (
	"context"
	"crypto/hmac"
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"strconv"
	"time"

	"github.com/elastic/go-elasticsearch/v8/esapi"

	"github.com/kirana-commerce/kirana/commerce"
)

// The pages of a text by relevance are a walk: it meets every product once while others change, which moves all scores a little (ADR 12).
// All its pages but the first are read from one point in time of the index. Few searches get a second page: only then is the point in time
// made, and what the first page has shown is kept from being shown again.

// viewKept is how long the engine keeps a point in time after each page that is read from it.
const viewKept = "1m"

// longestView bounds the name of a point in time in a cursor, in bytes. The engine's own have some 200 for a store's shard.
const longestView = 2000

// walk is what the cursors at the edges of a page carry beside their place. The zero value is the cursor inside a page, which begins a walk
// at its place.
type walk struct {
	// View is the engine's name of the point in time, "" until the second page is asked for. Made is when that was, in milliseconds.
	View string `json:"view,omitempty"`
	Made int64  `json:"made,omitempty"`
	// Back says that it goes on to the page before.
	Back bool `json:"back,omitempty"`
	// Seen are the products of the first page.
	Seen []int64 `json:"seen,omitempty"`
}

// walked reports whether the pages of a query are a walk.
func walked(q commerce.SearchQuery) bool {
	return q.Page.Key == commerce.SearchSortRelevance && searchText(q) != ""
}

// readWalk reads what a cursor carries beside its place. What this installation has not signed, or what leads the other way, is no walk: the
// name of a point in time has in it what the engine does for it.
func readWalk(q commerce.SearchQuery, key []byte, from *json.Decoder) (walk, bool) {
	var w walk
	var signed string
	switch err := from.Decode(&w); {
	case errors.Is(err, io.EOF):
		return walk{}, true
	case err != nil || from.Decode(&signed) != nil || len(w.View) > longestView || len(w.Seen) > commerce.MaxPageSize:
		return walk{}, false
	}
	if len(key) == 0 || w.Back != q.Page.Backward || !hmac.Equal([]byte(signed), []byte(w.signature(q.Store, key))) {
		return walk{}, true
	}
	return w, true
}

// sign renders the walk for a cursor, "" where nothing is known of it, or nothing to sign it with.
func (w walk) sign(store commerce.StoreID, key []byte) string {
	if len(key) == 0 || w.View == "" && len(w.Seen) == 0 {
		return ""
	}
	return string(w.text()) + strconv.Quote(w.signature(store, key))
}

// signature is what only this installation makes of a walk in a store.
func (w walk) signature(store commerce.StoreID, key []byte) string {
	mac := hmac.New(sha256.New, key)
	mac.Write(append(strconv.AppendInt(nil, int64(store), 10), ' '))
	mac.Write(w.text())
	return base64.RawURLEncoding.EncodeToString(mac.Sum(nil)[:16])
}

func (w walk) text() []byte {
	b, _ := json.Marshal(w) // texts and numbers
	return b
}

// begins reports whether all that was shown so far is known, so that the walk goes on from the top without that.
func (w walk) begins() bool { return w.View == "" && len(w.Seen) > 0 }

// unseen leaves out what was shown before the point in time was made.
func (w walk) unseen() object { return object{"bool": object{"must_not": terms(fieldProduct, w.Seen)}} }

// countSeen counts what is found and was seen: the filter that keeps it from being shown keeps it out of the engine's count.
func (r *request) countSeen(selected list) {
	aggs, _ := r.body["aggs"].(object)
	if aggs == nil {
		aggs = object{}
		r.body["aggs"] = aggs
	}
	aggs[aggSeen] = object{"filter": allOf(append(list{terms(fieldProduct, r.walk.Seen)}, selected...)...)}
}

// time is when the walk's view of the index was made: what is due after that does not turn up within it.
func (w walk) time(now time.Time) time.Time {
	if made := time.UnixMilli(w.Made); w.View != "" && made.Before(now) {
		return made
	}
	return now
}

// onward is the walk as the next page gets it. What a later page shows needs not be kept: it stays where it is in the view.
func (r *request) onward(q commerce.SearchQuery, view string, shown []commerce.Item[commerce.ProductRef]) walk {
	w := walk{View: view, Made: r.walk.Made, Back: q.Page.Backward, Seen: r.walk.Seen}
	if r.later && view == "" {
		return walk{}
	}
	if !r.later {
		w.Seen = make([]int64, len(shown))
		for i, item := range shown {
			w.Seen[i] = item.ID
		}
	}
	return w
}

// backward is the walk as the page before gets it: in the same view, and of everything.
func (r *request) backward(q commerce.SearchQuery, view string) walk {
	return walk{View: view, Made: r.walk.Made, Back: !q.Page.Backward}
}

// signWalk lets the cursors at the edges of a page know the walk. The items stand as they were read.
func (r *request) signWalk(q commerce.SearchQuery, view string, items []commerce.Item[commerce.ProductRef]) {
	edge := min(q.Page.Limit, len(items)) - 1
	if !walked(q) || edge < 0 {
		return
	}
	if edge+1 < len(items) {
		items[edge].Value += r.onward(q, view, items[:edge+1]).sign(q.Store, r.key)
	}
	if edge > 0 {
		items[0].Value += r.backward(q, view).sign(q.Store, r.key)
	}
}

// turn asks for a later page of a walk. Where the engine has forgotten the point in time, the walk goes on from its place in another one,
// and the answer says that it drifts.
func (e *Engine) turn(ctx context.Context, q commerce.SearchQuery, r *request, now time.Time) (response, error) {
	ctx, cancel := context.WithTimeout(ctx, e.timeout)
	defer cancel()
	begins := r.walk.begins()
	if r.walk.View != "" {
		found, err := e.read(ctx, r)
		if !forgotten(err) {
			return found, err
		}
	}
	view, err := e.newView(ctx, r.routing)
	if err != nil {
		return response{}, err
	}
	r.walk.View, r.walk.Made = view, now.UnixMilli()
	r.build(q, now, begins)
	found, err := e.read(ctx, r)
	found.drifts = !begins
	return found, err
}

// read asks for a page in the walk's view of the index.
func (e *Engine) read(ctx context.Context, r *request) (response, error) {
	r.body["pit"] = object{"id": r.walk.View, "keep_alive": viewKept}
	var found response
	err := e.do(ctx, searchRequest(r.body, answered()...), &found)
	if err != nil {
		return found, err
	}
	return found, found.fault()
}

// newView makes a point in time of a store's shard.
func (e *Engine) newView(ctx context.Context, routing string) (string, error) {
	var made struct{ ID string }
	err := e.do(ctx, esapi.OpenPointInTimeRequest{Index: []string{e.alias}, Routing: routing, KeepAlive: viewKept}, &made)
	if err != nil {
		return "", fmt.Errorf("make a point in time: %w", err)
	}
	return made.ID, nil
}

// forgotten reports whether the engine says that it has not got the point in time. It says so in many ways: when it is over, when the node
// that had it has been replaced, or when its name is of another version.
func forgotten(err error) bool { return errors.Is(err, errAnswered) }
