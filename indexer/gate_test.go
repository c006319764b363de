package indexer

import (
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/kirana-commerce/kirana/commerce"
)

// TestVerdict: what the engine refuses may be missing, and nothing else.
func TestVerdict(t *testing.T) {
	t.Parallel()
	report := func(products, stale, repaired int, differ ...CountDifference) VerifyReport {
		return VerifyReport{
			Counts:  CountReport{Products: products, Differ: differ},
			Checked: products, Found: map[commerce.DriftKind]int{commerce.DriftStale: stale}, Repaired: repaired,
		}
	}
	for name, tc := range map[string]struct {
		report VerifyReport
		dead   int
		want   string
	}{
		"all agree":                          {report(100, 0, 0), 0, ""},
		"all was repaired":                   {report(100, 7, 7), 0, ""},
		"one document differs":               {report(100, 7, 6), 0, "of 100 products, 1 differ"},
		"the engine refuses another":         {report(100, 7, 6), 1, "of 100 products, 1 differ"},
		"a store lacks a document":           {report(100, 0, 0, CountDifference{3, 5, 4}), 0, "store 3 has 4 documents for 5 products"},
		"two stores lack one":                {report(100, 0, 0, CountDifference{3, 5, 4}, CountDifference{4, 2, 1}), 1, "and 2 stores differ"},
		"a store has one too many":           {report(100, 0, 0, CountDifference{3, 5, 6}), 9, "store 3 has 6 documents for 5 products"},
		"the engine refuses a few of few":    {report(20, 0, 0), fewDead, ""},
		"the engine refuses many of few":     {report(20, 0, 0), fewDead + 1, "refuses 11 documents of 20"},
		"the engine refuses a share of many": {report(5000, 0, 0), 50, ""},
		"the engine refuses too large a one": {report(5000, 0, 0), 51, "refuses 51 documents of 5000"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			err := verdict(tc.report, tc.dead)
			if tc.want == "" {
				require.NoError(t, err)
				return
			}
			require.ErrorIs(t, err, ErrRefused)
			require.ErrorContains(t, err, tc.want)
		})
	}
}
