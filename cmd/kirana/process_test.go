package main

import (
	"bufio"
	"context"
	"database/sql"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"testing"

	"github.com/stretchr/testify/require"
)

// binaryDev is a kirana dev in a process of its own, which can be killed.
type binaryDev struct {
	dev
	process *os.Process
	done    chan struct{}
}

func startBinary(tb testing.TB, binary, data string, args ...string) *binaryDev {
	tb.Helper()
	cmd := exec.Command(binary, append([]string{"dev", "--data-dir", data, "--addr", "127.0.0.1:0"}, args...)...)
	stdout, err := cmd.StdoutPipe()
	require.NoError(tb, err)
	var log strings.Builder
	cmd.Stderr = &log
	require.NoError(tb, cmd.Start())
	b := &binaryDev{process: cmd.Process, done: make(chan struct{})}
	tb.Cleanup(func() {
		_ = b.process.Signal(os.Interrupt)
		<-b.done
	})
	lines := bufio.NewScanner(stdout)
	for lines.Scan() {
		if url, ok := strings.CutPrefix(lines.Text(), "ready "); ok {
			b.url = strings.TrimSuffix(url, "/graphql")
			break
		}
	}
	go func() {
		_, _ = io.Copy(io.Discard, stdout)
		_ = cmd.Wait()
		close(b.done)
	}()
	if b.url == "" {
		<-b.done
		require.FailNow(tb, "kirana dev was never ready", log.String())
	}
	return b
}

// killServer kills a server that kirana dev started, found by the folder it runs in.
func killServer(tb testing.TB, data, name string) {
	tb.Helper()
	if name == "postgres" {
		pidFile, err := os.ReadFile(filepath.Join(data, "postgres", "primary", "postmaster.pid"))
		require.NoError(tb, err)
		first, _, _ := strings.Cut(string(pidFile), "\n")
		pid, err := strconv.Atoi(first)
		require.NoError(tb, err)
		require.NoError(tb, syscall.Kill(pid, syscall.SIGKILL))
		return
	}
	dirs, err := filepath.Glob("/proc/[0-9]*/cmdline")
	require.NoError(tb, err)
	for _, path := range dirs {
		cmdline, err := os.ReadFile(path)
		if err != nil || !strings.Contains(string(cmdline), filepath.Join(data, name)) || !strings.Contains(string(cmdline), "DevNode") {
			continue
		}
		pid, err := strconv.Atoi(filepath.Base(filepath.Dir(path)))
		require.NoError(tb, err)
		require.NoError(tb, syscall.Kill(pid, syscall.SIGKILL))
		return
	}
	require.FailNow(tb, "no process of "+name)
}

func tryExecSQL(url, text string) error {
	conn, err := sql.Open("postgres", url)
	if err != nil {
		return err
	}
	defer conn.Close() //nolint:errcheck // the statement has been answered
	_, err = conn.ExecContext(context.Background(), text)
	return err
}

func execSQL(tb testing.TB, url, text string) {
	tb.Helper()
	require.NoError(tb, tryExecSQL(url, text))
}
