package devstack

import (
	"bytes"
	"context"
	"crypto/sha256"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
)

// owner is both the superuser role and the database that every new cluster has.
const owner = "kirana"

// cluster makes data directories.
type cluster struct {
	bin      binaries
	as       account
	cacheDir string
	progress reporter
}

// create makes a new, cleanly shut down data directory at dir.
//
// Unless it must be unique, it is a copy of one that was made before: copying takes a tenth of initdb's time, which
// tests feel. Copies share their system identifier, by which a standby knows its primary, so a primary with a standby
// must be unique: else its standby could follow a stranger that has taken over its primary's port.
func (c cluster) create(ctx context.Context, dir string, unique bool) error {
	if unique || c.as.drop != nil { // the user we drop to may have no way into our cache
		return c.initialize(ctx, dir)
	}
	// everything that shapes the outcome is in the name; a change here must change the number
	key := sha256.Sum256([]byte("1 " + c.bin.dir + " " + c.bin.String()))
	template := filepath.Join(c.cacheDir, fmt.Sprintf("initdb-%d-%x", c.bin.major, key[:6]))
	if err := c.template(ctx, template); err != nil {
		return err
	}
	return copyTree(template, dir, func(string) bool { return false })
}

// template makes the data directory to copy from, in one process at a time.
func (c cluster) template(ctx context.Context, dir string) error {
	lock, err := awaitLock(ctx, dir+".lock", func() { c.progress.say("postgres: another process is running initdb") })
	if err != nil {
		return err
	}
	defer lock.release()
	if exists(dir) {
		return nil
	}
	return c.initialize(ctx, dir)
}

// initialize runs initdb and adds the database. dir is there whole or not at all.
func (c cluster) initialize(ctx context.Context, dir string) error {
	c.progress.say("postgres: creating a database cluster (Postgres %s)", c.bin)
	part := dir + ".part"
	err := c.initdb(ctx, part, "--locale=C.UTF-8")
	if err != nil && strings.Contains(err.Error(), "invalid locale name") {
		// systems without C.UTF-8: text sorts the same, but upper() and lower() know ASCII only
		err = c.initdb(ctx, part, "--no-locale")
	}
	if err != nil {
		return err
	}
	if err := c.createDatabase(ctx, part); err != nil {
		return err
	}
	if err := os.Rename(part, dir); err != nil {
		return fmt.Errorf("finish the new cluster: %w", err)
	}
	return nil
}

func (c cluster) initdb(ctx context.Context, dir, locale string) error {
	if err := os.RemoveAll(dir); err != nil {
		return fmt.Errorf("remove a half-made cluster: %w", err)
	}
	// no sync: the machine would have to crash within seconds, and then there is nothing yet to lose
	text, err := c.run(ctx, "", c.bin.initdb(), "-D", dir, "-U", owner, "-A", "trust", "-E", "UTF8", locale, "--no-sync")
	if err != nil {
		return fmt.Errorf("initdb: %w\n%s", err, text)
	}
	return nil
}

// createDatabase uses the single-user mode of the server: no port, no client, no wait.
func (c cluster) createDatabase(ctx context.Context, dir string) error {
	text, err := c.run(ctx, "CREATE DATABASE "+owner+"\n", c.bin.postgres(), "--single", "-D", dir, "postgres")
	if err == nil && strings.Contains(text, "ERROR:") {
		err = errors.New("refused") // an error in a statement does not show in the exit status
	}
	if err != nil {
		return fmt.Errorf("create the database %s: %w\n%s", owner, err, text)
	}
	return nil
}

// run runs one of the binaries to its end and returns what it printed.
func (c cluster) run(ctx context.Context, stdin, path string, args ...string) (string, error) {
	var out bytes.Buffer
	cmd := exec.CommandContext(ctx, path, args...)
	cmd.Env = postgresEnv()
	cmd.Dir = "/" // ours may be one that the user we drop to may not enter
	cmd.SysProcAttr = c.as.attr(syscall.SIGKILL)
	cmd.Stdin, cmd.Stdout, cmd.Stderr = strings.NewReader(stdin), &out, &out
	run, err := startProcess(cmd)
	if err != nil {
		return "", err
	}
	<-run.done
	return strings.TrimSpace(out.String()), errors.Join(run.err, context.Cause(ctx))
}

// postgresEnv is the whole environment of Postgres: settings of the caller's for clients (PGSSLMODE, PGOPTIONS, …)
// must not reach the standby's connection, and messages must be in English, because we read them.
func postgresEnv() []string {
	return []string{"LC_ALL=C", "TZ=UTC"}
}

// majorOf returns the major version that made the data directory; 0 if there is none.
func majorOf(dir string) (int, error) {
	text, err := os.ReadFile(filepath.Join(dir, "PG_VERSION"))
	if errors.Is(err, os.ErrNotExist) {
		return 0, nil
	}
	if err != nil {
		return 0, fmt.Errorf("read the version of the data in %s: %w", dir, err)
	}
	major, err := strconv.Atoi(strings.TrimSpace(string(text)))
	if err != nil {
		return 0, fmt.Errorf("the version of the data in %s: %w", dir, err)
	}
	return major, nil
}
