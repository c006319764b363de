package db

import (
	"context"
	"errors"

	"github.com/jmoiron/sqlx"

	"github.com/kirana-commerce/kirana/commerce"
)

// refundAskedSQL sends a part of the payment that an order was paid by back. An order that was paid by hand has none.
const refundAskedSQL = `
INSERT INTO card_refunds (store_id, order_id, intent_id, refund_id, reason, amount_minor)
SELECT p.store_id, p.order_id, p.intent_id, $3::bigint, 'REFUND', $4::bigint FROM card_payments p WHERE p.store_id = $1 AND p.order_id = $2 AND p.settles AND $4::bigint > 0`

// refundCard has money that a refund is about sent back to the card it came from.
func refundCard(ctx context.Context, tx *sqlx.Tx, o *commerce.Order, f *commerce.Refund) error {
	if o.PaymentMethod != commerce.PaymentCard || f.Elsewhere {
		return nil
	}
	_, err := tx.ExecContext(ctx, refundAskedSQL, int64(o.StoreID), int64(o.ID), f.ID, f.Amount.Minor)
	return err
}

const cardRefundColumns = `r.store_id, r.order_id, r.id, r.intent_id, p.account, r.amount_minor, p.currency::text, r.covered_minor, r.reason, r.state, r.provider_id, r.attempts,
    r.refusals, (date_part('epoch', r.created_at) * 1000000)::bigint, (date_part('epoch', r.settled_at) * 1000000)::bigint, r.fault`

func scanCardRefund(r *row, ref commerce.OrderRef) *commerce.CardRefund {
	f := &commerce.CardRefund{
		Order: ref, ID: r.int(), Charge: r.text(), Account: r.text(), Amount: commerce.Money{Minor: r.int(), Currency: commerce.Currency(r.text())},
		Covered: commerce.Money{Minor: r.int()}, Reason: commerce.CardRefundReason(r.text()), State: commerce.CardRefundState(r.text()), ProviderID: r.text(), Attempts: int(r.int()),
		Refusals: int(r.int()), CreatedAt: r.moment(), SettledAt: r.optionalMoment(), Fault: r.trimmed(),
	}
	f.Covered.Currency = f.Amount.Currency
	return f
}

// claimRefundSQL takes on the refund that has waited for longest. Whoever claims one has two minutes: then it is anybody's, and asking twice
// does no harm.
const claimRefundSQL = `
WITH claimed AS (
    UPDATE card_refunds c SET next_at = now() + interval '2 minutes', attempts = c.attempts + 1
    WHERE (c.store_id, c.id) = (
        SELECT d.store_id, d.id FROM card_refunds d WHERE d.state IN ('DUE', 'SENT') AND d.next_at <= now() ORDER BY d.next_at LIMIT 1
        FOR NO KEY UPDATE SKIP LOCKED)
    RETURNING c.store_id, c.order_id, c.id, c.intent_id, c.amount_minor, c.covered_minor, c.reason, c.state, c.provider_id, c.attempts, c.refusals, c.created_at, c.settled_at,
        c.fault
)
SELECT ` + cardRefundColumns + ` FROM claimed r JOIN card_payments p ON p.store_id = r.store_id AND p.intent_id = r.intent_id`

// ClaimCardRefund takes on the refund that has waited for longest; nil when none is due. Code UNAVAILABLE.
func (d *DB) ClaimCardRefund(ctx context.Context) (*commerce.CardRefund, error) {
	var found *commerce.CardRefund
	err := d.inTx(ctx, func(tx *sqlx.Tx) error {
		found = nil
		return scanIn(ctx, tx, func(r *row) {
			found = scanCardRefund(r, commerce.OrderRef{Store: commerce.StoreID(r.int()), ID: commerce.OrderID(r.int())})
		}, claimRefundSQL)
	})
	return found, err
}

// endRefundSQL writes what the provider says of a refund that nobody has ended meanwhile, and answers whether that is news. Who waits is asked
// again after five seconds, then after twice as long each time, in the end every hour. That the money had arrived stays known until it has
// come back: it is told once.
const endRefundSQL = `
UPDATE card_refunds r SET state = $3, provider_id = CASE WHEN $4 <> '' THEN $4 ELSE r.provider_id END, fault = $5, refusals = r.refusals + $6,
    next_at = now() + least(interval '1 hour', interval '5 seconds' * power(2, least(r.attempts, 12))),
    settled_at = CASE WHEN $3 = 'SETTLED' THEN coalesce(r.settled_at, now()) WHEN $3 <> 'FAILED' THEN r.settled_at END
FROM (SELECT store_id, id, settled_at FROM card_refunds WHERE store_id = $1 AND id = $2 AND state IN ('DUE', 'SENT') FOR NO KEY UPDATE) old
WHERE r.store_id = old.store_id AND r.id = old.id
RETURNING $3 = 'SETTLED' AND old.settled_at IS NULL OR $3 = 'FAILED', r.covered_minor`

// EndCardRefund writes down how far a refund is now: what nobody knows, or what the provider has refused, is tried again. Code UNAVAILABLE.
func (d *DB) EndCardRefund(ctx context.Context, r *commerce.CardRefund, result *commerce.CardRefundResult, failed error) error {
	now, fault, refused := commerce.CardRefundResult{State: r.State}, "", 0
	if result != nil {
		now = *result
	}
	if failed != nil {
		fault = failed.Error()
		if _, is := errors.AsType[*commerce.CardRefusal](failed); is {
			refused = 1
		}
	}
	return d.inTx(ctx, func(tx *sqlx.Tx) error {
		news, covered := false, int64(0)
		err := scanIn(ctx, tx, func(r *row) { news, covered = r.bool(), r.int() }, endRefundSQL, int64(r.Order.Store), r.ID, string(now.State), now.ProviderID, fault, refused)
		if err != nil || !news {
			return err
		}
		kind, amount := commerce.OrderRefundSettled, r.Amount
		if now.State == commerce.CardRefundFailed {
			kind, amount.Minor = commerce.OrderRefundFailed, amount.Minor-covered // the buyer has what went back elsewhere
		}
		return tellOfRefund(ctx, tx, r.Order, kind, amount, commerce.CardRefundDetail(amount, r.Reason))
	})
}

// lookAgainSQL has a refund asked about again, also one that had arrived: a bank can send money back.
const lookAgainSQL = `
UPDATE card_refunds r SET next_at = now(), state = 'SENT' FROM card_payments p
WHERE r.provider_id = $2 AND r.state IN ('SENT', 'SETTLED') AND p.store_id = r.store_id AND p.intent_id = r.intent_id AND p.account = $1`

// LookAgain has a refund looked at again, by the provider's name for it. Code UNAVAILABLE.
func (d *DB) LookAgain(ctx context.Context, account, providerID string) (commerce.CardOutcome, error) {
	outcome := commerce.CardIgnored
	err := d.inTx(ctx, func(tx *sqlx.Tx) error {
		n, err := affected(tx.ExecContext(ctx, lookAgainSQL, account, providerID))
		if n > 0 {
			outcome = commerce.CardApplied
		}
		return err
	})
	return outcome, err
}

const cardRefundsSQL = `
SELECT ` + cardRefundColumns + `
FROM unnest($1::bigint[], $2::bigint[]) AS k (store_id, id)
JOIN card_refunds r ON r.store_id = k.store_id AND r.order_id = k.id
JOIN card_payments p ON p.store_id = r.store_id AND p.intent_id = r.intent_id
ORDER BY r.store_id, r.order_id, r.id`

// CardRefunds reads the money that is on its way back to cards, or has arrived.
func (v View) CardRefunds(ctx context.Context, orders []commerce.OrderRef) (map[commerce.OrderRef][]*commerce.CardRefund, error) {
	return ofOrders(ctx, v, orders, cardRefundsSQL, scanCardRefund)
}
