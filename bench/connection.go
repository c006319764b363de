package main

import (
	"bufio"
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net"
	"strconv"
	"strings"
	"time"
)

// publicHost is the Host that every request names, so that addresses in answers do not depend on a server's port.
const publicHost = "shop.example"

// graphqlRequest is the text of an HTTP request that asks for a document.
func graphqlRequest(document string) ([]byte, error) {
	body, err := json.Marshal(map[string]string{"query": document})
	if err != nil {
		return nil, err
	}
	return postRequest(body), nil
}

// postRequest is the text of an HTTP request with a body, and headers of its own, each with its line end.
func postRequest(body []byte, headers ...string) []byte {
	head := "POST /graphql HTTP/1.1\r\nHost: " + publicHost + "\r\nAccept: application/json\r\nContent-Type: application/json\r\n" +
		strings.Join(headers, "") + "Content-Length: " + strconv.Itoa(len(body)) + "\r\n\r\n"
	return append([]byte(head), body...)
}

// connection is a keep-alive connection that understands of HTTP only what the measured servers say. It allocates
// nothing for an exchange, so that a client on the server's own CPUs costs little.
type connection struct {
	conn net.Conn
	in   *bufio.Reader
	body []byte
}

func dial(ctx context.Context, addr string) (*connection, error) {
	var d net.Dialer
	conn, err := d.DialContext(ctx, "tcp", addr)
	if err != nil {
		return nil, err
	}
	return &connection{conn: conn, in: bufio.NewReaderSize(conn, 64<<10)}, nil
}

func (c *connection) close() error { return c.conn.Close() }

// exchange sends a request and returns the status and the body of the answer, which is valid until the next exchange.
func (c *connection) exchange(request []byte, deadline time.Time) (int, []byte, error) {
	if err := c.conn.SetDeadline(deadline); err != nil {
		return 0, nil, err
	}
	if _, err := c.conn.Write(request); err != nil {
		return 0, nil, err
	}
	status, length, err := c.head()
	if err != nil {
		return 0, nil, fmt.Errorf("read the head of an answer: %w", err)
	}
	c.body = c.body[:0]
	if length >= 0 {
		err = c.take(length)
	} else {
		err = c.chunks()
	}
	return status, c.body, err
}

// head reads the status line and the headers. The length is -1 when the body comes in chunks.
func (c *connection) head() (status, length int, err error) {
	line, err := c.line()
	if err != nil {
		return 0, 0, err
	}
	if len(line) < 12 || !bytes.HasPrefix(line, []byte("HTTP/1.1 ")) {
		return 0, 0, fmt.Errorf("%.40q is no status line", line)
	}
	if status, err = strconv.Atoi(string(line[9:12])); err != nil {
		return 0, 0, err
	}
	length = -2 // not said
	for {
		if line, err = c.line(); err != nil {
			return 0, 0, err
		}
		if len(line) == 0 {
			break
		}
		name, value, _ := bytes.Cut(line, []byte(":"))
		switch value = bytes.TrimSpace(value); {
		case bytes.EqualFold(name, []byte("Content-Length")):
			length, err = strconv.Atoi(string(value))
		case bytes.EqualFold(name, []byte("Transfer-Encoding")):
			length = -1
		}
		if err != nil {
			return 0, 0, err
		}
	}
	if length == -2 {
		return 0, 0, errors.New("an answer of unknown length")
	}
	return status, length, nil
}

// line reads a line without its end. It is valid until the next read.
func (c *connection) line() ([]byte, error) {
	line, err := c.in.ReadSlice('\n')
	return bytes.TrimRight(line, "\r\n"), err
}

// take reads n bytes of the body.
func (c *connection) take(n int) error {
	at := len(c.body)
	if free := cap(c.body) - at; free < n {
		c.body = append(c.body, make([]byte, n)...)
	}
	c.body = c.body[:at+n]
	_, err := io.ReadFull(c.in, c.body[at:])
	return err
}

// chunks reads a body that comes in chunks.
func (c *connection) chunks() error {
	for {
		line, err := c.line()
		if err != nil {
			return err
		}
		n, err := strconv.ParseUint(strings.TrimSpace(string(line)), 16, 31)
		if err != nil {
			return err
		}
		if n > 0 {
			if err := c.take(int(n)); err != nil {
				return err
			}
		}
		if line, err = c.line(); err != nil {
			return err
		}
		if len(line) > 0 {
			return fmt.Errorf("%.40q stands where a chunk ends", line)
		}
		if n == 0 {
			return nil
		}
	}
}
