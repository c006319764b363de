package job

import (
	"compress/gzip"
	"context"
	"crypto/rand"
	"errors"
	"io"
	"log/slog"

	"github.com/kirana-commerce/kirana/commerce"
	"github.com/kirana-commerce/kirana/internal/importer"
)

// task is one job being done.
type task struct {
	*Runner

	job *commerce.ClaimedJob
	log *slog.Logger
	// fault is what failed below the file: nothing a merchant could mend.
	fault error
}

// run does the job. The error is that of a worker that stops, a fault, or says in words for the merchant why the job fails.
func (t *task) run(ctx context.Context) (commerce.JobEnd, error) {
	if t.job.Attempts > maxAttempts {
		return commerce.JobEnd{}, t.failed(errors.New("too many attempts"))
	}
	switch t.job.Kind {
	case commerce.JobProductsExport:
		return commerce.JobEnd{}, t.export(ctx)
	case commerce.JobProductsImport:
	}
	return t.imports(ctx)
}

// settle says how the job ends.
func (t *task) settle(end commerce.JobEnd, err error) commerce.JobEnd {
	switch {
	case err == nil:
		end.State = commerce.JobCompleted
	case errors.Is(err, commerce.ErrJobCanceled):
		end.State = commerce.JobCanceled
	case errors.Is(err, errStopping):
		end.State = commerce.JobQueued
	case t.fault != nil && commerce.CodeOf(t.fault) == commerce.CodeUnavailable && t.job.Attempts < maxAttempts:
		t.log.Warn("a job goes back into the queue", "error", t.fault)
		end.State = commerce.JobQueued
	case t.fault != nil:
		t.log.Error("a job failed", "error", t.fault)
		end.State, end.Error = commerce.JobFailed, "Something went wrong on our side. What is counted is done; ask for the job again to go on."
	default:
		end.State, end.Error = commerce.JobFailed, commerce.Truncate(err.Error(), maxError)
	}
	return end
}

// maxError bounds what is said of a failure, in bytes.
const maxError = 2000

func (t *task) failed(err error) error {
	if t.fault == nil {
		t.fault = err
	}
	return err
}

// imports reads a file and puts its products in, from where the job stands.
func (t *task) imports(ctx context.Context) (commerce.JobEnd, error) {
	ref := commerce.UploadRef{Store: t.job.Store, ID: t.job.Upload}
	if ref.ID == 0 {
		return commerce.JobEnd{}, errors.New("the file is not here any more: upload it again")
	}
	file := &source{ctx: ctx, files: t.o.Files, ref: ref}
	pace := pace{now: t.o.Now}
	report, err := importer.Batches(ctx, t.job.Owner, "products.csv", file, t.job.TotalBytes, importer.Options{
		Format: formatOf(t.job.Options.Format), Layout: t.job.Options.Layout, DryRun: t.job.DryRun(), BatchSize: batchSize,
		Skip: t.job.Read, MaxLines: commerce.MaxImportLines,
	}, func(ctx context.Context, b commerce.ImportBatch) error {
		return pace.step(ctx, func() error { return t.put(ctx, b) })
	})
	if file.fault != nil {
		_ = t.failed(file.fault) // err says the same in words of the reader
	}
	end := commerce.JobEnd{JobFindings: findings(report)}
	if errors.Is(err, importer.ErrUnconfirmed) {
		err = errors.New("how the file is to be read was guessed. Look at the layout, the columns and the lines of this job, " +
			"and import the file again with that layout")
	}
	return end, err
}

// put puts a batch in, whatever ends the process meanwhile.
func (t *task) put(ctx context.Context, b commerce.ImportBatch) error {
	err := t.o.Queue.PutBatch(context.WithoutCancel(ctx), t.job, b)
	if err != nil && !errors.Is(err, commerce.ErrLeaseLost) && !errors.Is(err, commerce.ErrJobCanceled) {
		_ = t.failed(err)
	}
	if err == nil {
		t.o.Metrics.Products(len(b.Products) + len(b.Listings))
	}
	return err
}

func formatOf(f commerce.ImportFormat) importer.Format {
	switch f {
	case commerce.ImportShopify:
		return importer.FormatShopify
	case commerce.ImportPriceList:
		return importer.FormatPriceList
	case commerce.ImportChat:
		return importer.FormatChat
	case commerce.ImportAuto:
	}
	return importer.FormatAuto
}

// findings are what an import found out about its file.
func findings(report importer.Report) commerce.JobFindings {
	f := commerce.JobFindings{Notes: report.Notes}
	if report.Guess == nil {
		return f
	}
	f.Layout = report.Guess.Layout
	for _, c := range report.Guess.Columns {
		f.Columns = append(f.Columns, commerce.ImportColumn{Column: c.Column, Heading: c.Heading, Field: c.Field, Why: c.Why, Samples: c.Samples})
	}
	for _, l := range report.Guess.Lines {
		f.Lines = append(f.Lines, commerce.ImportLine{Line: l.Line, Name: l.Name, Price: l.Price, Category: l.Category})
	}
	return f
}

// export makes a file of all products. One snapshot of the database cannot be gone on with: a job that is taken up again begins
// its file anew.
func (t *task) export(ctx context.Context) error {
	writer := rand.Text()
	ref, err := t.o.Results.MakeResult(ctx, t.job, t.job.Owner.Handle+"-products.csv", writer)
	if err != nil {
		return t.failed(err)
	}
	metafields, err := t.o.Catalogue.MetafieldColumns(ctx, t.job.Owner.ID)
	if err != nil {
		return t.failed(err)
	}
	file := &sink{ctx: ctx, files: t.o.Files, ref: ref, writer: writer}
	packed := gzip.NewWriter(file)
	pace, began := pace{now: t.o.Now}, t.o.Now()
	done, err := importer.Export(packed, t.job.Owner, t.o.Catalogue.Catalogue(ctx, t.job.Owner), importer.ExportOptions{
		Metafields: metafields,
		Progress: func(done importer.Exported) {
			// A fault here shows again at the next piece of the file.
			_ = t.o.Results.CountJob(ctx, t.job, done.Products, done.Variants)
			pace.rest(ctx, t.o.Now().Sub(began))
			began = t.o.Now()
		},
	})
	err = errors.Join(err, packed.Close())
	if err == nil {
		err = file.finish()
	}
	if err == nil {
		err = t.o.Results.CountJob(ctx, t.job, done.Products, done.Variants)
	}
	if err != nil {
		return t.failed(err)
	}
	return nil
}

// source reads a file that is kept in pieces, one piece at a time.
type source struct {
	ctx   context.Context //nolint:containedctx // io.Reader has no other place for it
	files commerce.UploadStore
	ref   commerce.UploadRef
	n     int
	rest  []byte
	fault error
}

// Read implements io.Reader.
func (s *source) Read(p []byte) (int, error) {
	if len(s.rest) == 0 {
		if s.rest, s.fault = s.files.UploadPart(s.ctx, s.ref, s.n); s.fault != nil {
			return 0, s.fault
		}
		if len(s.rest) == 0 {
			return 0, io.EOF
		}
		s.n++
	}
	n := copy(p, s.rest)
	s.rest = s.rest[n:]
	return n, nil
}

// sink writes a file in pieces.
type sink struct {
	ctx    context.Context //nolint:containedctx // io.Writer has no other place for it
	files  commerce.UploadStore
	ref    commerce.UploadRef
	writer string
	piece  []byte
}

// Write implements io.Writer.
func (s *sink) Write(p []byte) (int, error) {
	taken := 0
	for taken < len(p) {
		n := min(len(p)-taken, commerce.UploadChunk-len(s.piece))
		s.piece = append(s.piece, p[taken:taken+n]...)
		taken += n
		if len(s.piece) == commerce.UploadChunk {
			if err := s.flush(); err != nil {
				return taken, err
			}
		}
	}
	return taken, nil
}

func (s *sink) flush() error {
	err := s.files.AppendUpload(s.ctx, s.ref, s.writer, s.piece)
	s.piece = s.piece[:0]
	return err
}

// finish writes the last piece and ends the file.
func (s *sink) finish() error {
	if len(s.piece) > 0 {
		if err := s.flush(); err != nil {
			return err
		}
	}
	return s.files.CompleteUpload(s.ctx, s.ref, s.writer)
}
