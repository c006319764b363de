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

// treeTime is the CPU time that a process and its children have used, those that have ended included. While a child ends, its
// time moves to its parent; then it is read again.
func treeTime(root int) (time.Duration, error) {
	before, err := readStat(root)
	for err == nil {
		children, listErr := childTime(root)
		if listErr != nil {
			return 0, listErr
		}
		var after processTime
		if after, err = readStat(root); err == nil && after.ended == before.ended {
			return after.own + after.ended + children, nil
		}
		before = after
	}
	return 0, err
}

func readStat(pid int) (processTime, error) {
	text, err := os.ReadFile(filepath.Join("/proc", strconv.Itoa(pid), "stat"))
	if err != nil {
		return processTime{}, err
	}
	return parseStat(string(text))
}

// childTime is the CPU time of the children that have not ended.
func childTime(parent int) (total time.Duration, err error) {
	all, err := filepath.Glob("/proc/[0-9]*")
	if err != nil {
		return 0, err
	}
	for _, path := range all {
		pid, err := strconv.Atoi(filepath.Base(path))
		if err != nil {
			return 0, err
		}
		if p, err := readStat(pid); err == nil && p.parent == parent { // an error says that it has just ended
			total += p.own + p.ended
		}
	}
	return total, nil
}

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

// engineProcess is the process id of the search engine whose data lies under dir.
func engineProcess(dir string) (int, error) {
	all, err := filepath.Glob("/proc/[0-9]*/cmdline")
	if err != nil {
		return 0, err
	}
	for _, path := range all {
		text, err := os.ReadFile(path)
		if err == nil && strings.Contains(string(text), "DevNode") && strings.Contains(string(text), dir) { // an error says that it has just ended
			return strconv.Atoi(filepath.Base(filepath.Dir(path)))
		}
	}
	return 0, fmt.Errorf("no search engine runs in %s", dir)
}
