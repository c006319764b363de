package zoo_test

import (
	"bytes"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/kirana-commerce/kirana/graph/plan/plantest/zoo"
)

func TestFuse(t *testing.T) {
	t.Parallel()
	text, err := zoo.UnmarshalFuse("quiet")
	require.NoError(t, err)
	var b bytes.Buffer
	zoo.MarshalFuse(text).MarshalGQL(&b)
	require.Equal(t, `"quiet"`, b.String())
	require.PanicsWithValue(t, "boom", func() { zoo.MarshalFuse("boom") })
}
