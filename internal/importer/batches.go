package importer

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"

	"github.com/kirana-commerce/kirana/commerce"
)

// BatchOptions say how Batches reads a file.
type BatchOptions struct {
	Format Format
	// Layout confirms a guess, as with ImportListings.
	Layout string
	// DryRun says that nothing is written, so that a guess needs no confirmation.
	DryRun bool
	// BatchSize is how many products are in a batch at most; 500 when it is 0 or less.
	BatchSize int
	// Skip is how many products of the file are done already, refused ones among them: they are read and not handed out. So
	// whoever goes on with a file finds its lines and handles numbered and told apart as at the first time.
	Skip int
	// MaxLines bounds the products of a chat text, where a person can be shown so many; 0 for no bound.
	MaxLines int
}

// Batches reads a file as Import and ImportListings do, and hands its parts to put, one after the other, while the next is being
// read. The error is that of put, ErrUnconfirmed, or says in words for the merchant why the file cannot be read (on).
func Batches(ctx context.Context, store *commerce.Store, name string, r io.Reader, size int64, o BatchOptions, put func(context.Context, commerce.ImportBatch) error) (Report, error) {
	im := newImporting(store, name, size, Options{BatchSize: o.BatchSize, DryRun: o.DryRun})
	im.eachBatch, im.skip, im.maxLines = true, o.Skip, o.MaxLines
	read := o.Skip
	im.put = func(ctx context.Context, b *batch) error {
		read += len(b.products) + len(b.listings) + b.rejected
		return put(ctx, shownBatch(b, read))
	}
	text := bufio.NewReaderSize(r, SampleBytes)
	format, err := FormatOf(o.Format, o.Layout, text, store.Currency)
	if err != nil {
		return im.report, fmt.Errorf("%s: %w", name, err)
	}
	switch format {
	case FormatChat:
		return im.chat(ctx, text, o.Layout)
	case FormatPriceList:
		return im.list(ctx, text, o.Layout)
	case FormatShopify, FormatAuto:
	}
	return im.finish(ctx, text, func(r io.Reader) source { return NewReader(name, r, store.Currency) })
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
