package commerce

import (
	"context"
	"encoding/json"
	"errors"
	"time"
)

// ProductDocument is everything about one product that search needs: built whole from current rows, never from a change's payload.
type ProductDocument struct {
	Ref         ProductRef
	Currency    Currency // of all its prices
	Title       string
	Body        string // plain text
	Vendor      string
	ProductType string
	Tags        []string
	Collections []CollectionID
	PublishedAt time.Time
	CreatedAt   time.Time
	Popularity  Popularity
	Variants    []DocumentVariant
	// Attributes are the values of metafields that buyers can read and filter by.
	Attributes []DocumentAttribute
	// RowVersion is that of the product's own row, which any write of it moves. It is for who reads twice, and in no index.
	RowVersion int64
}

// DocumentAttribute is one value of a metafield.
type DocumentAttribute struct{ Namespace, Key, Value string }

// longestAttribute bounds the values that products can be filtered by, in characters: what is longer is a text to read.
const longestAttribute = 255

// NewDocumentAttributes are the values of a metafield that products can be filtered by: none, one, or those of a list.
func NewDocumentAttributes(namespace, key string, of MetafieldType, value string) []DocumentAttribute {
	if !of.filters() || len(value) > MaxFilterValue {
		return nil
	}
	values := []string{value}
	if _, list := of.element(); list {
		values = nil
		var elements []json.RawMessage
		if json.Unmarshal([]byte(value), &elements) != nil {
			return nil
		}
		for _, e := range elements { // a text, or a number or boolean as it stands
			text := string(e)
			if text[0] == '"' && json.Unmarshal(e, &text) != nil {
				return nil
			}
			values = append(values, text)
		}
	}
	var attributes []DocumentAttribute
	for _, v := range values {
		if v != "" && !Characters(longestAttribute).Exceeded(v) {
			attributes = append(attributes, DocumentAttribute{namespace, key, v})
		}
	}
	return attributes
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

// StoreDocumentReader builds the documents of a whole store, in the order of the products' numbers: at most limit. It tells where the log was
// before they were read. Code UNAVAILABLE.
type StoreDocumentReader interface {
	StoreDocuments(ctx context.Context, store StoreID, limit int) ([]*ProductDocument, LogPosition, error)
}

// Resync is a page of products that are asked for anew.
type Resync struct {
	// Run names the request in the log. It holds neither colon nor slash.
	Run   string
	After ProductRef
	Limit int
}

// ResyncPrefix marks the logical messages by which products come back through the log, to be looked at again like products that
// have changed. Their content is "run:store-product,store-product"; a step of a walk has the run "run/step".
const ResyncPrefix = "kirana.resync"

// LogState is what the primary says about its write-ahead log and the indexer's slot in it.
type LogState struct {
	// SystemID and Timeline name the log: positions of two logs cannot be compared.
	SystemID string
	Timeline int32
	// Flushed is the position up to which the log is durable, in bytes (LSN).
	Flushed int64
	// SlotExists says that the replication slot is there, SlotActive that somebody reads from it, SlotConfirmed up to where.
	SlotExists, SlotActive bool
	SlotConfirmed          int64
	// Beat is the canary's last. No document of it has one that the database has not had before: else this is an older state of it.
	Beat int64
}

// SlotState is what the primary keeps of its log for the indexer's slot.
type SlotState struct {
	// Flushed is the position up to which the log is durable, Confirmed the one up to which the slot's reader is done with it; 0
	// when there is no slot.
	Flushed, Confirmed int64
	// Retained is how many bytes of the log are kept for the slot. Safe is how many more may be written before the slot may lose
	// what it needs, negative when there is no such limit.
	Retained, Safe int64
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
	// Acknowledged is the highest position that the server may have been told is done with, 0 when nobody kept it. It is read
	// only: saving the state makes Confirmed that position.
	Acknowledged int64
	// Request is what was asked for last through the log, Outcome what became of it. Both are read only.
	Request, Outcome string
}

// IndexStateStore reads the state of the log, and keeps that of the index beside the data for other processes to read.
// slot is the name of the replication slot.
type IndexStateStore interface {
	LogState(ctx context.Context, slot string) (LogState, error)
	// SlotState is for whoever watches.
	SlotState(ctx context.Context, slot string) (SlotState, error)
	// IndexState is what was saved last, zero when nothing was.
	IndexState(ctx context.Context, slot string) (IndexState, error)
	// AnswerReindex notes what became of a request.
	AnswerReindex(ctx context.Context, slot, id, outcome string) error
	SaveIndexState(ctx context.Context, slot string, s IndexState) error
}
