package main

import (
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

	again := struct{ Token string }{}
	o.as("").run(t, "merchantSignIn", map[string]any{"email": "ASHA@shop.test", "password": goodPassword}, "token expiresAt merchant { id }", &again)
	require.NotEqual(t, token, again.Token)
	require.JSONEq(t, `{"data":{"storePublish":{"userErrors":[]}}}`, o.as(again.Token).in(handle).ask(t, `mutation { storePublish { userErrors { code } } }`, nil).text)
}
