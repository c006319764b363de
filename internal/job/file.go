package job

import (
	"compress/gzip"
	"context"
	"crypto/rand"
	"encoding/csv"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"time"

	"github.com/kirana-commerce/kirana/commerce"
	"github.com/kirana-commerce/kirana/internal/auth"
)

// pieceTime is how long a client may take for one piece of a file: far more than a slow telephone needs, and an end for whoever
// sends nothing.
const pieceTime = 30 * time.Second

// Files takes files of jobs in and hands them out. Who has a link that was signed needs nothing else; others need to be signed in
// with the right to the store's catalogue. Everything else looks as if it was not there.
type Files struct {
	Uploads commerce.UploadStore
	// Jobs reads the jobs of one store.
	Jobs   func(commerce.StoreID) commerce.JobReader
	Logger *slog.Logger
	Now    func() time.Time
	// LongLived frees a context from the time limit of its request; nil where there is none.
	LongLived func(context.Context) (context.Context, context.CancelFunc)
}

// Handler serves PUT /uploads/{store}/{id}, GET /jobs/{store}/{id}/rejections and GET /jobs/{store}/{id}/result.
func (f *Files) Handler() http.Handler {
	mux := http.NewServeMux()
	mux.HandleFunc("PUT "+commerce.UploadFiles+"{store}/{id}", f.free(f.take))
	mux.HandleFunc("GET "+commerce.JobFiles+"{store}/{id}/rejections", f.free(f.rejections))
	mux.HandleFunc("GET "+commerce.JobFiles+"{store}/{id}/result", f.free(f.result))
	return mux
}

// free takes the time limit of a request off: pieces have their own.
func (f *Files) free(h func(http.ResponseWriter, *http.Request) error) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		if f.LongLived != nil {
			ctx, done := f.LongLived(r.Context())
			defer done()
			r = r.WithContext(ctx)
		}
		sent := &answer{ResponseWriter: w, control: http.NewResponseController(w), now: f.Now}
		if err := h(sent, r); err != nil {
			f.refuse(sent, r, err)
		}
	}
}

// answer gives the client time for each piece of it, and remembers whether it has begun.
type answer struct {
	http.ResponseWriter

	control *http.ResponseController
	now     func() time.Time
	begun   bool
}

// WriteHeader begins the answer. The time that the server gives to one may have gone by while the file came in.
func (a *answer) WriteHeader(status int) {
	a.begun = true
	_ = a.more() // a connection that is closed shows at the next piece
	a.ResponseWriter.WriteHeader(status)
}

// Write sends a piece.
func (a *answer) Write(p []byte) (int, error) {
	a.begun = true
	if err := a.more(); err != nil {
		return 0, err
	}
	return a.ResponseWriter.Write(p)
}

// more gives the client time for one more piece.
func (a *answer) more() error {
	err := a.control.SetWriteDeadline(a.now().Add(pieceTime))
	if errors.Is(err, http.ErrNotSupported) {
		return nil
	}
	return err
}

// Unwrap lets http.ResponseController reach the connection.
func (a *answer) Unwrap() http.ResponseWriter { return a.ResponseWriter }

// problem is what a client is told.
type problem struct {
	status int
	text   string
}

func (p *problem) Error() string { return p.text }

func notHere() *problem {
	return &problem{http.StatusNotFound, "There is nothing here, or not any more."}
}

// refuse tells a client what is wrong. An answer that has begun is cut off, so that nobody takes it for whole.
func (f *Files) refuse(w *answer, r *http.Request, err error) {
	p, known := errors.AsType[*problem](err)
	switch {
	case known:
	case commerce.CodeOf(err) == commerce.CodeNotFound:
		p = notHere()
	case commerce.CodeOf(err) == commerce.CodeUnavailable:
		w.Header().Set("Retry-After", "1")
		p = &problem{http.StatusServiceUnavailable, "This is not available right now. Try again in a moment."}
	case errors.Is(err, commerce.ErrUploadComplete):
		p = &problem{http.StatusConflict, "The file is here already: import it by its id."}
	case errors.Is(err, commerce.ErrUploadTaken):
		p = &problem{http.StatusConflict, "Somebody else has begun to send the file since."}
	case errors.Is(err, commerce.ErrUploadSize):
		p = &problem{http.StatusBadRequest, "The file does not have the size that was announced: send it again as it is, or announce it anew."}
	default:
		f.Logger.ErrorContext(r.Context(), "a file could not be transferred", "error", err)
		p = &problem{http.StatusInternalServerError, "Something went wrong on our side."}
	}
	if w.begun {
		panic(http.ErrAbortHandler)
	}
	http.Error(w, p.text, p.status)
}

// permit lets a request pass that has a signed link, or comes from a viewer with the scope.
func (f *Files) permit(r *http.Request, store commerce.StoreID, secret commerce.LinkSecret, scope commerce.Scope) error {
	query := r.URL.Query()
	if query.Has("signature") {
		signed, fresh := secret.Signed(r.URL.Path, query.Get("expires"), query.Get("signature"), f.Now())
		switch {
		case !signed:
			return notHere()
		case !fresh:
			return &problem{http.StatusGone, "The link has expired: ask the API for a new one."}
		}
		return nil
	}
	if !auth.From(r.Context()).Viewer.May(store, scope) {
		return notHere()
	}
	return nil
}

// key reads the two numbers of a path.
func key(r *http.Request) (commerce.StoreID, int64, error) {
	store, err := strconv.ParseInt(r.PathValue("store"), 10, 64)
	id, err2 := strconv.ParseInt(r.PathValue("id"), 10, 64)
	if err != nil || err2 != nil {
		return 0, 0, notHere()
	}
	return commerce.StoreID(store), id, nil
}

// take takes a file in.
func (f *Files) take(w http.ResponseWriter, r *http.Request) error {
	store, id, err := key(r)
	if err != nil {
		return err
	}
	ref := commerce.UploadRef{Store: store, ID: commerce.UploadID(id)}
	upload, err := f.Uploads.Upload(r.Context(), ref)
	if err != nil {
		return err
	}
	if err := f.permit(r, store, upload.Secret, commerce.ScopeCatalogWrite); err != nil {
		return err
	}
	if r.ContentLength >= 0 && r.ContentLength != upload.Size && !upload.Complete {
		return commerce.ErrUploadSize
	}
	writer := rand.Text()
	if err := f.Uploads.BeginUpload(r.Context(), ref, writer); err != nil {
		return err
	}
	if err := f.receive(w, r, ref, writer); err != nil {
		return err
	}
	w.WriteHeader(http.StatusNoContent)
	return nil
}

// receive reads the body piece by piece: memory holds one of them, whatever the file.
func (f *Files) receive(w http.ResponseWriter, r *http.Request, ref commerce.UploadRef, writer string) error {
	control := http.NewResponseController(w)
	piece := make([]byte, commerce.UploadChunk)
	for {
		if err := control.SetReadDeadline(f.Now().Add(pieceTime)); err != nil && !errors.Is(err, http.ErrNotSupported) {
			return err
		}
		n, err := io.ReadFull(r.Body, piece)
		if err != nil && !errors.Is(err, io.EOF) && !errors.Is(err, io.ErrUnexpectedEOF) {
			return &problem{http.StatusBadRequest, "The file did not come to its end: send it again."}
		}
		if n > 0 {
			if err := f.Uploads.AppendUpload(r.Context(), ref, writer, piece[:n]); err != nil {
				return err
			}
		}
		if err != nil {
			return f.Uploads.CompleteUpload(r.Context(), ref, writer)
		}
	}
}

// find finds the job of a request that may see it.
func (f *Files) find(r *http.Request) (*commerce.Job, error) {
	store, id, err := key(r)
	if err != nil {
		return nil, err
	}
	ref := commerce.JobRef{Store: store, ID: commerce.JobID(id)}
	found, err := f.Jobs(store).JobsByID(r.Context(), []commerce.JobRef{ref})
	if err != nil {
		return nil, err
	}
	job := found[ref]
	if job == nil {
		return nil, notHere()
	}
	return job, f.permit(r, store, job.Secret, commerce.ScopeCatalogRead)
}

// result hands out what a job has made, a CSV file. It is kept packed, and sent so to whoever takes it.
func (f *Files) result(w http.ResponseWriter, r *http.Request) error {
	job, err := f.find(r)
	if err != nil {
		return err
	}
	if job.ResultPath() == "" {
		return notHere()
	}
	ref := commerce.UploadRef{Store: job.Store, ID: job.Result}
	upload, err := f.Uploads.Upload(r.Context(), ref)
	if err != nil {
		return err
	}
	h := w.Header()
	h.Set("Content-Type", "text/csv; charset=utf-8")
	h.Set("Vary", "Accept-Encoding")
	attach(w, upload.Filename)
	packed := &source{ctx: r.Context(), files: f.Uploads, ref: ref}
	if strings.Contains(r.Header.Get("Accept-Encoding"), "gzip") {
		h.Set("Content-Encoding", "gzip")
		h.Set("Content-Length", strconv.FormatInt(upload.Size, 10))
		_, err = io.CopyBuffer(w, packed, make([]byte, commerce.UploadChunk))
		return err
	}
	plain, err := gzip.NewReader(packed)
	if err != nil {
		return err
	}
	_, err = io.Copy(w, plain) //nolint:gosec // we have packed it ourselves
	return err
}

func attach(w http.ResponseWriter, filename string) {
	w.Header().Set("Content-Disposition", "attachment; filename*=UTF-8''"+url.PathEscape(filename))
}

// rejections hands out the list of refused products as CSV, a page of them at a time.
func (f *Files) rejections(w http.ResponseWriter, r *http.Request) error {
	job, err := f.find(r)
	if err != nil {
		return err
	}
	w.Header().Set("Content-Type", "text/csv; charset=utf-8")
	attach(w, fmt.Sprintf("job-%d-rejections.csv", job.ID))
	rows := csv.NewWriter(w)
	if err := rows.Write([]string{"line", "column", "product", "reason"}); err != nil {
		return err
	}
	key := commerce.JobRejectionKey{Job: job.Ref(), Page: commerce.FirstPage(commerce.MaxPageSize, commerce.Ordering{Key: commerce.JobRejectionSort})}
	for {
		found, err := f.Jobs(job.Store).JobRejections(r.Context(), []commerce.JobRejectionKey{key})
		if err != nil {
			return err
		}
		page := found[key]
		for _, item := range page.Items {
			one := item.Node
			if err := rows.Write([]string{strconv.Itoa(one.Line), harmless(one.Column), harmless(one.Product), harmless(one.Reason)}); err != nil {
				return err
			}
		}
		rows.Flush()
		if err := rows.Error(); err != nil || !page.HasNext {
			return err
		}
		last := page.Items[len(page.Items)-1]
		key.Page.Bounded, key.Page.Bound = true, commerce.Cursor{Ordering: page.Order, Value: last.Value, ID: last.ID}
	}
}

// harmless is a text that a spreadsheet does not run as a formula.
func harmless(text string) string {
	if text != "" && strings.ContainsRune("=+-@\t\r", rune(text[0])) {
		return "'" + text
	}
	return text
}
