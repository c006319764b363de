package main

import (
	"net/http"
	"slices"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/kirana-commerce/kirana/db/dbtest"
)

func TestJudge(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		status int
		body   string
		want   verdict
		order  string
		wrong  bool
	}{
		"an order":               {200, `{"data":{"cartComplete":{"order":{"id":"o"},"userErrors":[]}}}`, ordered, "o", false},
		"sold out":               {200, `{"data":{"cartComplete":{"order":null,"userErrors":[{"code":"MERCHANDISE_OUT_OF_STOCK"}]}}}`, soldOut, "", false},
		"a fault that passes":    {200, `{"data":{"cartComplete":null},"errors":[{"extensions":{"code":"UNAVAILABLE"}}]}`, undecided, "", false},
		"another try is running": {200, `{"errors":[{"extensions":{"code":"IDEMPOTENCY_IN_PROGRESS"}}]}`, undecided, "", false},
		"busy":                   {http.StatusServiceUnavailable, `no time`, undecided, "", false},
		"another refusal":        {200, `{"data":{"cartComplete":{"order":null,"userErrors":[{"code":"PRICE_CHANGED"}]}}}`, undecided, "", true},
		"two refusals":           {200, `{"data":{"cartComplete":{"order":null,"userErrors":[{"code":"MERCHANDISE_OUT_OF_STOCK"},{"code":"INVALID"}]}}}`, undecided, "", true},
		"an order and a refusal": {200, `{"data":{"cartComplete":{"order":{"id":"o"},"userErrors":[{"code":"MERCHANDISE_OUT_OF_STOCK"}]}}}`, undecided, "", true},
		"another fault":          {200, `{"errors":[{"extensions":{"code":"UNAVAILABLE"}},{"extensions":{"code":"INTERNAL"}}]}`, undecided, "", true},
		"neither":                {200, `{"data":{"cartComplete":{"order":null,"userErrors":[]}}}`, undecided, "", true},
		"nothing":                {200, `{"data":null}`, undecided, "", true},
		"no JSON":                {200, `<html>`, undecided, "", true},
	} {
		got, order, err := judge(c.status, []byte(c.body))
		require.Equal(t, c.wrong, err != nil, "%s: %v", name, err)
		require.Equal(t, []any{c.want, c.order}, []any{got, order}, name)
	}
}

func TestKillsAreDue(t *testing.T) {
	t.Parallel()
	r := &race{buyers: 100, units: 2, kills: 4}
	for name, c := range map[string]struct {
		last, now raceProgress
		want      bool
	}{
		"nothing happened":                {raceProgress{}, raceProgress{}, false},
		"others were heard of":            {raceProgress{}, raceProgress{heard: 50}, false},
		"an order":                        {raceProgress{}, raceProgress{orders: 1}, true},
		"the same order":                  {raceProgress{kills: 1, orders: 1}, raceProgress{kills: 1, orders: 1, heard: 9}, false},
		"the last order":                  {raceProgress{kills: 1, orders: 1}, raceProgress{kills: 1, orders: 2}, true},
		"nothing is left":                 {raceProgress{kills: 2, orders: 2, heard: 10}, raceProgress{kills: 2, orders: 2, heard: 39}, false},
		"a third of the rest heard so":    {raceProgress{kills: 2, orders: 2, heard: 10}, raceProgress{kills: 2, orders: 2, heard: 40}, true},
		"half of the rest before the end": {raceProgress{kills: 3, orders: 2, heard: 40}, raceProgress{kills: 3, orders: 2, heard: 70}, true},
		"hardly anybody is left":          {raceProgress{kills: 2, orders: 2, heard: 99}, raceProgress{kills: 2, orders: 2, heard: 99}, false},
	} {
		require.Equal(t, c.want, r.due(c.last, c.now), name)
	}
}

func TestVerifyRace(t *testing.T) {
	t.Parallel()
	r := &race{buyers: 4, units: 2}
	decided := func(orders ...string) (all []decision) {
		for _, o := range orders {
			d := decision{verdict: soldOut}
			if o != "" {
				d = decision{verdict: ordered, order: o}
			}
			all = append(all, d)
		}
		return all
	}
	fine := raced{orders: 2, numbers: 2}
	require.NoError(t, r.verify(decided("a", "", "b", ""), fine))
	for want, c := range map[string]struct {
		decisions []decision
		outcome   raced
	}{
		"buyers who have an order: 3, not 2":                {decided("a", "b", "c", ""), fine},
		"orders that they have: 1, not 2":                   {decided("a", "a", "", ""), fine},
		"buyers who heard that it is sold out: 3, not 2":    {decided("a", "", "", ""), fine},
		"the race went wrong: orders: 3, not 2":             {decided("a", "b", "", ""), raced{orders: 3, numbers: 2}},
		"the race went wrong: numbers of orders: 1, not 2":  {decided("a", "b", "", ""), raced{orders: 2, numbers: 1}},
		"the race went wrong: units left: -1, not 0":        {decided("a", "b", "", ""), raced{orders: 2, numbers: 2, available: -1}},
		"the race went wrong: units that buyers see: 1":     {decided("a", "b", "", ""), raced{orders: 2, numbers: 2, shown: 1}},
		"the race went wrong: the least that there was: -1": {decided("a", "b", "", ""), raced{orders: 2, numbers: 2, least: -1}},
	} {
		require.ErrorContains(t, r.verify(c.decisions, c.outcome), want)
	}
	require.NoError(t, (&race{buyers: 1, units: 2}).verify(decided("a"), raced{orders: 1, numbers: 1, available: 1, shown: 1, least: 1}), "more units than buyers")
}

func TestTransactionOf(t *testing.T) {
	t.Parallel()
	say := func(session int, texts ...string) (all []statement) {
		for _, text := range texts {
			all = append(all, statement{text: text, session: session})
		}
		return all
	}
	before := say(1, "SELECT store", "BEGIN", "SELECT job", "COMMIT")
	got, err := transactionOf(slices.Concat(before, say(1, "BEGIN READ WRITE"), say(2, "BEGIN", "SELECT job"), say(1, "SELECT claim($1)", "INSERT"),
		say(2, "COMMIT"), say(1, "COMMIT"), say(1, "BEGIN", "COMMIT")), "claim")
	require.NoError(t, err)
	require.Equal(t, say(1, "BEGIN READ WRITE", "SELECT claim($1)", "INSERT", "COMMIT"), got)
	for _, none := range [][]statement{before, say(1, "SELECT claim($1)", "COMMIT"), say(1, "BEGIN", "SELECT claim($1)", "ROLLBACK")} {
		_, err = transactionOf(none, "claim")
		require.Error(t, err)
	}
}

func TestTransactionScript(t *testing.T) {
	t.Parallel()
	s := newTransactionScript("\\set n :n + 1\n", []varying{
		{heard: "71", text: ":cart::text", number: ":cart"},
		{heard: "81", text: ":id::text", number: ":id"},
		{heard: `\xab`, text: "('hash')"},
	})
	s.add(1, statement{text: "BEGIN"}, nil, ";")
	s.add(2, statement{text: " SELECT $2::bigint[], $1, $1", parameters: []string{"71", "{71,81}"}}, []string{"int8", "_int8"}, ` \gset`)
	s.add(3, statement{text: "SELECT $1, $2, $3, $4", parameters: []string{`{"id":81}`, "", "", `\xab`}, null: map[int]bool{2: true}},
		[]string{"jsonb", "text", "bpchar", "bytea"}, ";")
	require.Equal(t, `\set n :n + 1
BEGIN;
SELECT (:s2p2x0::text || :cart::text || :s2p2x2::text || :id::text || :s2p2x4::text)::_int8::bigint[], :cart::int8, :cart::int8 \gset
SELECT (:s3p1x0::text || :id::text || :s3p1x2::text)::jsonb, ('')::text, NULL::bpchar, (('hash'))::bytea;
`, s.text.String())
	require.Equal(t, []string{
		"-D", "s2p2x0={", "-D", "s2p2x2=,", "-D", "s2p2x4=}", "-D", `s3p1x0={"id":`, "-D", "s3p1x2=}",
	}, s.variables)
}

func TestParameterTypes(t *testing.T) {
	t.Parallel()
	conn, err := dbtest.New(t).SQL.Conn(t.Context())
	require.NoError(t, err)
	defer conn.Close() //nolint:errcheck // it goes back to the pool
	types, err := parameterTypes(t.Context(), conn, statement{
		text: "SELECT id FROM stores WHERE id = $1 AND currency = $2 AND handle = ANY($3)", parameters: []string{"1", "INR", "{}"},
	})
	require.NoError(t, err)
	require.Equal(t, []string{"int8", "bpchar", "_text"}, types)
	types, err = parameterTypes(t.Context(), conn, statement{text: "COMMIT"})
	require.NoError(t, err)
	require.Empty(t, types)
	_, err = parameterTypes(t.Context(), conn, statement{text: "SELECT no_such_column FROM stores WHERE id = $1", parameters: []string{"1"}})
	require.ErrorContains(t, err, "no_such_column")
}
