package devstack

import (
	"context"
	"errors"
	"fmt"
	"os/exec"
	"strconv"
	"syscall"
	"time"
)

// elasticsearchImage is the official image of the version that the JVM node runs, too.
const elasticsearchImage = "elasticsearch:8.19.21"

// DockerAvailable says whether a Docker engine answers within two seconds. CI has none, so that what follows here was
// never run there: what a start with Docker promises rests on people's use of it.
func DockerAvailable(ctx context.Context) bool {
	ctx, cancel := context.WithTimeout(ctx, 2*time.Second)
	defer cancel()
	return exec.CommandContext(ctx, "docker", "info").Run() == nil
}

// startDocker runs the image in the foreground: the docker command forwards our signals to the container, which is
// removed when it ends. Its data stays in the container, because an index can be rebuilt at any time.
func (e *Elasticsearch) startDocker(ctx context.Context, o ElasticsearchOptions, port int) error {
	heap := o.HeapMB
	if heap == 0 {
		heap = defaultHeapMB
	}
	name := "kirana-elasticsearch-" + strconv.Itoa(port)
	reporter{o.Progress}.say("elasticsearch: starting the image %s, which Docker downloads the first time", elasticsearchImage)
	cmd := exec.CommandContext(context.WithoutCancel(ctx), "docker", "run", "--rm", "--name", name,
		"-p", fmt.Sprintf("127.0.0.1:%d:9200", port), "-e", "discovery.type=single-node",
		"-e", "xpack.security.enabled=false", "-e", fmt.Sprintf("ES_JAVA_OPTS=-Xms%dm -Xmx%dm", heap, heap), elasticsearchImage)
	e.shutdown = func() error { return e.process.signal(syscall.SIGTERM) }
	e.destroy = func() error {
		// the engine first: killing only the command would leave the container running
		err := exec.CommandContext(context.WithoutCancel(ctx), "docker", "kill", name).Run()
		return errors.Join(err, e.process.signal(syscall.SIGKILL))
	}
	return e.launch(cmd)
}
