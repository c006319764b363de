package scalar

import (
	"slices"

	"github.com/99designs/gqlgen/graphql"

	"github.com/kirana-commerce/kirana/commerce"
	"github.com/kirana-commerce/kirana/graph/plan"
)

// AppendCardStatus renders how far a payment by card is.
func AppendCardStatus(b []byte, v commerce.CardStatus) []byte { return plan.AppendText(b, v) }

// MarshalCardStatus renders how far a payment by card is.
func MarshalCardStatus(v commerce.CardStatus) graphql.Marshaler { return appended(AppendCardStatus, v) }

// UnmarshalCardStatus reads how far a payment by card is. No argument takes it.
func UnmarshalCardStatus(v any) (commerce.CardStatus, error) {
	return enum(v, func(v commerce.CardStatus) bool {
		return slices.Contains([]commerce.CardStatus{commerce.CardPending, commerce.CardSucceeded, commerce.CardCanceled}, v)
	})
}

// AppendCardRefundReason renders why money goes back to a card.
func AppendCardRefundReason(b []byte, v commerce.CardRefundReason) []byte {
	return plan.AppendText(b, v)
}

// MarshalCardRefundReason renders why money goes back to a card.
func MarshalCardRefundReason(v commerce.CardRefundReason) graphql.Marshaler {
	return appended(AppendCardRefundReason, v)
}

// UnmarshalCardRefundReason reads why money goes back to a card. No argument takes it.
func UnmarshalCardRefundReason(v any) (commerce.CardRefundReason, error) {
	return enum(v, func(v commerce.CardRefundReason) bool {
		return slices.Contains([]commerce.CardRefundReason{
			commerce.CardRefundAsked, commerce.CardRefundCanceled, commerce.CardRefundPaid, commerce.CardRefundLapsed, commerce.CardRefundAmount,
		}, v)
	})
}

// AppendCardRefundState renders how far money is on its way back.
func AppendCardRefundState(b []byte, v commerce.CardRefundState) []byte {
	return plan.AppendText(b, v)
}

// MarshalCardRefundState renders how far money is on its way back.
func MarshalCardRefundState(v commerce.CardRefundState) graphql.Marshaler {
	return appended(AppendCardRefundState, v)
}

// UnmarshalCardRefundState reads how far money is on its way back. No argument takes it.
func UnmarshalCardRefundState(v any) (commerce.CardRefundState, error) {
	return enum(v, func(v commerce.CardRefundState) bool {
		return slices.Contains([]commerce.CardRefundState{
			commerce.CardRefundDue, commerce.CardRefundSent, commerce.CardRefundSettled, commerce.CardRefundFailed,
		}, v)
	})
}

// AppendDisputeStatus renders how far a dispute is.
func AppendDisputeStatus(b []byte, v commerce.DisputeStatus) []byte { return plan.AppendText(b, v) }

// MarshalDisputeStatus renders how far a dispute is.
func MarshalDisputeStatus(v commerce.DisputeStatus) graphql.Marshaler {
	return appended(AppendDisputeStatus, v)
}

// UnmarshalDisputeStatus reads how far a dispute is. No argument takes it.
func UnmarshalDisputeStatus(v any) (commerce.DisputeStatus, error) {
	return enum(v, func(v commerce.DisputeStatus) bool { return slices.Contains(commerce.DisputeStatuses(), v) })
}
