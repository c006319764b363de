package indexertest

import (
	"context"
	"database/sql"
	"encoding/json"
	"fmt"
	"net/http"
	"slices"
	"sync"
	"time"
)

// Probe measures how long after its commit a change can be found: it changes one product, searches until that is found, and begins anew.
type Probe struct {
	DB     *sql.DB
	Engine string
	Alias  string
	// Product is the one it changes.
	Store, Product int64

	mu   sync.Mutex
	n    int
	lags []time.Duration
}

// run measures until ctx ends. A change whose commit fails, or that is still looked for then, does not count.
func (p *Probe) run(ctx context.Context) {
	for ctx.Err() == nil {
		p.n++
		word := fmt.Sprintf("fresh%dword", p.n)
		_, err := p.DB.ExecContext(ctx, `UPDATE products SET title = $3 WHERE store_id = $1 AND id = $2`, p.Store, p.Product, word)
		committed := time.Now()
		if err == nil {
			err = await(ctx, func() (bool, error) { return p.finds(ctx, word), nil })
		}
		if err == nil {
			p.note(time.Since(committed))
		}
		_ = Pause(ctx, 5*poll)
	}
}

func (p *Probe) note(lag time.Duration) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.lags = append(p.lags, lag)
}

// finds reports whether a search finds the word. An alias that is not there yet finds nothing.
func (p *Probe) finds(ctx context.Context, word string) bool {
	text, err := Call(ctx, http.MethodPost, p.Engine+"/"+p.Alias+"/_search", fmt.Sprintf(`{"size":1,"_source":false,"query":{"match":{"title":%q}}}`, word))
	var found hits
	return err == nil && json.Unmarshal(text, &found) == nil && len(found.Hits.Hits) > 0
}

// Quantile is the time within which a share of the changes was found, and how many there were.
func (p *Probe) Quantile(share float64) (time.Duration, int) {
	p.mu.Lock()
	defer p.mu.Unlock()
	n := len(p.lags)
	if n == 0 {
		return 0, 0
	}
	return slices.Sorted(slices.Values(p.lags))[min(int(share*float64(n)), n-1)], n
}
