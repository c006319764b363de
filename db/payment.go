package db

import (
	"context"

	"github.com/jmoiron/sqlx"

	"github.com/kirana-commerce/kirana/commerce"
)

// paymentSettingsSQL reads what each store has decided about payments, a row for each store that there is.
const paymentSettingsSQL = `
SELECT s.id, p.version, (date_part('epoch', p.updated_at) * 1000000)::bigint, coalesce(p.upi_id, ''), coalesce(p.payee_name, ''),
    coalesce(p.instructions, ''), coalesce(p.hold_hours, $2::integer), coalesce(p.stripe_account, '')
FROM stores s LEFT JOIN payment_settings p ON p.store_id = s.id
WHERE s.id = ANY($1::bigint[])`

// PaymentSettings reads what stores have decided about payments.
func (v View) PaymentSettings(ctx context.Context, stores []commerce.StoreID) (map[commerce.StoreID]*commerce.StorePaymentSettings, error) {
	return paymentSettings(func(scan scanner, text string, args ...any) error { return v.each(ctx, scan, text, args...) }, stores)
}

func paymentSettings(read rowsOf, stores []commerce.StoreID) (map[commerce.StoreID]*commerce.StorePaymentSettings, error) {
	found := make(map[commerce.StoreID]*commerce.StorePaymentSettings, len(stores))
	err := read(func(r *row) {
		s := &commerce.StorePaymentSettings{
			StoreID: commerce.StoreID(r.int()), Version: r.version(), UpdatedAt: r.optionalMoment(), UPIID: r.text(), PayeeName: r.text(),
			Instructions: r.text(), HoldHours: int(r.int()), StripeAccountID: r.text(),
		}
		found[s.StoreID] = s
	}, paymentSettingsSQL, bigints(stores, func(s commerce.StoreID) int64 { return int64(s) }), commerce.DefaultHoldHours)
	return found, err
}

const nextPaymentsSQL = `
INSERT INTO payment_settings AS p (store_id, upi_id, payee_name, instructions, hold_hours, stripe_account) VALUES ($1, $2, $3, $4, $5, $6)
ON CONFLICT (store_id) DO UPDATE SET upi_id = EXCLUDED.upi_id, payee_name = EXCLUDED.payee_name, instructions = EXCLUDED.instructions,
    hold_hours = EXCLUDED.hold_hours, stripe_account = EXCLUDED.stripe_account, version = p.version + 1, updated_at = now()
RETURNING p.version`

// SetPayments replaces a store's payment settings. Refusals; codes UNAVAILABLE.
func (d *DB) SetPayments(ctx context.Context, by commerce.Author, store *commerce.Store, in commerce.PaymentSettingsSetInput) (*commerce.StorePaymentSettings, error) {
	s, err := in.Settings(store)
	if err != nil {
		return nil, err
	}
	err = mutate(ctx, d, store.ID, &s, func(tx *sqlx.Tx) error {
		version, err := nextVersion(ctx, tx, nextPaymentsSQL, store.ID, in.ExpectedVersion, s.UPIID, s.PayeeName, s.Instructions, s.HoldHours, s.StripeAccountID)
		if err != nil {
			return err
		}
		now, err := paymentSettings(inside(ctx, tx), []commerce.StoreID{store.ID})
		if err != nil {
			return err
		}
		s = now[store.ID]
		return audit(ctx, tx, auditEntry{store: store.ID, by: by, action: "paymentSettingsSet", detail: map[string]any{"version": version, "holdHours": s.HoldHours, "stripeAccount": s.StripeAccountID}})
	})
	if err != nil {
		return nil, err
	}
	return s, nil
}
