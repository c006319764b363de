package main

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"flag"
	"fmt"
	"io"
	"net/http"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"golang.org/x/tools/txtar"

	"github.com/kirana-commerce/kirana/db/dbtest"
)

var update = flag.Bool("update", false, "write the answers of the cases in testdata anew")

func TestMain(m *testing.M) {
	if os.Getenv("TEST_AS_KIRANA") != "" { // a test has started this binary as the program, to kill it
		main()
		return
	}
	code := dbtest.Main(m)
	if err := sharedStop(); err != nil {
		fmt.Fprintln(os.Stderr, err)
		code = 1
	}
	os.Exit(code)
}

// dev is a kirana dev that runs inside the test process: the true program, on a free port, in a folder of its own.
type dev struct {
	url    string
	dir    string
	out    lines
	cancel context.CancelFunc
	code   chan int
}

// startDev runs kirana dev until stop.
func startDev(dir string, args ...string) (*dev, error) {
	ctx, cancel := context.WithCancel(context.Background())
	d := &dev{dir: dir, cancel: cancel, code: make(chan int, 1)}
	d.out.ready = make(chan string, 1)
	var log bytes.Buffer
	go func() {
		d.code <- run(ctx, append([]string{"dev", "--data-dir", dir, "--addr", "127.0.0.1:0"}, args...), &d.out, &log)
	}()
	select {
	case line := <-d.out.ready:
		d.url = strings.TrimSuffix(strings.TrimPrefix(line, "ready "), "/graphql")
		return d, nil
	case code := <-d.code:
		cancel()
		return nil, fmt.Errorf("kirana dev ended with %d before it was ready:\n%s\n%s", code, d.out.String(), log.String())
	}
}

func (d *dev) stop() error {
	d.cancel()
	if code := <-d.code; code != 0 {
		return fmt.Errorf("kirana dev ended with %d:\n%s", code, d.out.String())
	}
	return nil
}

// lines keeps what is printed and reports the ready line.
type lines struct {
	mu    sync.Mutex
	text  bytes.Buffer
	ready chan string
}

func (l *lines) Write(b []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if line, _, ok := strings.Cut(string(b), "\n"); ok && strings.HasPrefix(line, "ready ") {
		l.ready <- line
	}
	return l.text.Write(b)
}

func (l *lines) String() string {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.text.String()
}

// shared is the kirana dev with the demo stores that most tests ask.
var shared = sync.OnceValues(func() (*dev, error) {
	dir, err := os.MkdirTemp("", "kirana-e2e-")
	if err != nil {
		return nil, err
	}
	d, err := startDev(dir, "--verify-every=0") // a sweep would repair what a test breaks
	sharedStop = func() error { return errors.Join(d.stop(), os.RemoveAll(dir)) }
	if err != nil {
		sharedStop = func() error { return os.RemoveAll(dir) }
	}
	return d, err
})

var sharedStop = func() error { return nil }

func sharedDev(tb testing.TB) *dev {
	tb.Helper()
	d, err := shared()
	if err != nil && os.Getenv("CI") != "true" {
		tb.Skipf("kirana dev does not start here: %v", err)
	}
	require.NoError(tb, err)
	return d
}

// ask posts a document and returns status and answer.
func (d *dev) ask(tb testing.TB, path, document string, variables json.RawMessage) (int, []byte) {
	tb.Helper()
	body, err := json.Marshal(map[string]any{"query": document, "variables": variables})
	require.NoError(tb, err)
	return d.post(tb, path, "application/json", body)
}

func (d *dev) post(tb testing.TB, path, contentType string, body []byte) (int, []byte) {
	tb.Helper()
	req, err := http.NewRequestWithContext(context.Background(), http.MethodPost, d.url+path, bytes.NewReader(body))
	require.NoError(tb, err)
	req.Header.Set("Content-Type", contentType)
	res, err := http.DefaultClient.Do(req)
	require.NoError(tb, err)
	defer func() { require.NoError(tb, res.Body.Close()) }()
	answer, err := io.ReadAll(res.Body)
	require.NoError(tb, err)
	return res.StatusCode, answer
}

// requestID and lag are what an answer holds that is another each time.
var (
	requestID = regexp.MustCompile(`"requestId": "[^"]*"`)
	lag       = regexp.MustCompile(`"lagMs": ?\d+`)
)

// A case is a txtar file: path (of the endpoint, optional), query.graphql, variables.json (optional) and want.json.
// go test ./cmd/kirana -run TestDemoStores -update writes want.json anew; read the difference.
func TestDemoStores(t *testing.T) {
	t.Parallel()
	d := sharedDev(t)
	files, err := filepath.Glob("testdata/*.txtar")
	require.NoError(t, err)
	require.NotEmpty(t, files)
	for _, file := range files {
		t.Run(strings.TrimSuffix(filepath.Base(file), ".txtar"), func(t *testing.T) {
			t.Parallel()
			archive, err := txtar.ParseFile(file)
			require.NoError(t, err)
			part := map[string][]byte{"path": []byte("/graphql"), "variables.json": []byte("{}")}
			for _, f := range archive.Files {
				part[f.Name] = bytes.TrimSpace(f.Data)
			}
			_, answer := d.ask(t, string(part["path"]), string(part["query.graphql"]), part["variables.json"])
			got := strings.ReplaceAll(requestID.ReplaceAllString(canonical(t, answer), `"requestId": "…"`), d.url, "http://SERVER")
			got = lag.ReplaceAllString(got, `"lagMs": 0`)
			if *update {
				rewrite(t, file, archive, got)
				return
			}
			require.Equal(t, string(part["want.json"]), strings.TrimSpace(got))
		})
	}
}

// canonical renders an answer so that equal answers are equal texts: fields of one level run at the same time, so their
// errors come in any order.
func canonical(t *testing.T, answer []byte) string {
	t.Helper()
	var v map[string]any
	require.NoError(t, json.Unmarshal(answer, &v), string(answer))
	if list, ok := v["errors"].([]any); ok {
		slices.SortFunc(list, func(a, b any) int { return strings.Compare(fmt.Sprint(a), fmt.Sprint(b)) })
	}
	pretty, err := json.MarshalIndent(v, "", "  ")
	require.NoError(t, err)
	return string(pretty)
}

func rewrite(t *testing.T, file string, archive *txtar.Archive, want string) {
	t.Helper()
	files := archive.Files[:0:0]
	for _, f := range archive.Files {
		if f.Name != "want.json" {
			files = append(files, f)
		}
	}
	archive.Files = append(files, txtar.File{Name: "want.json", Data: []byte(want + "\n")})
	require.NoError(t, os.WriteFile(file, txtar.Format(archive), 0o600))
}

// eventually polls until ok, for what another process does.
func eventually(tb testing.TB, what string, ok func() bool) {
	tb.Helper()
	require.Eventually(tb, ok, 2*time.Minute, 20*time.Millisecond, what)
}
