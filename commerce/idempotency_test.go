package commerce_test

import (
	"encoding/json"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/kirana-commerce/kirana/commerce"
)

// Everything that tells two intentions apart is in the key, and nothing else.
func TestIdempotencyKey(t *testing.T) {
	t.Parallel()
	type mutation = commerce.KeyedMutation
	arguments := func(pairs ...any) map[string]any {
		in := map[string]any{}
		for i := 0; i < len(pairs); i += 2 {
			in[pairs[i].(string)] = pairs[i+1]
		}
		return map[string]any{"input": in}
	}
	base := func() mutation {
		return mutation{Viewer: &commerce.Viewer{Merchant: 7}, Name: "pageSet", Key: "0123456789abcdef", Arguments: arguments("title", "Tea", "n", 1)}
	}
	of := func(change func(*mutation)) commerce.IdempotencyKey {
		m := base()
		change(&m)
		k, err := m.IdempotencyKey()
		require.NoError(t, err)
		return k
	}
	same := of(func(*mutation) {})
	for name, c := range map[string]struct {
		change      func(*mutation)
		hash, input bool // whether they stay the same
	}{
		"nothing": {func(*mutation) {}, true, true},
		"another session, other grants": {func(m *mutation) {
			m.Viewer = &commerce.Viewer{Merchant: 7, Session: 3, Grants: []commerce.Grant{{Store: 1}}}
		}, true, true},
		"the order of the fields":       {func(m *mutation) { m.Arguments = arguments("n", 1, "title", "Tea") }, true, true},
		"a number of a variable":        {func(m *mutation) { m.Arguments = arguments("title", "Tea", "n", json.Number("1")) }, true, true},
		"another input":                 {func(m *mutation) { m.Arguments = arguments("title", "Teas", "n", 1) }, true, false},
		"null is not what is left out":  {func(m *mutation) { m.Arguments = arguments("title", "Tea", "n", 1, "id", nil) }, true, false},
		"a text is no number":           {func(m *mutation) { m.Arguments = arguments("title", "Tea", "n", "1") }, true, false},
		"another merchant":              {func(m *mutation) { m.Viewer = &commerce.Viewer{Merchant: 8} }, false, true},
		"an API key of the same number": {func(m *mutation) { m.Viewer = &commerce.Viewer{Key: 7, Grants: []commerce.Grant{{Store: 1}}} }, false, true},
		"nobody":                        {func(m *mutation) { m.Viewer = nil }, false, true},
		"another mutation":              {func(m *mutation) { m.Name = "menuSet" }, false, true},
		"another place":                 {func(m *mutation) { m.Place = "a" }, false, true},
		"another key":                   {func(m *mutation) { m.Key = "0123456789abcdeF" }, false, false},
	} {
		got := of(c.change)
		require.Equal(t, c.hash, got.Hash == same.Hash, name)
		require.Equal(t, c.input, got.Payload == same.Payload, name)
	}
	require.NotEqual(t, of(func(m *mutation) { m.Key, m.Place = m.Key+"a", "b" }), of(func(m *mutation) { m.Place = "ab" }))
	one := commerce.Viewer{Key: 7, Grants: []commerce.Grant{{Store: 1}}}
	two := commerce.Viewer{Key: 7, Grants: []commerce.Grant{{Store: 2}}}
	require.NotEqual(t, of(func(m *mutation) { m.Viewer = &one }), of(func(m *mutation) { m.Viewer = &two }), "API keys are numbered in their stores")
}

func TestIdempotencyKeyLength(t *testing.T) {
	t.Parallel()
	for key, good := range map[string]bool{
		"": false, strings.Repeat("a", 15): false, strings.Repeat("a", 16): true, strings.Repeat("a", 255): true, strings.Repeat("a", 256): false,
		"4f6c1a3e-5d0b-4a57-9d0e-0c1f5a2b7e11": true, "0123456789 abcdef": false, "0123456789abcdé": false, "0123456789abcde\x00": false,
		"0123456789abcde\n": false, "!#$%&/()=?*+~'_-": true,
	} {
		_, err := commerce.KeyedMutation{Key: key}.IdempotencyKey()
		require.Equal(t, good, err == nil, "%q", key)
		if !good {
			require.Equal(t, commerce.CodeBadUserInput, commerce.CodeOf(err))
		}
	}
}

// Of a node its id is kept, of everything else all of it.
func TestOutcome(t *testing.T) {
	t.Parallel()
	kept, err := commerce.NewOutcome(&commerce.TextPage{StoreID: 3, ID: 9, Title: "Tea"})
	require.NoError(t, err)
	var id commerce.GlobalID
	require.NoError(t, kept.Read(&id))
	require.Equal(t, "gid://kirana/Page/3/9", id.String())
	require.NotContains(t, string(kept), "Tea")

	kept, err = commerce.NewOutcome([]bool{true, false})
	require.NoError(t, err)
	var list []bool
	require.NoError(t, kept.Read(&list))
	require.Equal(t, []bool{true, false}, list)

	_, err = commerce.NewOutcome(func() {})
	require.Error(t, err)
	require.Error(t, commerce.Outcome("{").Read(&id))
}
