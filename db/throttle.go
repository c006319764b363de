package db

import (
	"context"
	"errors"
	"time"

	"github.com/jmoiron/sqlx"
	"github.com/lib/pq"

	"github.com/kirana-commerce/kirana/commerce"
)

// beginAttemptSQL counts an attempt against each of its keys, unless one of them has to wait; then it returns until when. Rows
// are locked and written in the order of their keys, so that attempts at the same time wait for each other rather than lock
// each other out. Where a key has no row yet there is nothing to lock: an attempt that finds one when it writes, and has to
// wait by it, has been overtaken. A few rows that mean nothing any more go along. Who need not wait is blocked until -infinity
// rather than now: another server's clock may be a little behind.
//
// The number of doublings is bounded: 2^20 seconds are longer than any wait.
const beginAttemptSQL = `
WITH asked AS (
    SELECT a.key, a.free, a.longest * interval '1 second' AS longest, a.forget * interval '1 second' AS forget
    FROM unnest($2::bytea[], $3::int[], $4::int[], $5::int[]) AS a (key, free, longest, forget)
    WHERE a.key <> $6 OR NOT EXISTS (SELECT FROM sign_in_throttles known WHERE known.key = $7 AND known.trusted_until > $1::timestamptz)
), held AS (
    SELECT t.blocked_until FROM sign_in_throttles t JOIN asked USING (key) ORDER BY t.key FOR UPDATE OF t
), blocked AS (
    SELECT max(blocked_until) AS until FROM held WHERE blocked_until > $1::timestamptz
), swept AS (
    DELETE FROM sign_in_throttles WHERE key IN (
        SELECT key FROM sign_in_throttles WHERE forget_at <= $1::timestamptz AND key <> ALL ($2::bytea[]) ORDER BY forget_at LIMIT 20 FOR UPDATE SKIP LOCKED)
), counted AS (
    INSERT INTO sign_in_throttles AS t (key, failures, failed_at, blocked_until, trusted_until, forget_at)
    SELECT a.key, 1, $1::timestamptz, CASE WHEN a.free < 1 THEN $1::timestamptz + least(a.longest, interval '1 second') ELSE '-infinity' END,
        '-infinity', $1::timestamptz + a.forget
    FROM asked a, blocked WHERE blocked.until IS NULL ORDER BY a.key
    ON CONFLICT (key) DO UPDATE SET (failures, failed_at, blocked_until, forget_at) = (
        SELECT n.failures, $1::timestamptz,
            CASE WHEN n.failures > a.free THEN $1::timestamptz + least(a.longest, power(2, least(n.failures - a.free - 1, 20)) * interval '1 second')
            ELSE '-infinity' END,
            greatest(t.trusted_until, $1::timestamptz + a.forget)
        FROM asked a, LATERAL (SELECT CASE WHEN t.failed_at + a.forget > $1::timestamptz THEN t.failures + 1 ELSE 1 END AS failures) n
        WHERE a.key = t.key)
    WHERE t.blocked_until <= $1::timestamptz
    RETURNING t.key
)
SELECT (date_part('epoch', until) * 1000000)::bigint, until IS NULL AND (SELECT count(*) FROM counted) < (SELECT count(*) FROM asked) FROM blocked`

// errOvertaken undoes an attempt that another has made wait in the meantime.
var errOvertaken = errors.New("another attempt came first")

// Begin counts an attempt as a failure before it is made.
func (d *DB) Begin(ctx context.Context, a commerce.Attempt, now time.Time) (time.Duration, error) {
	now = now.Truncate(time.Microsecond) // as Postgres keeps it
	args := attemptParameters(a, now)
	for range 5 {
		wait, err := d.begin(ctx, now, args)
		if !errors.Is(err, errOvertaken) {
			return wait, err
		}
	}
	return time.Second, nil // so many at the same time cannot be one person
}

func (d *DB) begin(ctx context.Context, now time.Time, args []any) (time.Duration, error) {
	var wait time.Duration
	err := d.inTx(ctx, func(tx *sqlx.Tx) error {
		var overtaken bool
		err := scanIn(ctx, tx, func(r *row) {
			wait = 0
			if until := r.optionalMoment(); until != nil {
				wait = until.Sub(now)
			}
			overtaken = r.bool()
		}, beginAttemptSQL, args...)
		if err == nil && overtaken {
			return errOvertaken
		}
		return err
	})
	return wait, err
}

// attemptParameters are those of beginAttemptSQL. A zero key stands for nothing.
func attemptParameters(a commerce.Attempt, now time.Time) []any {
	var keys pq.ByteaArray
	var free, longest, forget pq.Int64Array
	for _, t := range []commerce.Throttle{a.Pair, a.Account, a.Address} {
		if t.Key != (commerce.ThrottleKey{}) {
			keys = append(keys, t.Key[:])
			free = append(free, int64(t.Free))
			longest = append(longest, int64(t.Longest.Seconds()))
			forget = append(forget, int64(t.Forget.Seconds()))
		}
	}
	return []any{now, keys, free, longest, forget, a.Account.Key[:], a.Pair.Key[:]}
}

const succeedAttemptSQL = `
WITH account AS (
    DELETE FROM sign_in_throttles WHERE key = $3
), address AS (
    UPDATE sign_in_throttles SET failures = greatest(failures - 1, 0), blocked_until = '-infinity' WHERE key = $4
)
INSERT INTO sign_in_throttles (key, failures, failed_at, blocked_until, trusted_until, forget_at)
SELECT $2, 0, $1::timestamptz, '-infinity', $5::timestamptz, $5::timestamptz WHERE $6
ON CONFLICT (key) DO UPDATE SET failures = 0, blocked_until = excluded.blocked_until, trusted_until = excluded.trusted_until, forget_at = excluded.forget_at`

// Succeed takes back what Begin counted, and what it counted before against the pair and the account.
func (d *DB) Succeed(ctx context.Context, a commerce.Attempt, now time.Time) error {
	return d.inTx(ctx, func(tx *sqlx.Tx) error {
		_, err := tx.ExecContext(ctx, succeedAttemptSQL, now, a.Pair.Key[:], a.Account.Key[:], a.Address.Key[:], now.Add(commerce.KnownAddress),
			a.Pair.Key != commerce.ThrottleKey{})
		return err
	})
}
