package commerce

import (
	"context"
	"fmt"
	"strconv"
	"strings"
)

// LogPosition is a place in the log of the primary. Whoever has read or written there has seen all commits before it.
type LogPosition int64

// Token is the position as clients get it and send it back, as Postgres writes it: 16/B374D848. It promises nothing but that.
func (p LogPosition) Token() string { return fmt.Sprintf("%X/%X", uint64(p)>>32, uint32(p)) }

// ParseToken reads a token. It reports false for what is none.
func ParseToken(text string) (LogPosition, bool) {
	high, low, cut := strings.Cut(text, "/")
	h, err := strconv.ParseUint(high, 16, 31)
	l, errLow := strconv.ParseUint(low, 16, 32)
	if !cut || err != nil || errLow != nil {
		return 0, false
	}
	return LogPosition(h<<32 | l), true
}

type positionKey struct{}

// WithPosition says that whoever asks has seen the database at a position: what is answered must not be older.
func WithPosition(ctx context.Context, p LogPosition) context.Context {
	return context.WithValue(ctx, positionKey{}, p)
}

// PositionOf is the position that an answer must not be older than, 0 for any.
func PositionOf(ctx context.Context) LogPosition {
	p, _ := ctx.Value(positionKey{}).(LogPosition)
	return p
}
