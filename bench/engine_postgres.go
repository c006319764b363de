package main

import (
	"cmp"
	"context"
	"database/sql"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"time"
)

// What the project promises of the storefront list from Postgres.
const (
	postgresCPUFactor  = 5   // server CPU against gqlgen's
	postgresRateFactor = 2.5 // requests/s against gqlgen's
	pgbenchShare       = 0.6 // of pgbench's requests/s
	postGraphileFactor = 2   // requests/s against PostGraphile's
	listServerCPU      = 400 // µs per request
	listPostgresCPU    = 400 // µs per request
)

// postgres compares the arms on a real Postgres.
func (e *engine) postgres(s *system, r *results) (err error) {
	fmt.Fprintln(os.Stderr, "starting Postgres …")
	if err := s.startPostgres(r.ctx, false); err != nil {
		return err
	}
	if err := e.fill(r.ctx, s); err != nil {
		return err
	}
	statements, err := statementsOf(r.ctx, s.db, s.postgres.URL(), listDocument)
	if err != nil {
		return err
	}
	pid, err := postmaster(filepath.Join(s.dir, "postgres", "primary"))
	if err != nil {
		return err
	}
	cpu := func() (time.Duration, error) { return treeTime(pid) }
	arms, stop, err := startArms(r.ctx, s.postgres.URL(), "gqlgen", "kirana", "bare")
	defer func() { err = cmp.Or(err, stop()) }()
	if err != nil {
		return err
	}
	c := comparison{title: "storefront list, Postgres", columns: measureColumns(true)}
	if c.contenders, err = e.contenders(r.ctx, arms, listDocument, cpu); err != nil {
		return err
	}
	more, stopMore, err := e.others(r.ctx, s, pid, statements, cpu)
	defer func() { err = cmp.Or(err, stopMore()) }()
	if err != nil {
		return err
	}
	c.contenders = append(c.contenders, more...)
	fmt.Fprintln(os.Stderr, "measuring the storefront list from Postgres …")
	if err := e.compare(c, r); err != nil {
		return err
	}
	judgePostgres(c.contenders, r)
	r.tell("list: statements of kirana", float64(len(statements)), "per request")
	return nil
}

// The contenders that are no arms of this program.
const (
	namePgbench      = "pgbench, same statements"
	namePostGraphile = "PostGraphile"
)

// others are the contenders that may be missing on a machine: pgbench and PostGraphile. stop ends what was started.
func (e *engine) others(ctx context.Context, s *system, pid int, statements []statement, cpu func() (time.Duration, error)) (all []*contender, stop func() error, err error) {
	stop = func() error { return nil }
	binaries, err := programFolder(pid)
	if err != nil {
		return nil, stop, err
	}
	p, err := newPgbench(binaries, s.dir, s.postgres.URL(), e.Connections, statements)
	switch {
	case errors.Is(err, exec.ErrNotFound):
		fmt.Fprintln(os.Stderr, "there is no pgbench to compare with:", err)
	case err != nil:
		return nil, stop, err
	default:
		all = append(all, p.contender(namePgbench, cpu))
	}
	g, err := startPostGraphile(ctx, e.PostGraphile, s.postgres.URL())
	if errors.Is(err, errNoPostGraphile) {
		fmt.Fprintln(os.Stderr, "there is no PostGraphile to compare with:", err)
		return all, stop, nil
	}
	if err != nil {
		return nil, stop, err
	}
	ask, err := postGraphileLoad(ctx, e.PostGraphile, g.addr, e.Connections)
	c := g.contender(namePostGraphile, ask, cpu)
	c.answer, c.hasMallocs = answer{}, false // it has a shape of its own
	return append(all, c), g.stop, err
}

// fill imports the catalogue and lets Postgres tidy up, so that it does not do so while it is measured.
func (e *engine) fill(ctx context.Context, s *system) error {
	file, err := s.writeCatalogue(e.Products)
	if err != nil {
		return err
	}
	if _, err := s.kirana(ctx, "import", "--store", benchHandle, "--publish", "--json", file); err != nil {
		return err
	}
	for _, text := range []string{"VACUUM ANALYZE", "CHECKPOINT"} {
		if _, err := s.db.ExecContext(ctx, text); err != nil {
			return err
		}
	}
	return nil
}

// judgePostgres compares what was measured with what is promised. The arms stand in the order of postgres.
func judgePostgres(contenders []*contender, r *results) {
	gqlgen, kirana, bare := contenders[0], contenders[1], contenders[2]
	r.factorAtLeast("list: server CPU, gqlgen ÷ kirana", ratioOf(gqlgen, kirana, cpuOf), postgresCPUFactor)
	r.factorAtLeast("list: requests/s, kirana ÷ gqlgen", ratioOf(kirana, gqlgen, rateOf), postgresRateFactor)
	for _, c := range contenders[3:] {
		share := ratioOf(kirana, c, rateOf)
		switch c.name {
		case namePgbench:
			r.factorAtLeast("list: requests/s, kirana ÷ pgbench", share, pgbenchShare)
		case namePostGraphile:
			r.factorAtLeast("list: requests/s, kirana ÷ PostGraphile", share, postGraphileFactor)
		}
	}
	r.rangeAtMost("list: server CPU of kirana", spreadOf(kirana.column(cpuOf)), "µs/request", listServerCPU)
	r.rangeAtMost("list: Postgres CPU of kirana", spreadOf(kirana.column(postgresOf)), "µs/request", listPostgresCPU)
	r.tellRange("list: server + Postgres CPU, kirana ÷ bare", ratioOf(kirana, bare, totalOf), "×")
}

// statementsOf hears what the API sends to Postgres for a document, once everything is prepared, and sees that every
// statement answers something.
func statementsOf(ctx context.Context, db *sql.DB, postgres, document string) (heard []statement, err error) {
	e, err := eavesdrop(ctx, postgres)
	if err != nil {
		return nil, err
	}
	defer func() { err = cmp.Or(err, e.close()) }()
	p, err := startArm(ctx, "kirana", e.url)
	if err != nil {
		return nil, err
	}
	defer func() { err = cmp.Or(err, p.stop()) }()
	request, err := graphqlRequest(document)
	if err != nil {
		return nil, err
	}
	for range 2 {
		if _, err := e.take(); err != nil {
			return nil, err
		}
		if _, err := askOnce(ctx, p.addr, request); err != nil {
			return nil, err
		}
	}
	if heard, err = e.take(); err != nil {
		return nil, err
	}
	return heard, answerSomething(ctx, db, heard)
}

// answerSomething runs the statements again and wants rows of each: what answers nothing is no measure.
func answerSomething(ctx context.Context, db *sql.DB, statements []statement) error {
	if len(statements) == 0 {
		return errors.New("no statement was heard on its way to Postgres")
	}
	for _, st := range statements {
		if len(st.parameters) == 0 {
			continue // one that opens or ends a transaction
		}
		args := make([]any, len(st.parameters))
		for i, p := range st.parameters {
			args[i] = p
		}
		result, err := db.ExecContext(ctx, st.text, args...)
		if err != nil {
			return fmt.Errorf("run again what was heard: %w: %s", err, st.text)
		}
		if n, err := result.RowsAffected(); err != nil || n == 0 {
			return errors.Join(err, fmt.Errorf("no row comes of what was heard: %s", st.text))
		}
	}
	return nil
}
