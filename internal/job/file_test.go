package job_test

import (
	"context"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/kirana-commerce/kirana/commerce"
	"github.com/kirana-commerce/kirana/internal/job"
)

// shelf takes any file.
type shelf struct{ commerce.UploadStore }

func (shelf) Upload(_ context.Context, ref commerce.UploadRef) (*commerce.Upload, error) {
	return &commerce.Upload{ID: ref.ID, Store: ref.Store, Size: 3 * commerce.UploadChunk, Secret: "s"}, nil
}
func (shelf) BeginUpload(context.Context, commerce.UploadRef, string) error          { return nil }
func (shelf) AppendUpload(context.Context, commerce.UploadRef, string, []byte) error { return nil }
func (shelf) CompleteUpload(context.Context, commerce.UploadRef, string) error       { return nil }

// connection remembers the deadlines that a handler sets, as net/http's does.
type connection struct {
	*httptest.ResponseRecorder

	reads, writes []time.Time
	answered      time.Time // the deadline of the answer
}

func (c *connection) SetReadDeadline(at time.Time) error { c.reads = append(c.reads, at); return nil }

func (c *connection) SetWriteDeadline(at time.Time) error {
	c.writes = append(c.writes, at)
	return nil
}

func (c *connection) WriteHeader(status int) {
	if len(c.writes) > 0 {
		c.answered = c.writes[len(c.writes)-1]
	}
	c.ResponseRecorder.WriteHeader(status)
}

// A file that takes an hour to come in has time for each of its pieces, and for the answer after them.
func TestSlowUploads(t *testing.T) {
	t.Parallel()
	now := time.Unix(1000, 0)
	f := &job.Files{Uploads: shelf{}, Logger: slog.New(slog.DiscardHandler), Now: func() time.Time {
		now = now.Add(15 * time.Minute)
		return now
	}}
	w := &connection{ResponseRecorder: httptest.NewRecorder()}
	link := commerce.LinkSecret("s").Sign("/uploads/1/2", time.Unix(1<<40, 0))
	r := httptest.NewRequestWithContext(t.Context(), http.MethodPut, link, strings.NewReader(strings.Repeat("x", 3*commerce.UploadChunk)))
	f.Handler().ServeHTTP(w, r)
	require.Equal(t, http.StatusNoContent, w.Code)
	require.Len(t, w.reads, 4, "three pieces and the end")
	require.Equal(t, now.Add(30*time.Second), w.answered, "the answer has its time after the last piece")
}
