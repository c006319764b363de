package devstack_test

import (
	"bufio"
	"context"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/kirana-commerce/kirana/internal/devstack"
)

func startPostgres(t *testing.T, o devstack.PostgresOptions) *devstack.Postgres {
	t.Helper()
	if o.Settings == nil {
		o.Settings = testSettings()
	}
	pg, err := devstack.StartPostgres(limit(t), o)
	require.NoError(t, err)
	t.Cleanup(func() { require.NoError(t, pg.Stop(context.WithoutCancel(t.Context()))) })
	return pg
}

// eventually waits for what another process does.
func eventually(t *testing.T, what string, check func() bool) {
	t.Helper()
	require.Eventually(t, check, time.Minute, 20*time.Millisecond, what)
}

func requireEnded(t *testing.T, done <-chan struct{}) {
	t.Helper()
	select {
	case <-done:
	case <-time.After(time.Minute):
		require.FailNow(t, "the server lives on")
	}
}

// insert adds one row, so that a restart can be seen to have kept it.
func insert(t *testing.T, pg *devstack.Postgres, value string) {
	t.Helper()
	query(t, pg.URL(), "CREATE TABLE IF NOT EXISTS note (text text); INSERT INTO note VALUES ('"+value+"')")
}

func notes(t *testing.T, url string) string {
	t.Helper()
	return strings.Join(query(t, url, "SELECT text FROM note ORDER BY text"), " ")
}

func followed(t *testing.T, pg *devstack.Postgres, want string) {
	t.Helper()
	require.Len(t, pg.ReplicaURLs(), 1)
	eventually(t, "the standby shows the primary's rows", func() bool {
		rows, err := tryQuery(pg.ReplicaURLs()[0], "SELECT text FROM note ORDER BY text")
		return err == nil && strings.Join(rows, " ") == want
	})
}

func TestPostgresKeepsPortAndData(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	first := startPostgres(t, devstack.PostgresOptions{Dir: dir})
	require.Empty(t, first.ReplicaURLs())
	insert(t, first, "kept")
	require.NoError(t, first.Err())
	require.NoError(t, first.Stop(t.Context()))
	require.NoError(t, first.Stop(t.Context()), "a second Stop is harmless")
	requireEnded(t, first.Done())
	require.NoError(t, first.Err(), "an end that was asked for is no error")
	_, err := tryQuery(first.URL(), "SELECT 1")
	require.ErrorIs(t, err, syscall.ECONNREFUSED)

	second := startPostgres(t, devstack.PostgresOptions{Dir: dir})
	require.Equal(t, first.URL(), second.URL())
	require.Equal(t, "kept", notes(t, second.URL()))
}

func TestPostgresSettings(t *testing.T) {
	t.Parallel()
	pg := startPostgres(t, devstack.PostgresOptions{Dir: t.TempDir(), Settings: map[string]string{
		"fsync": "off", "Shared_Buffers": "16MB", "kirana.quoted": `it's a \ and` + "\nmore",
	}})
	for _, test := range []struct{ name, want string }{
		{"wal_level", "logical"},
		{"listen_addresses", "127.0.0.1"},
		{"shared_buffers", "16MB"},
		{"TimeZone", "UTC"},
		{"server_encoding", "UTF8"},
		{"max_connections", "200"},
		{"is_superuser", "on"},
		{"kirana.quoted", `it's a \ and` + "\nmore"},
	} {
		require.Equal(t, []string{test.want}, query(t, pg.URL(), "SHOW "+test.name), test.name)
	}
}

func TestPostgresRefuses(t *testing.T) {
	t.Parallel()
	busy := startPostgres(t, devstack.PostgresOptions{Dir: t.TempDir()})
	where, err := url.Parse(busy.URL())
	require.NoError(t, err)
	port, err := strconv.Atoi(where.Port())
	require.NoError(t, err)
	busyDir := t.TempDir()
	startPostgres(t, devstack.PostgresOptions{Dir: busyDir})
	for _, test := range []struct {
		name string
		o    devstack.PostgresOptions
		want string
	}{
		{"no folder", devstack.PostgresOptions{}, "Dir is empty"},
		{"a folder in use", devstack.PostgresOptions{Dir: busyDir}, "locked by another process"},
		{"a port in use", devstack.PostgresOptions{Dir: t.TempDir(), Port: port}, "is taken"},
		{"a setting of ours", devstack.PostgresOptions{Dir: t.TempDir(), Settings: map[string]string{"Port": "1"}}, "devstack's own"},
		{"a broken name", devstack.PostgresOptions{Dir: t.TempDir(), Settings: map[string]string{"a = 1\nb": "1"}}, "no name"},
		{
			"a setting Postgres refuses",
			devstack.PostgresOptions{Dir: t.TempDir(), Settings: map[string]string{"shared_buffers": "plenty"}},
			"invalid value for parameter \"shared_buffers\"",
		},
	} {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			_, err := devstack.StartPostgres(limit(t), test.o)
			require.ErrorContains(t, err, test.want)
		})
	}
}

func TestPostgresStartIsCalledOff(t *testing.T) {
	t.Parallel()
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	dir := t.TempDir()
	_, err := devstack.StartPostgres(ctx, devstack.PostgresOptions{Dir: dir})
	require.ErrorIs(t, err, context.Canceled)
	startPostgres(t, devstack.PostgresOptions{Dir: dir})
}

func TestPostgresRecoversFromKill(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	first := startPostgres(t, devstack.PostgresOptions{Dir: dir, Standby: true})
	insert(t, first, "committed")
	followed(t, first, "committed")
	require.NoError(t, first.Kill())
	requireEnded(t, first.Done())
	require.ErrorContains(t, first.Err(), "killed")
	require.FileExists(t, filepath.Join(dir, "primary", "postmaster.pid"), "nothing was tidied up")
	require.Equal(t, "committed", notes(t, first.ReplicaURLs()[0]), "the standby serves on")

	second := startPostgres(t, devstack.PostgresOptions{Dir: dir, Standby: true})
	require.Equal(t, first.URL(), second.URL())
	require.Equal(t, "committed", notes(t, second.URL()))
	insert(t, second, "later")
	followed(t, second, "committed later")
	require.NoError(t, first.Stop(t.Context()), "stopping the old one does not touch the new one")
	require.Equal(t, "committed later", notes(t, second.URL()))
}

// A file left behind that names a living process of another program must not stop the start, nor harm that program.
func TestPostgresIgnoresStalePID(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	first := startPostgres(t, devstack.PostgresOptions{Dir: dir})
	require.NoError(t, first.Kill())
	stranger := exec.CommandContext(t.Context(), "sleep", "1000")
	require.NoError(t, stranger.Start())
	ended := make(chan struct{})
	go func() { _ = stranger.Wait(); close(ended) }()
	t.Cleanup(func() { _ = stranger.Process.Kill(); <-ended })
	file := filepath.Join(dir, "primary", "postmaster.pid")
	text, err := os.ReadFile(file)
	require.NoError(t, err)
	_, rest, _ := strings.Cut(string(text), "\n")
	require.NoError(t, os.WriteFile(file, []byte(strconv.Itoa(stranger.Process.Pid)+"\n"+rest), 0o600))

	startPostgres(t, devstack.PostgresOptions{Dir: dir})
	select {
	case <-ended:
		require.FailNow(t, "the stranger was ended")
	default:
	}
}

func TestPostgresTakesOverOrphan(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	first := startPostgres(t, devstack.PostgresOptions{Dir: dir})
	require.NoError(t, first.Stop(t.Context()))
	orphan, err := devstack.StartOrphan(limit(t), dir)
	require.NoError(t, err)
	insert(t, first, "written by the orphan")

	second := startPostgres(t, devstack.PostgresOptions{Dir: dir})
	requireEnded(t, orphan)
	require.Equal(t, first.URL(), second.URL())
	require.Equal(t, "written by the orphan", notes(t, second.URL()))
	log, err := os.ReadFile(filepath.Join(dir, "primary.log"))
	require.NoError(t, err)
	require.NotContains(t, string(log), "not properly shut down", "the orphan was ended in order")
}

// Without user namespaces root has to become somebody else.
func TestPostgresAsAnotherUser(t *testing.T) {
	t.Parallel()
	if os.Geteuid() != 0 {
		t.Skip("only root can become somebody else")
	}
	dir := t.TempDir()
	require.NoError(t, os.Chmod(filepath.Dir(dir), 0o755)) // the test's own folder, closed to others
	for range 2 {                                          // a new folder, and one that is there
		pg, err := devstack.StartPostgresAs(limit(t), devstack.PostgresOptions{Dir: dir, Standby: true, Settings: testSettings()}, "nobody")
		require.NoError(t, err)
		insert(t, pg, "x")
		require.NoError(t, pg.Stop(t.Context()))
	}
	closed := filepath.Join(dir, "closed")
	require.NoError(t, os.Mkdir(closed, 0o700))
	_, err := devstack.StartPostgresAs(limit(t), devstack.PostgresOptions{Dir: filepath.Join(closed, "data")}, "nobody")
	require.ErrorContains(t, err, "chmod o+x "+closed)
}

// TEST_ZONKY=1 adds the download of Postgres itself, for machines that have one installed.
func TestPostgresIsFetched(t *testing.T) {
	t.Parallel()
	if os.Getenv("TEST_ZONKY") != "1" {
		t.Skip("set TEST_ZONKY=1 to download Postgres")
	}
	o := devstack.PostgresOptions{Dir: t.TempDir(), CacheDir: t.TempDir(), Standby: true, Settings: testSettings(), Progress: t.Output()}
	for _, want := range []string{"a", "a b"} {
		pg, err := devstack.StartFetchedPostgres(limit(t), o)
		require.NoError(t, err)
		require.Contains(t, query(t, pg.URL(), "SHOW server_version")[0], "15.15")
		insert(t, pg, want[len(want)-1:])
		followed(t, pg, want)
		require.NoError(t, pg.Stop(t.Context()))
	}
}

func TestStandbyStreams(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	first := startPostgres(t, devstack.PostgresOptions{Dir: dir, Standby: true})
	insert(t, first, "a")
	followed(t, first, "a")
	require.Equal(t, []string{"t"}, query(t, first.ReplicaURLs()[0], "SELECT pg_is_in_recovery()"))
	require.Equal(t, []string{"streaming"}, query(t, first.URL(), "SELECT state FROM pg_stat_replication"))
	require.NoError(t, first.Stop(t.Context()))

	marker := filepath.Join(dir, "standby", "same")
	require.NoError(t, os.WriteFile(marker, nil, 0o600))
	second := startPostgres(t, devstack.PostgresOptions{Dir: dir, Standby: true})
	require.FileExists(t, marker, "a standby that can follow is kept")
	require.Equal(t, first.ReplicaURLs(), second.ReplicaURLs())
	insert(t, second, "b")
	followed(t, second, "a b")
}

func TestStandbyIsMadeAnew(t *testing.T) {
	t.Parallel()
	settings := testSettings()
	settings["wal_keep_size"] = "0"
	settings["min_wal_size"] = "32MB"
	settings["max_wal_size"] = "32MB"
	for _, test := range []struct {
		name string
		harm func(t *testing.T, dir string)
	}{
		{"missing", func(t *testing.T, dir string) {
			t.Helper()
			require.NoError(t, os.RemoveAll(filepath.Join(dir, "standby")))
		}},
		{"broken", func(t *testing.T, dir string) {
			t.Helper()
			require.NoError(t, os.Truncate(filepath.Join(dir, "standby", "global", "pg_control"), 100))
		}},
		{"of another cluster", func(t *testing.T, dir string) {
			t.Helper()
			other := t.TempDir()
			pg := startPostgres(t, devstack.PostgresOptions{Dir: other, Standby: true})
			require.NoError(t, pg.Stop(t.Context()))
			require.NoError(t, os.RemoveAll(filepath.Join(dir, "standby")))
			require.NoError(t, os.Rename(filepath.Join(other, "standby"), filepath.Join(dir, "standby")))
		}},
		{"too far behind", func(t *testing.T, dir string) {
			t.Helper()
			pg := startPostgres(t, devstack.PostgresOptions{Dir: dir, Settings: settings})
			for range 4 {
				query(t, pg.URL(), "CREATE TABLE IF NOT EXISTS bulk (n int); INSERT INTO bulk SELECT generate_series(1, 100000)")
				query(t, pg.URL(), "SELECT pg_switch_wal()")
				query(t, pg.URL(), "CHECKPOINT")
			}
			require.NoError(t, pg.Stop(t.Context()))
		}},
	} {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			dir := t.TempDir()
			first := startPostgres(t, devstack.PostgresOptions{Dir: dir, Standby: true, Settings: settings})
			insert(t, first, "a")
			followed(t, first, "a")
			query(t, first.URL(), "SELECT pg_create_physical_replication_slot('held')")
			require.NoError(t, first.Stop(t.Context()))
			marker := filepath.Join(dir, "standby", "same")
			require.NoError(t, os.WriteFile(marker, nil, 0o600))
			test.harm(t, dir)

			var said strings.Builder
			second := startPostgres(t, devstack.PostgresOptions{Dir: dir, Standby: true, Settings: settings, Progress: &said})
			require.NoFileExists(t, marker)
			require.Contains(t, said.String(), "standby anew")
			require.Equal(t, first.URL(), second.URL())
			insert(t, second, "b")
			followed(t, second, "a b")
			slots := "SELECT slot_name FROM pg_replication_slots"
			require.Equal(t, []string{"held"}, query(t, second.URL(), slots))
			require.Empty(t, query(t, second.ReplicaURLs()[0], slots), "a slot here would hold back WAL for nobody")
		})
	}
}

// Both servers end when the process that started them is killed without a chance to say so.
func TestDeathOfParent(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	self, err := os.Executable()
	require.NoError(t, err)
	parent := exec.CommandContext(limit(t), self)
	parent.Env = append(os.Environ(), parentVariable+"="+dir)
	out, err := parent.StdoutPipe()
	require.NoError(t, err)
	require.NoError(t, parent.Start())
	lines := bufio.NewScanner(out)
	require.True(t, lines.Scan())
	words := strings.Fields(lines.Text())
	require.Equal(t, "up", words[0], lines.Text())
	_, err = tryQuery(words[1], "SELECT 1")
	require.NoError(t, err)
	require.Equal(t, 200, status(t, words[2]))

	require.NoError(t, parent.Process.Kill())
	require.Error(t, parent.Wait())
	eventually(t, "Postgres ends", func() bool { _, err := tryQuery(words[1], "SELECT 1"); return err != nil })
	eventually(t, "Elasticsearch ends", func() bool { return !answers(words[2]) })
	// at once, while the old servers may still be closing
	startPostgres(t, devstack.PostgresOptions{Dir: filepath.Join(dir, "pg")})
	startElasticsearch(t, devstack.ElasticsearchOptions{Dir: filepath.Join(dir, "es")})
}
