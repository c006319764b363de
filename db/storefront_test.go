package db_test

import (
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/kirana-commerce/kirana/commerce"
	"github.com/kirana-commerce/kirana/db/dbtest"
)

func TestStoreLooks(t *testing.T) {
	t.Parallel()
	d := dbtest.New(t)
	store := openStore(t, d.DB, "looks")
	require.Empty(t, store.AccentColor)
	require.Empty(t, store.LogoURL)
	run(t, d, `UPDATE stores SET accent_color = '#0a6b5d', logo_url = 'https://cdn.test/sign.png'`)

	byID, err := d.StoresByID(t.Context(), []commerce.StoreID{store.ID})
	require.NoError(t, err)
	byHandle, err := d.StoresByHandle(t.Context(), []string{"looks"})
	require.NoError(t, err)
	list, err := d.Stores(t.Context(), commerce.FirstPage(1, commerce.Ordering{Key: commerce.StoreSortID}), "")
	require.NoError(t, err)
	for _, s := range []*commerce.Store{byID[store.ID], byHandle["looks"], list.Items[0].Node} {
		require.Equal(t, "#0a6b5d", s.AccentColor)
		require.Equal(t, "https://cdn.test/sign.png", s.LogoURL)
	}
	for _, colour := range []string{"red", "#0A6B5D", "#0a6b5d;", "#0a6b5", "", "#0a6b5d\n"} {
		_, err := d.SQL.ExecContext(t.Context(), `UPDATE stores SET accent_color = $1`, colour)
		require.ErrorContains(t, err, "stores_accent_color_check", colour)
	}
}
