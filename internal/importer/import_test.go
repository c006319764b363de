package importer_test

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/kirana-commerce/kirana/commerce"
	"github.com/kirana-commerce/kirana/internal/importer"
)

// writer is a catalogue that injects faults; what a real one does is tested where it lives.
type writer struct {
	commerce.ListingWriter

	batches  [][]commerce.ProductInput
	compared int
	put      func(ctx context.Context, in []commerce.ProductInput) error
	outcomes func(in []commerce.ProductInput) []commerce.UpsertOutcome
}

func (w *writer) UpsertStore(context.Context, commerce.StoreInput) (*commerce.Store, bool, error) {
	return nil, false, errors.New("an import opens no store")
}

func (w *writer) UpsertProducts(ctx context.Context, _ *commerce.Store, in []commerce.ProductInput) ([]commerce.UpsertOutcome, error) {
	if w.put != nil {
		if err := w.put(ctx, in); err != nil {
			return nil, err
		}
	}
	w.batches = append(w.batches, in)
	if w.outcomes != nil {
		return w.outcomes(in), nil
	}
	return slices.Repeat([]commerce.UpsertOutcome{commerce.OutcomeCreated}, len(in)), nil
}

func (w *writer) CompareProducts(_ context.Context, _ *commerce.Store, in []commerce.ProductInput) ([]commerce.UpsertOutcome, error) {
	w.compared += len(in)
	return slices.Repeat([]commerce.UpsertOutcome{commerce.OutcomeUpdated}, len(in)), nil
}

func (w *writer) handles() []string {
	var handles []string
	for _, b := range w.batches {
		for _, p := range b {
			handles = append(handles, p.Handle)
		}
	}
	return handles
}

func store() *commerce.Store { return &commerce.Store{ID: 7, Handle: "corner", Currency: "INR"} }

// catalogue is a file of n products, p0 and so on, one row each.
func catalogue(n int) string {
	var b strings.Builder
	b.WriteString("Handle,Title,Variant Price\n")
	for i := range n {
		fmt.Fprintf(&b, "p%d,Product,%d\n", i, i)
	}
	return b.String()
}

func TestImportWritesBatches(t *testing.T) {
	t.Parallel()
	clock := time.Unix(0, 0)
	w := &writer{outcomes: func(in []commerce.ProductInput) []commerce.UpsertOutcome {
		all := []commerce.UpsertOutcome{commerce.OutcomeCreated, commerce.OutcomeUpdated, commerce.OutcomeUnchanged}
		return all[:len(in)]
	}}
	text := catalogue(7) + "bad,Bad,x\n"
	var seen []importer.Report
	report, err := importer.Import(t.Context(), w, store(), "shop.csv", strings.NewReader(text), int64(len(text)), importer.Options{
		BatchSize: 3,
		Progress:  func(r importer.Report) { seen = append(seen, r) },
		Now:       func() time.Time { clock = clock.Add(time.Second); return clock },
	})
	require.NoError(t, err)
	require.Equal(t, []string{"p0", "p1", "p2", "p3", "p4", "p5", "p6"}, w.handles())
	require.Len(t, w.batches, 3)
	require.Equal(t, importer.Report{
		File: "shop.csv", Store: "corner", Products: 7, Created: 3, Updated: 2, Unchanged: 2, Rejected: 1, Variants: 7,
		Rejections: []importer.Rejection{{
			File: "shop.csv", Line: 9, Column: "Variant Price", Handle: "bad", Reason: `"x" is not a price: write it as 1299 or 42.99`,
		}},
		Notes: []string{}, Bytes: int64(len(text)), TotalBytes: int64(len(text)), Elapsed: 4 * time.Second,
	}, report)
	require.Len(t, seen, 3)
	require.Equal(t, []int{3, 6, 7}, []int{seen[0].Products, seen[1].Products, seen[2].Products})
	require.Empty(t, seen[1].Rejections)
	require.Equal(t, time.Second, seen[0].Elapsed)
	require.Less(t, seen[0].Bytes, seen[1].Bytes)
}

func TestImportDryRunWritesNothing(t *testing.T) {
	t.Parallel()
	w := &writer{}
	report, err := importer.Import(t.Context(), w, store(), "shop.csv", strings.NewReader(catalogue(5)), 0, importer.Options{DryRun: true})
	require.NoError(t, err)
	require.Empty(t, w.batches)
	require.Equal(t, 5, w.compared)
	require.Equal(t, 5, report.Updated)
	require.Equal(t, 5, report.Products)
}

func TestImportNotesAndEmptyFiles(t *testing.T) {
	t.Parallel()
	w := &writer{}
	report, err := importer.Import(t.Context(), w, store(), "shop.csv", strings.NewReader("Title,Price,Junk\n"), 0, importer.Options{Format: importer.FormatShopify})
	require.NoError(t, err)
	require.Empty(t, w.batches)
	require.Equal(t, []string{"columns that are not used: Junk"}, report.Notes)
	text, err := json.Marshal(report)
	require.NoError(t, err)
	require.JSONEq(t, `{"file":"shop.csv","store":"corner","products":0,"created":0,"updated":0,"unchanged":0,"rejected":0,"variants":0,
		"rejections":[],"notes":["columns that are not used: Junk"],"bytes":17,"totalBytes":0,"elapsedNs":0}`, string(text))
}

func TestImportCutsBatchesBySize(t *testing.T) {
	t.Parallel()
	var variants strings.Builder
	variants.WriteString("Handle,Title,Option1 Name,Option1 Value,Variant Price\n")
	for p := range 15 {
		for v := range 1500 {
			fmt.Fprintf(&variants, "p%d,Product,Size,%d,1\n", p, v)
		}
	}
	var texts strings.Builder
	texts.WriteString("Handle,Title,Variant Price,Body (HTML)\n")
	for p := range 50 {
		fmt.Fprintf(&texts, "p%d,Product,1,%s\n", p, strings.Repeat("x", 500<<10))
	}
	for name, tc := range map[string]struct {
		text    string
		batches []int
	}{
		"variants": {variants.String(), []int{7, 7, 1}},
		"bytes":    {texts.String(), []int{16, 17, 17}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w := &writer{}
			_, err := importer.Import(t.Context(), w, store(), "shop.csv", strings.NewReader(tc.text), 0, importer.Options{})
			require.NoError(t, err)
			var sizes []int
			for _, b := range w.batches {
				sizes = append(sizes, len(b))
			}
			require.Equal(t, tc.batches, sizes)
		})
	}
}

func TestImportKeepsAThousandRejections(t *testing.T) {
	t.Parallel()
	text := strings.ReplaceAll(catalogue(1500), "Product,", "Product,x")
	report, err := importer.Import(t.Context(), &writer{}, store(), "shop.csv", strings.NewReader(text), 0, importer.Options{})
	require.NoError(t, err)
	require.Equal(t, 1500, report.Rejected)
	require.Len(t, report.Rejections, 1000)
}

func TestImportStopsWhenTheWriterFails(t *testing.T) {
	t.Parallel()
	deadlock := errors.New("deadlock detected")
	w := &writer{}
	w.put = func(_ context.Context, in []commerce.ProductInput) error {
		if len(w.batches) == 2 {
			return deadlock
		}
		return nil
	}
	source := &endless{text: "x,Product,1\n"}
	r := io.MultiReader(strings.NewReader(catalogue(10)), source)
	report, err := importer.Import(t.Context(), w, store(), "shop.csv", r, 0, importer.Options{BatchSize: 3})
	require.ErrorIs(t, err, deadlock)
	require.EqualError(t, err, `putting the products from "p6" to "p8" of shop.csv into store "corner": deadlock detected`)
	require.Equal(t, 6, report.Products, "what the failing transaction held did not go in")
	require.Equal(t, []string{"p0", "p1", "p2", "p3", "p4", "p5"}, w.handles())
}

func TestImportRefusesAWriterThatLosesCount(t *testing.T) {
	t.Parallel()
	w := &writer{outcomes: func([]commerce.ProductInput) []commerce.UpsertOutcome { return nil }}
	_, err := importer.Import(t.Context(), w, store(), "shop.csv", strings.NewReader(catalogue(2)), 0, importer.Options{})
	require.EqualError(t, err, `putting 2 products of shop.csv into store "corner": the writer told the outcome of 0`)
}

func TestImportPutsInWhatStandsBeforeAFault(t *testing.T) {
	t.Parallel()
	lost := errors.New("connection lost")
	w := &writer{}
	r := io.MultiReader(strings.NewReader(catalogue(5)), failing{lost})
	report, err := importer.Import(t.Context(), w, store(), "shop.csv", r, 0, importer.Options{Format: importer.FormatShopify, BatchSize: 3})
	require.ErrorIs(t, err, lost)
	require.Equal(t, 4, report.Products, "the last product may have had further rows")

	w = &writer{}
	broken := catalogue(5) + "p9,12\",1\np10,Product,1\n"
	report, err = importer.Import(t.Context(), w, store(), "shop.csv", strings.NewReader(broken), 0, importer.Options{BatchSize: 3})
	require.NoError(t, err, "a broken quote is the file's fault, and told as a rejection")
	require.Equal(t, 5, report.Products)
	require.Equal(t, 1, report.Rejected)
	require.Equal(t, 7, report.Rejections[0].Line)

	_, err = importer.Import(t.Context(), w, store(), "shop.csv", strings.NewReader(""), 0, importer.Options{})
	require.EqualError(t, err, "shop.csv: the file is empty")
}

func TestImportStopsWithItsContext(t *testing.T) {
	t.Parallel()
	closing := errors.New("the server is shutting down")
	ctx, cancel := context.WithCancelCause(t.Context())
	w := &writer{}
	w.put = func(context.Context, []commerce.ProductInput) error {
		if len(w.batches) == 1 {
			cancel(closing)
		}
		return nil
	}
	// The rows after the catalogue are one product without end.
	r := io.MultiReader(strings.NewReader(catalogue(100)), &endless{text: "x,Product,1\n"})
	report, err := importer.Import(ctx, w, store(), "shop.csv", r, 0, importer.Options{BatchSize: 10})
	require.ErrorIs(t, err, closing)
	require.EqualError(t, err, "importing shop.csv was stopped: the server is shutting down")
	require.Equal(t, 20, report.Products)
	require.Len(t, w.batches, 2)

	report, err = importer.Import(ctx, w, store(), "shop.csv", strings.NewReader(catalogue(5)), 0, importer.Options{})
	require.ErrorIs(t, err, closing)
	require.Zero(t, report.Products)
}

func TestImportIsDoneWhenItsLastBatchIs(t *testing.T) {
	t.Parallel()
	ctx, cancel := context.WithCancel(t.Context())
	report, err := importer.Import(ctx, &writer{}, store(), "shop.csv", strings.NewReader(catalogue(5)), 0, importer.Options{
		Progress: func(importer.Report) { cancel() },
	})
	require.NoError(t, err, "everything went in")
	require.Equal(t, 5, report.Products)
}

// TestImportReadsWhileItWrites holds the first write back until the second batch is read: the two must overlap, and no
// more than one batch may be read ahead.
func TestImportReadsWhileItWrites(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		lines := 0
		r := readerFunc(func(p []byte) (int, error) { // one row at a time, so that reading ahead can be seen
			lines++
			switch {
			case lines == 1:
				return copy(p, "Handle,Title,Variant Price\n"), nil
			case lines > 1000:
				return 0, io.EOF
			}
			return copy(p, fmt.Sprintf("p%d,Product,1\n", lines)), nil
		})
		w := &writer{}
		var during []int
		w.put = func(context.Context, []commerce.ProductInput) error {
			synctest.Wait() // until the reading side can do no more
			during = append(during, lines)
			return nil
		}
		_, err := importer.Import(t.Context(), w, store(), "shop.csv", r, 0, importer.Options{Format: importer.FormatShopify, BatchSize: 10})
		require.NoError(t, err)
		require.Equal(t, []int{22, 32, 42}, during[:3], "heading, two or more batches, and the row that ends the last product")
	})
}

type readerFunc func(p []byte) (int, error)

func (f readerFunc) Read(p []byte) (int, error) { return f(p) }
