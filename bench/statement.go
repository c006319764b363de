package main

import (
	"context"
	"fmt"
	"io"
	"net"
	"net/url"
	"slices"
	"sync"

	"github.com/jackc/pgx/v5/pgproto3"
)

// statement is one that a server sent to Postgres, with the parameters as it sent them: as text.
type statement struct {
	text       string
	parameters []string
	// null has the indexes of the parameters that are NULL.
	null map[int]bool
	// session numbers the connection.
	session int
}

// eavesdropper stands between a server and Postgres and notes the statements that are run, whoever wrote them and
// whichever way they were prepared.
type eavesdropper struct {
	listener net.Listener
	upstream string
	url      string
	wait     sync.WaitGroup

	mu    sync.Mutex
	heard []statement
	err   error
}

// eavesdrop listens in on the Postgres at a URL. Servers connect to the eavesdropper's own URL in its place.
func eavesdrop(ctx context.Context, postgres string) (*eavesdropper, error) {
	u, err := url.Parse(postgres)
	if err != nil {
		return nil, err
	}
	listener, err := listen(ctx)
	if err != nil {
		return nil, err
	}
	e := &eavesdropper{listener: listener, upstream: u.Host}
	u.Host = listener.Addr().String()
	e.url = u.String()
	e.wait.Go(func() { e.accept(ctx) })
	return e, nil
}

// close waits until the servers have gone.
func (e *eavesdropper) close() error {
	err := e.listener.Close()
	e.wait.Wait()
	return err
}

// take returns what was heard since the last call.
func (e *eavesdropper) take() ([]statement, error) {
	e.mu.Lock()
	defer e.mu.Unlock()
	heard := e.heard
	e.heard = nil
	return heard, e.err
}

func (e *eavesdropper) accept(ctx context.Context) {
	for session := 0; ; session++ {
		client, err := e.listener.Accept()
		if err != nil {
			return // it was closed
		}
		e.wait.Go(func() {
			defer client.Close() //nolint:errcheck // it is over
			var d net.Dialer
			server, err := d.DialContext(ctx, "tcp", e.upstream)
			if err != nil {
				e.fail(err)
				return
			}
			defer server.Close() //nolint:errcheck // it is over
			e.wait.Go(func() {
				_, _ = io.Copy(client, server) // its end is the end of the other direction, too
				_ = client.Close()
			})
			e.listenTo(client, server, session)
		})
	}
}

// listenTo hands on what the client says until it leaves, and notes what it runs.
func (e *eavesdropper) listenTo(client io.Reader, server io.Writer, session int) {
	protocol := pgproto3.NewBackend(io.TeeReader(client, server), io.Discard)
	if _, err := protocol.ReceiveStartupMessage(); err != nil {
		e.fail(err)
		return
	}
	prepared := map[string]string{}
	for {
		message, err := protocol.Receive()
		if err != nil {
			return // the client has left
		}
		switch m := message.(type) {
		case *pgproto3.Parse:
			prepared[m.Name] = m.Query
		case *pgproto3.Query:
			e.note(statement{text: m.String, session: session})
		case *pgproto3.Bind:
			if slices.ContainsFunc(m.ParameterFormatCodes, func(code int16) bool { return code != 0 }) {
				e.fail(fmt.Errorf("a parameter is no text, in %s", prepared[m.PreparedStatement]))
				return
			}
			s := statement{text: prepared[m.PreparedStatement], null: map[int]bool{}, session: session}
			for i, p := range m.Parameters {
				s.parameters = append(s.parameters, string(p))
				if p == nil {
					s.null[i] = true
				}
			}
			e.note(s)
		case *pgproto3.Terminate:
			return
		}
	}
}

func (e *eavesdropper) note(s statement) {
	e.mu.Lock()
	defer e.mu.Unlock()
	e.heard = append(e.heard, s)
}

func (e *eavesdropper) fail(err error) {
	e.mu.Lock()
	defer e.mu.Unlock()
	if e.err == nil {
		e.err = fmt.Errorf("listen to what is said to Postgres: %w", err)
	}
}
