package main

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"time"
)

// merchant is somebody who has signed in, and works through the API alone.
type merchant struct {
	s     *system
	token string
}

func newMerchant(ctx context.Context, s *system) (*merchant, error) {
	m := &merchant{s: s}
	var in struct{ MerchantSignUp struct{ Token string } }
	err := m.ask(ctx, "", `mutation { merchantSignUp(input: {email: "bench@shop.test", password: "three blue parrots", name: "Bench"}) { token userErrors { message } } }`, &in)
	m.token = in.MerchantSignUp.Token
	return m, err
}

// ask sends a document about a store and reads the data of the answer into v. Refusals are errors too.
func (m *merchant) ask(ctx context.Context, store, document string, v any) error {
	body, err := json.Marshal(map[string]string{"query": document})
	if err != nil {
		return err
	}
	req, err := http.NewRequestWithContext(ctx, http.MethodPost, m.s.url, bytes.NewReader(body))
	if err != nil {
		return err
	}
	req.Header.Set("Content-Type", "application/json")
	if store != "" {
		req.Header.Set("Kirana-Store", store)
	}
	if m.token != "" {
		req.Header.Set("Authorization", "Bearer "+m.token)
	}
	res, err := m.s.client.Do(req)
	if err != nil {
		return err
	}
	defer res.Body.Close()
	text, err := io.ReadAll(res.Body)
	if err != nil {
		return err
	}
	if bytes.Contains(text, []byte(`"errors"`)) || bytes.Contains(text, []byte(`"message"`)) {
		return fmt.Errorf("answer %d: %.300s", res.StatusCode, text)
	}
	var answer struct {
		Data json.RawMessage `json:"data"`
	}
	if err := json.Unmarshal(text, &answer); err != nil {
		return err
	}
	return json.Unmarshal(answer.Data, v)
}

// open opens a store and shows it to buyers.
func (m *merchant) open(ctx context.Context, store string) error {
	var v any
	err := m.ask(ctx, "", fmt.Sprintf(`mutation { storeCreate(input: {name: %q, handle: %q, currencyCode: INR}) { userErrors { message } } }`, store, store), &v)
	if err != nil {
		return err
	}
	return m.ask(ctx, store, `mutation { storePublish { userErrors { message } } }`, &v)
}

// upload sends a file and returns its id.
func (m *merchant) upload(ctx context.Context, store, path string) (string, error) {
	file, err := os.Open(path)
	if err != nil {
		return "", err
	}
	defer file.Close() //nolint:errcheck // it was only read
	info, err := file.Stat()
	if err != nil {
		return "", err
	}
	var staged struct {
		StagedUploadCreate struct{ UploadID, URL string }
	}
	document := fmt.Sprintf(`mutation { stagedUploadCreate(input: {filename: "c.csv", size: %d}) { uploadId url userErrors { message } } }`, info.Size())
	if err := m.ask(ctx, store, document, &staged); err != nil {
		return "", err
	}
	req, err := http.NewRequestWithContext(ctx, http.MethodPut, staged.StagedUploadCreate.URL, file)
	if err != nil {
		return "", err
	}
	req.ContentLength = info.Size()
	res, err := http.DefaultClient.Do(req) // a large file takes longer than m.s.client allows
	if err != nil {
		return "", err
	}
	defer res.Body.Close()
	if res.StatusCode != http.StatusNoContent {
		return "", fmt.Errorf("the file was answered with status %d", res.StatusCode)
	}
	return staged.StagedUploadCreate.UploadID, nil
}

// imports asks for the import of a file and returns the job's id.
func (m *merchant) imports(ctx context.Context, store, upload string) (string, error) {
	var queued struct {
		ProductsImport struct{ Job struct{ ID string } }
	}
	err := m.ask(ctx, store, fmt.Sprintf(`mutation { productsImport(input: {uploadId: %q}) { job { id } userErrors { message } } }`, upload), &queued)
	return queued.ProductsImport.Job.ID, err
}

// wait waits until a job has created n products, and returns how long it was worked on.
func (m *merchant) wait(ctx context.Context, store, job string, n int) (time.Duration, error) {
	for {
		var node struct {
			Node struct {
				State                 string
				StartedAt, FinishedAt *time.Time
				Counts                struct{ Created int }
			}
		}
		err := m.ask(ctx, store, fmt.Sprintf(`{ node(id: %q) { ... on Job { state startedAt finishedAt counts { created } } } }`, job), &node)
		if err != nil {
			return 0, err
		}
		if end := node.Node.FinishedAt; end != nil {
			if node.Node.State != "COMPLETED" || node.Node.Counts.Created != n {
				return 0, fmt.Errorf("the job is %s and has created %d of %d products", node.Node.State, node.Node.Counts.Created, n)
			}
			return end.Sub(*node.Node.StartedAt), nil
		}
		select {
		case <-ctx.Done():
			return 0, ctx.Err()
		case <-time.After(200 * time.Millisecond):
		}
	}
}

// watched is what was seen of a neighbour.
type watched struct{ reads, lags []time.Duration }

// The pace at which a neighbour is watched: a shop with some visitors, whose owner changes something now and then.
const (
	readEvery  = 20 * time.Millisecond
	writeEvery = 250 * time.Millisecond
)

const neighbourDocument = `{ store(handle: "` + neighbour + `") { products(first: 20) { nodes { id title handle
	variants(first: 3) { nodes { id price { amount } } } } } } }`

// watch reads from the neighbour and changes it, each at its pace, until watching ends. from numbers the changes.
func watch(watching, ctx context.Context, s *system, from int) (watched, error) {
	var w watched
	lagged := make(chan error, 1)
	go func() {
		var err error
		for i := from; watching.Err() == nil && err == nil; i++ {
			var lag time.Duration
			if lag, err = neighbourLag(ctx, s, i); err == nil {
				w.lags = append(w.lags, lag)
				time.Sleep(writeEvery)
			}
		}
		lagged <- err
	}()
	tick := time.NewTicker(readEvery)
	defer tick.Stop()
	var err error
	for watching.Err() == nil && err == nil {
		begun := time.Now()
		if _, err = s.post(ctx, neighbourDocument); err == nil {
			w.reads = append(w.reads, time.Since(begun))
		}
		<-tick.C
	}
	return w, errors.Join(err, <-lagged)
}

// neighbourLag changes a product and waits until search finds it.
func neighbourLag(ctx context.Context, s *system, i int) (time.Duration, error) {
	tag := newTag()
	if _, err := s.db.ExecContext(ctx, `UPDATE products SET tags = ARRAY[$1] WHERE handle = $2 AND store_id = (SELECT id FROM stores WHERE handle = $3)`,
		tag, fmt.Sprintf("p-%d", i%100), neighbour); err != nil {
		return 0, err
	}
	return s.find(ctx, neighbour, landmark{tag, time.Now()})
}

// peakMemory is the most memory that a process has had, in MB.
func peakMemory(pid int) (float64, error) {
	text, err := os.ReadFile(filepath.Join("/proc", strconv.Itoa(pid), "status"))
	if err != nil {
		return 0, err
	}
	return parsePeak(string(text))
}

// parsePeak finds the high-water mark in the text of /proc/<pid>/status.
func parsePeak(text string) (float64, error) {
	for line := range strings.Lines(text) {
		if rest, is := strings.CutPrefix(line, "VmHWM:"); is {
			kb, err := strconv.ParseFloat(strings.TrimSpace(strings.TrimSuffix(strings.TrimSpace(rest), "kB")), 64)
			return kb / 1024, err
		}
	}
	return 0, errors.New("the process has no VmHWM")
}
