package graph

import (
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

// What carts can be refused for is what the schema says, no more and no less: a code that is not in the enum breaks typed clients.
func TestCodesOfCartErrors(t *testing.T) {
	t.Parallel()
	files, err := filepath.Glob("../commerce/*.go")
	require.NoError(t, err)
	read := func(file string) string {
		text, err := os.ReadFile(file)
		require.NoError(t, err)
		return string(text)
	}
	values := map[string]string{}
	for _, file := range files {
		for _, m := range regexp.MustCompile(`(Refusal\w+)\s+RefusalCode = "(\w+)"`).FindAllStringSubmatch(read(file), -1) {
			values[m[1]] = m[2]
		}
	}
	var used []string
	for _, file := range []string{"commerce/cart_buyer", "commerce/cart_change", "commerce/checkout", "commerce/contact", "commerce/mailing_address", "db/cart", "db/checkout"} {
		for _, m := range regexp.MustCompile(`(?:Add|Refuse)\((?:commerce\.)?(Refusal\w+)`).FindAllStringSubmatch(read("../"+file+".go"), -1) {
			require.NotEmpty(t, values[m[1]], m[1])
			used = append(used, values[m[1]])
		}
	}
	slices.Sort(used)
	var declared []string
	for _, v := range parsedSDL(t).Types["CartErrorCode"].EnumValues {
		declared = append(declared, v.Name)
	}
	slices.SortFunc(declared, strings.Compare)
	require.Equal(t, declared, slices.Compact(used))
}

// Every field runs on a plan: what does not makes the whole document go to gqlgen's executor, which asks for one line after the other.
func TestPlansCoverTheSchema(t *testing.T) {
	t.Parallel()
	text, err := os.ReadFile("generated/plan.generated.go")
	require.NoError(t, err)
	require.Contains(t, string(text), "plan.Abstract[")
	require.NotContains(t, string(text), "plan.Unsupported[")
}
