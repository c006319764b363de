package importer

import (
	"fmt"
	"strings"
)

// Rejection is one reason why a product did not go in.
type Rejection struct {
	File string `json:"file"`
	// Line is the line of the file, counted from 1, on which the cell in question begins.
	Line int `json:"line"`
	// Column is the heading of the column as the file spells it, empty when the whole row is meant.
	Column string `json:"column"`
	Handle string `json:"handle,omitempty"`
	Reason string `json:"reason"`
}

// String is the rejection as one line of text: file:line: column "Variant Price": reason.
func (r Rejection) String() string {
	if r.Column == "" {
		return fmt.Sprintf("%s:%d: %s", r.File, r.Line, r.Reason)
	}
	return fmt.Sprintf("%s:%d: column %q: %s", r.File, r.Line, r.Column, r.Reason)
}

// maxReasons bounds the reasons given for one product: enough to mend it in one go.
const maxReasons = 10

// RejectedError says why one product is refused. The products after it can still be read.
type RejectedError struct {
	// Rejections holds at least one and at most ten reasons, in the file's order.
	Rejections []Rejection
}

// Error joins the reasons, one a line.
func (e *RejectedError) Error() string {
	lines := make([]string, len(e.Rejections))
	for i, r := range e.Rejections {
		lines[i] = r.String()
	}
	return strings.Join(lines, "\n")
}
