package auth

import (
	"crypto/rand"
	"crypto/sha256"
	"encoding/base32"
	"hash/crc32"
	"strings"

	"github.com/kirana-commerce/kirana/commerce"
)

// TokenKind says what a token opens. It is the token's first letters, by which people and secret scanners know it:
// (kst|kak|kin|kcu)_[a-z2-7]{56}.
type TokenKind string

// The kinds of tokens.
const (
	SessionToken    TokenKind = "kst_"
	APIKeyToken     TokenKind = "kak_"
	InvitationToken TokenKind = "kin_"
	CustomerToken   TokenKind = "kcu_"
)

const (
	secretBytes   = 32 // 256 bits: nobody finds one by trying, so looking one up needs no brake
	checksumBytes = 3
	// tokenText is the length behind the kind: 35 bytes are 56 letters of base32, without one to spare.
	tokenText = (secretBytes + checksumBytes) * 8 / 5
	// prefixText is how much of a token may be shown again, so that its owner knows which it is.
	prefixText = len(APIKeyToken) + 6
)

// letters is the alphabet of RFC 4648 in small letters: nothing in it is an 0 or a 1, and a double click takes all of it.
func letters() *base32.Encoding {
	return base32.NewEncoding("abcdefghijklmnopqrstuvwxyz234567").WithPadding(base32.NoPadding)
}

// Token is a secret of a kind. Whoever has it, has the rights; only its hash is kept.
type Token struct {
	Kind TokenKind
	text string
}

// NewToken makes a token.
func NewToken(kind TokenKind) Token {
	b := make([]byte, secretBytes, secretBytes+checksumBytes)
	_, _ = rand.Read(b) // it never fails
	return Token{Kind: kind, text: letters().EncodeToString(append(b, checksum(b)...))}
}

// ParseToken reads a token. A text that was mistyped or cut off is told from one that was revoked without asking anybody.
func ParseToken(text string) (Token, bool) {
	for _, kind := range []TokenKind{SessionToken, APIKeyToken, InvitationToken, CustomerToken} {
		rest, found := strings.CutPrefix(text, string(kind))
		if !found || len(rest) != tokenText {
			continue
		}
		b, err := letters().DecodeString(rest)
		if err != nil || string(checksum(b[:secretBytes])) != string(b[secretBytes:]) {
			return Token{}, false
		}
		return Token{Kind: kind, text: rest}, true
	}
	return Token{}, false
}

// checksum is the lower three bytes of the secret's CRC-32. It finds slips, not forgeries: those the hash finds.
func checksum(secret []byte) []byte {
	sum := crc32.ChecksumIEEE(secret)
	return []byte{byte(sum >> 16), byte(sum >> 8), byte(sum)}
}

// Reveal is the token's text, to be shown to its owner once.
func (t Token) Reveal() string { return string(t.Kind) + t.text }

// Prefix is the beginning of the text, which is no secret.
func (t Token) Prefix() string { return t.Reveal()[:prefixText] }

// String hides the secret from logs.
func (t Token) String() string { return t.Prefix() + "…" }

// Hash is what is kept of the token. A plain hash is enough for 256 random bits, and looking for equal hashes tells a guesser
// nothing: the time it takes depends on the hash, which nobody can steer towards another.
func (t Token) Hash() commerce.TokenHash { return sha256.Sum256([]byte(t.Reveal())) }
