package devstack

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"syscall"
	"time"
)

const (
	fastStopLimit      = 30 * time.Second // clients get that long to take in the WAL they are being sent
	immediateStopLimit = 5 * time.Second
)

var errPortTaken = errors.New("its port is taken")

// server is one Postgres server: the primary or the standby.
type server struct {
	name        string // for people: "primary" or "standby"
	dir, log    string
	port        int
	primaryPort int // 0: this is the primary
	bin         binaries
	as          account
	proc        *process // nil before the first start
}

// start starts the server and waits until it takes connections. Recovery after a crash has no time limit but ctx's.
func (s *server) start(ctx context.Context, extra map[string]string) error {
	if err := s.writeConfig(extra); err != nil {
		return err
	}
	if err := s.as.own(s.dir); err != nil {
		return err
	}
	log, err := openLog(s.log)
	if err != nil {
		return err
	}
	defer func() { _ = log.Close() }() // the server has its own descriptor
	// not ctx: it limits the start, not the server's life
	cmd := exec.CommandContext(context.WithoutCancel(ctx), s.bin.postgres(), "-D", s.dir)
	cmd.Env = postgresEnv()
	cmd.Dir = s.dir
	cmd.Stdout, cmd.Stderr = log, log
	cmd.SysProcAttr = s.as.attr(syscall.SIGINT)
	if s.proc, err = startProcess(cmd); err != nil {
		return err
	}
	return s.awaitReady(ctx)
}

func (s *server) awaitReady(ctx context.Context) error {
	err := poll(ctx, 20*time.Millisecond, func() (bool, error) {
		if s.proc.ended() {
			return false, s.failure()
		}
		status, err := readPostmaster(s.dir)
		// no file, or half a file, or the last run's: not ready yet
		return err == nil && status.pid == s.proc.cmd.Process.Pid && status.ready, nil
	})
	if err != nil && !s.proc.ended() {
		return fmt.Errorf("the %s was not ready in time: %w; %s", s.name, err, logEnd(s.log))
	}
	return err
}

// failure says why the ended server ended.
func (s *server) failure() error {
	if strings.Contains(string(readLog(s.log)), "Address already in use") {
		return fmt.Errorf("the Postgres %s could not start on port %d: %w", s.name, s.port, errPortTaken)
	}
	return fmt.Errorf("the Postgres %s ended (%s); %s", s.name, s.proc.end(), logEnd(s.log))
}

// stop ends the server: in order (fast: clients are cut off, everything is written), then at once (it recovers at its
// next start), then by force. Only the first way returns no error.
func (s *server) stop(ctx context.Context) error {
	if s.proc == nil || s.proc.ended() {
		return nil
	}
	if err := s.proc.signal(syscall.SIGINT); err != nil {
		return err
	}
	if s.endsWithin(ctx, fastStopLimit) {
		return nil
	}
	if err := s.proc.signal(syscall.SIGQUIT); err != nil {
		return err
	}
	if !s.endsWithin(context.WithoutCancel(ctx), immediateStopLimit) {
		if err := s.kill(); err != nil {
			return err
		}
	}
	return fmt.Errorf("the Postgres %s did not shut down in order in time and was stopped at once: it recovers at its next start", s.name)
}

func (s *server) endsWithin(ctx context.Context, limit time.Duration) bool {
	ctx, cancel := context.WithTimeout(ctx, limit)
	defer cancel()
	select {
	case <-s.proc.done:
		return true
	case <-ctx.Done():
		return s.proc.ended()
	}
}

// kill ends the server and all its backends without a chance to write anything, and waits until they are gone: a
// backend that lives on holds the shared memory, and with it off the next start.
func (s *server) kill() error {
	if s.proc == nil || s.proc.ended() {
		return nil
	}
	// the postmaster first, or it would start new ones
	if err := s.proc.signal(syscall.SIGKILL); err != nil {
		return err
	}
	<-s.proc.done
	return killAll(context.Background(), s.dir)
}

// killAll kills what is left of the Postgres in dir.
func killAll(ctx context.Context, dir string) error {
	ctx, cancel := context.WithTimeout(ctx, 10*time.Second)
	defer cancel()
	err := poll(ctx, 10*time.Millisecond, func() (bool, error) {
		pids := postgresProcesses(dir)
		for _, pid := range pids {
			if err := syscall.Kill(pid, syscall.SIGKILL); err != nil && !errors.Is(err, syscall.ESRCH) {
				return false, fmt.Errorf("kill process %d: %w", pid, err)
			}
		}
		return len(pids) == 0, nil
	})
	if err != nil {
		return fmt.Errorf("kill the Postgres in %s: %w", dir, err)
	}
	return nil
}

// endLeftover ends the server that a killed run left in this folder. The caller holds the folder's lock, so no live
// run can own it. A process of another program that got the dead server's number does not count; for it, the file
// with the number is removed, at which Postgres would stumble.
func (s *server) endLeftover(ctx context.Context) error {
	status, err := readPostmaster(s.dir)
	if err == nil && slices.Contains(postgresProcesses(s.dir), status.pid) {
		if syscall.Kill(status.pid, syscall.SIGINT) == nil {
			s.awaitLeftover(ctx)
		}
	}
	if err := killAll(ctx, s.dir); err != nil {
		return err
	}
	if err := os.Remove(filepath.Join(s.dir, "postmaster.pid")); err != nil && !errors.Is(err, os.ErrNotExist) {
		return fmt.Errorf("remove the file of a dead server: %w", err)
	}
	return nil
}

// awaitLeftover gives a leftover the time for an orderly end; what is still there afterwards is killed anyway.
func (s *server) awaitLeftover(ctx context.Context) {
	ctx, cancel := context.WithTimeout(ctx, fastStopLimit)
	defer cancel()
	_ = poll(ctx, 20*time.Millisecond, func() (bool, error) { return len(postgresProcesses(s.dir)) == 0, nil })
}

// postmaster is what a running server writes about itself.
type postmaster struct {
	pid   int
	ready bool
}

func readPostmaster(dir string) (postmaster, error) {
	text, err := os.ReadFile(filepath.Join(dir, "postmaster.pid"))
	if err != nil {
		return postmaster{}, fmt.Errorf("read the server's status: %w", err)
	}
	return parsePostmaster(string(text))
}

// parsePostmaster reads the file postmaster.pid as pg_ctl does: line 1 is the process, line 8 the state.
func parsePostmaster(text string) (postmaster, error) {
	lines := strings.Split(text, "\n")
	pid, err := strconv.Atoi(strings.TrimSpace(lines[0]))
	if err != nil || pid <= 0 {
		return postmaster{}, fmt.Errorf("no process number in postmaster.pid: %q", lines[0])
	}
	if len(lines) < 8 {
		return postmaster{pid: pid}, nil
	}
	return postmaster{pid: pid, ready: strings.TrimSpace(lines[7]) == "ready"}, nil
}
