package commerce_test

import (
	"math"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"github.com/kirana-commerce/kirana/commerce"
)

func kinds() []commerce.Kind {
	return []commerce.Kind{
		commerce.KindStore, commerce.KindProduct, commerce.KindProductVariant, commerce.KindProductOption,
		commerce.KindCollection, commerce.KindMediaImage, commerce.KindMerchant, commerce.KindSession, commerce.KindAPIKey,
		commerce.KindStaffMember, commerce.KindStaffInvitation, commerce.KindMetafield, commerce.KindLocation,
	}
}

// storeless are the kinds of what belongs to no store.
func storeless(k commerce.Kind) bool { return k == commerce.KindMerchant || k == commerce.KindSession }

func TestGlobalIDString(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		node interface{ NodeID() commerce.GlobalID }
		want string
	}{
		{&commerce.Store{ID: 7}, "gid://kirana/Store/7"},
		{&commerce.Product{StoreID: 7, ID: 12}, "gid://kirana/Product/7/12"},
		{&commerce.ProductVariant{StoreID: 7, ProductID: 12, ID: 3}, "gid://kirana/ProductVariant/7/3"},
		{&commerce.ProductOption{StoreID: 7, ProductID: 12, ID: 3}, "gid://kirana/ProductOption/7/3"},
		{&commerce.Collection{StoreID: 7, ID: 3}, "gid://kirana/Collection/7/3"},
		{&commerce.Merchant{ID: 3}, "gid://kirana/Merchant/3"},
		{&commerce.Session{ID: 3, Merchant: 7}, "gid://kirana/Session/3"},
		{&commerce.APIKey{StoreID: 7, ID: 3}, "gid://kirana/ApiKey/7/3"},
		{&commerce.StaffMember{StoreID: 7, Merchant: 3}, "gid://kirana/StaffMember/7/3"},
		{&commerce.StaffInvitation{StoreID: 7, ID: 3}, "gid://kirana/StaffInvitation/7/3"},
		{&commerce.MediaImage{StoreID: 7, ProductID: 12, ID: math.MaxInt64}, "gid://kirana/MediaImage/7/9223372036854775807"},
	} {
		require.Equal(t, c.want, c.node.NodeID().String())
		id, ok := commerce.ParseGlobalID(c.want)
		require.True(t, ok, c.want)
		require.Equal(t, c.node.NodeID(), id)
	}
	require.Equal(t, "id=gid://kirana/Store/7", string(commerce.GlobalID{Kind: commerce.KindStore, Store: 7, ID: 7}.Append([]byte("id="))))
}

func TestGlobalIDRoundTrip(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		id := commerce.GlobalID{
			Kind:  rapid.SampledFrom(kinds()).Draw(t, "kind"),
			Store: commerce.StoreID(rapid.Int64Range(1, math.MaxInt64).Draw(t, "store")),
			ID:    rapid.Int64Range(1, math.MaxInt64).Draw(t, "id"),
		}
		if id.Kind == commerce.KindStore {
			id.ID = int64(id.Store)
		}
		if storeless(id.Kind) {
			id.Store = 0
		}
		got, ok := commerce.ParseGlobalID(id.String())
		require.True(t, ok, id.String())
		require.Equal(t, id, got)
	})
}

// One node has one id: everything that only looks like it is refused.
func TestParseGlobalIDRefuses(t *testing.T) {
	t.Parallel()
	for _, text := range []string{
		"", "7", "Product/7/12", "gid://", "gid://kirana/", "gid://kirana/Product", "gid://kirana/Product/", "gid://kirana/Product/7",
		"gid://kirana/Product/7/", "gid://kirana/Product//12", "gid://kirana/Product/7/12/", "gid://kirana/Product/7/12/1",
		"gid://kirana/Product/7/12 ", " gid://kirana/Product/7/12", "gid://kirana/Product/07/12", "gid://kirana/Product/7/012",
		"gid://kirana/Product/+7/12", "gid://kirana/Product/7/+12", "gid://kirana/Product/-7/12", "gid://kirana/Product/7/-12",
		"gid://kirana/Product/0/12", "gid://kirana/Product/7/0", "gid://kirana/Product/7/1_2", "gid://kirana/Product/7/0x1",
		"gid://kirana/Product/7/9223372036854775808", "gid://kirana/Product/9223372036854775808/1", "gid://kirana/Product/७/12",
		"gid://kirana/product/7/12", "gid://kirana/Basket/7/12", "gid://shopify/Product/7/12", "GID://kirana/Product/7/12",
		"gid://kirana/Store/7/7", "gid://kirana/Store/7/", "gid://kirana/Store/0", "gid://kirana/Store/", "gid://kirana/Store/-1",
		"gid://kirana/Product/7/12\x00", "gid://kirana//7/12", "gid://kirana/Merchant/7/7", "gid://kirana/Merchant/07", "gid://kirana/Session/0",
		"gid://kirana/Merchant/", "gid://kirana/Merchant", "gid://kirana/ApiKey/7", "gid://kirana/APIKey/7/1",
	} {
		_, ok := commerce.ParseGlobalID(text)
		require.False(t, ok, text)
	}
}

func FuzzParseGlobalID(f *testing.F) {
	for _, kind := range kinds() {
		f.Add("gid://kirana/" + string(kind) + "/7/12")
	}
	f.Add("gid://kirana/Store/7")
	f.Add("gid://kirana/Product/+7/012")
	f.Fuzz(func(t *testing.T, text string) {
		id, ok := commerce.ParseGlobalID(text)
		if !ok {
			return
		}
		require.Equal(t, text, id.String(), "one node has one id")
		require.Positive(t, id.ID)
		require.Equal(t, storeless(id.Kind), id.Store == 0)
		require.GreaterOrEqual(t, id.Store, commerce.StoreID(0))
		require.Contains(t, kinds(), id.Kind)
		if id.Kind == commerce.KindStore {
			require.EqualValues(t, id.Store, id.ID)
		}
	})
}

func BenchmarkParseGlobalID(b *testing.B) {
	b.ReportAllocs()
	text := "gid://kirana/ProductVariant/1234/" + strings.Repeat("9", 12)
	for b.Loop() {
		if _, ok := commerce.ParseGlobalID(text); !ok {
			b.Fatal(text)
		}
	}
}
