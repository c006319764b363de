// Package payment is Stripe behind commerce's interface for payments by card: payments, refunds and Stripe's own page for paying, asked for on
// the accounts of stores, and the messages that Stripe sends.
//
// It never decides what a payment means for an order, keeps nothing, and believes nothing that it was not told under the secret of
// the platform.
package payment
