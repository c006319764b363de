package auth_test

import (
	"fmt"
	"regexp"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/kirana-commerce/kirana/internal/auth"
)

var kinds = []auth.TokenKind{auth.SessionToken, auth.APIKeyToken, auth.InvitationToken, auth.CustomerToken}

func TestTokens(t *testing.T) {
	t.Parallel()
	scanner := regexp.MustCompile(`^(kst|kak|kin|kcu)_[a-z2-7]{56}$`)
	seen := map[string]bool{}
	for _, kind := range kinds {
		for range 100 {
			token := auth.NewToken(kind)
			text := token.Reveal()
			require.Regexp(t, scanner, text)
			require.False(t, seen[text])
			seen[text] = true
			read, ok := auth.ParseToken(text)
			require.True(t, ok)
			require.Equal(t, token, read)
			require.Equal(t, token.Hash(), read.Hash())
			require.Equal(t, text[:10], token.Prefix())
			for _, verb := range []string{"%v", "%s", "%+v"} {
				require.NotContains(t, fmt.Sprintf(verb, token), text[12:], "a token in a log")
			}
		}
	}
}

// Every slip of one letter is found, and every cut, without asking the database.
func TestMistypedTokens(t *testing.T) {
	t.Parallel()
	text := auth.NewToken(auth.SessionToken).Reveal()
	for i := range text {
		for _, letter := range "abz27_A" {
			slip := text[:i] + string(letter) + text[i+1:]
			_, ok := auth.ParseToken(slip)
			require.Equal(t, slip == text, ok, slip)
		}
		_, ok := auth.ParseToken(text[:i])
		require.False(t, ok)
	}
	for _, bad := range []string{text + "a", " " + text, strings.ToUpper(text), "kst_", "Bearer " + text, strings.Repeat("a", 1<<16)} {
		_, ok := auth.ParseToken(bad)
		require.False(t, ok)
	}
}

func FuzzParseToken(f *testing.F) {
	for _, kind := range kinds {
		f.Add(auth.NewToken(kind).Reveal())
	}
	f.Add("kst_" + strings.Repeat("a", 56))
	f.Add("kak_\xff")
	f.Fuzz(func(t *testing.T, text string) {
		if token, ok := auth.ParseToken(text); ok {
			require.Equal(t, text, token.Reveal())
		}
	})
}
