package main

import (
	"bufio"
	"bytes"
	"context"
	"encoding/json"
	"flag"
	"fmt"
	"math/rand/v2"
	"net/http"
	"net/http/httptest"
	"os"
	"os/exec"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

// kills is how often TestKilledMutationsHappenOnce ends the server; the issue asks for 1000.
var kills = flag.Int("kills", 3, "how often a server is killed in the middle of a mutation")

// waiting reports whether n sessions of the office's database wait for a lock.
func (o *office) waiting(t *testing.T, n int) func() bool {
	t.Helper()
	want := fmt.Sprint(n)
	return func() bool {
		return o.cell(t, `SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() AND wait_event_type = 'Lock'`) == want
	}
}

// hold locks a store, so that mutations of it stop in their middle until release.
func (o *office) hold(t *testing.T, store string) (release func()) {
	t.Helper()
	tx, err := o.database.SQL.BeginTx(t.Context(), nil)
	require.NoError(t, err)
	_, err = tx.ExecContext(t.Context(), `SELECT id FROM stores WHERE handle = $1 FOR UPDATE`, store)
	require.NoError(t, err)
	return func() { require.NoError(t, tx.Rollback()) }
}

// makeTea makes a page.
const makeTea = `mutation { pageSet(input: {title: "Tea"}) { page { handle } userErrors { code } } }`

// asking begins to make a page, and returns what waits for the answer.
func (c client) asking(t *testing.T) (answer func() reply) {
	t.Helper()
	request, w, done := c.request(t, makeTea, nil), httptest.NewRecorder(), make(chan struct{})
	go func() {
		defer close(done)
		c.handler.ServeHTTP(w, request)
	}()
	return func() reply {
		<-done
		return read(t, w)
	}
}

// Who sends a mutation again while the first is under way waits a moment for what comes of it, and is told when that is not enough.
func TestIdempotencyAtTheSameTime(t *testing.T) {
	t.Parallel()
	const made = `{"data":{"pageSet":{"page":{"handle":"tea"},"userErrors":[]}}}`
	t.Run("in progress", func(t *testing.T) {
		t.Parallel()
		s := newStocked(t)
		mine := s.mine.under(someKey)
		release := s.hold(t, "corner")
		first := mine.asking(t)
		eventually(t, "the first is under way", s.waiting(t, 1))
		r := mine.ask(t, makeTea, nil)
		require.Equal(t, []string{"IDEMPOTENCY_IN_PROGRESS"}, r.codes())
		require.InDelta(t, 1, r.Errors[0].Extensions["retryAfter"], 0)
		require.JSONEq(t, made, s.theirs.under(someKey).ask(t, makeTea, nil).text, "nobody else is held up")

		s.exec(t, `ALTER FUNCTION claim_idempotency_key SET lock_timeout = '1min'`)
		second := mine.asking(t)
		eventually(t, "the second waits", s.waiting(t, 2))
		release()
		require.JSONEq(t, made, first().text)
		require.JSONEq(t, made, second().text)
		require.Equal(t, "1", s.pages(t, "corner"))
	})
	t.Run("the first fails", func(t *testing.T) {
		t.Parallel()
		s := newStocked(t)
		mine := s.mine.under(someKey)
		s.exec(t, `ALTER FUNCTION claim_idempotency_key SET lock_timeout = '1min'`)
		release := s.hold(t, "corner")
		first := mine.asking(t)
		eventually(t, "the first is under way", s.waiting(t, 1))
		running := s.cell(t, `SELECT pid FROM pg_stat_activity WHERE datname = current_database() AND wait_event_type = 'Lock'`)
		second := mine.asking(t)
		eventually(t, "the second waits", s.waiting(t, 2))
		s.exec(t, `SELECT pg_terminate_backend(`+running+`)`)
		require.Equal(t, []string{"UNAVAILABLE"}, first().codes())
		release()
		require.JSONEq(t, made, second().text)
		require.Equal(t, "1", s.pages(t, "corner"))
	})
	t.Run("many", func(t *testing.T) {
		t.Parallel()
		s := newStocked(t)
		var answers []func() reply
		for range 12 {
			answers = append(answers, s.mine.under(someKey).asking(t))
		}
		for _, answer := range answers {
			if r := answer(); len(r.Errors) > 0 {
				require.Equal(t, []string{"IDEMPOTENCY_IN_PROGRESS"}, r.codes(), r.text)
			} else {
				require.JSONEq(t, made, r.text)
			}
		}
		require.Equal(t, "1", s.pages(t, "corner"))
	})
}

// serving is kirana serve in a process of its own.
type serving struct {
	url string
	cmd *exec.Cmd
}

func newServing(t *testing.T, database string) *serving {
	t.Helper()
	self, err := os.Executable()
	require.NoError(t, err)
	cmd := exec.CommandContext(t.Context(), self, "serve", "--addr=127.0.0.1:0", "--database-url="+database, "--elasticsearch-url=http://127.0.0.1:1")
	cmd.Env = append(os.Environ(), "TEST_AS_KIRANA=yes")
	stdout, err := cmd.StdoutPipe()
	require.NoError(t, err)
	require.NoError(t, cmd.Start())
	ready, err := bufio.NewReader(stdout).ReadString('\n')
	require.NoError(t, err)
	_, url, found := strings.Cut(strings.TrimSpace(ready), "ready ")
	require.True(t, found, ready)
	return &serving{url: url, cmd: cmd}
}

func (s *serving) kill(t *testing.T) {
	t.Helper()
	require.NoError(t, s.cmd.Process.Kill())
	_ = s.cmd.Wait() // it was killed
}

// send asks the server; nil when it dies before it answers.
func (s *serving) send(ctx context.Context, c client, document string, variables map[string]any) *reply {
	body, _ := json.Marshal(map[string]any{"query": document, "variables": variables}) // of texts and numbers
	req, err := http.NewRequestWithContext(ctx, http.MethodPost, s.url, bytes.NewReader(body))
	if err != nil {
		return nil
	}
	req.Header.Set("Content-Type", "application/json")
	req.Header.Set("Authorization", "Bearer "+c.token)
	req.Header.Set("Kirana-Store", c.store)
	req.Header.Set("Idempotency-Key", c.once)
	res, err := http.DefaultClient.Do(req)
	if err != nil {
		return nil
	}
	defer res.Body.Close()
	var r reply
	if json.NewDecoder(res.Body).Decode(&r) != nil {
		return nil
	}
	return &r
}

// atCommit makes changes of stock stop while Postgres commits them, until release.
func (o *office) atCommit(t *testing.T) (release func()) {
	t.Helper()
	o.exec(t, `CREATE OR REPLACE FUNCTION wait_at_commit() RETURNS trigger LANGUAGE plpgsql AS
		'BEGIN PERFORM pg_advisory_xact_lock_shared(1); RETURN NULL; END'`)
	o.exec(t, `CREATE CONSTRAINT TRIGGER wait AFTER INSERT ON inventory_ledger DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION wait_at_commit()`)
	tx, err := o.database.SQL.BeginTx(t.Context(), nil)
	require.NoError(t, err)
	_, err = tx.ExecContext(t.Context(), `SELECT pg_advisory_xact_lock(1)`)
	require.NoError(t, err)
	return func() {
		require.NoError(t, tx.Rollback())
		o.exec(t, `DROP TRIGGER wait ON inventory_ledger`)
	}
}

// The server is killed in the middle of mutations, and its clients send them again under the same keys to the next one: each happens
// once. Every other time the moment is that of the commit, after which nobody hears the answer; else it is any.
func TestKilledMutationsHappenOnce(t *testing.T) {
	t.Parallel()
	const document = `mutation($input: InventoryAdjustQuantitiesInput!) { inventoryAdjustQuantities(input: $input) {
		inventoryAdjustmentGroup { changes { delta } } userErrors { code } } }`
	s := newStocked(t)
	ledger := func() (rows int) {
		require.NoError(t, s.database.SQL.QueryRow(`SELECT count(*) FROM inventory_ledger WHERE reference LIKE 'test:%'`).Scan(&rows))
		return rows
	}
	server, answered, unheard, total := newServing(t, s.database.URL), 0, 0, 0
	for n := range *kills {
		require.NotNil(t, server.send(t.Context(), s.mine, `{ viewer { merchant { id } } }`, nil), "it is warm")
		release := func() {}
		if n%2 == 0 {
			release = s.atCommit(t)
		}
		answers := make(chan *reply, len(s.variants))
		again := map[string]func() *reply{}
		for i, variant := range s.variants {
			c := s.mine.under(fmt.Sprintf("kill-%06d-client-%d", n, i))
			send := func() *reply {
				return server.send(t.Context(), c, document, input("name", "ON_HAND", "reason", "RECEIVED", "referenceDocumentUri", "test:"+c.once,
					"changes", []any{line(variant, s.location, map[string]any{"delta": 1})}))
			}
			again[c.once] = send
			go func() { answers <- send() }()
		}
		if n%2 == 0 {
			eventually(t, "all are about to be committed", s.waiting(t, len(s.variants)))
		} else {
			<-time.After(time.Duration(rand.Int64N(int64(40 * time.Millisecond)))) // any moment between the requests and their answers
		}
		server.kill(t)
		release()
		heard := 0
		for range s.variants {
			if r := <-answers; r != nil && len(r.Errors) == 0 {
				heard++
			}
		}
		if n%2 == 0 {
			eventually(t, "all are committed", func() bool { return ledger() == total+len(s.variants) })
		}
		answered, unheard, total = answered+heard, unheard+ledger()-total-heard, total+len(s.variants)
		server = newServing(t, s.database.URL)
		for key, send := range again {
			eventually(t, key+" is answered", func() bool {
				r := send()
				return r != nil && len(r.Errors) == 0
			})
		}
		require.Equal(t, total, ledger())
	}
	server.kill(t)
	t.Logf("%d kills, %d mutations: %d were answered before, %d carried out and not answered, the others not carried out", *kills, total, answered, unheard)
	require.Equal(t, fmt.Sprint(total), s.cell(t, `SELECT count(DISTINCT reference) FROM inventory_ledger WHERE reference LIKE 'test:%'`))
	require.Equal(t, fmt.Sprint(total+3), s.cell(t, `SELECT sum(on_hand) FROM inventory_levels WHERE store_id = 1`))
	s.requireVerified(t)
}
