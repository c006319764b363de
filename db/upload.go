package db

import (
	"context"
	"crypto/rand"
	"database/sql"
	"errors"

	"github.com/jmoiron/sqlx"

	"github.com/kirana-commerce/kirana/commerce"
)

const uploadColumns = `u.id, u.store_id, u.filename, coalesce(u.size, u.received), u.complete, (date_part('epoch', u.expires_at) * 1000000)::bigint, u.secret`

func scanUpload(r *row) *commerce.Upload {
	return &commerce.Upload{
		ID: commerce.UploadID(r.int()), Store: commerce.StoreID(r.int()), Filename: r.text(), Size: r.int(), Complete: r.bool(),
		ExpiresAt: r.moment(), Secret: commerce.LinkSecret(r.text()),
	}
}

// errNoUpload answers for a file that is not there as for one that is another store's.
var errNoUpload = &commerce.Error{Code: commerce.CodeNotFound, Message: "There is no such file. It may have expired."}

const unusedUploadsSQL = `
SELECT count(*) FROM uploads u WHERE u.store_id = $1 AND u.expires_at > now()
    AND NOT EXISTS (SELECT 1 FROM jobs j WHERE j.store_id = u.store_id AND (j.upload_id = u.id OR j.result_id = u.id))`

const stageUploadSQL = `
INSERT INTO uploads AS u (store_id, filename, size, secret, expires_at) VALUES ($1, $2, $3, $4, now() + make_interval(secs => $5))
RETURNING ` + uploadColumns

// StageUpload announces a file. A store has a few of them at a time that no job has used.
func (d *DB) StageUpload(ctx context.Context, by commerce.Author, store commerce.StoreID, in commerce.UploadOpening) (*commerce.Upload, error) {
	if err := in.Check().Err(); err != nil {
		return nil, err
	}
	var upload *commerce.Upload
	err := d.inTx(ctx, func(tx *sqlx.Tx) error {
		if err := lockStore(ctx, tx, store); err != nil {
			return err
		}
		var unused int
		if err := tx.GetContext(ctx, &unused, unusedUploadsSQL, int64(store)); err != nil {
			return err
		}
		if unused >= commerce.MaxUploads {
			return commerce.Refuse(commerce.RefusalTooMany, nil, "%d files are here that nothing was done with: import them, or wait until they expire.", unused)
		}
		err := scanIn(ctx, tx, func(r *row) { upload = scanUpload(r) }, stageUploadSQL,
			int64(store), in.Filename, in.Size, rand.Text(), commerce.UploadLife.Seconds())
		if err != nil {
			return err
		}
		return audit(ctx, tx, auditEntry{
			store: store, by: by, action: "stagedUploadCreate", subject: upload.NodeID().String(), detail: map[string]any{"size": in.Size},
		})
	})
	if err != nil {
		return nil, err
	}
	return upload, nil
}

const uploadSQL = `SELECT ` + uploadColumns + ` FROM uploads u WHERE u.store_id = $1 AND u.id = $2 AND u.expires_at > now()`

// Upload finds a file that has not expired.
func (d *DB) Upload(ctx context.Context, ref commerce.UploadRef) (*commerce.Upload, error) {
	var upload *commerce.Upload
	err := d.eachFresh(ctx, func(r *row) { upload = scanUpload(r) }, uploadSQL, int64(ref.Store), int64(ref.ID))
	if upload == nil && err == nil {
		err = errNoUpload
	}
	return upload, err
}

const lockedUploadSQL = `
SELECT u.complete, u.writer, u.size, u.received FROM uploads u WHERE u.store_id = $1 AND u.id = $2 AND u.expires_at > now() FOR UPDATE`

// sending is a file that somebody sends.
type sending struct {
	Complete bool
	Writer   string
	Size     sql.NullInt64
	Received int64
}

// changeUpload runs a change of a file that is locked. Code NOT_FOUND.
func (d *DB) changeUpload(ctx context.Context, ref commerce.UploadRef, change func(*sqlx.Tx, sending) error) error {
	return d.inTx(ctx, func(tx *sqlx.Tx) error {
		var s sending
		err := tx.QueryRowxContext(ctx, lockedUploadSQL, int64(ref.Store), int64(ref.ID)).Scan(&s.Complete, &s.Writer, &s.Size, &s.Received)
		if errors.Is(err, sql.ErrNoRows) {
			return errNoUpload
		}
		if err != nil {
			return err
		}
		return change(tx, s)
	})
}

const beginUploadSQL = `UPDATE uploads SET writer = $3, received = 0, chunks = 0 WHERE store_id = $1 AND id = $2`

const deleteChunksSQL = `DELETE FROM upload_chunks WHERE store_id = $1 AND upload_id = $2`

// BeginUpload makes writer the only one who sends the file.
func (d *DB) BeginUpload(ctx context.Context, ref commerce.UploadRef, writer string) error {
	return d.changeUpload(ctx, ref, func(tx *sqlx.Tx, s sending) error {
		if s.Complete {
			return commerce.ErrUploadComplete
		}
		if _, err := tx.ExecContext(ctx, beginUploadSQL, int64(ref.Store), int64(ref.ID), writer); err != nil {
			return err
		}
		_, err := tx.ExecContext(ctx, deleteChunksSQL, int64(ref.Store), int64(ref.ID))
		return err
	})
}

const appendUploadSQL = `
WITH u AS (
    UPDATE uploads SET received = received + octet_length($3::bytea), chunks = chunks + 1 WHERE store_id = $1 AND id = $2 RETURNING chunks
)
INSERT INTO upload_chunks (store_id, upload_id, n, data) SELECT $1, $2, u.chunks - 1, $3 FROM u`

// AppendUpload adds the next piece.
func (d *DB) AppendUpload(ctx context.Context, ref commerce.UploadRef, writer string, data []byte) error {
	return d.changeUpload(ctx, ref, func(tx *sqlx.Tx, s sending) error {
		switch {
		case s.Complete || s.Writer != writer:
			return commerce.ErrUploadTaken
		case s.Size.Valid && s.Received+int64(len(data)) > s.Size.Int64:
			return commerce.ErrUploadSize
		}
		_, err := tx.ExecContext(ctx, appendUploadSQL, int64(ref.Store), int64(ref.ID), data)
		return err
	})
}

const completeUploadSQL = `UPDATE uploads SET complete = true, size = received, writer = '' WHERE store_id = $1 AND id = $2`

// CompleteUpload ends the file.
func (d *DB) CompleteUpload(ctx context.Context, ref commerce.UploadRef, writer string) error {
	return d.changeUpload(ctx, ref, func(tx *sqlx.Tx, s sending) error {
		switch {
		case s.Complete || s.Writer != writer:
			return commerce.ErrUploadTaken
		case s.Size.Valid && s.Received != s.Size.Int64:
			return commerce.ErrUploadSize
		}
		_, err := tx.ExecContext(ctx, completeUploadSQL, int64(ref.Store), int64(ref.ID))
		return err
	})
}

const uploadPartSQL = `SELECT c.data FROM upload_chunks c WHERE c.store_id = $1 AND c.upload_id = $2 AND c.n = $3`

// UploadPart reads a piece; nil after the last.
func (d *DB) UploadPart(ctx context.Context, ref commerce.UploadRef, n int) ([]byte, error) {
	var data []byte
	err := d.eachFresh(ctx, func(r *row) { data = append(data, cell[[]byte](r)...) }, uploadPartSQL, int64(ref.Store), int64(ref.ID), n)
	return data, err
}

// sweptUploadsSQL deletes files that have expired, a few at a time since each can have thousands of pieces. One that a job
// still reads stays.
const sweptUploadsSQL = `
DELETE FROM uploads WHERE (store_id, id) IN (
    SELECT u.store_id, u.id FROM uploads u WHERE u.expires_at < now() AND NOT EXISTS (
        SELECT 1 FROM jobs j WHERE j.store_id = u.store_id AND (j.upload_id = u.id OR j.result_id = u.id) AND j.state IN ('QUEUED', 'RUNNING'))
    ORDER BY u.expires_at LIMIT 10)`

// keepText keeps a whole text as a file.
func keepText(ctx context.Context, tx *sqlx.Tx, store commerce.StoreID, text string) (commerce.UploadID, error) {
	var upload *commerce.Upload
	err := scanIn(ctx, tx, func(r *row) { upload = scanUpload(r) }, stageUploadSQL,
		int64(store), "products.csv", int64(len(text)), rand.Text(), commerce.UploadLife.Seconds())
	if err != nil {
		return 0, err
	}
	for from := 0; from < len(text); from += commerce.UploadChunk {
		piece := []byte(text[from:min(from+commerce.UploadChunk, len(text))])
		if _, err := tx.ExecContext(ctx, appendUploadSQL, int64(store), int64(upload.ID), piece); err != nil {
			return 0, err
		}
	}
	_, err = tx.ExecContext(ctx, completeUploadSQL, int64(store), int64(upload.ID))
	return upload.ID, err
}
