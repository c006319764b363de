package payment

import (
	"strings"

	"github.com/stripe/stripe-go/v82"

	"github.com/kirana-commerce/kirana/commerce"
)

// stripeDigits is how many decimal digits Stripe counts a currency in, which is as ISO 4217 has it but for a few
// (https://docs.stripe.com/currencies): crowns of Iceland and shillings of Uganda have two, that have to be zero; ariary have none.
func stripeDigits(c commerce.Currency) int {
	switch c {
	case "ISK", "UGX":
		return 2
	case "MGA":
		return 0
	}
	return c.Digits()
}

// toStripe is an amount as Stripe counts it. A *commerce.CardRefusal where there is none: of currencies with three digits Stripe takes no
// thousandths, and of others nothing smaller than its unit.
func toStripe(m commerce.Money) (int64, error) {
	ours, theirs := m.Currency.Digits(), stripeDigits(m.Currency)
	amount := m.Minor
	for ; ours < theirs; ours++ {
		amount *= 10
	}
	for ; ours > theirs; ours-- {
		if amount%10 != 0 {
			return 0, cannotPay("cards pay whole units of " + string(m.Currency) + " alone.")
		}
		amount /= 10
	}
	if theirs == 3 && amount%10 != 0 {
		return 0, cannotPay("cards pay no thousandths of " + string(m.Currency) + ".")
	}
	return amount, nil
}

// fromStripe is an amount that Stripe tells of. One that the currency cannot have, because it has too many digits, is in none: it equals
// nothing that was asked for.
func fromStripe(amount int64, currency stripe.Currency) commerce.Money {
	m := commerce.Money{Minor: amount, Currency: commerce.Currency(strings.ToUpper(string(currency)))}
	ours, theirs := m.Currency.Digits(), stripeDigits(m.Currency)
	for ; theirs < ours; theirs++ {
		m.Minor *= 10
	}
	for ; theirs > ours; theirs-- {
		if m.Minor%10 != 0 {
			return commerce.Money{Minor: amount, Currency: "XXX"}
		}
		m.Minor /= 10
	}
	return m
}

func cannotPay(why string) error { return &commerce.CardRefusal{Message: why, Shown: why} }
