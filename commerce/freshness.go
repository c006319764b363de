package commerce

import "context"

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
