package zoo

import (
	"encoding/json"
	"fmt"
	"math/rand/v2"
	"strings"

	"github.com/vektah/gqlparser/v2/ast"
)

// Value chooses values that find something, for documents that are made up. It fits plantest.Options.
func Value(rng *rand.Rand, coordinate string, typ *ast.Type) (any, bool) {
	one := func(values ...any) (any, bool) { return values[rng.IntN(len(values))], true }
	switch {
	case typ.Elem != nil:
		return nil, false
	case strings.HasSuffix(coordinate, "(id:)"):
		kind, _ := one("dog", "cat", "fish", "keeper", "visitor", "nothing")
		return fmt.Sprint(kind, ":", rng.IntN(7)), true
	case strings.HasSuffix(coordinate, "(how:)"):
		if rng.IntN(2) == 0 {
			return "FINE", true
		}
		return nil, false
	case strings.HasSuffix(coordinate, "(number:)"), strings.HasSuffix(coordinate, "(first:)"), strings.HasSuffix(coordinate, "(count:)"),
		strings.HasSuffix(coordinate, "(times:)"), coordinate == "Page.first":
		return json.Number(fmt.Sprint(rng.IntN(6))), true
	}
	switch typ.NamedType {
	case "Tag":
		return one("#a", "b", "", json.Number("1"))
	case "Color":
		return one("#fff", "012", "red")
	case "Weight":
		return one(json.Number("1.5"), json.Number("2"), json.Number("-1"), "3")
	case "Point":
		return one("1:2", "3:3", "here")
	case "Time":
		return one("2026-11-22T09:30:00Z", "2026-11-22T09:30:00.123+05:30", "today")
	case "Fuse":
		return one("fine", "boom")
	case "Map":
		return map[string]any{"b": json.Number("1"), "a": []any{nil, "x"}}, true
	case "Any":
		return one("any", json.Number("1"), true, []any{json.Number("1"), "two"})
	}
	return nil, false
}
