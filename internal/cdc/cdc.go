// Package cdc turns the write-ahead log of a Postgres database into an ordered stream of decoded row changes. It holds
// one logical replication connection, decodes the pgoutput protocol (version 1), hands every committed transaction to a
// [Handler] in commit order, and confirms to the server only what the handler has released as durable.
//
// It knows tables, columns and positions, never what they mean: it contains nothing of the domain, writes to no other
// system, keeps no state of its own between two streams (the server's replication slot is the memory), and never
// confirms a transaction that is not released.
package cdc

import (
	"errors"
	"time"
)

// Op is the kind of a row change.
type Op byte

// The three row changes of the protocol.
const (
	Insert Op = iota + 1
	Update
	Delete
)

// String names the change as SQL does.
func (o Op) String() string {
	switch o {
	case Insert:
		return "INSERT"
	case Update:
		return "UPDATE"
	case Delete:
		return "DELETE"
	default:
		return "UNKNOWN"
	}
}

// Handler receives the stream in commit order, always from the goroutine that called [Stream.Run]. A method that blocks
// stops the reading and nothing else: the connection stays alive, the server keeps what was not read. An error from any
// method ends Run with that error wrapped.
//
// Everything between Begin and Commit belongs to one transaction and has already committed on the server; it may not be
// visible to other connections yet (the server streams a commit when it is flushed, which is before it leaves the list of
// running transactions). A stream that ends within a transaction leaves it without a Commit. The next stream repeats every
// transaction that was not confirmed, from its Begin.
type Handler interface {
	// Begin opens a transaction: its id (32 bits wide, it wraps around) and the server's time of the commit.
	Begin(xid uint32, commitTime time.Time) error
	// Row is one changed row. Old carries the columns of the replica identity: always for DELETE, for UPDATE only when
	// one of them changed (or with REPLICA IDENTITY FULL), never for INSERT. New is empty for DELETE. Columns outside the
	// identity are null in old. Relation and tuples have the same columns in the same order. The memory of both tuples is
	// valid only during the call. The same *Relation is passed until the server describes the table anew, which it does
	// after every change of its definition and now and then without one; the new one has the same ID.
	Row(rel *Relation, op Op, old, new Tuple) error
	// Truncate names the tables emptied by one TRUNCATE statement.
	Truncate(rels []*Relation) error
	// Message is a message of pg_logical_emit_message. A transactional one comes between Begin and Commit; one emitted
	// with transactional = false comes outside, is covered by no release, and may therefore be lost in a crash. The memory
	// of content is valid only during the call.
	Message(prefix string, content []byte) error
	// Commit closes the transaction. End is the position just behind its commit record: it rises from commit to commit.
	// Release must be called once, from any goroutine and in any order, when everything of this transaction is durable
	// downstream; calls after the end of the stream, and repeated calls, do nothing.
	Commit(end Position, release func()) error
}

// What can be wrong with the server side of a stream. Errors of [Open] and [Stream.Run] wrap these, with the next step
// in their text.
var (
	// ErrWALLevel says that the server does not write logical information to its log.
	ErrWALLevel = errors.New("the server's wal_level is not logical")
	// ErrPublicationMissing says that the publication does not exist, or did not exist yet at the slot's position.
	ErrPublicationMissing = errors.New("the publication is missing")
	// ErrSlotActive says that another connection is reading from the slot. It may be a dead one the server has not
	// noticed yet (wal_sender_timeout), so trying again later is right.
	ErrSlotActive = errors.New("the replication slot is in use")
	// ErrSlotLost says that the server has removed log the slot still needed. Changes are lost to this slot for good.
	ErrSlotLost = errors.New("the replication slot is lost")
	// ErrSlotMissing says that there is no slot of this name, and that the stream was not to create one.
	ErrSlotMissing = errors.New("the replication slot is missing")
	// ErrSlotMismatch says that a slot of this name exists but belongs to another database or another output plugin.
	ErrSlotMismatch = errors.New("the replication slot belongs to something else")
)
