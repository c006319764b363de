package cdc

import (
	"testing"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"
)

func TestParsePosition(t *testing.T) {
	t.Parallel()
	tests := []struct {
		text string
		want Position
		ok   bool
	}{
		{"0/0", 0, true},
		{"16/B374D848", 0x16_B374D848, true},
		{"16/b374d848", 0x16_B374D848, true},
		{"FFFFFFFF/FFFFFFFF", 1<<64 - 1, true},
		{"", 0, false},
		{"16", 0, false},
		{"/", 0, false},
		{"16/", 0, false},
		{"/16", 0, false},
		{"-1/0", 0, false},
		{"1/G", 0, false},
		{"100000000/0", 0, false},
		{"0/100000000", 0, false},
		{"0/0/0", 0, false},
	}
	for _, test := range tests {
		t.Run(test.text, func(t *testing.T) {
			t.Parallel()
			got, err := ParsePosition(test.text)
			require.Equal(t, test.ok, err == nil, "%v", err)
			require.Equal(t, test.want, got)
		})
	}
}

func TestPositionRoundTrip(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		want := Position(rapid.Uint64().Draw(t, "position"))
		got, err := ParsePosition(want.String())
		require.NoError(t, err)
		require.Equal(t, want, got)
	})
}

func FuzzParsePosition(f *testing.F) {
	for _, seed := range []string{"0/0", "16/B374D848", "FFFFFFFF/FFFFFFFF", "16", "/", "+1/-0"} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, text string) {
		position, err := ParsePosition(text)
		if err != nil {
			require.Zero(t, position)
			return
		}
		again, err := ParsePosition(position.String())
		require.NoError(t, err)
		require.Equal(t, position, again)
	})
}
