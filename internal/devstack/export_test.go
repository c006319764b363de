package devstack

import (
	"context"
	"os/exec"
	"os/user"
	"path/filepath"
)

// ElasticsearchImage lets the test compare the image with the node's own version.
const ElasticsearchImage = elasticsearchImage

// StartFetchedPostgres is StartPostgres on a machine without Postgres: it downloads one.
func StartFetchedPostgres(ctx context.Context, o PostgresOptions) (*Postgres, error) {
	return startPostgres(ctx, o, func(o PostgresOptions, ctx context.Context) (cluster, error) {
		bin, err := fetchBinaries(ctx, o.CacheDir, reporter{o.Progress})
		if err != nil {
			return cluster{}, err
		}
		as, err := chooseAccount(ctx, bin.postgres())
		return cluster{bin: bin, as: as, cacheDir: o.CacheDir}, err
	})
}

// StartPostgresAs is StartPostgres for root where the kernel refuses user namespaces: it drops to the user.
func StartPostgresAs(ctx context.Context, o PostgresOptions, name string) (*Postgres, error) {
	return startPostgres(ctx, o, func(o PostgresOptions, ctx context.Context) (cluster, error) {
		c, err := o.cluster(ctx)
		if err != nil {
			return cluster{}, err
		}
		who, err := user.Lookup(name)
		if err != nil {
			return cluster{}, err
		}
		c.as, err = dropTo(who)
		return c, err
	})
}

// StartOrphan starts the primary of a stopped Dir in a way that it outlives its parent, and returns what is closed
// when it has ended.
func StartOrphan(ctx context.Context, dir string) (<-chan struct{}, error) {
	o := PostgresOptions{Dir: dir}
	c, err := o.cluster(ctx)
	if err != nil {
		return nil, err
	}
	s := o.server("primary", c)
	cmd := exec.CommandContext(ctx, c.bin.postgres(), "-D", filepath.Join(dir, "primary"))
	cmd.Env, cmd.Dir, cmd.SysProcAttr = postgresEnv(), s.dir, c.as.attr(0)
	if s.proc, err = startProcess(cmd); err != nil {
		return nil, err
	}
	return s.proc.done, s.awaitReady(ctx)
}
