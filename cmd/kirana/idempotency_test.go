package main

import (
	"fmt"
	"maps"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
	"github.com/vektah/gqlparser/v2/ast"
)

// unrepeatable are the mutations that nobody can ask again, and why.
func unrepeatable() map[string]string {
	return map[string]string{
		"merchantSignOut": "it ends the session that asks: whoever sends it again is nobody",
	}
}

// repeats say for every mutation who asks it with which input, so that it changes something. A new mutation needs a line here: what it
// answers is then asked again under the same key, and has to be the same, with nothing changed.
func (s *stocked) repeats() map[string]func(t *testing.T) (client, map[string]any) {
	each := map[string]func(t *testing.T) (client, map[string]any){}
	for _, some := range []map[string]func(t *testing.T) map[string]any{s.repeatedCatalogue(), s.repeatedContent(), s.repeatedStore()} {
		for name, prepare := range some {
			each[name] = func(t *testing.T) (client, map[string]any) { return s.mine, prepare(t) }
		}
	}
	maps.Copy(each, s.repeatedPeople())
	return each
}

// asked is for mutations whose input needs nothing to be there.
func asked(pairs ...any) func(*testing.T) map[string]any {
	return func(*testing.T) map[string]any { return input(pairs...) }
}

// made carries out a mutation and reads the id of what it made.
func (c client) made(t *testing.T, mutation, field string, pairs ...any) string {
	t.Helper()
	payload := map[string]any{}
	c.run(t, mutation, input(pairs...)["input"].(map[string]any), field+" { id }", &payload)
	return payload[field].(map[string]any)["id"].(string)
}

func (s *stocked) repeatedCatalogue() map[string]func(t *testing.T) map[string]any {
	product := func(t *testing.T) string {
		t.Helper()
		return s.mine.made(t, "productSet", "product", "title", "Rice", "variants", []any{map[string]any{"price": "10"}})
	}
	collection := func(t *testing.T) string {
		t.Helper()
		return s.mine.made(t, "collectionSet", "collection", "title", "Staples", "sortOrder", "MANUAL")
	}
	filled := func(t *testing.T) (string, []string) {
		t.Helper()
		id, products := collection(t), []string{product(t), product(t)}
		s.mine.run(t, "collectionAddProducts", map[string]any{"id": id, "productIds": products}, "", &struct{}{})
		return id, products
	}
	return map[string]func(t *testing.T) map[string]any{
		"collectionSet":    asked("title", "Summer"),
		"collectionDelete": func(t *testing.T) map[string]any { return input("id", collection(t)) },
		"collectionAddProducts": func(t *testing.T) map[string]any {
			return input("id", collection(t), "productIds", []string{product(t)})
		},
		"collectionRemoveProducts": func(t *testing.T) map[string]any {
			id, products := filled(t)
			return input("id", id, "productIds", products[:1])
		},
		"collectionReorderProducts": func(t *testing.T) map[string]any {
			id, products := filled(t)
			return input("id", id, "moves", []any{map[string]any{"id": products[1], "newPosition": 0}})
		},
		"productSet":    asked("title", "Wheat", "variants", []any{map[string]any{"price": "20"}}),
		"productUpdate": func(t *testing.T) map[string]any { return input("id", product(t), "title", "Brown rice") },
		"productDelete": func(t *testing.T) map[string]any { return input("id", product(t)) },
		"productPublish": func(t *testing.T) map[string]any {
			return input("id", product(t), "publishedAt", "2030-01-01T00:00:00Z")
		},
		"productUnpublish": func(t *testing.T) map[string]any {
			return input("id", product(t))
		},
		"productOptionUpdate": func(t *testing.T) map[string]any {
			var made struct {
				Product struct {
					ID      string
					Options []struct{ ID string }
				}
			}
			s.mine.run(t, "productSet", shirt(), "product { id options { id } }", &made)
			return input("productId", made.Product.ID, "optionId", made.Product.Options[0].ID, "name", "Width")
		},
		"productVariantsBulkUpdate": func(t *testing.T) map[string]any {
			var made struct {
				Product struct {
					ID       string
					Variants struct{ Nodes []struct{ ID string } }
				}
			}
			s.mine.run(t, "productSet", shirt(), "product { id variants(first: 1) { nodes { id } } }", &made)
			return input("productId", made.Product.ID, "variants", []any{map[string]any{"id": made.Product.Variants.Nodes[0].ID, "price": "1"}})
		},
		"inventorySetQuantities": asked("name", "ON_HAND", "reason", "CYCLE_COUNT", "ignoreCompareQuantity", true,
			"quantities", []any{line(s.variants[0], s.location, map[string]any{"quantity": 70})}),
		"inventoryAdjustQuantities": asked("name", "ON_HAND", "reason", "RECEIVED",
			"changes", []any{line(s.variants[0], s.location, map[string]any{"delta": 3})}),
	}
}

func (s *stocked) repeatedContent() map[string]func(t *testing.T) map[string]any {
	mine := s.mine
	job := func(t *testing.T) string {
		t.Helper()
		return mine.made(t, "productsImport", "job", "csv", catalogueFile(1))
	}
	page := func(t *testing.T) string { t.Helper(); return mine.made(t, "pageSet", "page", "title", "About") }
	return map[string]func(t *testing.T) map[string]any{
		"menuSet": asked("handle", "footer", "title", "Below", "items", []any{}),
		"menuDelete": func(t *testing.T) map[string]any {
			return input("id", mine.made(t, "menuSet", "menu", "handle", "m", "title", "M", "items", []any{}))
		},
		"pageSet":    asked("title", "Returns"),
		"pageDelete": func(t *testing.T) map[string]any { return input("id", page(t)) },
		"metafieldsSet": func(t *testing.T) map[string]any {
			return input("metafields", []any{map[string]any{"ownerId": s.variants[0], "key": "origin", "type": "single_line_text_field", "value": "Assam"}})
		},
		"metafieldsDelete": func(t *testing.T) map[string]any {
			set := map[string]any{"ownerId": s.variants[0], "key": "grade", "type": "single_line_text_field", "value": "A"}
			mine.run(t, "metafieldsSet", map[string]any{"metafields": []any{set}}, "", &struct{}{})
			return input("metafields", []any{map[string]any{"ownerId": s.variants[0], "key": "grade"}, map[string]any{"ownerId": s.variants[0], "key": "none"}})
		},
		"stagedUploadCreate": asked("filename", "a.csv", "size", 3),
		"productsImport":     asked("csv", catalogueFile(1)),
		"productsExport":     asked(),
		"jobCancel":          func(t *testing.T) map[string]any { return input("id", job(t)) },
	}
}

func (s *stocked) repeatedStore() map[string]func(t *testing.T) map[string]any {
	location := func(t *testing.T, name string) string {
		t.Helper()
		return s.mine.made(t, "locationAdd", "location", "name", name)
	}
	return map[string]func(t *testing.T) map[string]any{
		"locationAdd":        asked("name", "Cellar"),
		"locationEdit":       func(t *testing.T) map[string]any { return input("id", location(t, "Attik"), "name", "Attic") },
		"locationDeactivate": func(t *testing.T) map[string]any { return input("id", location(t, "Yard")) },
		"locationActivate": func(t *testing.T) map[string]any {
			id := location(t, "Shed")
			s.mine.run(t, "locationDeactivate", map[string]any{"id": id}, "", &struct{}{})
			return input("id", id)
		},
		"storeUpdate":  asked("description", "Tea from the hills"),
		"storePublish": asked(),
		"storeUnpublish": func(t *testing.T) map[string]any {
			require.Empty(t, s.mine.ask(t, `mutation { storePublish { userErrors { code } } }`, nil).codes())
			return input()
		},
		"apiKeyCreate": asked("name", "till", "scopes", []string{"catalog:read"}),
		"apiKeyRotate": func(t *testing.T) map[string]any { return input("id", s.mine.issue(t, "catalog:read").APIKey.ID) },
		"apiKeyRevoke": func(t *testing.T) map[string]any { return input("id", s.mine.issue(t, "catalog:read").APIKey.ID) },
		"staffInvite":  asked("email", "new@example.com", "role", "PACKER"),
		"staffInvitationRevoke": func(t *testing.T) map[string]any {
			return input("id", s.mine.invite(t, "wrong@example.com", "PACKER").Invitation.ID)
		},
		"staffRoleUpdate": func(t *testing.T) map[string]any {
			s.mine.join(t, s.signUp(t, "up@example.com"), "up@example.com", "PACKER")
			return input("id", s.mine.staff(t)["up@example.com"].ID, "role", "MANAGER")
		},
		"staffRemove": func(t *testing.T) map[string]any {
			s.mine.join(t, s.signUp(t, "off@example.com"), "off@example.com", "PACKER")
			return input("id", s.mine.staff(t)["off@example.com"].ID)
		},
	}
}

func (s *stocked) repeatedPeople() map[string]func(t *testing.T) (client, map[string]any) {
	return map[string]func(t *testing.T) (client, map[string]any){
		"merchantSignUp": func(*testing.T) (client, map[string]any) {
			return s.as(""), input("email", "fresh@example.com", "password", goodPassword, "name", "Fresh")
		},
		"merchantSignIn": func(*testing.T) (client, map[string]any) {
			return s.as(""), input("email", "a@example.com", "password", goodPassword)
		},
		"merchantPasswordChange": func(t *testing.T) (client, map[string]any) {
			return s.as(s.signUp(t, "change@example.com")), input("currentPassword", goodPassword, "newPassword", "three green parrots")
		},
		"merchantSessionRevoke": func(t *testing.T) (client, map[string]any) {
			who := s.as(s.signUp(t, "twice@example.com"))
			s.signIn(t, "twice@example.com", goodPassword)
			var viewer struct{ Sessions []struct{ ID string } }
			who.ask(t, `{ viewer { sessions { id } } }`, nil).field(t, "viewer", &viewer)
			return who, input("id", viewer.Sessions[0].ID)
		},
		"storeCreate": func(*testing.T) (client, map[string]any) {
			return s.mine, input("name", "Second", "currencyCode", "INR")
		},
		"staffInvitationAccept": func(t *testing.T) (client, map[string]any) {
			token := s.mine.invite(t, "packer@example.com", "PACKER").Token
			return s.as(s.signUp(t, "packer@example.com")), input("token", token)
		},
	}
}

// keyed is the document of a mutation under the key of a variable, with a selection.
func keyed(mutation *ast.FieldDefinition, selection string) string {
	declared, argument := "", ""
	if in := mutation.Arguments.ForName("input"); in != nil {
		declared, argument = ", $input: "+in.Type.String(), "(input: $input)"
	}
	return fmt.Sprintf(`mutation($key: String!%s) { %s%s @idempotent(key: $key) { %s } }`, declared, mutation.Name, argument, selection)
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
	return payload.Fields.ForName("token") != nil || payload.Fields.ForName("secret") != nil
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
func TestEveryMutationIsRepeatable(t *testing.T) {
	t.Parallel()
	s := newStocked(t)
	repeats, reasons := s.repeats(), unrepeatable()
	for _, mutation := range published().Mutation.Fields {
		prepare, known := repeats[mutation.Name]
		require.NotEqual(t, known, reasons[mutation.Name] != "", "Mutation.%s needs a line in repeats, or a reason in unrepeatable, and not both", mutation.Name)
		if !known {
			continue
		}
		delete(repeats, mutation.Name)
		t.Run(mutation.Name, func(t *testing.T) { //nolint:paralleltest // what one changes, the next must not take for its own
			who, variables := prepare(t)
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
	page := func(t *testing.T, c client, title string) string {
		t.Helper()
		var payload struct{ Page struct{ Handle string } }
		c.ask(t, document, map[string]any{"title": title}).field(t, "pageSet", &payload)
		return payload.Page.Handle
	}
	for name, play := range map[string]func(t *testing.T, s *stocked){
		"another input is refused": func(t *testing.T, s *stocked) {
			require.Equal(t, "tea", page(t, s.mine.under(someKey), "Tea"))
			require.Equal(t, []string{"IDEMPOTENCY_KEY_REUSED"}, s.mine.under(someKey).ask(t, document, map[string]any{"title": "Coffee"}).codes())
			require.Equal(t, "1", s.pages(t, "corner"))
			require.Equal(t, "tea", page(t, s.mine.under(someKey), "Tea"), "it is not forgotten for that")
		},
		"the same input as literals": func(t *testing.T, s *stocked) {
			page(t, s.mine.under(someKey), "Tea")
			require.Empty(t, s.mine.under(someKey).ask(t, `mutation { pageSet(input: {title: "Tea"}) { page { id } } }`, nil).Errors)
			require.Equal(t, "1", s.pages(t, "corner"))
		},
		"another key": func(t *testing.T, s *stocked) {
			require.Equal(t, []string{"tea", "tea-2"}, []string{page(t, s.mine.under(someKey), "Tea"), page(t, s.mine.under(someKey+"2"), "Tea")})
		},
		"no key": func(t *testing.T, s *stocked) {
			require.Equal(t, []string{"tea", "tea-2"}, []string{page(t, s.mine, "Tea"), page(t, s.mine, "Tea")})
			require.Equal(t, "0", s.cell(t, `SELECT count(*) FROM idempotency_keys`))
		},
		"another store": func(t *testing.T, s *stocked) {
			second := s.mine.in(s.mine.open(t, "Second"))
			require.Equal(t, []string{"tea", "tea"}, []string{page(t, s.mine.under(someKey), "Tea"), page(t, second.under(someKey), "Tea")})
			require.Equal(t, "1", s.pages(t, "second"))
			require.Equal(t, []string{"STORE_NOT_FOUND"}, s.theirs.in(s.mine.store).under(someKey).ask(t, document, map[string]any{"title": "Tea"}).codes())
		},
		"another viewer of the store": func(t *testing.T, s *stocked) {
			page(t, s.mine.under(someKey), "Tea")
			till, other := s.mine.key(t, "catalog:read", "catalog:write"), s.mine.key(t, "catalog:read", "catalog:write")
			for i, who := range []client{till, other, s.mine.join(t, s.theirs.token, "b@example.com", "MANAGER")} {
				require.Equal(t, fmt.Sprintf("tea-%d", i+2), page(t, who.under(someKey), "Tea"))
				require.Equal(t, fmt.Sprintf("tea-%d", i+2), page(t, who.under(someKey), "Tea"))
			}
		},
		"another session of the viewer": func(t *testing.T, s *stocked) {
			page(t, s.mine.under(someKey), "Tea")
			again := s.as(s.signIn(t, "a@example.com", goodPassword)).in(s.mine.store)
			require.Equal(t, "tea", page(t, again.under(someKey), "Tea"))
			require.Equal(t, "1", s.pages(t, "corner"))
		},
		"another mutation": func(t *testing.T, s *stocked) {
			page(t, s.mine.under(someKey), "Tea")
			r := s.mine.under(someKey).ask(t, `mutation { pageSet: menuSet(input: {handle: "m", title: "Tea", items: []}) { menu { handle } userErrors { code } } }`, nil)
			require.JSONEq(t, `{"data":{"pageSet":{"menu":{"handle":"m"},"userErrors":[]}}}`, r.text)
		},
		"two of one document": func(t *testing.T, s *stocked) {
			const two = `mutation { a: pageSet(input: {title: "Tea"}) { page { handle } } b: pageSet(input: {title: "Tea"}) { page { handle } } }`
			for range 2 {
				require.JSONEq(t, `{"data":{"a":{"page":{"handle":"tea"}},"b":{"page":{"handle":"tea-2"}}}}`, s.mine.under(someKey).ask(t, two, nil).text)
			}
		},
		"the directive comes before the header": func(t *testing.T, s *stocked) {
			const directed = `mutation { pageSet(input: {title: "Tea"}) @idempotent(key: "` + someKey + `-directive") { page { handle } } }`
			for _, key := range []string{someKey, someKey + "2", "", "short"} {
				require.JSONEq(t, `{"data":{"pageSet":{"page":{"handle":"tea"}}}}`, s.mine.under(key).ask(t, directed, nil).text)
			}
		},
		"a refusal is not kept": func(t *testing.T, s *stocked) {
			require.Equal(t, []string{"input.title BLANK"}, s.mine.under(someKey).ask(t, document, map[string]any{"title": ""}).refusals(t, "pageSet"))
			require.Equal(t, "tea", page(t, s.mine.under(someKey), "Tea"))
			made := s.mine.made(t, "locationAdd", "location", "name", "Cellar")
			text := mutationText("locationDeactivate", "location { isActive }")
			require.Equal(t, []string{"input.id DEFAULT_LOCATION"}, s.mine.under(someKey).ask(t, text, input("id", s.location)).refusals(t, "locationDeactivate"))
			require.Empty(t, s.mine.under(someKey).ask(t, text, input("id", made)).refusals(t, "locationDeactivate"))
		},
		"what was deleted since": func(t *testing.T, s *stocked) {
			page(t, s.mine.under(someKey), "Tea")
			s.exec(t, `DELETE FROM pages`)
			r := s.mine.under(someKey).ask(t, document, map[string]any{"title": "Tea"})
			require.JSONEq(t, `{"data":{"pageSet":{"page":null,"userErrors":[]}}}`, r.text)
			require.Equal(t, "0", s.pages(t, "corner"))
		},
		"what was changed since": func(t *testing.T, s *stocked) {
			page(t, s.mine.under(someKey), "Tea")
			s.exec(t, `UPDATE pages SET title = 'Teas'`)
			require.JSONEq(t, `{"data":{"pageSet":{"page":{"handle":"tea","title":"Teas"},"userErrors":[]}}}`, s.mine.under(someKey).ask(t, document, map[string]any{"title": "Tea"}).text)
		},
		"who may not see it any more": func(t *testing.T, s *stocked) {
			till := s.mine.key(t, "catalog:write")
			r := till.under(someKey).ask(t, document, map[string]any{"title": "Tea"})
			require.Contains(t, r.text, `"tea"`, "what the mutation itself has read")
			require.JSONEq(t, `{"data":{"pageSet":{"page":null,"userErrors":[]}}}`, till.under(someKey).ask(t, document, map[string]any{"title": "Tea"}).text)
			require.Equal(t, "1", s.pages(t, "corner"))
		},
		"after 24 hours": func(t *testing.T, s *stocked) {
			page(t, s.mine.under(someKey), "Tea")
			s.exec(t, `UPDATE idempotency_keys SET created_at = now() - interval '23 hours 59 minutes'`)
			require.NoError(t, s.database.Sweep(t.Context()))
			require.Equal(t, "tea", page(t, s.mine.under(someKey), "Tea"))
			s.exec(t, `UPDATE idempotency_keys SET created_at = now() - interval '24 hours 1 second'`)
			require.NoError(t, s.database.Sweep(t.Context()))
			require.Equal(t, "tea-2", page(t, s.mine.under(someKey), "Tea"))
		},
		"a refusal by what the first run did": func(t *testing.T, s *stocked) {
			text := mutationText("merchantPasswordChange", "merchant { email }")
			change := input("currentPassword", goodPassword, "newPassword", "three green parrots")
			for range 2 {
				require.Empty(t, s.mine.under(someKey).ask(t, text, change).refusals(t, "merchantPasswordChange"))
			}
			require.Equal(t, []string{"input.currentPassword INVALID_CREDENTIALS"}, s.mine.ask(t, text, change).refusals(t, "merchantPasswordChange"), "without a key it is")
		},
		"keys that are none": func(t *testing.T, s *stocked) {
			for _, key := range []string{"x", strings.Repeat("x", 15), strings.Repeat("x", 256), "a key with spaces", "schlüssel-schlüssel"} {
				r := s.mine.under(key).ask(t, document, map[string]any{"title": "Tea"})
				require.Equal(t, []string{"BAD_USER_INPUT"}, r.codes(), key)
				require.Equal(t, "key", r.Errors[0].Extensions["argument"])
			}
			require.Equal(t, "0", s.pages(t, "corner"))
			for _, key := range []string{strings.Repeat("x", 16), strings.Repeat("y", 255), `"` + someKey + `"`, someKey} {
				page(t, s.mine.under(key), "Tea")
			}
			require.Equal(t, "3", s.pages(t, "corner"), "with quotation marks and without, a header is the same")
		},
		"a secret": func(t *testing.T, s *stocked) {
			for _, codes := range [][]string{{}, {"SECRET_ALREADY_SHOWN"}} {
				r := s.as("").under(someKey).ask(t, mutationText("merchantSignIn", "token"), input("email", "a@example.com", "password", goodPassword))
				require.Equal(t, codes, r.codes())
			}
			require.Equal(t, []string{"input INVALID_CREDENTIALS"}, s.as("").under(someKey).ask(t, mutationText("merchantSignIn", "token"),
				input("email", "a@example.com", "password", "wrong horse battery")).refusals(t, "merchantSignIn"), "whoever has the key alone learns nothing")
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			play(t, newStocked(t))
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
