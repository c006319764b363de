package cdc

import (
	"context"
	"errors"
	"fmt"
	"regexp"
	"strconv"
	"strings"
	"time"

	"github.com/jackc/pgx/v5/pgconn"
)

// SQLSTATE codes the errors are told apart by. Source: "PostgreSQL Error Codes" in the Postgres manual.
const (
	codeDuplicateObject  = "42710"
	codeUndefinedObject  = "42704"
	codeUndefinedFile    = "58P01"
	codeObjectInUse      = "55006"
	codeObjectNotInState = "55000"
)

// DropSlot removes a replication slot, waiting until nobody reads from it or ctx ends. A slot that does not exist is fine.
func DropSlot(ctx context.Context, url, slot string) error {
	if err := checkSlotName(slot); err != nil {
		return err
	}
	conn, err := connect(ctx, url, slot)
	if err != nil {
		return err
	}
	_, err = query(ctx, conn, "DROP_REPLICATION_SLOT "+quoteIdent(slot)+" WAIT")
	closed := conn.Close(context.WithoutCancel(ctx))
	if err != nil && code(err) != codeUndefinedObject {
		if ctx.Err() != nil {
			return fmt.Errorf("drop slot %s: %w: a stream still reads from it; stop that first: %w", slot, ErrSlotActive, err)
		}
		return fmt.Errorf("drop slot %s: %w", slot, err)
	}
	return closed
}

var slotName = regexp.MustCompile(`^[a-z0-9_]{1,63}$`)

func checkSlotName(name string) error {
	if !slotName.MatchString(name) {
		return fmt.Errorf("replication slot name %q: use 1 to 63 lower-case letters, digits and underscores", name)
	}
	return nil
}

// connect opens a replication connection to a database. The session settings fix the text form of values, whatever the
// role's or the server's own are.
func connect(ctx context.Context, url, application string) (*pgconn.PgConn, error) {
	cfg, err := pgconn.ParseConfig(url)
	if err != nil {
		return nil, fmt.Errorf("read the database address: %w", err)
	}
	params := cfg.RuntimeParams
	params["replication"] = "database"
	params["client_encoding"] = "UTF8"
	params["datestyle"] = "ISO"
	params["intervalstyle"] = "postgres"
	params["timezone"] = "UTC"
	params["bytea_output"] = "hex"
	params["extra_float_digits"] = "3"
	if params["application_name"] == "" {
		params["application_name"] = application
	}
	conn, err := pgconn.ConnectConfig(ctx, cfg)
	if err != nil {
		return nil, fmt.Errorf("open a replication connection (the role needs REPLICATION, the server a free place in max_wal_senders): %w",
			err)
	}
	return conn, nil
}

func identify(ctx context.Context, conn *pgconn.PgConn) (System, error) {
	row, err := queryRow(ctx, conn, "IDENTIFY_SYSTEM", 4)
	if err != nil {
		return System{}, fmt.Errorf("identify the server: %w", err)
	}
	timeline, err := strconv.ParseUint(row[1], 10, 32)
	if err != nil {
		return System{}, fmt.Errorf("identify the server: timeline: %w", err)
	}
	return System{SystemID: row[0], Timeline: uint32(timeline), DBName: row[3]}, nil
}

// checkServer finds what would otherwise fail only when the first change is decoded.
func checkServer(ctx context.Context, conn *pgconn.PgConn, publication string) error {
	row, err := queryRow(ctx, conn, "SELECT current_setting('wal_level'), current_database(), count(*) FROM pg_publication "+
		"WHERE pubname = "+quoteLiteral(publication), 3)
	if err != nil {
		return fmt.Errorf("check the server: %w", err)
	}
	if row[0] != "logical" {
		return fmt.Errorf("%w but %s: set wal_level = logical and restart the server", ErrWALLevel, row[0])
	}
	if row[2] == "0" {
		return fmt.Errorf("%w: there is no publication %q in database %q; create it before the slot, with CREATE PUBLICATION",
			ErrPublicationMissing, publication, row[1])
	}
	return nil
}

// ensureSlot makes sure the slot exists and can still be read, and says where it stands.
func ensureSlot(ctx context.Context, conn *pgconn.PgConn, cfg Config) (created bool, confirmed Position, err error) {
	confirmed, found, err := findSlot(ctx, conn, cfg)
	if err != nil || found {
		return false, confirmed, err
	}
	if cfg.Existing {
		return false, 0, fmt.Errorf("%w: slot %s", ErrSlotMissing, cfg.Slot)
	}
	confirmed, err = createSlot(ctx, conn, cfg.Slot)
	if code(err) == codeDuplicateObject { // another process was faster
		confirmed, _, err = findSlot(ctx, conn, cfg)
		return false, confirmed, err
	}
	if err != nil {
		return false, 0, err
	}
	cfg.Logger.InfoContext(ctx, "replication slot created", "position", confirmed.String())
	return true, confirmed, nil
}

func findSlot(ctx context.Context, conn *pgconn.PgConn, cfg Config) (confirmed Position, found bool, err error) {
	const physical = "none" // a slot of physical replication has no plugin, one still being created an empty one
	rows, err := query(ctx, conn, "SELECT coalesce(plugin, '"+physical+"'), coalesce(database, 'none'), current_database(), "+
		"coalesce(wal_status, 'none'), coalesce(confirmed_flush_lsn, '0/0') "+
		"FROM pg_replication_slots WHERE slot_name = "+quoteLiteral(cfg.Slot))
	if err != nil {
		return 0, false, fmt.Errorf("look for slot %s: %w", cfg.Slot, err)
	}
	if len(rows) == 0 {
		return 0, false, nil
	}
	plugin, database, ours, status := rows[0][0], rows[0][1], rows[0][2], rows[0][3]
	if confirmed, err = ParsePosition(rows[0][4]); err != nil {
		return 0, false, fmt.Errorf("look for slot %s: %w", cfg.Slot, err)
	}
	switch {
	case confirmed == 0 && plugin != physical:
		return 0, false, fmt.Errorf("%w: slot %s is being created by another connection; try again later", ErrSlotActive, cfg.Slot)
	case plugin != "pgoutput" || database != ours:
		return 0, false, fmt.Errorf("%w: slot %s has plugin %q in database %q, wanted pgoutput in %q; choose another name or drop it",
			ErrSlotMismatch, cfg.Slot, plugin, database, ours)
	case status == "lost":
		return 0, false, lost(cfg.Slot)
	case status == "unreserved":
		cfg.Logger.WarnContext(ctx, "the replication slot will soon be lost: it is further behind than max_slot_wal_keep_size allows")
	}
	return confirmed, true, nil
}

func createSlot(ctx context.Context, conn *pgconn.PgConn, slot string) (Position, error) {
	version, err := queryRow(ctx, conn, "SELECT current_setting('server_version_num')", 1)
	if err != nil {
		return 0, fmt.Errorf("create slot %s: %w", slot, err)
	}
	number, err := strconv.Atoi(version[0])
	if err != nil {
		return 0, fmt.Errorf("create slot %s: server version: %w", slot, err)
	}
	row, err := queryRow(ctx, conn, createSlotCommand(slot, number), 2)
	if err != nil && ctx.Err() != nil {
		return 0, fmt.Errorf("create slot %s: the server waits for transactions running since before; end them, or allow more time: %w",
			slot, err)
	}
	if err != nil {
		return 0, fmt.Errorf("create slot %s: %w", slot, err)
	}
	confirmed, err := ParsePosition(row[1])
	if err != nil {
		return 0, fmt.Errorf("create slot %s: %w", slot, err)
	}
	return confirmed, nil
}

// firstWithFailover is the first server_version_num with slots that follow a failover.
const firstWithFailover = 17_00_00

// createSlotCommand asks for no snapshot, since existing rows are not read through this connection, and for a slot that
// follows a failover where the server can do that.
func createSlotCommand(slot string, version int) string {
	command := "CREATE_REPLICATION_SLOT " + quoteIdent(slot) + " LOGICAL pgoutput (SNAPSHOT 'nothing'"
	if version >= firstWithFailover {
		command += ", FAILOVER true"
	}
	return command + ")"
}

// senderTimeout is how long the server waits for a report before it gives the connection up; 0 means forever.
func senderTimeout(ctx context.Context, conn *pgconn.PgConn) (time.Duration, error) {
	row, err := queryRow(ctx, conn, "SELECT setting FROM pg_settings WHERE name = 'wal_sender_timeout'", 1)
	if err != nil {
		return 0, fmt.Errorf("read wal_sender_timeout: %w", err)
	}
	ms, err := strconv.Atoi(row[0])
	if err != nil {
		return 0, fmt.Errorf("read wal_sender_timeout: %w", err)
	}
	return time.Duration(ms) * time.Millisecond, nil
}

// query runs one command with the simple protocol, the only one a replication connection has. A null reads as "".
func query(ctx context.Context, conn *pgconn.PgConn, sql string) ([][]string, error) {
	results, err := conn.Exec(ctx, sql).ReadAll()
	if err != nil {
		return nil, withDetail(err)
	}
	rows := [][]string{}
	for _, result := range results {
		for _, fields := range result.Rows {
			row := make([]string, len(fields))
			for i, field := range fields {
				row[i] = string(field)
			}
			rows = append(rows, row)
		}
	}
	return rows, nil
}

func queryRow(ctx context.Context, conn *pgconn.PgConn, sql string, columns int) ([]string, error) {
	rows, err := query(ctx, conn, sql)
	if err != nil {
		return nil, err
	}
	if len(rows) != 1 || len(rows[0]) < columns {
		return nil, fmt.Errorf("the server answered %d rows where one of %d columns was expected", len(rows), columns)
	}
	return rows[0], nil
}

// explain says what an error of the server means for a stream, and what to do.
func (s *Stream) explain(err error) error {
	slot, publication := s.cfg.Slot, s.cfg.Publication
	names := func(object string) bool { return strings.Contains(err.Error(), object) } // true in every language of the server
	switch state := code(err); {
	case state == codeObjectInUse:
		return fmt.Errorf("%w: slot %s; stop the other stream, or try again when the server has noticed its end: %w",
			ErrSlotActive, slot, withDetail(err))
	case state == codeUndefinedFile, state == codeObjectNotInState && names(slot):
		return fmt.Errorf("%w: %w", lost(slot), withDetail(err))
	case state == codeUndefinedObject && names(publication):
		return fmt.Errorf("%w: slot %s stands at a position before publication %q was created (or it was dropped and created anew); "+
			"drop the slot, open a new stream and load everything again: %w", ErrPublicationMissing, slot, publication, err)
	default:
		return withDetail(err)
	}
}

func lost(slot string) error {
	return fmt.Errorf("%w: slot %s; drop it, open a new stream and load everything again, and raise max_slot_wal_keep_size",
		ErrSlotLost, slot)
}

// withDetail adds what the driver's error text leaves out.
func withDetail(err error) error {
	server, ok := errors.AsType[*pgconn.PgError](err)
	if !ok || server.Detail == "" && server.Hint == "" {
		return err
	}
	return fmt.Errorf("%w: %s", err, strings.TrimSpace(server.Detail+" "+server.Hint))
}

// code is the SQLSTATE of a server's error, "" for any other.
func code(err error) string {
	if server, ok := errors.AsType[*pgconn.PgError](err); ok {
		return server.Code
	}
	return ""
}

func quoteIdent(name string) string { return `"` + strings.ReplaceAll(name, `"`, `""`) + `"` }

func quoteLiteral(text string) string { return "'" + strings.ReplaceAll(text, "'", "''") + "'" }
