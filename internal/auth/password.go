package auth

import (
	"context"
	"crypto/rand"
	"crypto/subtle"
	"encoding/base64"
	"errors"
	"fmt"
	"strings"
	"time"

	"golang.org/x/crypto/argon2"

	"github.com/kirana-commerce/kirana/commerce"
)

// hashParams are what an argon2id hash costs.
type hashParams struct {
	memory  uint32 // KiB
	passes  uint32
	threads uint8
}

// currentParams are the first of OWASP's equally strong choices for argon2id (Password Storage Cheat Sheet: m=19456, t=2, p=1),
// the least that it allows. RFC 9106, section 4, would take 64 MiB and three passes where memory is to spare: then a small
// server that is asked to check a few passwords at a time has none left for its buyers. Hashes that were made with other
// parameters stay good, and are made anew when their owner signs in.
func currentParams() hashParams { return hashParams{memory: 19 << 10, passes: 2, threads: 1} }

// The sizes that RFC 9106, section 4, gives for passwords.
const (
	saltBytes = 16
	hashBytes = 32
)

// passwordHash is a hash in parts.
type passwordHash struct {
	params    hashParams
	salt, sum []byte
}

// String renders the PHC string format: $argon2id$v=19$m=19456,t=2,p=1$<salt>$<hash>.
func (h passwordHash) String() string {
	b64 := base64.RawStdEncoding
	return fmt.Sprintf("$argon2id$v=%d$m=%d,t=%d,p=%d$%s$%s", argon2.Version, h.params.memory, h.params.passes, h.params.threads,
		b64.EncodeToString(h.salt), b64.EncodeToString(h.sum))
}

var errNoHash = errors.New("not an argon2id hash in the PHC string format")

// parseHash reads a hash that String rendered. Its bounds keep a row that somebody wrote by hand from taking all memory.
func parseHash(text string) (passwordHash, error) {
	parts := strings.Split(text, "$")
	if len(parts) != 6 {
		return passwordHash{}, errNoHash
	}
	var h passwordHash
	if _, err := fmt.Sscanf(parts[3], "m=%d,t=%d,p=%d", &h.params.memory, &h.params.passes, &h.params.threads); err != nil {
		return h, errNoHash
	}
	b64 := base64.RawStdEncoding.Strict()
	var saltErr, sumErr error
	h.salt, saltErr = b64.DecodeString(parts[4])
	h.sum, sumErr = b64.DecodeString(parts[5])
	if saltErr != nil || sumErr != nil || h.String() != text {
		return h, errNoHash
	}
	p := h.params
	if p.memory < 8 || p.memory > 256<<10 || p.passes < 1 || p.passes > 16 || p.threads < 1 || p.threads > 16 {
		return h, fmt.Errorf("%w: parameters out of bounds", errNoHash)
	}
	if len(h.salt) < 8 || len(h.salt) > 64 || len(h.sum) < 16 || len(h.sum) > 64 {
		return h, fmt.Errorf("%w: sizes out of bounds", errNoHash)
	}
	return h, nil
}

// Hasher hashes passwords, a few at a time: each takes 19 MiB and a processor for a while, and a flood of sign-ins must leave
// both to everybody else.
type Hasher struct {
	params hashParams
	turns  chan struct{}
	wait   time.Duration
	derive func(password string, salt []byte, p hashParams, size uint32) []byte
}

// turnWait is how long a sign-in waits for its turn. After it the client is told to come back: a queue that nobody leaves only
// makes everybody wait for longer.
const turnWait = 3 * time.Second

// NewHasher makes a hasher that works on so many passwords at the same time. More than there are processors gains nothing.
func NewHasher(atOnce int) *Hasher {
	return &Hasher{params: currentParams(), turns: make(chan struct{}, max(atOnce, 1)), wait: turnWait, derive: argon2id}
}

func argon2id(password string, salt []byte, p hashParams, size uint32) []byte {
	return argon2.IDKey([]byte(password), salt, p.passes, p.memory, p.threads, size)
}

// Hash makes the hash of a new password. Code UNAVAILABLE when too many wait for one.
func (h *Hasher) Hash(ctx context.Context, password string) (string, error) {
	salt := make([]byte, saltBytes)
	_, _ = rand.Read(salt) // it never fails
	sum, err := h.sum(ctx, password, passwordHash{params: h.params, salt: salt, sum: make([]byte, hashBytes)})
	if err != nil {
		return "", err
	}
	return passwordHash{params: h.params, salt: salt, sum: sum}.String(), nil
}

// Verify reports whether the password has this hash, and whether the hash should be made anew. An empty hash, that of an
// account that there is not, takes as much work as any other and is nobody's. Code UNAVAILABLE when too many wait for one.
func (h *Hasher) Verify(ctx context.Context, password, hash string) (right, stale bool, err error) {
	kept := passwordHash{params: h.params, salt: make([]byte, saltBytes), sum: make([]byte, hashBytes)}
	if hash != "" {
		if kept, err = parseHash(hash); err != nil {
			return false, false, fmt.Errorf("read a password hash: %w", err)
		}
	}
	sum, err := h.sum(ctx, password, kept)
	if err != nil {
		return false, false, err
	}
	right = subtle.ConstantTimeCompare(sum, kept.sum) == 1 && hash != ""
	return right, kept.params != h.params || len(kept.salt) != saltBytes || len(kept.sum) != hashBytes, nil
}

// sum computes the hash of a password with the parameters, the salt and the size of another.
func (h *Hasher) sum(ctx context.Context, password string, like passwordHash) ([]byte, error) {
	timer := time.NewTimer(h.wait)
	defer timer.Stop()
	select {
	case h.turns <- struct{}{}:
		defer func() { <-h.turns }()
		return h.derive(password, like.salt, like.params, uint32(len(like.sum))), nil
	case <-ctx.Done():
		return nil, ctx.Err()
	case <-timer.C:
		return nil, commerce.Unavailable("Sign-in", errors.New("too many passwords are being checked"))
	}
}
