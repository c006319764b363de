package devstack_test

import (
	"path/filepath"
	"strconv"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/kirana-commerce/kirana/internal/devstack"
)

// BenchmarkStartPostgres measures what a test suite or a person waits for; stopping is not counted.
func BenchmarkStartPostgres(b *testing.B) {
	for _, test := range []struct {
		name           string
		standby, again bool
	}{{"new", false, false}, {"again", false, true}, {"new with standby", true, false}, {"again with standby", true, true}} {
		b.Run(test.name, func(b *testing.B) {
			dir, n := b.TempDir(), 0
			for b.Loop() {
				o := devstack.PostgresOptions{Dir: dir, Standby: test.standby}
				if !test.again {
					n++
					o.Dir = filepath.Join(dir, strconv.Itoa(n))
				}
				pg, err := devstack.StartPostgres(b.Context(), o)
				require.NoError(b, err)
				b.StopTimer()
				require.NoError(b, pg.Stop(b.Context()))
				b.StartTimer()
			}
		})
	}
}

// BenchmarkStartElasticsearch measures the start of a node that has been compiled before, with no indexes.
func BenchmarkStartElasticsearch(b *testing.B) {
	dir := b.TempDir()
	for b.Loop() {
		es, err := devstack.StartElasticsearch(b.Context(), devstack.ElasticsearchOptions{Dir: dir})
		require.NoError(b, err)
		b.StopTimer()
		require.NoError(b, es.Stop(b.Context()))
		b.StartTimer()
	}
}
