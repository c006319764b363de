package main

import (
	"testing"

	"github.com/stretchr/testify/require"
)

// Who opens a store sees all of it in the same answer.
func TestStoreIsItsOwnersAtOnce(t *testing.T) {
	t.Parallel()
	o := newOffice(t)
	asha := o.as(o.signUp(t, "asha@shop.test"))
	r := asha.ask(t, mutationText("storeCreate", "store { name locations(first: 5) { nodes { name } } staff { name } paymentSettings { holdHours } }"), object{"input": object{"name": "Tea", "currencyCode": "INR"}})
	require.Empty(t, r.codes(), r.text)
	require.Contains(t, r.text, `"locations":{"nodes":[{"name":`)
}
