package commerce

import (
	"context"
	"time"
)

// Brake slows down whoever fails too often: so many failures are free, each further one doubles the wait from a second on.
type Brake struct {
	Free int
	// Longest is the longest wait. It bounds how long somebody else can keep an owner out.
	Longest time.Duration
	// Forget is how long after the last failure they no longer count.
	Forget time.Duration
}

// The brakes of sign-in. A guesser who stays at one address has about a hundred tries a day at one account. One with many
// addresses has two a minute at one account, and those do not touch its owner at an address that is known: see Attempt.
func pairBrake() Brake    { return Brake{Free: 5, Longest: 15 * time.Minute, Forget: 24 * time.Hour} }
func accountBrake() Brake { return Brake{Free: 20, Longest: 30 * time.Second, Forget: time.Hour} }

// addressBrake leaves room for the many who share an address behind a provider's gateway: who succeeds is not counted.
func addressBrake() Brake { return Brake{Free: 50, Longest: 15 * time.Minute, Forget: time.Hour} }

// signUpBrake counts every sign-up, also one that succeeds.
func signUpBrake() Brake { return Brake{Free: 20, Longest: 15 * time.Minute, Forget: time.Hour} }

// The brakes of codes for customers count every code that is sent. Whoever has proved a contact may ask for more there. A busy store's
// brake never forgets, so its wait is short: it bounds what a flood from many addresses costs the store.
func codeContactBrake() Brake { return Brake{Free: 3, Longest: time.Hour, Forget: 6 * time.Hour} }

func codeAddressBrake() Brake { return Brake{Free: 30, Longest: 15 * time.Minute, Forget: time.Hour} }

func codeStoreBrake() Brake {
	return Brake{Free: 1000, Longest: 2 * time.Second, Forget: 10 * time.Minute}
}

// The brakes of events of searches count every batch. They bound what somebody can make up and are no more than that: many buyers may share an
// address, so the waits are short.
func eventStoreBrake() Brake {
	return Brake{Free: 300, Longest: 2 * time.Second, Forget: time.Minute}
}

func eventAddressBrake() Brake {
	return Brake{Free: 1000, Longest: time.Second, Forget: time.Minute}
}

// KnownAddress is how long an address from which somebody has signed in with an account stays known to it.
const KnownAddress = 90 * 24 * time.Hour

// ThrottleKey is the SHA-256 of what is slowed down.
type ThrottleKey [32]byte

// Throttle is one thing that an attempt counts against.
type Throttle struct {
	Key ThrottleKey
	Brake
}

// Attempt is what one try counts against. A zero Key stands for nothing.
type Attempt struct {
	// Pair is the account at the address.
	Pair Throttle
	// Account is the account at all addresses but those from which somebody has signed in with it lately: so nobody can keep its
	// owner out of it.
	Account Throttle
	// Address is the address with all accounts.
	Address Throttle
}

// SignInAttempt is a try to sign in with an account at an address. When the address is not known only the account counts.
func SignInAttempt(account, pair, address ThrottleKey) Attempt {
	return Attempt{Pair: Throttle{pair, pairBrake()}, Account: Throttle{account, accountBrake()}, Address: Throttle{address, addressBrake()}}
}

// SignUpAttempt is a try to sign up at an address.
func SignUpAttempt(address ThrottleKey) Attempt {
	return Attempt{Address: Throttle{address, signUpBrake()}}
}

// CodeAttempt is a try to have a code sent somewhere. The store stands where an account at an address does: nobody ever succeeds with it,
// so no address becomes known to it, and the contact counts wherever it is asked for.
func CodeAttempt(contact, store, address ThrottleKey) Attempt {
	return Attempt{
		Pair: Throttle{store, codeStoreBrake()}, Account: Throttle{contact, codeContactBrake()}, Address: Throttle{address, codeAddressBrake()},
	}
}

// ProvedAttempt takes back what CodeAttempt counted against a contact.
func ProvedAttempt(contact ThrottleKey) Attempt {
	return Attempt{Account: Throttle{contact, codeContactBrake()}}
}

// CustomerSignInAttempt is a try to sign in with a code at an address. A code has its own few tries.
func CustomerSignInAttempt(address ThrottleKey) Attempt {
	return Attempt{Address: Throttle{address, addressBrake()}}
}

// SearchEventsAttempt is a batch of events of searches in a store that comes from an address.
func SearchEventsAttempt(pair, address ThrottleKey) Attempt {
	return Attempt{Pair: Throttle{pair, eventStoreBrake()}, Address: Throttle{address, eventAddressBrake()}}
}

// ThrottleStore remembers failures, for all servers.
type ThrottleStore interface {
	// Begin counts the attempt as a failure before it is made, so that many at the same time do not pass as one. When something
	// of it has to wait it counts nothing, and tells for how long.
	Begin(ctx context.Context, a Attempt, now time.Time) (wait time.Duration, err error)
	// Succeed takes the failure back, and forgets those before: all of the pair and the account, none of the address.
	Succeed(ctx context.Context, a Attempt, now time.Time) error
}
