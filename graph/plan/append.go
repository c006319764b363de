package plan

import (
	"encoding/binary"
	"math"
	"strconv"
)

// Appender is the form of every encoder of a scalar: it appends the JSON of v to b.
type Appender[V any] func(b []byte, v V) []byte

const hexDigits = "0123456789ABCDEF"

// AppendString appends s as a JSON string, escaped as graphql.MarshalString does: control characters, the quote and the
// backslash alone. Text that is not UTF-8 passes through.
func AppendString(b []byte, s string) []byte {
	b = append(b, '"')
	start := len(b)
	b = append(b, s...)
	if clean := plainPrefix(b[start:]); clean < len(s) {
		b = appendEscaped(b[:start+clean], s[clean:])
	}
	return append(b, '"')
}

// plainPrefix is how many bytes at the start of text need no escape. It looks at eight bytes at a time ("SIMD within a
// register"): a byte below n has its top bit set in x-n·ones when the top bit of x was clear.
func plainPrefix(text []byte) int {
	const ones, tops = 0x0101010101010101, 0x8080808080808080
	n := 0
	for ; n+8 <= len(text); n += 8 {
		x := binary.LittleEndian.Uint64(text[n:])
		control := x - ones*0x20
		quote, slash := x^ones*'"', x^ones*'\\'
		if (control|(quote-ones)|(slash-ones))&^x&tops != 0 {
			break
		}
	}
	for ; n < len(text); n++ {
		if c := text[n]; c < 0x20 || c == '"' || c == '\\' {
			break
		}
	}
	return n
}

func appendEscaped(b []byte, s string) []byte {
	start := 0
	for i := range len(s) {
		c := s[i]
		if c >= 0x20 && c != '"' && c != '\\' {
			continue
		}
		b = append(b, s[start:i]...)
		start = i + 1
		switch c {
		case '\t':
			b = append(b, `\t`...)
		case '\r':
			b = append(b, `\r`...)
		case '\n':
			b = append(b, `\n`...)
		case '"', '\\':
			b = append(b, '\\', c)
		default:
			b = append(b, '\\', 'u', '0', '0', hexDigits[c>>4], hexDigits[c&0xf])
		}
	}
	return append(b, s[start:]...)
}

// AppendText appends a text type as a JSON string.
func AppendText[S ~string](b []byte, s S) []byte { return AppendString(b, string(s)) }

// AppendInt appends a whole number.
func AppendInt[I ~int | ~int8 | ~int16 | ~int32 | ~int64](b []byte, i I) []byte {
	return strconv.AppendInt(b, int64(i), 10)
}

// AppendBool appends true or false.
func AppendBool[B ~bool](b []byte, v B) []byte { return strconv.AppendBool(b, bool(v)) }

// AppendFloat appends a number as fmt's %g shows it, which is how gqlgen writes floats.
func AppendFloat[F ~float64](b []byte, f F) []byte {
	if v := float64(f); v == math.Trunc(v) && math.Abs(v) < 1e6 && (v != 0 || !math.Signbit(v)) {
		return strconv.AppendInt(b, int64(v), 10) // the same digits, several times as fast
	}
	return strconv.AppendFloat(b, float64(f), 'g', -1, 64)
}
