package auth

import (
	"context"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/kirana-commerce/kirana/commerce"
)

// ledger is accounts in memory, which lets a test count what is done for a sign-in.
type ledger struct {
	commerce.AccountStore
	commerce.SessionStore

	account  *commerce.Account
	wait     time.Duration
	attempts []commerce.Attempt
	forgiven int
	sessions int
	rehashed string
}

func (l *ledger) AccountByEmail(_ context.Context, email string) (*commerce.Account, error) {
	if l.account == nil || l.account.Merchant.Email != email {
		return nil, nil //nolint:nilnil // there is none, which is no fault
	}
	a := *l.account
	return &a, nil
}

func (l *ledger) OpenSession(context.Context, commerce.MerchantID, commerce.NewSession) error {
	l.sessions++
	return nil
}

func (l *ledger) Rehash(_ context.Context, _ commerce.MerchantID, was, now string) error {
	if l.account.PasswordHash == was {
		l.rehashed = now
	}
	return nil
}

func (l *ledger) Begin(_ context.Context, a commerce.Attempt, _ time.Time) (time.Duration, error) {
	l.attempts = append(l.attempts, a)
	return l.wait, nil
}

func (l *ledger) Succeed(context.Context, commerce.Attempt, time.Time) error {
	l.forgiven++
	return nil
}

// work counts hash computations, with their parameters.
func (l *ledger) accounts() (*Accounts, *[]hashParams) {
	h := NewHasher(1)
	var work []hashParams
	h.derive = func(password string, salt []byte, p hashParams, size uint32) []byte {
		work = append(work, p)
		return argon2id(password, salt, hashParams{memory: 8, passes: 1, threads: 1}, size)
	}
	return &Accounts{Accounts: l, Sessions: l, Throttles: l, Passwords: h, Now: time.Now}, &work
}

// Whatever is wrong with a sign-in, one password is hashed with the parameters of today, and one answer is given.
func TestSignInWorksAlike(t *testing.T) {
	t.Parallel()
	ctx := With(t.Context(), Request{Address: "203.0.113.7"})
	l := &ledger{}
	a, work := l.accounts()
	hash, err := a.Passwords.Hash(ctx, "three blue parrots")
	require.NoError(t, err)
	l.account = &commerce.Account{Merchant: &commerce.Merchant{ID: 7, Email: "asha@shop.test"}, PasswordHash: hash}
	var texts []string
	for _, c := range []struct{ email, password string }{
		{"asha@shop.test", "three blue parrot"},
		{"nobody@shop.test", "three blue parrots"},
		{"no address", "x"},
		{"", ""},
		{"asha@shop.test", strings.Repeat("long ", 1000)},
	} {
		*work = nil
		_, err := a.SignIn(ctx, c.email, c.password)
		require.Equal(t, []hashParams{currentParams()}, *work, c.email)
		refusals, ok := commerce.RefusalsOf(err)
		require.True(t, ok)
		texts = append(texts, refusals.Error())
	}
	for _, text := range texts {
		require.Equal(t, texts[0], text)
	}
	require.Zero(t, l.sessions+l.forgiven)

	in, err := a.SignIn(ctx, " Asha@Shop.test", "three blue parrots")
	require.NoError(t, err)
	require.Equal(t, SessionToken, in.Token.Kind)
	require.Equal(t, []int{1, 1}, []int{l.sessions, l.forgiven})
	require.Empty(t, l.rehashed)
}

// Whoever has to wait costs nothing but the look-up of the wait.
func TestAThrottledSignInHashesNothing(t *testing.T) {
	t.Parallel()
	l := &ledger{wait: 1500 * time.Millisecond}
	a, work := l.accounts()
	for _, try := range []func() error{
		func() error { _, err := a.SignIn(t.Context(), "asha@shop.test", "three blue parrots"); return err },
		func() error {
			_, err := a.SignUp(t.Context(), "asha@shop.test", "three blue parrots", "Asha")
			return err
		},
	} {
		var fault *commerce.Error
		require.ErrorAs(t, try(), &fault)
		require.Equal(t, commerce.CodeThrottled, fault.Code)
		require.Equal(t, l.wait, fault.RetryAfter)
		require.Equal(t, "Too many tries. Wait 2 seconds, then try again.", fault.Message)
	}
	require.Empty(t, *work)
}

// A hash that was made with other parameters is made anew when its owner signs in, and not when anybody else tries.
func TestOldHashesAreMadeAnew(t *testing.T) {
	t.Parallel()
	l := &ledger{}
	a, _ := l.accounts()
	a.Passwords.params = hashParams{memory: 8, passes: 1, threads: 1}
	old, err := a.Passwords.Hash(t.Context(), "three blue parrots")
	require.NoError(t, err)
	a.Passwords.params = currentParams()
	l.account = &commerce.Account{Merchant: &commerce.Merchant{ID: 7, Email: "asha@shop.test"}, PasswordHash: old}
	_, err = a.SignIn(t.Context(), "asha@shop.test", "wrong")
	require.Error(t, err)
	require.Empty(t, l.rehashed)
	_, err = a.SignIn(t.Context(), "asha@shop.test", "three blue parrots")
	require.NoError(t, err)
	require.True(t, strings.HasPrefix(l.rehashed, "$argon2id$v=19$m=19456,t=2,p=1$"), l.rehashed)
	l.account.PasswordHash, l.rehashed = l.rehashed, ""
	_, err = a.SignIn(t.Context(), "asha@shop.test", "three blue parrots")
	require.NoError(t, err)
	require.Empty(t, l.rehashed)
}

// What counts as one client: an address, or an IPv6 network.
func TestAttempts(t *testing.T) {
	t.Parallel()
	at := func(address, email string) commerce.Attempt {
		return signInAttempt(With(t.Context(), Request{Address: address}), email)
	}
	home := at("203.0.113.7", "asha@shop.test")
	require.Equal(t, home, at("203.0.113.7", "asha@shop.test"))
	road := at("203.0.113.8", "asha@shop.test")
	require.Equal(t, home.Account, road.Account)
	require.NotEqual(t, home.Pair, road.Pair)
	require.NotEqual(t, home.Address, road.Address)
	other := at("203.0.113.7", "ravi@shop.test")
	require.Equal(t, home.Address, other.Address)
	require.NotEqual(t, home.Account, other.Account)
	require.Equal(t, at("2001:db8::1", "x"), at("2001:db8::ffff:2", "x"))
	require.NotEqual(t, at("2001:db8::1", "x"), at("2001:db8:0:1::1", "x"))
	unknown := at("", "asha@shop.test")
	require.Equal(t, home.Account, unknown.Account)
	require.Zero(t, unknown.Pair.Key)
	require.Zero(t, unknown.Address.Key)
	keys := map[commerce.ThrottleKey]bool{}
	for _, k := range []commerce.ThrottleKey{
		home.Account.Key, home.Pair.Key, home.Address.Key, throttleKey("ab", "c"), throttleKey("a", "bc"),
		signUpAttempt(With(t.Context(), Request{Address: "203.0.113.7"})).Address.Key,
	} {
		require.False(t, keys[k])
		keys[k] = true
	}
}
