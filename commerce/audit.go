package commerce

import (
	"context"
	"time"
)

// AuditSortID is the only order of an audit log: by id, which is the order of writing.
const AuditSortID SortKey = "AUDIT"

// AuditEntry is one line of a store's audit log: who changed what. It stays when what it tells of is gone.
type AuditEntry struct {
	StoreID StoreID
	ID      int64
	At      time.Time
	// Actor is the name of the merchant, or the name and the prefix of the API key; nil for the operator at the command line.
	Actor *string
	// Action is the name of the mutation.
	Action string
	// Subject is the global id of what was changed, nil when it was many things.
	Subject *string
	// Detail is JSON.
	Detail string
}

// Tenant is the store.
func (e *AuditEntry) Tenant() StoreID { return e.StoreID }

// AuditReader reads audit logs; who may read them is for whoever asks to know.
type AuditReader interface {
	// AuditLogs reads pages of stores' audit logs.
	AuditLogs(ctx context.Context, keys []StorePageKey) (map[StorePageKey]List[*AuditEntry], error)
}
