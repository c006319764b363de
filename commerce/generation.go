package commerce

import (
	"context"
	"time"
)

// Walk is a walk over all products of all stores through the log, which fills one generation of the index.
type Walk struct {
	Generation int
	// Run names its steps in the log, so that those of a walk before are told apart. It holds neither colon nor slash.
	Run string
	// Steps are in the log so far, with all products up to After; Whole says that none is left.
	Steps int
	After ProductRef
	Whole bool
	// Products were asked for, of about Total.
	Products, Total int64
	// Refused is why the generation does not go live yet although the walk is whole; Live says that it has.
	Refused string
	Live    bool
	// Took is the time since the walk began, or that it took until its generation went live.
	Took time.Duration
}

// WalkStore writes the steps of a walk into the log, and keeps how far it has come. A step and the note of it are one
// transaction: either the step comes back through the log, or it was not made. slot is the name of the replication slot.
type WalkStore interface {
	// Walk is the last one that began, with generation 0 when there was none.
	Walk(ctx context.Context, slot string) (Walk, error)
	// BeginWalk forgets the one before.
	BeginWalk(ctx context.Context, slot string, generation int, run string) (Walk, error)
	// StepWalk writes a message with the next products, at most limit, and returns how far the walk is then. The message of
	// the last step may have none.
	StepWalk(ctx context.Context, slot string, w Walk, limit int) (Walk, error)
	// EndWalk notes that the generation is live, or why it is refused.
	EndWalk(ctx context.Context, slot string, generation int, refused string) error
}

// ReindexPrefix marks the logical messages by which somebody asks the indexer for a generation. Their content is
// "id rebuild" or "id rollback <number of the generation to leave>".
const ReindexPrefix = "kirana.reindex"
