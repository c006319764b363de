package devstack

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"runtime"
	"strings"
	"syscall"
)

// process is a server's operating system process.
type process struct {
	cmd  *exec.Cmd
	done chan struct{} // closed when the process has ended
	err  error         // how it ended; to be read after done
}

// startProcess starts cmd and follows it to its end.
//
// The kernel sends a child's death signal (see childAttr) when the thread that forked it dies, not the process. A Go
// thread dies early only if a goroutine that is locked to it returns, which could be any library's. So the goroutine
// that follows the child keeps the forking thread for itself until the child has ended.
func startProcess(cmd *exec.Cmd) (*process, error) {
	p := &process{cmd: cmd, done: make(chan struct{})}
	started := make(chan error, 1)
	go func() {
		runtime.LockOSThread()
		defer runtime.UnlockOSThread()
		err := cmd.Start()
		started <- err
		if err != nil {
			return
		}
		p.err = cmd.Wait()
		close(p.done)
	}()
	if err := <-started; err != nil {
		return nil, fmt.Errorf("start %s: %w", cmd.Path, err)
	}
	return p, nil
}

// ended says whether the process is gone.
func (p *process) ended() bool {
	select {
	case <-p.done:
		return true
	default:
		return false
	}
}

// signal sends sig; a process that is already gone is no error.
func (p *process) signal(sig syscall.Signal) error {
	if err := p.cmd.Process.Signal(sig); err != nil && !errors.Is(err, os.ErrProcessDone) {
		return fmt.Errorf("send %v to process %d: %w", sig, p.cmd.Process.Pid, err)
	}
	return nil
}

// end describes how the process ended; to be called after done.
func (p *process) end() string {
	if p.err != nil {
		return p.err.Error()
	}
	return "exit status 0"
}

// openLog begins a new log at path and keeps the last run's beside it, so that a log never grows without bound and
// holds nothing but the current run.
func openLog(path string) (*os.File, error) {
	if err := os.Rename(path, path+".1"); err != nil && !errors.Is(err, os.ErrNotExist) {
		return nil, fmt.Errorf("keep the last log: %w", err)
	}
	file, err := os.OpenFile(path, os.O_CREATE|os.O_WRONLY|os.O_APPEND|os.O_TRUNC, 0o644)
	if err != nil {
		return nil, fmt.Errorf("open log: %w", err)
	}
	return file, nil
}

// readLog returns the log's last 64 KB, or nothing while there is no log.
func readLog(path string) []byte {
	const limit = 64 << 10
	file, err := os.Open(path)
	if err != nil {
		return nil
	}
	defer func() { _ = file.Close() }()
	if info, err := file.Stat(); err == nil && info.Size() > limit {
		if _, err := file.Seek(-limit, io.SeekEnd); err != nil {
			return nil
		}
	}
	text, err := io.ReadAll(file)
	if err != nil {
		return nil
	}
	return text
}

// logEnd quotes the last lines of a log for an error message.
func logEnd(path string) string {
	const lines = 12
	text := strings.TrimSpace(string(bytes.ToValidUTF8(readLog(path), nil)))
	if text == "" {
		return fmt.Sprintf("its log %s is empty", path)
	}
	all := strings.Split(text, "\n")
	return fmt.Sprintf("the last lines of %s:\n%s", path, strings.Join(all[max(0, len(all)-lines):], "\n"))
}
