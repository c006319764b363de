package devstack

import (
	"fmt"
	"math/rand/v2"
	"net"
	"os"
	"strconv"
	"strings"
)

// portFree says whether a server could listen on port now.
func portFree(port int) bool {
	listener, err := net.Listen("tcp", net.JoinHostPort("127.0.0.1", strconv.Itoa(port)))
	if err != nil {
		return false
	}
	_ = listener.Close()
	return true
}

// freePort finds a port nobody listens on. It looks below the range from which kernels serve outgoing connections
// (Linux: from 32768), where a port could be gone by the time its server restarts.
func freePort() (int, error) {
	const lowest, count, tries = 20000, 12000, 100
	for range tries {
		if port := lowest + rand.IntN(count); portFree(port) {
			return port, nil
		}
	}
	return 0, fmt.Errorf("no free port found in %d tries from %d to %d", tries, lowest, lowest+count-1)
}

// lastPort reads the port that writePort kept; 0 if there is none.
func lastPort(path string) int {
	text, err := os.ReadFile(path)
	if err != nil {
		return 0
	}
	port, err := parsePort(string(text))
	if err != nil {
		return 0
	}
	return port
}

// parsePort reads a decimal TCP port.
func parsePort(text string) (int, error) {
	port, err := strconv.ParseUint(strings.TrimSpace(text), 10, 16)
	if err != nil || port == 0 {
		return 0, fmt.Errorf("%q is no port", text)
	}
	return int(port), nil
}

// writePort keeps the port for the next start, so that addresses noted by people and tools stay good.
func writePort(path string, port int) error {
	if err := os.WriteFile(path, []byte(strconv.Itoa(port)+"\n"), 0o644); err != nil {
		return fmt.Errorf("keep the port: %w", err)
	}
	return nil
}

// choosePort returns want if it is set, else the port kept at path if it is free, else any.
func choosePort(want int, path string) (int, error) {
	if want != 0 {
		if !portFree(want) {
			return 0, fmt.Errorf("port %d of 127.0.0.1 is taken: stop the server that listens there or choose another port", want)
		}
		return want, nil
	}
	if last := lastPort(path); last != 0 && portFree(last) {
		return last, nil
	}
	return freePort()
}
