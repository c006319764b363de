package importer

import (
	"fmt"
	"io"

	"github.com/kirana-commerce/kirana/commerce"
)

// The bounds of a file. They stand far above any catalogue and far below what would fill the memory of a server.
const (
	maxCellBytes = 2*commerce.MaxHTML + 2 // a description of quotes alone: each is doubled, and two go around
	maxRowBytes  = 4 << 20
	maxColumns   = 16384 // the width of a spreadsheet
)

// limitError says that a cell or row passes a bound, and where. Line and Column count from 1 and 0.
type limitError struct {
	Line   int
	Column int
	Reason string
}

// Error says where and why reading stopped.
func (e *limitError) Error() string {
	return fmt.Sprintf("line %d, cell %d: %s", e.Line, e.Column+1, e.Reason)
}

// limiter passes CSV text on until a cell or row passes its bound. encoding/csv reads a whole row before anybody can
// look at it, so the bounds have to be kept before it. Everything before the offending byte is passed on.
type limiter struct {
	r                   io.Reader
	separator           byte
	line, column        int
	cellBytes, rowBytes int
	cellLine            int
	quoted              bool
	err                 error
}

func newLimiter(r io.Reader, separator byte) *limiter {
	return &limiter{r: r, separator: separator, line: 1, cellLine: 1}
}

// Read implements io.Reader.
func (l *limiter) Read(p []byte) (int, error) {
	if l.err != nil {
		return 0, l.err
	}
	n, err := l.r.Read(p)
	if passed := l.scan(p[:n]); passed < n {
		return passed, l.err
	}
	l.err = err
	return n, err
}

// scan follows the shape of the text: a separator or newline outside quotes ends a cell. Doubled quotes toggle twice and so
// need no care. It returns how many bytes are within the bounds.
func (l *limiter) scan(text []byte) int {
	for i, b := range text {
		l.cellBytes++
		l.rowBytes++
		switch b {
		case '"':
			l.quoted = !l.quoted
		case l.separator:
			if !l.quoted {
				l.column++
				l.cellBytes, l.cellLine = 0, l.line
			}
		case '\n':
			l.line++
			if !l.quoted {
				l.column, l.cellBytes, l.rowBytes, l.cellLine = 0, 0, 0, l.line
			}
		}
		if l.cellBytes > maxCellBytes || l.rowBytes > maxRowBytes || l.column >= maxColumns {
			l.err = l.excess()
			return i
		}
	}
	return len(text)
}

func (l *limiter) excess() *limitError {
	e := &limitError{Line: l.cellLine, Column: l.column}
	switch {
	case l.column >= maxColumns:
		e.Reason = fmt.Sprintf("the row has more than %d cells", maxColumns)
	case l.cellBytes > maxCellBytes:
		e.Reason = fmt.Sprintf("the cell is larger than %d MiB: a closing quote may be missing", maxCellBytes>>20)
	default:
		e.Reason = fmt.Sprintf("the row is larger than %d MiB", maxRowBytes>>20)
	}
	return e
}
