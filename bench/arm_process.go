package main

import (
	"bufio"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"os"
	"os/exec"
	"strings"
	"time"
)

// armProcess is a running arm.
type armProcess struct {
	cmd         *exec.Cmd
	stdin       io.Closer
	addr, admin string
	client      http.Client
}

// startArm runs this program again as an arm, on two threads, and waits until it serves.
func startArm(ctx context.Context, engine, source string) (*armProcess, error) {
	self, err := os.Executable()
	if err != nil {
		return nil, err
	}
	cmd := exec.CommandContext(ctx, self, "arm", engine, source) //nolint:gosec // the program is this one
	cmd.Env = append(cmd.Environ(), "GOMAXPROCS=2")
	cmd.Stderr = os.Stderr
	stdin, err := cmd.StdinPipe()
	if err != nil {
		return nil, err
	}
	stdout, err := cmd.StdoutPipe()
	if err != nil {
		return nil, err
	}
	if err := cmd.Start(); err != nil {
		return nil, err
	}
	p := &armProcess{cmd: cmd, stdin: stdin, client: http.Client{Transport: &http.Transport{}, Timeout: 10 * time.Second}}
	line, err := bufio.NewReader(stdout).ReadString('\n')
	if words := strings.Fields(line); len(words) == 3 && words[0] == "ready" {
		p.addr, p.admin = words[1], words[2]
		return p, nil
	}
	return nil, errors.Join(fmt.Errorf("the arm %s did not start: it said %q: %w", engine, line, err), p.stop())
}

// stop ends the arm by ending its standard input.
func (p *armProcess) stop() error {
	p.client.CloseIdleConnections()
	return errors.Join(p.stdin.Close(), p.cmd.Wait())
}

// counters asks the arm what it has used so far.
func (p *armProcess) counters(ctx context.Context) (counters, error) {
	var c counters
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, "http://"+p.admin, nil)
	if err != nil {
		return c, err
	}
	res, err := p.client.Do(req)
	if err != nil {
		return c, err
	}
	defer res.Body.Close()
	return c, json.NewDecoder(res.Body).Decode(&c)
}
