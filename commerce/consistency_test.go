package commerce_test

import (
	"context"
	"testing"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"github.com/kirana-commerce/kirana/commerce"
)

func TestTokens(t *testing.T) {
	t.Parallel()
	require.Equal(t, "16/B374D848", commerce.LogPosition(0x16B374D848).Token(), "as Postgres writes it")
	for _, text := range []string{"", "/", "1", "1/", "/1", "1/2/3", "x/1", "1/x", "-1/1", "1/-1", "+1/1", "1/100000000", "80000000/0", "1/ 2", "0x1/2"} {
		_, ok := commerce.ParseToken(text)
		require.False(t, ok, "%q", text)
	}
	rapid.Check(t, func(t *rapid.T) {
		p := commerce.LogPosition(rapid.Int64Min(0).Draw(t, "position"))
		again, ok := commerce.ParseToken(p.Token())
		require.True(t, ok)
		require.Equal(t, p, again)
	})
}

// FuzzParseToken: what is read as a token is written in the same way but for zeros in front and small letters.
func FuzzParseToken(f *testing.F) {
	for _, text := range []string{"16/B374D848", "0/0", "7fffffff/FFFFFFFF", "1", "/", ""} {
		f.Add(text)
	}
	f.Fuzz(func(t *testing.T, text string) {
		p, ok := commerce.ParseToken(text)
		if !ok {
			return
		}
		require.GreaterOrEqual(t, p, commerce.LogPosition(0))
		again, ok := commerce.ParseToken(p.Token())
		require.True(t, ok)
		require.Equal(t, p, again)
	})
}

func TestPosition(t *testing.T) {
	t.Parallel()
	require.Zero(t, commerce.PositionOf(context.Background()))
	require.Equal(t, commerce.LogPosition(7), commerce.PositionOf(commerce.WithPosition(t.Context(), 7)))
}
