package main

import (
	"fmt"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"time"
)

// processTime is what Linux says of a process's CPU time: its own, and that of its children which have ended.
type processTime struct {
	parent     int
	own, ended time.Duration
}

// tick is the unit of times in /proc, which is the same on every Linux.
const tick = 10 * time.Millisecond

// parseStat reads the text of /proc/<pid>/stat. The name in it may hold anything, also spaces and brackets.
func parseStat(text string) (processTime, error) {
	fields := strings.Fields(text[strings.LastIndexByte(text, ')')+1:])
	const parent, user, system, endedUser, endedSystem = 1, 11, 12, 13, 14
	if len(fields) <= endedSystem {
		return processTime{}, fmt.Errorf("%.80q does not tell of a process", text)
	}
	var n [endedSystem + 1]int64
	for _, i := range []int{parent, user, system, endedUser, endedSystem} {
		var err error
		if n[i], err = strconv.ParseInt(fields[i], 10, 64); err != nil {
			return processTime{}, err
		}
	}
	return processTime{
		parent: int(n[parent]), own: time.Duration(n[user]+n[system]) * tick, ended: time.Duration(n[endedUser]+n[endedSystem]) * tick,
	}, nil
}

// treeTime is the CPU time that a process and its children have used, those that have ended included.
func treeTime(root int) (time.Duration, error) {
	text, err := os.ReadFile(statOf(strconv.Itoa(root)))
	if err != nil {
		return 0, err
	}
	p, err := parseStat(string(text))
	if err != nil {
		return 0, err
	}
	total := p.own + p.ended
	all, err := filepath.Glob("/proc/[0-9]*/stat")
	if err != nil {
		return 0, err
	}
	for _, path := range all {
		text, err := os.ReadFile(path)
		if err != nil {
			continue // it has just ended
		}
		if p, err := parseStat(string(text)); err == nil && p.parent == root {
			total += p.own + p.ended
		}
	}
	return total, nil
}

func statOf(pid string) string { return filepath.Join("/proc", pid, "stat") }

// postmaster is the process id of the Postgres whose data lies in dir.
func postmaster(dir string) (int, error) {
	text, err := os.ReadFile(filepath.Join(dir, "postmaster.pid"))
	if err != nil {
		return 0, err
	}
	line, _, _ := strings.Cut(string(text), "\n")
	return strconv.Atoi(strings.TrimSpace(line))
}

// programFolder is where the program of a process lies.
func programFolder(pid int) (string, error) {
	path, err := os.Readlink(filepath.Join("/proc", strconv.Itoa(pid), "exe"))
	return filepath.Dir(path), err
}
