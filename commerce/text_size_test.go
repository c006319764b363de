package commerce_test

import (
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/kirana-commerce/kirana/commerce"
)

// What people write has as much room in any script; what stands in addresses is measured as it takes room.
func TestTextSize(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		size commerce.TextSize
		text string
		want bool
	}{
		{commerce.Characters(3), "abc", false},
		{commerce.Characters(3), "abcd", true},
		{commerce.Characters(3), "कमल", false},
		{commerce.Characters(3), "🙏🙏🙏", false},
		{commerce.Characters(3), "कमला", true},
		{commerce.Bytes(9), "कमल", false},
		{commerce.Bytes(8), "कमल", true},
		{commerce.Characters(0), "", false},
	} {
		require.Equal(t, c.want, c.size.Exceeded(c.text), "%s: %q", c.size, c.text)
	}
}

// A title of as many characters as there may be makes a handle that is not too long, and the same one each time.
func TestHandleOfLongTitles(t *testing.T) {
	t.Parallel()
	title := strings.Repeat("क", commerce.MaxTitle)
	handle := commerce.HandleOf(title)
	require.Equal(t, strings.Repeat("क", commerce.MaxHandle/3), handle)
	listing := commerce.Listing{Name: title, PriceMinor: new(int64(100))}
	require.Empty(t, listing.Validate())
	product, refusal := listing.Product()
	require.Empty(t, refusal)
	require.Equal(t, handle, product.Handle)
	require.Equal(t, "a", commerce.HandleOf("A!"))
	require.Empty(t, commerce.HandleOf("!"))
}
