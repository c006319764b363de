package main

import (
	"bufio"
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
)

// system is Kirana with the demo stores: kirana dev brings the servers, and kirana serve is asked on them.
type system struct {
	binary  string
	started bool
	dir     string
	running []*program
	// closed is the API as kirana serve runs it by itself. open is the one that takes queries with GET and shows its schema,
	// for the audit of what the protocol allows.
	closed, open string
}

func newSystem(binary string) *system { return &system{binary: binary} }

// start brings everything up, once.
func (s *system) start(ctx context.Context) error {
	if s.started {
		return nil
	}
	s.started = true
	dir, err := os.MkdirTemp("", "kirana-conformance-")
	if err != nil {
		return err
	}
	s.dir = dir
	fmt.Fprintln(os.Stderr, "kirana dev: Postgres, Elasticsearch and the demo stores …")
	if _, err := s.run(ctx, nil, "dev", "--data-dir", dir, "--addr", "127.0.0.1:0"); err != nil {
		return err
	}
	env, err := servers(filepath.Join(dir, "env"))
	if err != nil {
		return err
	}
	if s.closed, err = s.run(ctx, env, "serve", "--addr", "127.0.0.1:0"); err != nil {
		return err
	}
	s.open, err = s.run(ctx, append(env, "KIRANA_GET_QUERIES=true", "KIRANA_INTROSPECTION=always"), "serve", "--addr", "127.0.0.1:0")
	return err
}

// servers reads the addresses that kirana dev leaves for other programs.
func servers(file string) ([]string, error) {
	text, err := os.ReadFile(file)
	if err != nil {
		return nil, err
	}
	var env []string
	for line := range strings.Lines(string(text)) {
		if assignment, ok := strings.CutPrefix(strings.TrimSpace(line), "export "); ok {
			env = append(env, strings.ReplaceAll(assignment, "'", ""))
		}
	}
	return env, nil
}

// program is a kirana that runs until it is stopped.
type program struct {
	cmd  *exec.Cmd
	log  bytes.Buffer
	done chan error
}

// run starts a kirana and returns the address it is ready at.
func (s *system) run(ctx context.Context, env []string, args ...string) (string, error) {
	p := &program{cmd: exec.CommandContext(ctx, s.binary, args...), done: make(chan error, 1)} //nolint:gosec // the program to ask
	p.cmd.Env = append(append(p.cmd.Environ(), "KIRANA_LOG_LEVEL=ERROR"), env...)
	p.cmd.Stderr = &p.log
	p.cmd.Cancel = func() error { return p.cmd.Process.Signal(os.Interrupt) }
	out, err := p.cmd.StdoutPipe()
	if err != nil {
		return "", err
	}
	if err := p.cmd.Start(); err != nil {
		return "", fmt.Errorf("%w (make build makes it)", err)
	}
	s.running = append(s.running, p)
	url := ready(out)
	go func() {
		_, _ = io.Copy(io.Discard, out)
		p.done <- p.cmd.Wait()
	}()
	if url == "" {
		err := <-p.done
		p.done <- nil // it was told of here
		return "", fmt.Errorf("kirana %s was never ready: %w\n%s", args[0], err, p.log.String())
	}
	return url, nil
}

// ready waits for the line that says where a kirana answers; it is empty when the program ends before.
func ready(out io.Reader) string {
	lines := bufio.NewScanner(out)
	for lines.Scan() {
		if url, ok := strings.CutPrefix(lines.Text(), "ready "); ok {
			return url
		}
	}
	return ""
}

// stop ends what was started, last first, and removes its data.
func (s *system) stop() error {
	var errs []error
	for _, p := range slices.Backward(s.running) {
		_ = p.cmd.Process.Signal(os.Interrupt) // it may have ended by itself
		if err := <-p.done; err != nil {
			errs = append(errs, fmt.Errorf("%s: %w\n%s", strings.Join(p.cmd.Args[:2], " "), err, p.log.String()))
		}
	}
	if s.dir != "" {
		errs = append(errs, os.RemoveAll(s.dir))
	}
	return errors.Join(errs...)
}
