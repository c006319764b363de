package indexer

import (
	"testing"

	"github.com/stretchr/testify/require"
)

func TestOnlyTheWholeIsDone(t *testing.T) {
	t.Parallel()
	for text, want := range map[string]bool{
		`{"acknowledged":true,"shards_acknowledged":true,"index":"p"}`: true,
		`{"acknowledged":false}`:                            false,
		`{"_shards":{"total":2,"successful":1,"failed":0}}`: true,
		`{"_shards":{"total":2,"successful":1,"failed":1}}`: false,
		`{"_shards":{"total":2,"succ`:                       false,
		``:                                                  false,
	} {
		err := done([]byte(text))
		require.Equal(t, want, err == nil, "%s: %v", text, err)
	}
}

func TestANonsenseAddressIsRefused(t *testing.T) {
	t.Parallel()
	_, err := newEngine("http://[::1")
	require.ErrorContains(t, err, "address")
}
