package auth

import (
	"context"
	"crypto/sha256"
	"net/netip"

	"github.com/kirana-commerce/kirana/commerce"
)

// signInAttempt is a try to sign in to the account of an e-mail address, from where the request comes. Whether there is such an
// account makes no difference.
func signInAttempt(ctx context.Context, email string) commerce.Attempt {
	account, address := throttleKey("account", email), network(ctx)
	if address == "" {
		return commerce.SignInAttempt(account, commerce.ThrottleKey{}, commerce.ThrottleKey{})
	}
	return commerce.SignInAttempt(account, throttleKey("pair", email, address), throttleKey("address", address))
}

func signUpAttempt(ctx context.Context) commerce.Attempt {
	return commerce.SignUpAttempt(throttleKey("sign-up", network(ctx)))
}

// network is what counts as one client: an address, or with IPv6 the 64 bits before the part that every client chooses for
// itself.
func network(ctx context.Context) string {
	a, err := netip.ParseAddr(From(ctx).Address)
	if err != nil {
		return ""
	}
	if p, err := a.Prefix(64); err == nil && a.Is6() {
		return p.String()
	}
	return a.String()
}

// throttleKey names what is slowed down. No part can hold the byte between them.
func throttleKey(parts ...string) commerce.ThrottleKey {
	var b []byte
	for _, p := range parts {
		b = append(append(b, p...), 0)
	}
	return sha256.Sum256(b)
}
