package main

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
)

// oldest is the first Node that all tools run on.
const oldest = 20

// missingError is a program that this machine lacks.
type missingError struct{ what string }

func (e *missingError) Error() string { return e.what }

// node runs the scripts of this folder.
type node struct {
	dir string
	// streamed is set once the clients have driven subscriptions, all of them in one test.
	streamed bool
}

// install brings the tools in, at the versions of the lock file. It does nothing when they are there.
func (n *node) install(ctx context.Context) error {
	if err := n.found(ctx); err != nil {
		return err
	}
	lock, err := os.ReadFile(filepath.Join(n.dir, "package-lock.json"))
	if err != nil {
		return err
	}
	sum := sha256.Sum256(lock)
	want, stamp := hex.EncodeToString(sum[:]), filepath.Join(n.dir, "node_modules", ".installed")
	if got, err := os.ReadFile(stamp); err == nil && string(got) == want {
		return nil
	}
	fmt.Fprintln(os.Stderr, "npm ci: the tools, as locked …")
	cmd := exec.CommandContext(ctx, "npm", "ci", "--ignore-scripts", "--no-audit", "--no-fund")
	cmd.Dir, cmd.Stdout, cmd.Stderr = n.dir, os.Stderr, os.Stderr
	if err := cmd.Run(); err != nil {
		return fmt.Errorf("npm ci: %w", err)
	}
	return os.WriteFile(stamp, []byte(want), 0o600)
}

// found looks for Node and npm.
func (n *node) found(ctx context.Context) error {
	for _, program := range []string{"node", "npm"} {
		if _, err := exec.LookPath(program); err != nil {
			return &missingError{fmt.Sprintf("%s is missing (Debian's packages: nodejs, npm; version %d or later)", program, oldest)}
		}
	}
	out, err := exec.CommandContext(ctx, "node", "--version").Output()
	if err != nil {
		return fmt.Errorf("node --version: %w", err)
	}
	major, _, _ := strings.Cut(strings.TrimPrefix(string(out), "v"), ".")
	if v, err := strconv.Atoi(major); err != nil || v < oldest {
		return &missingError{fmt.Sprintf("node is %s, the tools need %d or later", strings.TrimSpace(string(out)), oldest)}
	}
	return nil
}

// version is the installed version of a package.
func (n *node) version(name string) string {
	var p struct {
		Version string `json:"version"`
	}
	text, err := os.ReadFile(filepath.Join(n.dir, "node_modules", filepath.FromSlash(name), "package.json"))
	if err == nil {
		err = json.Unmarshal(text, &p)
	}
	if err != nil {
		return "?"
	}
	return p.Version
}

// run runs a script to its end and returns what it printed.
func (n *node) run(ctx context.Context, stdin io.Reader, script string, args ...string) ([]byte, error) {
	cmd := exec.CommandContext(ctx, "node", append([]string{script}, args...)...) //nolint:gosec // the scripts are ours
	var out, fault bytes.Buffer
	cmd.Dir, cmd.Stdin, cmd.Stdout, cmd.Stderr = n.dir, stdin, &out, &fault
	if err := cmd.Run(); err != nil {
		return nil, fmt.Errorf("node %s: %w\n%s", script, err, fault.String())
	}
	return out.Bytes(), nil
}

// script runs a script that prints its checks.
func (n *node) script(ctx context.Context, stdin io.Reader, script string, args ...string) ([]check, error) {
	out, err := n.run(ctx, stdin, script, args...)
	if err != nil {
		return nil, err
	}
	var checks []check
	if err := json.Unmarshal(out, &checks); err != nil {
		return nil, fmt.Errorf("node %s printed no checks: %w", script, err)
	}
	return checks, nil
}

// streams are the checks of a client on subscriptions. The API has none so far, so the server is that of a test, with the
// same handler over a schema that has some.
func (n *node) streams(ctx context.Context, client string) ([]check, error) {
	dir, err := filepath.Abs(n.dir)
	if err != nil {
		return nil, err
	}
	if !n.streamed {
		cmd := exec.CommandContext(ctx, "go", "test", "./graph", "-run", "^TestSubscriptionClients$", "-count=1")
		cmd.Env = append(cmd.Environ(), "TEST_CLIENTS="+dir)
		if out, err := cmd.CombinedOutput(); err != nil {
			return nil, fmt.Errorf("go test ./graph: %w\n%s", err, out)
		}
		n.streamed = true
	}
	var checks []check
	return checks, readJSON(filepath.Join(dir, "out", client+"-streams.json"), &checks)
}
