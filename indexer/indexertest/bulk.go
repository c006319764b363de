package indexertest

import (
	"bytes"
	"encoding/json"
	"fmt"
	"net/http"
)

// bulkItems takes the body of a bulk request apart: an action in a line, and for all but removals the document in the next.
func bulkItems(body []byte) [][]byte {
	var items [][]byte
	for len(body) > 0 {
		lines := 2
		if bytes.HasPrefix(body, []byte(`{"delete"`)) {
			lines = 1
		}
		end := 0
		for ; lines > 0 && end < len(body); lines-- {
			n := bytes.IndexByte(body[end:], '\n') + 1
			if n == 0 {
				n = len(body) - end
			}
			end += n
		}
		items = append(items, body[:end])
		body = body[end:]
	}
	return items
}

// holdBack takes some items out of a bulk request, chosen by the bits of n, at least one. They are to be refused.
func holdBack(body []byte, n uint64) (rest []byte, held map[int]int) {
	held = make(map[int]int)
	items := bulkItems(body)
	for i, item := range items {
		if n>>(i%60)&1 == 0 && i != int(n%uint64(len(items))) {
			rest = append(rest, item...)
			continue
		}
		held[i] = []int{http.StatusTooManyRequests, http.StatusServiceUnavailable}[i%2]
	}
	return rest, held
}

// bulkAnswer is an answer to a bulk request, item by item.
type bulkAnswer struct {
	Items []json.RawMessage `json:"items"`
}

// withRefusals puts the refusals of items that the engine was not given into its answer.
func withRefusals(text []byte, held map[int]int) []byte {
	var given, all bulkAnswer
	if json.Unmarshal(text, &given) != nil {
		return text
	}
	for i, next := 0, 0; i < len(given.Items)+len(held); i++ {
		status, refused := held[i]
		switch {
		case refused:
			all.Items = append(all.Items, fmt.Appendf(nil, `{"index":{"status":%d,"error":{"type":"injected","reason":"injected"}}}`, status))
		case next < len(given.Items):
			all.Items = append(all.Items, given.Items[next])
			next++
		}
	}
	return encoded(all, text)
}

// withoutLast leaves the last item out of an answer.
func withoutLast(text []byte) []byte {
	var answer bulkAnswer
	if json.Unmarshal(text, &answer) != nil || len(answer.Items) == 0 {
		return text
	}
	answer.Items = answer.Items[:len(answer.Items)-1]
	return encoded(answer, text)
}

func encoded(a bulkAnswer, fallback []byte) []byte {
	text, err := json.Marshal(a)
	if err != nil {
		return fallback
	}
	return text
}
