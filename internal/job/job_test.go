package job_test

import (
	"context"
	"errors"
	"log/slog"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/require"
	"go.uber.org/goleak"

	"github.com/kirana-commerce/kirana/commerce"
	"github.com/kirana-commerce/kirana/internal/job"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// desk is a queue that fails in ways in which a database does not on demand.
type desk struct {
	commerce.UploadStore

	mu     sync.Mutex
	jobs   []*commerce.ClaimedJob
	ended  chan commerce.JobEnd
	file   string
	parts  error // of the file
	put    func(n int) error
	puts   int
	last   commerce.ImportBatch
	beat   func() error
	beats  int
	closed error
	sweep  func() error
	lapse  func() (int, error)
	log    strings.Builder // the runner's
}

func newDesk(jobs ...*commerce.ClaimedJob) *desk {
	return &desk{
		jobs: jobs, ended: make(chan commerce.JobEnd, 10), file: "Handle,Title,Variant Price\na,A,1\nb,B,2\n",
		put: func(int) error { return nil }, beat: func() error { return nil }, sweep: func() error { return nil },
		lapse: func() (int, error) { return 0, nil },
	}
}

func (d *desk) ClaimJob(context.Context, time.Duration) (*commerce.ClaimedJob, error) {
	d.mu.Lock()
	defer d.mu.Unlock()
	if len(d.jobs) == 0 {
		return nil, nil //nolint:nilnil // there is none
	}
	next := d.jobs[0]
	d.jobs = d.jobs[1:]
	return next, nil
}

func (d *desk) BeatJob(context.Context, *commerce.ClaimedJob) error {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.beats++
	return d.beat()
}

func (d *desk) PutBatch(_ context.Context, _ *commerce.ClaimedJob, b commerce.ImportBatch) error {
	d.mu.Lock()
	n := d.puts
	d.puts++
	d.last = b
	d.mu.Unlock()
	return d.put(n)
}

func (d *desk) EndJob(_ context.Context, _ *commerce.ClaimedJob, end commerce.JobEnd) error {
	d.ended <- end
	return d.closed
}

func (d *desk) UploadPart(_ context.Context, _ commerce.UploadRef, n int) ([]byte, error) {
	if d.parts != nil {
		return nil, d.parts
	}
	if n > 0 {
		return nil, nil
	}
	return []byte(d.file), nil
}

func (d *desk) MakeResult(context.Context, *commerce.ClaimedJob, string, string) (commerce.UploadRef, error) {
	return commerce.UploadRef{}, d.parts
}

func (d *desk) CountJob(context.Context, *commerce.ClaimedJob, int, int) error { return nil }

func (d *desk) Sweep(context.Context) error { return d.sweep() }

func (d *desk) LapseHolds(context.Context) (int, error) { return d.lapse() }

func importJob(attempts int) *commerce.ClaimedJob {
	return &commerce.ClaimedJob{
		Job: &commerce.Job{
			ID: 1, Store: 1, Kind: commerce.JobProductsImport, State: commerce.JobRunning, Upload: 7,
			Options: commerce.JobOptions{Format: commerce.ImportShopify}, JobCounts: commerce.JobCounts{TotalBytes: 10},
		},
		Owner: &commerce.Store{ID: 1, Handle: "corner", Currency: "INR"}, Lease: "l", Attempts: attempts,
	}
}

// start runs a runner until stop.
func start(t *testing.T, d *desk) (stop func()) {
	t.Helper()
	r := job.New(job.Options{
		Queue: d, Files: d, Sweeper: d, Holds: d, Results: d, Workers: 1, Patience: time.Minute, Logger: slog.New(slog.NewTextHandler(&d.log, nil)), Now: time.Now,
	})
	ctx, cancel := context.WithCancel(t.Context())
	done := make(chan error)
	go func() { done <- r.Run(ctx) }()
	return func() {
		cancel()
		require.NoError(t, <-done)
	}
}

// What has expired is deleted at the start and every ten minutes from then on, also after a fault.
func TestSweeping(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		d := newDesk()
		var times atomic.Int32 // that the clock of synctest goes on orders nothing for the race detector
		d.sweep = func() error {
			times.Add(1)
			return errors.New("disk on fire")
		}
		stop := start(t, d)
		synctest.Wait()
		require.EqualValues(t, 1, times.Load())
		<-time.After(10 * time.Minute)
		synctest.Wait()
		require.EqualValues(t, 2, times.Load())
		stop()
		require.Equal(t, 2, strings.Count(d.log.String(), "disk on fire"))
	})
}

// What is held for orders too long is given back twice a second, also after a fault.
func TestLapsing(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		d, times := newDesk(), 0
		d.lapse = func() (int, error) {
			times++
			return 3, errors.New("disk on fire")
		}
		stop := start(t, d)
		<-time.After(900 * time.Millisecond)
		synctest.Wait()
		require.Equal(t, 2, times)
		stop()
		require.Equal(t, 2, strings.Count(d.log.String(), "disk on fire"))
		require.Equal(t, 2, strings.Count(d.log.String(), "orders=3"))
	})
}

func TestHowJobsEnd(t *testing.T) {
	t.Parallel()
	broken := errors.New("disk on fire, password=secret")
	for _, c := range []struct {
		name  string
		job   *commerce.ClaimedJob
		edit  func(*desk)
		state commerce.JobState
		error string
	}{
		{"as it should", importJob(1), func(*desk) {}, commerce.JobCompleted, ""},
		{"canceled at a batch", importJob(1), func(d *desk) { d.put = func(int) error { return commerce.ErrJobCanceled } }, commerce.JobCanceled, ""},
		{"the database is away", importJob(1), func(d *desk) {
			d.put = func(int) error { return commerce.Unavailable("The catalogue", broken) }
		}, commerce.JobQueued, ""},
		{"it is away for long", importJob(5), func(d *desk) {
			d.put = func(int) error { return commerce.Unavailable("The catalogue", broken) }
		}, commerce.JobFailed, "our side"},
		{"a fault of ours", importJob(1), func(d *desk) { d.put = func(int) error { return broken } }, commerce.JobFailed, "our side"},
		{"the file cannot be read from the database", importJob(1), func(d *desk) { d.parts = broken }, commerce.JobFailed, "our side"},
		{"begun too often", importJob(6), func(*desk) {}, commerce.JobFailed, "our side"},
		{"a file that is none", importJob(1), func(d *desk) { d.file = "PK\x03\x04\xff" }, commerce.JobFailed, "UTF-8"},
		{"a file that is gone", func() *commerce.ClaimedJob { j := importJob(1); j.Upload = 0; return j }(), func(*desk) {}, commerce.JobFailed, "upload it again"},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			d := newDesk(c.job)
			c.edit(d)
			stop := start(t, d)
			end := <-d.ended
			stop()
			require.Equal(t, c.state, end.State, end.Error)
			require.Contains(t, end.Error, c.error)
			require.NotContains(t, end.Error, "secret")
		})
	}
}

// A layout says by itself what the file is, whatever it looks like.
func TestLayouts(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		name               string
		options            commerce.JobOptions
		products, listings int
		error              string
	}{
		{"none", commerce.JobOptions{}, 2, 0, ""},
		{"a price list's", commerce.JobOptions{Layout: "name=2,price=3"}, 0, 2, ""},
		{"another chat's", commerce.JobOptions{Layout: "chat=0123456789abcdef"}, 0, 0, "confirms another text"},
		{"a format besides", commerce.JobOptions{Format: commerce.ImportPriceList, Layout: "name=2,price=3"}, 0, 2, ""},
		{"an export's", commerce.JobOptions{Format: commerce.ImportShopify, Layout: "name=2,price=3"}, 0, 0, "leave the layout out"},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			j := importJob(1)
			j.Options = c.options
			d := newDesk(j)
			stop := start(t, d)
			end := <-d.ended
			stop()
			require.Contains(t, end.Error, c.error)
			require.Equal(t, c.error == "", end.State == commerce.JobCompleted, end.Error)
			require.Len(t, d.last.Products, c.products)
			require.Len(t, d.last.Listings, c.listings)
		})
	}
}

// A server that is told to end puts the batch under way in, and hands the job back.
func TestStopping(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		d := newDesk(importJob(1))
		begun, finish := make(chan struct{}), make(chan struct{})
		d.file = "Handle,Title,Variant Price\n" + rows(600)
		d.put = func(n int) error {
			if n == 0 {
				close(begun)
				<-finish
			}
			return nil
		}
		stop := start(t, d)
		<-begun
		time.AfterFunc(time.Second, func() { close(finish) }) // when all others wait: the runner was told to stop before
		stop()
		require.Equal(t, commerce.JobQueued, (<-d.ended).State)
		require.Equal(t, 1, d.puts, "not another one")
	})
}

// The heartbeat finds out that the job was canceled, or lost, while a pause or a batch goes on.
func TestHeartbeat(t *testing.T) {
	t.Parallel()
	for _, reason := range []error{commerce.ErrJobCanceled, commerce.ErrLeaseLost} {
		synctest.Test(t, func(t *testing.T) {
			d := newDesk(importJob(1))
			d.file = "Handle,Title,Variant Price\n" + rows(600)
			d.beat = func() error { // the first says that all is well
				if d.beats < 2 {
					return nil
				}
				return reason
			}
			d.put = func(int) error {
				<-time.After(25 * time.Second) // of the synctest clock: two beats
				return nil
			}
			stop := start(t, d)
			if errors.Is(reason, commerce.ErrJobCanceled) {
				require.Equal(t, commerce.JobCanceled, (<-d.ended).State)
			} else {
				<-time.After(time.Hour)
				require.Empty(t, d.ended, "whose job it is not does not end it")
			}
			stop()
			require.Equal(t, 1, d.puts)
		})
	}
}

// Whose job it is not does not settle it, and calls it no failure, wherever the loss shows.
func TestLostJobs(t *testing.T) {
	t.Parallel()
	exports := importJob(1)
	exports.Kind = commerce.JobProductsExport
	for _, c := range []struct {
		name  string
		job   *commerce.ClaimedJob
		edit  func(*desk)
		ended int
	}{
		{"at a batch", importJob(1), func(d *desk) { d.put = func(int) error { return commerce.ErrLeaseLost } }, 0},
		{"at the file of an export", exports, func(d *desk) { d.parts = commerce.ErrLeaseLost }, 0},
		{"at the end", importJob(1), func(d *desk) { d.closed = commerce.ErrLeaseLost }, 1},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				d := newDesk(c.job)
				c.edit(d)
				stop := start(t, d)
				synctest.Wait()
				stop()
				require.Len(t, d.ended, c.ended)
				require.Contains(t, d.log.String(), "a job was lost to another worker")
				require.NotContains(t, d.log.String(), "level=ERROR")
			})
		})
	}
}

// An import rests for a third of the time it works, and no longer than two seconds.
func TestPace(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		d := newDesk(importJob(1))
		d.file = "Handle,Title,Variant Price\n" + rows(500)
		begin := time.Now()
		took := []time.Duration{300 * time.Millisecond, time.Minute, 0}
		d.put = func(n int) error {
			<-time.After(took[n])
			return nil
		}
		stop := start(t, d)
		require.Equal(t, commerce.JobCompleted, (<-d.ended).State)
		require.Equal(t, 400*time.Millisecond+62*time.Second, time.Since(begin))
		stop()
		require.Equal(t, 3, d.puts)
	})
}

func rows(n int) string {
	var b []byte
	for i := range n {
		b = append(b, 'h')
		b = append(b, []byte(time.Duration(i).String())...)
		b = append(b, ",T,1\n"...)
	}
	return string(b)
}
