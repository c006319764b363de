package db_test

import (
	"fmt"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/kirana-commerce/kirana/commerce"
	"github.com/kirana-commerce/kirana/db/dbtest"
)

// gate tries to sign in at moments of the test's own.
type gate struct {
	*dbtest.Database

	now time.Time
}

func newGate(t *testing.T) *gate {
	t.Helper()
	return &gate{Database: dbtest.New(t), now: time.Date(2026, 11, 26, 9, 0, 0, 0, time.UTC)}
}

func throttleKey(parts ...any) (k commerce.ThrottleKey) {
	copy(k[:], fmt.Sprint(parts...))
	return k
}

func attemptAt(account, address string) commerce.Attempt {
	return commerce.SignInAttempt(throttleKey("account ", account), throttleKey("pair ", account, address), throttleKey("address ", address))
}

// fail tries with a wrong password, and returns how long to wait: 0 when the try was let through.
func (g *gate) fail(t *testing.T, a commerce.Attempt) time.Duration {
	t.Helper()
	wait, err := g.Begin(t.Context(), a, g.now)
	require.NoError(t, err)
	return wait
}

func (g *gate) succeed(t *testing.T, a commerce.Attempt) {
	t.Helper()
	require.Zero(t, g.fail(t, a))
	require.NoError(t, g.Succeed(t.Context(), a, g.now))
}

// waits fails until so many tries were let through, going on when the wait is over, and returns the waits.
func (g *gate) waits(t *testing.T, n int, attempt func(i int) commerce.Attempt) []time.Duration {
	t.Helper()
	var waits []time.Duration
	for i := range n {
		wait := g.fail(t, attempt(i))
		if wait > 0 {
			waits = append(waits, wait)
			g.now = g.now.Add(wait)
			require.Zero(t, g.fail(t, attempt(i)), "whoever has waited may try")
		}
	}
	return waits
}

func seconds(n ...int) []time.Duration {
	list := make([]time.Duration, len(n))
	for i, s := range n {
		list[i] = time.Duration(s) * time.Second
	}
	return list
}

func TestAGuesserWaits(t *testing.T) {
	t.Parallel()
	g := newGate(t)
	one := func(int) commerce.Attempt { return attemptAt("asha", "6.6.6.6") }
	require.Equal(t, seconds(1, 2, 4, 8, 16, 32, 64, 128, 256, 512, 900, 900), g.waits(t, 18, one))
	require.Equal(t, 15*time.Minute, g.fail(t, one(0)))
	require.Equal(t, 15*time.Minute, g.fail(t, one(0)), "tries while one has to wait do not make the wait longer")
	g.now = g.now.Add(20 * time.Minute)
	require.Zero(t, g.fail(t, one(0)))
	require.Equal(t, 15*time.Minute, g.fail(t, one(0)), "the failures are remembered")
	g.now = g.now.Add(24 * time.Hour)
	require.Empty(t, g.waits(t, 6, one), "a day later they are not")
}

// A success forgets what was counted against the account here, and leaves the address its failures at other accounts.
func TestASuccessIsForgiven(t *testing.T) {
	t.Parallel()
	g := newGate(t)
	asha := attemptAt("asha", "1.1.1.1")
	for range 4 {
		require.Zero(t, g.fail(t, asha))
	}
	g.succeed(t, asha)
	for range 6 {
		require.Zero(t, g.fail(t, asha))
	}
	require.Positive(t, g.fail(t, asha))

	g = newGate(t)
	for range 200 {
		g.succeed(t, asha) // a whole market behind one address
	}
	require.Empty(t, g.waits(t, 51, func(i int) commerce.Attempt { return attemptAt(fmt.Sprint(i), "1.1.1.1") }))
	require.Equal(t, time.Second, g.fail(t, attemptAt("asha", "1.1.1.1")))
	g.now = g.now.Add(time.Second)
	g.succeed(t, asha)
	require.Zero(t, g.fail(t, attemptAt("ravi", "1.1.1.1")), "a success does not count against the address")
	require.Positive(t, g.fail(t, attemptAt("ravi", "1.1.1.1")), "and does not wash it clean")
}

// A guesser with many addresses is slow at one account, and cannot keep its owner out from where the owner always signs in.
func TestNobodyLocksAnOwnerOut(t *testing.T) {
	t.Parallel()
	g := newGate(t)
	home := attemptAt("asha", "1.1.1.1")
	g.succeed(t, home)
	botnet := func(i int) commerce.Attempt { return attemptAt("asha", fmt.Sprint("bot ", i)) }
	require.Equal(t, seconds(1, 2, 4, 8, 16, 30, 30, 30), g.waits(t, 29, botnet))
	require.Positive(t, g.fail(t, botnet(99)))
	require.LessOrEqual(t, g.fail(t, attemptAt("asha", "2.2.2.2")), 30*time.Second, "an owner on the road waits for half a minute at most")
	g.succeed(t, home)
	require.Empty(t, g.waits(t, 20, botnet), "and the owner's sign-in resets the account")

	g.now = g.now.Add(commerce.KnownAddress)
	require.Empty(t, g.waits(t, 21, botnet))
	require.Positive(t, g.fail(t, home), "an address is not known for ever")
}

// Guesses at the same moment pass no more than one after the other would.
func TestManyTriesAtOnce(t *testing.T) {
	t.Parallel()
	g := newGate(t)
	const tries = 40
	waits := make([]time.Duration, tries)
	errs := make([]error, tries)
	var wg sync.WaitGroup
	for i := range tries {
		wg.Go(func() { waits[i], errs[i] = g.Begin(t.Context(), attemptAt("asha", "6.6.6.6"), g.now) })
	}
	wg.Wait()
	passed := 0
	for i := range tries {
		require.NoError(t, errs[i])
		if waits[i] == 0 {
			passed++
		}
	}
	require.Equal(t, 6, passed, "five free failures, and the one after which there is a wait")
}

// Clocks of servers differ: a free failure on one of them is none that another has to wait for.
func TestClocksDiffer(t *testing.T) {
	t.Parallel()
	g := newGate(t)
	for range 4 {
		require.Zero(t, g.fail(t, attemptAt("asha", "1.1.1.1")))
		g.now = g.now.Add(-time.Second)
	}
	g.succeed(t, attemptAt("asha", "1.1.1.1"))
	g.now = g.now.Add(-time.Second)
	require.Zero(t, g.fail(t, attemptAt("asha", "1.1.1.1")))
}

// Rows that mean nothing any more go, a few with each try, and the table keeps no names.
func TestThrottlesAreSwept(t *testing.T) {
	t.Parallel()
	g := newGate(t)
	for i := range 30 {
		require.Zero(t, g.fail(t, attemptAt(fmt.Sprint(i), fmt.Sprint(i))))
	}
	require.Equal(t, [][]string{{"90"}}, queryRows(t, g.Database, `SELECT count(*) FROM sign_in_throttles`))
	g.now = g.now.Add(25 * time.Hour)
	for range 5 {
		require.Zero(t, g.fail(t, attemptAt("asha", "1.1.1.1")))
	}
	require.Equal(t, [][]string{{"3"}}, queryRows(t, g.Database, `SELECT count(*) FROM sign_in_throttles`))
	// Where nobody knows the address, the account alone counts.
	require.Zero(t, g.fail(t, commerce.SignInAttempt(throttleKey("x"), commerce.ThrottleKey{}, commerce.ThrottleKey{})))
	require.Equal(t, [][]string{{"4"}}, queryRows(t, g.Database, `SELECT count(*) FROM sign_in_throttles`))
	require.NoError(t, g.Succeed(t.Context(), commerce.SignInAttempt(throttleKey("x"), commerce.ThrottleKey{}, commerce.ThrottleKey{}), g.now))
	require.Equal(t, [][]string{{"3"}}, queryRows(t, g.Database, `SELECT count(*) FROM sign_in_throttles`))
}
