// Package devstack runs the servers that a shop on one box needs: a private Postgres (a primary and, if asked, one
// streaming standby) and a real Elasticsearch in its own JVM. It is for `kirana dev`, tests and benchmarks.
//
// It never serves production: Postgres trusts every local user, Elasticsearch has no security, both listen on
// 127.0.0.1 alone. It never speaks SQL or the search API beyond asking whether the server is there; what goes into
// the servers is the business of db and search. Nothing it starts outlives the process that started it for long, and
// what a killed run left behind is ended by the next start in the same folder.
package devstack

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"time"
)

// place resolves the two folders of an options struct: dir is made absolute and created, cacheDir gets its default.
func place(dir, cacheDir string) (string, string, error) {
	if dir == "" {
		return "", "", errors.New("devstack: Dir is empty: name the folder that keeps the data")
	}
	if cacheDir == "" {
		base, err := os.UserCacheDir()
		if err != nil {
			return "", "", fmt.Errorf("devstack: no cache folder for downloads (set HOME or CacheDir): %w", err)
		}
		cacheDir = filepath.Join(base, "kirana")
	}
	for _, path := range []*string{&dir, &cacheDir} {
		made, err := makeDir(*path)
		if err != nil {
			return "", "", err
		}
		*path = made
	}
	return dir, cacheDir, nil
}

// makeDir creates path and returns it absolute and without symbolic links: servers report their folders that way.
func makeDir(path string) (string, error) {
	abs, err := filepath.Abs(path)
	if err != nil {
		return "", fmt.Errorf("devstack: make %s absolute: %w", path, err)
	}
	if err := os.MkdirAll(abs, 0o755); err != nil {
		return "", fmt.Errorf("devstack: create folder: %w", err)
	}
	real, err := filepath.EvalSymlinks(abs)
	if err != nil {
		return "", fmt.Errorf("devstack: resolve %s: %w", abs, err)
	}
	return real, nil
}

// reporter writes human lines about long work; its zero value is silent.
type reporter struct{ out io.Writer }

func (r reporter) say(format string, args ...any) {
	if r.out != nil {
		_, _ = fmt.Fprintf(r.out, format+"\n", args...) // progress is a courtesy: its loss must not stop a start
	}
}

// poll calls check at once and then every interval until it reports true or an error, or ctx ends.
func poll(ctx context.Context, interval time.Duration, check func() (bool, error)) error {
	ticker := time.NewTicker(interval)
	defer ticker.Stop()
	for {
		if ok, err := check(); ok || err != nil {
			return err
		}
		select {
		case <-ctx.Done():
			return context.Cause(ctx)
		case <-ticker.C:
		}
	}
}

// exists says whether something is at path, whatever it is.
func exists(path string) bool {
	_, err := os.Lstat(path)
	return err == nil
}
