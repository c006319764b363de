package devstack

import (
	"bytes"
	"context"
	"fmt"
	"os/exec"
	"regexp"
	"strconv"
	"strings"
	"sync"
	"syscall"
	"time"
)

// mavenDependency is pinned, so that every machine resolves with the same plugin.
const mavenDependency = "org.apache.maven.plugins:maven-dependency-plugin:3.6.1:"

// maven runs mvn in dir with the goals and options given. While it downloads, a line a second says how far it is.
func maven(ctx context.Context, progress reporter, what, dir string, args ...string) error {
	path, err := exec.LookPath("mvn")
	if err != nil {
		return fmt.Errorf("%s is fetched with Maven, and there is no `mvn` on the PATH: install Maven (package `maven`)", what)
	}
	var tally mavenTally
	output := &lineWriter{each: tally.line}
	cmd := exec.CommandContext(ctx, path, append([]string{"-B"}, args...)...)
	cmd.Dir, cmd.Stdout, cmd.Stderr = dir, output, output
	cmd.SysProcAttr = childAttr(syscall.SIGTERM)
	run, err := startProcess(cmd)
	if err != nil {
		return err
	}
	tally.report(run.done, progress, what)
	if ctx.Err() != nil {
		return fmt.Errorf("fetch %s: %w", what, context.Cause(ctx))
	}
	if run.err != nil {
		return fmt.Errorf("fetch %s with Maven (is the network there?): %w\n%s", what, run.err, strings.Join(tally.complaints, "\n"))
	}
	return nil
}

// mavenTally counts what mvn says it has downloaded and keeps its first complaints.
type mavenTally struct {
	mu         sync.Mutex
	files      int
	bytes      float64
	complaints []string // to be read after mvn's end
}

func (t *mavenTally) line(line string) {
	t.mu.Lock()
	defer t.mu.Unlock()
	if size, ok := parseDownload(line); ok {
		t.files++
		t.bytes += size
	}
	if strings.Contains(line, "ERROR") && len(t.complaints) < 5 {
		t.complaints = append(t.complaints, line)
	}
}

// report says how far the download is, each second in which it went on, until done.
func (t *mavenTally) report(done <-chan struct{}, progress reporter, what string) {
	ticker := time.NewTicker(time.Second)
	defer ticker.Stop()
	for last := 0; ; {
		select {
		case <-done:
			return
		case <-ticker.C:
		}
		t.mu.Lock()
		files, size := t.files, t.bytes
		t.mu.Unlock()
		if files != last {
			last = files
			progress.say("%s: %d files downloaded, %.0f MB", what, files, size/1e6)
		}
	}
}

// downloaded matches "Downloaded from central: ADDRESS.jar (1.5 MB at 3.0 MB/s)".
var downloaded = regexp.MustCompile(`Downloaded from \S+ \S+\.jar \(([0-9.]+) ([kMG]?B) at `)

// parseDownload returns the size in bytes of the jar that a line of mvn's says has arrived.
func parseDownload(line string) (float64, bool) {
	match := downloaded.FindStringSubmatch(line)
	if match == nil {
		return 0, false
	}
	size, err := strconv.ParseFloat(match[1], 64)
	if err != nil {
		return 0, false
	}
	unit := map[string]float64{"B": 1, "kB": 1e3, "MB": 1e6, "GB": 1e9}[match[2]]
	return size * unit, true
}

// lineWriter hands every whole line written to it to each.
type lineWriter struct {
	each func(line string)
	part []byte
}

// Write takes the next piece of the text.
func (w *lineWriter) Write(b []byte) (int, error) {
	w.part = append(w.part, b...)
	for {
		line, rest, whole := bytes.Cut(w.part, []byte("\n"))
		if !whole {
			return len(b), nil
		}
		w.each(string(line))
		w.part = rest
	}
}
