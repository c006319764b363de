package rules

import (
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

const (
	architecture = "docs/architecture.md"
	tableHead    = "| package | one responsibility | may import of our own | third parties at home here |"
)

// row is one line of the import table: what the packages it names may import.
type row struct {
	packages  []string // patterns: a package, or x/... for x and all below
	own       []string // patterns; "all" stands for every package
	homes     []string // import paths of third parties, each with everything below
	everyHome bool
	onlyStd   bool
}

// modules says which module a name in the table's last column stands for.
func modules() map[string]string {
	return map[string]string{
		"OpenTelemetry":    "go.opentelemetry.io/otel",
		"Prometheus":       "github.com/prometheus/client_golang",
		"bluemonday":       "github.com/microcosm-cc/bluemonday",
		"franz-go":         "github.com/twmb/franz-go",
		"go-elasticsearch": "github.com/elastic/go-elasticsearch/v8",
		"go-mail":          "github.com/wneessen/go-mail",
		"go-oidc":          "github.com/coreos/go-oidc",
		"goose":            "github.com/pressly/goose/v3",
		"gqlgen":           "github.com/99designs/gqlgen",
		"gqlparser":        "github.com/vektah/gqlparser/v2",
		"kong":             "github.com/alecthomas/kong",
		"lib/pq":           "github.com/lib/pq",
		"otter":            "github.com/maypok86/otter",
		"pgx/v5":           "github.com/jackc/pgx/v5",
		"roaring":          "github.com/RoaringBitmap/roaring/v2",
		"rueidis":          "github.com/redis/rueidis",
		"sqlx":             "github.com/jmoiron/sqlx",
		"ssrf":             "code.dny.dev/ssrf",
		"stripe-go":        "github.com/stripe/stripe-go",
		"x/crypto":         "golang.org/x/crypto",
	}
}

// readTable reads the import table out of the architecture page.
func readTable(page string) ([]row, error) {
	_, body, found := strings.Cut(page, tableHead+"\n")
	if !found {
		return nil, fmt.Errorf("%s has no table with the head %q", architecture, tableHead)
	}
	var rows []row
	for line := range strings.SplitSeq(body, "\n") {
		if !strings.HasPrefix(line, "|") {
			break
		}
		if strings.HasPrefix(line, "|---") {
			continue
		}
		parsed, err := readRow(line)
		if err != nil {
			return nil, fmt.Errorf("%s, row %q: %w", architecture, line, err)
		}
		rows = append(rows, parsed)
	}
	return rows, unnamed(rows)
}

func readRow(line string) (row, error) {
	cells := strings.Split(strings.Trim(line, "|"), "|")
	if len(cells) != 4 {
		return row{}, fmt.Errorf("has %d cells, not 4", len(cells))
	}
	r := row{packages: list(cells[0]), own: list(cells[2])}
	switch third := strings.TrimSpace(cells[3]); third {
	case "all":
		r.everyHome = true
	case "standard library only":
		r.onlyStd = true
	default:
		for _, name := range list(third) {
			home, err := home(name)
			if err != nil {
				return row{}, err
			}
			r.homes = append(r.homes, home)
		}
	}
	return r, nil
}

func list(cell string) []string {
	var items []string
	for item := range strings.SplitSeq(cell, ",") {
		if item = strings.TrimSpace(item); item != "" && item != "–" {
			items = append(items, item)
		}
	}
	return items
}

// home turns a name of the last column into an import path: the module's own, with what follows its name behind it.
func home(name string) (string, error) {
	for short, path := range modules() {
		if within(name, short) {
			return path + strings.TrimPrefix(name, short), nil
		}
	}
	return "", fmt.Errorf("no module is known by the name %q; add it to modules in internal/rules", name)
}

// unnamed reports modules that the page no longer mentions: they would be guarded without anybody knowing why.
func unnamed(rows []row) error {
	var errs []error
	for _, short := range slices.Sorted(maps.Keys(modules())) {
		named := slices.ContainsFunc(rows, func(r row) bool {
			return slices.ContainsFunc(r.homes, func(home string) bool { return within(home, modules()[short]) })
		})
		if !named {
			errs = append(errs, fmt.Errorf("%s: no row names %s as at home", architecture, short))
		}
	}
	return errors.Join(errs...)
}

// within reports whether an import path is another one or lies below it.
func within(path, parent string) bool {
	return path == parent || strings.HasPrefix(path, parent+"/")
}

// matches reports whether one of the patterns names the package.
func matches(patterns []string, pkg string) bool {
	return slices.ContainsFunc(patterns, func(pattern string) bool {
		parent, below := strings.CutSuffix(pattern, "/...")
		return pkg == pattern || below && within(pkg, parent)
	})
}

// rowsOf returns the rows that name a package; anything but one is a mistake in the table.
func rowsOf(rows []row, pkg string) []row {
	var found []row
	for _, r := range rows {
		if matches(r.packages, pkg) {
			found = append(found, r)
		}
	}
	return found
}

func TestReadTable(t *testing.T) {
	t.Parallel()
	everything := strings.Join(slices.Sorted(maps.Keys(modules())), ", ")
	page := func(lines ...string) string {
		return "# Page\n\n" + tableHead + "\n|---|---|---|---|\n" + strings.Join(lines, "\n") + "\n\n| other | table |\n"
	}
	all := "| rest/... | holds the homes | all | " + everything + " |"

	rows, err := readTable(page(
		"| a, b/c | two | – | standard library only |",
		"| d/... | below | a, b/... | pgx/v5/pgconn, sqlx |",
		"| cmd | wires | all | all |", all))
	require.NoError(t, err)
	require.Equal(t, []row{
		{packages: []string{"a", "b/c"}, onlyStd: true},
		{
			packages: []string{"d/..."}, own: []string{"a", "b/..."},
			homes: []string{"github.com/jackc/pgx/v5/pgconn", "github.com/jmoiron/sqlx"},
		},
		{packages: []string{"cmd"}, own: []string{"all"}, everyHome: true},
	}, rows[:3])
	require.Len(t, rowsOf(rows, "d/e/f"), 1)
	require.Empty(t, rowsOf(rows, "b"))

	for name, broken := range map[string]struct{ page, want string }{
		"no table":       {page: "# Page\n", want: "has no table"},
		"a cell missing": {page: page("| a | one | – |", all), want: "has 3 cells, not 4"},
		"unknown module": {page: page("| a | one | – | gorm |", all), want: `by the name "gorm"`},
		"no home left":   {page: page("| a | one | – | – |"), want: "no row names sqlx as at home"},
	} {
		_, err := readTable(broken.page)
		require.ErrorContains(t, err, broken.want, name)
	}
}
