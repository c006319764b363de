package db_test

import (
	"bytes"
	"context"
	"fmt"
	"log/slog"
	"math/rand/v2"
	"sync"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/kirana-commerce/kirana/commerce"
	"github.com/kirana-commerce/kirana/db"
	"github.com/kirana-commerce/kirana/db/dbtest"
)

// Of many who set a quantity that they all take for the same, one succeeds, and the others hear what it is now.
func TestCompareAndSetAtOnce(t *testing.T) {
	t.Parallel()
	s := newStockroom(t)
	const writers = 16
	errs := make([]error, writers)
	var wait sync.WaitGroup
	for i := range writers {
		wait.Go(func() { _, errs[i] = s.set(t.Context(), set(s.variants[1], s.shop, 100+i, new(1))) })
	}
	wait.Wait()
	winner := -1
	for i, err := range errs {
		if err == nil {
			require.Negative(t, winner, "two have won")
			winner = i
		}
	}
	require.GreaterOrEqual(t, winner, 0)
	for i, err := range errs {
		if i == winner {
			continue
		}
		refusals, refused := commerce.RefusalsOf(err)
		require.True(t, refused, "%v", err)
		require.Equal(t, commerce.Refusals{{
			Field: []string{"input", "quantities", "0", "compareQuantity"}, Code: commerce.RefusalCompareStale,
			Message: fmt.Sprintf("The quantity is %d now, not 1.", 100+winner),
		}}, refusals)
	}
	require.Equal(t, fmt.Sprintf("0 %d 2", 100+winner), s.quantities(t))
	requireExplained(t, s.Database)
}

// Many writers of the same stock, each in an order of its own, wait for each other and all count. Imports and psql are among them.
func TestAdjustAtOnce(t *testing.T) {
	t.Parallel()
	s := newStockroom(t)
	var log bytes.Buffer
	logging, err := db.Open(s.URL, nil, db.Options{Logger: slog.New(slog.NewTextHandler(&log, nil))})
	require.NoError(t, err)
	defer func() { require.NoError(t, logging.Close()) }()
	s.DB = logging
	const writers, rounds = 8, 10
	var wait sync.WaitGroup
	errs := make(chan error, writers*rounds*2)
	for w := range writers {
		wait.Go(func() {
			random := rand.New(rand.NewPCG(1, uint64(w)))
			for range rounds {
				lines := []*commerce.InventoryChangeInput{
					add(s.variants[0], s.shop, 1), add(s.variants[1], s.shop, 2), add(s.variants[2], s.cellar, 3), add(s.variants[0], s.cellar, 4),
				}
				random.Shuffle(len(lines), func(i, j int) { lines[i], lines[j] = lines[j], lines[i] })
				_, err := s.adjust(t.Context(), lines...)
				errs <- err
			}
		})
	}
	wait.Go(func() {
		for i := range rounds {
			in := product("tea")
			in.Variants[0], in.Variants[2] = in.Variants[2], in.Variants[0]
			in.Variants[1].PriceMinor += int64(i + 1)
			for j := range in.Variants {
				in.Variants[j].PriceMinor += int64(i + 1)
				in.Variants[j].InventoryQuantity = j
			}
			_, err := s.UpsertProducts(t.Context(), s.store, []commerce.ProductInput{in})
			errs <- err
		}
	})
	wait.Go(func() {
		for range rounds {
			_, err := s.SQL.ExecContext(t.Context(), `UPDATE product_variants SET inventory_quantity = inventory_quantity + 1 WHERE id = $1`, numberOf(s.variants[1]))
			errs <- err
		}
	})
	wait.Wait()
	close(errs)
	for err := range errs {
		require.NoError(t, err)
	}
	require.Empty(t, log.String(), "no transaction lost against another")
	require.Equal(t, [][]string{{"80", "160", "240", "320", "10"}}, queryRows(t, s.Database, `
SELECT sum(delta_on_hand) FILTER (WHERE variant_id = $1 AND l.is_default AND reason = 'RECEIVED'), sum(delta_on_hand) FILTER (WHERE variant_id = $2 AND reason = 'RECEIVED'),
    sum(delta_on_hand) FILTER (WHERE variant_id = $3 AND NOT l.is_default), sum(delta_on_hand) FILTER (WHERE variant_id = $1 AND NOT l.is_default),
    sum(delta_on_hand) FILTER (WHERE variant_id = $2 AND reason = 'CORRECTION')
FROM inventory_ledger g JOIN locations l ON l.id = g.location_id`, numberOf(s.variants[0]), numberOf(s.variants[1]), numberOf(s.variants[2])))
	requireExplained(t, s.Database)
}

// Stock that is sold between an import's reading and its writing is not put back by a line that leaves it as it was.
func TestImportKeepsWhatWasSold(t *testing.T) {
	t.Parallel()
	s := newStockroom(t)
	tx, err := s.SQL.BeginTx(t.Context(), nil)
	require.NoError(t, err)
	defer tx.Rollback() //nolint:errcheck // it has ended
	_, err = tx.ExecContext(t.Context(), `UPDATE product_variants SET inventory_quantity = inventory_quantity - 1 WHERE id = $1`, numberOf(s.variants[2]))
	require.NoError(t, err)
	in := product("tea")
	in.Variants[2].PriceMinor = 1
	done := make(chan error, 1)
	go func() {
		_, err := s.UpsertProducts(context.Background(), s.store, []commerce.ProductInput{in})
		done <- err
	}()
	requireWaiting(t, s.Database)
	require.NoError(t, tx.Commit())
	require.NoError(t, <-done)
	require.Equal(t, "0 1 1", s.quantities(t))
	requireExplained(t, s.Database)
}

// A connection that dies when everything but the last statement has run leaves nothing behind.
func TestChangeThatDiesLeavesNothing(t *testing.T) {
	t.Parallel()
	s := newStockroom(t)
	last := s.last(t)
	tx, err := s.SQL.BeginTx(t.Context(), nil)
	require.NoError(t, err)
	defer tx.Rollback() //nolint:errcheck // it only locks
	_, err = tx.ExecContext(t.Context(), `LOCK TABLE audit_log IN ACCESS EXCLUSIVE MODE`)
	require.NoError(t, err)
	done := make(chan error, 1)
	go func() {
		_, err := s.adjust(context.Background(), add(s.variants[0], s.shop, 5), add(s.variants[1], s.cellar, 6))
		done <- err
	}()
	requireWaiting(t, s.Database)
	run(t, s.Database, `SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = current_database() AND wait_event_type = 'Lock'`)
	require.Equal(t, commerce.CodeUnavailable, commerce.CodeOf(<-done))
	require.NoError(t, tx.Rollback())
	require.Empty(t, s.ledger(t, last))
	require.Equal(t, "0 1 2", s.quantities(t))
	requireExplained(t, s.Database)
	_, err = s.adjust(t.Context(), add(s.variants[0], s.shop, 5))
	require.NoError(t, err)
}

// The number of statements does not depend on the number of lines.
func TestChangeStockIsSetBased(t *testing.T) {
	t.Parallel()
	d := dbtest.New(t)
	store := openStore(t, d.DB, "alpha")
	upsert(t, d.DB, store, products(84)...)
	run(t, d, countSQL)
	s := &stockroom{Database: d, store: store}
	for _, row := range queryRows(t, d, `SELECT v.id, l.id FROM product_variants v, locations l ORDER BY v.id LIMIT 250`) {
		s.variants = append(s.variants, "gid://kirana/ProductVariant/1/"+row[0])
		s.shop = "gid://kirana/Location/1/" + row[1]
	}
	lines := make([]*commerce.InventoryChangeInput, len(s.variants))
	for i := range lines {
		lines[i] = add(s.variants[i], s.shop, 1)
	}
	require.Len(t, lines, 250)
	require.Equal(t, statementsOf(t, s, lines[:1]), statementsOf(t, s, lines))
	requireExplained(t, d)
}

// countSQL counts the statements that a table sees, triggers' too.
const countSQL = `
CREATE SEQUENCE seen;
CREATE FUNCTION see() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN PERFORM nextval('seen'); RETURN NULL; END $$;
CREATE TRIGGER a_see AFTER INSERT OR UPDATE ON inventory_levels FOR EACH STATEMENT EXECUTE FUNCTION see();
CREATE TRIGGER a_see AFTER INSERT OR UPDATE ON inventory_ledger FOR EACH STATEMENT EXECUTE FUNCTION see();
CREATE TRIGGER a_see AFTER INSERT OR UPDATE ON product_variants FOR EACH STATEMENT EXECUTE FUNCTION see();
CREATE TRIGGER a_see AFTER INSERT ON audit_log FOR EACH STATEMENT EXECUTE FUNCTION see()`

// statementsOf carries out a change and tells how many writing statements that took, those of triggers among them.
func statementsOf(t *testing.T, s *stockroom, lines []*commerce.InventoryChangeInput) string {
	t.Helper()
	before := queryRows(t, s.Database, `SELECT nextval('seen')`)[0][0]
	_, err := s.adjust(t.Context(), lines...)
	require.NoError(t, err)
	return queryRows(t, s.Database, `SELECT nextval('seen') - $1`, before)[0][0]
}
