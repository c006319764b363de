package main

import (
	"encoding/json"
	"fmt"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

// An owner of one store tries everything on another's: as the current store, by its handle, and by the ids of its things. Nothing
// is seen, nothing changes, and what is denied looks as if it were not there.
func TestAnotherStoreIsOutOfReach(t *testing.T) {
	t.Parallel()
	o := newOffice(t)
	meera := o.as(o.signUp(t, "meera@shop.test"))
	meera = meera.in(meera.open(t, "Mine"))
	asha := o.as(o.signUp(t, "asha@shop.test"))
	asha = asha.in(asha.open(t, "Theirs"))
	o.signUp(t, "ravi@shop.test")
	member, invitation, key := asha.staff(t)["asha@shop.test"], asha.invite(t, "ravi@shop.test", "PACKER"), asha.issue(t, "catalog:read", "staff:write")
	hook := asha.hook(t, "https://hooks.example.com/", "order.created")
	rule := asha.rule(t, map[string]any{"title": "Private", "boosts": []any{map[string]any{"field": "TAG", "value": "x", "factor": 2}}})
	ids := []string{member.ID, invitation.Invitation.ID, key.APIKey.ID, hook.WebhookSubscription.ID, rule}
	program := meera.key(t, "catalog:read", "catalog:write", "search:write", "staff:write")
	o.exec(t, `UPDATE api_keys SET last_used_at = now() + interval '1 day'`)
	before := o.dump(t)

	mutations := map[string]map[string]any{
		"storeUpdate":           input("name", "Stolen"),
		"staffInvite":           input("email", "x@shop.test", "role", "PACKER"),
		"staffInvitationRevoke": input("id", invitation.Invitation.ID),
		"staffRoleUpdate":       input("id", member.ID, "role", "PACKER"),
		"staffRemove":           input("id", member.ID),
		"apiKeyCreate":          input("name", "x", "scopes", []string{"catalog:read"}),
		"apiKeyRotate":          input("id", key.APIKey.ID),
		"apiKeyRevoke":          input("id", key.APIKey.ID),

		"webhookSubscriptionCreate": input("url", "https://hooks.example.com/x"),
		"webhookSubscriptionDelete": input("id", hook.WebhookSubscription.ID),

		"searchFacetsSet":   input("filters", []string{"filter.p.tag"}),
		"searchSynonymsSet": input("rules", []string{"a, b"}),
		"searchRuleDelete":  input("id", rule),
	}
	private := []string{
		`staff { id }`, `staffInvitations { id }`, `apiKeys(first: 1) { nodes { id } }`, `auditLog(first: 1) { nodes { action } }`,
		`webhookSubscriptions { url }`, `searchRules { title }`, `searchSynonyms { rules }`, `searchFacets { filters }`, `searchAnalytics { searches }`,
	}
	for _, published := range []bool{false, true} {
		if published {
			require.Empty(t, asha.ask(t, `mutation { storePublish { userErrors { code } } }`, nil).codes())
			o.exec(t, `DELETE FROM audit_log WHERE action = 'storePublish'`)
			before = o.dump(t)
		}
		for _, who := range []client{meera, program} {
			for mutation, variables := range mutations {
				require.Equal(t, []string{"STORE_NOT_FOUND"}, who.in("theirs").ask(t, mutationText(mutation, ""), variables).codes(), mutation)
				if strings.Contains(fmt.Sprint(variables), "gid://") {
					require.Equal(t, []string{"input.id NOT_FOUND"}, who.ask(t, mutationText(mutation, ""), variables).refusals(t, mutation), mutation)
				}
			}
			for _, field := range private {
				r := who.ask(t, `{ store(handle: "theirs") { `+field+` } }`, nil)
				if !published {
					require.JSONEq(t, `{"data":{"store":null}}`, r.text)
					continue
				}
				require.Equal(t, []string{"FORBIDDEN"}, r.codes(), field)
				require.NotContains(t, r.text, "shop.test")
			}
			list, err := json.Marshal(ids)
			require.NoError(t, err)
			for _, current := range []string{"", "mine"} {
				require.JSONEq(t, `{"data":{"nodes":[null,null,null,null,null]}}`, who.in(current).ask(t, `{ nodes(ids: `+string(list)+`) { id } }`, nil).text)
			}
		}
	}
	require.Equal(t, before, o.dump(t))
}

// What was shown once stands nowhere in the database, nor in the log: neither tokens nor passwords.
func TestSecretsAreNotKept(t *testing.T) {
	t.Parallel()
	o := newOffice(t)
	session := o.signUp(t, "asha@shop.test")
	asha := o.as(session)
	asha = asha.in(asha.open(t, "Tea"))
	made := asha.issue(t, "catalog:read")
	var rotated issued
	asha.run(t, "apiKeyRotate", map[string]any{"id": made.APIKey.ID, "overlapSeconds": 60}, keyFields, &rotated)
	invitation := asha.invite(t, "ravi@shop.test", "PACKER")
	o.as("").from("203.0.113.9").ask(t, mutationText("merchantSignIn", ""), input("email", "guessed@shop.test", "password", "wrong horse battery"))
	o.as(session+"x").ask(t, `{ viewer { merchant { id } } }`, nil)
	dump, log := o.dump(t), o.log.String()
	require.NotEmpty(t, log)
	for _, secret := range []string{session, made.Secret, rotated.Secret, invitation.Token, goodPassword, "wrong horse battery"} {
		for _, kept := range []string{dump, log} {
			require.NotContains(t, kept, secret)
			require.NotContains(t, kept, secret[12:], "nor the secret part of it")
			require.NotContains(t, kept, fmt.Sprintf("%x", secret))
		}
	}
	require.NotContains(t, dump, "guessed@shop.test", "who failed to sign in is not written down by name")
	require.Contains(t, dump, made.Secret[:10], "the dump is of what is kept")
	require.Contains(t, dump, "$argon2id$")
}

// The audit log tells who changed what, the newest first, page by page.
func TestAuditLog(t *testing.T) {
	t.Parallel()
	o := newOffice(t)
	asha := o.as(o.signUp(t, "asha@shop.test"))
	asha = asha.in(asha.open(t, "Tea"))
	made := asha.issue(t, "staff:write", "catalog:read")
	program := o.as(made.Secret).in(asha.store)
	program.issue(t, "catalog:read")
	require.NotEmpty(t, program.ask(t, mutationText("staffInvite", ""), input("email", "x@shop.test", "role", "OWNER")).refusals(t, "staffInvite"))
	o.exec(t, `INSERT INTO audit_log (store_id, action) VALUES (1, 'import'), (2, 'import')`)

	type entry struct {
		Actor, Subject *string
		Action, Detail string
	}
	var entries []entry
	var after *string
	for more := true; more; {
		var list struct {
			AuditLog struct {
				Nodes    []entry
				PageInfo struct {
					EndCursor   *string
					HasNextPage bool
				}
			}
		}
		asha.ask(t, `query($after: String) { store { auditLog(first: 2, after: $after) { nodes { actor subject action detail } pageInfo { endCursor hasNextPage } } } }`,
			map[string]any{"after": after}).field(t, "store", &list)
		entries = append(entries, list.AuditLog.Nodes...)
		after, more = list.AuditLog.PageInfo.EndCursor, list.AuditLog.PageInfo.HasNextPage
	}
	require.Len(t, entries, 4, "what was refused is not in it, nor what belongs to another store")
	require.Equal(t, entry{Action: "import", Detail: "{}"}, entries[0], "the operator has no name")
	require.Equal(t, "apiKeyCreate", entries[1].Action)
	require.Equal(t, "till ("+made.APIKey.Prefix+"…)", *entries[1].Actor)
	require.Equal(t, entry{Actor: new("Merchant"), Subject: &made.APIKey.ID, Action: "apiKeyCreate", Detail: entries[2].Detail}, entries[2])
	require.JSONEq(t, `{"name":"till","prefix":"`+made.APIKey.Prefix+`","scopes":["staff:write","catalog:read"]}`, entries[2].Detail)
	require.Equal(t, "storeCreate", entries[3].Action)
}
