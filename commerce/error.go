package commerce

import (
	"errors"
	"fmt"
	"math"
	"time"
)

// Code says what kind of fault happened, in the words clients see in extensions.code.
type Code string

// The codes of faults that leave the domain. Transport faults (parse, validation, limits) have their own codes in graph.
const (
	CodeBadUserInput    Code = "BAD_USER_INPUT"
	CodeUnauthenticated Code = "UNAUTHENTICATED"
	CodeForbidden       Code = "FORBIDDEN"
	CodeNotFound        Code = "NOT_FOUND"
	CodeUnavailable     Code = "UNAVAILABLE"
	CodeThrottled       Code = "THROTTLED"
	CodeStoreRequired   Code = "STORE_REQUIRED"
	CodeStoreNotFound   Code = "STORE_NOT_FOUND"
	CodeInternal        Code = "INTERNAL"

	CodeIdempotencyKeyReused  Code = "IDEMPOTENCY_KEY_REUSED"
	CodeIdempotencyInProgress Code = "IDEMPOTENCY_IN_PROGRESS"
	CodeSecretAlreadyShown    Code = "SECRET_ALREADY_SHOWN"
)

// Error is a fault whose Message may be shown to anybody. The cause, when there is one, is for logs alone.
type Error struct {
	Code    Code
	Message string
	// Argument names the GraphQL argument the fault is about, empty when it is about none.
	Argument string
	// RetryAfter is how long to wait before the same may succeed, 0 when nobody can say.
	RetryAfter time.Duration

	cause error
}

// Error returns the public message, followed by the cause for logs.
func (e *Error) Error() string {
	if e.cause == nil {
		return e.Message
	}
	return e.Message + ": " + e.cause.Error()
}

// Unwrap returns the cause, which never leaves the server.
func (e *Error) Unwrap() error { return e.cause }

// BadInput says that the named argument cannot be used, and why. Code BAD_USER_INPUT.
func BadInput(argument, format string, args ...any) *Error {
	return &Error{
		Code: CodeBadUserInput, Argument: argument,
		Message: fmt.Sprintf("Argument %q: ", argument) + fmt.Sprintf(format, args...),
	}
}

// Unavailable says that a part the request needs does not answer. what is shown, cause is logged. Code UNAVAILABLE.
func Unavailable(what string, cause error) *Error {
	return &Error{Code: CodeUnavailable, Message: what + " is not available right now. Try again in a moment.", cause: cause}
}

// Throttled says that somebody has tried too often, and how long they have to wait. Code THROTTLED.
func Throttled(wait time.Duration) *Error {
	seconds := int(math.Ceil(wait.Seconds()))
	return &Error{
		Code: CodeThrottled, RetryAfter: wait,
		Message: fmt.Sprintf("Too many tries. Wait %d seconds, then try again.", seconds),
	}
}

// ErrStoreRequired says that the request needs a current store and names none.
var ErrStoreRequired = &Error{
	Code:    CodeStoreRequired,
	Message: "This field needs a current store: send the request to /stores/{handle}/graphql, set the header Kirana-Store, or ask under store(handle:).",
}

// ErrStoreNotFound says that the current store named by the request does not exist or is not published.
var ErrStoreNotFound = &Error{Code: CodeStoreNotFound, Message: "The current store of this request does not exist or is not published."}

// ErrUnauthenticated says that a field is for viewers who are known, and this one is not.
var ErrUnauthenticated = &Error{
	Code:    CodeUnauthenticated,
	Message: "This is for merchants: sign in with merchantSignIn, and send the token as `Authorization: Bearer <token>`. An API key is sent in the same way.",
}

// Forbidden says that the viewer lacks a scope in the store the request is about.
func Forbidden(scope Scope) *Error {
	return &Error{Code: CodeForbidden, Message: fmt.Sprintf("This needs the scope %s in the store, which this session or API key does not have.", scope)}
}

// ErrMerchantRequired says that an API key asks for what only people do.
var ErrMerchantRequired = &Error{
	Code:    CodeForbidden,
	Message: "This is for merchants who have signed in, not for API keys.",
}

// CodeOf returns the code of err: that of the first *Error in its chain, INTERNAL for every other error.
func CodeOf(err error) Code {
	if e, ok := errors.AsType[*Error](err); ok {
		return e.Code
	}
	return CodeInternal
}
