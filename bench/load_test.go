package main

import (
	"io"
	"net/http"
	"net/http/httptest"
	"strconv"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

// started serves a handler and returns its address.
func started(t *testing.T, h http.HandlerFunc) string {
	t.Helper()
	s := httptest.NewServer(h)
	t.Cleanup(s.Close)
	return s.Listener.Addr().String()
}

// long is an answer of many chunks.
func long(text string) string { return `{"data":{"text":"` + strings.Repeat(text, 20_000) + `"}}` }

func TestExchange(t *testing.T) {
	t.Parallel()
	addr := started(t, func(w http.ResponseWriter, r *http.Request) {
		body, err := io.ReadAll(r.Body)
		if err != nil || r.Host != publicHost || r.Header.Get("Content-Type") != "application/json" {
			http.Error(w, "not what graphqlRequest sends", http.StatusBadRequest)
			return
		}
		switch text := string(body); {
		case strings.Contains(text, "whole"):
			w.Header().Set("Content-Length", strconv.Itoa(len(long("w"))))
			_, _ = io.WriteString(w, long("w"))
		case strings.Contains(text, "chunks"):
			_, _ = io.WriteString(w, long("c"))
			_ = http.NewResponseController(w).Flush()
			_, _ = io.WriteString(w, " ")
		case strings.Contains(text, "none"):
			w.WriteHeader(http.StatusAccepted)
		}
	})
	c, err := dial(t.Context(), addr)
	require.NoError(t, err)
	defer c.close() //nolint:errcheck // everything has been read
	for _, want := range []struct {
		document string
		status   int
		body     string
	}{
		{"{ whole }", 200, long("w")},
		{"{ chunks }", 200, long("c") + " "},
		{"{ none }", 202, ""},
		{"{ chunks }", 200, long("c") + " "},
		{"{ whole }", 200, long("w")},
	} {
		request, err := graphqlRequest(want.document)
		require.NoError(t, err)
		status, body, err := c.exchange(request, time.Now().Add(time.Minute))
		require.NoError(t, err)
		require.Equal(t, want.status, status)
		require.Equal(t, want.body, string(body), want.document)
	}
}

func TestExchangeRefuses(t *testing.T) {
	t.Parallel()
	for _, answer := range []string{
		"", "SSH-2.0-OpenSSH_9.2\r\n", "HTTP/1.1 200 OK\r\n\r\n{}", "HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\n{}",
		"HTTP/1.1 200 OK\r\nContent-Length: nine\r\n\r\n{}", "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nxyz\r\n",
		"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n1\r\n{}\r\n0\r\n\r\n",
	} {
		l, err := listen(t.Context())
		require.NoError(t, err)
		go func() {
			conn, err := l.Accept()
			if err != nil {
				return
			}
			_, _ = io.ReadFull(conn, make([]byte, 4))
			_, _ = io.WriteString(conn, answer)
			_ = conn.Close()
		}()
		c, err := dial(t.Context(), l.Addr().String())
		require.NoError(t, err)
		_, _, err = c.exchange([]byte("GET "), time.Now().Add(time.Minute))
		require.Error(t, err, answer)
		require.NoError(t, c.close())
		require.NoError(t, l.Close())
	}
}

func TestLoad(t *testing.T) {
	t.Parallel()
	const right, other = `{"data":{"n":1}}`, `{"data":{"n":2}}`
	want, err := newAnswer(http.StatusOK, []byte(right))
	require.NoError(t, err)
	for name, c := range map[string]struct {
		status int
		body   string
		wrong  bool
	}{
		"right":      {200, right, false},
		"other data": {200, other, true},
		"a failure":  {503, right, true},
		"no JSON":    {200, "<html>", true},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			var asked atomic.Int64
			addr := started(t, func(w http.ResponseWriter, _ *http.Request) {
				asked.Add(1)
				w.WriteHeader(c.status)
				_, _ = io.WriteString(w, c.body)
			})
			request, err := graphqlRequest("{ n }")
			require.NoError(t, err)
			got, err := load{addr: addr, request: request, connections: 3, want: want}.run(t.Context(), 50*time.Millisecond)
			require.NoError(t, err)
			require.Len(t, got.latencies, int(asked.Load()))
			require.GreaterOrEqual(t, len(got.latencies), 3)
			require.GreaterOrEqual(t, got.elapsed, 50*time.Millisecond)
			require.InDelta(t, float64(len(got.latencies))/got.elapsed.Seconds(), got.rate(), 1e-6)
			if c.wrong {
				require.Error(t, got.err())
			} else {
				require.NoError(t, got.err())
			}
		})
	}
	require.Error(t, traffic{}.err(), "no answer at all")
}

func TestLoadEndsWithItsConnections(t *testing.T) {
	t.Parallel()
	addr := started(t, func(http.ResponseWriter, *http.Request) { panic(http.ErrAbortHandler) })
	_, err := load{addr: addr, request: []byte("GET / HTTP/1.1\r\nHost: x\r\n\r\n"), connections: 2}.run(t.Context(), time.Minute)
	require.Error(t, err)
}
