package main

import (
	"errors"
	"fmt"
	"os"
	"os/exec"

	"github.com/kirana-commerce/kirana/indexer/indexertest"
)

// drilled is a kirana index in a process of its own, which is killed.
type drilled struct {
	program     string
	environment []string
	faults      *indexertest.Faults
	cmd         *exec.Cmd
}

// Start runs it.
func (d *drilled) Start() error {
	d.cmd = exec.Command(d.program, "index") //nolint:gosec,noctx // it is this program, and ends by Kill alone
	d.cmd.Env = append(d.cmd.Environ(), d.environment...)
	if err := d.cmd.Start(); err != nil {
		return fmt.Errorf("start the indexer: %w", err)
	}
	return nil
}

// Kill sends it signal 9, and waits until it is gone.
func (d *drilled) Kill() error {
	err := d.cmd.Process.Kill()
	_ = d.cmd.Wait() // how it ended is known
	d.faults.Spring()
	if errors.Is(err, os.ErrProcessDone) {
		return nil
	}
	return err
}
