package cdc

import (
	"context"
	"encoding/binary"
	"errors"
	"fmt"
	"net"
	"os"
	"sync/atomic"
	"time"

	"github.com/jackc/pgx/v5/pgconn"
	"github.com/jackc/pgx/v5/pgproto3"
)

// link is the raw connection while it streams.
//
// It is taken over from pgconn because a PgConn allows one operation at a time: its context watcher sets one deadline for
// both directions, so a report would have to wait for, or cut short, the read under way. On the bare connection the two
// directions are independent. This is safe because
//   - net.Conn and tls.Conn allow one reader and one writer at the same time, and have a deadline for each;
//   - only the goroutine in Stream.Run reads, through front, and front is used for nothing else;
//   - there is one writer at any time: Stream.report, and after that has returned, Stream.farewell. Messages are written
//     whole, past front, whose write buffer stays unused.
//
// The server reads reports also while it waits for us to read, so a report never waits for the handler.
type link struct {
	conn  net.Conn
	front *pgproto3.Frontend
	cfg   Config
	turn  atomic.Uint64 // odd while the reader waits for the server, even while it is at work
	frame []byte        // of the report being written
}

func newLink(conn *pgconn.PgConn, cfg Config) (*link, error) {
	raw, err := conn.Hijack()
	if err != nil {
		return nil, fmt.Errorf("take over the replication connection: %w", err)
	}
	return &link{conn: raw.Conn, front: raw.Frontend, cfg: cfg}, nil
}

var (
	errInterrupted = errors.New("reading was interrupted")
	errSilent      = errors.New("the server has gone silent; the connection is given up, open a new stream")
)

// receive waits for the next message. It is valid until the next call.
func (l *link) receive() (pgproto3.BackendMessage, error) {
	l.turn.Add(1)
	msg, err := l.front.Receive()
	l.turn.Add(1)
	if err == nil {
		return msg, nil
	}
	if errors.Is(err, os.ErrDeadlineExceeded) { // not any timeout: the network has its own
		return nil, errInterrupted
	}
	return nil, fmt.Errorf("read from the server: %w", err)
}

// interrupt ends the read under way and every later one. An error means a closed connection, which ends them as well.
func (l *link) interrupt() {
	_ = l.conn.SetReadDeadline(time.Unix(1, 0))
}

func (l *link) close() {
	_ = l.conn.Close() // all that matters has been sent and answered, or never will be
}

// report tells the server the confirmed position: regularly, when it asks, and until ctx ends. It also calls OnIdle, and
// notices a server that has gone silent.
func (s *Stream) report(ctx context.Context, l *link) error {
	ticker := time.NewTicker(s.interval)
	defer ticker.Stop()
	var silence silence
	var reached Position
	for {
		ask := false
		select {
		case <-ctx.Done():
			return nil
		case <-s.idle:
			if confirmed, _, inFlight := s.ring.state(); inFlight == 0 && confirmed > reached {
				reached = confirmed
				s.cfg.OnIdle(reached)
			}
			continue
		case <-s.asked:
		case now := <-ticker.C:
			quiet := silence.observe(now, l.turn.Load())
			if quiet >= s.cfg.ServerTimeout {
				return fmt.Errorf("no word in %v: %w", quiet.Round(time.Millisecond), errSilent)
			}
			ask = quiet >= s.cfg.ServerTimeout/2
		}
		if err := s.status(l, ask); err != nil {
			return err
		}
	}
}

// silence measures how long the reader has waited for the same message.
type silence struct {
	since time.Time
	turn  uint64
}

func (s *silence) observe(now time.Time, turn uint64) time.Duration {
	if working := turn%2 == 0; working || turn != s.turn || s.since.IsZero() {
		s.since, s.turn = now, turn
	}
	return now.Sub(s.since)
}

// status writes one standby status update. Flushed and applied are what is confirmed: the server may forget up to there.
// Written is what was received, which the server only shows, so an operator sees how much is in flight.
func (s *Stream) status(l *link, ask bool) error {
	const length = 1 + 8 + 8 + 8 + 8 + 1
	confirmed, received, _ := s.ring.state()
	if s.cfg.Kept != nil {
		confirmed = min(confirmed, s.cfg.Kept())
	}
	now := l.cfg.Now()
	b := append(l.frame[:0], 'd')
	b = binary.BigEndian.AppendUint32(b, 4+length)
	b = append(b, 'r')
	b = binary.BigEndian.AppendUint64(b, uint64(received))
	b = binary.BigEndian.AppendUint64(b, uint64(confirmed))
	b = binary.BigEndian.AppendUint64(b, uint64(confirmed))
	b = binary.BigEndian.AppendUint64(b, uint64(now.UnixMicro()-postgresEpoch))
	b = append(b, 0)
	if ask {
		b[len(b)-1] = 1
	}
	l.frame = b
	return l.write(now, b)
}

func (l *link) write(now time.Time, message []byte) error {
	if err := l.conn.SetWriteDeadline(now.Add(l.cfg.ServerTimeout)); err != nil {
		return fmt.Errorf("report to the server: %w", err)
	}
	if _, err := l.conn.Write(message); err != nil {
		return fmt.Errorf("report to the server: %w", err)
	}
	return nil
}

// farewellTimeout bounds the wait for the server's last word. It can be long in coming, since a server in the middle of a
// large transaction sends all of it first; closing the connection ends that too.
const farewellTimeout = 3 * time.Second

// farewell makes the final report and ends the stream in good order, so that the slot is free for the next one when Run
// returns. Only the report matters to the caller: whatever goes wrong after it, closing the connection ends the rest.
func (s *Stream) farewell(l *link) error {
	if err := s.status(l, false); err != nil {
		return fmt.Errorf("final report: %w", err)
	}
	l.goodbye()
	return nil
}

// goodbye tells the server that we end the stream and waits until it has let go of the slot.
func (l *link) goodbye() {
	now := l.cfg.Now()
	sent := l.write(now, []byte{'c', 0, 0, 0, 4}) // CopyDone
	limited := l.conn.SetReadDeadline(now.Add(farewellTimeout))
	if sent != nil || limited != nil {
		return
	}
	for {
		msg, err := l.receive()
		if err != nil {
			return
		}
		if _, released := msg.(*pgproto3.CommandComplete); released {
			_ = l.write(now, []byte{'X', 0, 0, 0, 4}) // Terminate; nobody answers it
			return
		}
	}
}
