package importer

import (
	"context"
	"errors"
	"io"

	"github.com/kirana-commerce/kirana/commerce"
)

// Batches reads a file as Import does, and hands its parts to put, one after the other, while the next is being read. The error
// is that of put, ErrUnconfirmed, or says in words for the merchant why the file cannot be read (on).
func Batches(ctx context.Context, store *commerce.Store, name string, r io.Reader, size int64, o Options, put func(context.Context, commerce.ImportBatch) error) (Report, error) {
	im := newImporting(store, name, size, o)
	read := o.Skip
	im.put = func(ctx context.Context, b *batch) error {
		read += len(b.products) + len(b.listings) + b.rejected
		return put(ctx, shownBatch(b, read))
	}
	return im.read(ctx, r)
}

func shownBatch(b *batch, read int) commerce.ImportBatch {
	shown := commerce.ImportBatch{
		Products: b.products, Listings: b.listings, Lines: b.lines, Rejected: b.rejected, Read: read, Bytes: b.bytes,
		Rejections: make([]commerce.JobRejection, len(b.rejections)),
	}
	for i, r := range b.rejections {
		shown.Rejections[i] = commerce.JobRejection{Line: r.Line, Column: r.Column, Product: r.Handle, Reason: r.Reason}
	}
	return shown
}

// skipping is a source whose first products are done already.
type skipping struct {
	source
	left int
}

func (s *skipping) read(b *batch) error {
	for ; s.left > 0; s.left-- {
		err := s.source.read(&batch{})
		if _, refused := errors.AsType[*RejectedError](err); err != nil && !refused {
			return err
		}
	}
	return s.source.read(b)
}
