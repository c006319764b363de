//go:build unix && !linux

package devstack

import (
	"context"
	"os/exec"
	"strconv"
	"strings"
	"syscall"
)

// childAttr puts a child into its own process group, so that Ctrl-C in a terminal reaches us alone and we end it in
// order. There is no death signal here: a Postgres left behind is ended by the next start.
func childAttr(syscall.Signal) *syscall.SysProcAttr {
	return &syscall.SysProcAttr{Setpgid: true}
}

// intoNamespace does nothing: this system has no user namespaces, and Postgres then says that it won't run as root.
func intoNamespace(*syscall.SysProcAttr) {}

// postgresProcesses finds the postmaster whose data directory is dir. Backends follow their postmaster by themselves.
func postgresProcesses(dir string) []int {
	status, err := readPostmaster(dir)
	if err != nil {
		return nil
	}
	ps := exec.CommandContext(context.Background(), "ps", "-o", "command=", "-p", strconv.Itoa(status.pid))
	command, err := ps.Output()
	if err != nil || !strings.Contains(string(command), "postgres") || !strings.Contains(string(command), dir) {
		return nil
	}
	return []int{status.pid}
}
