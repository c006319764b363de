package db

import (
	"context"
	"embed"
	"fmt"
	"io/fs"

	"github.com/pressly/goose/v3"
	"github.com/pressly/goose/v3/lock"
)

//go:embed migrations/*.sql
var migrations embed.FS

// Migration is one numbered change of the schema.
type Migration struct {
	Version int64  `json:"version"`
	Name    string `json:"name"`
	Applied bool   `json:"applied"`
}

func (d *DB) migrator(o ...goose.ProviderOption) (*goose.Provider, error) {
	files, err := fs.Sub(migrations, "migrations")
	if err != nil {
		return nil, fmt.Errorf("open the embedded migrations: %w", err)
	}
	p, err := goose.NewProvider(goose.DialectPostgres, d.primary.DB.DB, files, o...)
	if err != nil {
		return nil, fmt.Errorf("read the embedded migrations: %w", err)
	}
	return p, nil
}

// Migrate brings the schema up to date and returns the migrations it applied. Several processes may call it at once.
func (d *DB) Migrate(ctx context.Context) ([]Migration, error) {
	// Asks for the lock once a second for ten minutes: as long as another process's migrations may take.
	locker, err := lock.NewPostgresSessionLocker(lock.WithLockTimeout(1, 600))
	if err != nil {
		return nil, fmt.Errorf("lock the migrations: %w", err)
	}
	p, err := d.migrator(goose.WithSessionLocker(locker))
	if err != nil {
		return nil, err
	}
	results, err := p.Up(ctx)
	if err != nil {
		return nil, fault(ctx, fmt.Errorf("migrate: %w", err))
	}
	applied := make([]Migration, len(results))
	for i, r := range results {
		applied[i] = Migration{Version: r.Source.Version, Name: r.Source.Path, Applied: true}
	}
	return applied, nil
}

// Migrations lists all migrations and whether each has been applied. It applies none; in an empty database it makes
// the table in which they are counted.
func (d *DB) Migrations(ctx context.Context) ([]Migration, error) {
	p, err := d.migrator()
	if err != nil {
		return nil, err
	}
	states, err := p.Status(ctx)
	if err != nil {
		return nil, fault(ctx, fmt.Errorf("read the state of the migrations: %w", err))
	}
	all := make([]Migration, len(states))
	for i, s := range states {
		all[i] = Migration{Version: s.Source.Version, Name: s.Source.Path, Applied: s.State == goose.StateApplied}
	}
	return all, nil
}
