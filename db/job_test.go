package db_test

import (
	"context"
	"fmt"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/kirana-commerce/kirana/commerce"
	"github.com/kirana-commerce/kirana/db"
	"github.com/kirana-commerce/kirana/db/dbtest"
)

var (
	_ commerce.JobQueue    = (*db.DB)(nil)
	_ commerce.ResultMaker = (*db.DB)(nil)
	_ commerce.UploadStore = (*db.DB)(nil)
	_ commerce.Sweeper     = (*db.DB)(nil)
	_ commerce.JobEditor   = (*db.DB)(nil)
	_ commerce.JobReader   = db.View{}
)

const patience = 30 * time.Second

func queueImport(t *testing.T, d *dbtest.Database, store *commerce.Store) *commerce.Job {
	t.Helper()
	job, err := d.QueueImport(t.Context(), commerce.Author{}, store.ID, commerce.ImportRequest{CSV: new("Handle,Title\n")})
	require.NoError(t, err)
	return job
}

// claim takes the next job, nil for none.
func claim(t *testing.T, d *dbtest.Database) *commerce.ClaimedJob {
	t.Helper()
	job, err := d.ClaimJob(t.Context(), patience)
	require.NoError(t, err)
	return job
}

func end(t *testing.T, d *dbtest.Database, job *commerce.ClaimedJob, state commerce.JobState) {
	t.Helper()
	require.NoError(t, d.EndJob(t.Context(), job, commerce.JobEnd{State: state}))
}

// readJob reads a job as its store's merchant does.
func readJob(t *testing.T, d *dbtest.Database, ref commerce.JobRef) *commerce.Job {
	t.Helper()
	found, err := d.ViewOf([]commerce.StoreID{ref.Store}, true).JobsByID(t.Context(), []commerce.JobRef{ref})
	require.NoError(t, err)
	return found[ref]
}

// A store with many jobs gets one turn, then the others have theirs; one store's jobs never run side by side.
func TestJobTurns(t *testing.T) {
	t.Parallel()
	d := dbtest.New(t)
	greedy, modest := openStore(t, d.DB, "greedy"), openStore(t, d.DB, "modest")
	var first []*commerce.Job
	for range 5 {
		first = append(first, queueImport(t, d, greedy))
	}
	second := []*commerce.Job{queueImport(t, d, modest), queueImport(t, d, modest)}
	a := claim(t, d)
	require.Equal(t, first[0].Ref(), a.Ref())
	require.Equal(t, "greedy", a.Owner.Handle)
	b := claim(t, d)
	require.Equal(t, second[0].Ref(), b.Ref())
	require.Nil(t, claim(t, d), "both stores have one under way")
	end(t, d, a, commerce.JobCompleted)
	end(t, d, b, commerce.JobFailed)
	for _, want := range []*commerce.Job{first[1], second[1], first[2], first[3]} {
		next := claim(t, d)
		require.Equal(t, want.Ref(), next.Ref())
		end(t, d, next, commerce.JobCompleted)
	}
}

// Many workers that ask at the same time get different jobs.
func TestJobsAreClaimedOnce(t *testing.T) {
	t.Parallel()
	d := dbtest.New(t)
	const stores = 8
	for i := range stores {
		store := openStore(t, d.DB, fmt.Sprintf("store-%d", i))
		queueImport(t, d, store)
		queueImport(t, d, store)
	}
	var mu sync.Mutex
	taken := map[commerce.StoreID]int{}
	var workers sync.WaitGroup
	for range 6 {
		workers.Go(func() {
			misses := 0
			for misses < 20 {
				job, err := d.ClaimJob(t.Context(), patience)
				if err != nil || job == nil {
					misses++ // another may be about to take the one that was seen
					continue
				}
				mu.Lock()
				taken[job.Store]++
				mu.Unlock()
			}
		})
	}
	workers.Wait()
	require.Len(t, taken, stores)
	for store, n := range taken {
		require.Equal(t, 1, n, store)
	}
}

// Who has lost the lease writes nothing any more, and what it was about to write is undone.
func TestJobLeaseLost(t *testing.T) {
	t.Parallel()
	d := dbtest.New(t)
	store := openStore(t, d.DB, "corner")
	queued := queueImport(t, d, store)
	old := claim(t, d)
	require.Nil(t, claim(t, d), "the lease is fresh")
	batch := func(handle string, read int) commerce.ImportBatch {
		return commerce.ImportBatch{Products: []commerce.ProductInput{product(handle)}, Read: read, Bytes: 5, Rejected: 1, Rejections: []commerce.JobRejection{{Line: read, Reason: "x"}}}
	}
	require.NoError(t, d.PutBatch(t.Context(), old, batch("one", 2)))
	run(t, d, `UPDATE jobs SET heartbeat_at = now() - interval '31 seconds'`)
	fresh := claim(t, d)
	require.Equal(t, queued.Ref(), fresh.Ref())
	require.Equal(t, 1, fresh.Resumed)
	require.Equal(t, 2, fresh.Read)
	for name, try := range map[string]func() error{
		"beat":   func() error { return d.BeatJob(t.Context(), old) },
		"put":    func() error { return d.PutBatch(t.Context(), old, batch("two", 4)) },
		"end":    func() error { return d.EndJob(t.Context(), old, commerce.JobEnd{State: commerce.JobCompleted}) },
		"count":  func() error { return d.CountJob(t.Context(), old, 1, 1) },
		"result": func() error { _, err := d.MakeResult(t.Context(), old, "a", "w"); return err },
	} {
		require.ErrorIs(t, try(), commerce.ErrLeaseLost, name)
	}
	require.Equal(t, [][]string{{"one"}}, queryRows(t, d, `SELECT handle FROM products`))
	require.NoError(t, d.PutBatch(t.Context(), fresh, batch("two", 4)))
	end(t, d, fresh, commerce.JobCompleted)
	done := readJob(t, d, queued.Ref())
	require.Equal(t, commerce.JobCompleted, done.State)
	require.Equal(t, 2, done.Created)
	require.Equal(t, 2, done.Rejected)
	require.Equal(t, [][]string{{"2"}, {"4"}}, queryRows(t, d, `SELECT line FROM job_rejections ORDER BY id`))
	require.Empty(t, queryRows(t, d, `SELECT id FROM uploads`), "what was read is deleted")
}

// Cancelling a job that runs undoes the batch under way and keeps what went in before.
func TestJobCanceled(t *testing.T) {
	t.Parallel()
	d := dbtest.New(t)
	store := openStore(t, d.DB, "corner")
	queued := queueImport(t, d, store)
	job := claim(t, d)
	put := func(handle string) error {
		return d.PutBatch(t.Context(), job, commerce.ImportBatch{Products: []commerce.ProductInput{product(handle)}, Read: 1})
	}
	require.NoError(t, put("one"))
	canceled, err := d.CancelJob(t.Context(), commerce.Author{}, queued.Ref())
	require.NoError(t, err)
	require.Equal(t, commerce.JobRunning, canceled.State)
	require.ErrorIs(t, put("two"), commerce.ErrJobCanceled)
	require.ErrorIs(t, d.BeatJob(t.Context(), job), commerce.ErrJobCanceled)
	end(t, d, job, commerce.JobCanceled)
	require.Equal(t, [][]string{{"one"}}, queryRows(t, d, `SELECT handle FROM products`))
	require.Equal(t, 1, readJob(t, d, queued.Ref()).Created)
	require.Error(t, d.EndJob(t.Context(), job, commerce.JobEnd{State: "NONSENSE"}))
}

// A merchant sees the jobs of the own stores alone.
func TestJobsOfOthers(t *testing.T) {
	t.Parallel()
	d := dbtest.New(t)
	mine, theirs := openStore(t, d.DB, "mine"), openStore(t, d.DB, "theirs")
	own, foreign := queueImport(t, d, mine), queueImport(t, d, theirs)
	v := d.ViewOf([]commerce.StoreID{mine.ID}, false)
	found, err := v.JobsByID(t.Context(), []commerce.JobRef{own.Ref(), foreign.Ref(), {Store: mine.ID, ID: foreign.ID}})
	require.NoError(t, err)
	require.Len(t, found, 1)
	page := commerce.FirstPage(5, commerce.Ordering{Key: commerce.JobSort, Reverse: true})
	keys := []commerce.StorePageKey{{Store: mine.ID, Page: page}, {Store: theirs.ID, Page: page}}
	lists, err := v.JobLists(t.Context(), keys)
	require.NoError(t, err)
	require.Len(t, lists[keys[0]].Items, 1)
	require.Empty(t, lists[keys[1]].Items)
	_, err = d.CancelJob(t.Context(), commerce.Author{}, commerce.JobRef{Store: mine.ID, ID: foreign.ID})
	require.Error(t, err)
	require.Equal(t, commerce.JobQueued, readJob(t, d, foreign.Ref()).State)
	_, err = d.Upload(t.Context(), commerce.UploadRef{Store: mine.ID, ID: foreign.Upload})
	require.Equal(t, commerce.CodeNotFound, commerce.CodeOf(err))
}

// A store has so many jobs that wait and so many files that nobody uses. Files that have expired are gone, and deleted.
func TestJobAndFileBounds(t *testing.T) {
	t.Parallel()
	d := dbtest.New(t)
	store := openStore(t, d.DB, "corner")
	for range commerce.MaxWaitingJobs {
		queueImport(t, d, store)
	}
	_, err := d.QueueExport(t.Context(), commerce.Author{}, store.ID)
	requireCode(t, err, commerce.RefusalTooMany)
	var last *commerce.Upload
	for range commerce.MaxUploads {
		last, err = d.StageUpload(t.Context(), commerce.Author{}, store.ID, commerce.UploadOpening{Filename: "a", Size: 3})
		require.NoError(t, err)
	}
	_, err = d.StageUpload(t.Context(), commerce.Author{}, store.ID, commerce.UploadOpening{Filename: "a", Size: 3})
	requireCode(t, err, commerce.RefusalTooMany)
	require.NoError(t, d.BeginUpload(t.Context(), last.Ref(), "w"))
	require.NoError(t, d.AppendUpload(t.Context(), last.Ref(), "w", []byte("abc")))
	run(t, d, `UPDATE uploads SET expires_at = now() - interval '1 second'`)
	require.Equal(t, commerce.CodeNotFound, commerce.CodeOf(d.CompleteUpload(t.Context(), last.Ref(), "w")))
	require.NoError(t, d.Sweep(context.WithoutCancel(t.Context())))
	require.Len(t, queryRows(t, d, `SELECT id FROM uploads`), commerce.MaxWaitingJobs, "those that jobs are to read")
	require.Empty(t, queryRows(t, d, `SELECT n FROM upload_chunks WHERE upload_id = $1`, int64(last.ID)))
}

func requireCode(t *testing.T, err error, code commerce.RefusalCode) {
	t.Helper()
	refusals, ok := commerce.RefusalsOf(err)
	require.True(t, ok, "%v", err)
	require.Equal(t, code, refusals[0].Code)
}
