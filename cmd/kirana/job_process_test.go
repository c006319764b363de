package main

import (
	"bufio"
	"net/http"
	"os"
	"os/exec"
	"strings"
	"syscall"
	"testing"

	"github.com/stretchr/testify/require"
)

// startServe runs kirana serve on a database in a process of its own, until end.
func startServe(t *testing.T, database string) (end func(syscall.Signal)) {
	t.Helper()
	self, err := os.Executable()
	require.NoError(t, err)
	cmd := exec.CommandContext(t.Context(), self, "serve", "--addr=127.0.0.1:0", "--database-url="+database, "--elasticsearch-url=http://127.0.0.1:1", "--jobs=1")
	cmd.Env = append(os.Environ(), "TEST_AS_KIRANA=yes")
	cmd.Stderr = t.Output()
	stdout, err := cmd.StdoutPipe()
	require.NoError(t, err)
	require.NoError(t, cmd.Start())
	ready, err := bufio.NewReader(stdout).ReadString('\n')
	require.NoError(t, err)
	require.Contains(t, ready, "ready ")
	return func(s syscall.Signal) {
		require.NoError(t, cmd.Process.Signal(s))
		err := cmd.Wait()
		if s == syscall.SIGTERM {
			require.NoError(t, err, "it ends in peace")
		}
	}
}

// An import whose process ends in the middle goes on in another one where it stood: the catalogue and the counts are those of
// an import that nothing disturbed, and the job says that it was resumed.
func TestImportSurvivesItsProcess(t *testing.T) {
	t.Parallel()
	const products, bad = 12_000, 3
	rows := strings.SplitAfter(catalogueFile(products), "\n")
	for i, at := range []int{500 * 2, 5000 * 2, 11_000 * 2} { // in what was read before, and after
		rows[1+at] = "bad-" + string(rune('a'+i)) + ",Bad,,,,,x\n" + rows[1+at]
	}
	text := strings.Join(rows, "")
	for name, signal := range map[string]syscall.Signal{"killed": syscall.SIGKILL, "told to end": syscall.SIGTERM} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			o, asha := newShop(t)
			other := asha.in(asha.open(t, "Undisturbed"))
			upload := func(c client) map[string]any {
				var staged struct{ UploadID, URL string }
				c.run(t, "stagedUploadCreate", map[string]any{"filename": "stock.csv", "size": len(text)}, "uploadId url", &staged)
				require.Equal(t, http.StatusNoContent, o.send(t, staged.URL, strings.NewReader(text)).Code)
				return map[string]any{"uploadId": staged.UploadID}
			}
			id := asha.queue(t, upload(asha)).ID

			end := startServe(t, o.database.URL)
			read := func() (read int, state string) {
				require.NoError(t, o.database.SQL.QueryRow(`SELECT read, state FROM jobs ORDER BY id LIMIT 1`).Scan(&read, &state))
				return read, state
			}
			eventually(t, "the import is under way", func() bool {
				n, state := read()
				require.NotEqual(t, "COMPLETED", state)
				return n > 1000
			})
			end(signal)
			n, state := read()
			require.Less(t, n, products)
			if signal == syscall.SIGKILL {
				require.Equal(t, "RUNNING", state, "nobody could say otherwise")
				_, err := o.database.SQL.Exec(`UPDATE jobs SET heartbeat_at = now() - interval '31 seconds'`) // time goes by
				require.NoError(t, err)
			} else {
				require.Equal(t, "QUEUED", state, "the next process goes on at once")
			}
			end = startServe(t, o.database.URL)
			done := asha.finished(t, id)
			end(syscall.SIGTERM)
			require.Equal(t, "COMPLETED", done.State, fault(done))
			require.Equal(t, 1, done.Resumed)
			require.Equal(t, products, done.Counts.Created, "each product is counted once, at the time it went in")
			require.Zero(t, done.Counts.Updated+done.Counts.Unchanged)
			require.Equal(t, bad, done.Counts.Rejected)
			require.Len(t, done.Rejections.Nodes, bad)

			o.clerk(t)
			undisturbed := other.finished(t, other.queue(t, upload(other)).ID)
			require.Equal(t, undisturbed.Counts, done.Counts)
			require.Equal(t, undisturbed.Rejections, done.Rejections, "with the same lines")
			require.Equal(t, other.exported(t), asha.exported(t))
		})
	}
}
