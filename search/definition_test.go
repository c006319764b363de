package search

import (
	"encoding/json"
	"testing"

	"github.com/stretchr/testify/require"
)

func TestDefinition(t *testing.T) {
	t.Parallel()
	var got struct {
		Mappings struct {
			Dynamic string `json:"dynamic"`
			Meta    Meta   `json:"_meta"`
		} `json:"mappings"`
	}
	meta := Meta{Hash: "of another program", Epoch: 3, SystemID: "7123", Timeline: 2}
	require.NoError(t, json.Unmarshal(Definition(meta), &got))
	require.Equal(t, "strict", got.Mappings.Dynamic)
	meta.Hash = DefinitionHash()
	require.Equal(t, meta, got.Mappings.Meta)
	require.JSONEq(t, string(Definition(meta)), string(Definition(Meta{Hash: "another", Epoch: 3, SystemID: "7123", Timeline: 2})))
}

// TestDefinitionHash is here to be edited: a new hash makes every installation rebuild its index. Where only the code
// of the definition moved and the hash changed all the same, find out why.
func TestDefinitionHash(t *testing.T) {
	t.Parallel()
	require.Equal(t, "7b885f66211d6373", DefinitionHash())
}
