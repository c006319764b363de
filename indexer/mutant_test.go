package indexer_test

import (
	"encoding/json"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/kirana-commerce/kirana/search/searchtest"
)

// mutant is the program with one of its rules left out. It is made by the compiler (go test -overlay), so that the program itself needs no
// switch, no seam and no second implementation to be wrong with, and what is broken is the very code that ships.
type mutant struct {
	file string // from the module's root
	// changes are texts that stand in the file once, each with what takes its place.
	changes [][2]string
}

func mutants() map[string]mutant {
	return map[string]mutant{
		"no gate": {"db/document.go", [][2]string{
			{"if err == nil && !seen {", "if err == nil && !seen && len(xids) < 0 {"},
		}},
		"the first change's position as version": {"internal/cdc/session.go", [][2]string{
			{"open    bool ", "at, first Position; open bool "},
			{"&& data[0] == 'w':", "&& data[0] == 'w':\n\t\ts.at = Position(binary.BigEndian.Uint64(data[1:]))"},
			{"s.open = true", "s.open, s.first = true, s.at"},
			{"s.handler.Commit(end, release)", "s.handler.Commit(s.first, release)"},
		}},
		"the maximum acknowledged": {"internal/cdc/ring.go", [][2]string{
			{"r.at(ticket).done = true", "r.at(ticket).done = true\n\tr.confirmed = max(r.confirmed, r.at(ticket).end)"},
			{"r.confirmed = r.at(r.first).end", "r.confirmed = max(r.confirmed, r.at(r.first).end)"},
		}},
		"a document for a row that is gone": {"indexer/build.go", [][2]string{
			{"items[i] = newItem(", "if docs[r] == nil {\n\t\t\tdocs[r] = &commerce.ProductDocument{Ref: r}\n\t\t}\n\t\titems[i] = newItem("},
		}},
		"refused items forgotten": {"indexer/bulk.go", [][2]string{
			{"out.left.add(it, r)", "_ = it"},
		}},
	}
}

// mutate returns the file's text with the changes.
func (m mutant) mutate(t *testing.T) string {
	t.Helper()
	text, err := os.ReadFile(filepath.Join("..", m.file))
	require.NoError(t, err)
	changed := string(text)
	for _, c := range m.changes {
		require.Equal(t, 1, strings.Count(changed, c[0]), "%s has changed: %q stands in it once no more; say anew how to break it", m.file, c[0])
		changed = strings.Replace(changed, c[0], c[1], 1)
	}
	return changed
}

// TestTheModelCatchesMutants runs the model on programs that are wrong, each in one way that has been seen elsewhere. The model has to find
// drift in all of them. It takes minutes, so it is left to TEST_MUTANTS=1; that the mutants can still be made is always looked at.
func TestTheModelCatchesMutants(t *testing.T) { //nolint:tparallel // a run of the model takes the whole machine
	t.Parallel()
	for name, m := range mutants() {
		t.Run(name, func(t *testing.T) {
			changed := m.mutate(t)
			if os.Getenv("TEST_MUTANTS") == "" {
				return
			}
			out := m.run(t, changed)
			require.Contains(t, out, "the index differs from the database", "the mutant was not caught")
			for line := range strings.Lines(out) {
				if strings.Contains(line, "model_test.go") && !strings.Contains(line, "Error Trace") {
					t.Log(strings.TrimSpace(line))
				}
			}
		})
	}
}

// run runs the model on the mutant and returns what it said.
func (m mutant) run(t *testing.T, changed string) string {
	t.Helper()
	root, err := filepath.Abs("..")
	require.NoError(t, err)
	file := filepath.Join(t.TempDir(), "mutant.go")
	require.NoError(t, os.WriteFile(file, []byte(changed), 0o600))
	overlay, err := json.Marshal(map[string]map[string]string{"Replace": {filepath.Join(root, m.file): file}})
	require.NoError(t, err)
	list := filepath.Join(t.TempDir(), "overlay.json")
	require.NoError(t, os.WriteFile(list, overlay, 0o600))
	cmd := exec.CommandContext(t.Context(), "go", "test", "-overlay", list, "-vet=off", "-count=1", "-run", "^TestModel$", "./indexer")
	cmd.Dir = root
	cmd.Env = append(cmd.Environ(), "TEST_ELASTICSEARCH_URL="+searchtest.Server(t), "TEST_MODEL_TIME=3m", "TEST_MUTANTS=")
	out, _ := cmd.CombinedOutput() // that it fails is what is hoped for
	return string(out)
}
