package main

import (
	"fmt"
	"maps"
	"strings"
	"sync"
	"testing"

	"github.com/stretchr/testify/require"
)

const viewerQuery = `{ viewer { merchant { email name } stores { role scopes store { handle status } } sessions { current } } }`

// A merchant signs up, opens a store that nobody else sees, and is known by the token from then on.
func TestMerchantsOfficeOpens(t *testing.T) {
	t.Parallel()
	o := newOffice(t)
	require.JSONEq(t, `{"data":{"viewer":null}}`, o.as("").ask(t, `{ viewer { merchant { id } } }`, nil).text)

	token := o.signUp(t, " Asha@Shop.test")
	asha := o.as(token)
	handle := asha.open(t, "Asha's tea")
	require.JSONEq(t, `{"data":{"viewer":{"merchant":{"email":"asha@shop.test","name":"Merchant"},"sessions":[{"current":true}],
		"stores":[{"role":"OWNER","scopes":["catalog:read","catalog:write","inventory:read","inventory:write","orders:read","orders:write",
		"customers:read","customers:write","search:write","staff:write","documents:write"],"store":{"handle":"asha-s-tea","status":"DRAFT"}}]}}}`,
		asha.ask(t, viewerQuery, nil).text)
	require.JSONEq(t, `{"data":{"store":null}}`, o.as("").ask(t, `{ store(handle: "asha-s-tea") { id } }`, nil).text)

	again := o.signIn(t, "ASHA@shop.test", goodPassword)
	require.NotEqual(t, token, again)
	require.JSONEq(t, `{"data":{"storePublish":{"userErrors":[]}}}`, o.as(again).in(handle).ask(t, `mutation { storePublish { userErrors { code } } }`, nil).text)
}

func (o *office) signIn(t *testing.T, email, password string) string {
	t.Helper()
	var in struct{ Token string }
	o.as("").run(t, "merchantSignIn", map[string]any{"email": email, "password": password}, "token expiresAt merchant { id }", &in)
	return in.Token
}

// Everything that can be wrong with an account, with path and code; and nothing is written.
func TestMerchantRefusals(t *testing.T) {
	t.Parallel()
	o := newOffice(t)
	asha, ravi := o.as(o.signUp(t, "asha@shop.test")), o.as(o.signUp(t, "ravi@shop.test"))
	var viewer struct{ Sessions []struct{ ID string } }
	ravi.ask(t, `{ viewer { sessions { id } } }`, nil).field(t, "viewer", &viewer)
	key := asha.in(asha.open(t, "Tea")).key(t, "catalog:read")
	before := o.dumpBut(t, "sign_in_throttles")
	good := map[string]any{"email": "new@shop.test", "password": goodPassword, "name": "New"}
	but := func(field string, value any) map[string]any {
		in := maps.Clone(good)
		in[field] = value
		return map[string]any{"input": in}
	}
	signUp := func(field string, value any, want ...string) refusalCase {
		return refusalCase{o.as(""), "merchantSignUp", but(field, value), want}
	}
	change := func(current, next string, want ...string) refusalCase {
		return refusalCase{asha, "merchantPasswordChange", input("currentPassword", current, "newPassword", next), want}
	}
	for _, c := range []refusalCase{
		signUp("email", "", "input.email BLANK"), signUp("email", "asha", "input.email INVALID"), signUp("email", "a b@shop.test", "input.email INVALID"),
		signUp("email", "a@b@shop.test", "input.email INVALID"), signUp("email", "Asha <a@shop.test>", "input.email INVALID"),
		signUp("email", "a@localhost", "input.email INVALID"), signUp("email", strings.Repeat("a", 65)+"@shop.test", "input.email INVALID"),
		signUp("email", "a@"+strings.Repeat("a", 250)+".test", "input.email TOO_LONG"), signUp("email", "a\u200b@shop.test", "input.email INVALID"),
		signUp("email", "ASHA@SHOP.TEST", "input.email TAKEN"),
		signUp("name", " ", "input.name BLANK"), signUp("name", strings.Repeat("x", 256), "input.name TOO_LONG"), signUp("name", "a\nb", "input.name INVALID"),
		signUp("password", "", "input.password TOO_SHORT"), signUp("password", "123456789", "input.password TOO_SHORT"),
		signUp("password", strings.Repeat("x y", 43), "input.password TOO_LONG"), signUp("password", "Password123", "input.password TOO_COMMON"),
		signUp("password", "aaaaaaaaaaaaaa", "input.password TOO_COMMON"), signUp("password", "abcabcabcabc", "input.password TOO_COMMON"),
		signUp("password", "new@shop.test", "input.password TOO_COMMON"),
		{o.as(""), "merchantSignUp", input("email", "x", "password", "x", "name", ""), []string{"input.email INVALID", "input.name BLANK", "input.password TOO_SHORT"}},
		{o.as(""), "merchantSignIn", input("email", "asha@shop.test", "password", "wrong"), []string{"input INVALID_CREDENTIALS"}},
		{o.as(""), "merchantSignIn", input("email", "nobody@shop.test", "password", goodPassword), []string{"input INVALID_CREDENTIALS"}},
		{o.as(""), "merchantSignIn", input("email", "", "password", ""), []string{"input INVALID_CREDENTIALS"}},
		{o.as(""), "merchantSignIn", input("email", "asha@shop.test", "password", goodPassword+strings.Repeat(" ", 1<<16)), []string{"input INVALID_CREDENTIALS"}},
		change("wrong", "four green parrots", "input.currentPassword INVALID_CREDENTIALS"), change(goodPassword, "short", "input.newPassword TOO_SHORT"),
		change(goodPassword, "asha@shop.test", "input.newPassword TOO_COMMON"),
		{asha, "merchantSessionRevoke", input("id", viewer.Sessions[0].ID), []string{"input.id NOT_FOUND"}},
		{asha, "merchantSessionRevoke", input("id", "gid://kirana/Session/999"), []string{"input.id NOT_FOUND"}},
		{asha, "merchantSessionRevoke", input("id", "nonsense"), []string{"input.id NOT_FOUND"}},
	} {
		require.Equal(t, c.want, c.who.ask(t, mutationText(c.mutation, ""), c.input).refusals(t, c.mutation), "%s %.200v", c.mutation, c.input)
	}
	for mutation, in := range map[string]map[string]any{
		"merchantSignOut":        input("everywhere", true),
		"merchantPasswordChange": input("currentPassword", goodPassword, "newPassword", "four green parrots"),
		"merchantSessionRevoke":  input("id", viewer.Sessions[0].ID),
	} {
		text := mutationText(mutation, "")
		require.Equal(t, []string{"FORBIDDEN"}, key.ask(t, text, in).codes(), "a key has no account: %s", mutation)
		require.Equal(t, []string{"UNAUTHENTICATED"}, o.as("").ask(t, text, in).codes(), mutation)
	}
	require.Equal(t, before, o.dumpBut(t, "sign_in_throttles"))
}

type refusalCase struct {
	who      client
	mutation string
	input    map[string]any
	want     []string
}

// An unknown account and a wrong password cannot be told apart by what the server says.
func TestSignInAnswersAlike(t *testing.T) {
	t.Parallel()
	o := newOffice(t)
	o.signUp(t, "asha@shop.test")
	fail := func(email string) reply {
		return o.as("").from("203.0.113.7").ask(t, mutationText("merchantSignIn", "token"), input("email", email, "password", "not the password"))
	}
	for range 5 {
		require.Equal(t, fail("asha@shop.test").text, fail("nobody@shop.test").text)
	}
	// From here on there are waits. They double, so that a slow machine meets one sooner or later.
	for _, email := range []string{"asha@shop.test", "nobody@shop.test"} {
		r := fail(email)
		for range 20 {
			if len(r.Errors) > 0 {
				break
			}
			r = fail(email)
		}
		require.Equal(t, []string{"THROTTLED"}, r.codes())
		require.GreaterOrEqual(t, r.Errors[0].Extensions["retryAfter"], 1.0)
		require.Contains(t, r.Errors[0].Message, "Too many tries. Wait ")
	}
	// The owner is not kept out, wherever else they are.
	require.NotEmpty(t, o.signIn(t, "asha@shop.test", goodPassword))
}

func TestSessionsEnd(t *testing.T) {
	t.Parallel()
	o := newOffice(t)
	first := o.signUp(t, "asha@shop.test")
	known := func(token string) bool {
		return o.as(token).ask(t, `{ viewer { merchant { id } } }`, nil).status == 200
	}
	second, third, fourth := o.signIn(t, "asha@shop.test", goodPassword), o.signIn(t, "asha@shop.test", goodPassword), o.signIn(t, "asha@shop.test", goodPassword)

	require.JSONEq(t, `{"data":{"merchantSignOut":{"userErrors":[]}}}`, o.as(first).ask(t, `mutation { merchantSignOut { userErrors { code } } }`, nil).text)
	r := o.as(first).ask(t, `{ viewer { merchant { id } } }`, nil)
	require.Equal(t, 401, r.status)
	require.Equal(t, []string{"UNAUTHENTICATED"}, r.codes())
	require.True(t, known(second))

	o.exec(t, `UPDATE sessions SET expires_at = now() WHERE id = (SELECT min(id) FROM sessions)`)
	require.False(t, known(second), "expired")

	var viewer struct {
		Sessions []struct {
			ID      string
			Current bool
		}
	}
	o.as(third).ask(t, `{ viewer { sessions { id current } } }`, nil).field(t, "viewer", &viewer)
	require.Len(t, viewer.Sessions, 2)
	require.False(t, viewer.Sessions[0].Current, "the newest first")
	require.True(t, viewer.Sessions[1].Current)
	var revoked struct{ RevokedSessionID string }
	o.as(third).run(t, "merchantSessionRevoke", map[string]any{"id": viewer.Sessions[0].ID}, "revokedSessionId", &revoked)
	require.Equal(t, viewer.Sessions[0].ID, revoked.RevokedSessionID)
	require.False(t, known(fourth))

	fourth = o.signIn(t, "asha@shop.test", goodPassword)
	var changed struct{ Merchant struct{ Email string } }
	o.as(third).run(t, "merchantPasswordChange", map[string]any{"currentPassword": goodPassword, "newPassword": "four green parrots"}, "merchant { email }", &changed)
	require.True(t, known(third), "whoever changes the password stays")
	require.False(t, known(fourth), "all others go")
	require.Equal(t, []string{"input INVALID_CREDENTIALS"}, o.as("").ask(t, mutationText("merchantSignIn", ""), input("email", "asha@shop.test", "password", goodPassword)).refusals(t, "merchantSignIn"))

	fourth = o.signIn(t, "asha@shop.test", "four green parrots")
	require.Empty(t, o.as(third).ask(t, `mutation { merchantSignOut(input: {everywhere: true}) { userErrors { code } } }`, nil).refusals(t, "merchantSignOut"))
	require.False(t, known(third) || known(fourth))
	for _, nonsense := range []string{"x", "kst_", first + "a", strings.ToUpper(first), "kin_" + first[4:], strings.Repeat("k", 1<<14)} {
		require.False(t, known(nonsense))
	}
}

// Two who sign up with one address at the same moment get one account, and one of them hears that it is taken.
func TestOneAccountForAnAddress(t *testing.T) {
	t.Parallel()
	o := newOffice(t)
	const people = 6
	results := make([]string, people)
	var wg sync.WaitGroup
	for i := range people {
		wg.Go(func() {
			email := []string{"asha@shop.test", "Asha@Shop.Test"}[i%2]
			r := o.as("").ask(t, mutationText("merchantSignUp", ""), input("email", email, "password", goodPassword, "name", fmt.Sprint(i)))
			results[i] = strings.Join(r.refusals(t, "merchantSignUp"), ",")
		})
	}
	wg.Wait()
	counts := map[string]int{}
	for _, r := range results {
		counts[r]++
	}
	require.Equal(t, map[string]int{"": 1, "input.email TAKEN": people - 1}, counts)
	require.Equal(t, "1 1", o.cell(t, `SELECT (SELECT count(*) FROM merchants) || ' ' || (SELECT count(*) FROM sessions)`))
}

// Two owners who remove each other at the same moment do not both succeed, nor two who step down.
func TestTheLastOwnerStays(t *testing.T) {
	t.Parallel()
	o := newOffice(t)
	a, b := o.as(o.signUp(t, "a@shop.test")), o.signUp(t, "b@shop.test")
	a = a.in(a.open(t, "Tea"))
	owners := []client{a, a.join(t, b, "b@shop.test", "OWNER")}
	staff := a.staff(t)
	ids := []string{staff["a@shop.test"].ID, staff["b@shop.test"].ID}
	for round := range 10 {
		var wg sync.WaitGroup
		answers := make([]reply, len(owners))
		for i, owner := range owners {
			wg.Go(func() {
				if round%2 == 0 {
					answers[i] = owner.ask(t, mutationText("staffRemove", ""), input("id", ids[1-i]))
				} else {
					answers[i] = owner.ask(t, mutationText("staffRoleUpdate", ""), input("id", ids[i], "role", "PACKER"))
				}
			})
		}
		wg.Wait()
		require.Equal(t, "1", o.cell(t, `SELECT count(*) FROM store_staff WHERE role = 'OWNER'`), "%s\n%s", answers[0].text, answers[1].text)
		o.exec(t, `DELETE FROM store_staff`)
		o.exec(t, `INSERT INTO store_staff (store_id, merchant_id, role) VALUES (1, 1, 'OWNER'), (1, 2, 'OWNER')`)
	}
}
