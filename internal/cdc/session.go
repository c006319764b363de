package cdc

import (
	"encoding/binary"
	"errors"
	"fmt"
)

// session is what arrives through the replication connection, turned into calls of the handler. It runs on the reading
// goroutine alone; only the ring and the two hooks reach others.
type session struct {
	decoder *decoder
	handler Handler
	ring    *ring
	open    bool   // between Begin and Commit
	asked   func() // the server wants a status now
	idle    func() // everything received is released and the confirmed position has moved
}

const (
	walDataHeader    = 1 + 8 + 8 + 8 // 'w', start and end of the log, server clock
	keepaliveLength  = 1 + 8 + 8 + 1 // 'k', end of the log, server clock, reply wanted
	keepaliveReplyAt = keepaliveLength - 1
)

// receive takes one CopyData payload. Source: "Streaming Replication Protocol" in the Postgres manual.
func (s *session) receive(data []byte) error {
	switch {
	case len(data) >= walDataHeader && data[0] == 'w':
		msg, err := s.decoder.decode(data[walDataHeader:])
		if err != nil {
			return err
		}
		return s.dispatch(msg)
	case len(data) == keepaliveLength && data[0] == 'k':
		s.keepalive(Position(binary.BigEndian.Uint64(data[1:])), data[keepaliveReplyAt] != 0)
		return nil
	default:
		return fmt.Errorf("unknown replication message of %d bytes: the server speaks another protocol version", len(data))
	}
}

// keepalive adopts the server's position between transactions: everything before it that concerns us was sent already.
// Within a transaction it is ignored, since that transaction is not confirmed.
func (s *session) keepalive(end Position, reply bool) {
	if !s.open && s.ring.advance(end) {
		s.idle()
	}
	if reply {
		s.asked()
	}
}

var errOrder = errors.New("the server sent messages in an impossible order")

func (s *session) dispatch(msg *message) error {
	switch msg.tag {
	case tagInsert, tagUpdate, tagDelete:
		if !s.open {
			return fmt.Errorf("%w: a row outside a transaction", errOrder)
		}
		return refused("a row", s.handler.Row(msg.relation, msg.op, msg.old, msg.new))
	case tagBegin:
		if s.open {
			return fmt.Errorf("%w: a transaction within a transaction", errOrder)
		}
		s.open = true
		return refused("the start of a transaction", s.handler.Begin(msg.xid, msg.time))
	case tagCommit:
		if !s.open {
			return fmt.Errorf("%w: a commit outside a transaction", errOrder)
		}
		s.open = false
		return s.commit(msg.end)
	case tagTruncate:
		if !s.open {
			return fmt.Errorf("%w: a truncate outside a transaction", errOrder)
		}
		return refused("a truncate", s.handler.Truncate(msg.relations))
	case tagMessage:
		if msg.transactional && !s.open {
			return fmt.Errorf("%w: a transactional message outside a transaction", errOrder)
		}
		return refused("a message", s.handler.Message(msg.prefix, msg.content))
	default: // Relation is kept by the decoder; Type and Origin say nothing about rows
		return nil
	}
}

// commit enters the ring before the handler learns of the commit, so that it may release at once.
func (s *session) commit(end Position) error {
	ticket := s.ring.push(end)
	release := func() {
		if s.ring.finish(ticket) {
			s.idle()
		}
	}
	return refused("a commit", s.handler.Commit(end, release))
}

// refused marks an error of the handler as such.
func refused(what string, err error) error {
	if err == nil {
		return nil
	}
	return fmt.Errorf("handle %s: %w", what, err)
}
