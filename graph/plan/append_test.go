package plan_test

import (
	"bytes"
	"fmt"
	"math"
	"strings"
	"testing"

	"github.com/99designs/gqlgen/graphql"
	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"github.com/kirana-commerce/kirana/graph/plan"
)

// marshaled is what gqlgen writes.
func marshaled(m graphql.Marshaler) string {
	var b bytes.Buffer
	m.MarshalGQL(&b)
	return b.String()
}

func TestAppendString(t *testing.T) {
	t.Parallel()
	for _, text := range []string{
		"", "a", "seven b", "eight by", "nine byte", `"`, `\`, "\x00", "\x1f", " ", "\x7f", "\x80\xff", "हल्दी", "🙂", "a\tb\rc\nd\be", "<b>&amp;</b>", "\u2028",
		strings.Repeat("x", 15) + "\"", strings.Repeat("é", 20) + "\n" + strings.Repeat("y", 9), "\x20\x21\x22\x23", "\x5b\x5c\x5d",
	} {
		require.Equal(t, "before"+marshaled(graphql.MarshalString(text)), string(plan.AppendString([]byte("before"), text)), "%q", text)
	}
	for c := range 256 { // each byte at each place of a word of eight
		for place := range 9 {
			text := strings.Repeat("-", place) + string([]byte{byte(c)}) + strings.Repeat("-", 8)
			require.Equal(t, marshaled(graphql.MarshalString(text)), string(plan.AppendString(nil, text)), "%q", text)
		}
	}
}

func TestAppendNumbers(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		f := rapid.Float64().Draw(t, "float")
		if rapid.Bool().Draw(t, "whole") {
			f = math.Trunc(f)
		}
		if !math.IsInf(f, 0) && !math.IsNaN(f) {
			require.Equal(t, fmt.Sprintf("%g", f), string(plan.AppendFloat(nil, f)))
		}
		i := rapid.Int64().Draw(t, "int")
		require.Equal(t, marshaled(graphql.MarshalInt64(i)), string(plan.AppendInt(nil, i)))
	})
	for _, f := range []float64{0, math.Copysign(0, -1), 1, -1, 999999, 1e6, -999999.5, 1e21, 0.1, 1e-5} {
		require.Equal(t, fmt.Sprintf("%g", f), string(plan.AppendFloat(nil, f)), "%v", f)
	}
	require.Equal(t, "true", string(plan.AppendBool(nil, true)))
}

func FuzzAppendString(f *testing.F) {
	f.Add("plain")
	f.Add("a \"quoted\" \\ \n line")
	f.Add("\xf0\x28\x8c\x28")
	f.Fuzz(func(t *testing.T, text string) {
		require.Equal(t, marshaled(graphql.MarshalString(text)), string(plan.AppendString(nil, text)))
	})
}

func BenchmarkAppendString(b *testing.B) {
	for _, n := range []int{8, 24, 100, 1000} {
		text := strings.Repeat("abcdefgh", n/8+1)[:n]
		b.Run(fmt.Sprintf("%d/plan", n), func(b *testing.B) {
			var buffer []byte
			for b.Loop() {
				buffer = plan.AppendString(buffer[:0], text)
			}
		})
		b.Run(fmt.Sprintf("%d/gqlgen", n), func(b *testing.B) {
			var buffer bytes.Buffer
			for b.Loop() {
				buffer.Reset()
				graphql.MarshalString(text).MarshalGQL(&buffer)
			}
		})
	}
}
