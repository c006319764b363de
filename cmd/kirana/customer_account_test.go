package main

import (
	"context"
	"errors"
	"strings"
	"sync"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/kirana-commerce/kirana/commerce"
)

// codeBox keeps the codes that were sent, and fails when it is told to.
type codeBox struct {
	mu   sync.Mutex
	last map[string]string
	sent int
	down bool
}

func (*codeBox) Reaches(to commerce.CustomerContact) bool { return to.Email != "" }

func (b *codeBox) SendCode(_ context.Context, m commerce.CodeMessage) error {
	b.mu.Lock()
	defer b.mu.Unlock()
	if b.down {
		return errors.New("the mail server did not take a message")
	}
	b.last[m.To.Text()] = m.Code
	b.sent++
	return nil
}

// fail makes sending fail from now on, or not any more.
func (b *codeBox) fail(down bool) {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.down = down
}

const (
	codeSend = `mutation($input: CustomerCodeSendInput!) { customerCodeSend(input: $input) { expiresAt userErrors { code field message } } }`
	signIn   = `mutation($input: CustomerSignInInput!) { customerSignIn(input: $input) {
  customerAccessToken { accessToken expiresAt } customer { id email phone displayName numberOfOrders } userErrors { code field message }
} }`
	whoIs = `query($token: String!) { customer(customerAccessToken: $token) {
  id email displayName numberOfOrders orders(first: 5) { totalCount nodes { id name statusUrl } }
} }`
)

// code has a code sent, and reads the mail.
func (c client) code(t *testing.T, email string) string {
	t.Helper()
	r := c.ask(t, codeSend, input("email", email))
	require.Empty(t, r.codes(), r.text)
	require.Empty(t, r.refusals(t, "customerCodeSend"), r.text)
	c.codes.mu.Lock()
	defer c.codes.mu.Unlock()
	return c.codes.last[email]
}

// visit signs a customer in, and returns the token.
func (c client) visit(t *testing.T, email string) string {
	t.Helper()
	r := c.ask(t, signIn, input("email", email, "code", c.code(t, email)))
	require.Empty(t, r.refusals(t, "customerSignIn"), r.text)
	var in struct{ CustomerAccessToken struct{ AccessToken string } }
	r.field(t, "customerSignIn", &in)
	return in.CustomerAccessToken.AccessToken
}

type shownCustomer struct {
	ID, Email, DisplayName string
	NumberOfOrders         int
	Orders                 struct {
		TotalCount int
		Nodes      []struct{ ID, Name, StatusURL string }
	}
}

func (c client) customer(t *testing.T, token string) *shownCustomer {
	t.Helper()
	var found *shownCustomer
	c.ask(t, whoIs, object{"token": token}).field(t, "customer", &found)
	return found
}

// A buyer orders without an account, signs in later with a code, finds the orders, and signs out.
func TestCustomerSignsIn(t *testing.T) {
	t.Parallel()
	s := trial{newStocked(t), t}
	s.order()
	second, _ := s.order()
	token := s.mine.visit(t, "asha@example.com")
	require.Regexp(t, `^kcu_`, token)
	asha := s.mine.customer(t, token)
	require.Equal(t, "asha@example.com", asha.Email)
	require.Equal(t, "asha@example.com", asha.DisplayName)
	require.Equal(t, []int{2, 2}, []int{asha.NumberOfOrders, asha.Orders.TotalCount})
	require.True(t, strings.HasPrefix(asha.Orders.Nodes[0].ID, second), "with the secret, the newest first")
	require.NotEmpty(t, asha.Orders.Nodes[0].StatusURL)

	require.Nil(t, s.theirs.customer(t, token), "in another store it opens nothing")
	theirs := s.theirs.customer(t, s.theirs.visit(t, "asha@example.com"))
	require.NotEqual(t, asha.ID, theirs.ID)
	require.Zero(t, theirs.NumberOfOrders)
	require.Nil(t, s.mine.customer(t, "kcu_none"))

	out := `mutation($token: String!) { customerAccessTokenDelete(customerAccessToken: $token) { deletedAccessToken userErrors { code field message } } }`
	for _, want := range [][]string{{}, {"customerAccessToken TOKEN_INVALID"}} {
		require.ElementsMatch(t, want, s.mine.ask(t, out, object{"token": token}).refusals(t, "customerAccessTokenDelete"))
		require.Nil(t, s.mine.customer(t, token))
	}
	log := s.log.String()
	require.NotContains(t, log, "asha@example.com")
	require.NotContains(t, log, s.codes.last["asha@example.com"])
}

func TestCustomerSignInRefusals(t *testing.T) {
	t.Parallel()
	s := newStocked(t)
	code := s.mine.code(t, "asha@example.com")
	wrong := "000000"
	if code == wrong {
		wrong = "000001"
	}
	before := s.tables(t)
	for name, c := range map[string]struct {
		document, mutation string
		input              map[string]any
		want               []string
	}{
		"nobody":               {codeSend, "customerCodeSend", input(), []string{"input BLANK"}},
		"two":                  {codeSend, "customerCodeSend", input("email", "a@example.com", "phone", "+919876543210"), []string{"input INVALID"}},
		"no e-mail":            {codeSend, "customerCodeSend", input("email", "asha"), []string{"input.email INVALID"}},
		"no phone":             {codeSend, "customerCodeSend", input("phone", "call me"), []string{"input.phone INVALID"}},
		"no country":           {codeSend, "customerCodeSend", input("phone", "98765 43210"), []string{"input.phone INVALID"}},
		"no sender":            {codeSend, "customerCodeSend", input("phone", "+91 98765 43210"), []string{"input NO_SENDER"}},
		"a code of nobody":     {signIn, "customerSignIn", input("code", code), []string{"input BLANK"}},
		"a code of another":    {signIn, "customerSignIn", input("email", "ravi@example.com", "code", code), []string{"input.code UNIDENTIFIED_CUSTOMER"}},
		"a code that is empty": {signIn, "customerSignIn", input("email", "ravi@example.com", "code", ""), []string{"input.code UNIDENTIFIED_CUSTOMER"}},
	} {
		r := s.mine.ask(t, c.document, c.input)
		require.Equal(t, c.want, r.refusals(t, c.mutation), "%s: %s", name, r.text)
	}
	require.Equal(t, before, s.tables(t), "nothing was written")
	for range commerce.CustomerCodeTries {
		r := s.mine.ask(t, signIn, input("email", "asha@example.com", "code", wrong))
		require.Equal(t, []string{"input.code UNIDENTIFIED_CUSTOMER"}, r.refusals(t, "customerSignIn"))
	}
	r := s.mine.ask(t, signIn, input("email", "asha@example.com", "code", code))
	require.Equal(t, []string{"input.code UNIDENTIFIED_CUSTOMER"}, r.refusals(t, "customerSignIn"), "the tries are used up")
}

// Three codes are free, then whoever asks has to wait, wherever they are; another store and another contact do not. Who signs in may ask again.
func TestCustomerCodesAreThrottled(t *testing.T) {
	t.Parallel()
	s := newStocked(t)
	for range 3 {
		s.mine.code(t, "asha@example.com")
	}
	last := s.mine.code(t, "asha@example.com")
	require.Equal(t, []string{"THROTTLED"}, s.mine.ask(t, codeSend, input("email", "asha@example.com")).codes())
	require.Equal(t, []string{"THROTTLED"}, s.mine.from("203.0.113.7").ask(t, codeSend, input("email", "ASHA@example.com")).codes())
	s.mine.code(t, "ravi@example.com")
	s.theirs.code(t, "asha@example.com")
	require.Empty(t, s.mine.ask(t, signIn, input("email", "asha@example.com", "code", last)).refusals(t, "customerSignIn"))
	s.mine.code(t, "asha@example.com")
}

// When a code cannot be sent the customer is told, and the same mutation under the same key sends it later.
func TestCustomerCodeThatIsNotSent(t *testing.T) {
	t.Parallel()
	s := newStocked(t)
	s.codes.fail(true)
	r := s.mine.under(someKey).ask(t, codeSend, input("email", "asha@example.com"))
	require.Equal(t, []string{"UNAVAILABLE"}, r.codes(), r.text)
	require.NotContains(t, s.log.String(), "asha@example.com")
	s.codes.fail(false)
	require.Empty(t, s.mine.under(someKey).ask(t, codeSend, input("email", "asha@example.com")).codes())
	require.Equal(t, 1, s.codes.sent)
}
