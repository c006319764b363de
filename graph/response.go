package graph

import (
	"bytes"
	"compress/gzip"
	"context"
	"encoding/json"
	"net/http"
	"strconv"
	"sync"

	"github.com/99designs/gqlgen/graphql"
	"github.com/vektah/gqlparser/v2/gqlerror"
)

const (
	// gzipFrom is the length from which an answer is compressed, in bytes: below, it fits one packet anyway.
	gzipFrom = 1 << 10
	// maxKept is the capacity of the largest buffer that is kept for the next request, in bytes.
	maxKept = 128 << 10
)

// buffers lends memory to one request after the other. What grew large is left to the garbage collector, so that one
// large request is not paid for by all that follow.
type buffers struct{ pool sync.Pool }

func (p *buffers) get() *bytes.Buffer {
	if b, ok := p.pool.Get().(*bytes.Buffer); ok {
		return b
	}
	return &bytes.Buffer{}
}

func (p *buffers) put(b *bytes.Buffer) {
	if b.Cap() <= maxKept {
		b.Reset()
		p.pool.Put(b)
	}
}

// zips lends compressors, which are far larger than what they compress.
type zips struct{ pool sync.Pool }

// compress writes from, compressed, into into.
func (p *zips) compress(into, from *bytes.Buffer) error {
	z, ok := p.pool.Get().(*gzip.Writer)
	if !ok {
		var err error
		if z, err = gzip.NewWriterLevel(into, gzip.BestSpeed); err != nil {
			return err
		}
	}
	defer p.pool.Put(z)
	z.Reset(into)
	if _, err := z.Write(from.Bytes()); err != nil {
		return err
	}
	return z.Close()
}

// reply is where and how one request is answered.
type reply struct {
	h     *handler
	w     http.ResponseWriter
	media string
	zip   bool
	// body begins with dataKey, and has the data of the answer behind it if the executor put it there.
	body *bytes.Buffer
}

// dataKey is how an answer without errors begins.
const dataKey = `{"data":`

// send answers, in one piece.
func (a reply) send(status int, r *graphql.Response) {
	body := a.body
	if a.stands(r) {
		body.WriteByte('}')
	} else {
		body = a.h.buffers.get()
		defer a.h.buffers.put(body)
		appendResponse(body, r)
	}
	header := a.w.Header()
	header.Set("Content-Type", contentType(a.media))
	if a.zip && body.Len() >= gzipFrom {
		zipped := a.h.buffers.get()
		defer a.h.buffers.put(zipped)
		if err := a.h.zips.compress(zipped, body); err == nil { // a buffer takes everything
			header.Set("Content-Encoding", "gzip")
			body = zipped
		}
	}
	header.Set("Content-Length", strconv.Itoa(body.Len()))
	a.w.WriteHeader(status)
	_, _ = a.w.Write(body.Bytes()) // the client has gone; there is nobody left to tell
}

// stands reports whether the answer is in the body already, but for its last brace.
func (a reply) stands(r *graphql.Response) bool {
	if a.body == nil || len(r.Data) == 0 || len(r.Errors)+len(r.Extensions) > 0 || a.body.Len() != len(dataKey)+len(r.Data) {
		return false
	}
	return &a.body.Bytes()[len(dataKey)] == &r.Data[0]
}

func contentType(media string) string {
	if media == mediaGraphQL {
		return mediaGraphQL + "; charset=utf-8"
	}
	return mediaJSON + "; charset=utf-8" // refusals of streams, too
}

// fail answers a request whose operation is refused before execution.
func (a reply) fail(r *graphql.Response) {
	if a.media == mediaStream {
		newEvents(a).only(r)
		return
	}
	a.send(statusOfRefusal(a.media), r)
}

// refuse answers a request that does not come to an operation.
func (a reply) refuse(ctx context.Context, no *refused) {
	if no.allow != "" {
		a.w.Header().Set("Allow", no.allow)
	}
	a.send(no.status, &graphql.Response{Errors: gqlerror.List{a.h.present.request(ctx, no.code, no.message)}})
}

func statusOfRefusal(media string) int {
	if media == mediaJSON {
		return http.StatusOK
	}
	return http.StatusBadRequest
}

// appendResponse writes a response. One that was refused before execution has no data at all; null would say that it was
// tried. The data is taken as it is.
func appendResponse(b *bytes.Buffer, r *graphql.Response) {
	begin := b.Len()
	member := func(name string, value []byte) {
		if b.Len() == begin {
			b.WriteByte('{')
		} else {
			b.WriteByte(',')
		}
		b.WriteString(name)
		b.Write(value)
	}
	if len(r.Errors) > 0 {
		member(`"errors":`, encode(r.Errors))
	}
	if r.Data != nil {
		member(`"data":`, r.Data)
	}
	if len(r.Extensions) > 0 {
		member(`"extensions":`, encode(r.Extensions))
	}
	if b.Len() == begin {
		b.WriteByte('{')
	}
	b.WriteByte('}')
}

// encode renders errors and extensions, which hold texts, numbers and lists of them alone.
func encode(v any) []byte {
	b, err := json.Marshal(v)
	if err != nil {
		return []byte("null")
	}
	return b
}
