package commerce

import (
	"errors"
	"fmt"
	"strings"
)

// RefusalCode says why an input was refused, in the words of the mutation's own enum, such as HANDLE_TAKEN.
type RefusalCode string

// The codes that mean the same in every domain. Others stand beside the rules that they are about.
const (
	RefusalInvalid     RefusalCode = "INVALID"
	RefusalBlank       RefusalCode = "BLANK"
	RefusalTooLong     RefusalCode = "TOO_LONG"
	RefusalTooMany     RefusalCode = "TOO_MANY"
	RefusalNotFound    RefusalCode = "NOT_FOUND"
	RefusalTaken       RefusalCode = "TAKEN"
	RefusalReserved    RefusalCode = "RESERVED"
	RefusalDuplicate   RefusalCode = "DUPLICATE"
	RefusalStaleObject RefusalCode = "STALE_OBJECT"
)

// Refusal is one reason why a mutation was not carried out: a userError of the API. It is data, not a fault.
type Refusal struct {
	// Field is the way to the value, from the mutation's argument on: input, variants, 3, price. Nil when it is about no value.
	Field []string
	Code  RefusalCode
	// Message tells the merchant what is wrong and what to do, and may be shown to anybody.
	Message string
}

// IsDisplayableError marks Refusal as a reason that clients can show.
func (*Refusal) IsDisplayableError() {}

// Refusals are all the reasons why a mutation was not carried out. As an error they mean that nothing was written.
type Refusals []Refusal //nolint:errname,recvcheck // refusals are data first; Add grows the slice

// Error joins the messages.
func (r Refusals) Error() string {
	texts := make([]string, len(r))
	for i, one := range r {
		texts[i] = strings.Join(one.Field, ".") + ": " + one.Message
	}
	return strings.Join(texts, "; ")
}

// Add notes one reason. path is the way to the value; its parts are names and, for elements of lists, numbers from 0.
func (r *Refusals) Add(code RefusalCode, path []any, format string, args ...any) {
	field := make([]string, len(path))
	for i, part := range path {
		field[i] = fmt.Sprint(part)
	}
	*r = append(*r, Refusal{Field: field, Code: code, Message: fmt.Sprintf(format, args...)})
}

// Err is the refusals as an error, nil when there are none: a nil slice in an interface is not nil.
func (r Refusals) Err() error {
	if len(r) == 0 {
		return nil
	}
	return r
}

// Refuse is a single reason as an error.
func Refuse(code RefusalCode, path []any, format string, args ...any) error {
	var r Refusals
	r.Add(code, path, format, args...)
	return r
}

// RefusalsOf finds the refusals in err's chain.
func RefusalsOf(err error) (Refusals, bool) { return errors.AsType[Refusals](err) }
