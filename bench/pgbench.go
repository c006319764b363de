package main

import (
	"context"
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
		b.WriteString(placeholder.ReplaceAllString(strings.TrimSpace(s.text), fmt.Sprintf(":s%dp$1", i+1)))
		b.WriteString(";\n")
		for n, value := range s.parameters {
			variables = append(variables, "-D", fmt.Sprintf("s%dp%d=%s", i+1, n+1, value))
		}
	}
	return b.String(), variables
}

// newPgbench makes pgbench ready. binaries is the folder of the running Postgres.
func newPgbench(binaries, dir, postgres string, clients int, statements []statement) (*pgbench, error) {
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
	text, variables := script(statements)
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

var transactionRate = regexp.MustCompile(`(?m)^tps = ([0-9.]+)`)

// run returns how many times a second all the statements ran. pgbench counts in whole seconds.
func (p *pgbench) run(ctx context.Context, d time.Duration) (float64, error) {
	seconds := strconv.Itoa(int(math.Ceil(d.Seconds())))
	cmd := exec.CommandContext(ctx, p.binary, append([]string{"--time", seconds}, p.args...)...) //nolint:gosec // that of the Postgres under test
	out, err := cmd.CombinedOutput()
	if err != nil {
		return 0, fmt.Errorf("pgbench: %w: %s", err, out)
	}
	match := transactionRate.FindSubmatch(out)
	if match == nil || !strings.Contains(string(out), "number of failed transactions: 0 ") {
		return 0, fmt.Errorf("pgbench did not run all statements: %s", out)
	}
	return strconv.ParseFloat(string(match[1]), 64)
}

// contender makes pgbench one. Its own CPU time is not counted: it has no server.
func (p *pgbench) contender(postgres func() (time.Duration, error)) *contender {
	c := &contender{name: "pgbench, same statements"}
	c.measure = func(ctx context.Context, d time.Duration) (sample, error) {
		before, err := postgres()
		if err != nil {
			return sample{}, err
		}
		began := time.Now()
		rate, err := p.run(ctx, d)
		if err != nil {
			return sample{}, err
		}
		after, err := postgres()
		// The whole run, with its connections, in which Postgres was busy throughout.
		n := rate * math.Min(time.Since(began).Seconds(), math.Ceil(d.Seconds()))
		return sample{rate: rate, postgres: micros(after-before) / n}, err
	}
	return c
}
