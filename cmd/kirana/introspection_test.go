package main

import (
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/kirana-commerce/kirana/internal/config"
)

// Who may read the schema, by the setting and by who asks; also once the document is known.
func TestWhoMayIntrospect(t *testing.T) {
	t.Parallel()
	for mode, may := range map[string]struct{ anybody, known bool }{
		"always":    {true, true},
		"signed-in": {false, true},
		"never":     {false, false},
	} {
		t.Run(mode, func(t *testing.T) {
			t.Parallel()
			o := newOffice(t, func(c *config.Config) { c.Introspection = mode })
			asha := o.as(o.signUp(t, "asha@shop.test"))
			key := asha.in(asha.open(t, "Tea")).key(t, "catalog:read")
			for range 2 {
				for _, c := range []struct {
					who client
					may bool
				}{{o.as(""), may.anybody}, {asha, may.known}, {key, may.known}, {o.as(""), may.anybody}} {
					r := c.who.ask(t, `{ ...A } fragment A on Query { __schema { queryType { name } } }`, nil)
					if c.may {
						require.JSONEq(t, `{"data":{"__schema":{"queryType":{"name":"Query"}}}}`, r.text)
						continue
					}
					require.Equal(t, []string{"GRAPHQL_VALIDATION_FAILED"}, r.codes())
					require.Contains(t, r.text, "Introspection is off")
				}
			}
			require.Empty(t, o.as("").ask(t, `{ __typename }`, nil).codes(), "a type's name is no secret")
			require.Equal(t, may.anybody, strings.Contains(o.as("").ask(t, `{ stor { id } }`, nil).text, "Did you mean"))
		})
	}
}
