package cdc

import (
	"errors"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

// frame puts a message into the envelope it travels in.
func frame(message []byte) []byte {
	return append(wire('w', uint64(1), uint64(2), uint64(3)), message...)
}

func keepaliveFrame(end Position, reply uint8) []byte {
	return wire('k', uint64(end), uint64(0), reply)
}

var (
	beginFrame    = frame(wire('B', uint64(1), uint64(2), uint32(3)))
	rowFrame      = frame(wire('D', uint32(7), 'K', uint16(3), 't', []byte("1"), 'n', 'n'))
	truncateFrame = frame(wire('T', uint32(1), uint8(0), uint32(7)))
	inMessage     = frame(wire('M', uint8(1), uint64(1), "p", []byte("in")))
	outMessage    = frame(wire('M', uint8(0), uint64(1), "p", []byte("out")))
)

func commitFrame(end Position) []byte {
	return frame(wire('C', uint8(0), uint64(1), uint64(end), uint64(3)))
}

// script is a handler that notes what it is told and fails where it is told to.
type script struct {
	lines    []string
	releases []func()
	failAt   string
	err      error
}

func (s *script) note(line string) error {
	s.lines = append(s.lines, line)
	if line == s.failAt {
		return s.err
	}
	return nil
}

func (s *script) Begin(uint32, time.Time) error                  { return s.note("begin") }
func (s *script) Row(rel *Relation, op Op, old, new Tuple) error { return s.note("row") }
func (s *script) Truncate([]*Relation) error                     { return s.note("truncate") }
func (s *script) Message(prefix string, content []byte) error {
	return s.note("message " + string(content))
}

func (s *script) Commit(end Position, release func()) error {
	s.releases = append(s.releases, release)
	return s.note("commit " + end.String())
}

type sessionBundle struct {
	*session
	script *script
	asked  int
	idle   int
}

func newSession(t *testing.T) *sessionBundle {
	t.Helper()
	b := &sessionBundle{script: &script{}}
	b.session = &session{
		decoder: primed(t), handler: b.script, ring: &ring{},
		asked: func() { b.asked++ }, idle: func() { b.idle++ },
	}
	return b
}

func (b *sessionBundle) play(t *testing.T, frames ...[]byte) {
	t.Helper()
	for _, f := range frames {
		require.NoError(t, b.receive(f))
	}
}

func TestSessionPassesEverythingOn(t *testing.T) {
	t.Parallel()
	b := newSession(t)
	b.play(t, outMessage, beginFrame, rowFrame, inMessage, truncateFrame, commitFrame(16), outMessage)
	require.Equal(t, []string{"message out", "begin", "row", "message in", "truncate", "commit 0/10", "message out"}, b.script.lines)
}

func TestSessionConfirms(t *testing.T) {
	t.Parallel()
	b := newSession(t)
	b.play(t, beginFrame, commitFrame(16), beginFrame, commitFrame(32), keepaliveFrame(40, 0))
	confirmed, received, inFlight := b.ring.state()
	require.Zero(t, confirmed, "nothing is released")
	require.Equal(t, Position(40), received)
	require.Equal(t, 2, inFlight)

	b.script.releases[1]()
	confirmed, _, _ = b.ring.state()
	require.Zero(t, confirmed, "the first commit holds back the second")
	require.Zero(t, b.idle)

	b.script.releases[0]()
	confirmed, _, _ = b.ring.state()
	require.Equal(t, Position(40), confirmed, "the keepalive behind the last commit counts with it")
	require.Equal(t, 1, b.idle)

	b.script.releases[0]()
	require.Equal(t, 1, b.idle, "a repeated release does nothing")
}

func TestSessionAdoptsKeepalivesBetweenTransactionsOnly(t *testing.T) {
	t.Parallel()
	b := newSession(t)
	b.play(t, keepaliveFrame(10, 0), beginFrame, rowFrame, keepaliveFrame(99, 1))
	confirmed, received, _ := b.ring.state()
	require.Equal(t, Position(10), confirmed)
	require.Equal(t, Position(10), received, "a transaction is open")
	require.Equal(t, 1, b.asked)
	require.Equal(t, 1, b.idle)

	b.play(t, keepaliveFrame(5, 0), commitFrame(50))
	confirmed, received, _ = b.ring.state()
	require.Equal(t, Position(10), confirmed)
	require.Equal(t, Position(50), received)
}

func TestSessionEndsWithTheHandlersError(t *testing.T) {
	t.Parallel()
	for _, step := range []string{"message out", "begin", "row", "message in", "truncate", "commit 0/10"} {
		t.Run(step, func(t *testing.T) {
			t.Parallel()
			b := newSession(t)
			b.script.failAt, b.script.err = step, errors.New("sink is full")
			var err error
			for _, f := range [][]byte{outMessage, beginFrame, rowFrame, inMessage, truncateFrame, commitFrame(16)} {
				if err = b.receive(f); err != nil {
					break
				}
			}
			require.ErrorIs(t, err, b.script.err)
			require.Equal(t, step, b.script.lines[len(b.script.lines)-1])
			confirmed, _, _ := b.ring.state()
			require.Zero(t, confirmed)
		})
	}
}

func TestSessionRefuses(t *testing.T) {
	t.Parallel()
	tests := []struct {
		name   string
		frames [][]byte
		want   string
	}{
		{"a row outside", [][]byte{rowFrame}, "a row outside a transaction"},
		{"a truncate outside", [][]byte{truncateFrame}, "a truncate outside a transaction"},
		{"a transactional message outside", [][]byte{inMessage}, "a transactional message outside a transaction"},
		{"a commit outside", [][]byte{commitFrame(1)}, "a commit outside a transaction"},
		{"a transaction within another", [][]byte{beginFrame, beginFrame}, "a transaction within a transaction"},
		{"nothing", [][]byte{{}}, "unknown replication message"},
		{"half an envelope", [][]byte{beginFrame[:10]}, "unknown replication message"},
		{"half a keepalive", [][]byte{keepaliveFrame(1, 0)[:12]}, "unknown replication message"},
		{"an unknown envelope", [][]byte{wire('x', uint64(1), uint64(2), uint8(3))}, "unknown replication message"},
		{"an undecodable message", [][]byte{frame([]byte("?"))}, "decode pgoutput message '?'"},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			b := newSession(t)
			last := len(test.frames) - 1
			b.play(t, test.frames[:last]...)
			require.ErrorContains(t, b.receive(test.frames[last]), test.want)
		})
	}
}

func TestSilence(t *testing.T) {
	t.Parallel()
	at := func(seconds int) time.Time { return time.Unix(int64(seconds), 0) }
	var s silence
	require.Zero(t, s.observe(at(10), 1), "the first look knows of nothing before it")
	require.Equal(t, 5*time.Second, s.observe(at(15), 1))
	require.Zero(t, s.observe(at(20), 3), "a message has arrived")
	require.Zero(t, s.observe(at(30), 4), "the handler is at work")
	require.Zero(t, s.observe(at(40), 4), "however long that takes")
	require.Zero(t, s.observe(at(50), 5))
	require.Equal(t, time.Second, s.observe(at(51), 5))
}
