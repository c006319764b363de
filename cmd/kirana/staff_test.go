package main

import (
	"fmt"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

// inviting is an invitation as an owner sees it once.
type inviting struct {
	Token      string
	Invitation struct{ ID, Email, Role string }
}

func (c client) invite(t *testing.T, email, role string) inviting {
	t.Helper()
	var in inviting
	c.run(t, "staffInvite", map[string]any{"email": email, "role": role}, "token invitation { id email role }", &in)
	return in
}

// join invites somebody who has an account, and accepts for them.
func (c client) join(t *testing.T, token, email, role string) client {
	t.Helper()
	in := c.invite(t, email, role)
	var joined struct{ Role string }
	c.as(token).run(t, "staffInvitationAccept", map[string]any{"token": in.Token}, "role store { handle }", &joined)
	require.Equal(t, role, joined.Role)
	return c.as(token).in(c.store)
}

type member struct{ ID, Name, Email, Role string }

func (c client) staff(t *testing.T) map[string]member {
	t.Helper()
	var store struct{ Staff []member }
	c.ask(t, `{ store { staff { id name email role } } }`, nil).field(t, "store", &store)
	found := map[string]member{}
	for _, m := range store.Staff {
		found[m.Email] = m
	}
	return found
}

// The way of a new packer, from the invitation to the last day.
func TestStaff(t *testing.T) {
	t.Parallel()
	o := newOffice(t)
	asha, ravi := o.as(o.signUp(t, "asha@shop.test")), o.signUp(t, "ravi@shop.test")
	asha = asha.in(asha.open(t, "Tea"))

	first := asha.invite(t, "Ravi@shop.test", "MANAGER")
	require.Equal(t, "ravi@shop.test", first.Invitation.Email)
	second := asha.invite(t, "ravi@shop.test", "PACKER")
	require.JSONEq(t, `{"data":{"store":{"staffInvitations":[{"email":"ravi@shop.test","role":"PACKER"}]}}}`,
		asha.ask(t, `{ store { staffInvitations { email role } } }`, nil).text)
	require.Contains(t, asha.ask(t, `query($id: ID!) { node(id: $id) { ... on StaffInvitation { role } } }`, map[string]any{"id": second.Invitation.ID}).text, "PACKER")
	require.Equal(t, []string{"input.token NOT_FOUND"}, o.as(ravi).ask(t, mutationText("staffInvitationAccept", ""), input("token", first.Token)).refusals(t, "staffInvitationAccept"),
		"a later invitation ends the earlier one")

	require.Equal(t, []string{"STORE_NOT_FOUND"}, o.as(ravi).in(asha.store).ask(t, `mutation { storePublish { userErrors { code } } }`, nil).codes())
	accepted := o.as(ravi).ask(t, mutationText("staffInvitationAccept", "role store { handle status }"), input("token", " "+second.Token+"\n"))
	require.JSONEq(t, `{"data":{"staffInvitationAccept":{"role":"PACKER","store":{"handle":"tea","status":"DRAFT"},"userErrors":[]}}}`, accepted.text)
	require.Equal(t, []string{"input.token NOT_FOUND"}, o.as(ravi).ask(t, mutationText("staffInvitationAccept", ""), input("token", second.Token)).refusals(t, "staffInvitationAccept"),
		"a token is good once")

	packer := o.as(ravi).in(asha.store)
	require.Equal(t, []string{"FORBIDDEN"}, packer.ask(t, `mutation { storePublish { userErrors { code } } }`, nil).codes())
	require.Equal(t, []string{"FORBIDDEN"}, packer.ask(t, `{ store { handle staff { id } } }`, nil).codes())
	staff := asha.staff(t)
	require.Len(t, staff, 2)
	require.Equal(t, "PACKER", staff["ravi@shop.test"].Role)
	nodeText := fmt.Sprintf(`{ node(id: %q) { id } }`, staff["ravi@shop.test"].ID)
	require.Contains(t, asha.ask(t, nodeText, nil).text, staff["ravi@shop.test"].ID)
	require.JSONEq(t, `{"data":{"node":null}}`, packer.ask(t, nodeText, nil).text, "what is denied looks as if there were none")
	require.JSONEq(t, `{"data":{"node":null}}`, o.as("").ask(t, nodeText, nil).text)

	var updated struct{ StaffMember member }
	asha.run(t, "staffRoleUpdate", map[string]any{"id": staff["ravi@shop.test"].ID, "role": "MANAGER"}, "staffMember { role }", &updated)
	require.Equal(t, "MANAGER", updated.StaffMember.Role)
	require.Empty(t, packer.ask(t, `mutation { storePublish { userErrors { code } } }`, nil).codes(), "the new role counts at once")

	var removed struct{ RemovedStaffMemberID string }
	asha.run(t, "staffRemove", map[string]any{"id": staff["ravi@shop.test"].ID}, "removedStaffMemberId", &removed)
	require.Equal(t, staff["ravi@shop.test"].ID, removed.RemovedStaffMemberID)
	require.Equal(t, []string{"STORE_NOT_FOUND"}, packer.ask(t, `mutation { storeUnpublish { userErrors { code } } }`, nil).codes(), "so does its end")
	require.JSONEq(t, `{"data":{"viewer":{"stores":[]}}}`, packer.ask(t, `{ viewer { stores { role } } }`, nil).text)
}

// input is the variables of a mutation.
func input(pairs ...any) map[string]any {
	in := map[string]any{}
	for i := 0; i < len(pairs); i += 2 {
		in[fmt.Sprint(pairs[i])] = pairs[i+1]
	}
	return map[string]any{"input": in}
}

// Everything that can be wrong with a change of staff, with path and code; and nothing is written.
func TestStaffRefusals(t *testing.T) {
	t.Parallel()
	o := newOffice(t)
	asha, ravi, meera := o.as(o.signUp(t, "asha@shop.test")), o.signUp(t, "ravi@shop.test"), o.signUp(t, "meera@shop.test")
	asha = asha.in(asha.open(t, "Tea"))
	other := o.as(meera)
	other = other.in(other.open(t, "Other"))
	asha.join(t, ravi, "ravi@shop.test", "MANAGER")
	foreign, own := other.staff(t)["meera@shop.test"].ID, asha.staff(t)
	foreignInvitation := other.invite(t, "x@shop.test", "PACKER")
	open := asha.invite(t, "someone@shop.test", "PACKER")
	key := asha.key(t, "staff:write", "catalog:read")
	before := o.dump(t)
	for _, c := range []struct {
		who      client
		mutation string
		input    map[string]any
		want     []string
	}{
		{asha, "staffInvite", input("email", "", "role", "PACKER"), []string{"input.email BLANK"}},
		{asha, "staffInvite", input("email", "no address", "role", "PACKER"), []string{"input.email INVALID"}},
		{asha, "staffInvite", input("email", strings.Repeat("x", 250)+"@shop.test", "role", "PACKER"), []string{"input.email TOO_LONG"}},
		{asha, "staffInvite", input("email", "ASHA@shop.test", "role", "PACKER"), []string{"input.email TAKEN"}},
		{key, "staffInvite", input("email", "", "role", "OWNER"), []string{"input.email BLANK", "input.role FORBIDDEN"}},
		{key, "staffInvite", input("email", "x@shop.test", "role", "PACKER"), []string{"input.role FORBIDDEN"}},
		{key, "staffRoleUpdate", input("id", own["ravi@shop.test"].ID, "role", "PACKER"), []string{"input.id FORBIDDEN", "input.role FORBIDDEN"}},
		{key, "staffRemove", input("id", own["ravi@shop.test"].ID), []string{"input.id FORBIDDEN"}},
		{asha, "staffRoleUpdate", input("id", own["asha@shop.test"].ID, "role", "MANAGER"), []string{"input.id LAST_OWNER"}},
		{asha, "staffRemove", input("id", own["asha@shop.test"].ID), []string{"input.id LAST_OWNER"}},
		{asha, "staffRoleUpdate", input("id", foreign, "role", "PACKER"), []string{"input.id NOT_FOUND"}},
		{asha, "staffRemove", input("id", foreign), []string{"input.id NOT_FOUND"}},
		{asha, "staffRemove", input("id", "gid://kirana/StaffMember/1/999"), []string{"input.id NOT_FOUND"}},
		{asha, "staffRemove", input("id", open.Invitation.ID), []string{"input.id NOT_FOUND"}},
		{asha, "staffRemove", input("id", "nonsense"), []string{"input.id NOT_FOUND"}},
		{asha, "staffInvitationRevoke", input("id", foreignInvitation.Invitation.ID), []string{"input.id NOT_FOUND"}},
		{asha, "staffInvitationRevoke", input("id", own["ravi@shop.test"].ID), []string{"input.id NOT_FOUND"}},
		{o.as(meera), "staffInvitationAccept", input("token", open.Token), []string{"input.token EMAIL_MISMATCH"}},
		{o.as(meera), "staffInvitationAccept", input("token", meera), []string{"input.token NOT_FOUND"}},
		{o.as(meera), "staffInvitationAccept", input("token", ""), []string{"input.token NOT_FOUND"}},
		{o.as(meera), "staffInvitationAccept", input("token", strings.Repeat("kin_", 1000)), []string{"input.token NOT_FOUND"}},
	} {
		require.Equal(t, c.want, c.who.ask(t, mutationText(c.mutation, ""), c.input).refusals(t, c.mutation), "%s %v", c.mutation, c.input)
	}
	require.Equal(t, []string{"FORBIDDEN"}, key.ask(t, mutationText("staffInvitationAccept", ""), input("token", open.Token)).codes(), "a key is nobody")
	require.Equal(t, before, o.dump(t))

	var gone struct{ RevokedInvitationID string }
	asha.run(t, "staffInvitationRevoke", map[string]any{"id": open.Invitation.ID}, "revokedInvitationId", &gone)
	someone := o.signUp(t, "someone@shop.test")
	require.Equal(t, []string{"input.token NOT_FOUND"}, o.as(someone).ask(t, mutationText("staffInvitationAccept", ""), input("token", open.Token)).refusals(t, "staffInvitationAccept"))

	// An invitation to somebody who came by another way meanwhile.
	late := asha.invite(t, "someone@shop.test", "OWNER")
	o.exec(t, `INSERT INTO store_staff (store_id, merchant_id, role) SELECT 1, id, 'PACKER' FROM merchants WHERE email = 'someone@shop.test'`)
	require.Equal(t, []string{"input.token TAKEN"}, o.as(someone).ask(t, mutationText("staffInvitationAccept", ""), input("token", late.Token)).refusals(t, "staffInvitationAccept"))
	o.exec(t, `UPDATE staff_invitations SET expires_at = now() WHERE email = 'someone@shop.test'`)
	o.exec(t, `DELETE FROM store_staff WHERE role = 'PACKER'`)
	require.Equal(t, []string{"input.token NOT_FOUND"}, o.as(someone).ask(t, mutationText("staffInvitationAccept", ""), input("token", late.Token)).refusals(t, "staffInvitationAccept"))
}

// A store has room for a hundred people and as many invitations.
func TestStaffIsLimited(t *testing.T) {
	t.Parallel()
	o := newOffice(t)
	asha, ravi := o.as(o.signUp(t, "asha@shop.test")), o.as(o.signUp(t, "ravi@shop.test"))
	asha = asha.in(asha.open(t, "Tea"))
	in := asha.invite(t, "ravi@shop.test", "PACKER")
	o.exec(t, `INSERT INTO staff_invitations (store_id, email, role, token_hash, created_at, expires_at)
		SELECT 1, n || '@shop.test', 'PACKER', sha256(n::text::bytea), now(), now() + interval '1 hour' FROM generate_series(1, 99) n`)
	require.Equal(t, []string{"TOO_MANY"}, asha.ask(t, mutationText("staffInvite", ""), input("email", "x@shop.test", "role", "PACKER")).refusals(t, "staffInvite"))
	in = asha.invite(t, in.Invitation.Email, "PACKER") // in the place of the one before
	o.exec(t, `INSERT INTO store_staff (store_id, merchant_id, role) SELECT 1, 1000 + n, 'PACKER' FROM generate_series(1, 99) n`)
	require.Equal(t, []string{"input.token TOO_MANY"}, ravi.ask(t, mutationText("staffInvitationAccept", ""), input("token", in.Token)).refusals(t, "staffInvitationAccept"))
	o.exec(t, `DELETE FROM store_staff WHERE merchant_id = 1001`)
	o.exec(t, `UPDATE staff_invitations SET expires_at = now() WHERE email <> 'ravi@shop.test'`)
	asha.invite(t, "x@shop.test", "PACKER")
	require.Equal(t, "2", o.cell(t, `SELECT count(*) FROM staff_invitations`), "what has expired makes room")
	var joined struct{ Role string }
	ravi.run(t, "staffInvitationAccept", map[string]any{"token": in.Token}, "role", &joined)
}

func (o *office) exec(t *testing.T, text string) {
	t.Helper()
	_, err := o.database.SQL.ExecContext(t.Context(), text)
	require.NoError(t, err)
}

func (o *office) cell(t *testing.T, text string) (cell string) {
	t.Helper()
	require.NoError(t, o.database.SQL.QueryRowContext(t.Context(), text).Scan(&cell))
	return cell
}

// dump is everything that the back room has written, as one text.
func (o *office) dump(t *testing.T) string {
	t.Helper()
	return o.dumpBut(t, "")
}

func (o *office) dumpBut(t *testing.T, left string) string {
	t.Helper()
	var text strings.Builder
	for _, table := range []string{"merchants", "stores", "store_staff", "staff_invitations", "api_keys", "sessions", "audit_log", "sign_in_throttles"} {
		if table == left {
			continue
		}
		// The last use of a token is noted by whatever it is used for.
		text.WriteString(o.cell(t, `SELECT coalesce(jsonb_agg(to_jsonb(x) - 'last_used_at' ORDER BY to_jsonb(x)::text), '[]')::text FROM `+table+` x`))
		text.WriteByte('\n')
	}
	return text.String()
}
