package graph

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"math"
	"runtime/debug"
	"sync"

	"github.com/99designs/gqlgen/graphql"
	"github.com/vektah/gqlparser/v2/ast"
	"github.com/vektah/gqlparser/v2/gqlerror"

	"github.com/kirana-commerce/kirana/commerce"
)

// The codes of faults that GraphQL itself finds; those of the domain stand in commerce.
const (
	codeParse      commerce.Code = "GRAPHQL_PARSE_FAILED"
	codeValidation commerce.Code = "GRAPHQL_VALIDATION_FAILED"
	codeMaxCost    commerce.Code = "MAX_COST_EXCEEDED"
	codeOverloaded commerce.Code = "OVERLOADED"
)

// The codes of persisted documents. Apollo's clients know the first and the second.
const (
	codeNotPersisted  commerce.Code = "PERSISTED_QUERY_NOT_FOUND"
	codeNotRegistered commerce.Code = "PERSISTED_QUERY_NOT_SUPPORTED"
	codePersistedOnly commerce.Code = "PERSISTED_QUERY_REQUIRED"
)

// What a client reads about faults whose own text is for logs alone.
const (
	textInternal = "Something went wrong on our side."
	textTimeout  = "The request took too long."
	textSignIn   = "Sign-in is not available right now. Try again in a moment."
)

// panicked is a panic of a resolver, logged where it was caught.
type panicked struct{ value any }

// Error says what the panic was about.
func (p *panicked) Error() string { return fmt.Sprintf("panic: %v", p.value) }

// presenter turns errors into what clients may see of them. No text passes that was not written for clients.
type presenter struct {
	logger    *slog.Logger
	requestID func(context.Context) string
}

// error shows one error.
func (p presenter) error(ctx context.Context, err error) *gqlerror.Error {
	shown := &gqlerror.Error{Path: graphql.GetPath(ctx), Extensions: map[string]any{}}
	inner, isGraphQL := errors.AsType[*gqlerror.Error](err)
	if isGraphQL {
		shown.Path, shown.Locations = inner.Path, inner.Locations
	}
	code := commerce.CodeInternal
	domain, isDomain := errors.AsType[*commerce.Error](err)
	switch {
	case isDomain:
		code, shown.Message = domain.Code, domain.Message
		if domain.Argument != "" {
			shown.Extensions["argument"] = domain.Argument
		}
		if domain.RetryAfter > 0 {
			shown.Extensions["retryAfter"] = int(math.Ceil(domain.RetryAfter.Seconds()))
		}
	case isGraphQL && inner.Err == nil && inner.Extensions["code"] != nil:
		code = p.refusal(shown, inner)
	case coercion(ctx):
		code = commerce.CodeBadUserInput
		showCoercion(ctx, shown, inner)
	case ctx.Err() != nil || errors.Is(err, context.Canceled) || errors.Is(err, context.DeadlineExceeded):
		code, shown.Message = commerce.CodeUnavailable, textTimeout
	default:
		shown.Message = textInternal
	}
	shown.Extensions["code"] = string(code)
	if code == commerce.CodeInternal || code == commerce.CodeUnavailable {
		p.report(ctx, code, shown, err)
	}
	return shown
}

// refusal shows why a document was not executed: the text of the parser, the validator or a limit.
func (p presenter) refusal(shown, inner *gqlerror.Error) commerce.Code {
	shown.Message = inner.Message
	code, _ := inner.Extensions["code"].(string)
	switch {
	case len(inner.Path) > 1 && inner.Path[0] == ast.PathName("variable"):
		// The path leads into the variables. Clients read a path as one into the response.
		shown.Path = nil
		shown.Message = fmt.Sprintf("Variable %q: %s.", variable(inner.Path[1:]), inner.Message)
		return commerce.CodeBadUserInput
	case inner.Rule == ruleValues:
		return commerce.CodeBadUserInput
	}
	return commerce.Code(code)
}

// variable renders a path into the variables as clients write it: $productFilters[0].price.max.
func variable(path ast.Path) string { return "$" + path.String() }

// coercion reports whether the current field's arguments are still being read: then the error is about one of them.
func coercion(ctx context.Context) bool {
	fc := graphql.GetFieldContext(ctx)
	return fc != nil && fc.Args == nil && fc.Field.Field != nil && fc.Field.Definition != nil && len(fc.Field.Definition.Arguments) > 0
}

// showCoercion names the argument, which stands in the error's path behind the field it belongs to.
func showCoercion(ctx context.Context, shown, inner *gqlerror.Error) {
	field := graphql.GetFieldContext(ctx).Path()
	shown.Message = "An argument has a value of the wrong type."
	if inner == nil || len(inner.Path) <= len(field) {
		return
	}
	rest := inner.Path[len(field):]
	shown.Path = field
	shown.Message = fmt.Sprintf("Argument %q: %s.", rest.String(), inner.Message)
	if name, ok := rest[0].(ast.PathName); ok {
		shown.Extensions["argument"] = string(name)
	}
}

// recovered logs a panic with its stack and makes it an error like any other.
func (p presenter) recovered(ctx context.Context, value any) error {
	p.logger.ErrorContext(ctx, "a resolver panicked", "panic", fmt.Sprint(value), "request_id", p.id(ctx), "stack", string(debug.Stack()))
	return &panicked{value}
}

// report logs what the client is not told, once for each response however many fields share the fault, and gives the
// client the id to ask about it.
func (p presenter) report(ctx context.Context, code commerce.Code, shown *gqlerror.Error, err error) {
	id := p.id(ctx)
	if id != "" {
		shown.Extensions["requestId"] = id
	}
	cause := err
	if inner, ok := errors.AsType[*gqlerror.Error](err); ok && inner.Err != nil {
		cause = inner.Err // without the path, in which the fields that share it differ
	}
	if _, logged := errors.AsType[*panicked](err); logged || !firstOf(ctx, cause.Error()) {
		return
	}
	p.logger.ErrorContext(ctx, "a field could not be answered", "code", string(code), "error", cause.Error(), "path", shown.Path.String(), "request_id", id)
}

func (p presenter) id(ctx context.Context) string {
	if p.requestID == nil {
		return ""
	}
	return p.requestID(ctx)
}

// request shows a fault of the request as a whole, with what its code asks for.
func (p presenter) request(ctx context.Context, code commerce.Code, message string) *gqlerror.Error {
	e := fault(code, "%s", message)
	if id := p.id(ctx); id != "" && code == commerce.CodeUnavailable {
		e.Extensions["requestId"] = id
	}
	return e
}

// ledger remembers which faults of a response have been logged.
type ledger struct {
	mu   sync.Mutex
	seen map[string]bool
}

type ledgerKey struct{}

// ledgerContext is a context that carries a ledger, in one piece of memory.
type ledgerContext struct {
	context.Context //nolint:containedctx // it is a context itself

	ledger ledger
}

// Value finds the ledger, or what the context knew before.
func (c *ledgerContext) Value(key any) any {
	if key == (ledgerKey{}) {
		return &c.ledger
	}
	return c.Context.Value(key)
}

func withLedger(ctx context.Context) context.Context { return &ledgerContext{Context: ctx} }

// firstOf reports whether the text is new to the context's response.
func firstOf(ctx context.Context, text string) bool {
	l, ok := ctx.Value(ledgerKey{}).(*ledger)
	if !ok {
		return true
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.seen[text] {
		return false
	}
	if l.seen == nil {
		l.seen = map[string]bool{}
	}
	l.seen[text] = true
	return true
}
