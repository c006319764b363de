package commerce

import (
	"context"
	"errors"
	"time"
)

// ProductDocument is everything about one product that search needs: built whole from current rows, never from a change's payload.
type ProductDocument struct {
	Ref         ProductRef
	Title       string
	Body        string // plain text
	Vendor      string
	ProductType string
	Tags        []string
	Collections []CollectionID
	PublishedAt time.Time
	CreatedAt   time.Time
	Variants    []DocumentVariant
}

// DocumentVariant is one variant inside a ProductDocument.
type DocumentVariant struct {
	SKU        string
	Barcode    string
	PriceMinor int64
	Available  bool
	Options    []SelectedOption
}

// ErrNotVisible says that a transaction whose commit was streamed is not visible to a snapshot yet; ask again in a moment.
var ErrNotVisible = errors.New("a streamed transaction is not visible yet")

// DocumentReader builds documents for the index.
type DocumentReader interface {
	// ProductDocuments builds the documents of the given products in one snapshot of the primary that sees all the
	// given transactions, else it returns ErrNotVisible. xids are the low 32 bits that the log carries.
	// A product that should not be in the index is missing from the answer.
	ProductDocuments(ctx context.Context, xids []uint32, refs []ProductRef) (map[ProductRef]*ProductDocument, error)
}

// Resync is one step of the walk over all products of all stores.
type Resync struct {
	// Run names the walk, so that what a walk before this one left in the log is told apart. It holds no colon.
	Run   string
	After ProductRef
	Limit int
}

// ResyncPrefix marks the logical messages by which a resync comes back through the log. Their content is
// "run:store-product,store-product".
const ResyncPrefix = "kirana.resync"

// ResyncWriter injects work into the write-ahead log, so that it comes back in order with everything else.
type ResyncWriter interface {
	// EmitResync writes one transactional message with the next products after r.After and returns the last of them and
	// how many there were: 0, and no message, when the walk is done.
	EmitResync(ctx context.Context, r Resync) (last ProductRef, n int, err error)
}

// LogState is what the primary says about its write-ahead log and the indexer's slot in it.
type LogState struct {
	// SystemID and Timeline name the log: positions of two logs cannot be compared.
	SystemID string
	Timeline int32
	// Flushed is the position up to which the log is durable, in bytes (LSN).
	Flushed int64
	// SlotExists says that the replication slot is there.
	SlotExists bool
	// SlotActive says that a process reads from it.
	SlotActive bool
}

// IndexState is how far the index has come along the log.
type IndexState struct {
	SystemID string
	Timeline int32
	// Epoch is the highest part of the versions of the index's documents, Generation the number of the index behind the alias.
	Epoch      int64
	Generation int
	// Every commit up to Confirmed is in the index; every commit up to Searchable can be found.
	Confirmed, Searchable int64
}

// IndexStateStore reads the state of the log, and keeps that of the index beside the data for other processes to read.
// slot is the name of the replication slot.
type IndexStateStore interface {
	LogState(ctx context.Context, slot string) (LogState, error)
	SaveIndexState(ctx context.Context, slot string, s IndexState) error
}
