package devstack

import (
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
)

// childAttr puts a child into its own process group, so that Ctrl-C in a terminal reaches us alone and we end it in
// order, and lets the kernel send it sig should we die first.
func childAttr(sig syscall.Signal) *syscall.SysProcAttr {
	return &syscall.SysProcAttr{Setpgid: true, Pdeathsig: sig}
}

// intoNamespace starts the child in a user namespace in which it is an ordinary user (1000) and yet is us outside:
// Postgres, which refuses to run as root, runs, and no file changes its owner.
func intoNamespace(attr *syscall.SysProcAttr) {
	attr.Cloneflags |= syscall.CLONE_NEWUSER
	attr.UidMappings = []syscall.SysProcIDMap{{ContainerID: 1000, HostID: os.Geteuid(), Size: 1}}
	attr.GidMappings = []syscall.SysProcIDMap{{ContainerID: 1000, HostID: os.Getegid(), Size: 1}}
}

// postgresProcesses finds the processes of a Postgres whose data directory is dir. They all have it as their working
// directory, backends whose postmaster was killed too; the name keeps out a shell that happens to stand there.
func postgresProcesses(dir string) []int {
	links, _ := filepath.Glob("/proc/[0-9]*/cwd") // the pattern is well-formed: Glob has no other error
	var pids []int
	for _, link := range links {
		// processes that are not ours to look at, or are gone by now, are none of this folder's
		if cwd, err := os.Readlink(link); err != nil || cwd != dir {
			continue
		}
		proc := filepath.Dir(link)
		name, err := os.ReadFile(filepath.Join(proc, "comm"))
		if err != nil || strings.TrimSpace(string(name)) != "postgres" {
			continue
		}
		if pid, err := strconv.Atoi(filepath.Base(proc)); err == nil {
			pids = append(pids, pid)
		}
	}
	return pids
}
