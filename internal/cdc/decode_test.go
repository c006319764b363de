package cdc

import (
	"encoding/binary"
	"runtime"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

// wire builds protocol messages: bytes and integers as they are, strings with their closing zero, []byte with a length.
func wire(fields ...any) []byte {
	var b []byte
	for _, field := range fields {
		switch v := field.(type) {
		case rune:
			b = append(b, byte(v))
		case uint8:
			b = append(b, v)
		case uint16:
			b = binary.BigEndian.AppendUint16(b, v)
		case uint32:
			b = binary.BigEndian.AppendUint32(b, v)
		case uint64:
			b = binary.BigEndian.AppendUint64(b, v)
		case string:
			b = append(append(b, v...), 0)
		case []byte:
			b = append(binary.BigEndian.AppendUint32(b, uint32(len(v))), v...)
		default:
			panic("no wire form")
		}
	}
	return b
}

// itemsMessage describes the table shop.items(id bigint key, name text, note text).
func itemsMessage() []byte {
	return wire('R', uint32(7), "shop", "items", 'd', uint16(3),
		uint8(1), "id", uint32(20), uint32(0xFFFFFFFF),
		uint8(0), "name", uint32(25), uint32(0xFFFFFFFF),
		uint8(0), "note", uint32(25), uint32(0xFFFFFFFF))
}

// primed is a decoder that knows shop.items.
func primed(tb testing.TB) *decoder {
	tb.Helper()
	d := newDecoder()
	_, err := d.decode(itemsMessage())
	require.NoError(tb, err)
	return d
}

func TestDecodeRelation(t *testing.T) {
	t.Parallel()
	d := newDecoder()
	msg, err := d.decode(itemsMessage())
	require.NoError(t, err)
	require.Equal(t, &Relation{ID: 7, Namespace: "shop", Name: "items", Columns: []Column{
		{Name: "id", Key: true, OID: 20}, {Name: "name", OID: 25}, {Name: "note", OID: 25},
	}}, msg.relation)
	require.Equal(t, 2, msg.relation.Index("note"))
	require.Equal(t, -1, msg.relation.Index("missing"))
}

func TestDecodeTransactionFrame(t *testing.T) {
	t.Parallel()
	d := newDecoder()
	at := time.Date(2031, 7, 4, 10, 30, 0, 123456000, time.UTC)
	clock := uint64(at.Sub(time.Date(2000, 1, 1, 0, 0, 0, 0, time.UTC)).Microseconds())

	msg, err := d.decode(wire('B', uint64(0x100), clock, uint32(771)))
	require.NoError(t, err)
	require.Equal(t, uint32(771), msg.xid)
	require.Equal(t, at, msg.time)

	msg, err = d.decode(wire('C', uint8(0), uint64(0x100), uint64(0x130), clock))
	require.NoError(t, err)
	require.Equal(t, Position(0x130), msg.end, "the end of the commit, not its start")
	require.Equal(t, at, msg.time)

	msg, err = d.decode(wire('M', uint8(1), uint64(0x90), "redo", []byte("{}")))
	require.NoError(t, err)
	require.True(t, msg.transactional)
	require.Equal(t, "redo", msg.prefix)
	require.Equal(t, "{}", string(msg.content))

	for _, ignored := range [][]byte{wire('O', uint64(1), "origin"), wire('Y', uint32(9), "shop", "mood")} {
		_, err = d.decode(ignored)
		require.NoError(t, err)
	}
}

func TestDecodeRows(t *testing.T) {
	t.Parallel()
	row := func(id, name string) []byte {
		return wire(uint16(3), 't', []byte(id), 't', []byte(name), 'n')
	}
	key := wire(uint16(3), 't', []byte("1"), 'n', 'n')
	tests := []struct {
		name string
		data []byte
		want string
	}{
		{"insert", append(wire('I', uint32(7), 'N'), row("1", "tea")...), "INSERT shop.items new(id=1 name=tea note=null)"},
		{"empty text is no null", append(wire('I', uint32(7), 'N'), row("1", "")...), "INSERT shop.items new(id=1 name= note=null)"},
		{"update", append(wire('U', uint32(7), 'N'), row("1", "tea")...), "UPDATE shop.items new(id=1 name=tea note=null)"},
		{
			"update of a large row", append(wire('U', uint32(7), 'N'), wire(uint16(3), 't', []byte("1"), 'n', 'u')...),
			"UPDATE shop.items new(id=1 name=null note=unchanged)",
		},
		{
			"update of the key", append(append(wire('U', uint32(7), 'K'), key...), append([]byte{'N'}, row("2", "tea")...)...),
			"UPDATE shop.items old(id=1 name=null note=null) new(id=2 name=tea note=null)",
		},
		{
			"update with the whole old row", append(append(wire('U', uint32(7), 'O'), row("1", "tea")...), append([]byte{'N'}, row("1", "rum")...)...),
			"UPDATE shop.items old(id=1 name=tea note=null) new(id=1 name=rum note=null)",
		},
		{"delete by key", append(wire('D', uint32(7), 'K'), key...), "DELETE shop.items old(id=1 name=null note=null)"},
		{"delete with the whole old row", append(wire('D', uint32(7), 'O'), row("1", "tea")...), "DELETE shop.items old(id=1 name=tea note=null)"},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			msg, err := primed(t).decode(test.data)
			require.NoError(t, err)
			require.Equal(t, test.want, renderRow(msg.relation, msg.op, msg.old, msg.new))
		})
	}
}

func TestDecodeTruncate(t *testing.T) {
	t.Parallel()
	msg, err := primed(t).decode(wire('T', uint32(2), uint8(3), uint32(7), uint32(7)))
	require.NoError(t, err)
	require.Len(t, msg.relations, 2)
	require.Equal(t, "items", msg.relations[1].Name)
}

func TestTupleAccess(t *testing.T) {
	t.Parallel()
	tuple := Tuple{values: []value{
		{kind: kindText, data: []byte("-9223372036854775808")}, {kind: kindNull}, {kind: kindUnchanged}, {kind: kindText, data: []byte("12x")},
	}}
	number, ok := tuple.Int64(0)
	require.True(t, ok)
	require.Equal(t, int64(-9223372036854775808), number)
	for _, i := range []int{-1, 1, 2, 3, 4} {
		_, ok := tuple.Int64(i)
		require.False(t, ok, "column %d is no number", i)
	}
	for _, i := range []int{-1, 1, 2, 4} {
		_, ok := tuple.Text(i)
		require.False(t, ok, "column %d has no text", i)
	}
	require.True(t, tuple.Null(1))
	require.False(t, tuple.Null(2))
	require.True(t, tuple.Unchanged(2))
	require.False(t, tuple.Unchanged(1))
	require.Equal(t, 4, tuple.Len())
	require.Zero(t, Tuple{}.Len())
}

func TestDecodeRefuses(t *testing.T) {
	t.Parallel()
	insert := wire('I', uint32(7), 'N', uint16(3), 't', []byte("1"), 'n', 'n')
	tests := []struct {
		name string
		data []byte
		want string
	}{
		{"nothing", nil, "unknown message type"},
		{"a streamed transaction of version 2", wire('S', uint32(1), uint8(1)), "unknown message type"},
		{"a prepared transaction of version 3", wire('P', uint8(0)), "unknown message type"},
		{"an unknown table", wire('I', uint32(8), 'N', uint16(0)), "table with id 8 was never described"},
		{"an unknown table truncated", wire('T', uint32(1), uint8(0), uint32(8)), "table with id 8 was never described"},
		{"an insert with an old row", wire('I', uint32(7), 'K', uint16(3), 'n', 'n', 'n'), "unexpected part 'K' of an INSERT"},
		{"a delete with a new row", wire('D', uint32(7), 'N', uint16(3), 'n', 'n', 'n'), "unexpected part 'N' of an DELETE"},
		{"an unknown part", wire('U', uint32(7), 'X'), "unexpected part 'X'"},
		{"two old rows", wire('U', uint32(7), 'K', uint16(3), 'n', 'n', 'n', 'K', uint16(3), 'n', 'n', 'n'), "unexpected part 'K'"},
		{"too few columns", wire('I', uint32(7), 'N', uint16(2), 'n', 'n'), "has 3 columns, the row 2"},
		{"too many columns", wire('I', uint32(7), 'N', uint16(65535)), "has 3 columns, the row 65535"},
		{"a binary value", wire('I', uint32(7), 'N', uint16(3), 'b', []byte("1")), "unknown kind of column value 'b'"},
		{"more than its content", append(slices.Clip(insert), 0), "longer than its content"},
		{"a value of 4 GB", wire('I', uint32(7), 'N', uint16(3), 't', uint32(0xFFFFFFFF)), "ends too early"},
		{"a message of 4 GB", wire('M', uint8(0), uint64(1), "p", uint32(0xFFFFFFFF)), "ends too early"},
		{"four billion tables", wire('T', uint32(0xFFFFFFFF), uint8(0), uint32(7)), "ends too early"},
		{"65535 columns", wire('R', uint32(9), "s", "t", 'd', uint16(65535)), "ends too early"},
		{"a name without an end", wire('R', uint32(9), 's', 't'), "ends too early"},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			_, err := primed(t).decode(test.data)
			require.ErrorContains(t, err, test.want)
		})
	}
}

// TestDecodeRefusesEveryCut cuts valid messages at every byte: none of the pieces may pass for a message.
func TestDecodeRefusesEveryCut(t *testing.T) {
	t.Parallel()
	whole := [][]byte{
		itemsMessage(),
		wire('B', uint64(1), uint64(2), uint32(3)),
		wire('C', uint8(0), uint64(1), uint64(2), uint64(3)),
		wire('O', uint64(1), "origin"),
		wire('Y', uint32(9), "shop", "mood"),
		wire('I', uint32(7), 'N', uint16(3), 't', []byte("1"), 'n', 'u'),
		wire('U', uint32(7), 'K', uint16(3), 't', []byte("1"), 'n', 'n', 'N', uint16(3), 't', []byte("2"), 'n', 'u'),
		wire('D', uint32(7), 'O', uint16(3), 't', []byte("1"), 'n', 'n'),
		wire('T', uint32(1), uint8(0), uint32(7)),
		wire('M', uint8(1), uint64(1), "prefix", []byte("content")),
	}
	for _, message := range whole {
		for end := range len(message) {
			_, err := primed(t).decode(message[:end])
			require.Error(t, err, "%q cut at %d", message[0], end)
		}
		_, err := primed(t).decode(message)
		require.NoError(t, err)
	}
}

func TestDecodeRowsWithoutAllocating(t *testing.T) {
	d := primed(t)
	update := wire('U', uint32(7), 'K', uint16(3), 't', []byte("1"), 'n', 'n', 'N', uint16(3), 't', []byte("2"), 't', []byte("tea"), 'u')
	var sum int64
	allocations := testing.AllocsPerRun(1000, func() {
		msg, err := d.decode(update)
		if err != nil {
			t.Fatal(err)
		}
		before, _ := msg.old.Int64(0)
		after, _ := msg.new.Int64(0)
		sum += after - before
	})
	require.Zero(t, allocations)
	require.Positive(t, sum)
}

// TestDecodeTakesNoMemoryOnCredit announces much and sends nothing: a count is no reason to allocate.
func TestDecodeTakesNoMemoryOnCredit(t *testing.T) {
	d := primed(t)
	for _, data := range [][]byte{
		wire('R', uint32(9), "s", "t", 'd', uint16(65535)),
		wire('T', uint32(100_000_000), uint8(0), uint32(7)),
		wire('I', uint32(7), 'N', uint16(3), 't', uint32(0x7FFFFFFF)),
		wire('M', uint8(0), uint64(1), "p", uint32(0x7FFFFFFF)),
	} {
		var before, after runtime.MemStats
		runtime.ReadMemStats(&before)
		_, err := d.decode(data)
		runtime.ReadMemStats(&after)
		require.ErrorIs(t, err, errShort)
		require.Less(t, after.TotalAlloc-before.TotalAlloc, uint64(64<<10), "message %q", data[0])
	}
}

func BenchmarkDecode(b *testing.B) {
	d := primed(b)
	insert := wire('I', uint32(7), 'N', uint16(3), 't', []byte("1234567890"), 't', []byte("Darjeeling, second flush"), 'n')
	b.ReportAllocs()
	for b.Loop() {
		msg, err := d.decode(insert)
		if err != nil {
			b.Fatal(err)
		}
		if _, ok := msg.new.Int64(0); !ok {
			b.Fatal("no id")
		}
	}
	b.ReportMetric(float64(b.N)/b.Elapsed().Seconds(), "rows/s")
}

// renderRow writes a change as one line, nulls and unchanged values by these words, long values by their length.
func renderRow(rel *Relation, op Op, old, new Tuple) string {
	var b strings.Builder
	b.WriteString(op.String() + " " + rel.Namespace + "." + rel.Name)
	for _, part := range []struct {
		name  string
		tuple Tuple
	}{{"old", old}, {"new", new}} {
		if part.tuple.Len() > 0 {
			b.WriteString(" " + part.name + "(" + renderTuple(rel, part.tuple) + ")")
		}
	}
	return b.String()
}

func renderTruncate(rels []*Relation) string {
	fields := []string{"TRUNCATE"}
	for _, rel := range rels {
		fields = append(fields, rel.Name)
	}
	return strings.Join(fields, " ")
}

func renderTuple(rel *Relation, tuple Tuple) string {
	fields := make([]string, tuple.Len())
	for i := range fields {
		text, ok := tuple.Text(i)
		shown := string(text)
		switch {
		case tuple.Null(i):
			shown = "null"
		case tuple.Unchanged(i):
			shown = "unchanged"
		case ok && len(text) > 100:
			shown = "long"
		}
		fields[i] = rel.Columns[i].Name + "=" + shown
	}
	return strings.Join(fields, " ")
}
