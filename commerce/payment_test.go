package commerce_test

import (
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/kirana-commerce/kirana/commerce"
)

func TestPaymentSettingsRefusals(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		currency commerce.Currency
		in       commerce.PaymentSettingsSetInput
		want     []string
	}{
		"nothing":             {"INR", commerce.PaymentSettingsSetInput{HoldHours: 24}, nil},
		"another currency":    {"USD", commerce.PaymentSettingsSetInput{UPIID: new("shop@bank"), PayeeName: new("Shop"), HoldHours: 24}, []string{"input.upiId INVALID"}},
		"no bank":             {"INR", commerce.PaymentSettingsSetInput{UPIID: new("shop"), PayeeName: new("Shop"), HoldHours: 24}, []string{"input.upiId INVALID"}},
		"a parameter":         {"INR", commerce.PaymentSettingsSetInput{UPIID: new("shop@bank&am=1"), PayeeName: new("Shop"), HoldHours: 24}, []string{"input.upiId INVALID"}},
		"two lines":           {"INR", commerce.PaymentSettingsSetInput{UPIID: new("shop@bank\nx@y"), PayeeName: new("Shop"), HoldHours: 24}, []string{"input.upiId INVALID"}},
		"an e-mail address":   {"INR", commerce.PaymentSettingsSetInput{UPIID: new("shop@bank.example"), PayeeName: new("Shop"), HoldHours: 24}, []string{"input.upiId INVALID"}},
		"nobody's account":    {"INR", commerce.PaymentSettingsSetInput{UPIID: new("shop@bank"), PayeeName: new(" "), HoldHours: 24}, []string{"input.payeeName BLANK"}},
		"a long name":         {"INR", commerce.PaymentSettingsSetInput{PayeeName: new(strings.Repeat("x", 100)), HoldHours: 24}, []string{"input.payeeName TOO_LONG"}},
		"a zero byte":         {"INR", commerce.PaymentSettingsSetInput{Instructions: new("a\x00b"), HoldHours: 24}, []string{"input.instructions INVALID"}},
		"a long text":         {"INR", commerce.PaymentSettingsSetInput{Instructions: new(strings.Repeat("x", 2001)), HoldHours: 24}, []string{"input.instructions TOO_LONG"}},
		"no time":             {"INR", commerce.PaymentSettingsSetInput{}, []string{"input.holdHours INVALID"}},
		"more than two weeks": {"INR", commerce.PaymentSettingsSetInput{HoldHours: 337}, []string{"input.holdHours INVALID"}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			_, err := c.in.Settings(&commerce.Store{ID: 1, Currency: c.currency})
			refusals, _ := commerce.RefusalsOf(err)
			var got []string
			for _, r := range refusals {
				got = append(got, strings.Join(r.Field, ".")+" "+string(r.Code))
			}
			require.Equal(t, c.want, got)
		})
	}
}

// Who has yet to pay by transfer is told how; nobody else is.
func TestPaymentInstructions(t *testing.T) {
	t.Parallel()
	s := &commerce.StorePaymentSettings{UPIID: "shop@bank", PayeeName: "दुकान & Co", Instructions: "Name the order."}
	order := func(change func(*commerce.Order)) *commerce.Order {
		o := &commerce.Order{Number: 1001, Currency: "INR", PaymentMethod: commerce.PaymentManual, FinancialStatus: commerce.FinancialPending, TotalMinor: 47050}
		if change != nil {
			change(o)
		}
		return o
	}
	const link = "upi://pay?pa=shop@bank&pn=%E0%A4%A6%E0%A5%81%E0%A4%95%E0%A4%BE%E0%A4%A8%20%26%20Co&am=470.50&cu=INR&tn=%231001"
	require.Equal(t, &commerce.PaymentInstructions{Text: new("Name the order."), UPIURL: new(link)}, s.PaymentInstructions(order(nil)))
	require.Equal(t, &commerce.PaymentInstructions{Text: new("Name the order.")}, s.PaymentInstructions(order(func(o *commerce.Order) { o.Currency = "USD" })))
	for name, change := range map[string]func(*commerce.Order){
		"cash":     func(o *commerce.Order) { o.PaymentMethod = commerce.PaymentCashOnDelivery },
		"paid":     func(o *commerce.Order) { o.FinancialStatus = commerce.FinancialPaid },
		"canceled": func(o *commerce.Order) { o.CancelledAt = new(time.Time) },
		"nothing":  func(o *commerce.Order) { o.TotalMinor = 0 },
	} {
		require.Nil(t, s.PaymentInstructions(order(change)), name)
	}
	require.Nil(t, (&commerce.StorePaymentSettings{HoldHours: 24}).PaymentInstructions(order(nil)))
	require.Nil(t, (*commerce.StorePaymentSettings)(nil).PaymentInstructions(order(nil)))
}
