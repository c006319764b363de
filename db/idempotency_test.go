package db_test

import (
	"context"
	"errors"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/kirana-commerce/kirana/commerce"
	"github.com/kirana-commerce/kirana/db"
	"github.com/kirana-commerce/kirana/db/dbtest"
)

var _ commerce.OutcomeReader = (*db.DB)(nil)

// keyNumbered is the key of the n-th intention, with the m-th input.
func keyNumbered(n, m byte) commerce.IdempotencyKey {
	return commerce.IdempotencyKey{Hash: [32]byte{n}, Payload: [32]byte{m}}
}

// A key belongs to one store: in another it stands for something else, and shows nothing of the first.
func TestKeysOfStoresNeverMeet(t *testing.T) {
	t.Parallel()
	d := dbtest.New(t)
	corner, market := openStore(t, d.DB, "corner"), openStore(t, d.DB, "market")
	key := keyNumbered(1, 1)
	ctx := commerce.WithIdempotencyKey(t.Context(), key)
	first, err := d.AddLocation(ctx, commerce.Author{}, corner, commerce.LocationInput{Name: new("Cellar")})
	require.NoError(t, err)
	other, err := d.AddLocation(ctx, commerce.Author{}, market, commerce.LocationInput{Name: new("Cellar")})
	require.NoError(t, err)

	view := d.ViewOf(nil, true)
	in := func(s commerce.StoreID, k commerce.IdempotencyKey) commerce.OutcomeKey {
		return commerce.OutcomeKey{Store: s, Key: k}
	}
	found, err := view.Outcomes(t.Context(), []commerce.OutcomeKey{
		in(corner.ID, key), in(market.ID, key), in(0, key), in(corner.ID, keyNumbered(1, 2)), in(corner.ID, keyNumbered(2, 1)),
	})
	require.NoError(t, err)
	require.Len(t, found, 2)
	for store, made := range map[commerce.StoreID]*commerce.Location{corner.ID: first, market.ID: other} {
		var id commerce.GlobalID
		require.NoError(t, found[in(store, key)].Read(&id))
		require.Equal(t, made.NodeID(), id)
	}
}

// What a transaction under a key leaves behind.
func TestMutationUnderAKey(t *testing.T) {
	t.Parallel()
	d := dbtest.New(t)
	store := openStore(t, d.DB, "corner")
	add := func(ctx context.Context, name string) error {
		_, err := d.AddLocation(ctx, commerce.Author{}, store, commerce.LocationInput{Name: &name})
		return err
	}
	under := func(k commerce.IdempotencyKey) context.Context { return commerce.WithIdempotencyKey(t.Context(), k) }
	rows := func() int { return len(queryRows(t, d, `SELECT store_id FROM idempotency_keys`)) }

	require.NoError(t, add(t.Context(), "Cellar"))
	require.Zero(t, rows(), "without a key nothing is kept")
	requireCode(t, add(under(keyNumbered(1, 1)), "Cellar"), commerce.RefusalTaken)
	require.Zero(t, rows(), "nor of a refusal")
	require.NoError(t, add(under(keyNumbered(1, 1)), "Attic"))
	require.Equal(t, 1, rows())
	replay, ok := errors.AsType[*commerce.Replay](add(under(keyNumbered(1, 1)), "Attic"))
	require.True(t, ok)
	require.Contains(t, string(replay.Outcome), `"Location"`)
	require.Equal(t, commerce.CodeIdempotencyKeyReused, commerce.CodeOf(add(under(keyNumbered(1, 2)), "Yard")))
	require.Len(t, queryRows(t, d, `SELECT id FROM locations`), 3, "the store's own, the cellar and the attic")
	require.Equal(t, 1, rows())
	require.Empty(t, queryRows(t, d, `SELECT 1 FROM pg_locks l JOIN pg_database d ON d.oid = l.database
		WHERE d.datname = current_database() AND l.locktype = 'advisory'`), "a key is held for a transaction")
}

// A server that was away for long has much to sweep.
func TestSweepOfOutcomes(t *testing.T) {
	t.Parallel()
	d := dbtest.New(t)
	run(t, d, `INSERT INTO idempotency_keys (store_id, key_hash, payload_hash, outcome, created_at)
		SELECT n, sha256('a'), sha256('b'), '{}', now() - n * interval '1 minute' FROM generate_series(0, 20000) n`)
	require.NoError(t, d.Sweep(t.Context()))
	require.Len(t, queryRows(t, d, `SELECT store_id FROM idempotency_keys`), 24*60, "those of the last 24 hours, but for the one that was made 24 hours ago")
}
