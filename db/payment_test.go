package db_test

import (
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/kirana-commerce/kirana/commerce"
	"github.com/kirana-commerce/kirana/db/dbtest"
)

// Settings are replaced as a whole, counted, and nobody's change is lost; a store that has said nothing has the defaults.
func TestPaymentSettings(t *testing.T) {
	t.Parallel()
	d := dbtest.New(t)
	store, other := openStore(t, d.DB, "one"), openStore(t, d.DB, "other")
	in := commerce.PaymentSettingsSetInput{
		ExpectedVersion: new(0), UPIID: new(" one@bank "), PayeeName: new("One & Sons"), Instructions: new("Name the order.\n"), HoldHours: 336,
	}
	made, err := d.SetPayments(t.Context(), commerce.Author{}, store, in)
	require.NoError(t, err)
	require.NotNil(t, made.UpdatedAt)
	require.Equal(t, &commerce.StorePaymentSettings{
		StoreID: store.ID, Version: 1, UpdatedAt: made.UpdatedAt, UPIID: "one@bank", PayeeName: "One & Sons", Instructions: "Name the order.", HoldHours: 336,
	}, made)
	found, err := d.PaymentSettings(t.Context(), []commerce.StoreID{store.ID, other.ID})
	require.NoError(t, err)
	require.Equal(t, map[commerce.StoreID]*commerce.StorePaymentSettings{
		store.ID: made, other.ID: {StoreID: other.ID, HoldHours: commerce.DefaultHoldHours},
	}, found)
	_, err = d.SetPayments(t.Context(), commerce.Author{}, store, in)
	requireRefused(t, err, [2]string{"/input/expectedVersion", "STALE_OBJECT"})
	again, err := d.SetPayments(t.Context(), commerce.Author{}, store, commerce.PaymentSettingsSetInput{ExpectedVersion: new(1), HoldHours: 1})
	require.NoError(t, err)
	require.Equal(t, &commerce.StorePaymentSettings{StoreID: store.ID, Version: 2, UpdatedAt: again.UpdatedAt, HoldHours: 1}, again)
	require.Len(t, queryRows(t, d, `SELECT 1 FROM audit_log WHERE action = 'paymentSettingsSet'`), 2)
}
