package db_test

import (
	"go/ast"
	"go/parser"
	"go/token"
	"io/fs"
	"maps"
	"os"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/kirana-commerce/kirana/commerce"
	"github.com/kirana-commerce/kirana/db"
	"github.com/kirana-commerce/kirana/db/dbtest"
)

// statementNames are the constants of the package whose name ends in SQL.
func statementNames(t *testing.T) []string {
	t.Helper()
	var names []string
	files, err := fs.Glob(os.DirFS("."), "*.go")
	require.NoError(t, err)
	for _, file := range files {
		if strings.HasSuffix(file, "_test.go") {
			continue
		}
		tree, err := parser.ParseFile(token.NewFileSet(), file, nil, parser.SkipObjectResolution)
		require.NoError(t, err)
		ast.Inspect(tree, func(n ast.Node) bool {
			if spec, ok := n.(*ast.ValueSpec); ok && strings.HasSuffix(spec.Names[0].Name, "SQL") {
				names = append(names, spec.Names[0].Name)
			}
			return true
		})
	}
	slices.Sort(names)
	return names
}

// listStatements runs every list in every order, direction and with and without a cursor, counts it, and returns the texts that
// ran.
func listStatements(t *testing.T, d *dbtest.Database) []string {
	t.Helper()
	orders := db.Orders()
	ctx := t.Context()
	product := commerce.ProductRef{Store: 1, ID: 1}
	lists := map[string]func(commerce.Page, string) error{
		"Stores": func(p commerce.Page, words string) error { _, err := d.Stores(ctx, p, words); return err },
		"ProductLists": func(p commerce.Page, words string) error {
			_, err := d.ProductLists(ctx, []commerce.ProductListKey{{Store: 1, Page: p, Words: words}})
			return err
		},
		"CollectionLists": func(p commerce.Page, words string) error {
			_, err := d.CollectionLists(ctx, []commerce.CollectionListKey{{Store: 1, Page: p, Words: words}})
			return err
		},
		"CollectionProducts": func(p commerce.Page, _ string) error {
			_, err := d.CollectionProducts(ctx, []commerce.CollectionPageKey{{Collection: commerce.CollectionRef{Store: 1, ID: 1}, Page: p}})
			return err
		},
		"ProductCollections": func(p commerce.Page, _ string) error {
			_, err := d.ProductCollections(ctx, []commerce.ProductPageKey{{Product: product, Page: p}})
			return err
		},
		"PageLists": func(p commerce.Page, words string) error {
			_, err := d.PageLists(ctx, []commerce.TextPageListKey{{Store: 1, Page: p, Words: words}})
			return err
		},
		"VariantLists": func(p commerce.Page, _ string) error {
			_, err := d.VariantLists(ctx, []commerce.ProductPageKey{{Product: product, Page: p}})
			return err
		},
		"MediaLists": func(p commerce.Page, _ string) error {
			_, err := d.MediaLists(ctx, []commerce.ProductPageKey{{Product: product, Page: p}})
			return err
		},
		"APIKeyLists": func(p commerce.Page, _ string) error {
			_, err := d.APIKeyLists(ctx, []commerce.StorePageKey{{Store: 1, Page: p}})
			return err
		},
		"AuditLogs": func(p commerce.Page, _ string) error {
			_, err := d.AuditLogs(ctx, []commerce.StorePageKey{{Store: 1, Page: p}})
			return err
		},
		"LocationLists": func(p commerce.Page, _ string) error {
			_, err := d.LocationLists(ctx, []commerce.LocationListKey{{Store: 1, Page: p}})
			return err
		},
		"LevelLists": func(p commerce.Page, words string) error {
			_, err := d.LevelLists(ctx, []commerce.InventoryLevelListKey{{Store: 1, Page: p, Words: words}})
			return err
		},
		"InventoryHistories": func(p commerce.Page, _ string) error {
			_, err := d.InventoryHistories(ctx, []commerce.InventoryHistoryKey{{Variant: commerce.VariantRef{Store: 1, ID: 1}, Page: p}})
			return err
		},
		"JobLists": func(p commerce.Page, _ string) error {
			_, err := d.JobLists(ctx, []commerce.StorePageKey{{Store: 1, Page: p}})
			return err
		},
		"JobRejections": func(p commerce.Page, _ string) error {
			_, err := d.JobRejections(ctx, []commerce.JobRejectionKey{{Job: commerce.JobRef{Store: 1, ID: 1}, Page: p}})
			return err
		},
	}
	own := d.ViewOf([]commerce.StoreID{1}, false)
	lists["DiscountLists"] = func(p commerce.Page, words string) error {
		_, err := own.DiscountLists(ctx, []commerce.DiscountListKey{{Store: 1, Page: p, Words: words}})
		return err
	}
	lists["OrderLists"] = func(p commerce.Page, words string) error {
		_, err := own.OrderLists(ctx, []commerce.OrderListKey{{Store: 1, Page: p, Words: words}})
		return err
	}
	lists["SearchTextLists"] = func(p commerce.Page, _ string) error {
		_, err := own.SearchTextLists(ctx, []commerce.SearchTextListKey{{SearchPeriod: commerce.SearchPeriod{Store: 1, From: 1, To: 2}, Page: p}})
		return err
	}
	require.ElementsMatch(t, slices.Collect(maps.Keys(orders)), slices.Collect(maps.Keys(lists)))
	for name, read := range lists {
		for _, key := range orders[name] {
			for choice := range 8 {
				p := commerce.Page{Ordering: commerce.Ordering{Key: key, Reverse: choice&1 > 0}, Limit: 2, Bounded: choice&2 > 0}
				p.Bound = commerce.Cursor{Ordering: p.Ordering, Value: "5", ID: 5}
				words := ""
				if choice&4 > 0 {
					words = "a b"
				}
				require.NoError(t, read(p, words), "%s by %s", name, key)
				if name != "Stores" { // the directory is not counted
					require.NoError(t, read(p.Counting(), words), "the total of %s by %s", name, key)
				}
			}
		}
	}
	texts, err := d.Prepared(ctx)
	require.NoError(t, err)
	return texts
}

func requirePrepares(t *testing.T, d *dbtest.Database, name, text string) {
	t.Helper()
	statement, err := d.SQL.PrepareContext(t.Context(), text)
	require.NoError(t, err, "%s: %s", name, text)
	defer func() { require.NoError(t, statement.Close()) }()
}

// Every statement is one that the server takes, says whose rows it means, and names its columns.
func TestStatements(t *testing.T) {
	t.Parallel()
	d := dbtest.New(t)
	fixed := db.Statements()
	require.Equal(t, statementNames(t), slices.Sorted(maps.Keys(fixed)), "db.Statements is to list every statement")
	all := maps.Clone(fixed)
	for i, text := range listStatements(t, d) {
		all["list "+strconv.Itoa(i)] = text
	}
	require.Greater(t, len(all), len(fixed)+100, "all the lists' variants")
	global := []string{
		"anyStoreSQL", "insertStoreSQL", "lockStoreSQL", "publishStoreSQL", "storesByHandleSQL", "storesByIDSQL", // stores themselves
		"changeStoreSQL", "countStoresSQL", "lockMerchantSQL", "lockedStoreSQL", "openStoreSQL", "setStoreStatusSQL", // and their owners
		"accountByEmailSQL", "accountByIDSQL", "addMerchantSQL", "closeSessionSQL", "closeSessionsSQL", "merchantsByIDSQL", "openSessionSQL", "sessionsSQL",
		"beginAttemptSQL", "succeedAttemptSQL",
		"setPasswordSQL", "useSessionSQL", // merchants, who belong to no store
		"explainSQL", "lockOutboxSQL", "lockSalesSQL", // the transaction
		"eventLagSQL", "storeOfJobSQL", "beatSQL", "heartSQL", "logStateSQL", "slotStateSQL", "saveIndexStateSQL", "indexStateSQL", "progressSQL", "snapshotSQL", // the server, no store's data
		"countDeadLettersSQL", "dropDeadIndexSQL", "beginWalkSQL", "endWalkSQL", "answerReindexSQL", "logPositionSQL", "positionSQL", "emitSQL", "signingKeySQL",
	}
	for name, text := range all {
		requirePrepares(t, d, name, text)
		if !slices.Contains(global, name) && !strings.Contains(text, "\nFROM stores s\n") {
			require.Contains(t, text, "store_id", name)
		}
		require.NotRegexp(t, `(?i)select\s+(\w+\.)?\*`, text, name)
		require.NotRegexp(t, `(?i)\.\*`, text, name)
	}
}
