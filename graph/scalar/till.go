package scalar

import (
	"slices"

	"github.com/99designs/gqlgen/graphql"

	"github.com/kirana-commerce/kirana/commerce"
	"github.com/kirana-commerce/kirana/graph/plan"
)

// AppendCartWarningCode renders what a buyer should know.
func AppendCartWarningCode(b []byte, c commerce.CartWarningCode) []byte {
	return plan.AppendText(b, c)
}

// MarshalCartWarningCode renders what a buyer should know.
func MarshalCartWarningCode(c commerce.CartWarningCode) graphql.Marshaler {
	return appended(AppendCartWarningCode, c)
}

// UnmarshalCartWarningCode reads what a buyer should know. No argument takes it.
func UnmarshalCartWarningCode(v any) (commerce.CartWarningCode, error) {
	return enum(v, commerce.CartWarningCode.Valid)
}

// AppendDeliveryMethodType renders a way of delivery.
func AppendDeliveryMethodType(b []byte, v commerce.DeliveryMethodType) []byte {
	return plan.AppendText(b, v)
}

// MarshalDeliveryMethodType renders a way of delivery.
func MarshalDeliveryMethodType(v commerce.DeliveryMethodType) graphql.Marshaler {
	return appended(AppendDeliveryMethodType, v)
}

// UnmarshalDeliveryMethodType reads a way of delivery. No argument takes it.
func UnmarshalDeliveryMethodType(v any) (commerce.DeliveryMethodType, error) {
	return enum(v, func(v commerce.DeliveryMethodType) bool {
		return v == commerce.DeliveryShipping || v == commerce.DeliveryPickup || v == commerce.DeliveryNone
	})
}

// AppendCartDeliveryGroupType renders a kind of purchase.
func AppendCartDeliveryGroupType(b []byte, v commerce.CartDeliveryGroupType) []byte {
	return plan.AppendText(b, v)
}

// MarshalCartDeliveryGroupType renders a kind of purchase.
func MarshalCartDeliveryGroupType(v commerce.CartDeliveryGroupType) graphql.Marshaler {
	return appended(AppendCartDeliveryGroupType, v)
}

// UnmarshalCartDeliveryGroupType reads a kind of purchase. No argument takes it.
func UnmarshalCartDeliveryGroupType(v any) (commerce.CartDeliveryGroupType, error) {
	return enum(v, func(v commerce.CartDeliveryGroupType) bool {
		return v == "ONE_TIME_PURCHASE" || v == "SUBSCRIPTION"
	})
}

// AppendFinancialStatus renders how far an order is paid.
func AppendFinancialStatus(b []byte, v commerce.FinancialStatus) []byte { return plan.AppendText(b, v) }

// MarshalFinancialStatus renders how far an order is paid.
func MarshalFinancialStatus(v commerce.FinancialStatus) graphql.Marshaler {
	return appended(AppendFinancialStatus, v)
}

// UnmarshalFinancialStatus reads how far an order is paid. No argument takes it.
func UnmarshalFinancialStatus(v any) (commerce.FinancialStatus, error) {
	return enum(v, func(v commerce.FinancialStatus) bool {
		return slices.Contains(commerce.FinancialStatuses(), v)
	})
}

// AppendFulfillmentStatus renders how much of an order has left.
func AppendFulfillmentStatus(b []byte, v commerce.FulfillmentStatus) []byte {
	return plan.AppendText(b, v)
}

// MarshalFulfillmentStatus renders how much of an order has left.
func MarshalFulfillmentStatus(v commerce.FulfillmentStatus) graphql.Marshaler {
	return appended(AppendFulfillmentStatus, v)
}

// UnmarshalFulfillmentStatus reads how much of an order has left. No argument takes it.
func UnmarshalFulfillmentStatus(v any) (commerce.FulfillmentStatus, error) {
	return enum(v, func(v commerce.FulfillmentStatus) bool {
		return slices.Contains(commerce.FulfillmentStatuses(), v)
	})
}

// AppendOrderCancelReason renders why an order was canceled.
func AppendOrderCancelReason(b []byte, v commerce.OrderCancelReason) []byte {
	return plan.AppendText(b, v)
}

// MarshalOrderCancelReason renders why an order was canceled.
func MarshalOrderCancelReason(v commerce.OrderCancelReason) graphql.Marshaler {
	return appended(AppendOrderCancelReason, v)
}

// UnmarshalOrderCancelReason reads why an order was canceled.
func UnmarshalOrderCancelReason(v any) (commerce.OrderCancelReason, error) {
	return enum(v, commerce.OrderCancelReason.Valid)
}

// AppendOrderEventKind renders what happened to an order.
func AppendOrderEventKind(b []byte, v commerce.OrderEventKind) []byte { return plan.AppendText(b, v) }

// MarshalOrderEventKind renders what happened to an order.
func MarshalOrderEventKind(v commerce.OrderEventKind) graphql.Marshaler {
	return appended(AppendOrderEventKind, v)
}

// UnmarshalOrderEventKind reads what happened to an order. No argument takes it.
func UnmarshalOrderEventKind(v any) (commerce.OrderEventKind, error) {
	return enum(v, func(v commerce.OrderEventKind) bool {
		return slices.Contains(commerce.OrderEventKinds(), v)
	})
}

// AppendCustomerRetention renders why something of a customer was not erased.
func AppendCustomerRetention(b []byte, v commerce.CustomerRetention) []byte {
	return plan.AppendText(b, v)
}

// MarshalCustomerRetention renders why something of a customer was not erased.
func MarshalCustomerRetention(v commerce.CustomerRetention) graphql.Marshaler {
	return appended(AppendCustomerRetention, v)
}

// UnmarshalCustomerRetention reads why something of a customer was not erased. No argument takes it.
func UnmarshalCustomerRetention(v any) (commerce.CustomerRetention, error) {
	return enum(v, commerce.CustomerRetention.Valid)
}

// AppendPaymentMethod renders how a buyer pays.
func AppendPaymentMethod(b []byte, v commerce.PaymentMethod) []byte { return plan.AppendText(b, v) }

// MarshalPaymentMethod renders how a buyer pays.
func MarshalPaymentMethod(v commerce.PaymentMethod) graphql.Marshaler {
	return appended(AppendPaymentMethod, v)
}

// UnmarshalPaymentMethod reads how a buyer pays.
func UnmarshalPaymentMethod(v any) (commerce.PaymentMethod, error) {
	return enum(v, commerce.PaymentMethod.Valid)
}
