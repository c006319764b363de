package devstack

import (
	"context"
	"errors"
	"fmt"
	"os"
	"sync"
	"syscall"
	"time"
)

// fileLock is an advisory lock that ends with the process holding it, however that dies.
type fileLock struct {
	file *os.File
	once sync.Once
}

var errLocked = errors.New("locked by another process")

// tryLock takes the lock or returns errLocked.
func tryLock(path string) (*fileLock, error) {
	file, err := os.OpenFile(path, os.O_CREATE|os.O_RDWR, 0o644)
	if err != nil {
		return nil, fmt.Errorf("open lock: %w", err)
	}
	err = syscall.Flock(int(file.Fd()), syscall.LOCK_EX|syscall.LOCK_NB)
	if err == nil {
		return &fileLock{file: file}, nil
	}
	_ = file.Close()
	if errors.Is(err, syscall.EWOULDBLOCK) {
		return nil, errLocked
	}
	return nil, fmt.Errorf("lock %s: %w", path, err)
}

// startTime is the most that a process needs from its fork to its own program, on a machine that is busy. Until then it has our descriptors,
// and with them a lock that was just released.
const startTime = 200 * time.Millisecond

// takeLock is tryLock for who need not know at once.
func takeLock(ctx context.Context, path string) (*fileLock, error) {
	ctx, cancel := context.WithTimeoutCause(ctx, startTime, errLocked)
	defer cancel()
	return pollLock(ctx, path, startTime/20, func() {})
}

// awaitLock takes the lock as soon as it is free.
func awaitLock(ctx context.Context, path string, waiting func()) (*fileLock, error) {
	lock, err := pollLock(ctx, path, 100*time.Millisecond, sync.OnceFunc(waiting))
	if err != nil {
		return nil, fmt.Errorf("wait for %s: %w", path, err)
	}
	return lock, nil
}

// pollLock takes the lock when it is free, and tells each time when it is not. It polls, because a blocking flock cannot be called off by ctx.
func pollLock(ctx context.Context, path string, interval time.Duration, locked func()) (lock *fileLock, err error) {
	err = poll(ctx, interval, func() (bool, error) {
		lock, err = tryLock(path)
		if errors.Is(err, errLocked) {
			locked()
			return false, nil
		}
		return err == nil, err
	})
	return lock, err
}

// release lets go of the lock; a second call does nothing.
func (l *fileLock) release() {
	l.once.Do(func() { _ = l.file.Close() }) // closing the only descriptor is what unlocks
}
