package devstack_test

import (
	"context"
	"fmt"
	"os"
	"os/signal"
	"testing"
	"time"

	"go.uber.org/goleak"

	"github.com/kirana-commerce/kirana/internal/devstack"
)

// The test binary is its own helper: TestDeathOfParent runs it again as a program that starts the servers and waits.
const parentVariable = "TEST_DEVSTACK_PARENT"

func TestMain(m *testing.M) {
	if dir := os.Getenv(parentVariable); dir != "" {
		os.Exit(parent(dir))
	}
	goleak.VerifyTestMain(m)
}

// parent starts both servers in dir, says so on standard output and waits for the end.
func parent(dir string) int {
	ctx, cancel := signal.NotifyContext(context.Background(), os.Interrupt)
	defer cancel()
	pg, err := devstack.StartPostgres(ctx, devstack.PostgresOptions{Dir: dir + "/pg", Settings: testSettings()})
	if err != nil {
		fmt.Println("error", err)
		return 1
	}
	es, err := devstack.StartElasticsearch(ctx, devstack.ElasticsearchOptions{Dir: dir + "/es"})
	if err != nil {
		fmt.Println("error", err)
		return 1
	}
	fmt.Println("up", pg.URL(), es.URL())
	<-ctx.Done()
	return 0
}

// testSettings trade durability for speed: a killed server loses nothing by them, only a crashed machine would.
func testSettings() map[string]string {
	return map[string]string{"fsync": "off", "shared_buffers": "16MB"}
}

// limit is generous: several suites may share two cores, and a first run downloads.
func limit(t *testing.T) context.Context {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), 5*time.Minute)
	t.Cleanup(cancel)
	return ctx
}
