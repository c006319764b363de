package commerce

import "context"

// DeadLetter is a document that the search engine refuses for good.
type DeadLetter struct {
	Ref ProductRef
	// Index is the generation that refuses it.
	Index   string
	Version int64
	// ErrorType and Reason are the engine's own words.
	ErrorType, Reason string
}

// RefusalReader knows which documents an index refuses.
type RefusalReader interface {
	// RefusedBy are those of some products whose documents an index refuses.
	RefusedBy(ctx context.Context, index string, refs []ProductRef) ([]ProductRef, error)
}

// DeadLetterStore keeps documents that an index refuses, until it takes them.
type DeadLetterStore interface {
	RefusalReader
	// AddDeadLetter notes a document, once more when it was noted before, and reports whether it is a new one.
	AddDeadLetter(ctx context.Context, l DeadLetter) (added bool, err error)
	// DropDeadLetters forgets documents that an index has taken, and returns how many had been noted.
	DropDeadLetters(ctx context.Context, index string, refs []ProductRef) (int, error)
	// DropDeadIndex forgets all documents of an index that is gone.
	DropDeadIndex(ctx context.Context, index string) error
	// CountDeadLetters counts them by index.
	CountDeadLetters(ctx context.Context) (map[string]int, error)
}
