package payment //nolint:testpackage // how Stripe counts is nobody else's business

import (
	"testing"

	"github.com/stretchr/testify/require"
	"github.com/stripe/stripe-go/v82"

	"github.com/kirana-commerce/kirana/commerce"
)

func TestAmounts(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		money  commerce.Money
		stripe int64
		no     bool
	}{
		"two digits":                         {money: commerce.Money{Minor: 12050, Currency: "INR"}, stripe: 12050},
		"none":                               {money: commerce.Money{Minor: 500, Currency: "JPY"}, stripe: 500},
		"none, and two at Stripe":            {money: commerce.Money{Minor: 500, Currency: "UGX"}, stripe: 50000},
		"none, and two at Stripe, crowns":    {money: commerce.Money{Minor: 7, Currency: "ISK"}, stripe: 700},
		"two, and none at Stripe":            {money: commerce.Money{Minor: 50000, Currency: "MGA"}, stripe: 500},
		"two, and none at Stripe, parts":     {money: commerce.Money{Minor: 50020, Currency: "MGA"}, no: true},
		"three digits":                       {money: commerce.Money{Minor: 1230, Currency: "KWD"}, stripe: 1230},
		"three digits, the last more than 0": {money: commerce.Money{Minor: 1234, Currency: "KWD"}, no: true},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			amount, err := toStripe(c.money)
			if c.no {
				require.ErrorAs(t, err, new(*commerce.CardRefusal))
				return
			}
			require.NoError(t, err)
			require.Equal(t, c.stripe, amount)
			require.Equal(t, c.money, fromStripe(amount, stripe.Currency(c.money.Currency)))
		})
	}
	require.NotEqual(t, commerce.Currency("UGX"), fromStripe(50050, "ugx").Currency, "there is no such amount")
}
