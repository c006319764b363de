package commerce

import (
	"context"
	"crypto/hmac"
	"crypto/rand"
	"crypto/sha256"
	"encoding/binary"
	"fmt"
	"strings"
	"time"
)

// The life of a code and of what it opens.
const (
	CustomerCodeLife  = 10 * time.Minute
	CustomerCodeTries = 5
	CustomerTokenLife = 30 * 24 * time.Hour
)

// MaxCustomerTokens is how many tokens a customer has at the same time. One more ends the oldest.
const MaxCustomerTokens = 20

// The codes of refusals about customers who sign in. The first is what the Storefront API says of a wrong password, the second of a
// token that is none.
const (
	RefusalUnidentifiedCustomer RefusalCode = "UNIDENTIFIED_CUSTOMER"
	RefusalTokenInvalid         RefusalCode = "TOKEN_INVALID"
	RefusalNoSender             RefusalCode = "NO_SENDER"
)

// Customer is somebody who has proved to a store that an e-mail address or a phone number is theirs. In another store they are nobody:
// each store has its own. Whoever signs in with an address one day and with a number the next is two customers.
type Customer struct {
	StoreID StoreID
	ID      CustomerID
	// Contact is what was proved: an e-mail address or a phone number, never both.
	Contact   CustomerContact
	FirstName *string
	LastName  *string
	CreatedAt time.Time
	UpdatedAt time.Time
	// Own says that it was the customer who asked, by a token.
	Own bool
}

// Ref is the full key of the customer.
func (c *Customer) Ref() CustomerRef { return CustomerRef{c.StoreID, c.ID} }

// NodeID is the customer's global id.
func (c *Customer) NodeID() GlobalID {
	return GlobalID{Kind: KindCustomer, Store: c.StoreID, ID: int64(c.ID)}
}

// IsNode marks Customer as a node of the API.
func (*Customer) IsNode() {}

// Tenant is the store that the customer is of.
func (c *Customer) Tenant() StoreID { return c.StoreID }

// Email is the e-mail address that was proved, nil when it was a phone number.
func (c *Customer) Email() *string { return optional(c.Contact.Email) }

// Phone is the phone number that was proved, nil when it was an e-mail address.
func (c *Customer) Phone() *string { return optional(c.Contact.Phone) }

// DisplayName is what to call the customer: their name, or else what was proved.
func (c *Customer) DisplayName() string {
	if name := strings.TrimSpace(value(c.FirstName) + " " + value(c.LastName)); name != "" {
		return name
	}
	return c.Contact.Text()
}

// Text is the e-mail address, or else the phone number.
func (c CustomerContact) Text() string {
	if c.Email != "" {
		return c.Email
	}
	return c.Phone
}

// CustomerCodeSendInput says where to send a code.
type CustomerCodeSendInput struct{ Email, Phone *string }

// Contact is where to send the code. Refusals.
func (in *CustomerCodeSendInput) Contact() (CustomerContact, error) {
	return provable(in.Email, in.Phone)
}

// CustomerSignInInput is a code, and where it was sent.
type CustomerSignInInput struct {
	Email, Phone *string
	Code         string
}

// Contact is where the code was sent. Refusals.
func (in *CustomerSignInInput) Contact() (CustomerContact, error) {
	return provable(in.Email, in.Phone)
}

// provable is an e-mail address or a phone number to which a code can be sent. Without the country's code nobody knows whose number it is.
func provable(email, phone *string) (CustomerContact, error) {
	var r Refusals
	c := CustomerContact{Email: r.email([]any{"input", "email"}, value(email)), Phone: r.phone([]any{"input", "phone"}, value(phone))}
	switch {
	case len(r) > 0:
	case c == CustomerContact{}:
		r.Add(RefusalBlank, []any{"input"}, "Give an e-mail address or a phone number.")
	case c.Email != "" && c.Phone != "":
		r.Add(RefusalInvalid, []any{"input"}, "Give an e-mail address or a phone number, not both: a code proves one.")
	case c.Phone != "" && !strings.HasPrefix(c.Phone, "+"):
		r.Add(RefusalInvalid, []any{"input", "phone"}, "Write the country's code first, such as +91 98765 43210.")
	}
	return c, r.Err()
}

// CustomerCode is what is kept of a code. A million codes are tried in a moment, so the salt keeps nobody from finding it who reads the
// table while the code lives; it keeps those out who have made a list before, and backups from telling anything at a glance.
type CustomerCode struct {
	Salt [16]byte
	Sum  [sha256.Size]byte
}

// NewCustomerCode makes a code of six digits, and what is kept of it.
func NewCustomerCode() (text string, kept CustomerCode) {
	var b [8]byte
	_, _ = rand.Read(b[:]) // it never fails
	_, _ = rand.Read(kept.Salt[:])
	text = fmt.Sprintf("%06d", binary.BigEndian.Uint64(b[:])%1_000_000)
	kept.Sum = kept.sum(text)
	return text, kept
}

// Is reports whether it was kept of the code. It takes as long whatever the code is.
func (c CustomerCode) Is(text string) bool {
	sum := c.sum(strings.TrimSpace(text))
	return hmac.Equal(sum[:], c.Sum[:])
}

func (c CustomerCode) sum(text string) (sum [sha256.Size]byte) {
	h := hmac.New(sha256.New, c.Salt[:])
	_, _ = h.Write([]byte(text)) // it never fails
	h.Sum(sum[:0])
	return sum
}

// CodeMessage is a code on its way to a customer.
type CodeMessage struct {
	To CustomerContact
	// StoreName is who sends it.
	StoreName string
	Code      string
	ValidFor  time.Duration
}

// CodeSender brings codes to customers.
type CodeSender interface {
	// Reaches reports whether it brings codes there.
	Reaches(to CustomerContact) bool
	// SendCode returns when the code is on its way. What its errors say may be logged: nothing of the message is in them.
	SendCode(ctx context.Context, m CodeMessage) error
}

// NewCustomerToken is what a customer who signs in opens a store with.
type NewCustomerToken struct {
	Hash TokenHash
	Life time.Duration
}

// CustomerCodeStore keeps codes and those who have signed in with them. All of it is of one store. Its clock is the database's.
type CustomerCodeStore interface {
	// KeepCode keeps a code in place of the one before, and says until when it is good.
	KeepCode(ctx context.Context, store StoreID, to CustomerContact, code CustomerCode) (*time.Time, error)
	// DropCode undoes KeepCode when the code could not be sent: the same mutation can then be asked for again, also under its
	// idempotency key.
	DropCode(ctx context.Context, store StoreID, to CustomerContact, code CustomerCode) error
	// TryCode is what is kept of the code that was sent there, nil when there is none that is good. It counts as a try before it is
	// known to be right, so that many at the same time do not pass as one.
	TryCode(ctx context.Context, store StoreID, to CustomerContact) (*CustomerCode, error)
	// SignInCustomer uses a code up, once, and gives the customer a token. Nil when the code is not good any more.
	SignInCustomer(ctx context.Context, store StoreID, to CustomerContact, code CustomerCode, token NewCustomerToken) (*SignedInCustomer, error)
	// SignOutCustomer ends a token. False when there is none.
	SignOutCustomer(ctx context.Context, store StoreID, token TokenHash) (bool, error)
}

// SignedInCustomer is a customer with a token that was made a moment ago.
type SignedInCustomer struct {
	Customer  *Customer
	ExpiresAt time.Time
}

// CustomerTokenKey finds a customer by a token in a store.
type CustomerTokenKey struct {
	Store StoreID
	Hash  TokenHash
}

// CustomerKey finds a customer.
type CustomerKey struct {
	CustomerRef
	// Shown says that whoever asks was told who it is, by a cart of which they know the secret.
	Shown bool
}

// CustomerOrderListKey asks for one page of the orders that were placed under what a customer has proved.
type CustomerOrderListKey struct {
	Store   StoreID
	Contact CustomerContact
	// Own says that the customer asks. Nobody else sees the orders of a store that is not their own.
	Own   bool
	Page  Page
	Words string
}

// Counting asks for the number of items of the list.
func (k CustomerOrderListKey) Counting() CustomerOrderListKey {
	k.Page = k.Page.Counting()
	return k
}

// CustomerOrderReader reads what customers have ordered.
type CustomerOrderReader interface {
	CustomerOrderLists(ctx context.Context, keys []CustomerOrderListKey) (map[CustomerOrderListKey]List[*Order], error)
}
