package payment_test

import (
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"github.com/stripe/stripe-mock/embedded"
	"github.com/stripe/stripe-mock/server"

	"github.com/kirana-commerce/kirana/commerce"
	"github.com/kirana-commerce/kirana/internal/payment"
)

// judged is a client of stripe-mock, Stripe's own judge of requests, and what it has sent. The judge holds each request against the published
// description of the API, and forgets it.
func judged(t *testing.T) (client *payment.Stripe, url string, sent *[]*http.Request) {
	t.Helper()
	fixtures, err := server.LoadFixtures(embedded.OpenAPIFixtures, "")
	require.NoError(t, err)
	spec, err := server.LoadSpec(embedded.OpenAPISpec, "")
	require.NoError(t, err)
	judge, err := server.NewStubServer(fixtures, spec, false, false)
	require.NoError(t, err)
	sent = new([]*http.Request)
	s := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		*sent = append(*sent, r)
		judge.HandleRequest(w, r)
	}))
	t.Cleanup(s.Close)
	return payment.New(payment.Options{Key: "sk_test_123", URL: s.URL}), s.URL, sent
}

func ordered() *commerce.CardRequest {
	due := time.Now().Add(commerce.CardHold)
	return &commerce.CardRequest{Account: "acct_corner", Order: &commerce.Order{
		StoreID: 7, ID: 9, Number: 1001, Key: "abcdefghijklmnopqrstuv", Currency: "INR", TotalMinor: 12050, PaymentDueAt: &due,
	}}
}

// Every request is as Stripe describes it, on the store's account, and what changes something carries a key.
func TestRequestShapes(t *testing.T) {
	t.Parallel()
	s, url, sent := judged(t)
	charge, err := s.CreateCharge(t.Context(), ordered())
	require.NoError(t, err)
	require.NotEmpty(t, charge.ID)
	_, err = s.FindCharge(t.Context(), "acct_corner", charge.ID)
	require.NoError(t, err)
	_, err = s.CancelCharge(t.Context(), "acct_corner", charge.ID)
	require.NoError(t, err)
	page, err := s.OpenPage(t.Context(), ordered(), "https://shops.test/s/corner/o/9-abc")
	require.NoError(t, err)
	require.NotEmpty(t, page)
	refund := &commerce.CardRefund{
		Order: commerce.OrderRef{Store: 7, ID: 9}, ID: 3, Charge: charge.ID, Account: "acct_corner", Amount: commerce.Money{Minor: 100, Currency: "INR"}, Attempts: 1,
	}
	result, err := s.Refund(t.Context(), refund)
	require.NoError(t, err)
	require.NotEmpty(t, result.ProviderID)
	refund.Attempts = 2
	_, err = s.Refund(t.Context(), refund)
	require.NoError(t, err, "looked for first")
	refund.ProviderID = result.ProviderID
	_, err = s.Refund(t.Context(), refund)
	require.NoError(t, err)

	reversals, err := s.FindReversals(t.Context(), "acct_corner", charge.ID)
	require.NoError(t, err)
	require.NotEmpty(t, reversals)

	var asked []string
	for _, r := range *sent {
		require.Equal(t, "acct_corner", r.Header.Get("Stripe-Account"))
		require.Equal(t, r.Method == http.MethodPost, r.Header.Get("Idempotency-Key") != "", r.URL)
		asked = append(asked, r.Method+" "+r.URL.Path)
	}
	require.Equal(t, []string{
		"POST /v1/payment_intents", "GET /v1/payment_intents/" + charge.ID, "POST /v1/payment_intents/" + charge.ID + "/cancel", "POST /v1/checkout/sessions", "POST /v1/refunds",
		"GET /v1/refunds", "POST /v1/refunds", "GET /v1/refunds/" + result.ProviderID,
		"GET /v1/refunds", "GET /v1/disputes",
	}, asked)

	r, err := http.NewRequestWithContext(t.Context(), http.MethodPost, url+"/v1/refunds", strings.NewReader("amount=much"))
	require.NoError(t, err)
	r.Header.Set("Authorization", "Bearer sk_test_123")
	r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	answer, err := http.DefaultClient.Do(r)
	require.NoError(t, err)
	require.NoError(t, answer.Body.Close())
	require.Equal(t, http.StatusBadRequest, answer.StatusCode, "the judge refuses what is wrong")
}
