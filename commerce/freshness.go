package commerce

import (
	"context"
	"time"
)

// WaitPrefix marks the logical messages of who waits for the index. They have no content: that one comes by in the log says
// that everything before it is to be made searchable now, and that it is to be told at once how far the index is.
const WaitPrefix = "kirana.wait"

// LogTail is the end of the log of the primary.
type LogTail interface {
	// LogPosition is a position behind the commit of everything that can be seen in the database now.
	LogPosition(ctx context.Context) (int64, error)
	// HurryIndex has the indexer make everything searchable that was committed before, and say so.
	HurryIndex(ctx context.Context) error
}

// Freshness says how far the index has come along the log of the primary, to any process.
type Freshness interface {
	// LogPosition is that of LogTail.
	LogPosition(ctx context.Context) (int64, error)
	// WaitSearchable returns once every commit up to position can be found, with the state the index is in then. It makes the
	// indexer refresh the index for it. Without an indexer it waits until ctx ends.
	WaitSearchable(ctx context.Context, position int64) (IndexState, error)
}

// Canary is what stands for the canary among products: it belongs to no store, so no search of a store finds it.
func Canary() ProductRef { return ProductRef{} }

// CanaryDocument is the canary's document after a beat, which is its price.
func CanaryDocument(beat int64) *ProductDocument {
	long := time.Unix(0, 0).UTC()
	return &ProductDocument{Ref: Canary(), Title: "canary", PublishedAt: long, CreatedAt: long, Variants: []DocumentVariant{{PriceMinor: beat}}}
}

// CanaryQuery finds the canary after a beat, or after a later one.
func CanaryQuery(beat int64) SearchQuery {
	return SearchQuery{
		Unavailable: UnavailableShow, Selection: Selection{Prices: []PriceRange{{Min: beat, Max: beat + 1<<30}}},
		Page: Page{Ordering: Ordering{Key: SearchSortRelevance}, Limit: 1},
	}
}

// CanaryKeeper changes the canary's row.
type CanaryKeeper interface {
	// Beat commits the next beat and returns its number.
	Beat(ctx context.Context) (int64, error)
}

// IndexProgress tells how far the log and the index are at one moment.
type IndexProgress interface {
	// Progress is the position up to which the log is durable, and the one up to which every commit can be found.
	Progress(ctx context.Context) (flushed, searchable int64, err error)
}
