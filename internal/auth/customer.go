package auth

import (
	"context"
	"strconv"
	"time"

	"github.com/kirana-commerce/kirana/commerce"
)

// sendTimeout bounds how long a customer waits for a code to be on its way.
const sendTimeout = 10 * time.Second

// Customers signs customers of stores in, by codes that are sent to them.
type Customers struct {
	Codes     commerce.CustomerCodeStore
	Throttles commerce.ThrottleStore
	Sender    commerce.CodeSender
	Now       func() time.Time
}

// SignedInCustomer is a customer with a token that was made a moment ago.
type SignedInCustomer struct {
	// Token is shown once.
	Token     Token
	ExpiresAt time.Time
	Customer  *commerce.Customer
}

// SendCode sends a code, and says until when it is good. It does the same whether the store knows the customer or not: whoever signs in
// for the first time is one from then on. It is sent after it was kept, outside of any transaction. Refusals; codes THROTTLED, and
// UNAVAILABLE when it could not be sent.
func (c *Customers) SendCode(ctx context.Context, store *commerce.Store, in *commerce.CustomerCodeSendInput) (*time.Time, error) {
	to, err := in.Contact()
	if err != nil {
		return nil, err
	}
	if !c.Sender.Reaches(to) {
		return nil, commerce.Refuse(commerce.RefusalNoSender, []any{"input"}, "This server has nothing to send codes there with. Whoever runs it can give it a sender.")
	}
	if err := c.begin(ctx, commerce.CodeAttempt(contactKey(store.ID, to), throttleKey("code store", number(store.ID)), networkKey(ctx, "code address"))); err != nil {
		return nil, err
	}
	code, kept := commerce.NewCustomerCode()
	expires, err := c.Codes.KeepCode(ctx, store.ID, to, kept)
	if err != nil {
		return nil, err
	}
	if err := c.send(ctx, commerce.CodeMessage{To: to, StoreName: store.Name, Code: code, ValidFor: commerce.CustomerCodeLife}); err != nil {
		_ = c.Codes.DropCode(context.WithoutCancel(ctx), store.ID, to, kept) // nobody knows the code, and it dies by itself
		return nil, commerce.Unavailable("Sending codes", err)
	}
	return expires, nil
}

func (c *Customers) send(ctx context.Context, m commerce.CodeMessage) error {
	ctx, cancel := context.WithTimeout(ctx, sendTimeout)
	defer cancel()
	return c.Sender.SendCode(ctx, m)
}

// SignIn gives whoever knows the code a token. A wrong code, one that has expired or was used, and one that was never sent get the same
// answer. Refusals; code THROTTLED.
func (c *Customers) SignIn(ctx context.Context, store *commerce.Store, in *commerce.CustomerSignInInput) (*SignedInCustomer, error) {
	to, err := in.Contact()
	if err != nil {
		return nil, err
	}
	attempt := commerce.CustomerSignInAttempt(networkKey(ctx, "code"))
	if err := c.begin(ctx, attempt); err != nil {
		return nil, err
	}
	code, err := c.Codes.TryCode(ctx, store.ID, to)
	if err != nil {
		return nil, err
	}
	if code == nil || !code.Is(in.Code) {
		return nil, errUnidentified()
	}
	token := NewToken(CustomerToken)
	done, err := c.Codes.SignInCustomer(ctx, store.ID, to, *code, commerce.NewCustomerToken{Hash: token.Hash(), Life: commerce.CustomerTokenLife})
	if err != nil {
		return nil, err
	}
	if done == nil {
		return nil, errUnidentified() // by now
	}
	attempt.Account = commerce.ProvedAttempt(contactKey(store.ID, to)).Account
	if err := c.Throttles.Succeed(ctx, attempt, c.Now()); err != nil {
		return nil, err
	}
	return &SignedInCustomer{Token: token, ExpiresAt: done.ExpiresAt, Customer: done.Customer}, nil
}

func errUnidentified() error {
	return commerce.Refuse(commerce.RefusalUnidentifiedCustomer, []any{"input", "code"},
		"This is not the code that was sent there last, or it is not good any more. Ask for another one with customerCodeSend.")
}

// SignOut ends a token.
func (c *Customers) SignOut(ctx context.Context, store commerce.StoreID, text string) error {
	refused := commerce.RefuseCustomerToken("customerAccessToken")
	hash, ok := CustomerTokenHash(text)
	if !ok {
		return refused
	}
	closed, err := c.Codes.SignOutCustomer(ctx, store, hash)
	if err == nil && !closed {
		err = refused
	}
	return err
}

// CustomerTokenHash is what is kept of a customer's token; false for a text that is none.
func CustomerTokenHash(text string) (commerce.TokenHash, bool) {
	token, ok := ParseToken(text)
	if !ok || token.Kind != CustomerToken {
		return commerce.TokenHash{}, false
	}
	return token.Hash(), true
}

func (c *Customers) begin(ctx context.Context, attempt commerce.Attempt) error {
	wait, err := c.Throttles.Begin(ctx, attempt, c.Now())
	if err == nil && wait > 0 {
		err = commerce.Throttled(wait)
	}
	return err
}

func contactKey(store commerce.StoreID, to commerce.CustomerContact) commerce.ThrottleKey {
	return throttleKey("code contact", number(store), to.Text())
}

func number(store commerce.StoreID) string { return strconv.FormatInt(int64(store), 10) }

// networkKey is the client's address, nothing when nobody knows it.
func networkKey(ctx context.Context, what string) commerce.ThrottleKey {
	address := network(ctx)
	if address == "" {
		return commerce.ThrottleKey{}
	}
	return throttleKey(what, address)
}
