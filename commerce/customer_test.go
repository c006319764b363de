package commerce_test

import (
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/kirana-commerce/kirana/commerce"
)

// An order is over when neither goods nor money are owed.
func TestOrderProgress(t *testing.T) {
	t.Parallel()
	over := map[commerce.OrderProgress]bool{
		{Financial: commerce.FinancialPending, Open: 2}:                            false,
		{Financial: commerce.FinancialPending}:                                     false, // cash on delivery that nobody has brought yet
		{Financial: commerce.FinancialAuthorized}:                                  false,
		{Financial: commerce.FinancialPaid, Open: 1}:                               false,
		{Financial: commerce.FinancialPaid}:                                        true,
		{Financial: commerce.FinancialPartiallyRefunded, Open: 1}:                  false,
		{Financial: commerce.FinancialPartiallyRefunded}:                           true,
		{Financial: commerce.FinancialRefunded, Open: 1}:                           true,
		{Financial: commerce.FinancialVoided}:                                      true,
		{Financial: commerce.FinancialPending, Cancelled: true}:                    true,
		{Financial: commerce.FinancialPaid, Cancelled: true, Open: 1}:              true,
		{Financial: commerce.FinancialPartiallyRefunded, Cancelled: true, Open: 1}: true,
	}
	seen := map[commerce.FinancialStatus]bool{}
	for p, want := range over {
		require.Equal(t, want, p.Over(), "%+v", p)
		seen[p.Financial] = true
	}
	require.Len(t, seen, len(commerce.FinancialStatuses()))
}

func TestNewCustomerContact(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		email, phone *string
		argument     string
	}{
		"nobody":    {nil, nil, "email"},
		"no e-mail": {new("asha"), nil, "email"},
		"no phone":  {new("asha@example.com"), new("call me"), "phone"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			_, err := commerce.NewCustomerContact(c.email, c.phone)
			var bad *commerce.Error
			require.ErrorAs(t, err, &bad)
			require.Equal(t, commerce.CodeBadUserInput, bad.Code)
			require.Equal(t, c.argument, bad.Argument)
		})
	}
	who, err := commerce.NewCustomerContact(new(" Asha@Example.com "), new("+91 98765 43210"))
	require.NoError(t, err)
	require.Equal(t, commerce.CustomerContact{Email: "asha@example.com", Phone: "+919876543210"}, who)
}
