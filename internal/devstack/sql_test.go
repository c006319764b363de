package devstack_test

import (
	"context"
	"encoding/binary"
	"fmt"
	"io"
	"net"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

// query runs statements on the server at address and returns the first column of each row.
//
// It speaks just enough of the wire protocol to see what a client of the server sees: drivers are at home in db and
// cdc, and a test of this package must not depend on psql being installed.
func query(t *testing.T, address, sql string) []string {
	t.Helper()
	rows, err := tryQuery(address, sql)
	require.NoError(t, err, sql)
	return rows
}

func tryQuery(address, sql string) ([]string, error) {
	where, err := url.Parse(address)
	if err != nil {
		return nil, err
	}
	ctx, cancel := context.WithTimeout(context.Background(), time.Minute)
	defer cancel()
	conn, err := (&net.Dialer{}).DialContext(ctx, "tcp", where.Host)
	if err != nil {
		return nil, err
	}
	context.AfterFunc(ctx, func() { _ = conn.Close() }) // after an answer, or instead of one
	hello := fmt.Sprintf("\x00\x03\x00\x00user\x00%s\x00database\x00%s\x00\x00", where.User.Username(), strings.TrimPrefix(where.Path, "/"))
	if err := send(conn, "", hello); err != nil {
		return nil, err
	}
	if _, err := untilIdle(conn); err != nil {
		return nil, err
	}
	if err := send(conn, "Q", sql+"\x00"); err != nil {
		return nil, err
	}
	return untilIdle(conn)
}

func send(conn io.Writer, kind, body string) error {
	message := binary.BigEndian.AppendUint32([]byte(kind), uint32(len(body)+4))
	_, err := conn.Write(append(message, body...))
	return err
}

// untilIdle reads messages until the server waits for the next statement.
func untilIdle(conn io.Reader) ([]string, error) {
	rows := []string{}
	var failure error
	for {
		var head [5]byte
		if _, err := io.ReadFull(conn, head[:]); err != nil {
			return nil, err
		}
		body := make([]byte, binary.BigEndian.Uint32(head[1:])-4)
		if _, err := io.ReadFull(conn, body); err != nil {
			return nil, err
		}
		switch head[0] {
		case 'Z':
			return rows, failure
		case 'E':
			failure = fmt.Errorf("server: %q", body)
		case 'D':
			size := binary.BigEndian.Uint32(body[2:])
			rows = append(rows, string(body[6:6+size]))
		}
	}
}
