package plantest_test

import (
	"flag"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
	"golang.org/x/tools/txtar"

	"github.com/kirana-commerce/kirana/graph/plan/plantest"
	"github.com/kirana-commerce/kirana/graph/plan/plantest/zoo"
	"github.com/kirana-commerce/kirana/graph/plan/plantest/zoo/resolver"
)

var update = flag.Bool("update", false, "write what gqlgen's executor gives into the corpus")

// TestCorpus holds the corpus against gqlgen's executor, each case in a zoo of its own. With -update it writes the corpus,
// and what changed is there to be read.
func TestCorpus(t *testing.T) {
	t.Parallel()
	cases, err := plantest.Corpus()
	require.NoError(t, err)
	require.GreaterOrEqual(t, len(cases), 120)
	schema := resolver.New().Schema().Schema()
	outcomes := map[string]string{}
	for _, c := range cases {
		outcomes[c.Name] = plantest.Execute(zoo.WithWord(t.Context(), "word"), resolver.New().Schema(), c.Document).Text()
	}
	if *update {
		writeCorpus(t, outcomes)
		return
	}
	for _, c := range cases {
		t.Run(c.Name, func(t *testing.T) {
			t.Parallel()
			_, _, faults := plantest.Prepare(schema, c.Document)
			require.Empty(t, faults, "the document is not valid")
			require.Equal(t, normal(c.Want), normal(outcomes[c.Name]))
		})
	}
}

// normal leaves out which item of a batch was the first to hear of a panic.
func normal(text string) string {
	lines := strings.Split(text, "\n")
	for i, line := range lines {
		if before, _, found := strings.Cut(line, ": batch resolver "); found && strings.Contains(line, "unexpected result type") {
			lines[i] = before + ": " + plantest.Recovered
		}
	}
	return strings.Join(lines, "\n")
}

func writeCorpus(t *testing.T, outcomes map[string]string) {
	t.Helper()
	files, err := filepath.Glob("corpus/*.txtar")
	require.NoError(t, err)
	for _, file := range files {
		archive, err := txtar.ParseFile(file)
		require.NoError(t, err)
		topic := strings.TrimSuffix(filepath.Base(file), ".txtar")
		written := txtar.Archive{Comment: archive.Comment}
		for i, f := range archive.Files {
			name, kind, _ := strings.Cut(f.Name, ".")
			if kind == "want" {
				continue
			}
			written.Files = append(written.Files, f)
			if kind == "graphql" && i+1 < len(archive.Files) && archive.Files[i+1].Name == name+".json" {
				continue
			}
			want := outcomes[topic+"/"+name]
			written.Files = append(written.Files, txtar.File{Name: name + ".want", Data: []byte(normal(want))})
		}
		require.NoError(t, os.WriteFile(file, txtar.Format(&written), 0o600))
	}
}
