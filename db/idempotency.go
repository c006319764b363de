package db

import (
	"context"

	"github.com/jmoiron/sqlx"
	"github.com/lib/pq"
	"github.com/lib/pq/pqerror"

	"github.com/kirana-commerce/kirana/commerce"
)

// nothing is the result of a mutation of which only that it was carried out is kept.
type nothing = struct{}

// mutate carries out a mutation in one transaction, and under the context's idempotency key at most once: every mutation of the API goes
// through here. When it was carried out before, it does nothing and the error is a *commerce.Replay. What result points to in the end is
// kept as the outcome, in the same transaction: whatever ends the process, both are there or neither. A refusal keeps nothing.
func mutate[T any](ctx context.Context, d *DB, store commerce.StoreID, result *T, do func(*sqlx.Tx) error) error {
	key, keyed := commerce.IdempotencyKeyFrom(ctx)
	if !keyed {
		return d.inTx(ctx, do)
	}
	return d.inTx(ctx, func(tx *sqlx.Tx) error {
		if err := claimKey(ctx, tx, store, key); err != nil {
			return err
		}
		if err := do(tx); err != nil {
			return err
		}
		outcome, err := commerce.NewOutcome(*result)
		if err != nil {
			return err
		}
		_, err = tx.ExecContext(ctx, keepOutcomeSQL, int64(store), key.Hash[:], key.Payload[:], string(outcome))
		return err
	})
}

const claimKeySQL = kept + `SELECT c.payload_hash, c.outcome::text FROM claim_idempotency_key(store_id => $1, key_hash => $2) c`

const keepOutcomeSQL = kept + `INSERT INTO idempotency_keys (store_id, key_hash, payload_hash, outcome) VALUES ($1, $2, $3, $4)`

// claimKey holds a key until the transaction ends. It comes first, so that whoever waits for it holds nothing that others wait for.
// Errors: *commerce.Replay, codes IDEMPOTENCY_KEY_REUSED and IDEMPOTENCY_IN_PROGRESS.
func claimKey(ctx context.Context, tx *sqlx.Tx, store commerce.StoreID, key commerce.IdempotencyKey) error {
	var payload []byte
	var outcome commerce.Outcome
	err := scanIn(ctx, tx, func(r *row) { payload, outcome = cell[[]byte](r), commerce.Outcome(r.text()) }, claimKeySQL, int64(store), key.Hash[:])
	switch {
	case pq.As(err, pqerror.LockNotAvailable) != nil:
		return commerce.ErrIdempotencyInProgress
	case err != nil || outcome == nil:
		return err
	case string(payload) != string(key.Payload[:]):
		return commerce.ErrIdempotencyKeyReused
	}
	return &commerce.Replay{Outcome: outcome}
}

const outcomesSQL = `
SELECT k.n, o.outcome::text FROM unnest($1::bigint[], $2::bytea[], $3::bytea[]) WITH ORDINALITY AS k (store_id, key_hash, payload_hash, n)
JOIN idempotency_keys o ON o.store_id = k.store_id AND o.key_hash = k.key_hash AND o.payload_hash = k.payload_hash`

// Outcomes are those of the keys under which the same payload was carried out.
func (v View) Outcomes(ctx context.Context, keys []commerce.OutcomeKey) (map[commerce.OutcomeKey]commerce.Outcome, error) {
	found := make(map[commerce.OutcomeKey]commerce.Outcome, len(keys))
	var hashes, payloads pq.ByteaArray
	for i := range keys {
		hashes, payloads = append(hashes, keys[i].Key.Hash[:]), append(payloads, keys[i].Key.Payload[:])
	}
	err := v.each(ctx, func(r *row) {
		key := keys[r.int()-1]
		found[key] = commerce.Outcome(r.text())
	}, outcomesSQL, bigints(keys, func(k commerce.OutcomeKey) int64 { return int64(k.Store) }), hashes, payloads)
	return found, err
}

// sweptOutcomesSQL forgets what was done longer ago than anybody is promised to have it known.
const sweptOutcomesSQL = `
DELETE FROM idempotency_keys WHERE (store_id, key_hash) IN (
    SELECT k.store_id, k.key_hash FROM idempotency_keys k WHERE k.created_at < now() - make_interval(secs => $1)
    ORDER BY k.created_at LIMIT 5000)`
