package db

import (
	"context"
	"database/sql"
	"errors"

	"github.com/jmoiron/sqlx"

	"github.com/kirana-commerce/kirana/commerce"
)

const storeAccountSQL = `SELECT coalesce((SELECT p.stripe_account FROM payment_settings p WHERE p.store_id = $1), '')`

// takesPayment refuses a way to pay that the store does not take.
func (d *DB) takesPayment(ctx context.Context, tx *sqlx.Tx, c *commerce.Checkout) error {
	if c.Payment != commerce.PaymentCard {
		return nil
	}
	account := ""
	if d.o.Cards {
		if err := tx.GetContext(ctx, &account, storeAccountSQL, int64(c.Cart.StoreID)); err != nil {
			return err
		}
	}
	return c.CheckCard(account)
}

// cardRequestSQL reads an order by its secret, with the store's account, the payment that was begun there, and how many were given up.
const cardRequestSQL = `
SELECT coalesce(s.stripe_account, ''), coalesce((
        SELECT p.intent_id FROM card_payments p WHERE p.store_id = o.store_id AND p.order_id = o.id AND p.account = s.stripe_account AND p.status = 'PENDING'
        ORDER BY p.created_at DESC LIMIT 1), ''), (
        SELECT count(*) FROM card_payments p WHERE p.store_id = o.store_id AND p.order_id = o.id AND p.status = 'CANCELED'), ` + orderColumns + `
FROM orders o LEFT JOIN payment_settings s ON s.store_id = o.store_id
WHERE o.store_id = $1 AND o.id = $2 AND o.key = $3`

// CardRequest is what to ask for when the buyer of an order wants to pay. Refusals; code UNAVAILABLE.
func (d *DB) CardRequest(ctx context.Context, key commerce.OrderKey) (*commerce.CardRequest, error) {
	var found *commerce.CardRequest
	err := d.eachFresh(ctx, func(r *row) {
		found = &commerce.CardRequest{Account: r.text(), Open: r.text(), Canceled: int(r.int())}
		found.Order = scanOrder(r)
	}, cardRequestSQL, int64(key.Store), int64(key.ID), key.Key)
	path := []any{"input", "orderId"}
	switch {
	case err != nil:
		return nil, err
	case found == nil:
		return nil, commerce.Refuse(commerce.RefusalNotFound, path, "There is no such order.")
	case found.Account == "":
		return nil, commerce.Refuse(commerce.RefusalPaymentMethod, path, "The store does not take cards. Ask it how to pay.")
	case !found.Order.AwaitsCard():
		return nil, commerce.Refuse(commerce.RefusalOrderState, path, "%s does not wait for a payment by card.", found.Order.Name())
	}
	return found, nil
}

// chargedOrderSQL reads what shows whether a payment is for an order: the secret, and whether the account is the store's, or was when the
// payment was asked for.
const chargedOrderSQL = `
SELECT o.key, $3 = coalesce((SELECT s.stripe_account FROM payment_settings s WHERE s.store_id = o.store_id), '')
    OR EXISTS (SELECT FROM card_payments p WHERE p.store_id = o.store_id AND p.order_id = o.id AND p.intent_id = $4 AND p.account = $3)
FROM orders o WHERE o.store_id = $1 AND o.id = $2`

// TakeCharge writes down how far a payment is, and what follows from it, in one transaction: the order is paid, or money has to go back. It
// holds the order first, as everybody who changes one. Code UNAVAILABLE.
func (d *DB) TakeCharge(ctx context.Context, event string, c *commerce.CardCharge) (outcome commerce.CardOutcome, err error) {
	id, ok := commerce.ParseGlobalID(c.Order)
	if !ok || id.Kind != commerce.KindOrder || c.Account == "" {
		return commerce.CardIgnored, nil
	}
	ref := commerce.OrderRef{Store: id.Store, ID: commerce.OrderID(id.ID)}
	err = mutate(ctx, d, ref.Store, &c, func(tx *sqlx.Tx) error {
		outcome = commerce.CardIgnored
		var secret string
		var theirs bool
		err := tx.QueryRowxContext(ctx, chargedOrderSQL, int64(ref.Store), int64(ref.ID), c.Account, c.ID).Scan(&secret, &theirs)
		switch {
		case errors.Is(err, sql.ErrNoRows):
			return nil
		case err != nil:
			return err
		case !theirs:
			outcome = commerce.CardForeign
			return nil
		case commerce.CardProof(ref, secret) != c.Proof:
			return nil // another installation has the same account, and an order of the same number
		}
		outcome, err = takeCharge(ctx, tx, ref, event, c)
		return err
	})
	return outcome, err
}

const knowEventSQL = `INSERT INTO card_events (store_id, event_id) VALUES ($1, $2) ON CONFLICT DO NOTHING`

// knowPaymentSQL writes a payment down, unless all is known of it that there ever will be. One that goes on is looked at when its order
// would lapse, and then for a day.
const knowPaymentSQL = `
INSERT INTO card_payments AS p (store_id, intent_id, order_id, account, currency, amount_minor, status, look_at)
SELECT o.store_id, $3, o.id, $4, $5, $6, $7, CASE WHEN $7 = 'PENDING' THEN coalesce(o.hold_expires_at - interval '1 minute', now()) END
FROM orders o WHERE o.store_id = $1 AND o.id = $2
ON CONFLICT (store_id, intent_id) DO UPDATE SET status = EXCLUDED.status, currency = EXCLUDED.currency, amount_minor = EXCLUDED.amount_minor, look_at = NULL
WHERE p.status = 'PENDING' AND EXCLUDED.status <> 'PENDING'`

func takeCharge(ctx context.Context, tx *sqlx.Tx, ref commerce.OrderRef, event string, c *commerce.CardCharge) (commerce.CardOutcome, error) {
	whole, err := lockOrder(ctx, tx, ref)
	if err != nil {
		return commerce.CardIgnored, err
	}
	if event != "" {
		if n, err := affected(tx.ExecContext(ctx, knowEventSQL, int64(ref.Store), event)); err != nil || n == 0 {
			return commerce.CardRepeated, err
		}
	}
	n, err := affected(tx.ExecContext(ctx, knowPaymentSQL, int64(ref.Store), int64(ref.ID), c.ID, c.Account, string(c.Amount.Currency), c.Amount.Minor, string(c.Status)))
	switch {
	case err != nil:
		return commerce.CardIgnored, err
	case n == 0:
		return commerce.CardRepeated, nil
	case c.Status == commerce.CardSucceeded:
		return commerce.CardApplied, settleOrder(ctx, tx, whole, c)
	}
	return commerce.CardApplied, nil
}

func affected(result sql.Result, err error) (int64, error) {
	if err != nil {
		return 0, err
	}
	return result.RowsAffected()
}

const settlesSQL = `UPDATE card_payments SET settles = true WHERE store_id = $1 AND intent_id = $2`

// settleOrder lets a payment count that has come, or sends it back.
func settleOrder(ctx context.Context, tx *sqlx.Tx, o *commerce.WholeOrder, c *commerce.CardCharge) error {
	before := *o.Order
	change, reason := o.TakeCharge(c.Amount)
	if reason == "" {
		_, err := writeChange(ctx, tx, commerce.Author{}, o, change)
		if _, refused := commerce.RefusalsOf(err); refused {
			reason = commerce.CardRefundLapsed // refused before anything was written
		} else if err != nil {
			return err
		}
	}
	if reason != "" {
		return sendBack(ctx, tx, &before, c, reason)
	}
	_, err := tx.ExecContext(ctx, settlesSQL, int64(o.StoreID), c.ID)
	return err
}

const refundWholeSQL = `
INSERT INTO card_refunds (store_id, order_id, intent_id, reason, amount_minor) SELECT $1::bigint, $2::bigint, $3, $4, $5::bigint WHERE $5::bigint > 0`

// sendBack notes that a payment which does not count has to go back, all of it.
func sendBack(ctx context.Context, tx *sqlx.Tx, o *commerce.Order, c *commerce.CardCharge, reason commerce.CardRefundReason) error {
	if _, err := tx.ExecContext(ctx, refundWholeSQL, int64(o.StoreID), int64(o.ID), c.ID, string(reason), c.Amount.Minor); err != nil {
		return err
	}
	return tellOfRefund(ctx, tx, o.Ref(), commerce.OrderRefundDue, c.Amount, commerce.CardRefundDetail(c.Amount, reason))
}

// tellOfMoneySQL writes what people, and the world, are told of money on its way back, or that may go back.
const tellOfMoneySQL = `
WITH told AS (
    INSERT INTO order_events (store_id, order_id, kind, detail) VALUES ($1, $2, $3::text, jsonb_build_object('text', $4::text))
)
INSERT INTO outbox (store_id, topic, version, subject, payload)
SELECT $1, 'order.' || lower($3::text), 1, 'gid://kirana/Order/' || $1::bigint || '/' || $2::bigint, jsonb_build_object(
    'id', 'gid://kirana/Order/' || $1::bigint || '/' || $2::bigint, 'name', '#' || o.number, 'currency', o.currency, 'totalMinor', o.total_minor,
    'financialStatus', o.financial_status, 'fulfillmentStatus', o.fulfillment_status, 'refundedMinor', o.refunded_minor,
    $7::text || 'Minor', $5::bigint, $7::text || 'Currency', $6::text)
FROM orders o WHERE o.store_id = $1 AND o.id = $2`

func tellOfRefund(ctx context.Context, tx *sqlx.Tx, ref commerce.OrderRef, kind commerce.OrderEventKind, amount commerce.Money, detail string) error {
	return tellOfMoney(ctx, tx, ref, kind, "refund", amount, detail)
}

func tellOfMoney(
	ctx context.Context, tx *sqlx.Tx, ref commerce.OrderRef, kind commerce.OrderEventKind, what string, amount commerce.Money, detail string,
) error {
	_, err := tx.ExecContext(ctx, tellOfMoneySQL, int64(ref.Store), int64(ref.ID), string(kind), detail, amount.Minor, string(amount.Currency), what)
	return err
}

// claimLookSQL takes on a payment that has waited to be looked at. It is looked at a minute before its order would lapse, when the order is
// canceled, then every quarter of an hour, and after a day no more: by then the buyer has gone, and a message is the only thing that can
// still come.
const claimLookSQL = `
UPDATE card_payments p SET look_at = CASE WHEN p.created_at > now() - interval '1 day' THEN now() + interval '15 minutes' END
WHERE (p.store_id, p.intent_id) = (
    SELECT q.store_id, q.intent_id FROM card_payments q WHERE q.look_at <= now() ORDER BY q.look_at LIMIT 1 FOR NO KEY UPDATE SKIP LOCKED)
RETURNING p.account, p.intent_id, NOT EXISTS (
    SELECT FROM orders o WHERE o.store_id = p.store_id AND o.id = p.order_id AND o.financial_status = 'PENDING' AND o.cancelled_at IS NULL)`

// ClaimCardLook takes on the payment that has waited for longest to be looked at, nil when there is none. Code UNAVAILABLE.
func (d *DB) ClaimCardLook(ctx context.Context) (look *commerce.CardLook, err error) {
	err = d.inTx(ctx, func(tx *sqlx.Tx) error {
		look = nil
		return scanIn(ctx, tx, func(r *row) { look = &commerce.CardLook{Account: r.text(), Charge: r.text(), Over: r.bool()} }, claimLookSQL)
	})
	return look, err
}

// sweptCardEventsSQL forgets messages that the provider has long given up repeating. Payments that are known stay known.
const sweptCardEventsSQL = `
DELETE FROM card_events WHERE (store_id, event_id) IN (
    SELECT e.store_id, e.event_id FROM card_events e WHERE e.at < now() - interval '30 days' ORDER BY e.at LIMIT 5000)`
