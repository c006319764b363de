package cdc

import (
	"context"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"io"
	"math/big"
	"net"
	"net/url"
	"strconv"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

// ownServer is a server the test may kill, with schema in its database.
func ownServer(t *testing.T, settings map[string]string) (dir string, db database, kill func() error) {
	t.Helper()
	dir = t.TempDir()
	server, err := startServer(dir, settings)
	requireServer(t, err)
	t.Cleanup(func() { require.NoError(t, server.Stop(context.Background())) })
	db = database{url: server.URL(), slot: "cdc_own"}
	run(t, db.url, schema)
	return dir, db, server.Kill
}

// TestStreamServerKilled crashes the server under a stream that has commits in flight.
func TestStreamServerKilled(t *testing.T) {
	t.Parallel()
	dir, db, kill := ownServer(t, map[string]string{"synchronous_commit": "on"})
	first := start(t, Config{URL: db.url, Slot: db.slot})
	run(t, db.url, "INSERT INTO items VALUES (1)")
	run(t, db.url, "INSERT INTO items VALUES (2)")
	one, two := first.take(t), first.take(t)
	one.release()
	eventually(t, "the server knows", func() bool { return db.confirmedOnServer(t) >= one.end })
	run(t, db.url, "INSERT INTO items VALUES (3)")

	require.NoError(t, kill())
	go func() { // the handler may be blocked in handing over the third
		select {
		case <-first.commits:
		case <-first.stop:
		}
	}()
	err := first.wait(t)
	require.ErrorContains(t, err, "stream changes from slot cdc_own")
	two.release()

	server, err := startServer(dir, nil)
	require.NoError(t, err)
	t.Cleanup(func() { require.NoError(t, server.Stop(context.Background())) })
	second := start(t, Config{URL: server.URL(), Slot: db.slot})
	require.Equal(t, first.stream.System().SystemID, second.stream.System().SystemID)
	run(t, server.URL(), "INSERT INTO items VALUES (4)")
	// The crash may have cost the slot its latest confirmation, never a commit.
	seen := []string{}
	for len(seen) == 0 || seen[len(seen)-1] != inserted(4) {
		tx := second.take(t)
		seen = append(seen, tx.lines...)
		tx.release()
	}
	want := []string{inserted(1), inserted(2), inserted(3), inserted(4)}
	require.Equal(t, want[len(want)-len(seen):], seen)
	require.GreaterOrEqual(t, len(seen), 3)
	require.NoError(t, second.end(t))
}

func inserted(id int) string {
	return "INSERT public.items new(id=" + strconv.Itoa(id) + " name=null note=null)"
}

// TestStreamServerStopped shuts the server down in good order: it waits for the stream to confirm everything, and says goodbye.
func TestStreamServerStopped(t *testing.T) {
	t.Parallel()
	server, err := startServer(t.TempDir(), nil)
	requireServer(t, err)
	run(t, server.URL(), schema)
	r := start(t, Config{URL: server.URL(), Slot: "cdc_own", StatusInterval: time.Hour})
	run(t, server.URL(), "INSERT INTO items VALUES (1)")
	r.take(t).release()
	require.NoError(t, server.Stop(context.Background()))
	require.ErrorIs(t, r.wait(t), errServerEnded)
}

// proxy stands between a stream and the server. Once frozen it passes nothing on, as a network that has lost its way.
type proxy struct {
	listener net.Listener
	target   string
	secret   *tls.Config // not nil: the stream's side is encrypted
	frozen   chan struct{}
	closing  chan struct{}
	running  sync.WaitGroup
}

// startProxy returns the proxy and the address of db through it.
func startProxy(t *testing.T, db database, secret *tls.Config) (*proxy, string) {
	t.Helper()
	u, err := url.Parse(db.url)
	require.NoError(t, err)
	listener, err := (&net.ListenConfig{}).Listen(t.Context(), "tcp", "127.0.0.1:0")
	require.NoError(t, err)
	p := &proxy{listener: listener, target: u.Host, secret: secret, frozen: make(chan struct{}), closing: make(chan struct{})}
	p.running.Go(p.accept)
	t.Cleanup(func() {
		close(p.closing)
		_ = listener.Close()
		p.running.Wait()
	})
	u.Host = listener.Addr().String()
	if secret != nil {
		u.RawQuery = "sslmode=require"
	}
	return p, u.String()
}

func (p *proxy) accept() {
	for {
		client, err := p.listener.Accept()
		if err != nil {
			return
		}
		server, err := (&net.Dialer{}).DialContext(context.Background(), "tcp", p.target)
		if err != nil {
			_ = client.Close()
			continue
		}
		if client, err = p.encrypt(client); err != nil {
			_ = server.Close()
			continue
		}
		p.running.Go(func() { p.pass(client, server) })
		p.running.Go(func() { p.pass(server, client) })
		p.running.Go(func() {
			<-p.closing
			_ = client.Close()
			_ = server.Close()
		})
	}
}

// encrypt answers a client's wish for TLS as the server would.
func (p *proxy) encrypt(client net.Conn) (net.Conn, error) {
	if p.secret == nil {
		return client, nil
	}
	wish := make([]byte, 8)
	if _, err := io.ReadFull(client, wish); err != nil {
		return nil, errors.Join(err, client.Close())
	}
	if _, err := client.Write([]byte{'S'}); err != nil {
		return nil, errors.Join(err, client.Close())
	}
	return tls.Server(client, p.secret), nil
}

func (p *proxy) pass(from io.Reader, to io.Writer) {
	buffer := make([]byte, 64<<10)
	for {
		n, err := from.Read(buffer)
		if err != nil {
			return
		}
		select {
		case <-p.frozen:
			<-p.closing
			return
		default:
		}
		if _, err := to.Write(buffer[:n]); err != nil {
			return
		}
	}
}

// TestStreamServerSilent loses the network without an end of the connection.
func TestStreamServerSilent(t *testing.T) {
	t.Parallel()
	db := newDatabase(t)
	p, address := startProxy(t, db, nil)
	const timeout = 400 * time.Millisecond
	r := start(t, Config{URL: address, Slot: db.slot, ServerTimeout: timeout})

	run(t, db.url, "INSERT INTO items VALUES (1)")
	tx := r.take(t)
	// An idle server is asked for a sign of life and gives it: three timeouts pass without harm.
	eventually(t, "the server hears from us for longer than the timeout", func() bool {
		rows := run(t, db.url, "SELECT 1 FROM pg_stat_replication WHERE application_name = '"+db.slot+"' AND reply_time > backend_start + interval '1.2s'")
		return len(rows) == 1
	})
	select {
	case err := <-r.done:
		require.FailNow(t, "the stream ended", "%v", err)
	default:
	}
	tx.release()
	close(p.frozen)
	require.ErrorIs(t, r.wait(t), errSilent)
}

// TestStreamEncrypted does over TLS what depends on reading and writing at the same time and on deadlines that come and go.
func TestStreamEncrypted(t *testing.T) {
	t.Parallel()
	db := newDatabase(t)
	_, address := startProxy(t, db, &tls.Config{Certificates: []tls.Certificate{certificate(t)}, MinVersion: tls.VersionTLS13})
	r := start(t, Config{URL: address, Slot: db.slot, StatusInterval: time.Millisecond})
	const transactions = 20
	for range transactions {
		run(t, db.url, "INSERT INTO papers SELECT n, repeat('x', 200) FROM generate_series(1, 1000) n")
	}
	var last transaction
	for range transactions {
		last = r.take(t)
		require.Len(t, last.lines, 1000)
		last.release()
	}
	require.NoError(t, r.end(t))
	require.GreaterOrEqual(t, db.confirmedOnServer(t), last.end, "the final report, after the interrupted read")
	require.Equal(t, "f", queryValue(t, db.url, "SELECT active FROM pg_replication_slots WHERE slot_name = '"+db.slot+"'"),
		"the farewell was answered")
}

func certificate(t *testing.T) tls.Certificate {
	t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	require.NoError(t, err)
	der, err := x509.CreateCertificate(rand.Reader, &x509.Certificate{SerialNumber: big.NewInt(1)},
		&x509.Certificate{}, key.Public(), key)
	require.NoError(t, err)
	return tls.Certificate{Certificate: [][]byte{der}, PrivateKey: key}
}
