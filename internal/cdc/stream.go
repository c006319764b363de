package cdc

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"log/slog"
	"sync/atomic"
	"time"

	"github.com/jackc/pgx/v5/pgconn"
	"github.com/jackc/pgx/v5/pgproto3"
)

// Config says which stream to open and how to keep it alive. URL, Slot and Publication are required; every other field
// works at its zero value.
type Config struct {
	URL         string // postgres:// address of the database; its role needs the attribute REPLICATION
	Slot        string // replication slot: lower-case letters, digits and underscores, at most 63
	Publication string // must exist before the slot is created
	Existing    bool   // the slot is not created when it is absent: whoever goes on where it stood would never know

	Logger *slog.Logger // nil logs nothing

	// OnIdle is called when everything received so far is released, with the position the stream has reached: the end of
	// the last commit, or a later place in the log up to which the server has nothing for us. It comes from a goroutine
	// of the stream, one call at a time and never with a lower position than before, and must not block. Nil for none.
	OnIdle func(Position)

	// OnStart, when set, is called once the server streams: from then on nobody else reads from the slot. It must not block.
	OnStart func()

	// Kept, when set, is how far the caller has noted the confirmed position elsewhere: the server is told of none beyond.
	// A slot that stands further was moved by somebody else.
	Kept func() Position

	// StatusInterval is the time between two reports to the server; 0 means one second. A server with a short
	// wal_sender_timeout is told at least four times within it.
	StatusInterval time.Duration
	// ServerTimeout is how long a silent server is waited for; 0 means one minute. It is asked for a sign of life after
	// half of it. Time spent in the handler does not count.
	ServerTimeout time.Duration
	// DrainTimeout is how long Run waits at its end for commits in flight to be released, so that the server need not
	// repeat them; 0 means not at all.
	DrainTimeout time.Duration
	// Now is the clock behind socket deadlines and the time in reports; nil means time.Now.
	Now func() time.Time
}

func (c Config) withDefaults() Config {
	c.StatusInterval = cmp.Or(c.StatusInterval, time.Second)
	c.ServerTimeout = cmp.Or(c.ServerTimeout, time.Minute)
	if c.Logger == nil {
		c.Logger = slog.New(slog.DiscardHandler)
	}
	if c.OnIdle == nil {
		c.OnIdle = func(Position) {}
	}
	if c.OnStart == nil {
		c.OnStart = func() {}
	}
	if c.Now == nil {
		c.Now = time.Now //nolint:forbidigo // the default: a caller with a clock of its own passes it
	}
	c.Logger = c.Logger.With("slot", c.Slot)
	return c
}

// System is what the server says about itself and the slot when a stream opens. A change of SystemID or Timeline between
// two streams means that positions of the two cannot be compared.
type System struct {
	SystemID       string   // identifies the database cluster; a copy restored from a backup keeps it
	Timeline       uint32   // rises when a standby is promoted or a backup is restored to a point in time
	DBName         string   // database of the connection
	SlotCreated    bool     // the slot did not exist: everything before ConfirmedFlush is unknown to it
	ConfirmedFlush Position // where the stream will start: the last position confirmed on this slot, or its creation
}

// Stream is one replication connection. Open it, Run it once, then open a new one to continue.
type Stream struct {
	conn     *pgconn.PgConn
	cfg      Config
	interval time.Duration // between two reports
	system   System
	ring     ring
	ran      atomic.Bool
	asked    chan struct{} // capacity 1: the server wants a report now
	idle     chan struct{} // capacity 1: the ring has become empty at a new position
}

// Open connects and makes the slot ready, creating it when absent, unless it was to exist. Creating waits for the transactions that are running
// at that moment. Errors wrap ErrWALLevel, ErrPublicationMissing, ErrSlotLost, ErrSlotMissing, ErrSlotMismatch or, while another process
// creates the slot, ErrSlotActive where they apply.
func Open(ctx context.Context, cfg Config) (*Stream, error) {
	cfg = cfg.withDefaults()
	if err := checkSlotName(cfg.Slot); err != nil {
		return nil, err
	}
	conn, err := connect(ctx, cfg.URL, cfg.Slot)
	if err != nil {
		return nil, err
	}
	s := &Stream{conn: conn, cfg: cfg, asked: make(chan struct{}, 1), idle: make(chan struct{}, 1)}
	if err := s.prepare(ctx); err != nil {
		return nil, errors.Join(err, conn.Close(ctx))
	}
	return s, nil
}

func (s *Stream) prepare(ctx context.Context) error {
	var err error
	if s.system, err = identify(ctx, s.conn); err != nil {
		return err
	}
	if err := checkServer(ctx, s.conn, s.cfg.Publication); err != nil {
		return err
	}
	created, confirmed, err := ensureSlot(ctx, s.conn, s.cfg)
	if err != nil {
		return err
	}
	s.system.SlotCreated, s.system.ConfirmedFlush = created, confirmed
	s.ring.reset(confirmed)
	timeout, err := senderTimeout(ctx, s.conn)
	if err != nil {
		return err
	}
	s.interval = s.cfg.StatusInterval
	if timeout > 0 {
		s.interval = max(time.Millisecond, min(s.interval, timeout/4))
	}
	return nil
}

// System is what the server said when the stream was opened.
func (s *Stream) System() System { return s.system }

// Confirmed is the position up to which everything is released. It never goes backwards, is reported to the server with
// the next status, and may still rise after Run has returned, when it is reported to nobody.
func (s *Stream) Confirmed() Position {
	confirmed, _, _ := s.ring.state()
	return confirmed
}

// Received is the position up to which everything was handed to the handler or is none of its business.
func (s *Stream) Received() Position {
	_, received, _ := s.ring.state()
	return received
}

// InFlight is the number of commits handed out and not confirmed yet.
func (s *Stream) InFlight() int {
	_, _, inFlight := s.ring.state()
	return inFlight
}

// Close gives up a stream that was never run. After Run it does nothing, since Run closes its connection itself.
func (s *Stream) Close(ctx context.Context) error {
	if s.ran.Swap(true) {
		return nil
	}
	if err := s.conn.Close(ctx); err != nil {
		return fmt.Errorf("close the replication connection: %w", err)
	}
	return nil
}

// Run streams to h from the slot's confirmed position until ctx ends, then makes a final report and returns nil. It
// returns an error when anything else ends the stream: the handler, the connection, the server, or the final report.
// A handler that returns ctx's own error after ctx has ended counts as a clean end. Errors wrap ErrSlotActive,
// ErrSlotLost or ErrPublicationMissing where they apply. A stream runs once.
func (s *Stream) Run(ctx context.Context, h Handler) error {
	if s.ran.Swap(true) {
		return errors.New("run the change stream: it has been run or closed already; open a new one")
	}
	l, err := s.start(ctx)
	if err != nil {
		_ = s.conn.Close(ctx) // nothing was streamed, there is nothing left to lose
		return cleanEnd(ctx, err)
	}
	defer l.close()
	s.cfg.OnStart()
	s.cfg.Logger.InfoContext(ctx, "change stream started", "position", s.system.ConfirmedFlush.String())

	err = s.pump(ctx, l, h)
	if err == nil {
		s.drain()
	}
	if farewell := s.farewell(l); err == nil {
		err = farewell
	}
	s.cfg.Logger.InfoContext(ctx, "change stream ended", "position", s.Confirmed().String())
	return err
}

// cleanEnd turns the error that ctx itself has caused into none.
func cleanEnd(ctx context.Context, err error) error {
	if ctx.Err() != nil && errors.Is(err, ctx.Err()) {
		return nil
	}
	return err
}

// start sends START_REPLICATION and takes the raw connection over from pgconn. The position 0/0 means the slot's own.
func (s *Stream) start(ctx context.Context) (*link, error) {
	// No read of pgconn's own may be under way when we read the connection ourselves.
	if err := s.conn.SyncConn(ctx); err != nil {
		return nil, fmt.Errorf("prepare the replication connection: %w", err)
	}
	command := fmt.Sprintf("START_REPLICATION SLOT %s LOGICAL 0/0 (proto_version '1', publication_names %s, messages 'true')",
		quoteIdent(s.cfg.Slot), quoteLiteral(quoteIdent(s.cfg.Publication)))
	s.conn.Frontend().SendQuery(&pgproto3.Query{String: command})
	if err := s.conn.Frontend().Flush(); err != nil {
		return nil, fmt.Errorf("start streaming from slot %s: %w", s.cfg.Slot, err)
	}
	for {
		msg, err := s.conn.ReceiveMessage(ctx)
		if err != nil {
			return nil, fmt.Errorf("start streaming from slot %s: %w", s.cfg.Slot, err)
		}
		switch msg := msg.(type) {
		case *pgproto3.CopyBothResponse:
			return newLink(s.conn, s.cfg)
		case *pgproto3.ErrorResponse:
			return nil, fmt.Errorf("start streaming from slot %s: %w", s.cfg.Slot, s.explain(pgconn.ErrorResponseToPgError(msg)))
		}
	}
}

// pump reads until ctx ends (nil) or something fails. Two goroutines share the connection: this one only reads, the
// reporter only writes, so that a blocked handler delays no report.
func (s *Stream) pump(ctx context.Context, l *link, h Handler) error {
	reporting, stop := context.WithCancel(ctx)
	defer stop()
	reported := make(chan error, 1)
	go func() {
		err := s.report(reporting, l)
		l.interrupt() // wakes the reader, whatever the reason
		reported <- err
	}()
	readErr := s.read(ctx, l, h)
	stop()
	reportErr := <-reported

	err := readErr
	if errors.Is(readErr, errInterrupted) { // by the reporter: because it failed, or because ctx has ended
		err = cmp.Or(reportErr, ctx.Err())
	}
	return cleanEnd(ctx, fmt.Errorf("stream changes from slot %s: %w", s.cfg.Slot, err))
}

// errServerEnded is what a server that shuts down in good order leaves behind.
var errServerEnded = errors.New("the server ended the stream, it is probably shutting down; open a new one when it is back")

func (s *Stream) read(ctx context.Context, l *link, h Handler) error {
	session := &session{
		decoder: newDecoder(), handler: h, ring: &s.ring,
		asked: func() { signal(s.asked) }, idle: func() { signal(s.idle) },
	}
	for {
		msg, err := l.receive()
		if err != nil {
			return err
		}
		switch msg := msg.(type) {
		case *pgproto3.CopyData:
			if err := session.receive(msg.Data); err != nil {
				return err
			}
		case *pgproto3.ErrorResponse:
			return s.explain(pgconn.ErrorResponseToPgError(msg))
		case *pgproto3.CopyDone, *pgproto3.CommandComplete:
			return errServerEnded
		case *pgproto3.NoticeResponse:
			s.cfg.Logger.WarnContext(ctx, "notice from the server", "message", msg.Message, "detail", msg.Detail)
		case *pgproto3.ParameterStatus:
		default:
			return fmt.Errorf("%w: %T within the stream", errOrder, msg)
		}
	}
}

// drain waits for the handler's side to release what it was given.
func (s *Stream) drain() {
	if s.cfg.DrainTimeout <= 0 || s.InFlight() == 0 {
		return
	}
	s.cfg.Logger.Info("change stream waits for commits in flight", "commits", s.InFlight())
	timeout := time.NewTimer(s.cfg.DrainTimeout)
	defer timeout.Stop()
	for s.InFlight() > 0 {
		select {
		case <-s.idle:
		case <-timeout.C:
			return
		}
	}
}

func signal(c chan struct{}) {
	select {
	case c <- struct{}{}:
	default: // one is waiting already
	}
}
