package commerce

import (
	"context"
	"strings"
	"time"
	"unicode"
	"unicode/utf8"
)

// The codes of refusals that are about merchants alone.
const (
	// RefusalInvalidCredentials is the one answer to an unknown account and to a wrong password.
	RefusalInvalidCredentials RefusalCode = "INVALID_CREDENTIALS" //nolint:gosec // a word, no secret
	RefusalTooShort           RefusalCode = "TOO_SHORT"
	// RefusalTooCommon refuses a password that whoever guesses tries first.
	RefusalTooCommon RefusalCode = "TOO_COMMON"
)

// Merchant is somebody who runs stores, or works in them.
type Merchant struct {
	ID        MerchantID
	Email     string
	Name      string
	CreatedAt time.Time
}

// NodeID is the merchant's global id.
func (m *Merchant) NodeID() GlobalID { return GlobalID{Kind: KindMerchant, ID: int64(m.ID)} }

// NewMerchant is a merchant to be. The password never leaves internal/auth.
type NewMerchant struct {
	Email, Name  string
	PasswordHash string
}

// Account is what sign-in compares a password with.
type Account struct {
	Merchant     *Merchant
	PasswordHash string
}

// Limits of an account, in bytes. RFC 5321 leaves 254 for an address and 64 for the part before the @.
const (
	maxEmail        = 254
	maxEmailLocal   = 64
	maxMerchantName = 255
)

// NormalEmail is an e-mail address as accounts keep it, false for a text that is none. Letters become small ones, white space
// around it goes, and that is all: dots and +tags are the business of the provider, who may tell them apart.
func NormalEmail(text string) (string, bool) {
	email := strings.ToLower(strings.TrimSpace(text))
	local, domain, _ := strings.Cut(email, "@")
	switch {
	case !storable(email), len(email) > maxEmail, local == "", len(local) > maxEmailLocal:
		return "", false
	case strings.ContainsAny(email, `"(),:;<>[\]`), strings.ContainsFunc(email, notInEmail), strings.Contains(domain, "@"):
		return "", false
	case !strings.Contains(domain, "."), strings.HasPrefix(domain, "."), strings.HasSuffix(domain, "."), strings.Contains(email, ".."):
		return "", false
	}
	return email, true
}

func notInEmail(r rune) bool {
	return unicode.IsSpace(r) || unicode.IsControl(r) || unicode.Is(unicode.Cf, r) || r == utf8.RuneError
}

// CheckEmail reports what keeps a text from being the e-mail address of an account, and returns it as accounts keep it.
func CheckEmail(r *Refusals, path []any, text string) string {
	email, ok := NormalEmail(text)
	switch {
	case strings.TrimSpace(text) == "":
		r.Add(RefusalBlank, path, "An e-mail address is needed.")
	case len(text) > maxEmail:
		r.Add(RefusalTooLong, path, "The e-mail address has %d bytes; %d are the most.", len(text), maxEmail)
	case !ok:
		r.Add(RefusalInvalid, path, "This is not an e-mail address such as asha@example.com.")
	}
	return email
}

// CheckMerchantName reports what keeps a text from being a merchant's name.
func CheckMerchantName(r *Refusals, name string) {
	path := []any{"input", "name"}
	switch {
	case strings.TrimSpace(name) == "":
		r.Add(RefusalBlank, path, "A merchant needs a name.")
	case Characters(maxMerchantName).Exceeded(name):
		r.Add(RefusalTooLong, path, "The name is longer than %s.", Characters(maxMerchantName))
	case !storable(name) || strings.ContainsFunc(name, unicode.IsControl):
		r.Add(RefusalInvalid, path, "The name is not UTF-8 text without control characters.")
	}
}

// MerchantReader reads merchants. A key without a merchant is missing from the answer.
type MerchantReader interface {
	MerchantsByID(ctx context.Context, ids []MerchantID) (map[MerchantID]*Merchant, error)
}

// AccountStore keeps the accounts of merchants. Refusals come as errors; then nothing was written.
type AccountStore interface {
	// AddMerchant makes an account and opens its first session. Refusal TAKEN for an e-mail address that has an account.
	AddMerchant(ctx context.Context, m NewMerchant, s NewSession) (*Merchant, error)
	// AccountByEmail and AccountByID find an account, nil when there is none.
	AccountByEmail(ctx context.Context, email string) (*Account, error)
	AccountByID(ctx context.Context, id MerchantID) (*Account, error)
	// SetPassword puts one password hash in the place of another, and ends every session but one. False, and nothing done, when
	// the account has another hash by now.
	SetPassword(ctx context.Context, id MerchantID, was, now string, keep SessionID) (bool, error)
	// Rehash is SetPassword for the same password, hashed anew: sessions go on.
	Rehash(ctx context.Context, id MerchantID, was, now string) error
}
