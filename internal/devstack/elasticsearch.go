package devstack

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"syscall"
	"time"
)

const (
	defaultHeapMB        = 512
	elasticsearchStop    = 20 * time.Second
	elasticsearchRecover = 30 * time.Second
)

// ElasticsearchOptions says how to run Elasticsearch and where. Only Dir is required.
type ElasticsearchOptions struct {
	// Dir is the folder of everything that stays: data/ and elasticsearch.log. One process at a time may use it.
	Dir string
	// Port on 127.0.0.1; 0 means the one it had last time in this Dir if that is free, else any.
	Port int
	// HeapMB is the JVM's heap in MB; 0 means 512.
	HeapMB int
	// JavaHome is where to look for Java before the PATH: the caller's JAVA_HOME.
	JavaHome string
	// Docker runs the official image instead of the JVM node where a Docker engine answers.
	Docker bool
	// Progress gets a line for people now and then while something takes long; nil is silent.
	Progress io.Writer
	// CacheDir keeps the compiled node; "" means kirana in the user's cache folder.
	CacheDir string
}

// Elasticsearch is a running node without any security: for development and tests only.
type Elasticsearch struct {
	url      string
	log      string
	process  *process
	shutdown func() error // asks the node to end
	destroy  func() error // ends it without asking
	lock     *fileLock
	stopping atomic.Bool
	stop     sync.Once
	stopErr  error
	done     chan struct{}
	err      error // to be read after done
}

// StartElasticsearch starts the node in o.Dir, which it creates, and returns when it answers and has its indexes back.
// ctx limits the start, not the node's life. The first start on a machine fetches the server with Maven (about 75 MB)
// and compiles the node; later ones need neither Maven nor the network.
func StartElasticsearch(ctx context.Context, o ElasticsearchOptions) (*Elasticsearch, error) {
	dir, cacheDir, err := place(o.Dir, o.CacheDir)
	if err != nil {
		return nil, err
	}
	o.Dir, o.CacheDir = dir, cacheDir
	lock, err := takeLock(ctx, filepath.Join(o.Dir, "elasticsearch.lock"))
	if err != nil {
		return nil, fmt.Errorf("use %s for Elasticsearch: %w", o.Dir, err)
	}
	e := &Elasticsearch{lock: lock, done: make(chan struct{}), log: filepath.Join(o.Dir, "elasticsearch.log")}
	if err := e.start(ctx, o); err != nil {
		e.abandon()
		return nil, fmt.Errorf("start Elasticsearch: %w", err)
	}
	go e.watch()
	return e, nil
}

func (e *Elasticsearch) start(ctx context.Context, o ElasticsearchOptions) error {
	kept := filepath.Join(o.Dir, "elasticsearch.port")
	port, err := choosePort(o.Port, kept)
	if err != nil {
		return err
	}
	if o.Docker && DockerAvailable(ctx) {
		err = e.startDocker(ctx, o, port)
	} else {
		port, err = e.startJVM(ctx, o, port)
	}
	if err != nil {
		return err
	}
	e.url = "http://127.0.0.1:" + strconv.Itoa(port)
	if err := e.awaitAnswer(ctx); err != nil {
		return err
	}
	return writePort(kept, port)
}

// startJVM starts the node and returns the port it serves on: port, or one soon after it if another program was faster
// and o leaves the choice.
func (e *Elasticsearch) startJVM(ctx context.Context, o ElasticsearchOptions, port int) (int, error) {
	java, err := findJava(o.JavaHome)
	if err != nil {
		return 0, err
	}
	classPath, err := buildNode(ctx, o.CacheDir, reporter{o.Progress})
	if err != nil {
		return 0, err
	}
	heap := o.HeapMB
	if heap == 0 {
		heap = defaultHeapMB
	}
	ports := strconv.Itoa(port)
	if o.Port == 0 {
		ports = fmt.Sprintf("%d-%d", port, port+100) // the node takes the first free one
	}
	cmd := exec.CommandContext(context.WithoutCancel(ctx), java,
		fmt.Sprintf("-Xms%dm", heap), fmt.Sprintf("-Xmx%dm", heap), "-XX:+UseSerialGC", "-XX:+ExitOnOutOfMemoryError",
		"--enable-native-access=ALL-UNNAMED", "-cp", classPath, "org.elasticsearch.node.DevNode", ports, o.Dir)
	// the node ends when its input closes: on Stop, and also when we die, whatever the system
	stdin, err := cmd.StdinPipe()
	if err != nil {
		return 0, fmt.Errorf("make the node's input: %w", err)
	}
	e.shutdown = stdin.Close
	if err := e.launch(cmd); err != nil {
		return 0, err
	}
	e.destroy = func() error { return e.process.signal(syscall.SIGKILL) }
	return e.awaitReady(ctx)
}

// launch starts cmd with all it prints going to the log.
func (e *Elasticsearch) launch(cmd *exec.Cmd) error {
	log, err := openLog(e.log)
	if err != nil {
		return err
	}
	defer func() { _ = log.Close() }() // the node has its own descriptor
	cmd.Stdout, cmd.Stderr = log, log
	cmd.SysProcAttr = childAttr(syscall.SIGTERM)
	e.process, err = startProcess(cmd)
	return err
}

// awaitReady waits for the node's word that it serves, and returns the port that it names.
func (e *Elasticsearch) awaitReady(ctx context.Context) (int, error) {
	var port int
	err := poll(ctx, 50*time.Millisecond, func() (bool, error) {
		if e.process.ended() {
			return false, e.failure()
		}
		var ready bool
		port, ready = parseReady(string(readLog(e.log)))
		return ready, nil
	})
	if err != nil && !e.process.ended() {
		return 0, fmt.Errorf("not ready in time: %w; %s", err, logEnd(e.log))
	}
	return port, err
}

// parseReady finds the line "READY http://127.0.0.1:PORT" in what the node printed.
func parseReady(text string) (int, bool) {
	for line := range strings.Lines(text) {
		if address, ok := strings.CutPrefix(line, "READY http://"); ok && strings.HasSuffix(line, "\n") {
			port, err := parsePort(address[strings.LastIndexByte(address, ':')+1:])
			return port, err == nil
		}
	}
	return 0, false
}

// awaitAnswer waits for HTTP, then for the primary shards of the indexes on disk. An index that stays broken is the
// caller's to rebuild: it delays the start, and does not prevent it.
func (e *Elasticsearch) awaitAnswer(ctx context.Context) error {
	url := fmt.Sprintf("%s/_cluster/health?wait_for_status=yellow&timeout=%s", e.url, elasticsearchRecover)
	client := http.Client{Transport: &http.Transport{DisableKeepAlives: true}}
	err := poll(ctx, 100*time.Millisecond, func() (bool, error) {
		if e.process.ended() {
			return false, e.failure()
		}
		request, err := http.NewRequestWithContext(ctx, http.MethodGet, url, http.NoBody)
		if err != nil {
			return false, err
		}
		response, err := client.Do(request)
		if err != nil {
			return false, nil //nolint:nilerr // not listening yet
		}
		_ = response.Body.Close()
		return response.StatusCode == http.StatusOK || response.StatusCode == http.StatusRequestTimeout, nil
	})
	if err != nil && !e.process.ended() {
		return fmt.Errorf("no answer from %s: %w; %s", e.url, err, logEnd(e.log))
	}
	return err
}

func (e *Elasticsearch) failure() error {
	return fmt.Errorf("elasticsearch ended (%s); %s", e.process.end(), logEnd(e.log))
}

// abandon ends what a failed start has started.
func (e *Elasticsearch) abandon() {
	if e.process != nil {
		_ = e.destroy() // the start's own error is the one to tell
		<-e.process.done
	}
	e.lock.release()
}

// watch follows the node to its end.
func (e *Elasticsearch) watch() {
	<-e.process.done
	if !e.stopping.Load() {
		e.err = e.failure()
	}
	e.lock.release()
	close(e.done)
}

// URL is the node's address: http://127.0.0.1:PORT.
func (e *Elasticsearch) URL() string { return e.url }

// Done is closed when the node has ended, by Stop or unexpectedly.
func (e *Elasticsearch) Done() <-chan struct{} { return e.done }

// Err says why the node ended: nil while it runs and after Stop, else the cause with the last lines of its log.
func (e *Elasticsearch) Err() error {
	select {
	case <-e.done:
		return e.err
	default:
		return nil
	}
}

// Stop shuts the node down. If ctx or 20 seconds end first it is killed, which loses nothing that was acknowledged, and
// Stop says so in its error. Every call after the first returns the same.
func (e *Elasticsearch) Stop(ctx context.Context) error {
	e.stop.Do(func() {
		e.stopping.Store(true)
		e.stopErr = e.end(ctx)
		<-e.done
	})
	return e.stopErr
}

func (e *Elasticsearch) end(ctx context.Context) error {
	if e.process.ended() {
		return nil
	}
	if err := e.shutdown(); err != nil && !errors.Is(err, os.ErrClosed) {
		return errors.Join(fmt.Errorf("ask Elasticsearch to end: %w", err), e.destroy())
	}
	ctx, cancel := context.WithTimeout(ctx, elasticsearchStop)
	defer cancel()
	select {
	case <-e.done:
		return nil
	case <-ctx.Done():
		return errors.Join(fmt.Errorf("elasticsearch did not end in time and was killed: %w", ctx.Err()), e.destroy())
	}
}

// Kill ends the node at once, as a crash would: for tests of faults.
func (e *Elasticsearch) Kill() error {
	if err := e.destroy(); err != nil {
		return err
	}
	<-e.done
	return nil
}
