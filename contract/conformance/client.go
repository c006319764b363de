package main

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"maps"
	"net/http"
	"time"
)

// client asks a server. It follows no redirects: where a request is answered is part of the answer.
type client struct{ http *http.Client }

func newClient() *client {
	return &client{&http.Client{
		Timeout:       30 * time.Second,
		CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
	}}
}

// answer is what came back; the fields of a body that is not JSON are empty.
type answer struct {
	status int
	text   string
	Data   map[string]json.RawMessage `json:"data"`
	Errors []struct {
		Message    string                     `json:"message"`
		Path       json.RawMessage            `json:"path"`
		Extensions map[string]json.RawMessage `json:"extensions"`
	} `json:"errors"`
}

// send sends a request and reads the whole answer.
func (c *client) send(ctx context.Context, method, url string, header map[string]string, body []byte) (*answer, error) {
	req, err := http.NewRequestWithContext(ctx, method, url, bytes.NewReader(body))
	if err != nil {
		return nil, err
	}
	for name, value := range header {
		req.Header.Set(name, value)
	}
	res, err := c.http.Do(req)
	if err != nil {
		return nil, err
	}
	defer res.Body.Close()
	text, err := io.ReadAll(res.Body)
	if err != nil {
		return nil, err
	}
	a := &answer{status: res.StatusCode, text: string(text)}
	_ = json.Unmarshal(text, a) // a page of HTML is an answer too
	return a, nil
}

// post sends a value as JSON.
func (c *client) post(ctx context.Context, url string, header map[string]string, v any) (*answer, error) {
	body, err := json.Marshal(v)
	if err != nil {
		return nil, err
	}
	all := map[string]string{"Content-Type": "application/json", "Accept": "application/json"}
	maps.Copy(all, header)
	return c.send(ctx, http.MethodPost, url, all, body)
}

// brief is an answer for people: its status and the beginning of its text.
func (a *answer) brief() string { return fmt.Sprintf("HTTP %d: %.300s", a.status, a.text) }
