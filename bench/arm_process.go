package main

import (
	"bufio"
	"bytes"
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
	log         bytes.Buffer // to be read when the process has ended
}

// startArm runs this program again as an arm, on two threads, and waits until it serves.
func startArm(ctx context.Context, engine, source string) (*armProcess, error) {
	self, err := os.Executable()
	if err != nil {
		return nil, err
	}
	cmd := exec.CommandContext(ctx, self, "arm", engine, source) //nolint:gosec // the program is this one
	cmd.Env = append(cmd.Environ(), "GOMAXPROCS=2")
	return start(cmd)
}

// start runs a program that says where it serves and where its counters are, and ends when its standard input does.
func start(cmd *exec.Cmd) (*armProcess, error) {
	p := &armProcess{cmd: cmd, client: http.Client{Transport: &http.Transport{}, Timeout: 10 * time.Second}}
	cmd.Stderr = &p.log
	var err error
	if p.stdin, err = cmd.StdinPipe(); err != nil {
		return nil, err
	}
	stdout, err := cmd.StdoutPipe()
	if err != nil {
		return nil, err
	}
	if err := cmd.Start(); err != nil {
		return nil, err
	}
	line, err := bufio.NewReader(stdout).ReadString('\n')
	if words := strings.Fields(line); len(words) == 3 && words[0] == "ready" {
		p.addr, p.admin = words[1], words[2]
		return p, nil
	}
	stopErr := p.stop()
	return nil, errors.Join(fmt.Errorf("%s did not start: it said %q: %w", strings.Join(cmd.Args, " "), line, err), stopErr)
}

// stop ends the arm by ending its standard input.
func (p *armProcess) stop() error {
	p.client.CloseIdleConnections()
	err := errors.Join(p.stdin.Close(), p.cmd.Wait())
	if err != nil {
		err = fmt.Errorf("%w\n%s", err, p.log.Bytes())
	}
	return err
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
