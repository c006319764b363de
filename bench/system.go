package main

import (
	"bufio"
	"bytes"
	"context"
	"database/sql"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"time"

	_ "github.com/lib/pq" // the driver behind database/sql

	"github.com/kirana-commerce/kirana/db"
	"github.com/kirana-commerce/kirana/indexer"
	"github.com/kirana-commerce/kirana/internal/devstack"
)

// system is Kirana as its users run it: the binary, on servers of its own.
type system struct {
	binary   string
	dir      string
	postgres *devstack.Postgres
	elastic  *devstack.Elasticsearch
	children []*child
	client   *http.Client
	// api is kirana serve and url its address, once it runs.
	api *child
	url string
	db  *sql.DB
	// indexer is kirana index, once it runs.
	indexer *child
}

func newSystem(binary string) (*system, error) {
	path, err := filepath.Abs(binary)
	if err != nil {
		return nil, err
	}
	if _, err := os.Stat(path); err != nil {
		return nil, fmt.Errorf("%w (make build makes it)", err)
	}
	dir, err := os.MkdirTemp("", "kirana-bench-")
	return &system{binary: path, dir: dir, client: &http.Client{Timeout: 30 * time.Second}}, err
}

// start brings up the servers and the schema. The settings of Postgres are those of kirana dev: durable.
func (s *system) start(ctx context.Context) error {
	var err error
	fmt.Fprintln(os.Stderr, "starting Postgres and Elasticsearch …")
	if s.elastic, err = devstack.StartElasticsearch(ctx, devstack.ElasticsearchOptions{Dir: filepath.Join(s.dir, "elasticsearch"), Progress: os.Stderr}); err != nil {
		return err
	}
	return s.startPostgres(ctx, true)
}

// startPostgres brings up Postgres alone, and the schema.
func (s *system) startPostgres(ctx context.Context, standby bool) error {
	var err error
	if s.postgres, err = devstack.StartPostgres(ctx, devstack.PostgresOptions{Dir: filepath.Join(s.dir, "postgres"), Standby: standby, Progress: os.Stderr}); err != nil {
		return err
	}
	if s.db, err = sql.Open("postgres", s.postgres.URL()); err != nil {
		return err
	}
	_, err = s.kirana(ctx, "migrate")
	return err
}

// stop ends everything that was started and removes its data.
func (s *system) stop(ctx context.Context) error {
	ctx, cancel := context.WithTimeout(ctx, time.Minute)
	defer cancel()
	var errs []error
	for _, c := range s.children {
		errs = append(errs, c.stop())
	}
	if s.db != nil {
		errs = append(errs, s.db.Close())
	}
	if s.elastic != nil {
		errs = append(errs, s.elastic.Stop(ctx))
	}
	if s.postgres != nil {
		errs = append(errs, s.postgres.Stop(ctx))
	}
	return errors.Join(append(errs, os.RemoveAll(s.dir))...)
}

func (s *system) command(ctx context.Context, args ...string) *exec.Cmd {
	cmd := exec.CommandContext(ctx, s.binary, args...) //nolint:gosec // the binary is what is measured
	cmd.Env = append(cmd.Environ(),
		"DATABASE_URL="+s.postgres.URL(), "DATABASE_REPLICA_URLS="+strings.Join(s.postgres.ReplicaURLs(), ","), "KIRANA_LOG_LEVEL=WARN")
	search := "http://127.0.0.1:1" // nobody: what is measured without Elasticsearch does not search
	if s.elastic != nil {
		search = s.elastic.URL()
	}
	// Nothing stands in for the engine: what is measured is the index, and waited for.
	cmd.Env = append(cmd.Env, "ELASTICSEARCH_URL="+search, "KIRANA_SEARCH=elasticsearch")
	cmd.Stderr = os.Stderr
	return cmd
}

// kirana runs a command to its end and returns what it printed.
func (s *system) kirana(ctx context.Context, args ...string) ([]byte, error) {
	out, err := s.command(ctx, args...).Output()
	if err != nil {
		return out, fmt.Errorf("kirana %s: %w", strings.Join(args, " "), err)
	}
	return out, nil
}

// child is a part of the system that runs until it is stopped.
type child struct {
	cmd  *exec.Cmd
	done chan error
}

func (c *child) stop() error {
	select {
	case err := <-c.done:
		return err // it ended by itself
	default:
	}
	_ = c.cmd.Process.Signal(os.Interrupt)
	err := <-c.done
	close(c.done)
	return err
}

// kill ends it as a crash does, without a chance to finish anything.
func (c *child) kill() error {
	err := c.cmd.Process.Kill()
	if ended := <-c.done; ended == nil && err == nil {
		err = errors.New("it had ended by itself")
	}
	close(c.done)
	return err
}

// background starts a command and hands each line it prints to line, until that returns true.
func (s *system) background(ctx context.Context, ready func(line string) bool, args ...string) (*child, error) {
	cmd := s.command(ctx, args...)
	out, err := cmd.StdoutPipe()
	if err != nil {
		return nil, err
	}
	if err := cmd.Start(); err != nil {
		return nil, err
	}
	c := &child{cmd: cmd, done: make(chan error, 1)}
	s.children = append(s.children, c)
	lines := bufio.NewScanner(out)
	for ready != nil && lines.Scan() {
		if ready(lines.Text()) {
			ready = nil
		}
	}
	go func() {
		_, _ = io.Copy(io.Discard, out)
		c.done <- cmd.Wait()
	}()
	return c, nil
}

// serve starts the API.
func (s *system) serve(ctx context.Context) (err error) {
	s.api, s.url, err = s.another(ctx)
	return err
}

// another starts one more server of the API.
func (s *system) another(ctx context.Context, flags ...string) (api *child, url string, err error) {
	api, err = s.background(ctx, func(line string) (is bool) {
		url, is = strings.CutPrefix(line, "ready ")
		return is
	}, append([]string{"serve", "--addr", "127.0.0.1:0"}, flags...)...)
	if err == nil && url == "" {
		err = errors.New("kirana serve ended before it was ready")
	}
	return api, url, err
}

// index starts the indexer and waits until searches are answered.
func (s *system) index(ctx context.Context) (err error) {
	for s.indexer, err = s.background(ctx, nil, "index"); err == nil; time.Sleep(20 * time.Millisecond) {
		var res *http.Response
		if res, err = s.get(ctx, "/readyz"); err != nil {
			return err
		}
		_ = res.Body.Close()
		if res.StatusCode == http.StatusOK {
			return nil
		}
	}
	return err
}

// get asks the server for one of its paths.
func (s *system) get(ctx context.Context, path string) (*http.Response, error) {
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, strings.TrimSuffix(s.url, "/graphql")+path, nil)
	if err != nil {
		return nil, err
	}
	return s.client.Do(req)
}

// post sends a document and returns the answer, which must be a success.
func (s *system) post(ctx context.Context, document string) ([]byte, error) {
	body, err := json.Marshal(map[string]string{"query": document})
	if err != nil {
		return nil, err
	}
	req, err := http.NewRequestWithContext(ctx, http.MethodPost, s.url, bytes.NewReader(body))
	if err != nil {
		return nil, err
	}
	req.Header.Set("Content-Type", "application/json")
	res, err := s.client.Do(req)
	if err != nil {
		return nil, err
	}
	defer res.Body.Close()
	answer, err := io.ReadAll(res.Body)
	if err == nil && (res.StatusCode != http.StatusOK || bytes.Contains(answer, []byte(`"errors"`))) {
		err = fmt.Errorf("answer %d: %.200s", res.StatusCode, answer)
	}
	return answer, err
}

// ask sends a document and reads the data of the answer into v.
func (s *system) ask(ctx context.Context, document string, v any) error {
	text, err := s.post(ctx, document)
	if err != nil {
		return err
	}
	var answer struct {
		Data json.RawMessage `json:"data"`
	}
	if err := json.Unmarshal(text, &answer); err != nil {
		return err
	}
	return json.Unmarshal(answer.Data, v)
}

// count is how many products of the bench store a search finds.
func (s *system) count(ctx context.Context, text string) (int, error) {
	return s.countIn(ctx, benchHandle, text)
}

// countIn is how many products of a store a search finds.
func (s *system) countIn(ctx context.Context, store, text string) (int, error) {
	return s.total(ctx, store, fmt.Sprintf(`query: %q`, text))
}

// total is how many products of a store a search with the given arguments finds.
func (s *system) total(ctx context.Context, store, arguments string) (int, error) {
	var data struct {
		Store struct{ Search struct{ TotalCount int } }
	}
	err := s.ask(ctx, fmt.Sprintf(`{ store(handle: %q) { search(%s, first: 0) { totalCount } } }`, store, arguments), &data)
	return data.Store.Search.TotalCount, err
}

// waitFor polls until the store's search finds n products.
func (s *system) waitFor(ctx context.Context, n int) error { return s.waitIn(ctx, benchHandle, n) }

// waitIn polls until a store's search finds n products, for as long as a slow machine needs for them.
func (s *system) waitIn(ctx context.Context, store string, n int) error {
	ctx, cancel := context.WithTimeout(ctx, 5*time.Minute+time.Duration(n)*time.Millisecond)
	defer cancel()
	for {
		found, err := s.countIn(ctx, store, "")
		if err == nil && found == n {
			return nil
		}
		select {
		case <-ctx.Done():
			return fmt.Errorf("the index holds %d of %d products: %w", found, n, errors.Join(err, errIncomplete))
		case <-time.After(20 * time.Millisecond):
		}
	}
}

// waitIdle waits until the index has everything that was written before: products can be found by what they were before their variants came. It
// does what autovacuum would do beside the first minute of a measurement, too.
func (s *system) waitIdle(ctx context.Context) error {
	if _, err := s.db.ExecContext(ctx, `VACUUM (ANALYZE)`); err != nil {
		return err
	}
	d, err := db.Open(s.postgres.URL(), nil, db.Options{})
	if err != nil {
		return err
	}
	defer func() { _ = d.Close() }() // nothing was written
	index := d.Freshness(indexer.DefaultSlot)
	end, err := index.LogPosition(ctx)
	if err != nil {
		return err
	}
	ctx, cancel := context.WithTimeout(ctx, 10*time.Minute)
	defer cancel()
	_, err = index.WaitSearchable(ctx, end)
	return err
}

var errIncomplete = errors.New("the index is incomplete")
