package commerce_test

import (
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/kirana-commerce/kirana/commerce"
)

func TestAddressEdit(t *testing.T) {
	t.Parallel()
	india, long := commerce.CountryCode("IN"), strings.Repeat("क", 256)
	before := commerce.MailingAddress{Address1: new("7 MG Road"), City: new("Kochi"), Country: &india}
	for name, c := range map[string]struct {
		in   commerce.MailingAddressInput
		want commerce.MailingAddress
		code commerce.RefusalCode
	}{
		"nothing":           {want: before},
		"a part":            {in: commerce.MailingAddressInput{City: new(" Aluva ")}, want: commerce.MailingAddress{Address1: before.Address1, City: new("Aluva"), Country: &india}},
		"a part less":       {in: commerce.MailingAddressInput{City: new(" ")}, want: commerce.MailingAddress{Address1: before.Address1, Country: &india}},
		"as long as may be": {in: commerce.MailingAddressInput{City: new(long[3:])}, want: commerce.MailingAddress{Address1: before.Address1, City: new(long[3:]), Country: &india}},
		"too long":          {in: commerce.MailingAddressInput{City: &long}, code: commerce.RefusalTooLong},
		"no text":           {in: commerce.MailingAddressInput{Zip: new("a\x00")}, code: commerce.RefusalInvalid},
		"no number":         {in: commerce.MailingAddressInput{Phone: new("call me")}, code: commerce.RefusalInvalid},
	} {
		after, err := before.Edit([]any{"address"}, &c.in)
		if c.code == "" {
			require.NoError(t, err, name)
			require.Equal(t, &c.want, after, name)
			continue
		}
		refusals, _ := commerce.RefusalsOf(err)
		require.Len(t, refusals, 1, name)
		require.Equal(t, c.code, refusals[0].Code, name)
	}
	_, err := (&commerce.MailingAddress{City: new("Kochi"), Saved: &commerce.GlobalID{}}).Edit(nil, &commerce.MailingAddressInput{City: new("")})
	refusals, _ := commerce.RefusalsOf(err)
	require.Equal(t, commerce.RefusalBlank, refusals[0].Code, "an address says something")
}

func TestCustomerUpdateCheck(t *testing.T) {
	t.Parallel()
	in := commerce.CustomerUpdateInput{FirstName: new(" Asha "), LastName: new(" ")}
	require.NoError(t, in.Check())
	require.Equal(t, commerce.CustomerUpdateInput{FirstName: new("Asha"), LastName: new("")}, in)
	for text, code := range map[string]commerce.RefusalCode{"a\x00": commerce.RefusalInvalid, strings.Repeat("क", 256): commerce.RefusalTooLong} {
		refusals, _ := commerce.RefusalsOf((&commerce.CustomerUpdateInput{LastName: &text}).Check())
		require.Len(t, refusals, 1)
		require.Equal(t, code, refusals[0].Code)
		require.Equal(t, []string{"customer", "lastName"}, refusals[0].Field)
	}
}
