package main

import (
	"bytes"
	"compress/gzip"
	"context"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/kirana-commerce/kirana/internal/job"
)

// clerk does an office's jobs, as kirana serve does beside the API, until the test ends.
func (o *office) clerk(t *testing.T) {
	t.Helper()
	runner := job.New(job.Options{
		Queue: o.database, Results: o.database, Files: o.database, Sweeper: o.database, Holds: o.database, Catalogue: o.database, Workers: 2,
		Poll: 5 * time.Millisecond, Logger: slog.New(slog.NewTextHandler(t.Output(), nil)), Now: time.Now,
	})
	ctx, cancel := context.WithCancel(context.Background())
	done := make(chan error, 1)
	go func() { done <- runner.Run(ctx) }()
	t.Cleanup(func() {
		cancel()
		require.NoError(t, <-done)
	})
}

// theJob is a job as a client sees it.
type theJob struct {
	ID, Kind, State string
	DryRun          bool
	Progress        struct {
		Percent           *int
		Bytes, TotalBytes int
	}
	Counts  struct{ Created, Updated, Unchanged, Rejected, Variants, Read int }
	Layout  *string
	Columns []struct {
		Column int
		Field  string
	}
	Lines      []struct{ Name, Price string }
	Notes      []string
	Rejections struct {
		Nodes []struct {
			Line                    int
			Column, Product, Reason string
		}
	}
	RejectionsURL, ResultURL *string
	Resumed                  int
	Error                    *string
	StartedAt, FinishedAt    *string
}

const jobFields = `id kind state dryRun progress { percent bytes totalBytes } counts { created updated unchanged rejected variants read } layout
	columns { column field } lines { name price } notes rejections(first: 10) { nodes { line column product reason } } rejectionsUrl resultUrl
	resumed error startedAt finishedAt`

// fault is why a job failed, "" when it did not.
func fault(j theJob) string {
	if j.Error == nil {
		return ""
	}
	return *j.Error
}

// queue asks for a job, which must not be refused.
func (c client) queue(t *testing.T, input map[string]any) theJob {
	t.Helper()
	var payload struct{ Job theJob }
	c.run(t, "productsImport", input, "job { "+jobFields+" }", &payload)
	return payload.Job
}

// finished waits for a job's end.
func (c client) finished(t *testing.T, id string) theJob {
	t.Helper()
	var node theJob
	eventually(t, "the job ends", func() bool {
		c.ask(t, `query($id: ID!) { node(id: $id) { ... on Job { `+jobFields+` } } }`, map[string]any{"id": id}).field(t, "node", &node)
		return node.FinishedAt != nil
	})
	return node
}

// path is a link without the server's address.
func path(t *testing.T, link string) string {
	t.Helper()
	u, err := url.Parse(link)
	require.NoError(t, err)
	return u.RequestURI()
}

// fetch follows a link as a browser does: without a token.
func (o *office) fetch(t *testing.T, link string) *httptest.ResponseRecorder {
	t.Helper()
	w := httptest.NewRecorder()
	o.handler.ServeHTTP(w, httptest.NewRequestWithContext(t.Context(), http.MethodGet, path(t, link), nil))
	return w
}

// send puts a file to a link.
func (o *office) send(t *testing.T, link string, body io.Reader) *httptest.ResponseRecorder {
	t.Helper()
	w := httptest.NewRecorder()
	o.handler.ServeHTTP(w, httptest.NewRequestWithContext(t.Context(), http.MethodPut, path(t, link), body))
	return w
}

// catalogueFile is a product export of n products with two variants each.
func catalogueFile(n int) string {
	var b strings.Builder
	b.WriteString("Handle,Title,Vendor,Option1 Name,Option1 Value,Variant SKU,Variant Price\n")
	for i := range n {
		fmt.Fprintf(&b, "rice-%d,Rice %d,Tata,Size,1 kg,R%d-1,%d.50\nrice-%d,,,,5 kg,R%d-5,%d\n", i, i, i, i%900+1, i, i, i%900+5)
	}
	return b.String()
}

// shop is an office with a merchant who has a store.
func newShop(t *testing.T) (*office, client) {
	t.Helper()
	o := newOffice(t)
	asha := o.as(o.signUp(t, "asha@shop.test"))
	return o, asha.in(asha.open(t, "Asha"))
}

// exported is the store's catalogue as an export shows it.
func (c client) exported(t *testing.T) string {
	t.Helper()
	var payload struct {
		ProductsExport struct{ Job theJob }
	}
	c.ask(t, `mutation { productsExport { job { id } userErrors { code } } }`, nil).field(t, "productsExport", &payload.ProductsExport)
	done := c.finished(t, payload.ProductsExport.Job.ID)
	require.Equal(t, "COMPLETED", done.State, fault(done))
	w := c.fetch(t, *done.ResultURL)
	require.Equal(t, http.StatusOK, w.Code, w.Body)
	require.Equal(t, "text/csv; charset=utf-8", w.Header().Get("Content-Type"))
	require.Contains(t, w.Header().Get("Content-Disposition"), "-products.csv")
	plain := w.Body.String()

	r := httptest.NewRequestWithContext(t.Context(), http.MethodGet, path(t, *done.ResultURL), nil)
	r.Header.Set("Accept-Encoding", "gzip")
	w = httptest.NewRecorder()
	c.handler.ServeHTTP(w, r)
	require.Equal(t, "gzip", w.Header().Get("Content-Encoding"))
	unpacked, err := gzip.NewReader(w.Body)
	require.NoError(t, err)
	text, err := io.ReadAll(unpacked)
	require.NoError(t, err)
	require.Equal(t, plain, string(text), "packed for whoever takes it so")
	return plain
}

// A text goes in, its bad rows come back as a list that a browser can fetch, and the export of it changes nothing.
func TestImportAndExport(t *testing.T) {
	t.Parallel()
	o, asha := newShop(t)
	o.clerk(t)
	text := catalogueFile(5) + "bad,Bad,,,,,ten rupees\n=cmd,Worse,,,,,-1\n"
	done := asha.finished(t, asha.queue(t, map[string]any{"csv": text}).ID)
	require.Equal(t, "COMPLETED", done.State, fault(done))
	require.Equal(t, 100, *done.Progress.Percent)
	require.Equal(t, len(text), done.Progress.TotalBytes)
	require.Equal(t, 5, done.Counts.Created)
	require.Equal(t, 10, done.Counts.Variants)
	require.Equal(t, 2, done.Counts.Rejected)
	require.Equal(t, 7, done.Counts.Read)
	require.Len(t, done.Rejections.Nodes, 2)
	require.Equal(t, 12, done.Rejections.Nodes[0].Line)
	require.Equal(t, "Variant Price", done.Rejections.Nodes[0].Column)
	require.Equal(t, "bad", done.Rejections.Nodes[0].Product)
	list := o.fetch(t, *done.RejectionsURL)
	require.Equal(t, http.StatusOK, list.Code)
	require.Contains(t, list.Body.String(), "line,column,product,reason\n12,Variant Price,bad,")
	require.Contains(t, list.Body.String(), ",'=cmd,", "no formula")

	exported := asha.exported(t)
	again := asha.finished(t, asha.queue(t, map[string]any{"csv": exported, "format": "SHOPIFY"}).ID)
	require.Equal(t, 5, again.Counts.Unchanged)
	require.Zero(t, again.Counts.Created+again.Counts.Updated+again.Counts.Rejected)
	require.Nil(t, again.RejectionsURL)

	var audit int
	require.NoError(t, o.database.SQL.QueryRow(`SELECT count(*) FROM audit_log WHERE action IN ('productsImport', 'productsExport')`).Scan(&audit))
	require.Equal(t, 3, audit)
}

// What was guessed is shown first, and written only when its layout comes back.
func TestImportGuesses(t *testing.T) {
	t.Parallel()
	o, asha := newShop(t)
	o.clerk(t)
	list := "Item,Rate,Stock\nBasmati rice 5kg,420,7\nTea 250g,160,3\n"
	refused := asha.finished(t, asha.queue(t, map[string]any{"csv": list}).ID)
	require.Equal(t, "FAILED", refused.State)
	require.Contains(t, *refused.Error, "guessed")
	dry := asha.finished(t, asha.queue(t, map[string]any{"csv": list, "dryRun": true}).ID)
	require.Equal(t, "COMPLETED", dry.State, fault(dry))
	require.True(t, dry.DryRun)
	require.Equal(t, 2, dry.Counts.Created)
	require.Equal(t, "name", dry.Columns[0].Field)
	require.Equal(t, "price", dry.Columns[1].Field)
	require.JSONEq(t, `{"data":{"store":{"products":{"nodes":[]}}}}`, asha.ask(t, `{ store { products(first: 5) { nodes { handle } } } }`, nil).text, "nothing is written")
	wet := asha.finished(t, asha.queue(t, map[string]any{"csv": list, "layout": *dry.Layout}).ID)
	require.Equal(t, "COMPLETED", wet.State, fault(wet))
	require.Equal(t, 2, wet.Counts.Created)
	known := asha.finished(t, asha.queue(t, map[string]any{"csv": "Handle,Price\nMasoor dal,99\n", "layout": "name=1,price=2"}).ID)
	require.Equal(t, 1, known.Counts.Created, "no export, whatever its headings: %s", fault(known))

	chat := map[string]any{"csv": "Sugar 1kg - ₹45\nSalt 1kg - ₹22\n", "format": "CHAT", "dryRun": true}
	shown := asha.finished(t, asha.queue(t, chat).ID)
	require.Equal(t, "COMPLETED", shown.State, fault(shown))
	require.Len(t, shown.Lines, 2)
	chat["dryRun"], chat["layout"] = false, *shown.Layout
	require.Equal(t, 2, asha.finished(t, asha.queue(t, chat).ID).Counts.Created)

	var long strings.Builder
	for i := range 1001 {
		fmt.Fprintf(&long, "Thing %d - ₹45\n", i)
	}
	tooLong := asha.finished(t, asha.queue(t, map[string]any{"csv": long.String(), "format": "CHAT", "dryRun": true}).ID)
	require.Equal(t, "FAILED", tooLong.State, "nobody could be shown all of it")
}

// A file goes in by its link, in pieces, and is read from there.
func TestUploads(t *testing.T) {
	t.Parallel()
	o, asha := newShop(t)
	o.clerk(t)
	text := catalogueFile(6000) // more than one piece
	var staged struct{ UploadID, URL string }
	asha.run(t, "stagedUploadCreate", map[string]any{"filename": "stock.csv", "size": len(text)}, "uploadId url", &staged)
	input := map[string]any{"uploadId": staged.UploadID}
	notYet := asha.ask(t, mutationText("productsImport", "job { id }"), map[string]any{"input": input})
	require.Equal(t, []string{"input.uploadId NOT_READY"}, notYet.refusals(t, "productsImport"))

	require.Equal(t, http.StatusBadRequest, o.send(t, staged.URL, strings.NewReader(text[1:])).Code, "too short")
	require.Equal(t, http.StatusBadRequest, o.send(t, staged.URL, strings.NewReader(text+"x")).Code, "too long")
	require.Equal(t, http.StatusBadRequest, o.send(t, staged.URL, io.MultiReader(strings.NewReader(text+"x"))).Code, "too long, found out on the way")
	require.Equal(t, http.StatusBadRequest, o.send(t, staged.URL, io.MultiReader(strings.NewReader(text[:300_000]))).Code, "cut off")
	require.Equal(t, http.StatusNotFound, o.send(t, strings.Replace(staged.URL, "signature=", "signature=x", 1), strings.NewReader(text)).Code)
	bare, _, _ := strings.Cut(staged.URL, "?")
	require.Equal(t, http.StatusNotFound, o.send(t, bare, strings.NewReader(text)).Code, "neither a signature nor a token")
	require.Equal(t, http.StatusNoContent, o.send(t, staged.URL, strings.NewReader(text)).Code)
	require.Equal(t, http.StatusConflict, o.send(t, staged.URL, strings.NewReader(text)).Code, "it is here already")

	input["dryRun"] = true
	require.Equal(t, 6000, asha.finished(t, asha.queue(t, input).ID).Counts.Created)
	delete(input, "dryRun")
	done := asha.finished(t, asha.queue(t, input).ID)
	require.Equal(t, 6000, done.Counts.Created, fault(done))
	gone := asha.ask(t, mutationText("productsImport", "job { id }"), map[string]any{"input": input})
	require.Equal(t, []string{"input.uploadId NOT_FOUND"}, gone.refusals(t, "productsImport"))
	var chunks int
	require.NoError(t, o.database.SQL.QueryRow(`SELECT count(*) FROM upload_chunks`).Scan(&chunks))
	require.Zero(t, chunks, "what was read is deleted")
}

// Two that send one file: the later one takes over, the earlier one is told.
func TestUploadTakenOver(t *testing.T) {
	t.Parallel()
	o, asha := newShop(t)
	text := strings.Repeat("x", 600<<10)
	var staged struct{ UploadID, URL string }
	asha.run(t, "stagedUploadCreate", map[string]any{"filename": "stock.csv", "size": len(text)}, "uploadId url", &staged)
	first, writer := io.Pipe()
	code := make(chan int)
	r := httptest.NewRequestWithContext(t.Context(), http.MethodPut, path(t, staged.URL), first)
	go func() {
		w := httptest.NewRecorder()
		o.handler.ServeHTTP(w, r)
		code <- w.Code
	}()
	_, err := io.WriteString(writer, text[:300<<10]) // returns when the first piece was read
	require.NoError(t, err)
	require.Equal(t, http.StatusNoContent, o.send(t, staged.URL, strings.NewReader(text)).Code)
	require.NoError(t, writer.Close())
	require.Equal(t, http.StatusConflict, <-code)
}

// Links end, and open one thing alone.
func TestJobLinks(t *testing.T) {
	t.Parallel()
	o, asha := newShop(t)
	o.clerk(t)
	done := asha.finished(t, asha.queue(t, map[string]any{"csv": "Handle,Title,Variant Price\nbad,Bad,x\n"}).ID)
	link := *done.RejectionsURL
	require.Equal(t, http.StatusOK, o.fetch(t, link).Code)
	require.Equal(t, http.StatusNotFound, o.fetch(t, strings.Replace(link, "/rejections?", "/result?", 1)).Code)
	require.Equal(t, http.StatusNotFound, o.fetch(t, strings.Replace(link, "expires=", "expires=1", 1)).Code, "the end is signed too")
	require.Equal(t, http.StatusNotFound, o.fetch(t, "/jobs/1/99999/rejections").Code)
	require.Equal(t, http.StatusNotFound, o.fetch(t, "/jobs/x/y/rejections").Code)
	bare, _, _ := strings.Cut(link, "?")
	with := func(token string) int {
		r := httptest.NewRequestWithContext(t.Context(), http.MethodGet, path(t, bare), nil)
		r.Header.Set("Authorization", "Bearer "+token)
		w := httptest.NewRecorder()
		o.handler.ServeHTTP(w, r)
		return w.Code
	}
	require.Equal(t, http.StatusOK, with(asha.token))
	require.Equal(t, http.StatusNotFound, with(o.signUp(t, "other@shop.test")))
}

// Every way to be refused: where, why, and nothing was written.
func TestJobRefusals(t *testing.T) {
	t.Parallel()
	o, asha := newShop(t)
	other := o.as(o.signUp(t, "other@shop.test"))
	other = other.in(other.open(t, "Other"))
	var staged struct{ UploadID string }
	other.run(t, "stagedUploadCreate", map[string]any{"filename": "a.csv", "size": 5}, "uploadId", &staged)
	foreign := other.queue(t, map[string]any{"csv": "Handle,Title,Variant Price\na,A,1\n"})
	own := asha.queue(t, map[string]any{"csv": "Handle,Title,Variant Price\na,A,1\n"})
	canceled := struct{ Job theJob }{}
	asha.run(t, "jobCancel", map[string]any{"id": own.ID}, "job { state finishedAt }", &canceled)
	require.Equal(t, "CANCELED", canceled.Job.State)
	count := func() (n int) {
		require.NoError(t, o.database.SQL.QueryRow(`SELECT (SELECT count(*) FROM jobs) + (SELECT count(*) FROM uploads) + (SELECT count(*) FROM audit_log)`).Scan(&n))
		return n
	}
	before := count()
	for _, c := range []struct {
		name, mutation string
		input          map[string]any
		want           []string
	}{
		{"neither text nor file", "productsImport", map[string]any{}, []string{"input INVALID"}},
		{"both", "productsImport", map[string]any{"csv": "a", "uploadId": staged.UploadID}, []string{"input INVALID"}},
		{"no text", "productsImport", map[string]any{"csv": ""}, []string{"input.csv BLANK"}},
		{"another store's file", "productsImport", map[string]any{"uploadId": staged.UploadID}, []string{"input.uploadId NOT_FOUND"}},
		{"no id", "productsImport", map[string]any{"uploadId": "nonsense"}, []string{"input.uploadId NOT_FOUND"}},
		{"a job's id", "productsImport", map[string]any{"uploadId": own.ID}, []string{"input.uploadId NOT_FOUND"}},
		{"a layout for an export", "productsImport", map[string]any{"csv": "a", "format": "SHOPIFY", "layout": "name=1"}, []string{"input.layout INVALID"}},
		{"a long layout", "productsImport", map[string]any{"csv": "a", "layout": strings.Repeat("a", 501)}, []string{"input.layout INVALID"}},
		{"a file without a name", "stagedUploadCreate", map[string]any{"filename": " ", "size": 5}, []string{"input.filename BLANK"}},
		{"a long name", "stagedUploadCreate", map[string]any{"filename": strings.Repeat("a", 256), "size": 5}, []string{"input.filename TOO_LONG"}},
		{"a name of two lines, no size", "stagedUploadCreate", map[string]any{"filename": "a\nb", "size": 0}, []string{"input.filename INVALID", "input.size INVALID"}},
		{"too large", "stagedUploadCreate", map[string]any{"filename": "a", "size": 512<<20 + 1}, []string{"input.size TOO_LONG"}},
		{"another store's job", "jobCancel", map[string]any{"id": foreign.ID}, []string{"input.id NOT_FOUND"}},
		{"no job", "jobCancel", map[string]any{"id": "nonsense"}, []string{"input.id NOT_FOUND"}},
		{"ended", "jobCancel", map[string]any{"id": own.ID}, []string{"input.id FINISHED"}},
	} {
		r := asha.ask(t, mutationText(c.mutation, ""), map[string]any{"input": c.input})
		require.Equal(t, c.want, r.refusals(t, c.mutation), c.name)
		require.Equal(t, before, count(), c.name)
	}
	require.JSONEq(t, `{"data":{"node":null}}`, asha.ask(t, `query($id: ID!) { node(id: $id) { id } }`, map[string]any{"id": foreign.ID}).text)
	require.JSONEq(t, `{"data":{"node":null}}`, o.as("").ask(t, `query($id: ID!) { node(id: $id) { id } }`, map[string]any{"id": own.ID}).text)
	require.Equal(t, []string{"UNAUTHENTICATED"}, o.as("").in(asha.store).ask(t, `mutation { productsExport { job { id } } }`, nil).codes())
	require.JSONEq(t, `{"data":{"store":{"jobs":{"nodes":[{"state":"CANCELED"}]},"job":{"state":"CANCELED"}}}}`,
		asha.ask(t, `query($id: ID!) { store { jobs(first: 3) { nodes { state } } job(id: $id) { state } } }`, map[string]any{"id": own.ID}).text)
}

// Cells, bytes and files that are there to do harm are refused or fail with words, and do not stop the next job.
func TestHostileFiles(t *testing.T) {
	t.Parallel()
	o, asha := newShop(t)
	o.clerk(t)
	head := "Handle,Title,Variant Price\n"
	for name, text := range map[string]string{
		"a cell of 50 MB": head + "a,\"" + strings.Repeat("x", 50<<20) + "\",1\n",
		"NUL":             head + "a\x00,A,1\n",
		"no text":         "PK\x03\x04" + strings.Repeat("\x00\xff", 1000),
		"not UTF-8":       head + "a,\xff\xfe,1\n",
		"NUL in headings": "Handle,Title,a\x00b\n",
		"no headings":     strings.Repeat(",", 20_000),
	} {
		var staged struct{ UploadID, URL string }
		asha.run(t, "stagedUploadCreate", map[string]any{"filename": "a.csv", "size": len(text)}, "uploadId url", &staged)
		require.Equal(t, http.StatusNoContent, o.send(t, staged.URL, bytes.NewReader([]byte(text))).Code, name)
		done := asha.finished(t, asha.queue(t, map[string]any{"uploadId": staged.UploadID}).ID)
		require.Zero(t, done.Counts.Created, name)
		require.True(t, done.State == "FAILED" && len(fault(done)) > 20 || done.Counts.Rejected > 0, name)
		require.NotContains(t, fault(done), "our side", name)
	}
	require.Equal(t, 1, asha.finished(t, asha.queue(t, map[string]any{"csv": head + "a,A,1\n"}).ID).Counts.Created)
}
