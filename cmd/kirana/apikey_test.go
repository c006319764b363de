package main

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

// issued is an API key as its maker sees it once.
type issued struct {
	Secret string
	APIKey struct {
		ID, Name, Prefix                 string
		Scopes                           []string
		LastUsedAt, ExpiresAt, RevokedAt *time.Time
	}
}

const keyFields = "secret apiKey { id name prefix scopes lastUsedAt expiresAt revokedAt }"

func (c client) issue(t *testing.T, scopes ...string) issued {
	t.Helper()
	var made issued
	c.run(t, "apiKeyCreate", map[string]any{"name": "till", "scopes": scopes}, keyFields, &made)
	return made
}

// key is a program with a key of the client's store.
func (c client) key(t *testing.T, scopes ...string) client {
	t.Helper()
	return c.as(c.issue(t, scopes...).Secret).in(c.store)
}

// A key from the day it is made to its end, with a rotation in between.
func TestAPIKeys(t *testing.T) {
	t.Parallel()
	o := newOffice(t)
	asha := o.as(o.signUp(t, "asha@shop.test"))
	asha = asha.in(asha.open(t, "Tea"))
	made := asha.issue(t, "catalog:write", "catalog:read")
	require.Equal(t, made.Secret[:10], made.APIKey.Prefix)
	require.Nil(t, made.APIKey.LastUsedAt)
	till := o.as(made.Secret).in(asha.store)
	require.JSONEq(t, `{"data":{"viewer":{"merchant":null,"apiKey":{"name":"till"},"sessions":[],
		"stores":[{"role":null,"scopes":["catalog:write","catalog:read"],"store":{"handle":"tea"}}]}}}`,
		till.ask(t, `{ viewer { merchant { id } apiKey { name } sessions { id } stores { role scopes store { handle } } } }`, nil).text)
	require.Empty(t, till.ask(t, `mutation { storePublish { userErrors { code } } }`, nil).codes())
	require.Equal(t, []string{"FORBIDDEN"}, till.ask(t, `{ store { apiKeys(first: 1) { nodes { id } } } }`, nil).codes())
	require.JSONEq(t, `{"data":{"node":null}}`, till.ask(t, fmt.Sprintf(`{ node(id: %q) { id } }`, made.APIKey.ID), nil).text)
	var node struct{ LastUsedAt *time.Time }
	asha.ask(t, fmt.Sprintf(`{ node(id: %q) { ... on ApiKey { lastUsedAt } } }`, made.APIKey.ID), nil).field(t, "node", &node)
	require.WithinDuration(t, time.Now(), *node.LastUsedAt, time.Minute)

	var rotated issued
	asha.run(t, "apiKeyRotate", map[string]any{"id": made.APIKey.ID, "overlapSeconds": 3600}, keyFields, &rotated)
	require.NotEqual(t, made.Secret, rotated.Secret)
	require.Equal(t, made.APIKey.ID, rotated.APIKey.ID)
	for _, secret := range []string{made.Secret, rotated.Secret} {
		require.Equal(t, 200, o.as(secret).ask(t, `{ viewer { apiKey { id } } }`, nil).status, "both are good for a while")
	}
	o.exec(t, `UPDATE api_keys SET previous_expires_at = now()`)
	require.Equal(t, 401, till.ask(t, `{ viewer { apiKey { id } } }`, nil).status, "and then one")
	made, rotated = rotated, issued{}
	asha.run(t, "apiKeyRotate", map[string]any{"id": made.APIKey.ID}, keyFields, &rotated)
	require.Equal(t, 401, o.as(made.Secret).ask(t, `{ viewer { apiKey { id } } }`, nil).status, "without an overlap the old one ends at once")
	require.Equal(t, 200, o.as(rotated.Secret).ask(t, `{ viewer { apiKey { id } } }`, nil).status)

	asha.run(t, "apiKeyRotate", map[string]any{"id": made.APIKey.ID, "overlapSeconds": 3600}, keyFields, &made)
	var revoked, again issued
	asha.run(t, "apiKeyRevoke", map[string]any{"id": made.APIKey.ID}, "apiKey { revokedAt }", &revoked)
	for _, secret := range []string{made.Secret, rotated.Secret} {
		r := o.as(secret).ask(t, `{ viewer { apiKey { id } } }`, nil)
		require.Equal(t, 401, r.status, "revoked is revoked, with the token before")
		require.Equal(t, []string{"UNAUTHENTICATED"}, r.codes())
	}
	asha.run(t, "apiKeyRevoke", map[string]any{"id": made.APIKey.ID}, "apiKey { revokedAt }", &again)
	require.Equal(t, revoked, again)
	require.Equal(t, []string{"input.id INACTIVE"}, asha.ask(t, mutationText("apiKeyRotate", ""), input("id", made.APIKey.ID)).refusals(t, "apiKeyRotate"))

	var expiring issued
	asha.run(t, "apiKeyCreate", map[string]any{"name": "x", "scopes": []string{"catalog:read"}, "expiresAt": time.Now().Add(time.Hour).UTC().Format(time.RFC3339)}, keyFields, &expiring)
	require.Equal(t, 200, o.as(expiring.Secret).ask(t, `{ viewer { apiKey { id } } }`, nil).status)
	o.exec(t, `UPDATE api_keys SET expires_at = now() WHERE name = 'x'`)
	require.Equal(t, 401, o.as(expiring.Secret).ask(t, `{ viewer { apiKey { id } } }`, nil).status)

	var page struct {
		APIKeys struct {
			Nodes    []struct{ Name string }
			PageInfo struct {
				EndCursor   string
				HasNextPage bool
			}
		}
	}
	asha.ask(t, `{ store { apiKeys(first: 1) { nodes { name } pageInfo { endCursor hasNextPage } } } }`, nil).field(t, "store", &page)
	require.Equal(t, "x", page.APIKeys.Nodes[0].Name, "the newest first")
	require.True(t, page.APIKeys.PageInfo.HasNextPage)
	asha.ask(t, `query($after: String) { store { apiKeys(first: 1, after: $after) { nodes { name } pageInfo { endCursor hasNextPage } } } }`,
		map[string]any{"after": page.APIKeys.PageInfo.EndCursor}).field(t, "store", &page)
	require.Equal(t, "till", page.APIKeys.Nodes[0].Name)
	require.False(t, page.APIKeys.PageInfo.HasNextPage)
}

func TestAPIKeyRefusals(t *testing.T) {
	t.Parallel()
	o := newOffice(t)
	asha, meera := o.as(o.signUp(t, "asha@shop.test")), o.as(o.signUp(t, "meera@shop.test"))
	asha, meera = asha.in(asha.open(t, "Tea")), meera.in(meera.open(t, "Other"))
	full, foreign := asha.issue(t, "catalog:read", "catalog:write", "staff:write"), meera.issue(t, "catalog:read")
	lesser := asha.key(t, "staff:write", "catalog:read")
	o.exec(t, `UPDATE api_keys SET last_used_at = now() + interval '1 day'`)
	before := o.dump(t)
	for _, c := range []struct {
		who      client
		mutation string
		input    map[string]any
		want     []string
	}{
		{asha, "apiKeyCreate", input("name", " ", "scopes", []string{}), []string{"input.name BLANK", "input.scopes BLANK"}},
		{asha, "apiKeyCreate", input("name", strings.Repeat("x", 256), "scopes", []string{"catalog:read"}), []string{"input.name TOO_LONG"}},
		{asha, "apiKeyCreate", input("name", "a\tb", "scopes", []string{"catalog:read"}), []string{"input.name INVALID"}},
		{asha, "apiKeyCreate", input("name", "x", "scopes", []string{"catalog:read", "world:write", "catalog:read"}), []string{"input.scopes.1 INVALID", "input.scopes.2 DUPLICATE"}},
		{asha, "apiKeyCreate", input("name", "x", "scopes", make([]string, 12)), []string{"input.scopes TOO_MANY"}},
		{asha, "apiKeyCreate", input("name", "x", "scopes", []string{"catalog:read"}, "expiresAt", "2020-01-01T00:00:00Z"), []string{"input.expiresAt INVALID"}},
		{lesser, "apiKeyCreate", input("name", "x", "scopes", []string{"catalog:read", "orders:write"}), []string{"input.scopes.1 FORBIDDEN"}},
		{lesser, "apiKeyRotate", input("id", full.APIKey.ID), []string{"input.id FORBIDDEN"}},
		{asha, "apiKeyRotate", input("id", full.APIKey.ID, "overlapSeconds", -1), []string{"input.overlapSeconds INVALID"}},
		{asha, "apiKeyRotate", input("id", full.APIKey.ID, "overlapSeconds", 2592001), []string{"input.overlapSeconds INVALID"}},
		{asha, "apiKeyRotate", input("id", foreign.APIKey.ID), []string{"input.id NOT_FOUND"}},
		{asha, "apiKeyRotate", input("id", "gid://kirana/ApiKey/1/999"), []string{"input.id NOT_FOUND"}},
		{asha, "apiKeyRevoke", input("id", foreign.APIKey.ID), []string{"input.id NOT_FOUND"}},
		{asha, "apiKeyRevoke", input("id", "nonsense"), []string{"input.id NOT_FOUND"}},
	} {
		require.Equal(t, c.want, c.who.ask(t, mutationText(c.mutation, ""), c.input).refusals(t, c.mutation), "%s %v", c.mutation, c.input)
	}
	require.Equal(t, before, o.dump(t))

	o.exec(t, `INSERT INTO api_keys (store_id, name, prefix, token_hash, scopes) SELECT 1, n::text, 'kak_', sha256(n::text::bytea), '{}' FROM generate_series(1, 98) n`)
	require.Equal(t, []string{"TOO_MANY"}, asha.ask(t, mutationText("apiKeyCreate", ""), input("name", "x", "scopes", []string{"catalog:read"})).refusals(t, "apiKeyCreate"))
	o.exec(t, `UPDATE api_keys SET revoked_at = now() WHERE name = '1'`)
	require.NotEmpty(t, lesser.issue(t, "catalog:read").Secret)
}
