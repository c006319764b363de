package commerce

import (
	"fmt"
	"unicode/utf8"
)

// TextSize is how long a text may be.
type TextSize struct {
	most    int
	inBytes bool
}

// Characters is the size of what people write and count: 255 of them are as many in Devanagari as in Latin letters.
func Characters(most int) TextSize { return TextSize{most: most} }

// Bytes is the size of what stands in an address, or is too large to be counted in anything but what it takes.
func Bytes(most int) TextSize { return TextSize{most, true} }

// Exceeded reports whether a text is longer.
func (s TextSize) Exceeded(text string) bool {
	return len(text) > s.most && (s.inBytes || utf8.RuneCountInString(text) > s.most)
}

// String names the size for people.
func (s TextSize) String() string {
	if s.inBytes {
		return fmt.Sprintf("%d bytes", s.most)
	}
	return fmt.Sprintf("%d characters", s.most)
}
