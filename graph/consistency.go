package graph

import (
	"context"
	"log/slog"
	"net/http"

	"github.com/99designs/gqlgen/graphql"
	"github.com/vektah/gqlparser/v2/gqlerror"

	"github.com/kirana-commerce/kirana/commerce"
)

const (
	// headerConsistency carries a token to clients after they have written, and back with what they read then.
	headerConsistency = "Kirana-Consistency"
	// extensionConsistency is where the token stands in the answer's body.
	extensionConsistency = "consistency"
)

// consistency is extensions.consistency.
type consistency struct {
	Token string `json:"token"`
}

// seen is the position that a request's token stands for, 0 without one. Code BAD_USER_INPUT.
func seen(headers http.Header) (commerce.LogPosition, *gqlerror.Error) {
	text := headers.Get(headerConsistency)
	if text == "" {
		return 0, nil
	}
	p, ok := commerce.ParseToken(text)
	if !ok {
		return 0, fault(commerce.CodeBadUserInput, "The header %s is no token of this API: send back what extensions.consistency.token of a mutation says, or leave it out.", headerConsistency)
	}
	return p, nil
}

// tell gives the answer of a mutation its token. What was written stays written where nobody can say where.
func (e *executor) tell(ctx context.Context, response *graphql.Response) {
	if e.position == nil || ctx.Err() != nil {
		return
	}
	p, err := e.position(ctx)
	if err != nil {
		e.present.logger.WarnContext(ctx, "a mutation is answered without a consistency token", slog.Any("error", err))
		return
	}
	if response.Extensions == nil {
		response.Extensions = map[string]any{}
	}
	response.Extensions[extensionConsistency] = consistency{p.Token()}
}

// tellHeader repeats the token of an answer in its headers.
func tellHeader(h http.Header, response *graphql.Response) {
	if told, ok := response.Extensions[extensionConsistency].(consistency); ok {
		h.Set(headerConsistency, told.Token)
	}
}
