package commerce_test

import (
	"errors"
	"fmt"
	"io"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/kirana-commerce/kirana/commerce"
)

func TestCodeOf(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		err  error
		want commerce.Code
	}{
		{commerce.BadInput("first", "no"), commerce.CodeBadUserInput},
		{fmt.Errorf("reading: %w", commerce.ErrStoreRequired), commerce.CodeStoreRequired},
		{errors.Join(io.EOF, commerce.ErrStoreNotFound), commerce.CodeStoreNotFound},
		{commerce.Unavailable("Search", commerce.ErrStoreRequired), commerce.CodeUnavailable},
		{io.EOF, commerce.CodeInternal},
		{commerce.ErrNotVisible, commerce.CodeInternal},
		{nil, commerce.CodeInternal},
	} {
		require.Equal(t, c.want, commerce.CodeOf(c.err), "%v", c.err)
	}
}

// The cause is for logs: Message, which clients see, does not have it.
func TestUnavailableKeepsItsCauseFromClients(t *testing.T) {
	t.Parallel()
	err := commerce.Unavailable("Search", fmt.Errorf("dial 10.0.0.7: %w", io.EOF))
	require.Equal(t, "Search is not available right now. Try again in a moment.", err.Message)
	require.EqualError(t, err, "Search is not available right now. Try again in a moment.: dial 10.0.0.7: EOF")
	require.ErrorIs(t, err, io.EOF)
}

func TestBadInput(t *testing.T) {
	t.Parallel()
	err := commerce.BadInput("first", "%d is outside %d to %d.", 251, 0, 250)
	require.EqualError(t, err, `Argument "first": 251 is outside 0 to 250.`)
	require.Equal(t, "first", err.Argument)
	require.NoError(t, err.Unwrap())
	require.EqualError(t, commerce.BadInput("%d", "100 %%"), `Argument "%d": 100 %`)
}
