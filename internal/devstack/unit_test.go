package devstack

import (
	"context"
	"errors"
	"io"
	"net"
	"os"
	"os/user"
	"path/filepath"
	"strconv"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"
)

func TestParsePostmaster(t *testing.T) {
	t.Parallel()
	full := "42\n/data\n1700000000\n5432\n\n127.0.0.1\n  1 2\n"
	for _, test := range []struct {
		name, text string
		want       postmaster
		fault      string
	}{
		{"ready", full + "ready   \n", postmaster{pid: 42, ready: true}, ""},
		{"starting", full + "starting\n", postmaster{pid: 42}, ""},
		{"stopping", full + "stopping\n", postmaster{pid: 42}, ""},
		{"half written", "42\n/data\n", postmaster{pid: 42}, ""},
		{"empty", "", postmaster{}, "no process number"},
		{"single-user mode", "-42\n/data\n", postmaster{}, "no process number"},
	} {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			got, err := parsePostmaster(test.text)
			require.Equal(t, test.want, got)
			if test.fault != "" {
				require.ErrorContains(t, err, test.fault)
				return
			}
			require.NoError(t, err)
		})
	}
}

func TestParseVersion(t *testing.T) {
	t.Parallel()
	for _, test := range []struct {
		text         string
		major, minor int
	}{
		{"postgres (PostgreSQL) 15.15 (Debian 15.15-0+deb12u1)\n", 15, 15},
		{"postgres (PostgreSQL) 18.0\n", 18, 0},
		{"postgres (PostgreSQL) 19beta1\n", 19, 0},
	} {
		major, minor, err := parseVersion(test.text)
		require.NoError(t, err)
		require.Equal(t, []int{test.major, test.minor}, []int{major, minor}, test.text)
	}
	_, _, err := parseVersion("mysqld 8")
	require.Error(t, err)
}

func TestNewest(t *testing.T) {
	t.Parallel()
	all := []binaries{{"a", 14, 20}, {"b", 15, 9}, {"c", 15, 15}, {"d", 17, 2}, {"e", 16, 8}}
	for _, test := range []struct {
		want int
		dir  string
	}{{0, "d"}, {15, "c"}, {16, "e"}, {14, ""}, {18, ""}} {
		got, ok := newest(all, test.want)
		require.Equal(t, test.dir, got.dir)
		require.Equal(t, test.dir != "", ok)
	}
}

func TestMajorIsMet(t *testing.T) {
	t.Parallel()
	_, err := findBinaries(t.Context(), 99, t.TempDir(), reporter{})
	require.ErrorContains(t, err, "made by Postgres 99")
}

func TestParseDownload(t *testing.T) {
	t.Parallel()
	for _, test := range []struct {
		line string
		want float64
		ok   bool
	}{
		{"[INFO] Downloaded from central: https://host/a/b-1.jar (14 MB at 12 MB/s)", 14e6, true},
		{"Downloaded from central: https://host/a/b-1.jar (1.5 kB at 7 kB/s)", 1500, true},
		{"Downloaded from x: https://host/a/b-1.jar (12 B at 7 B/s)", 12, true},
		{"Downloaded from central: https://host/a/b-1.pom (1.5 kB at 7 kB/s)", 0, false},
		{"Downloading from central: https://host/a/b-1.jar", 0, false},
		{"Downloaded from central: https://host/a/b-1.jar (1.2.3 MB at 7 kB/s)", 0, false},
	} {
		got, ok := parseDownload(test.line)
		require.InDelta(t, test.want, got, 1e-6, test.line)
		require.Equal(t, test.ok, ok, test.line)
	}
}

func TestParseReady(t *testing.T) {
	t.Parallel()
	for _, test := range []struct {
		text string
		want int
		ok   bool
	}{
		{"warning\nREADY http://127.0.0.1:9200\nmore", 9200, true},
		{"READY http://127.0.0.1:92", 0, false}, // the rest of the line is still to come
		{"NOT READY http://127.0.0.1:9200\n", 0, false},
		{"", 0, false},
	} {
		got, ok := parseReady(test.text)
		require.Equal(t, test.want, got, test.text)
		require.Equal(t, test.ok, ok, test.text)
	}
}

func TestFollowFault(t *testing.T) {
	t.Parallel()
	log := "LOG:  started streaming WAL from primary\nFATAL:  requested WAL segment 00 has already been removed\nLOG:  x\n"
	require.Equal(t, "FATAL:  requested WAL segment 00 has already been removed", followFault([]byte(log)))
	require.Empty(t, followFault([]byte("LOG:  started streaming WAL from primary\n")))
}

// However the text is cut into writes, the lines are the same.
func TestLineWriter(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		parts := rapid.SliceOf(rapid.StringMatching(`[ab\n]{0,5}`)).Draw(t, "parts")
		var got strings.Builder
		w := &lineWriter{each: func(line string) { got.WriteString(line + "\n") }}
		for _, part := range parts {
			_, err := io.WriteString(w, part)
			require.NoError(t, err)
		}
		text := strings.Join(parts, "")
		require.Equal(t, text[:strings.LastIndexByte(text, '\n')+1], got.String())
	})
}

func TestChoosePort(t *testing.T) {
	t.Parallel()
	kept := filepath.Join(t.TempDir(), "port")
	require.Zero(t, lastPort(kept), "none was kept")
	port, err := choosePort(0, kept)
	require.NoError(t, err)
	require.NoError(t, writePort(kept, port))
	again, err := choosePort(0, kept)
	require.NoError(t, err)
	require.Equal(t, port, again)

	taken, err := net.Listen("tcp", "127.0.0.1:"+strconv.Itoa(port))
	require.NoError(t, err)
	t.Cleanup(func() { _ = taken.Close() })
	other, err := choosePort(0, kept)
	require.NoError(t, err)
	require.NotEqual(t, port, other)
	_, err = choosePort(port, kept)
	require.ErrorContains(t, err, "is taken")

	require.NoError(t, os.WriteFile(kept, []byte("70000"), 0o600))
	require.Zero(t, lastPort(kept), "nonsense is no port")
}

func TestFileLock(t *testing.T) {
	t.Parallel()
	path := filepath.Join(t.TempDir(), "lock")
	first, err := tryLock(path)
	require.NoError(t, err)
	_, err = tryLock(path)
	require.ErrorIs(t, err, errLocked)

	told := 0
	ctx, cancel := context.WithCancelCause(t.Context())
	called := errors.New("called off")
	_, err = awaitLock(ctx, path, func() { told++; cancel(called) })
	require.ErrorIs(t, err, called)
	require.Equal(t, 1, told)

	second, err := awaitLock(t.Context(), path, first.release)
	require.NoError(t, err)
	first.release() // again, which must not let go of the second
	_, err = tryLock(path)
	require.ErrorIs(t, err, errLocked)
	second.release()
}

func TestCopyTree(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	src, dst := filepath.Join(dir, "src"), filepath.Join(dir, "dst")
	require.NoError(t, os.MkdirAll(filepath.Join(src, "in", "empty"), 0o700))
	require.NoError(t, os.WriteFile(filepath.Join(src, "in", "file"), []byte("x"), 0o600))
	require.NoError(t, os.WriteFile(filepath.Join(src, "out"), nil, 0o600))
	require.NoError(t, os.Symlink("in/file", filepath.Join(src, "link")))
	require.NoError(t, os.Mkdir(dst+".part", 0o700), "left by a killed run")
	require.NoError(t, copyTree(src, dst, func(rel string) bool { return rel == "out" }))
	text, err := os.ReadFile(filepath.Join(dst, "link"))
	require.NoError(t, err)
	require.Equal(t, "x", string(text))
	require.DirExists(t, filepath.Join(dst, "in", "empty"))
	require.NoFileExists(t, filepath.Join(dst, "out"))
	require.NoFileExists(t, dst+".part")
	info, err := os.Stat(filepath.Join(dst, "in"))
	require.NoError(t, err)
	require.Equal(t, os.FileMode(0o700), info.Mode().Perm())
}

func TestOpenLogKeepsOnlyTheLast(t *testing.T) {
	t.Parallel()
	path := filepath.Join(t.TempDir(), "log")
	for _, line := range []string{"first", "second", "third"} {
		file, err := openLog(path)
		require.NoError(t, err)
		_, err = file.WriteString(line)
		require.NoError(t, err)
		require.NoError(t, file.Close())
	}
	require.Equal(t, "third", string(readLog(path)))
	require.Equal(t, "second", string(readLog(path+".1")))
	require.Contains(t, logEnd(path), "third")
}

func TestAccountReach(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	closed := filepath.Join(dir, "closed")
	require.NoError(t, os.Mkdir(closed, 0o700))
	other := account{drop: &user.User{Username: "somebody"}}
	require.ErrorContains(t, other.reach(filepath.Join(closed, "data")), "chmod o+x "+closed)
	require.NoError(t, account{}.reach(filepath.Join(closed, "data")), "we may enter our own")
	require.NoError(t, other.reach("/usr"))
}

func FuzzParsers(f *testing.F) {
	for _, seed := range []string{
		"42\n\n\n\n\n\n\nready\n", "postgres (PostgreSQL) 15.15", "9200", "READY http://127.0.0.1:9200\n",
		"Downloaded from central: https://host/b.jar (14 MB at 12 MB/s)",
	} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, text string) {
		if status, err := parsePostmaster(text); err == nil {
			require.Positive(t, status.pid)
		}
		if major, minor, err := parseVersion(text); err == nil {
			require.Contains(t, text, "(PostgreSQL) ")
			require.GreaterOrEqual(t, major, 0)
			require.GreaterOrEqual(t, minor, 0)
		}
		if port, err := parsePort(text); err == nil {
			again, err := parsePort(strconv.Itoa(port))
			require.NoError(t, err)
			require.Equal(t, port, again)
			require.Less(t, port, 1<<16)
		}
		if port, ok := parseReady(text); ok {
			require.Positive(t, port)
		}
		if size, ok := parseDownload(text); ok {
			require.GreaterOrEqual(t, size, 0.0)
		}
	})
}
