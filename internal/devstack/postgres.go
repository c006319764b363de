package devstack

import (
	"context"
	"errors"
	"fmt"
	"io"
	"path/filepath"
	"sync"
	"sync/atomic"
)

// PostgresOptions says what Postgres to run and where. Only Dir is required.
type PostgresOptions struct {
	// Dir is the folder of everything that stays: the data of the primary in primary/, of the standby in standby/, and
	// their logs. One process at a time may use it.
	Dir string
	// Port of the primary on 127.0.0.1; 0 means the one it had last time in this Dir if that is free, else any. The
	// standby always chooses that way.
	Port int
	// Standby runs a streaming standby beside the primary.
	Standby bool
	// Settings are lines of postgresql.conf for both servers; they win over devstack's own values.
	Settings map[string]string
	// Progress gets a line for people now and then while something takes long; nil is silent.
	Progress io.Writer
	// CacheDir keeps downloads and an empty cluster to copy from; "" means kirana in the user's cache folder.
	CacheDir string
}

// Postgres is a running primary and perhaps its standby.
//
// Every local user of the machine may connect as the superuser: it is for development and tests.
type Postgres struct {
	primary, standby *server // standby is nil without one
	lock             *fileLock
	stopping         atomic.Bool
	stop             sync.Once
	stopErr          error
	done             chan struct{}
	err              error // to be read after done
}

// StartPostgres starts the Postgres in o.Dir, which it creates, and returns when it takes connections and the standby,
// if asked for, follows. ctx limits the start, not the servers' life. If there is no Postgres 15 or newer on the
// machine, one is downloaded. Servers that a killed run left in o.Dir are ended first.
//
// The database and the superuser are both named kirana, text sorts bytewise (C.UTF-8), wal_level is logical.
//
// A standby that cannot follow its primary is made anew by copying the primary's data while that is shut down, so the
// primary may start twice.
func StartPostgres(ctx context.Context, o PostgresOptions) (*Postgres, error) {
	return startPostgres(ctx, o, PostgresOptions.cluster)
}

// chooser finds the binaries and the account to run them as.
type chooser func(PostgresOptions, context.Context) (cluster, error)

func startPostgres(ctx context.Context, o PostgresOptions, choose chooser) (*Postgres, error) {
	dir, cacheDir, err := place(o.Dir, o.CacheDir)
	if err != nil {
		return nil, err
	}
	o.Dir, o.CacheDir = dir, cacheDir
	if err := checkSettings(o.Settings); err != nil {
		return nil, err
	}
	lock, err := takeLock(ctx, filepath.Join(o.Dir, "postgres.lock"))
	if err != nil {
		return nil, fmt.Errorf("use %s for Postgres: %w", o.Dir, err)
	}
	p := &Postgres{lock: lock, done: make(chan struct{})}
	if err := p.start(ctx, o, choose); err != nil {
		p.abandon(ctx)
		return nil, fmt.Errorf("start Postgres: %w", err)
	}
	go p.watch()
	return p, nil
}

// start brings the servers up; what it leaves running after an error is abandon's to end.
func (p *Postgres) start(ctx context.Context, o PostgresOptions, choose chooser) error {
	c, err := choose(o, ctx)
	if err != nil {
		return err
	}
	p.primary, p.standby = o.server("primary", c), o.server("standby", c)
	if err := p.prepare(ctx, o, c); err != nil {
		return err
	}
	if !o.Standby {
		p.standby = nil
	}
	isNew := !exists(p.primary.dir)
	if isNew {
		if err := p.create(ctx, c); err != nil {
			return err
		}
	}
	if err := p.primary.startOn(ctx, o, o.Port); err != nil {
		return err
	}
	if p.standby == nil {
		return nil
	}
	return p.startStandby(ctx, o, isNew)
}

// prepare makes the folder ready for c. A leftover of the standby is ended even if none is asked for now: it would go
// on writing here.
func (p *Postgres) prepare(ctx context.Context, o PostgresOptions, c cluster) error {
	for _, s := range []*server{p.standby, p.primary} {
		if err := s.endLeftover(ctx); err != nil {
			return err
		}
	}
	for _, path := range []string{p.primary.dir, c.bin.postgres()} {
		if err := c.as.reach(path); err != nil {
			return err
		}
	}
	return c.as.own(o.Dir)
}

// create makes the primary's data and, while it is not yet running, the standby's copy of it.
func (p *Postgres) create(ctx context.Context, c cluster) error {
	if err := c.create(ctx, p.primary.dir, p.standby != nil); err != nil {
		return err
	}
	if p.standby == nil {
		return nil
	}
	return p.standby.recreate(p.primary.dir)
}

// startStandby starts the standby and, if it cannot follow, makes it anew, once.
func (p *Postgres) startStandby(ctx context.Context, o PostgresOptions, isNew bool) error {
	reporter := reporter{o.Progress}
	p.standby.primaryPort = p.primary.port
	err := p.standby.startOn(ctx, o, 0)
	if err == nil || isNew || !errors.Is(err, errNotFollowing) || ctx.Err() != nil {
		return err
	}
	reporter.say("postgres: making the standby anew, because it could not follow")
	if err := p.standby.kill(); err != nil {
		return err
	}
	if err := p.primary.stop(ctx); err != nil {
		return err
	}
	if err := p.standby.recreate(p.primary.dir); err != nil {
		return err
	}
	if err := p.primary.startOn(ctx, o, o.Port); err != nil {
		return err
	}
	p.standby.primaryPort = p.primary.port
	return p.standby.startOn(ctx, o, 0)
}

// startOn starts the server on the port given, else on its last, else on any. A port that was free a moment ago can be
// taken when the server asks for it: by somebody else, or for an instant by ourselves, as a child that another
// goroutine forked while we tried the port holds it until it executes its program. So the same port is tried again
// once, and then, if any will do, others.
func (s *server) startOn(ctx context.Context, o PostgresOptions, want int) error {
	const tries = 5
	kept := filepath.Join(o.Dir, s.name+".port")
	start := s.start
	if s.primaryPort != 0 {
		start = s.startFollowing
	}
	for try := 1; ; try++ {
		var err error
		if try <= 2 || want != 0 {
			s.port, err = choosePort(want, kept)
		} else {
			s.port, err = freePort()
		}
		if err != nil {
			return err
		}
		err = start(ctx, o.Settings)
		if err == nil {
			return writePort(kept, s.port)
		}
		if try == tries || !errors.Is(err, errPortTaken) {
			return err
		}
	}
}

// cluster finds the binaries for o.Dir and the account to run them as.
func (o PostgresOptions) cluster(ctx context.Context) (cluster, error) {
	reporter := reporter{o.Progress}
	major, err := majorOf(filepath.Join(o.Dir, "primary"))
	if err != nil {
		return cluster{}, err
	}
	bin, err := findBinaries(ctx, major, o.CacheDir, reporter)
	if err != nil {
		return cluster{}, err
	}
	as, err := chooseAccount(ctx, bin.postgres())
	if err != nil {
		return cluster{}, err
	}
	return cluster{bin: bin, as: as, cacheDir: o.CacheDir, progress: reporter}, nil
}

func (o PostgresOptions) server(name string, c cluster) *server {
	return &server{
		name: name, dir: filepath.Join(o.Dir, name), log: filepath.Join(o.Dir, name+".log"),
		bin: c.bin, as: c.as,
	}
}

// abandon ends what a failed start has started.
func (p *Postgres) abandon(ctx context.Context) {
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), fastStopLimit)
	defer cancel()
	_ = p.stopServers(ctx) // the start's own error is the one to tell
	p.lock.release()
}

// watch follows the primary to its end.
func (p *Postgres) watch() {
	<-p.primary.proc.done
	if !p.stopping.Load() {
		p.err = p.primary.failure()
	}
	p.lock.release()
	close(p.done)
}

// URL is the primary's address: postgres://kirana@127.0.0.1:PORT/kirana?sslmode=disable.
func (p *Postgres) URL() string { return p.primary.url() }

// ReplicaURLs are the addresses of the standbys, of the same form as URL; empty without one.
func (p *Postgres) ReplicaURLs() []string {
	if p.standby == nil {
		return []string{}
	}
	return []string{p.standby.url()}
}

func (s *server) url() string {
	return fmt.Sprintf("postgres://%s@127.0.0.1:%d/%s?sslmode=disable", owner, s.port, owner)
}

// Done is closed when the primary has ended, by Stop or unexpectedly. The standby's end does not show here: without it
// everything is still served.
func (p *Postgres) Done() <-chan struct{} { return p.done }

// Err says why the primary ended: nil while it runs and after Stop, else the cause with the last lines of its log.
func (p *Postgres) Err() error {
	select {
	case <-p.done:
		return p.err
	default:
		return nil
	}
}

// Stop shuts the standby down, then the primary, cutting off their clients; everything is written. If ctx or 30
// seconds end first (a client that reads the WAL but takes nothing in can cause that), the server is stopped at once,
// it recovers at its next start, and Stop says so in its error. Every call after the first returns the same.
func (p *Postgres) Stop(ctx context.Context) error {
	p.stop.Do(func() {
		p.stopping.Store(true)
		p.stopErr = p.stopServers(ctx)
		<-p.done
	})
	return p.stopErr
}

func (p *Postgres) stopServers(ctx context.Context) error {
	var errs []error
	for _, s := range []*server{p.standby, p.primary} {
		if s != nil {
			errs = append(errs, s.stop(ctx))
		}
	}
	return errors.Join(errs...)
}

// Kill ends the primary and its backends at once, as a crash would: for tests of faults. The standby, if any, goes on
// serving reads until Stop, or until StartPostgres brings this Dir up again, which a killed primary does not hinder.
func (p *Postgres) Kill() error {
	if err := p.primary.kill(); err != nil {
		return err
	}
	<-p.done
	return nil
}
