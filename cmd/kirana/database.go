package main

import (
	"bufio"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"

	"github.com/kirana-commerce/kirana/db"
)

// databaseFlags say which database a tool works on.
type databaseFlags struct {
	DatabaseURL string `env:"DATABASE_URL" placeholder:"URL" help:"The primary database. Without it, that of the kirana dev that runs with --data-dir."`
	DataDir     string `default:".kirana" placeholder:"DIR" help:"The data directory of kirana dev, whose addresses are used where none is given."`
}

// defaultDataDir is what the flag --data-dir says when nobody does.
const defaultDataDir = ".kirana"

func (f *databaseFlags) open() (*db.DB, error) {
	url := f.DatabaseURL
	if url == "" {
		var err error
		if url, err = readEnv(f.DataDir, "DATABASE_URL"); err != nil {
			return nil, err
		}
	}
	return db.Open(url, nil, db.Options{})
}

// envFile is where `kirana dev` leaves the addresses of what it started.
func envFile(dataDir string) string { return filepath.Join(dataDir, "env") }

// readEnv reads an address that `kirana dev` left for tools, by the name of its variable.
func readEnv(dataDir, name string) (string, error) {
	file, err := os.Open(envFile(dataDir))
	if errors.Is(err, fs.ErrNotExist) {
		return "", fmt.Errorf("%s is not set: set it, or start `kirana dev` (or `make up`) first, which leaves its addresses in %s", name, envFile(dataDir))
	}
	if err != nil {
		return "", fmt.Errorf("read the addresses of kirana dev: %w", err)
	}
	defer file.Close() //nolint:errcheck // it was only read
	lines := bufio.NewScanner(file)
	for lines.Scan() {
		if value, ok := strings.CutPrefix(lines.Text(), "export "+name+"='"); ok {
			return strings.TrimSuffix(value, "'"), nil
		}
	}
	return "", fmt.Errorf("%s holds no %s; start `kirana dev` again, which writes it", envFile(dataDir), name)
}
