package devstack

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"strings"
	"time"
)

// followLimit bounds the wait for a standby's first word from its primary. A busy machine makes it long; the price of
// giving up too early is only a new copy.
const followLimit = 60 * time.Second

var errNotFollowing = errors.New("the standby does not follow its primary")

// startFollowing starts the standby and waits until it demonstrably follows its primary.
//
// The evidence is a file of its WAL that changed after the start: in standby mode nothing but the receiver of the
// primary's WAL writes there, and it receives the current 16 MB piece anew each time it connects. A standby that
// can't follow, for whatever reason (its data is broken, the WAL it needs is gone, it belongs to another cluster or
// timeline, it is ahead of its primary), never shows that evidence; the caller then makes it anew. Known complaints in
// the log and the end of the process only shorten the wait.
func (s *server) startFollowing(ctx context.Context, extra map[string]string) error {
	before, err := walFiles(s.dir)
	if err != nil {
		return fmt.Errorf("%w: %w", errNotFollowing, err)
	}
	ctx, cancel := context.WithTimeoutCause(ctx, followLimit, errNotFollowing)
	defer cancel()
	if err := s.start(ctx, extra); err != nil {
		return fmt.Errorf("%w: %w", errNotFollowing, err)
	}
	err = poll(ctx, 20*time.Millisecond, func() (bool, error) {
		if s.proc.ended() {
			return false, s.failure()
		}
		if fault := followFault(readLog(s.log)); fault != "" {
			return false, errors.New(fault)
		}
		now, err := walFiles(s.dir)
		return err == nil && !maps.Equal(before, now), nil // a file may vanish under our eyes: look again
	})
	if err != nil {
		return fmt.Errorf("%w: %w; %s", errNotFollowing, err, logEnd(s.log))
	}
	return nil
}

// walFiles returns when each WAL file was last written, in nanoseconds.
func walFiles(dir string) (map[string]int64, error) {
	entries, err := os.ReadDir(filepath.Join(dir, "pg_wal"))
	if err != nil {
		return nil, fmt.Errorf("read the standby's WAL folder: %w", err)
	}
	files := make(map[string]int64, len(entries))
	for _, entry := range entries {
		info, err := entry.Info()
		if err != nil {
			return nil, fmt.Errorf("read the standby's WAL folder: %w", err)
		}
		if info.Mode().IsRegular() {
			files[entry.Name()] = info.ModTime().UnixNano()
		}
	}
	return files, nil
}

// followFault returns the first line of a standby's log that says that it can never follow; "" if there is none.
func followFault(log []byte) string {
	for line := range bytes.Lines(log) {
		for _, fault := range []string{
			"has already been removed",             // the primary no longer has the WAL
			"database system identifier differs",   // another cluster
			"is ahead of the WAL flush position",   // the primary lost what the standby has
			"is behind recovery timeline",          // the standby was promoted once
			"hot standby is not possible",          // it lags behind a lowered setting
			"recovery aborted because of insuffic", // the same, later
		} {
			if bytes.Contains(line, []byte(fault)) {
				return string(bytes.TrimSpace(line))
			}
		}
	}
	return ""
}

// recreate makes the standby's data anew from the primary's, which must be shut down in order: a directory in that
// state is a complete base backup by itself.
func (s *server) recreate(primaryDir string) error {
	if err := os.RemoveAll(s.dir); err != nil {
		return fmt.Errorf("remove the old standby: %w", err)
	}
	return copyTree(primaryDir, s.dir, func(rel string) bool {
		// the primary's slots would hold back WAL here for nobody
		return strings.HasPrefix(rel, "pg_replslot"+string(filepath.Separator)) || strings.HasPrefix(rel, "postmaster.")
	})
}
