package dbtest

import (
	"io"
	"net"
	"sync"
	"sync/atomic"
	"testing"

	"github.com/stretchr/testify/require"
)

// Relay is an address that stays while the server behind it changes or goes, as that of a connection pooler, or a name.
type Relay struct {
	listener net.Listener
	target   atomic.Pointer[string]
	served   chan struct{} // closed when no connection is taken any more
	open     []net.Conn    // to be read after served
	running  sync.WaitGroup
}

// NewRelay listens at an address and passes connections on to the server at another, both HOST:PORT, until the test ends.
func NewRelay(tb testing.TB, address, target string) *Relay {
	tb.Helper()
	listener, err := net.Listen("tcp", address)
	require.NoError(tb, err)
	r := &Relay{listener: listener, served: make(chan struct{})}
	r.To(target)
	go r.serve()
	tb.Cleanup(r.Close)
	return r
}

// Addr is where it listens, HOST:PORT.
func (r *Relay) Addr() string { return r.listener.Addr().String() }

// To sends the connections that begin from now on to another server.
func (r *Relay) To(target string) { r.target.Store(&target) }

// Close cuts all connections, and takes no more.
func (r *Relay) Close() {
	_ = r.listener.Close()
	<-r.served
	for _, c := range r.open {
		_ = c.Close()
	}
	r.running.Wait()
}

func (r *Relay) serve() {
	defer close(r.served)
	for {
		in, err := r.listener.Accept()
		if err != nil {
			return
		}
		out, err := net.Dial("tcp", *r.target.Load())
		if err != nil {
			_ = in.Close() // the server is down, which is how the client learns it
			continue
		}
		r.open = append(r.open, in, out)
		r.running.Go(func() { _, _ = io.Copy(in, out); _ = in.Close() })
		r.running.Go(func() { _, _ = io.Copy(out, in); _ = out.Close() })
	}
}
