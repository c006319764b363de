package commerce

import (
	"cmp"
	"errors"
	"fmt"
	"math/bits"
	"slices"
)

// Rate is a share of an amount, in millionths: 18 % is 180,000, and 8.875 % is 88,750. It is never a float.
type Rate int64

// RateOne is the whole, 100 %.
const RateOne Rate = 1_000_000

// percentDigits are the decimal digits that a percentage can have.
const percentDigits = 4

// ParsePercentage reads a percentage such as "18" or "8.875". More than four decimal digits are refused unless they are zeros, and so
// is what is below zero or above most.
func ParsePercentage(t DecimalText, most Rate) (Rate, error) {
	n, err := t.scaled(percentDigits)
	if errors.Is(err, errTooFine) {
		return 0, fmt.Errorf("%.40q has more than the %d decimal digits of a percentage", t, percentDigits)
	}
	if err != nil {
		return 0, fmt.Errorf("%.40q is no percentage", t)
	}
	if Rate(n) > most {
		return 0, fmt.Errorf("%.40q is more than %s %%", t, most.Percentage())
	}
	return Rate(n), nil
}

// Percentage is the rate in per cent, without the zeros that say nothing: 18, 8.875.
func (r Rate) Percentage() Decimal {
	d := Decimal{Unscaled: int64(r), Digits: percentDigits}
	for d.Digits > 0 && d.Unscaled%10 == 0 {
		d.Unscaled, d.Digits = d.Unscaled/10, d.Digits-1
	}
	return d
}

// of is the rate's share of an amount, rounded half up.
func (r Rate) of(amount int64) int64 { return share(amount, int64(r), int64(RateOne)) }

// within is the share that the rate was added by, in an amount that contains it: 18 % within 118 is 18. Rounded half up.
func (r Rate) within(amount int64) int64 { return share(amount, int64(r), int64(RateOne+r)) }

// share is amount × part ÷ whole, rounded half up. The product may be beyond int64; the result must not be. Nothing is below zero.
func share(amount, part, whole int64) int64 {
	n, rest := divided(amount, part, whole)
	if rest >= whole-rest {
		n++
	}
	return n
}

// divided is amount × part ÷ whole, rounded down, and what is left over.
func divided(amount, part, whole int64) (n, rest int64) {
	high, low := bits.Mul64(uint64(amount), uint64(part))
	quotient, remainder := bits.Div64(high, low, uint64(whole))
	return int64(quotient), int64(remainder)
}

// times is amount × count, and whether it is no more than an amount can be.
func times(amount, count int64) (int64, bool) {
	high, low := bits.Mul64(uint64(amount), uint64(count))
	return int64(low), high == 0 && low <= maxMinor
}

// allocate splits a sum over weights in proportion, so that the parts are whole and add up to it: each gets its share rounded down,
// and the units left over go to the largest remainders, of equal ones to the first. The sum must not be above the weights' own; then
// no part is above its weight.
func allocate(sum int64, weights []int64) []int64 {
	parts := make([]int64, len(weights))
	rests := make([]int64, len(weights))
	var whole int64
	for _, w := range weights {
		whole += w
	}
	if sum == 0 || whole == 0 {
		return parts
	}
	left := sum
	for i, w := range weights {
		parts[i], rests[i] = divided(w, sum, whole)
		left -= parts[i]
	}
	for _, i := range sortedBy(len(weights), func(i, j int) int { return cmp.Compare(rests[j], rests[i]) })[:left] {
		parts[i]++
	}
	return parts
}

// sortedBy is the numbers below n in an order; equal ones stay as they are.
func sortedBy(n int, compare func(i, j int) int) []int {
	order := make([]int, n)
	for i := range order {
		order[i] = i
	}
	slices.SortStableFunc(order, compare)
	return order
}
