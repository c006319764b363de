package db

import (
	"context"
	"log/slog"

	"github.com/jmoiron/sqlx"

	"github.com/kirana-commerce/kirana/commerce"
)

// reversedPaymentSQL finds a payment that has come for an order, and reports whether the order is paid by it, and in which currency.
const reversedPaymentSQL = `
SELECT p.settles, p.currency::text FROM card_payments p WHERE p.store_id = $1 AND p.order_id = $2 AND p.intent_id = $3 AND p.account = $4 AND p.status = 'SUCCEEDED'`

// ownRefundsSQL reads the refunds of a payment that were asked for here. Whoever ends one waits.
const ownRefundsSQL = `
SELECT r.id, r.provider_id, r.amount_minor, r.covered_minor, r.state = 'FAILED' FROM card_refunds r WHERE r.store_id = $1 AND r.intent_id = $2 ORDER BY r.id FOR NO KEY UPDATE`

const knownReversalsSQL = `
SELECT v.provider_id, v.kind = 'DISPUTE', v.state, v.amount_minor, v.currency::text FROM card_reversals v WHERE v.store_id = $1 AND v.intent_id = $2`

// reversals is what is known of a payment, whose order is locked.
type reversals struct {
	order           *commerce.WholeOrder
	charge          string
	settles, exists bool
	currency        commerce.Currency
	own             []*commerce.OwnRefund
	known           map[string]*commerce.CardReversal
	logger          *slog.Logger
}

// TakeReversals writes down what of an order's payment went back, or may, at the provider. It holds the order first, as everybody who changes
// one. Code UNAVAILABLE.
func (d *DB) TakeReversals(
	ctx context.Context, order commerce.OrderRef, account, charge string, found []*commerce.CardReversal,
) (outcome commerce.CardOutcome, err error) {
	err = d.inTx(ctx, func(tx *sqlx.Tx) error {
		outcome = commerce.CardIgnored
		known, err := knownOf(ctx, tx, order, account, charge)
		if err != nil || !known.exists {
			return err
		}
		outcome, known.logger = commerce.CardRepeated, d.o.Logger
		var theirs []*commerce.CardReversal // first all of our own: what is not among them can be covered
		for _, r := range found {
			if r.Own(known.own) == nil {
				theirs = append(theirs, r)
			}
		}
		for _, r := range theirs {
			news, err := known.take(ctx, tx, r)
			if err != nil {
				return err
			}
			if news {
				outcome = commerce.CardApplied
			}
		}
		return nil
	})
	return outcome, err
}

func knownOf(ctx context.Context, tx *sqlx.Tx, order commerce.OrderRef, account, charge string) (*reversals, error) {
	whole, err := lockOrder(ctx, tx, order)
	if _, none := commerce.RefusalsOf(err); none {
		return &reversals{}, nil
	}
	if err != nil {
		return nil, err
	}
	k := &reversals{order: whole, charge: charge, known: map[string]*commerce.CardReversal{}}
	err = scanIn(ctx, tx, func(r *row) { k.exists, k.settles, k.currency = true, r.bool(), commerce.Currency(r.text()) },
		reversedPaymentSQL, int64(order.Store), int64(order.ID), charge, account)
	if err != nil || !k.exists {
		return k, err
	}
	err = scanIn(ctx, tx, func(r *row) {
		f := &commerce.OwnRefund{ID: r.int(), ProviderID: r.text(), Amount: r.int(), Covered: r.int(), Failed: r.bool()}
		f.Label = (&commerce.CardRefund{Order: order, ID: f.ID}).Label()
		k.own = append(k.own, f)
	}, ownRefundsSQL, int64(order.Store), charge)
	if err != nil {
		return k, err
	}
	return k, scanIn(ctx, tx, func(r *row) {
		v := &commerce.CardReversal{ID: r.text(), Dispute: r.bool(), State: commerce.ReversalState(r.text()), Amount: commerce.Money{Minor: r.int(), Currency: commerce.Currency(r.text())}}
		k.known[v.ID] = v
	}, knownReversalsSQL, int64(order.Store), charge)
}

// knowReversalSQL writes a reversal down, or how far it is by now. A dispute that is open may be about more money than it was: a bank asks
// before it takes.
const knowReversalSQL = `
INSERT INTO card_reversals AS v (store_id, provider_id, intent_id, order_id, kind, state, currency, amount_minor, reason, respond_by, created_at)
VALUES ($1, $2, $3, $4, CASE WHEN $5 THEN 'DISPUTE' ELSE 'REFUND' END, $6, $7, $8, $9, $10, $11)
ON CONFLICT (store_id, provider_id) DO UPDATE
SET state = EXCLUDED.state, amount_minor = EXCLUDED.amount_minor, reason = EXCLUDED.reason, respond_by = EXCLUDED.respond_by
WHERE (v.state, v.amount_minor, v.reason, v.respond_by) IS DISTINCT FROM (EXCLUDED.state, EXCLUDED.amount_minor, EXCLUDED.reason, EXCLUDED.respond_by)`

const bookReversalSQL = `UPDATE card_reversals SET booked_minor = $3, refund_id = $4 WHERE store_id = $1 AND provider_id = $2`

// take writes one reversal down, and what follows from it. It reports whether that is news. A dispute that is over when it is heard of was
// opened before: the order tells the same whatever was missed.
func (k *reversals) take(ctx context.Context, tx *sqlx.Tx, r *commerce.CardReversal) (news bool, err error) {
	was, known := k.known[r.ID]
	if known && !r.Follows(was.State) && !r.StaysOpen(was.State) || !known && !r.Dispute && !r.Counts() {
		return false, nil // a refund that has failed when it is heard of has moved nothing
	}
	ref := k.order.Ref()
	_, err = tx.ExecContext(ctx, knowReversalSQL, int64(ref.Store), r.ID, k.charge, int64(ref.ID), r.Dispute, string(r.State),
		string(r.Amount.Currency), r.Amount.Minor, r.Reason, r.RespondBy, r.CreatedAt)
	if err != nil || known && r.StaysOpen(was.State) {
		return false, err
	}
	if r.Dispute && !known {
		if err := tellOfDispute(ctx, tx, ref, commerce.OrderDisputeOpened, r); err != nil {
			return false, err
		}
	}
	if r.Counts() && (!known || r.Dispute) {
		if err := k.book(ctx, tx, r); err != nil {
			return false, err
		}
	}
	k.known[r.ID] = r
	return true, k.tell(ctx, tx, r)
}

// tell says how a reversal has ended.
func (k *reversals) tell(ctx context.Context, tx *sqlx.Tx, r *commerce.CardReversal) error {
	ref := k.order.Ref()
	switch {
	case r.State == commerce.ReversalFailed:
		return tellOfRefund(ctx, tx, ref, commerce.OrderRefundFailed, r.Amount, r.Detail())
	case r.Dispute && r.Status() == commerce.DisputeWon:
		return tellOfDispute(ctx, tx, ref, commerce.OrderDisputeWon, r)
	case r.Dispute && r.Status() == commerce.DisputeLost:
		return tellOfDispute(ctx, tx, ref, commerce.OrderDisputeLost, r)
	}
	return nil
}

// failed is how much of what counts as given back nobody has, as refunds have failed. Of a payment that does not count all counts so.
func (k *reversals) failed() int64 {
	var counted, elsewhere int64
	for _, f := range k.own {
		counted += f.Amount
	}
	if k.settles {
		counted = k.order.RefundedMinor
	}
	for _, r := range k.known {
		if r.Counts() && r.Amount.Currency == k.currency {
			elsewhere += r.Amount.Minor
		}
	}
	return commerce.FailedReturns(counted, elsewhere, k.own)
}

// book counts money that went back elsewhere: first for refunds that have failed, which are counted already, then by the order, as far as
// that still had it, and as sent for the refunds that are still to be sent. Of a payment that does not count all goes back anyway. What is in another currency than the payment is for people to count.
func (k *reversals) book(ctx context.Context, tx *sqlx.Tx, r *commerce.CardReversal) error {
	if r.Amount.Currency != k.currency {
		k.logger.WarnContext(ctx, "money went back in another currency than it came in, and is not booked",
			"reversal", r.ID, "order", k.order.NodeID().String(), "currency", r.Amount.Currency, "paid_in", k.currency)
		return nil
	}
	again := min(r.Amount.Minor, k.failed())
	excess := r.Amount.Minor - again
	if k.settles {
		if change := k.order.TakeReversal(r, again); change != nil {
			if _, err := writeChange(ctx, tx, commerce.Author{}, k.order, change); err != nil {
				return err
			}
			booked := change.Refund.Amount.Minor
			excess -= booked
			if _, err := tx.ExecContext(ctx, bookReversalSQL, int64(k.order.StoreID), r.ID, booked, change.Refund.ID); err != nil {
				return err
			}
		}
	}
	for _, c := range commerce.Cover(excess, again, k.own) {
		if err := coverRefund(ctx, tx, k.order.Ref(), c); err != nil {
			return err
		}
	}
	return nil
}

// coverRefundSQL takes off a refund what is not to be sent, and answers what is to be told when nothing is left. One that has failed stays
// so: what makes up for it is another one.
const coverRefundSQL = `
WITH old AS (SELECT store_id, id, state FROM card_refunds WHERE store_id = $1 AND id = $2)
UPDATE card_refunds r SET covered_minor = $3, next_at = now(), fault = '', state = CASE WHEN $4 AND r.state <> 'FAILED' THEN 'SETTLED' ELSE r.state END,
    settled_at = CASE WHEN $4 AND r.state <> 'FAILED' THEN coalesce(r.settled_at, now()) ELSE r.settled_at END
FROM old JOIN card_refunds q ON q.store_id = old.store_id AND q.id = old.id
JOIN card_payments p ON p.store_id = q.store_id AND p.intent_id = q.intent_id
WHERE r.store_id = old.store_id AND r.id = old.id
RETURNING $4 AND old.state IN ('DUE', 'SENT'), r.amount_minor, p.currency::text, r.reason`

func coverRefund(ctx context.Context, tx *sqlx.Tx, order commerce.OrderRef, c commerce.CoveredRefund) error {
	var done bool
	var amount commerce.Money
	var reason commerce.CardRefundReason
	err := scanIn(ctx, tx, func(r *row) {
		done, amount, reason = r.bool(), commerce.Money{Minor: r.int(), Currency: commerce.Currency(r.text())}, commerce.CardRefundReason(r.text())
	}, coverRefundSQL, int64(order.Store), c.ID, c.Covered, c.Done)
	if err != nil || !done {
		return err
	}
	return tellOfRefund(ctx, tx, order, commerce.OrderRefundSettled, amount, commerce.CardRefundDetail(amount, reason))
}

// disputedSQL writes how far what the buyer of an order disputes is: what is still open, then what was lost, then what was won.
const disputedSQL = `
UPDATE orders o SET dispute = (
    SELECT v.state FROM card_reversals v WHERE v.store_id = o.store_id AND v.order_id = o.id AND v.kind = 'DISPUTE'
    ORDER BY array_position(ARRAY['OPEN', 'LOST', 'WON'], v.state) LIMIT 1)
WHERE o.store_id = $1 AND o.id = $2`

// tellOfDispute writes what people, and the world, are told of a dispute.
func tellOfDispute(ctx context.Context, tx *sqlx.Tx, ref commerce.OrderRef, kind commerce.OrderEventKind, r *commerce.CardReversal) error {
	if _, err := tx.ExecContext(ctx, disputedSQL, int64(ref.Store), int64(ref.ID)); err != nil {
		return err
	}
	return tellOfMoney(ctx, tx, ref, kind, "dispute", r.Amount, r.Detail())
}

const disputesSQL = `
SELECT v.store_id, v.order_id, v.provider_id, v.amount_minor, v.currency::text, v.state, v.reason,
    (date_part('epoch', v.respond_by) * 1000000)::bigint, (date_part('epoch', v.created_at) * 1000000)::bigint
FROM unnest($1::bigint[], $2::bigint[]) AS k (store_id, id)
JOIN card_reversals v ON v.store_id = k.store_id AND v.order_id = k.id AND v.kind = 'DISPUTE'
ORDER BY v.store_id, v.order_id, v.created_at, v.provider_id`

// Disputes reads the disputes about orders.
func (v View) Disputes(ctx context.Context, orders []commerce.OrderRef) (map[commerce.OrderRef][]*commerce.CardReversal, error) {
	return ofOrders(ctx, v, orders, disputesSQL, func(r *row, ref commerce.OrderRef) *commerce.CardReversal {
		return &commerce.CardReversal{
			Order: ref, Dispute: true, ID: r.text(), Amount: commerce.Money{Minor: r.int(), Currency: commerce.Currency(r.text())},
			State: commerce.ReversalState(r.text()), Reason: r.text(), RespondBy: r.optionalMoment(), CreatedAt: r.moment(),
		}
	})
}
