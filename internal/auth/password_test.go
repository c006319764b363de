package auth

import (
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/kirana-commerce/kirana/commerce"
)

func TestPasswordHashes(t *testing.T) {
	t.Parallel()
	h := NewHasher(2)
	first, err := h.Hash(t.Context(), "three blue parrots")
	require.NoError(t, err)
	second, err := h.Hash(t.Context(), "three blue parrots")
	require.NoError(t, err)
	require.NotEqual(t, first, second, "each has a salt of its own")
	require.True(t, strings.HasPrefix(first, "$argon2id$v=19$m=19456,t=2,p=1$"), first)

	for _, c := range []struct {
		password, hash string
		right, stale   bool
	}{
		{"three blue parrots", first, true, false},
		{"three blue parrot", first, false, false},
		{"", first, false, false},
		{"three blue parrots", "", false, false},
		// The vector of the reference implementation's test suite (argon2id, v=19, t=2, m=2^16, p=1).
		{"password", "$argon2id$v=19$m=65536,t=2,p=1$c29tZXNhbHQ$CTFhFdXPJO1aFaMaO6Mm5c8y7cJHAph8ArZWb2GRPPc", true, true},
		{"Password", "$argon2id$v=19$m=65536,t=2,p=1$c29tZXNhbHQ$CTFhFdXPJO1aFaMaO6Mm5c8y7cJHAph8ArZWb2GRPPc", false, true},
	} {
		right, stale, err := h.Verify(t.Context(), c.password, c.hash)
		require.NoError(t, err)
		require.Equal(t, c.right, right, c.password)
		require.Equal(t, c.stale, stale, c.hash)
	}
	_, _, err = h.Verify(t.Context(), "x", "plain text")
	require.ErrorIs(t, err, errNoHash)
	require.NotContains(t, err.Error(), "plain text")
}

func TestParseHashRefuses(t *testing.T) {
	t.Parallel()
	const salt, sum = "c29tZXNhbHQ", "CTFhFdXPJO1aFaMaO6Mm5c8y7cJHAph8ArZWb2GRPPc"
	_, err := parseHash("$argon2id$v=19$m=64,t=2,p=1$" + salt + "$" + sum)
	require.NoError(t, err)
	for _, bad := range []string{
		"", "$", "$$$$$", "argon2id$v=19$m=64,t=2,p=1$" + salt + "$" + sum,
		"$argon2i$v=19$m=64,t=2,p=1$" + salt + "$" + sum,
		"$argon2id$v=16$m=64,t=2,p=1$" + salt + "$" + sum,
		"$argon2id$v=19$m=64,t=2$" + salt + "$" + sum,
		"$argon2id$v=19$m=064,t=2,p=1$" + salt + "$" + sum,
		"$argon2id$v=19$m=64,t=2,p=1 $" + salt + "$" + sum,
		"$argon2id$v=19$m=-64,t=2,p=1$" + salt + "$" + sum,
		"$argon2id$v=19$m=64,t=2,p=256$" + salt + "$" + sum,
		"$argon2id$v=19$m=64,t=0,p=1$" + salt + "$" + sum,
		"$argon2id$v=19$m=4294967295,t=2,p=1$" + salt + "$" + sum,
		"$argon2id$v=19$m=64,t=4294967295,p=1$" + salt + "$" + sum,
		"$argon2id$v=19$m=64,t=2,p=1$$" + sum,
		"$argon2id$v=19$m=64,t=2,p=1$" + salt + "$",
		"$argon2id$v=19$m=64,t=2,p=1$" + salt + "=$" + sum,
		"$argon2id$v=19$m=64,t=2,p=1$" + salt + "$" + sum + "$",
		"$argon2id$v=19$m=64,t=2,p=1$" + salt + "$" + strings.Repeat(sum, 3),
	} {
		_, err := parseHash(bad)
		require.ErrorIs(t, err, errNoHash, bad)
	}
}

func FuzzParseHash(f *testing.F) {
	f.Add("$argon2id$v=19$m=19456,t=2,p=1$c29tZXNhbHQ$CTFhFdXPJO1aFaMaO6Mm5c8y7cJHAph8ArZWb2GRPPc")
	f.Add("$argon2id$v=19$m=+8,t=2,p=1$c29tZXNhbHQ$CTFhFdXPJO1aFaMaO6Mm5c8y7cJHAph8ArZWb2GRPPc")
	f.Fuzz(func(t *testing.T, text string) {
		h, err := parseHash(text)
		if err != nil {
			return
		}
		require.Equal(t, text, h.String())
		require.LessOrEqual(t, h.params.memory, uint32(256<<10))
		require.LessOrEqual(t, h.params.passes, uint32(16))
	})
}

// A flood of sign-ins takes as many processors as it was given, and whoever has waited for too long is told so.
func TestFewPasswordsAtATime(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		const atOnce, flood = 2, 10
		var mu sync.Mutex
		var running, most, hashed int
		count := func(change int) {
			mu.Lock()
			defer mu.Unlock()
			running += change
			most = max(most, running)
			hashed += max(-change, 0)
		}
		h := NewHasher(atOnce)
		h.derive = func(string, []byte, hashParams, uint32) []byte {
			count(1)
			defer count(-1)
			<-time.After(time.Second)
			return nil
		}
		codes := map[commerce.Code]int{}
		done := make(chan error)
		for range flood {
			go func() {
				_, err := h.Hash(t.Context(), "three blue parrots")
				done <- err
			}()
		}
		for range flood {
			if err := <-done; err != nil {
				codes[commerce.CodeOf(err)]++
			}
		}
		require.Equal(t, atOnce, most)
		require.Equal(t, map[commerce.Code]int{commerce.CodeUnavailable: flood - hashed}, codes)
		require.GreaterOrEqual(t, hashed, 3*atOnce)
		require.Less(t, hashed, flood)
	})
}
