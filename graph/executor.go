package graph

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"strings"

	"github.com/99designs/gqlgen/graphql"
	"github.com/vektah/gqlparser/v2/ast"
	"github.com/vektah/gqlparser/v2/gqlerror"
	"github.com/vektah/gqlparser/v2/validator"

	"github.com/kirana-commerce/kirana/commerce"
	"github.com/kirana-commerce/kirana/graph/plan"
)

// executor takes requests from a transport to their answer. It stands in the place of gqlgen's own, whose transports run on
// it: a document that is known costs one look-up, and everything that depends on the document alone has been done then.
type executor struct {
	schema      graphql.ExecutableSchema
	documents   *library
	limits      Limits
	present     presenter
	perResponse func(ctx context.Context, writes bool) context.Context
	position    func(context.Context) (commerce.LogPosition, error)
	mayRegister func(context.Context) bool
	// mayIntrospect tells apart who may read the schema; nil where everybody may, or nobody.
	mayIntrospect func(context.Context) bool

	presentError graphql.ErrorPresenterFunc // of present, made once
	recovered    graphql.RecoverFunc

	introspection, persistedOnly bool
}

func newExecutor(schema graphql.ExecutableSchema, o Options) *executor {
	limits := o.Limits.orDefault()
	present := presenter{logger: o.Logger, requestID: o.RequestID}
	introspection := o.Introspection || o.MayIntrospect != nil
	e := &executor{
		schema: schema, limits: limits,
		// A suggestion tells of the schema, and what is refused is not looked at for whom.
		documents: newLibrary(schema.Schema(), limits, introspection, o.Introspection),
		present:   present, presentError: present.error, recovered: present.recovered,
		perResponse: o.PerResponse, position: o.Position, mayRegister: o.MayRegister,
		introspection: introspection, persistedOnly: o.PersistedOnly,
	}
	if !o.Introspection {
		e.mayIntrospect = o.MayIntrospect
	}
	e.documents.planner, _ = schema.(*plan.Schema)
	return e
}

// execution is a request that may be executed: its operation, its variables and what they cost.
type execution struct {
	graphql.OperationContext

	operation *operation
	cost      int
}

// statCost is where a request carries extensions.cost: gqlgen's type of it has no other place for what is ours.
const statCost = "cost"

// prepare finds out what a request asks for, by its document's id when it has one, and refuses what may not be executed.
// The request it returns with faults is good for the context of the answer alone.
func (e *executor) prepare(ctx context.Context, params *graphql.RawParams, documentID string) (*execution, gqlerror.List) {
	r := &execution{OperationContext: graphql.OperationContext{
		RawQuery: params.Query, OperationName: params.OperationName, Extensions: params.Extensions, Headers: params.Headers,
		DisableIntrospection: !e.introspection, RecoverFunc: e.recovered,
		ResolverMiddleware: runField, RootResolverMiddleware: runRootField,
	}}
	r.Stats.Read = params.ReadTime
	r.Stats.OperationStart = graphql.Now()
	if !storable(params.Variables) {
		return r, gqlerror.List{fault(commerce.CodeBadUserInput, "A variable contains the character U+0000, which no text may.")}
	}
	r.Stats.Parsing.Start = r.Stats.OperationStart
	doc, faults := e.document(ctx, params, documentID)
	if len(faults) > 0 {
		return r, faults
	}
	r.Stats.Parsing.End = graphql.Now()
	r.Stats.Validation.Start, r.Stats.Validation.End = r.Stats.Parsing.End, r.Stats.Parsing.End
	r.RawQuery, r.Doc = doc.text, doc.ast
	if doc.introspects && e.mayIntrospect != nil && !e.mayIntrospect(ctx) {
		return r, gqlerror.List{introspectionIsOff()}
	}
	op, refused := doc.operation(params.OperationName)
	if refused != nil {
		return r, gqlerror.List{refused}
	}
	r.operation, r.Operation = op, op.def
	if _, refused := seen(params.Headers); refused != nil {
		return r, gqlerror.List{refused}
	}
	if refused := e.admit(r, params.Variables); refused != nil {
		return r, gqlerror.List{refused}
	}
	return r, nil
}

func runRootField(ctx context.Context, next graphql.RootResolver) graphql.Marshaler { return next(ctx) }

// admit reads the variables and weighs the request with them.
func (e *executor) admit(r *execution, variables map[string]any) *gqlerror.Error {
	if len(r.Operation.VariableDefinitions) > 0 {
		values, err := validator.VariableValues(e.documents.rules.schema, r.Operation, variables)
		if err != nil {
			return wrongVariable(err)
		}
		r.Variables = values
	} else {
		r.Variables = map[string]any{} // code that is not ours may write into it
	}
	r.cost = r.operation.cost.at(r.Variables)
	if r.cost > e.limits.Cost {
		r.Stats.SetExtension(statCost, e.costs(r.cost, nil))
		return fault(codeMaxCost, "The operation costs %d points, at most %d.", r.cost, e.limits.Cost)
	}
	if r.Headers.Get(headerCost) == "1" {
		r.Stats.SetExtension(statCost, e.costs(r.cost, r.cost))
	}
	return nil
}

// wrongVariable lets the presenter see that a fault is about a variable, by its path.
func wrongVariable(err error) *gqlerror.Error {
	f := gqlerror.WrapIfUnwrapped(err)
	f.Extensions = map[string]any{"code": string(codeValidation)}
	f.Err = nil // it was written for clients
	return f
}

// headerCost asks for extensions.cost in the answer.
const headerCost = "Kirana-Cost"

// costs is extensions.cost as clients of Shopify's APIs read it. A request costs what its document may cost at most, which
// is known before it runs; actualQueryCost is null when it did not run. Nothing is saved up or used up yet: every request
// may spend the maximum, and that is what throttleStatus says.
func (e *executor) costs(requested int, actual any) map[string]any {
	return map[string]any{
		"requestedQueryCost": requested, "actualQueryCost": actual,
		"throttleStatus": map[string]any{
			"maximumAvailable": e.limits.Cost, "currentlyAvailable": e.limits.Cost, "restoreRate": e.limits.Cost,
		},
	}
}

// document finds the prepared document of a request: by documentID, by the hash of Apollo's extension persistedQuery, or
// by its text.
func (e *executor) document(ctx context.Context, params *graphql.RawParams, documentID string) (*document, gqlerror.List) {
	id, fixed := strings.TrimPrefix(documentID, hashPrefix), documentID != ""
	if !fixed {
		hash, refused := persistedHash(params.Extensions)
		if refused != nil {
			return nil, gqlerror.List{refused}
		}
		id = hash
	}
	if id == "" {
		return e.byText(ctx, params.Query)
	}
	doc := e.documents.byID[id]
	if doc == nil {
		doc = e.documents.recent.get(hashPrefix + id)
	}
	switch {
	case doc != nil && (params.Query == "" || params.Query == doc.text):
		return doc, nil
	case doc != nil:
		return nil, gqlerror.List{fault(commerce.CodeBadUserInput, "The query is not the document of this id.")}
	case params.Query == "" || fixed:
		return nil, gqlerror.List{fault(codeNotPersisted, "PersistedQueryNotFound")}
	}
	return e.register(ctx, params.Query, id)
}

// hashPrefix stands before a hash as a document's id. No GraphQL document begins like this.
const hashPrefix = "sha256:"

func (e *executor) byText(ctx context.Context, text string) (*document, gqlerror.List) {
	if e.persistedOnly && e.documents.byText[text] == nil {
		return nil, gqlerror.List{fault(codePersistedOnly, "Only persisted documents are served: send documentId.")}
	}
	return e.documents.find(ctx, text)
}

// register is Apollo's automatic registration: the document is remembered under its hash, for as long as the cache holds
// it. Who may not do so gets the answer at which Apollo's clients stop trying, and send the text alone.
func (e *executor) register(ctx context.Context, text, hash string) (*document, gqlerror.List) {
	sum := sha256.Sum256([]byte(text))
	if hex.EncodeToString(sum[:]) != hash {
		return nil, gqlerror.List{fault(commerce.CodeBadUserInput, "provided sha does not match query")}
	}
	if e.mayRegister == nil || !e.mayRegister(ctx) {
		return nil, gqlerror.List{fault(codeNotRegistered, "PersistedQueryNotSupported")}
	}
	doc, faults := e.byText(ctx, text)
	if len(faults) == 0 {
		e.documents.recent.add(hashPrefix+hash, doc, doc.bytes)
	}
	return doc, faults
}

// persistedHash reads Apollo's extension; empty when the request has none.
func persistedHash(extensions map[string]any) (string, *gqlerror.Error) {
	given, exists := extensions["persistedQuery"]
	if !exists || given == nil {
		return "", nil
	}
	fields, _ := given.(map[string]any)
	if version := number(fields["version"]); version != 1 {
		return "", fault(commerce.CodeBadUserInput, "Unsupported persisted query version")
	}
	hash, _ := fields["sha256Hash"].(string)
	if len(hash) != hex.EncodedLen(sha256.Size) {
		return "", fault(commerce.CodeBadUserInput, "extensions.persistedQuery.sha256Hash is not a SHA-256 in hexadecimal digits.")
	}
	return hash, nil
}

// run executes a request that has one answer, and appends the data to into where it runs on a plan. It is nil when the
// context ended before.
func (e *executor) run(ctx context.Context, r *execution, into *bytes.Buffer) *graphql.Response {
	ctx = e.answer(graphql.WithOperationContext(ctx, &r.OperationContext))
	if r.operation.plans != nil {
		if p, err := r.operation.plans.Plan(&r.OperationContext); err == nil {
			return e.respond(ctx, &r.OperationContext, func(ctx context.Context) *graphql.Response {
				begin := into.Len()
				into.Write(p.Execute(ctx, &r.OperationContext, into.AvailableBuffer()))
				return &graphql.Response{Data: into.Bytes()[begin:]}
			})
		}
	}
	next := e.exec(ctx, r.operation)
	if errs := graphql.GetErrors(ctx); errs != nil {
		return &graphql.Response{Errors: errs}
	}
	return e.respond(ctx, &r.OperationContext, next)
}

// exec starts an operation on its plans, or on the schema itself when it has none.
func (e *executor) exec(ctx context.Context, op *operation) graphql.ResponseHandler {
	if op == nil || op.plans == nil {
		return e.schema.Exec(ctx)
	}
	return e.documents.planner.ExecOperation(ctx, op.plans)
}

// answer gives the answer a context of its own, which gathers its errors and extensions.
func (e *executor) answer(ctx context.Context) context.Context {
	return graphql.WithResponseContext(ctx, e.presentError, e.recovered)
}

// respond makes one answer, with what lives as long as it does.
func (e *executor) respond(ctx context.Context, op *graphql.OperationContext, next graphql.ResponseHandler) *graphql.Response {
	if ctx.Err() != nil {
		return nil
	}
	writes := op.Operation.Operation == ast.Mutation
	if p, _ := seen(op.Headers); p > 0 { // prepare has refused what is none
		ctx = commerce.WithPosition(ctx, p)
	}
	if e.perResponse != nil {
		ctx = e.perResponse(ctx, writes)
	}
	ctx = withLedger(ctx)
	response := next(ctx)
	if response == nil {
		return nil
	}
	response.Errors = append(response.Errors, graphql.GetErrors(ctx)...)
	response.Extensions = graphql.GetExtensions(ctx)
	withCost(response, op)
	if writes {
		e.tell(ctx, response)
	}
	return response
}

// withCost adds extensions.cost where the request has it.
func withCost(response *graphql.Response, op *graphql.OperationContext) {
	cost := op.Stats.GetExtension(statCost)
	if cost == nil {
		return
	}
	if response.Extensions == nil {
		response.Extensions = map[string]any{}
	}
	response.Extensions["cost"] = cost
}

// DispatchOperation starts an operation for gqlgen's transports. A subscription has many answers, then nil.
func (e *executor) DispatchOperation(ctx context.Context, op *graphql.OperationContext) (graphql.ResponseHandler, context.Context) {
	ctx = graphql.WithOperationContext(ctx, op)
	start := e.answer(ctx)
	next := e.exec(start, e.documents.operationOf(op))
	if errs := graphql.GetErrors(start); errs != nil {
		return graphql.OneShot(&graphql.Response{Errors: errs}), ctx
	}
	return func(ctx context.Context) *graphql.Response { return e.respond(e.answer(ctx), op, next) }, ctx
}

// DispatchError answers a request that was refused.
func (e *executor) DispatchError(ctx context.Context, faults gqlerror.List) *graphql.Response {
	ctx = e.answer(ctx)
	for _, f := range faults {
		graphql.AddError(ctx, f)
	}
	response := &graphql.Response{Errors: graphql.GetErrors(ctx), Extensions: graphql.GetExtensions(ctx)}
	if graphql.HasOperationContext(ctx) {
		withCost(response, graphql.GetOperationContext(ctx))
	}
	return response
}

// PresentRecoveredError shows a panic that a transport caught.
func (e *executor) PresentRecoveredError(ctx context.Context, value any) error {
	return e.present.error(ctx, e.present.recovered(ctx, value))
}
