package db_test

import (
	"flag"
	"os"
	"slices"
	"strings"
	"sync"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/kirana-commerce/kirana/db"
	"github.com/kirana-commerce/kirana/db/dbtest"
)

var update = flag.Bool("update", false, "rewrite db/schema.sql from the migrations")

func TestMigrate(t *testing.T) {
	t.Parallel()
	d := dbtest.Unmigrated(t)
	all, err := d.Migrations(t.Context())
	require.NoError(t, err)
	require.NotEmpty(t, all)
	require.False(t, slices.ContainsFunc(all, func(m db.Migration) bool { return m.Applied }))

	applied, err := d.Migrate(t.Context())
	require.NoError(t, err)
	for i := range all {
		all[i].Applied = true
	}
	require.Equal(t, all, applied)
	now, err := d.Migrations(t.Context())
	require.NoError(t, err)
	require.Equal(t, all, now)

	again, err := d.Migrate(t.Context())
	require.NoError(t, err)
	require.Empty(t, again)
}

// Several processes of one release start at once.
func TestMigrateAtOnce(t *testing.T) {
	t.Parallel()
	first := dbtest.Unmigrated(t)
	_, err := first.Migrations(t.Context()) // makes the table in which they are counted: the making of it would spread them out
	require.NoError(t, err)
	const processes = 4
	counts := make([]int, processes)
	errs := make([]error, processes)
	var wait sync.WaitGroup
	for i := range processes {
		d, err := db.Open(first.URL, nil, db.Options{})
		require.NoError(t, err)
		wait.Go(func() {
			applied, err := d.Migrate(t.Context())
			counts[i], errs[i] = len(applied), err
			_ = d.Close()
		})
	}
	wait.Wait()
	for _, err := range errs {
		require.NoError(t, err)
	}
	slices.Sort(counts)
	require.Zero(t, counts[processes-2], "one process applies them all: %v", counts)
	require.Positive(t, counts[processes-1])
}

// schemaSQL renders the schema from the catalogs, one fact a line.
const schemaSQL = `
SELECT format('table %s.%s %s%s%s%s', c.relname, a.attname, format_type(a.atttypid, a.atttypmod),
    CASE WHEN a.attnotnull THEN ' NOT NULL' ELSE '' END,
    CASE a.attidentity WHEN 'a' THEN ' IDENTITY ALWAYS' WHEN 'd' THEN ' IDENTITY BY DEFAULT' ELSE '' END,
    coalesce(' DEFAULT ' || pg_get_expr(f.adbin, f.adrelid), '')) AS line, format('1 %s %s', c.relname, to_char(a.attnum, '000')) AS place
FROM pg_class c JOIN pg_attribute a ON a.attrelid = c.oid AND a.attnum > 0 AND NOT a.attisdropped
LEFT JOIN pg_attrdef f ON f.adrelid = c.oid AND f.adnum = a.attnum
WHERE c.relnamespace = 'public'::regnamespace AND c.relkind IN ('r', 'p') AND c.relname NOT LIKE 'goose%'
UNION ALL
SELECT format('constraint %s %s: %s', conrelid::regclass, conname, pg_get_constraintdef(oid)), format('2 %s %s', conrelid::regclass, conname)
FROM pg_constraint WHERE connamespace = 'public'::regnamespace AND conrelid <> 0 AND conrelid::regclass::text NOT LIKE 'goose%'
UNION ALL
SELECT 'index ' || indexdef, format('3 %s %s', tablename, indexname)
FROM pg_indexes WHERE schemaname = 'public' AND tablename NOT LIKE 'goose%'
UNION ALL
SELECT 'trigger ' || pg_get_triggerdef(oid), format('4 %s %s', tgrelid::regclass, tgname) FROM pg_trigger WHERE NOT tgisinternal
UNION ALL
SELECT 'function ' || pg_get_functiondef(oid), '5 ' || proname FROM pg_proc WHERE pronamespace = 'public'::regnamespace
UNION ALL
SELECT format('publication %s: %s (%s)%s', pubname, tablename, array_to_string(attnames, ', '), coalesce(' WHERE ' || rowfilter, '')), format('6 %s %s', pubname, tablename)
FROM pg_publication_tables
UNION ALL
SELECT format('replica identity of %s: %s', c.oid::regclass, CASE c.relreplident WHEN 'd' THEN 'primary key' WHEN 'f' THEN 'full' WHEN 'n' THEN 'nothing'
    ELSE (SELECT i.indexrelid::regclass::text FROM pg_index i WHERE i.indrelid = c.oid AND i.indisreplident) END), format('7 %s', c.relname)
FROM pg_class c WHERE c.relnamespace = 'public'::regnamespace AND c.relkind = 'r' AND c.relname NOT LIKE 'goose%'
ORDER BY place`

// The schema is written down, so that a migration's whole effect shows in a review. go test ./db -run Schema -update
func TestSchema(t *testing.T) {
	t.Parallel()
	d := dbtest.New(t)
	var text strings.Builder
	text.WriteString("-- What the migrations add up to, as the catalogs tell it. Written by: go test ./db -run TestSchema -update\n")
	for _, row := range queryRows(t, d, schemaSQL) {
		text.WriteString(strings.TrimSpace(row[0]) + "\n")
	}
	const golden = "schema.sql"
	if *update {
		require.NoError(t, os.WriteFile(golden, []byte(text.String()), 0o644))
	}
	want, err := os.ReadFile(golden)
	require.NoError(t, err)
	require.Equal(t, string(want), text.String(), "the schema changed: run go test ./db -run TestSchema -update and read the difference")
}

// A change in the log has to say which product to look at, also when a row is deleted: that is what its replica identity
// holds. A publication that lists columns must list those of the identity, or updates and deletes fail.
func TestReplicaIdentities(t *testing.T) {
	t.Parallel()
	d := dbtest.New(t)
	const identitySQL = `
SELECT p.tablename, string_agg(a.attname, ' ' ORDER BY a.attname), bool_and(a.attname = ANY (p.attnames))
FROM pg_publication_tables p
JOIN pg_class c ON c.relname = p.tablename AND c.relnamespace = 'public'::regnamespace
JOIN pg_index i ON i.indrelid = c.oid AND CASE c.relreplident WHEN 'i' THEN i.indisreplident WHEN 'd' THEN i.indisprimary END
JOIN pg_attribute a ON a.attrelid = c.oid AND a.attnum = ANY (i.indkey)
GROUP BY p.tablename ORDER BY p.tablename`
	require.Equal(t, [][]string{
		{"collection_products", "collection_id product_id store_id", "true"},
		{"metafields", "key namespace owner_id owner_kind store_id", "true"},
		{"product_options", "id product_id store_id", "true"},
		{"product_variants", "id product_id store_id", "true"},
		{"products", "id store_id", "true"},
		{"search_canary", "product_id store_id", "true"},
	}, queryRows(t, d, identitySQL))
}

// Every tenant's table begins its primary key, its unique keys and its foreign keys with store_id.
func TestKeysBeginWithStore(t *testing.T) {
	t.Parallel()
	d := dbtest.New(t)
	for _, row := range queryRows(t, d, `
SELECT con.conrelid::regclass::text, con.conname, a.attname FROM pg_constraint con
JOIN pg_attribute a ON a.attrelid = con.conrelid AND a.attnum = con.conkey[1]
WHERE con.connamespace = 'public'::regnamespace AND con.contype IN ('p', 'u', 'f')`) {
		if global := []string{"stores", "merchants", "sessions", "sign_in_throttles", "search_sync_state", "search_sweeps", "search_walks", "signing_keys", "replica_heartbeat", "goose_db_version"}; slices.Contains(global, row[0]) {
			continue
		}
		require.Equal(t, "store_id", row[2], "%s of %s", row[1], row[0])
	}
}
