package graph

import (
	"strconv"
	"strings"
)

// The media types of GraphQL over HTTP. The first two differ in the status of requests that are refused before
// execution: 200 for JSON, which clients read whatever happened, 400 for the other.
const (
	mediaJSON    = "application/json"
	mediaGraphQL = "application/graphql-response+json"
	mediaStream  = "text/event-stream"
)

// How closely a range of the Accept header fits a media type.
const (
	fitsNot = iota
	fitsAll
	fitsKind
	fitsExactly
)

// liking is what the Accept header says of one media type: how much the client likes it, by the range that fits it best.
type liking struct {
	media   string
	fit     int
	quality float64
	place   int // in the header
}

// negotiate chooses the media type of the answer by the Accept header: the one that the client likes best, JSON when it
// says nothing or does not care, "" when it takes none of them. A stream has to be asked for by name.
func negotiate(accept []string) string {
	if len(accept) == 0 || len(accept) == 1 && (accept[0] == "" || accept[0] == "*/*" || accept[0] == mediaJSON) {
		return mediaJSON
	}
	offers := [...]liking{{media: mediaJSON}, {media: mediaGraphQL}, {media: mediaStream}}
	place := 0
	for _, list := range accept {
		for list != "" {
			var element string
			element, list, _ = strings.Cut(list, ",")
			media, params, _ := strings.Cut(element, ";")
			if media = strings.TrimSpace(media); media == "" {
				continue
			}
			place++
			for i := range offers {
				offers[i].hear(media, params, place)
			}
		}
	}
	if place == 0 {
		return mediaJSON
	}
	best := liking{}
	for _, o := range offers {
		if o.quality > 0 && o.betterThan(best) {
			best = o
		}
	}
	return best.media
}

// hear takes in one range of the header.
func (w *liking) hear(media, params string, place int) {
	fit := fitsNot
	switch {
	case strings.EqualFold(media, w.media):
		fit = fitsExactly
	case w.media == mediaStream:
	case strings.EqualFold(media, "application/*"):
		fit = fitsKind
	case media == "*/*":
		fit = fitsAll
	}
	if fit > w.fit && isUTF8(parameter(params, "charset")) {
		w.fit, w.quality, w.place = fit, quality(params), place
	}
}

func (w *liking) betterThan(other liking) bool {
	switch {
	case w.quality != other.quality:
		return w.quality > other.quality
	case w.fit != other.fit:
		return w.fit > other.fit
	default:
		return w.place < other.place
	}
}

// gzipWanted chooses between gzip and no encoding by the Accept-Encoding header.
func gzipWanted(accept []string) bool {
	zip, plain, rest := -1.0, -1.0, -1.0
	for _, list := range accept {
		for list != "" {
			var element string
			element, list, _ = strings.Cut(list, ",")
			coding, params, _ := strings.Cut(element, ";")
			switch coding = strings.TrimSpace(coding); {
			case strings.EqualFold(coding, "gzip"), strings.EqualFold(coding, "x-gzip"):
				zip = quality(params)
			case strings.EqualFold(coding, "identity"):
				plain = quality(params)
			case coding == "*":
				rest = quality(params)
			}
		}
	}
	if zip < 0 {
		zip = rest
	}
	return zip > 0 && zip >= plain
}

// quality is the parameter q, 1 without one and 0 when it is none.
func quality(params string) float64 {
	text := parameter(params, "q")
	if text == "" {
		return 1
	}
	q, err := strconv.ParseFloat(text, 64)
	if err != nil {
		return 0
	}
	return min(q, 1)
}

// parameter finds one of the parameters behind a media type, "" when it is not there.
func parameter(params, name string) string {
	for params != "" {
		var p string
		p, params, _ = strings.Cut(params, ";")
		if key, value, _ := strings.Cut(p, "="); strings.EqualFold(strings.TrimSpace(key), name) {
			return strings.Trim(strings.TrimSpace(value), `"`)
		}
	}
	return ""
}
