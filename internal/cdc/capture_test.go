package cdc

import (
	"encoding/binary"
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/jackc/pgx/v5/pgproto3"
	"github.com/stretchr/testify/require"
)

var update = flag.Bool("update", false, "write the captured messages and their golden text anew")

const (
	capturedFile = "testdata/fuzz/FuzzDecode/captured"
	goldenFile   = "testdata/captured.golden"
)

// scenario makes the server send every message of protocol version 1, each statement as its own transaction.
const scenario = `CREATE TYPE mood AS ENUM ('good', 'bad'); ALTER TABLE papers ADD COLUMN feeling mood
INSERT INTO items VALUES (1, 'tea', (SELECT string_agg(md5(n::text), '') FROM generate_series(1, 150) n), 'secret'), (2, NULL, '', NULL)
UPDATE items SET name = 'चाय' WHERE id = 1; UPDATE items SET id = 3 WHERE id = 2; DELETE FROM items WHERE id = 3
INSERT INTO links VALUES (7, 70, 700, 1); UPDATE links SET product = 71; UPDATE links SET amount = 2; DELETE FROM links
INSERT INTO papers VALUES (1, 'text', 'good')
UPDATE papers SET id = 2; DELETE FROM papers
SELECT pg_logical_emit_message(true, 'redo', '{"ids":[1,2]}')
SELECT pg_logical_emit_message(false, 'note', 'loose')
TRUNCATE items, links RESTART IDENTITY CASCADE
SELECT pg_replication_origin_create(current_database()), pg_replication_origin_session_setup(current_database()); INSERT INTO items VALUES (9)
SELECT pg_logical_emit_message(true, 'end', '')`

// TestCapture holds the decoder against what the installed server really sends, and the checked-in messages against both.
func TestCapture(t *testing.T) {
	t.Parallel()
	db := newDatabase(t)
	stream, err := Open(t.Context(), Config{URL: db.url, Slot: db.slot, Publication: "feed"})
	require.NoError(t, err)
	for _, sql := range lines(scenario) {
		run(t, db.url, sql)
	}
	messages := capture(t, stream)
	t.Cleanup(func() {
		// The session that used the origin is told to end, and lets go of it a moment later.
		require.Eventually(t, func() bool {
			_, err := tryRun(db.url, "SELECT pg_replication_origin_drop('"+stream.System().DBName+"')")
			return err == nil
		}, 30*time.Second, 10*time.Millisecond, "the replication origin is still in use")
	})
	if *update {
		require.NoError(t, os.MkdirAll(filepath.Dir(capturedFile), 0o755))
		seed := "go test fuzz v1\n[]byte(" + strconv.Quote(string(join(messages))) + ")\n"
		require.NoError(t, os.WriteFile(capturedFile, []byte(seed), 0o644))
		require.NoError(t, os.WriteFile(goldenFile, []byte(transcript(t, messages)), 0o644))
	}
	golden, err := os.ReadFile(goldenFile)
	require.NoError(t, err)
	require.Equal(t, string(golden), transcript(t, messages))
}

func TestDecodeCaptured(t *testing.T) {
	t.Parallel()
	golden, err := os.ReadFile(goldenFile)
	require.NoError(t, err)
	require.Equal(t, string(golden), transcript(t, captured(t)))
}

// capture reads the raw messages of a stream up to the message with the prefix "end".
func capture(t *testing.T, stream *Stream) [][]byte {
	t.Helper()
	require.False(t, stream.ran.Swap(true))
	l, err := stream.start(t.Context())
	require.NoError(t, err)
	defer l.close()
	var messages [][]byte
	for last := false; !last; {
		msg, err := l.receive()
		require.NoError(t, err)
		data, ok := msg.(*pgproto3.CopyData)
		if !ok || data.Data[0] != 'w' {
			continue
		}
		messages = append(messages, append([]byte{}, data.Data[walDataHeader:]...))
		last = strings.Contains(string(data.Data), "end\x00") && data.Data[walDataHeader] == tagMessage
	}
	require.NoError(t, stream.farewell(l))
	return messages
}

// transcript decodes messages into one line each, without what differs from one run to the next.
func transcript(t *testing.T, messages [][]byte) string {
	t.Helper()
	var b strings.Builder
	d := newDecoder()
	for _, data := range messages {
		msg, err := d.decode(data)
		require.NoError(t, err)
		fmt.Fprintln(&b, renderMessage(msg))
	}
	return b.String()
}

func renderMessage(msg *message) string {
	switch msg.tag {
	case tagBegin:
		return "BEGIN"
	case tagCommit:
		return "COMMIT"
	case tagRelation:
		return renderRelation(msg.relation)
	case tagInsert, tagUpdate, tagDelete:
		return renderRow(msg.relation, msg.op, msg.old, msg.new)
	case tagTruncate:
		return renderTruncate(msg.relations)
	case tagMessage:
		return fmt.Sprintf("MESSAGE transactional=%t %s %s", msg.transactional, msg.prefix, msg.content)
	default:
		return "OTHER " + string(rune(msg.tag))
	}
}

func renderRelation(rel *Relation) string {
	fields := []string{"RELATION", rel.Namespace + "." + rel.Name}
	for _, column := range rel.Columns {
		field := column.Name
		if column.Key {
			field += "*"
		}
		if column.OID < 16384 { // the types every database has
			field += ":" + strconv.FormatUint(uint64(column.OID), 10)
		}
		fields = append(fields, field)
	}
	return strings.Join(fields, " ")
}

// join and split put messages into one fuzz input: each with its length in two bytes before it.
func join(messages [][]byte) []byte {
	var b []byte
	for _, message := range messages {
		b = binary.BigEndian.AppendUint16(b, uint16(len(message)))
		b = append(b, message...)
	}
	return b
}

func split(b []byte) [][]byte {
	var messages [][]byte
	for len(b) >= 2 {
		n := min(int(binary.BigEndian.Uint16(b)), len(b)-2)
		messages = append(messages, b[2:2+n:2+n])
		b = b[2+n:]
	}
	return messages
}

// captured are the messages of the checked-in fuzz seed.
func captured(tb testing.TB) [][]byte {
	tb.Helper()
	file, err := os.ReadFile(capturedFile)
	require.NoError(tb, err)
	_, quoted, ok := strings.Cut(strings.TrimSpace(string(file)), "[]byte(")
	require.True(tb, ok)
	text, err := strconv.Unquote(strings.TrimSuffix(quoted, ")"))
	require.NoError(tb, err)
	return split([]byte(text))
}

// FuzzDecode feeds sequences of messages, so that rows meet the tables described before them. The first seeds come from a
// real server (testdata).
func FuzzDecode(f *testing.F) {
	f.Add(join([][]byte{itemsMessage(), wire('I', uint32(7), 'N', uint16(3), 't', []byte("1"), 'n', 'u')}))
	f.Fuzz(func(t *testing.T, data []byte) {
		d := newDecoder()
		for _, input := range split(data) {
			msg, err := d.decode(input)
			if err != nil {
				continue
			}
			size := len(msg.prefix) + len(msg.content)
			for _, tuple := range []Tuple{msg.old, msg.new} {
				if tuple.Len() > 0 {
					require.Equal(t, len(msg.relation.Columns), tuple.Len())
				}
				for i := range tuple.Len() {
					text, ok := tuple.Text(i)
					require.NotEqual(t, ok, tuple.Null(i) || tuple.Unchanged(i), "column %d is exactly one of three things", i)
					size += len(text)
				}
			}
			require.Less(t, size, len(input), "more was read than was sent")
			require.LessOrEqual(t, 4*len(msg.relations), len(input))
			require.NotEmpty(t, renderMessage(msg))
		}
	})
}
