package importer

import (
	"bufio"
	"encoding/csv"
	"errors"
	"fmt"
	"hash/maphash"
	"io"
	"strings"
)

// readAhead is how much of the file is asked for at a time; smallRead does for a text that is in memory.
const (
	readAhead = 64 << 10
	smallRead = 4 << 10
)

// rows reads the rows of a file one by one, within the bounds of limit.go.
type rows struct {
	name    string
	csv     *csv.Reader
	text    *bufio.Reader
	skipped int // bytes before the first row

	columns []string // what messages call each column
	cells   []string // the row that is read and, while pending, not yet used
	pending bool
	end     error          // why no row can be read any more: io.EOF, or a fault of the source
	broken  *RejectedError // the row the rest of the file cannot be read after; told once

	seed maphash.Seed
	seen map[uint64]int // handles by hash, and the line each began on
}

func newRows(name string, r io.Reader, separator byte, ahead int) rows {
	text := bufio.NewReaderSize(newLimiter(r, separator), ahead)
	cells := csv.NewReader(text)
	cells.Comma = rune(separator)
	cells.FieldsPerRecord = -1
	cells.ReuseRecord = true
	return rows{name: name, csv: cells, text: text, seed: maphash.MakeSeed(), seen: make(map[uint64]int)}
}

// skipMark passes over the byte order mark that a file may begin with.
func (r *rows) skipMark() {
	const byteOrderMark = "\uFEFF"
	// A fault of the source shows again, and with a message, at the first row.
	if start, err := r.text.Peek(len(byteOrderMark)); err == nil && string(start) == byteOrderMark {
		r.skipped, _ = r.text.Discard(len(byteOrderMark))
	}
}

// Offset returns how many bytes of the file are read so far.
func (r *rows) Offset() int64 { return int64(r.skipped) + r.csv.InputOffset() }

// last tells why there is no further row: first what could not be read, then the end.
func (r *rows) last() error {
	if r.broken != nil {
		err := r.broken
		r.broken = nil
		return err
	}
	return r.end
}

// advance reads the next row that is not blank. Afterwards either a row is pending or end says why there is none.
func (r *rows) advance() {
	r.pending = false
	for r.end == nil {
		cells, err := r.csv.Read()
		r.cells = cells
		switch {
		case err == nil:
			if !blank(cells) {
				r.pending = true
				return
			}
		case r.breaks(err):
			r.end = io.EOF
		default:
			r.end = r.fault(err)
		}
	}
}

func blank(cells []string) bool {
	for _, cell := range cells {
		if strings.TrimSpace(cell) != "" {
			return false
		}
	}
	return true
}

// fault wraps what the source of the file answered; the end of the file stays bare, as io.Reader has it.
func (r *rows) fault(err error) error {
	if errors.Is(err, io.EOF) {
		return io.EOF
	}
	return fmt.Errorf("reading %s: %w", r.name, err)
}

// breaks reports whether err is the file's own fault, after which nothing more of it makes sense, and remembers it.
func (r *rows) breaks(err error) bool {
	rejection := Rejection{File: r.name}
	if limit, ok := errors.AsType[*limitError](err); ok {
		rejection.Line, rejection.Column = limit.Line, r.called(limit.Column)
		rejection.Reason = limit.Reason + "; nothing after it was read"
	} else if syntax, ok := errors.AsType[*csv.ParseError](err); ok {
		rejection.Line, rejection.Column = r.brokenLine(syntax), r.called(len(r.cells))
		rejection.Reason = fmt.Sprintf("the quotes of the cell that begins here are broken (line %d, character %d): "+
			"end it with one quote and double each quote inside; nothing after it was read", syntax.Line, syntax.Column)
	} else {
		return false
	}
	r.broken = &RejectedError{Rejections: []Rejection{rejection}}
	return true
}

// called is what messages call the i-th cell of a row, empty beyond the last.
func (r *rows) called(i int) string {
	if i < 0 || i >= len(r.columns) {
		return ""
	}
	return r.columns[i]
}

// brokenLine is the line on which the cell after the last whole one begins.
func (r *rows) brokenLine(syntax *csv.ParseError) int {
	last := len(r.cells) - 1
	if last < 0 {
		return syntax.StartLine
	}
	line, _ := r.csv.FieldPos(last)
	return line + strings.Count(r.cells[last], "\n")
}

// cellAt returns the trimmed text of a place in the current row, empty where the row lacks it.
func (r *rows) cellAt(i int) string {
	if i < 0 || i >= len(r.cells) {
		return ""
	}
	return strings.TrimSpace(r.cells[i])
}

// lineAt is where a cell of the current row begins; the row's own line when the row lacks it.
func (r *rows) lineAt(i int) int {
	if i < 0 || i >= len(r.cells) {
		i = 0
	}
	line, _ := r.csv.FieldPos(i)
	return line
}

// claim remembers a handle and reports the line on which it was claimed before, 0 for never. Only hashes are kept, so
// that a million handles take megabytes; the seed is secret, and two of a million handles collide in one of 10^7 such files.
func (r *rows) claim(handle string, line int) int {
	key := maphash.String(r.seed, handle)
	if before, ok := r.seen[key]; ok {
		return before
	}
	r.seen[key] = line
	return 0
}
