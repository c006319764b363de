package db

import (
	"context"
	"crypto/rand"
	"encoding/json"
	"fmt"

	"github.com/jmoiron/sqlx"

	"github.com/kirana-commerce/kirana/commerce"
)

const jobColumns = `j.id, j.store_id, j.kind, j.state, coalesce(j.merchant_id, 0), coalesce(j.api_key_id, 0),
    (date_part('epoch', j.created_at) * 1000000)::bigint, (date_part('epoch', j.started_at) * 1000000)::bigint,
    (date_part('epoch', j.finished_at) * 1000000)::bigint, j.resumed, j.options::text,
    j.done_bytes, j.total_bytes, j.read, j.created, j.updated, j.unchanged, j.rejected, j.variants,
    j.findings::text, j.error, coalesce(j.upload_id, 0), coalesce(j.result_id, 0), j.secret`

func scanJob(r *row) *commerce.Job {
	j := &commerce.Job{
		ID: commerce.JobID(r.int()), Store: commerce.StoreID(r.int()), Kind: commerce.JobKind(r.text()), State: commerce.JobState(r.text()),
		By:        commerce.Author{Merchant: commerce.MerchantID(r.int()), Key: commerce.APIKeyID(r.int())},
		CreatedAt: r.moment(), StartedAt: r.optionalMoment(), FinishedAt: r.optionalMoment(), Resumed: int(r.int()),
	}
	r.json(&j.Options)
	j.JobCounts = commerce.JobCounts{
		Bytes: r.int(), TotalBytes: r.int(), Read: int(r.int()), Created: int(r.int()), Updated: int(r.int()), Unchanged: int(r.int()),
		Rejected: int(r.int()), Variants: int(r.int()),
	}
	j.JobFindings = commerce.JobFindings{Notes: []string{}, Columns: []commerce.ImportColumn{}, Lines: []commerce.ImportLine{}}
	r.json(&j.JobFindings)
	j.Failure, j.Upload, j.Result, j.Secret = r.text(), commerce.UploadID(r.int()), commerce.UploadID(r.int()), commerce.LinkSecret(r.text())
	return j
}

// json reads a document that was written from the same type.
func (r *row) json(into any) {
	if err := json.Unmarshal([]byte(r.text()), into); err != nil {
		r.fail(err)
	}
}

const jobsByIDSQL = `
SELECT ` + jobColumns + `
FROM unnest($1::bigint[], $2::bigint[]) AS k (store_id, id)
JOIN jobs j ON j.store_id = k.store_id AND j.id = k.id WHERE j.store_id = ANY($3::bigint[])`

// JobsByID reads jobs of the view's own stores, from the primary: somebody waits for them to get on.
func (v View) JobsByID(ctx context.Context, refs []commerce.JobRef) (map[commerce.JobRef]*commerce.Job, error) {
	found := make(map[commerce.JobRef]*commerce.Job, len(refs))
	v.fresh = true
	err := v.each(ctx, func(r *row) {
		j := scanJob(r)
		found[j.Ref()] = j
	}, jobsByIDSQL, bigints(refs, func(k commerce.JobRef) int64 { return int64(k.Store) }),
		bigints(refs, func(k commerce.JobRef) int64 { return int64(k.ID) }), v.own)
	return found, err
}

func jobOrders() map[commerce.SortKey]sorting {
	return map[commerce.SortKey]sorting{commerce.JobSort: byInt("j.id", "j.id")}
}

func jobList() list {
	return newList(jobOrders(), 2, "", func(_ reading, s sorting, where, orderBy string) string {
		return `
SELECT k.ordinal, j.sort_value, ` + jobColumns + `
FROM unnest($1::bigint[]) WITH ORDINALITY AS k (store_id, ordinal)
CROSS JOIN LATERAL (
    SELECT j.id, j.store_id, j.kind, j.state, j.merchant_id, j.api_key_id, j.created_at, j.started_at, j.finished_at, j.resumed, j.options,
        j.done_bytes, j.total_bytes, j.read, j.created, j.updated, j.unchanged, j.rejected, j.variants, j.findings, j.error,
        j.upload_id, j.result_id, j.secret, ` + s.value + ` AS sort_value
    FROM jobs j WHERE j.store_id = k.store_id AND j.store_id = ANY($2::bigint[])` + where + orderBy + `
) j`
	})
}

// JobLists reads pages of the jobs of the view's own stores.
func (v View) JobLists(ctx context.Context, keys []commerce.StorePageKey) (map[commerce.StorePageKey]commerce.List[*commerce.Job], error) {
	v.fresh = true
	return lists(ctx, v, v.lists.jobs, keys, func(k commerce.StorePageKey) asked { return asked{page: k.Page} },
		func(keys []commerce.StorePageKey) []any {
			return []any{bigints(keys, func(k commerce.StorePageKey) int64 { return int64(k.Store) }), v.own}
		}, func(int) func(*row, commerce.StorePageKey) (*commerce.Job, int64) {
			return func(r *row, _ commerce.StorePageKey) (*commerce.Job, int64) {
				j := scanJob(r)
				return j, int64(j.ID)
			}
		})
}

func jobRejectionOrders() map[commerce.SortKey]sorting {
	return map[commerce.SortKey]sorting{commerce.JobRejectionSort: byInt("r.id", "r.id")}
}

func jobRejectionList() list {
	return newList(jobRejectionOrders(), 2, "", func(_ reading, s sorting, where, orderBy string) string {
		return `
SELECT k.ordinal, r.sort_value, r.id, r.line, r.column_name, r.product, r.reason
FROM unnest($1::bigint[], $2::bigint[]) WITH ORDINALITY AS k (store_id, job_id, ordinal)
CROSS JOIN LATERAL (
    SELECT r.id, r.line, r.column_name, r.product, r.reason, ` + s.value + ` AS sort_value
    FROM job_rejections r WHERE r.store_id = k.store_id AND r.job_id = k.job_id` + where + orderBy + `
) r`
	})
}

// JobRejections reads pages of the rejections of jobs.
func (v View) JobRejections(ctx context.Context, keys []commerce.JobRejectionKey) (map[commerce.JobRejectionKey]commerce.List[*commerce.JobRejection], error) {
	v.fresh = true
	return lists(ctx, v, v.lists.jobRejections, keys, func(k commerce.JobRejectionKey) asked { return asked{page: k.Page} },
		func(keys []commerce.JobRejectionKey) []any {
			return []any{
				bigints(keys, func(k commerce.JobRejectionKey) int64 { return int64(k.Job.Store) }),
				bigints(keys, func(k commerce.JobRejectionKey) int64 { return int64(k.Job.ID) }),
			}
		}, func(int) func(*row, commerce.JobRejectionKey) (*commerce.JobRejection, int64) {
			return func(r *row, _ commerce.JobRejectionKey) (*commerce.JobRejection, int64) {
				id := r.int()
				return &commerce.JobRejection{Line: int(r.int()), Column: r.text(), Product: r.text(), Reason: r.text()}, id
			}
		})
}

const waitingJobsSQL = `SELECT count(*) FROM jobs j WHERE j.store_id = $1 AND j.state IN ('QUEUED', 'RUNNING')`

const queueJobSQL = `
INSERT INTO jobs AS j (store_id, kind, merchant_id, api_key_id, options, secret, upload_id, total_bytes)
VALUES ($1, $2, nullif($3, 0), nullif($4, 0), $5, $6, nullif($7, 0), $8)
RETURNING ` + jobColumns

// newJob is a job to be queued.
type newJob struct {
	store   commerce.StoreID
	by      commerce.Author
	kind    commerce.JobKind
	action  string
	options commerce.JobOptions
	// input finds what the job reads.
	input func(tx *sqlx.Tx) (commerce.UploadID, int64, error)
}

// queueJob puts a job at the end of its store's queue.
func (d *DB) queueJob(ctx context.Context, n newJob) (*commerce.Job, error) {
	options, err := json.Marshal(n.options)
	if err != nil {
		return nil, fmt.Errorf("encode the options of a job: %w", err)
	}
	var job *commerce.Job
	err = mutate(ctx, d, n.store, &job, func(tx *sqlx.Tx) error {
		if err := lockStore(ctx, tx, n.store); err != nil {
			return err
		}
		var waiting int
		if err := tx.GetContext(ctx, &waiting, waitingJobsSQL, int64(n.store)); err != nil {
			return err
		}
		if waiting >= commerce.MaxWaitingJobs {
			return commerce.Refuse(commerce.RefusalTooMany, nil, "%d jobs of the store are waiting: wait until they are done, or cancel some.", waiting)
		}
		upload, size, err := n.input(tx)
		if err != nil {
			return err
		}
		err = scanIn(ctx, tx, func(r *row) { job = scanJob(r) }, queueJobSQL,
			int64(n.store), string(n.kind), int64(n.by.Merchant), int64(n.by.Key), string(options), rand.Text(), int64(upload), size)
		if err != nil {
			return err
		}
		return audit(ctx, tx, auditEntry{store: n.store, by: n.by, action: n.action, subject: job.NodeID().String()})
	})
	if err != nil {
		return nil, err
	}
	return job, nil
}

// QueueImport asks for an import.
func (d *DB) QueueImport(ctx context.Context, by commerce.Author, store commerce.StoreID, in commerce.ImportRequest) (*commerce.Job, error) {
	if err := in.Check().Err(); err != nil {
		return nil, err
	}
	return d.queueJob(ctx, newJob{
		store: store, by: by, kind: commerce.JobProductsImport, action: "productsImport", options: in.JobOptions,
		input: func(tx *sqlx.Tx) (commerce.UploadID, int64, error) {
			if in.CSV != nil {
				id, err := keepText(ctx, tx, store, *in.CSV)
				return id, int64(len(*in.CSV)), err
			}
			size, err := readyUpload(ctx, tx, commerce.UploadRef{Store: store, ID: *in.Upload})
			return *in.Upload, size, err
		},
	})
}

const readyUploadSQL = `
SELECT ` + uploadColumns + ` FROM uploads u WHERE u.store_id = $1 AND u.id = $2 AND u.expires_at > now() FOR SHARE`

// readyUpload is the size of a file that can be read.
func readyUpload(ctx context.Context, tx *sqlx.Tx, ref commerce.UploadRef) (int64, error) {
	var upload *commerce.Upload
	err := scanIn(ctx, tx, func(r *row) { upload = scanUpload(r) }, readyUploadSQL, int64(ref.Store), int64(ref.ID))
	path := []any{"input", "uploadId"}
	switch {
	case err != nil:
		return 0, err
	case upload == nil:
		return 0, commerce.Refuse(commerce.RefusalNotFound, path, "There is no such file. It may have expired: upload it again.")
	case !upload.Complete:
		return 0, commerce.Refuse(commerce.RefusalNotReady, path, "The file is not here yet: send it to its url first.")
	}
	return upload.Size, nil
}

// QueueExport asks for a file of all products.
func (d *DB) QueueExport(ctx context.Context, by commerce.Author, store commerce.StoreID) (*commerce.Job, error) {
	return d.queueJob(ctx, newJob{
		store: store, by: by, kind: commerce.JobProductsExport, action: "productsExport",
		input: func(*sqlx.Tx) (commerce.UploadID, int64, error) { return 0, 0, nil },
	})
}

const lockedJobSQL = `SELECT ` + jobColumns + ` FROM jobs j WHERE j.store_id = $1 AND j.id = $2 FOR UPDATE`

const cancelJobSQL = `
UPDATE jobs AS j SET cancel = true, state = CASE WHEN j.state = 'QUEUED' THEN 'CANCELED' ELSE j.state END,
    finished_at = CASE WHEN j.state = 'QUEUED' THEN now() END
WHERE j.store_id = $1 AND j.id = $2 RETURNING ` + jobColumns

// CancelJob ends a job that waits, and tells one that runs to end.
func (d *DB) CancelJob(ctx context.Context, by commerce.Author, ref commerce.JobRef) (*commerce.Job, error) {
	var job *commerce.Job
	err := mutate(ctx, d, ref.Store, &job, func(tx *sqlx.Tx) error {
		job = nil
		keep := func(r *row) { job = scanJob(r) }
		if err := scanIn(ctx, tx, keep, lockedJobSQL, int64(ref.Store), int64(ref.ID)); err != nil {
			return err
		}
		switch {
		case job == nil:
			return commerce.Refuse(commerce.RefusalNotFound, []any{"input", "id"}, "There is no such job in the store.")
		case job.State.Final():
			return commerce.Refuse(commerce.RefusalFinished, []any{"input", "id"}, "The job has ended already.")
		}
		if err := scanIn(ctx, tx, keep, cancelJobSQL, int64(ref.Store), int64(ref.ID)); err != nil {
			return err
		}
		return audit(ctx, tx, auditEntry{store: ref.Store, by: by, action: "jobCancel", subject: job.NodeID().String()})
	})
	if err != nil {
		return nil, err
	}
	return job, nil
}
