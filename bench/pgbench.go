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

// The lines of pgbench's report that count.
var (
	transactionRate  = regexp.MustCompile(`(?m)^tps = ([0-9.]+)`)
	transactionCount = regexp.MustCompile(`(?m)^number of transactions actually processed: ([0-9]+)`)
	transactionFault = regexp.MustCompile(`(?m)^number of failed transactions: [1-9]`)
)

// pgbenchReport is how often all the statements ran.
type pgbenchReport struct{ rate, count float64 }

func parsePgbench(text string) (r pgbenchReport, err error) {
	rate, count := transactionRate.FindStringSubmatch(text), transactionCount.FindStringSubmatch(text)
	if rate == nil || count == nil || transactionFault.MatchString(text) {
		return r, fmt.Errorf("pgbench did not run all statements: %s", text)
	}
	if r.rate, err = strconv.ParseFloat(rate[1], 64); err != nil {
		return r, err
	}
	r.count, err = strconv.ParseFloat(count[1], 64)
	return r, err
}

// run runs the statements for a while, which pgbench counts in whole seconds.
func (p *pgbench) run(ctx context.Context, d time.Duration) (pgbenchReport, error) {
	seconds := strconv.Itoa(int(math.Ceil(d.Seconds())))
	cmd := exec.CommandContext(ctx, p.binary, append([]string{"--time", seconds}, p.args...)...) //nolint:gosec // that of the Postgres under test
	out, err := cmd.CombinedOutput()
	if err != nil {
		return pgbenchReport{}, fmt.Errorf("pgbench: %w: %s", err, out)
	}
	return parsePgbench(string(out))
}

// contender makes pgbench one. Its own CPU time is not counted: it has no server.
func (p *pgbench) contender(postgres func() (time.Duration, error)) *contender {
	c := &contender{name: "pgbench, same statements"}
	c.measure = func(ctx context.Context, d time.Duration) (sample, error) {
		before, err := postgres()
		if err != nil {
			return sample{}, err
		}
		report, err := p.run(ctx, d)
		if err != nil {
			return sample{}, err
		}
		after, err := postgres()
		return sample{rate: report.rate, postgres: micros(after-before) / report.count}, err
	}
	return c
}
