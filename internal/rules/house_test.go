package rules

import (
	"os"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

// TestHouse holds this project against every rule.
func TestHouse(t *testing.T) {
	t.Parallel()
	house, err := readTree(os.DirFS("../.."))
	require.NoError(t, err)

	for name, check := range map[string]func(*tree) []string{
		"imports keep to the table":            checkImports,
		"only cmd reads the environment":       checkEnvironment,
		"every package says what it is for":    checkPackageComments,
		"names say something":                  checkNames,
		"the root is readable at a glance":     checkFolders,
		"files and functions stay small":       checkSizes,
		"exported names are documented":        checkExports,
		"resolver files hold resolver methods": checkResolverFiles,
		"one word names the file everywhere":   checkWords,
		"no test sleeps":                       checkSleeps,
		"unfinished work has an issue":         checkTodos,
		"nothing is tied to one machine":       checkPlaces,
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			if found := check(house); len(found) > 0 {
				t.Fatalf("%d findings:\n%s", len(found), strings.Join(found, "\n"))
			}
		})
	}
}
