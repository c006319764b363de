package searchtest

import (
	"context"
	"errors"
	"os"
	"sync"
	"testing"
	"time"

	"github.com/kirana-commerce/kirana/internal/devstack"
)

// startTimeout covers the first start on a machine, which fetches the server.
const startTimeout = 5 * time.Minute

// engine is the private engine of the test process: one for all its tests, since a start takes seconds.
type engine struct {
	once sync.Once
	node *devstack.Elasticsearch
	dir  string
	err  error
}

// private has to be shared by every test of the process, and tests share nothing but the package.
var private engine

// Server returns the URL of the engine for tests: TEST_ELASTICSEARCH_URL, or one that this process starts at the first
// call and that Main, or the end of the process, stops. Where none can be started the test is skipped; with CI=true it
// fails.
func Server(tb testing.TB) string {
	tb.Helper()
	if url := os.Getenv("TEST_ELASTICSEARCH_URL"); url != "" {
		return url
	}
	private.once.Do(private.start)
	if private.err == nil {
		return private.node.URL()
	}
	if os.Getenv("CI") == "true" {
		tb.Fatalf("no Elasticsearch for tests: %v", private.err)
	}
	tb.Skipf("no Elasticsearch for tests (set TEST_ELASTICSEARCH_URL to use another): %v", private.err)
	return ""
}

func (e *engine) start() {
	ctx, cancel := context.WithTimeout(context.Background(), startTimeout)
	defer cancel()
	if e.dir, e.err = os.MkdirTemp("", "kirana-searchtest-"); e.err != nil {
		return
	}
	e.node, e.err = devstack.StartElasticsearch(ctx, devstack.ElasticsearchOptions{Dir: e.dir, JavaHome: os.Getenv("TEST_JAVA_HOME")})
}

func (e *engine) stop() error {
	if e.dir == "" {
		return nil
	}
	var err error
	if e.node != nil {
		err = e.node.Stop(context.Background())
	}
	return errors.Join(err, os.RemoveAll(e.dir))
}

// Main runs a package's tests and then stops the engine that they started, before goleak looks for what they left:
//
//	func TestMain(m *testing.M) { goleak.VerifyTestMain(searchtest.Main{M: m}) }
type Main struct{ M *testing.M }

// Run runs the tests and returns their exit code, 1 when only stopping the engine failed.
func (m Main) Run() int {
	code := m.M.Run()
	if err := private.stop(); err != nil && code == 0 {
		_, _ = os.Stderr.WriteString("stop the test engine: " + err.Error() + "\n") // there is nobody else to tell
		return 1
	}
	return code
}
