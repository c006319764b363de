package main

import (
	"bytes"
	"encoding/json"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"regexp"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"github.com/vektah/gqlparser/v2"
	"github.com/vektah/gqlparser/v2/ast"

	"github.com/kirana-commerce/kirana/db/dbtest"
	"github.com/kirana-commerce/kirana/graph"
	"github.com/kirana-commerce/kirana/internal/config"
	"github.com/kirana-commerce/kirana/internal/message"
)

// office is the API as kirana serve puts it together, on a database of its own and without a search engine, which nothing of
// the back room asks.
type office struct {
	database *dbtest.Database
	handler  http.Handler
	service  *service
	log      *bytes.Buffer
	codes    *codeBox
}

func newOffice(t *testing.T, edit ...func(*config.Config)) *office {
	t.Helper()
	o := &office{database: dbtest.New(t), log: &bytes.Buffer{}, codes: &codeBox{last: map[string]string{}}}
	c := config.Config{
		Addr: "127.0.0.1:0", DatabaseURL: o.database.URL, ElasticsearchURL: "http://127.0.0.1:1", Introspection: "never",
		ReplicaMaxLag: time.Second, RequestTimeout: time.Minute,
	}
	for _, e := range edit {
		e(&c)
	}
	svc, err := newService(c, slog.New(slog.NewJSONHandler(o.log, nil)))
	require.NoError(t, err)
	t.Cleanup(func() { require.NoError(t, svc.close()) })
	o.service = svc
	svc.senders = message.Senders{o.codes}
	o.handler, err = svc.server()
	require.NoError(t, err)
	return o
}

// client is somebody who asks an office.
type client struct {
	*office

	token, store, address string
	// once is the header Idempotency-Key.
	once string
}

func (o *office) as(token string) client { return client{office: o, token: token} }

// in is the client with a current store.
func (c client) in(store string) client {
	c.store = store
	return c
}

// from is the client at a network address.
func (c client) from(address string) client {
	c.address = address
	return c
}

// reply is an answer as a client reads it.
type reply struct {
	status int
	text   string
	Data   map[string]json.RawMessage `json:"data"`
	Errors []struct {
		Message    string         `json:"message"`
		Extensions map[string]any `json:"extensions"`
	} `json:"errors"`
}

// codes are those of the answer's faults, in order.
func (r reply) codes() []string {
	codes := []string{}
	for _, e := range r.Errors {
		code, _ := e.Extensions["code"].(string)
		codes = append(codes, code)
	}
	slices.Sort(codes)
	return codes
}

// field reads a field of the data.
func (r reply) field(t *testing.T, name string, into any) {
	t.Helper()
	require.Empty(t, r.Errors, r.text)
	require.NoError(t, json.Unmarshal(r.Data[name], into), r.text)
}

// published is the schema as clients know it.
var published = sync.OnceValue(func() *ast.Schema {
	return gqlparser.MustLoadSchema(&ast.Source{Name: "schema.graphql", Input: graph.SDL()})
})

// requireCode demands that the code of a refusal is one that the schema promises for the mutation.
func requireCode(t *testing.T, mutation, code string) {
	t.Helper()
	schema := published()
	payload := schema.Types[schema.Mutation.Fields.ForName(mutation).Type.Name()]
	reason := schema.Types[payload.Fields.ForName("userErrors").Type.Name()]
	enum := schema.Types[reason.Fields.ForName("code").Type.Name()]
	require.NotNil(t, enum.EnumValues.ForName(code), "%s refuses with %s, which is not in %s", mutation, code, enum.Name)
}

// refusals are the userErrors of a mutation, as path and code.
func (r reply) refusals(t *testing.T, name string) []string {
	t.Helper()
	var payload struct {
		UserErrors []struct {
			Field         []string
			Code, Message string
		}
	}
	r.field(t, name, &payload)
	list := []string{}
	for _, e := range payload.UserErrors {
		require.NotEmpty(t, e.Message)
		requireCode(t, name, e.Code)
		list = append(list, strings.TrimSpace(strings.Join(e.Field, ".")+" "+e.Code))
	}
	return list
}

func (c client) ask(t *testing.T, document string, variables map[string]any) reply {
	t.Helper()
	w := httptest.NewRecorder()
	c.handler.ServeHTTP(w, c.request(t, document, variables))
	return read(t, w)
}

// tokenOfAnswer is what tells of the consistency token in an answer that tells of nothing else.
var tokenOfAnswer = regexp.MustCompile(`,"extensions":\{"consistency":\{"token":"[0-9A-F]+/[0-9A-F]+"\}\}`)

// read reads an answer. Its text is that without the consistency token, which is another one each time.
func read(t *testing.T, w *httptest.ResponseRecorder) reply {
	t.Helper()
	r := reply{status: w.Code, text: tokenOfAnswer.ReplaceAllString(w.Body.String(), "")}
	require.NoError(t, json.Unmarshal(w.Body.Bytes(), &r), r.text)
	return r
}

// request is what the client sends.
func (c client) request(t *testing.T, document string, variables map[string]any) *http.Request {
	t.Helper()
	body, err := json.Marshal(map[string]any{"query": document, "variables": variables})
	require.NoError(t, err)
	req := httptest.NewRequestWithContext(t.Context(), http.MethodPost, "/graphql", bytes.NewReader(body))
	req.Header.Set("Content-Type", "application/json")
	if c.token != "" {
		req.Header.Set("Authorization", "Bearer "+c.token)
	}
	if c.store != "" {
		req.Header.Set("Kirana-Store", c.store)
	}
	if c.once != "" {
		req.Header.Set("Idempotency-Key", c.once)
	}
	if c.address != "" {
		req.RemoteAddr = c.address + ":4711"
	}
	return req
}

// run carries a mutation out, which must not be refused, and reads its payload.
func (c client) run(t *testing.T, mutation string, input map[string]any, selection string, into any) {
	t.Helper()
	r := c.ask(t, mutationText(mutation, selection), map[string]any{"input": input})
	require.Empty(t, r.refusals(t, mutation), r.text)
	r.field(t, mutation, into)
}

// mutationText is the document of one mutation that takes one input.
func mutationText(mutation, selection string) string {
	typ := strings.ToUpper(mutation[:1]) + mutation[1:] + "Input"
	return "mutation($input: " + typ + "!) { " + mutation + "(input: $input) { " + selection + " userErrors { field code message } } }"
}

// signUp makes an account and returns the token of its session.
func (o *office) signUp(t *testing.T, email string) string {
	t.Helper()
	var in struct{ Token string }
	o.as("").run(t, "merchantSignUp", map[string]any{"email": email, "password": goodPassword, "name": "Merchant"}, "token", &in)
	return in.Token
}

const goodPassword = "three blue parrots"

// open opens a store of the merchant's and returns its handle.
func (c client) open(t *testing.T, name string) string {
	t.Helper()
	var opened struct{ Store struct{ Handle string } }
	c.run(t, "storeCreate", map[string]any{"name": name, "currencyCode": "INR"}, "store { handle }", &opened)
	return opened.Store.Handle
}
