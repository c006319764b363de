package dbtest

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"net/url"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"github.com/lib/pq"
	"github.com/stretchr/testify/require"

	"github.com/kirana-commerce/kirana/db"
	"github.com/kirana-commerce/kirana/internal/devstack"
)

// startTimeout bounds the start of a private server on a busy machine.
const startTimeout = 2 * time.Minute

// shared is the server of all tests of this process. It starts with the first test that asks for a database.
var shared server //nolint:gochecknoglobals // tests have no common owner but their process

// server is a Postgres with the template that tests copy.
type server struct {
	once     sync.Once
	err      error
	url      *url.URL
	admin    *sql.DB
	template string
	// private and dir are nil and empty when TEST_DATABASE_URL named the server.
	private *devstack.Postgres
	dir     string

	// copying serialises copies: Postgres refuses to copy a template that another session is copying.
	copying sync.Mutex
}

// start returns connections to the server's own database, for making and dropping others.
func (s *server) start() (*sql.DB, error) {
	s.once.Do(func() { s.err = s.open() })
	return s.admin, s.err
}

func (s *server) open() error {
	address := os.Getenv("TEST_DATABASE_URL")
	if address == "" {
		var err error
		if s.private, s.dir, err = startPrivate(false); err != nil {
			return err
		}
		address = s.private.URL()
	}
	var err error
	if s.url, err = url.Parse(address); err != nil {
		return fmt.Errorf("TEST_DATABASE_URL: %w", err)
	}
	if s.admin, err = sql.Open("postgres", address); err != nil {
		return fmt.Errorf("TEST_DATABASE_URL: %w", err)
	}
	return s.makeTemplate()
}

// startPrivate starts a Postgres in a new folder. It forgets what it was told when the machine crashes, which is what makes
// it fast.
func startPrivate(standby bool) (*devstack.Postgres, string, error) {
	removeAbandoned()
	dir, err := os.MkdirTemp("", fmt.Sprintf("%s%d-", dirPrefix, os.Getpid()))
	if err != nil {
		return nil, "", fmt.Errorf("make a folder for Postgres: %w", err)
	}
	ctx, cancel := context.WithTimeout(context.Background(), startTimeout)
	defer cancel()
	p, err := devstack.StartPostgres(ctx, devstack.PostgresOptions{Dir: dir, Standby: standby, Settings: map[string]string{
		"fsync": "off", "full_page_writes": "off", "max_connections": "400", "max_replication_slots": "64", "max_wal_senders": "64",
		"wal_sender_timeout": "10s",
	}})
	if err != nil {
		return nil, "", errors.Join(err, os.RemoveAll(dir))
	}
	return p, dir, nil
}

// dirPrefix begins the name of every private server's folder; the number of its process follows.
const dirPrefix = "kirana-dbtest-"

// removeAbandoned removes the folders of test processes that were killed or panicked. Their servers ended with them.
func removeAbandoned() {
	dirs, _ := filepath.Glob(filepath.Join(os.TempDir(), dirPrefix+"*-*")) // the pattern is a good one
	for _, dir := range dirs {
		number, _, _ := strings.Cut(strings.TrimPrefix(filepath.Base(dir), dirPrefix), "-")
		pid, err := strconv.Atoi(number)
		if err == nil && errors.Is(syscall.Kill(pid, 0), syscall.ESRCH) {
			_ = os.RemoveAll(dir) // another process may be at it
		}
	}
}

func (s *server) makeTemplate() error {
	s.template = newName("template")
	if err := exec(s.admin, "CREATE DATABASE "+pq.QuoteIdentifier(s.template)); err != nil {
		return err
	}
	d, err := db.Open(withDatabase(s.url, s.template), nil, db.Options{})
	if err != nil {
		return err
	}
	_, err = d.Migrate(context.Background())
	return errors.Join(err, d.Close())
}

func (s *server) copyTemplate(name string) error {
	s.copying.Lock()
	defer s.copying.Unlock()
	return exec(s.admin, fmt.Sprintf("CREATE DATABASE %s TEMPLATE %s STRATEGY file_copy", pq.QuoteIdentifier(name), pq.QuoteIdentifier(s.template)))
}

func (s *server) stop() error {
	if s.admin != nil {
		if s.private == nil && s.template != "" {
			s.err = errors.Join(s.err, dropDatabase(s.admin, s.template))
		}
		s.err = errors.Join(s.err, s.admin.Close())
	}
	if s.private != nil {
		return errors.Join(s.private.Stop(context.Background()), os.RemoveAll(s.dir))
	}
	return nil
}

// Replicated is a migrated primary with a streaming standby, on servers of its own: a test may pause or end them.
type Replicated struct {
	*Database
	// Server is both servers; Kill ends the primary.
	Server *devstack.Postgres
	// Standby is a plain connection pool to the standby.
	Standby *sql.DB
}

// WithStandby starts a primary and a standby for one test. The database reads from the standby as soon as its Run has
// measured the lag. Without Postgres the test is skipped; with CI=true it fails.
func WithStandby(tb testing.TB, o db.Options) *Replicated {
	tb.Helper()
	p, dir, err := startPrivate(true)
	requireServer(tb, err)
	tb.Cleanup(func() {
		_ = p.Stop(context.Background()) // a test may have killed it
		require.NoError(tb, os.RemoveAll(dir))
	})
	d := open(tb, p.URL(), p.ReplicaURLs(), o)
	_, err = d.Migrate(context.Background())
	require.NoError(tb, err)
	standby, err := sql.Open("postgres", p.ReplicaURLs()[0])
	require.NoError(tb, err)
	tb.Cleanup(func() { _ = standby.Close() })
	require.Eventually(tb, func() bool {
		return exec(standby, `SELECT FROM replica_heartbeat`) == nil
	}, startTimeout, 10*time.Millisecond, "the standby does not show what was migrated")
	return &Replicated{Database: d, Server: p, Standby: standby}
}
