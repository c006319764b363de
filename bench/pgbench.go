package main

import (
	"bufio"
	"cmp"
	"context"
	"errors"
	"fmt"
	"math"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"time"
)

// pgbench runs statements as fast as Postgres does, with nothing around them: the ceiling of every server that sends them.
type pgbench struct {
	binary string
	args   []string
}

var placeholder = regexp.MustCompile(`\$(\d+)`)

// script writes statements as pgbench reads them, with a variable for each parameter.
func script(statements []statement) (text string, variables []string) {
	var b strings.Builder
	for i, s := range statements {
		b.WriteString(placeholder.ReplaceAllStringFunc(strings.TrimSpace(s.text), func(p string) string {
			if n, err := strconv.Atoi(p[1:]); err == nil && s.null[n-1] {
				return "NULL"
			}
			return fmt.Sprintf(":s%dp%s", i+1, p[1:])
		}))
		b.WriteString(";\n")
		for n, value := range s.parameters {
			variables = append(variables, "-D", fmt.Sprintf("s%dp%d=%s", i+1, n+1, value))
		}
	}
	return b.String(), variables
}

// newPgbench makes pgbench ready to run statements. binaries is the folder of the running Postgres.
func newPgbench(binaries, dir, postgres string, clients int, statements []statement) (*pgbench, error) {
	text, variables := script(statements)
	return newPgbenchScript(binaries, dir, postgres, clients, text, variables)
}

// newPgbenchScript makes pgbench ready to run a script of its own language.
func newPgbenchScript(binaries, dir, postgres string, clients int, text string, variables []string) (*pgbench, error) {
	binary := filepath.Join(binaries, "pgbench")
	if _, err := os.Stat(binary); err != nil {
		if binary, err = exec.LookPath("pgbench"); err != nil {
			return nil, err
		}
	}
	u, err := url.Parse(postgres)
	if err != nil {
		return nil, err
	}
	file := filepath.Join(dir, "document.sql")
	if err := os.WriteFile(file, []byte(text), 0o600); err != nil {
		return nil, err
	}
	args := []string{
		"--no-vacuum", "--protocol", "prepared", "--client", strconv.Itoa(clients), "--jobs", "2",
		"--host", u.Hostname(), "--port", u.Port(), "--username", u.User.Username(), "--file", file,
	}
	return &pgbench{binary: binary, args: append(append(args, variables...), strings.TrimPrefix(u.Path, "/"))}, nil
}

// progress is a line of pgbench's about the time since the last one.
var progress = regexp.MustCompile(`^progress: ([0-9.]+) s, ([0-9.]+) tps,.* ([0-9]+) failed`)

// pgbenchRun is how often all the statements ran, and the CPU time that Postgres used for it.
type pgbenchRun struct {
	count   float64
	seconds float64
	cpu     time.Duration
	// at is the second that the last line ended at, 0 before the first.
	at       float64
	from, to time.Duration
}

// hear takes in a line. The first second is not counted: in it the connections are made and the statements prepared, which a
// server has behind it.
func (r *pgbenchRun) hear(line string, cpu time.Duration) error {
	match := progress.FindStringSubmatch(line)
	if match == nil {
		return nil
	}
	var number [2]float64
	for i := range number {
		var err error
		if number[i], err = strconv.ParseFloat(match[i+1], 64); err != nil {
			return err
		}
	}
	if match[3] != "0" {
		return fmt.Errorf("statements failed in pgbench: %s", line)
	}
	at, rate := number[0], number[1]
	if r.at == 0 {
		r.from = cpu
	} else {
		r.count += rate * (at - r.at)
		r.seconds += at - r.at
		r.to = cpu
	}
	r.at = at
	r.cpu = r.to - r.from
	return nil
}

// uncounted are the first second, and the last, of which a busy pgbench does not tell.
const uncounted = 2

// run runs the statements for a while, which pgbench counts in whole seconds.
func (p *pgbench) run(ctx context.Context, d time.Duration, postgres func() (time.Duration, error)) (r pgbenchRun, err error) {
	seconds := strconv.Itoa(uncounted + int(math.Ceil(d.Seconds())))
	cmd := exec.CommandContext(ctx, p.binary, append([]string{"--time", seconds, "--progress", "1"}, p.args...)...) //nolint:gosec // that of the Postgres under test
	said, err := cmd.StderrPipe()
	if err != nil {
		return r, err
	}
	if err := cmd.Start(); err != nil {
		return r, err
	}
	var log strings.Builder
	for lines := bufio.NewScanner(said); lines.Scan(); {
		cpu, cpuErr := postgres()
		err = cmp.Or(err, cpuErr, r.hear(lines.Text(), cpu))
		log.WriteString(lines.Text() + "\n")
	}
	err = cmp.Or(cmd.Wait(), err)
	if err == nil && r.count == 0 {
		err = errors.New("no statement ran")
	}
	if err != nil {
		err = fmt.Errorf("pgbench: %w: %s", err, log.String())
	}
	return r, err
}

// contender makes pgbench one. Its own CPU time is not counted: it has no server.
func (p *pgbench) contender(name string, postgres func() (time.Duration, error)) *contender {
	c := &contender{name: name}
	c.measure = func(ctx context.Context, d time.Duration) (sample, error) {
		r, err := p.run(ctx, d, postgres)
		return sample{rate: r.count / r.seconds, postgres: micros(r.cpu) / r.count}, err
	}
	return c
}
