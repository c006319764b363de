package commerce_test

import (
	"fmt"
	"os"
	"regexp"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/kirana-commerce/kirana/commerce"
)

// The drawings in docs/orders.md and the tables of transitions say the same.
func TestOrderStatesAsDrawn(t *testing.T) {
	t.Parallel()
	page, err := os.ReadFile("../docs/orders.md")
	require.NoError(t, err)
	drawings := strings.Split(string(page), "stateDiagram-v2")
	require.Len(t, drawings, 3)
	require.ElementsMatch(t, coded(commerce.FinancialStatuses(), commerce.FinancialStatus.Next), drawn(drawings[1]))
	require.ElementsMatch(t, coded(commerce.FulfillmentStatuses(), commerce.FulfillmentStatus.Next), drawn(drawings[2]))
}

func drawn(page string) []string {
	var arrows []string
	for _, arrow := range regexp.MustCompile(`(?m)^    ([A-Z_]+|\[\*\]) --> ([A-Z_]+|\[\*\])$`).FindAllStringSubmatch(page, -1) {
		arrows = append(arrows, arrow[1]+" "+arrow[2])
	}
	return arrows
}

// coded are the arrows of a table whose first state is where everything begins.
func coded[S ~string](states []S, next func(S) []S) []string {
	arrows := []string{"[*] " + string(states[0])}
	for _, s := range states {
		for _, to := range next(s) {
			arrows = append(arrows, fmt.Sprintf("%s %s", s, to))
		}
		if len(next(s)) == 0 {
			arrows = append(arrows, string(s)+" [*]")
		}
	}
	return arrows
}
