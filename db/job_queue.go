package db

import (
	"context"
	"crypto/rand"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"time"

	"github.com/jmoiron/sqlx"

	"github.com/kirana-commerce/kirana/commerce"
)

// claimJobSQL takes the job whose turn it is. Only the oldest open job of a store can be it, so a store's jobs run one after the
// other and in order; and of the stores the one comes first whose last job began the longest ago, so however many jobs one
// store has waiting, the others wait for one of them at most.
const claimJobSQL = `
UPDATE jobs AS j SET state = 'RUNNING', lease = $1, heartbeat_at = now(), started_at = coalesce(j.started_at, now()),
    attempts = j.attempts + 1, resumed = j.resumed + (j.started_at IS NOT NULL)::integer
FROM (
    SELECT o.store_id, o.id FROM jobs o
    WHERE (o.state = 'QUEUED' OR o.state = 'RUNNING' AND o.heartbeat_at < now() - make_interval(secs => $2))
        AND NOT EXISTS (SELECT 1 FROM jobs b WHERE b.store_id = o.store_id AND b.id <> o.id AND b.state IN ('QUEUED', 'RUNNING')
            AND (b.id < o.id OR b.state = 'RUNNING'))
    ORDER BY (SELECT max(s.started_at) FROM jobs s WHERE s.store_id = o.store_id) NULLS FIRST, o.created_at, o.id
    LIMIT 1 FOR UPDATE SKIP LOCKED
) next
WHERE j.store_id = next.store_id AND j.id = next.id
RETURNING j.attempts, ` + jobColumns

// ClaimJob hands out the job whose turn it is.
func (d *DB) ClaimJob(ctx context.Context, patience time.Duration) (*commerce.ClaimedJob, error) {
	var claimed *commerce.ClaimedJob
	err := d.inTx(ctx, func(tx *sqlx.Tx) error {
		claimed = nil
		lease := rand.Text()
		err := scanIn(ctx, tx, func(r *row) {
			claimed = &commerce.ClaimedJob{Attempts: int(r.int()), Lease: commerce.Lease(lease)}
			claimed.Job = scanJob(r)
		}, claimJobSQL, lease, patience.Seconds())
		if err != nil || claimed == nil {
			return err
		}
		claimed.Owner, err = storeIn(ctx, tx, storeOfJobSQL, int64(claimed.Store))
		return err
	})
	if err != nil {
		return nil, err
	}
	return claimed, nil
}

const storeOfJobSQL = `SELECT ` + storeColumns + ` FROM stores s WHERE s.id = $1`

// holder are the parameters by which statements find a job and see that the lease is still the worker's.
func holder(job *commerce.ClaimedJob) []any {
	return []any{int64(job.Store), int64(job.ID), string(job.Lease)}
}

// held runs a statement of a transaction on a job whose lease is the worker's, and reports whether it is to be canceled.
func held(ctx context.Context, tx *sqlx.Tx, job *commerce.ClaimedJob, text string, args ...any) (canceled bool, err error) {
	found := false
	err = scanIn(ctx, tx, func(r *row) { found, canceled = true, r.bool() }, text, append(holder(job), args...)...)
	if err == nil && !found {
		err = commerce.ErrLeaseLost
	}
	return canceled, err
}

const beatJobSQL = `
UPDATE jobs SET heartbeat_at = now() WHERE store_id = $1 AND id = $2 AND lease = $3 RETURNING cancel`

// BeatJob renews the lease.
func (d *DB) BeatJob(ctx context.Context, job *commerce.ClaimedJob) error {
	return d.inTx(ctx, func(tx *sqlx.Tx) error {
		canceled, err := held(ctx, tx, job, beatJobSQL)
		if err == nil && canceled {
			err = commerce.ErrJobCanceled
		}
		return err
	})
}

// countBatchSQL renews the lease too. It comes last in its transaction, so that whoever cancels or looks after the job does not
// wait for a batch; that the lease was lost meanwhile undoes the batch.
const countBatchSQL = `
UPDATE jobs SET heartbeat_at = now(), attempts = 0, done_bytes = $4, read = $5, created = created + $6, updated = updated + $7,
    unchanged = unchanged + $8, rejected = rejected + $9, variants = variants + $10
WHERE store_id = $1 AND id = $2 AND lease = $3 RETURNING cancel`

const insertRejectionsSQL = `
INSERT INTO job_rejections (store_id, job_id, line, column_name, product, reason)
SELECT $1, $2, r.line, r."column", r.product, r.reason
FROM ROWS FROM (json_to_recordset($3::json) AS (line integer, "column" text, product text, reason text))
    WITH ORDINALITY AS r (line, "column", product, reason, n)
WHERE (SELECT count(*) FROM (SELECT 1 FROM job_rejections k WHERE k.store_id = $1 AND k.job_id = $2 LIMIT $4::integer) k) < $4::integer
ORDER BY r.n`

// PutBatch puts a part of a file in and counts it, in one transaction: however a worker ends, what is counted is what went in.
func (d *DB) PutBatch(ctx context.Context, job *commerce.ClaimedJob, b commerce.ImportBatch) error {
	if err := errors.Join(checkInputs(job.Owner.ID, b.Products), checkListings(b.Listings)); err != nil {
		return err
	}
	return d.inTx(ctx, func(tx *sqlx.Tx) error {
		done, err := putBatch(ctx, tx, job, b)
		if err != nil {
			return err
		}
		if err := keepRejections(ctx, tx, job, done.rejections); err != nil {
			return err
		}
		canceled, err := held(ctx, tx, job, countBatchSQL, b.Bytes, b.Read, done.outcomes[commerce.OutcomeCreated], done.outcomes[commerce.OutcomeUpdated],
			done.outcomes[commerce.OutcomeUnchanged], done.rejected, done.variants)
		if err == nil && canceled {
			err = commerce.ErrJobCanceled
		}
		return err
	})
}

// keepRejections writes rejections down. They quote a file, which can hold what Postgres cannot.
func keepRejections(ctx context.Context, tx *sqlx.Tx, job *commerce.ClaimedJob, list []commerce.JobRejection) error {
	if len(list) == 0 {
		return nil
	}
	storable := make([]commerce.JobRejection, len(list))
	for i, r := range list {
		storable[i] = commerce.JobRejection{Line: r.Line, Column: searchable(r.Column), Product: searchable(r.Product), Reason: searchable(r.Reason)}
	}
	doc, err := json.Marshal(storable)
	if err != nil {
		return fmt.Errorf("encode rejections: %w", err)
	}
	_, err = tx.ExecContext(ctx, insertRejectionsSQL, int64(job.Store), int64(job.ID), string(doc), commerce.MaxRejections)
	return err
}

// storableFindings are findings without what Postgres cannot keep.
func storableFindings(f commerce.JobFindings) commerce.JobFindings {
	all := func(texts []string) []string {
		kept := make([]string, len(texts))
		for i, text := range texts {
			kept[i] = searchable(text)
		}
		return kept
	}
	f.Notes, f.Columns = all(f.Notes), slices.Clone(f.Columns)
	for i := range f.Columns {
		c := &f.Columns[i]
		c.Heading, c.Why, c.Samples = searchable(c.Heading), searchable(c.Why), all(c.Samples)
	}
	return f
}

// batchDone is what became of a part of a file.
type batchDone struct {
	outcomes   map[commerce.UpsertOutcome]int
	rejections []commerce.JobRejection
	rejected   int
	variants   int
}

// putBatch compares a part of a file with the store, and writes it unless the run is dry.
func putBatch(ctx context.Context, tx *sqlx.Tx, job *commerce.ClaimedJob, b commerce.ImportBatch) (batchDone, error) {
	done := batchDone{outcomes: make(map[commerce.UpsertOutcome]int), rejections: b.Rejections, rejected: b.Rejected}
	if len(b.Products)+len(b.Listings) == 0 {
		return done, nil
	}
	write := !job.Options.DryRun
	if write {
		if err := lockStore(ctx, tx, job.Store); err != nil {
			return done, err
		}
	}
	var plan *upsert
	var err error
	if len(b.Listings) > 0 {
		plan, err = done.listings(ctx, tx, job.Store, b, write)
	} else {
		plan, err = done.products(ctx, tx, job.Store, b, write)
	}
	if err != nil || !write {
		return done, err
	}
	return done, plan.write(ctx, tx, stockReason{why: commerce.InventoryImported, reference: job.NodeID().String()})
}

func (done *batchDone) products(ctx context.Context, tx *sqlx.Tx, store commerce.StoreID, b commerce.ImportBatch, lock bool) (*upsert, error) {
	plan, err := planUpsert(ctx, tx, store, b.Products, lock)
	if err != nil {
		return nil, err
	}
	for i, outcome := range plan.outcomes {
		done.outcomes[outcome]++
		done.variants += len(b.Products[i].Variants)
	}
	return plan, nil
}

func (done *batchDone) listings(ctx context.Context, tx *sqlx.Tx, store commerce.StoreID, b commerce.ImportBatch, lock bool) (*upsert, error) {
	plan, outcomes, err := planListings(ctx, tx, store, b.Listings, lock)
	if err != nil {
		return nil, err
	}
	for i, o := range outcomes {
		if o.Refusal == "" {
			done.outcomes[o.Outcome]++
			done.variants++
			continue
		}
		done.rejected++
		done.rejections = append(done.rejections, commerce.JobRejection{
			Line: b.Lines[i], Product: commerce.Truncate(commerce.Slug(b.Listings[i].Name), commerce.MaxHandle), Reason: o.Refusal,
		})
	}
	return plan, nil
}

const resultOfJobSQL = `
UPDATE jobs SET result_id = $4, read = 0, variants = 0, heartbeat_at = now() WHERE store_id = $1 AND id = $2 AND lease = $3 RETURNING cancel`

const openResultSQL = `
INSERT INTO uploads AS u (store_id, filename, writer, secret, expires_at) VALUES ($1, $2, $3, $4, now() + make_interval(secs => $5))
RETURNING ` + uploadColumns

const deleteUploadSQL = `DELETE FROM uploads WHERE store_id = $1 AND id = $2`

const lockedResultSQL = `
SELECT coalesce(j.result_id, 0) FROM jobs j WHERE j.store_id = $1 AND j.id = $2 AND j.lease = $3 FOR UPDATE`

// MakeResult begins the file that the job makes.
func (d *DB) MakeResult(ctx context.Context, job *commerce.ClaimedJob, filename, writer string) (commerce.UploadRef, error) {
	ref := commerce.UploadRef{Store: job.Store}
	err := d.inTx(ctx, func(tx *sqlx.Tx) error {
		before, found := int64(0), false
		if err := scanIn(ctx, tx, func(r *row) { before, found = r.int(), true }, lockedResultSQL, holder(job)...); err != nil {
			return err
		}
		if !found {
			return commerce.ErrLeaseLost
		}
		if _, err := tx.ExecContext(ctx, deleteUploadSQL, int64(job.Store), before); err != nil {
			return err
		}
		err := scanIn(ctx, tx, func(r *row) { ref = scanUpload(r).Ref() }, openResultSQL,
			int64(job.Store), filename, writer, rand.Text(), commerce.ResultLife.Seconds())
		if err != nil {
			return err
		}
		_, err = held(ctx, tx, job, resultOfJobSQL, int64(ref.ID))
		return err
	})
	return ref, err
}

const countJobSQL = `
UPDATE jobs SET heartbeat_at = now(), read = $4, variants = $5 WHERE store_id = $1 AND id = $2 AND lease = $3 RETURNING cancel`

// CountJob says how far the job is.
func (d *DB) CountJob(ctx context.Context, job *commerce.ClaimedJob, products, variants int) error {
	return d.inTx(ctx, func(tx *sqlx.Tx) error {
		canceled, err := held(ctx, tx, job, countJobSQL, products, variants)
		if err == nil && canceled {
			err = commerce.ErrJobCanceled
		}
		return err
	})
}

const endJobSQL = `
UPDATE jobs SET state = $4, lease = NULL, heartbeat_at = NULL, error = $5, findings = $6,
    done_bytes = CASE WHEN $4 = 'COMPLETED' THEN total_bytes ELSE done_bytes END,
    finished_at = CASE WHEN $4 <> 'QUEUED' THEN now() END
WHERE store_id = $1 AND id = $2 AND lease = $3 RETURNING cancel`

// deleteInputSQL deletes what a job has read, unless another one is to read it too.
const deleteInputSQL = `
DELETE FROM uploads u WHERE u.store_id = $1 AND u.id = $2 AND NOT EXISTS (
    SELECT 1 FROM jobs j WHERE j.store_id = u.store_id AND j.upload_id = u.id AND j.state IN ('QUEUED', 'RUNNING'))`

// EndJob gives the lease back. What an import has read is deleted; a dry run leaves it for the import that follows.
func (d *DB) EndJob(ctx context.Context, job *commerce.ClaimedJob, end commerce.JobEnd) error {
	if !commerce.JobRunning.May(end.State) {
		return fmt.Errorf("a job that runs cannot become %s", end.State)
	}
	findings, err := json.Marshal(storableFindings(end.JobFindings))
	if err != nil {
		return fmt.Errorf("encode the findings of a job: %w", err)
	}
	return d.inTx(ctx, func(tx *sqlx.Tx) error {
		if _, err := held(ctx, tx, job, endJobSQL, string(end.State), searchable(end.Error), string(findings)); err != nil {
			return err
		}
		if end.State == commerce.JobQueued || job.Upload == 0 || job.Options.DryRun {
			return nil
		}
		_, err := tx.ExecContext(ctx, deleteInputSQL, int64(job.Store), int64(job.Upload))
		return err
	})
}
