package graph

import (
	"bytes"
	"encoding/json"
	"mime"
	"net/http"
	"strconv"
	"strings"

	"github.com/99designs/gqlgen/graphql"
)

// The media types of GraphQL over HTTP. They differ in the status of requests that are refused before execution: 200 for
// the first, which clients read whatever happened, 400 for the second.
const (
	mediaJSON    = "application/json"
	mediaGraphQL = "application/graphql-response+json"
)

// negotiate chooses the media type of the answer by the Accept header: the one the client prefers, JSON when it says
// nothing or does not care, "" when it takes neither.
func negotiate(accept []string) string {
	list := strings.Join(accept, ",")
	if strings.TrimSpace(list) == "" {
		return mediaJSON
	}
	best, chosen := 0.0, ""
	for part := range strings.SplitSeq(list, ",") {
		media, params, err := mime.ParseMediaType(strings.TrimSpace(part))
		if err != nil {
			continue
		}
		if media == "*/*" || media == "application/*" {
			media = mediaJSON
		}
		if q := quality(params); (media == mediaJSON || media == mediaGraphQL) && q > best {
			best, chosen = q, media
		}
	}
	return chosen
}

func quality(params map[string]string) float64 {
	text, given := params["q"]
	if !given {
		return 1
	}
	q, err := strconv.ParseFloat(text, 64)
	if err != nil {
		return 0
	}
	return q
}

func statusOfRefusal(media string) int {
	if media == mediaGraphQL {
		return http.StatusBadRequest
	}
	return http.StatusOK
}

// write sends a response. One that was refused before execution has no data at all; null would say that it was tried.
func write(w http.ResponseWriter, media string, status int, r *graphql.Response) {
	var b bytes.Buffer
	member := func(name string, value []byte) {
		if b.Len() == 0 {
			b.WriteByte('{')
		} else {
			b.WriteByte(',')
		}
		b.WriteString(`"` + name + `":`)
		b.Write(value)
	}
	if len(r.Errors) > 0 {
		member("errors", encode(r.Errors))
	}
	if r.Data != nil {
		member("data", r.Data)
	}
	if len(r.Extensions) > 0 {
		member("extensions", encode(r.Extensions))
	}
	b.WriteByte('}')
	w.Header().Set("Content-Type", media+"; charset=utf-8")
	w.Header().Set("Content-Length", strconv.Itoa(b.Len()))
	w.WriteHeader(status)
	_, _ = w.Write(b.Bytes()) // the client has gone; there is nobody left to tell
}

// encode renders errors and extensions, which hold texts, numbers and lists of them alone.
func encode(v any) []byte {
	b, err := json.Marshal(v)
	if err != nil {
		return []byte("null")
	}
	return b
}
