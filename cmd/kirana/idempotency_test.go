package main

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
	"github.com/vektah/gqlparser/v2/ast"

	"github.com/kirana-commerce/kirana/internal/payment/paymenttest"
)

// keyed is the document of a mutation under the key of a variable, with a selection. Its arguments are variables, too.
func keyed(mutation *ast.FieldDefinition, selection string) string {
	declared, arguments := "$key: String!", ""
	for _, a := range mutation.Arguments {
		declared += fmt.Sprintf(", $%s: %s", a.Name, a.Type)
		arguments += fmt.Sprintf("%s: $%s ", a.Name, a.Name)
	}
	if arguments != "" {
		arguments = "(" + arguments + ")"
	}
	return fmt.Sprintf(`mutation(%s) { %s%s @idempotent(key: $key) { %s } }`, declared, mutation.Name, arguments, selection)
}

// shown selects what a type shows without arguments: of nodes the id, of everything else all of it.
func shown(typ *ast.Definition) string {
	if slices.Contains(typ.Interfaces, "Node") {
		return "id"
	}
	var fields []string
	for _, f := range typ.Fields {
		switch below := published().Types[f.Type.Name()]; {
		case len(f.Arguments) > 0 || f.Directives.ForName("auth") != nil:
		case below.IsLeafType():
			fields = append(fields, f.Name)
		default:
			fields = append(fields, f.Name+" { "+shown(below)+" }")
		}
	}
	return strings.Join(fields, " ")
}

// showsSecret reports whether an answer has something in it that is shown once.
func showsSecret(payload *ast.Definition) bool {
	return payload.Fields.ForName("token") != nil || payload.Fields.ForName("secret") != nil || payload.Fields.ForName("customerAccessToken") != nil
}

// tables are prints of all that is kept, but for what is noted of everybody who asks.
func (o *office) tables(t *testing.T) map[string]string {
	t.Helper()
	rows, err := o.database.SQL.QueryContext(t.Context(), `SELECT table_name FROM information_schema.tables
		WHERE table_schema = 'public' AND table_type = 'BASE TABLE' AND table_name NOT IN ('sign_in_throttles', 'goose_db_version')`)
	require.NoError(t, err)
	defer rows.Close() //nolint:errcheck // Err below reports what Close would
	prints := map[string]string{}
	for rows.Next() {
		var table string
		require.NoError(t, rows.Scan(&table))
		prints[table] = o.cell(t, `SELECT count(*) || ' rows ' || md5(coalesce(string_agg(x, '|' ORDER BY x), ''))
			FROM (SELECT (to_jsonb(r) - 'last_used_at')::text AS x FROM `+table+` r) s`)
	}
	require.NoError(t, rows.Err())
	return prints
}

// Every mutation of the schema is carried out once however often it is sent under one key: asked again, it answers the same and changes
// nothing, whatever the client wants to see of it. What is shown once is refused.
func TestEveryMutationIsRepeatable(t *testing.T) { //nolint:tparallel // what one mutation changes, the next must not take for its own
	t.Parallel()
	s := newStocked(t, withStripe(paymenttest.New(t)))
	repeats, reasons := repeats(), unrepeatable()
	for _, mutation := range published().Mutation.Fields {
		prepare, known := repeats[mutation.Name]
		require.NotEqual(t, known, reasons[mutation.Name] != "", "Mutation.%s needs a line in repeats, or a reason in unrepeatable, and not both", mutation.Name)
		if !known {
			continue
		}
		delete(repeats, mutation.Name)
		t.Run(mutation.Name, func(t *testing.T) {
			who, variables := prepare(trial{s, t})
			variables["key"] = "the-key-of-" + mutation.Name
			payload := published().Types[mutation.Type.Name()]
			document, before := keyed(mutation, shown(payload)), s.tables(t)
			kept := before["idempotency_keys"]
			first := who.ask(t, document, variables)
			require.Empty(t, first.refusals(t, mutation.Name), first.text)
			after := s.tables(t)
			require.NotEqual(t, kept, after["idempotency_keys"])
			delete(before, "idempotency_keys")
			require.NotSubset(t, after, before, "it is not worth repeating")

			for name, text := range map[string]string{"the same": document, "another selection": keyed(mutation, "__typename")} {
				again := who.ask(t, text, variables)
				switch {
				case showsSecret(payload):
					require.Equal(t, []string{"SECRET_ALREADY_SHOWN"}, again.codes(), again.text)
				case name == "the same":
					require.JSONEq(t, first.text, again.text)
				default:
					require.Empty(t, again.Errors, again.text)
				}
				require.Equal(t, after, s.tables(t), "it happened again")
			}
		})
	}
	require.Empty(t, repeats, "there are no such mutations")
}

// under is the client with a key for the mutations of its next documents.
func (c client) under(key string) client {
	c.once = key
	return c
}

// pages tells how many pages of text a store has.
func (o *office) pages(t *testing.T, store string) string {
	t.Helper()
	return o.cell(t, `SELECT count(*) FROM pages p JOIN stores s ON s.id = p.store_id WHERE s.handle = '`+store+`'`)
}

const someKey = "4f6c1a3e-5d0b-4a57-9d0e-0c1f5a2b7e11"

// What counts as the same mutation: who asks, in which store, for what, with which input, under which key.
func TestIdempotencyKeys(t *testing.T) {
	t.Parallel()
	const document = `mutation($title: String!) { pageSet(input: {title: $title}) { page { handle title } userErrors { field code message } } }`
	page := func(s trial, c client, title string) string {
		var payload struct{ Page struct{ Handle string } }
		c.ask(s.t, document, map[string]any{"title": title}).field(s.t, "pageSet", &payload)
		return payload.Page.Handle
	}
	for name, play := range map[string]func(s trial){
		"another input is refused": func(s trial) {
			require.Equal(s.t, "tea", page(s, s.mine.under(someKey), "Tea"))
			require.Equal(s.t, []string{"IDEMPOTENCY_KEY_REUSED"}, s.mine.under(someKey).ask(s.t, document, map[string]any{"title": "Coffee"}).codes())
			require.Equal(s.t, "1", s.pages(s.t, "corner"))
			require.Equal(s.t, "tea", page(s, s.mine.under(someKey), "Tea"), "it is not forgotten for that")
		},
		"the same input as literals": func(s trial) {
			page(s, s.mine.under(someKey), "Tea")
			require.Empty(s.t, s.mine.under(someKey).ask(s.t, `mutation { pageSet(input: {title: "Tea"}) { page { id } } }`, nil).Errors)
			require.Equal(s.t, "1", s.pages(s.t, "corner"))
		},
		"another key": func(s trial) {
			require.Equal(s.t, []string{"tea", "tea-2"}, []string{page(s, s.mine.under(someKey), "Tea"), page(s, s.mine.under(someKey+"2"), "Tea")})
		},
		"no key": func(s trial) {
			require.Equal(s.t, []string{"tea", "tea-2"}, []string{page(s, s.mine, "Tea"), page(s, s.mine, "Tea")})
			require.Equal(s.t, "0", s.cell(s.t, `SELECT count(*) FROM idempotency_keys`))
		},
		"another store": func(s trial) {
			second := s.mine.in(s.mine.open(s.t, "Second"))
			require.Equal(s.t, []string{"tea", "tea"}, []string{page(s, s.mine.under(someKey), "Tea"), page(s, second.under(someKey), "Tea")})
			require.Equal(s.t, "1", s.pages(s.t, "second"))
			require.Equal(s.t, []string{"STORE_NOT_FOUND"}, s.theirs.in(s.mine.store).under(someKey).ask(s.t, document, map[string]any{"title": "Tea"}).codes())
		},
		"another viewer of the store": func(s trial) {
			page(s, s.mine.under(someKey), "Tea")
			till, other := s.mine.key(s.t, "catalog:read", "catalog:write"), s.mine.key(s.t, "catalog:read", "catalog:write")
			for i, who := range []client{till, other, s.mine.join(s.t, s.theirs.token, "b@example.com", "MANAGER")} {
				require.Equal(s.t, fmt.Sprintf("tea-%d", i+2), page(s, who.under(someKey), "Tea"))
				require.Equal(s.t, fmt.Sprintf("tea-%d", i+2), page(s, who.under(someKey), "Tea"))
			}
		},
		"another session of the viewer": func(s trial) {
			page(s, s.mine.under(someKey), "Tea")
			again := s.as(s.signIn(s.t, "a@example.com", goodPassword)).in(s.mine.store)
			require.Equal(s.t, "tea", page(s, again.under(someKey), "Tea"))
			require.Equal(s.t, "1", s.pages(s.t, "corner"))
		},
		"another mutation": func(s trial) {
			page(s, s.mine.under(someKey), "Tea")
			r := s.mine.under(someKey).ask(s.t, `mutation { pageSet: menuSet(input: {handle: "m", title: "Tea", items: []}) { menu { handle } userErrors { code } } }`, nil)
			require.JSONEq(s.t, `{"data":{"pageSet":{"menu":{"handle":"m"},"userErrors":[]}}}`, r.text)
		},
		"two of one document": func(s trial) {
			const two = `mutation { a: pageSet(input: {title: "Tea"}) { page { handle } } b: pageSet(input: {title: "Tea"}) { page { handle } } }`
			for range 2 {
				require.JSONEq(s.t, `{"data":{"a":{"page":{"handle":"tea"}},"b":{"page":{"handle":"tea-2"}}}}`, s.mine.under(someKey).ask(s.t, two, nil).text)
			}
		},
		"the directive comes before the header": func(s trial) {
			const directed = `mutation { pageSet(input: {title: "Tea"}) @idempotent(key: "` + someKey + `-directive") { page { handle } } }`
			for _, key := range []string{someKey, someKey + "2", "", "short"} {
				require.JSONEq(s.t, `{"data":{"pageSet":{"page":{"handle":"tea"}}}}`, s.mine.under(key).ask(s.t, directed, nil).text)
			}
		},
		"a refusal is not kept": func(s trial) {
			require.Equal(s.t, []string{"input.title BLANK"}, s.mine.under(someKey).ask(s.t, document, map[string]any{"title": ""}).refusals(s.t, "pageSet"))
			require.Equal(s.t, "tea", page(s, s.mine.under(someKey), "Tea"))
			made := s.location("Cellar")
			text := mutationText("locationDeactivate", "location { isActive }")
			require.Equal(s.t, []string{"input.id DEFAULT_LOCATION"}, s.mine.under(someKey).ask(s.t, text, input("id", s.stocked.location)).refusals(s.t, "locationDeactivate"))
			require.Empty(s.t, s.mine.under(someKey).ask(s.t, text, input("id", made)).refusals(s.t, "locationDeactivate"))
		},
		"what was deleted since": func(s trial) {
			page(s, s.mine.under(someKey), "Tea")
			s.exec(s.t, `DELETE FROM pages`)
			r := s.mine.under(someKey).ask(s.t, document, map[string]any{"title": "Tea"})
			require.JSONEq(s.t, `{"data":{"pageSet":{"page":null,"userErrors":[]}}}`, r.text)
			require.Equal(s.t, "0", s.pages(s.t, "corner"))
		},
		"one of several was deleted since": func(s trial) {
			text := mutationText("metafieldsSet", "metafields { key }")
			both := []any{}
			for _, key := range []string{"a", "b"} {
				both = append(both, map[string]any{"ownerId": s.variants[0], "key": key, "type": "single_line_text_field", "value": "x"})
			}
			for _, want := range []string{`[{"key":"a"},{"key":"b"}]`, `[{"key":"b"}]`} {
				r := s.mine.under(someKey).ask(s.t, text, input("metafields", both))
				require.JSONEq(s.t, `{"data":{"metafieldsSet":{"metafields":`+want+`,"userErrors":[]}}}`, r.text)
				s.exec(s.t, `DELETE FROM metafields WHERE key = 'a'`)
			}
		},
		"who has left the store since": func(s trial) {
			text := mutationText("staffInvitationAccept", "role store { handle }")
			token := input("token", s.mine.invite(s.t, "b@example.com", "PACKER").Token)
			for _, want := range []string{`"PACKER","store":{"handle":"corner"}`, `null,"store":null`} {
				r := s.theirs.under(someKey).ask(s.t, text, token)
				require.JSONEq(s.t, `{"data":{"staffInvitationAccept":{"role":`+want+`,"userErrors":[]}}}`, r.text)
				s.exec(s.t, `DELETE FROM store_staff WHERE role = 'PACKER'`)
			}
		},
		"what was changed since": func(s trial) {
			page(s, s.mine.under(someKey), "Tea")
			s.exec(s.t, `UPDATE pages SET title = 'Teas'`)
			require.JSONEq(s.t, `{"data":{"pageSet":{"page":{"handle":"tea","title":"Teas"},"userErrors":[]}}}`, s.mine.under(someKey).ask(s.t, document, map[string]any{"title": "Tea"}).text)
		},
		"who may not see it any more": func(s trial) {
			till := s.mine.key(s.t, "catalog:write")
			r := till.under(someKey).ask(s.t, document, map[string]any{"title": "Tea"})
			require.Contains(s.t, r.text, `"tea"`, "what the mutation itself has read")
			require.JSONEq(s.t, `{"data":{"pageSet":{"page":null,"userErrors":[]}}}`, till.under(someKey).ask(s.t, document, map[string]any{"title": "Tea"}).text)
			require.Equal(s.t, "1", s.pages(s.t, "corner"))
		},
		"after 24 hours": func(s trial) {
			page(s, s.mine.under(someKey), "Tea")
			s.exec(s.t, `UPDATE idempotency_keys SET created_at = now() - interval '23 hours 59 minutes'`)
			require.NoError(s.t, s.database.Sweep(s.t.Context()))
			require.Equal(s.t, "tea", page(s, s.mine.under(someKey), "Tea"))
			s.exec(s.t, `UPDATE idempotency_keys SET created_at = now() - interval '24 hours 1 second'`)
			require.NoError(s.t, s.database.Sweep(s.t.Context()))
			require.Equal(s.t, "tea-2", page(s, s.mine.under(someKey), "Tea"))
		},
		"a refusal by what the first run did": func(s trial) {
			text := mutationText("merchantPasswordChange", "merchant { email }")
			change := input("currentPassword", goodPassword, "newPassword", "three green parrots")
			for range 2 {
				require.Empty(s.t, s.mine.under(someKey).ask(s.t, text, change).refusals(s.t, "merchantPasswordChange"))
			}
			require.Equal(s.t, []string{"input.currentPassword INVALID_CREDENTIALS"}, s.mine.ask(s.t, text, change).refusals(s.t, "merchantPasswordChange"), "without a key it is")
		},
		"keys that are none": func(s trial) {
			for _, key := range []string{"x", strings.Repeat("x", 15), strings.Repeat("x", 256), "a key with spaces", "schlüssel-schlüssel"} {
				r := s.mine.under(key).ask(s.t, document, map[string]any{"title": "Tea"})
				require.Equal(s.t, []string{"BAD_USER_INPUT"}, r.codes(), key)
				require.Equal(s.t, "key", r.Errors[0].Extensions["argument"])
			}
			require.Equal(s.t, "0", s.pages(s.t, "corner"))
			for _, key := range []string{strings.Repeat("x", 16), strings.Repeat("y", 255), `"` + someKey + `"`, someKey} {
				page(s, s.mine.under(key), "Tea")
			}
			require.Equal(s.t, "3", s.pages(s.t, "corner"), "with quotation marks and without, a header is the same")
		},
		"a secret": func(s trial) {
			for _, codes := range [][]string{{}, {"SECRET_ALREADY_SHOWN"}} {
				r := s.as("").under(someKey).ask(s.t, mutationText("merchantSignIn", "token"), input("email", "a@example.com", "password", goodPassword))
				require.Equal(s.t, codes, r.codes())
			}
			require.Equal(s.t, []string{"input INVALID_CREDENTIALS"}, s.as("").under(someKey).ask(s.t, mutationText("merchantSignIn", "token"),
				input("email", "a@example.com", "password", "wrong horse battery")).refusals(s.t, "merchantSignIn"), "whoever has the key alone learns nothing")
		},
		"a change that makes no secret": func(s trial) {
			change := input("id", s.mine.hook(s.t, "https://hooks.example.com/here").WebhookSubscription.ID, "url", "https://hooks.example.com/there", "paused", true)
			var first string
			for range 2 {
				r := s.mine.under(someKey).ask(s.t, mutationText("webhookSubscriptionUpdate", "secret webhookSubscription { url pausedAt }"), change)
				require.Empty(s.t, r.codes())
				require.Contains(s.t, r.text, "/there")
				require.Contains(s.t, []string{"", r.text}, first)
				first = r.text
			}
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			play(trial{newStocked(t), t})
		})
	}
}

// Nothing of a key, nor of an input, stands in the database.
func TestIdempotencyKeepsNoSecret(t *testing.T) {
	t.Parallel()
	o, asha := newShop(t)
	o.as("").under(someKey).ask(t, mutationText("merchantSignIn", "token"), input("email", "asha@shop.test", "password", goodPassword))
	asha.under(someKey).ask(t, mutationText("staffInvite", "token"), input("email", "ravi@shop.test", "role", "PACKER"))
	kept := o.cell(t, `SELECT string_agg(k::text, ' ') FROM idempotency_keys k`)
	for _, secret := range []string{someKey, goodPassword, "asha@shop.test", "ravi@shop.test", "kin_", "kst_"} {
		require.NotContains(t, kept, secret)
		require.NotContains(t, kept, fmt.Sprintf("%x", secret))
	}
	require.Equal(t, "2", o.cell(t, `SELECT count(DISTINCT payload_hash) FROM idempotency_keys`))
}
