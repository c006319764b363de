package cdc

import (
	"fmt"
	"strconv"
	"strings"
)

// Position is a location in the write-ahead log (an LSN): a byte offset that only grows within one server timeline.
type Position uint64

// ParsePosition reads the server's notation of a location, two hexadecimal numbers like "16/B374D848".
func ParsePosition(s string) (Position, error) {
	high, low, ok := strings.Cut(s, "/")
	if !ok {
		return 0, fmt.Errorf("parse log position %q: want two hexadecimal numbers like 16/B374D848", s)
	}
	h, errHigh := strconv.ParseUint(high, 16, 32)
	l, errLow := strconv.ParseUint(low, 16, 32)
	if errHigh != nil || errLow != nil {
		return 0, fmt.Errorf("parse log position %q: want two hexadecimal numbers like 16/B374D848", s)
	}
	return Position(h<<32 | l), nil
}

// String writes the position as the server does.
func (p Position) String() string {
	return fmt.Sprintf("%X/%X", uint32(p>>32), uint32(p))
}
