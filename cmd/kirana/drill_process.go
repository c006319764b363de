package main

import (
	"errors"
	"fmt"
	"os"
	"os/exec"

	"github.com/kirana-commerce/kirana/indexer/indexertest"
)

// child is this program in a process of its own, in one of its roles.
type child struct {
	program, role string
	environment   []string
	cmd           *exec.Cmd
}

func newChild(role string, environment []string) (*child, error) {
	program, err := os.Executable()
	if err != nil {
		return nil, fmt.Errorf("find this program: %w", err)
	}
	return &child{program: program, role: role, environment: environment}, nil
}

// Start runs it.
func (c *child) Start() error {
	c.cmd = exec.Command(c.program, c.role) //nolint:gosec,noctx // it is this program, and ends by Kill alone
	c.cmd.Env = append(c.cmd.Environ(), c.environment...)
	if err := c.cmd.Start(); err != nil {
		return fmt.Errorf("start kirana %s: %w", c.role, err)
	}
	return nil
}

// Kill sends it signal 9, and waits until it is gone.
func (c *child) Kill() error {
	err := c.cmd.Process.Kill()
	_ = c.cmd.Wait() // how it ended is known
	if errors.Is(err, os.ErrProcessDone) {
		return nil
	}
	return err
}

// drilled is a kirana index that is killed, also in the middle of a request that a fault holds.
type drilled struct {
	*child

	faults *indexertest.Faults
}

// Kill kills it, and lets go of what waited for that.
func (d *drilled) Kill() error {
	err := d.child.Kill()
	d.faults.Spring()
	return err
}
