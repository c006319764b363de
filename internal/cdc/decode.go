package cdc

import (
	"bytes"
	"encoding/binary"
	"errors"
	"fmt"
	"time"
)

// The first byte of a pgoutput message says what it is. Source: "Logical Replication Message Formats" in the Postgres
// manual, protocol version 1. Streamed and prepared transactions belong to later versions and are refused.
const (
	tagBegin    = 'B'
	tagCommit   = 'C'
	tagOrigin   = 'O'
	tagRelation = 'R'
	tagType     = 'Y'
	tagInsert   = 'I'
	tagUpdate   = 'U'
	tagDelete   = 'D'
	tagTruncate = 'T'
	tagMessage  = 'M'
)

// message is one decoded pgoutput message. Only the fields of its tag are meaningful, and only until the next decode.
type message struct {
	tag           byte
	xid           uint32    // Begin
	time          time.Time // Begin, Commit
	end           Position  // Commit
	relation      *Relation // Relation, Insert, Update, Delete
	op            Op        // Insert, Update, Delete
	old, new      Tuple     // Insert, Update, Delete
	relations     []*Relation
	transactional bool   // Message
	prefix        string // Message
	content       []byte // Message
}

// decoder reads pgoutput messages. It keeps the relations announced so far and reuses the memory of the tuples, so that a
// row costs no allocation.
type decoder struct {
	known    map[uint32]*Relation
	old, new []value
	msg      message
}

func newDecoder() *decoder {
	return &decoder{known: make(map[uint32]*Relation)}
}

var (
	errShort    = errors.New("the message ends too early")
	errTrailing = errors.New("the message is longer than its content")
	errUnknown  = errors.New("unknown message type: the server speaks another protocol version")
)

// decode reads one message. The result points into data and into the decoder: it is valid until the next call.
func (d *decoder) decode(data []byte) (*message, error) {
	in := input{rest: data}
	d.msg = message{tag: in.byte()}
	if err := d.body(&in); err != nil {
		return nil, fmt.Errorf("decode pgoutput message %q: %w", d.msg.tag, err)
	}
	if in.short {
		return nil, fmt.Errorf("decode pgoutput message %q: %w", d.msg.tag, errShort)
	}
	if len(in.rest) > 0 {
		return nil, fmt.Errorf("decode pgoutput message %q: %w", d.msg.tag, errTrailing)
	}
	return &d.msg, nil
}

func (d *decoder) body(in *input) error {
	switch d.msg.tag {
	case tagInsert, tagUpdate, tagDelete:
		return d.row(in)
	case tagBegin:
		in.uint64() // position of the commit record; the Commit message has the end that counts
		d.msg.time, d.msg.xid = in.time(), in.uint32()
	case tagCommit:
		in.byte()   // flags, none defined
		in.uint64() // position of the commit record
		d.msg.end, d.msg.time = Position(in.uint64()), in.time()
	case tagRelation:
		return d.relation(in)
	case tagTruncate:
		return d.truncate(in)
	case tagMessage:
		d.msg.transactional = in.byte()&1 != 0
		in.uint64() // position of the message itself
		d.msg.prefix, d.msg.content = in.text(), in.bytes(in.uint32())
	case tagOrigin:
		in.uint64()
		in.text()
	case tagType:
		in.uint32()
		in.text()
		in.text()
	default:
		return errUnknown
	}
	return nil
}

func (d *decoder) relation(in *input) error {
	rel := &Relation{ID: in.uint32(), Namespace: in.text(), Name: in.text()}
	in.byte() // replica identity setting; the columns' key flags say what it amounts to
	count := int(in.uint16())
	const smallest = 1 + 1 + 4 + 4 // flags, empty name, type, type modifier
	if in.short || count*smallest > len(in.rest) {
		return errShort // before memory is taken for columns that are not there
	}
	rel.Columns = make([]Column, count)
	for i := range rel.Columns {
		rel.Columns[i] = Column{Key: in.byte()&1 != 0, Name: in.text(), OID: in.uint32()}
		in.uint32() // type modifier
	}
	if in.short {
		return errShort
	}
	d.known[rel.ID] = rel
	d.msg.relation = rel
	return nil
}

func (d *decoder) truncate(in *input) error {
	count := in.uint32()
	in.byte() // CASCADE and RESTART IDENTITY
	if in.short || uint64(count)*4 > uint64(len(in.rest)) {
		return errShort
	}
	d.msg.relations = make([]*Relation, count)
	for i := range d.msg.relations {
		rel, err := d.lookup(in.uint32())
		if err != nil {
			return err
		}
		d.msg.relations[i] = rel
	}
	return nil
}

func (d *decoder) row(in *input) error {
	id := in.uint32()
	if in.short {
		return errShort
	}
	rel, err := d.lookup(id)
	if err != nil {
		return err
	}
	d.msg.relation = rel
	part := in.byte()
	switch d.msg.tag {
	case tagInsert:
		d.msg.op = Insert
	case tagUpdate:
		d.msg.op = Update
	case tagDelete:
		d.msg.op = Delete
	}
	if d.msg.op != Insert && (part == 'K' || part == 'O') {
		if d.msg.old, err = d.tuple(in, rel, &d.old); err != nil {
			return err
		}
		if d.msg.op == Delete {
			return nil
		}
		part = in.byte()
	}
	if in.short {
		return errShort
	}
	if part != 'N' || d.msg.op == Delete {
		return fmt.Errorf("table %s.%s: unexpected part %q of an %s", rel.Namespace, rel.Name, part, d.msg.op)
	}
	d.msg.new, err = d.tuple(in, rel, &d.new)
	return err
}

func (d *decoder) lookup(id uint32) (*Relation, error) {
	rel, ok := d.known[id]
	if !ok {
		return nil, fmt.Errorf("table with id %d was never described by the server", id)
	}
	return rel, nil
}

// tuple reads one row version into memory it reuses.
func (d *decoder) tuple(in *input, rel *Relation, memory *[]value) (Tuple, error) {
	count := int(in.uint16())
	if in.short {
		return Tuple{}, errShort
	}
	if count != len(rel.Columns) {
		return Tuple{}, fmt.Errorf("table %s.%s has %d columns, the row %d", rel.Namespace, rel.Name, len(rel.Columns), count)
	}
	values := (*memory)[:0]
	for range count {
		v := value{kind: valueKind(in.byte())}
		switch v.kind {
		case kindText:
			v.data = in.bytes(in.uint32())
		case kindNull, kindUnchanged:
		default:
			if in.short {
				return Tuple{}, errShort
			}
			return Tuple{}, fmt.Errorf("table %s.%s: unknown kind of column value %q", rel.Namespace, rel.Name, byte(v.kind))
		}
		values = append(values, v)
	}
	*memory = values
	return Tuple{values: values}, nil
}

// input reads big-endian fields. Reading past the end gives zero values and sets short, so that a message is checked once,
// before anything is done with what was read. A length is never trusted: bytes is a slice of what is there.
type input struct {
	rest  []byte
	short bool
}

func (in *input) take(n uint64) []byte {
	if uint64(len(in.rest)) < n {
		in.short, in.rest = true, nil
		return nil
	}
	taken := in.rest[:n:n]
	in.rest = in.rest[n:]
	return taken
}

func (in *input) byte() byte {
	if b := in.take(1); b != nil {
		return b[0]
	}
	return 0
}

func (in *input) uint16() uint16 {
	if b := in.take(2); b != nil {
		return binary.BigEndian.Uint16(b)
	}
	return 0
}

func (in *input) uint32() uint32 {
	if b := in.take(4); b != nil {
		return binary.BigEndian.Uint32(b)
	}
	return 0
}

func (in *input) uint64() uint64 {
	if b := in.take(8); b != nil {
		return binary.BigEndian.Uint64(b)
	}
	return 0
}

func (in *input) bytes(n uint32) []byte { return in.take(uint64(n)) }

// text reads a string that ends with a zero byte.
func (in *input) text() string {
	end := bytes.IndexByte(in.rest, 0)
	if end < 0 {
		in.short, in.rest = true, nil
		return ""
	}
	return string(in.take(uint64(end) + 1)[:end])
}

// time reads microseconds since the server's epoch, the start of the year 2000.
func (in *input) time() time.Time {
	return time.UnixMicro(int64(in.uint64()) + postgresEpoch).UTC()
}

// postgresEpoch is 2000-01-01T00:00:00Z in microseconds since the Unix epoch.
const postgresEpoch = 946_684_800_000_000
