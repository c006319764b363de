package graph

import (
	"context"
	"errors"
	"strings"
	"time"

	"github.com/99designs/gqlgen/graphql"
	"github.com/vektah/gqlparser/v2/ast"
	"github.com/vektah/gqlparser/v2/gqlerror"
	"github.com/vektah/gqlparser/v2/parser"

	"github.com/kirana-commerce/kirana/commerce"
	"github.com/kirana-commerce/kirana/graph/plan"
	"github.com/kirana-commerce/kirana/internal/persisted"
)

// document is a prepared document: measured, parsed, validated and priced once, then only read, by many requests at a time.
type document struct {
	text       string
	ast        *ast.QueryDocument
	operations []*operation
	bytes      int // of memory, roughly
	// introspects says that the document reads the schema, which not everybody may.
	introspects bool
}

// operation is what is known of one operation before it is asked for.
type operation struct {
	document *document
	def      *ast.OperationDefinition
	cost     price
	plans    *plan.Operation // nil for a schema that has none
}

// operation finds the operation a request names, or the only one when it names none.
func (d *document) operation(name string) (*operation, *gqlerror.Error) {
	for _, op := range d.operations {
		if op.def.Name == name || name == "" && len(d.operations) == 1 {
			return op, nil
		}
	}
	if name == "" {
		return nil, fault(codeValidation, "The document has %d operations: name one in operationName.", len(d.operations))
	}
	return nil, fault(codeValidation, "operation %s not found", name)
}

// library prepares documents and remembers them. What is refused is never remembered.
type library struct {
	rules         *rules
	planner       *plan.Schema // nil for a schema without plans
	limits        Limits
	introspection bool

	// Persisted documents stay for as long as the process lives: by id, and by text for those who send it all the same.
	byID, byText map[string]*document
	recent       *cache
	turns        chan struct{} // one for each document that may be prepared at the same time
}

// newLibrary makes a library. introspection says whether documents may read the schema at all, suggest whether refusals may tell
// of it.
func newLibrary(schema *ast.Schema, limits Limits, introspection, suggest bool) *library {
	return &library{
		rules: newRules(schema, limits, suggest), limits: limits, introspection: introspection,
		byID: map[string]*document{}, byText: map[string]*document{},
		recent: newCache(limits.CacheBytes), turns: make(chan struct{}, limits.Compiles),
	}
}

// persist prepares documents that clients ask for by id. The error names the first that cannot be served.
func (l *library) persist(set *persisted.Set) error {
	for entry := range set.All() {
		doc, known := l.byText[entry.Text]
		if !known {
			var faults gqlerror.List
			if doc, faults = l.prepare(entry.Text); len(faults) > 0 {
				return &unservable{origin: entry.Origin, fault: faults[0]}
			}
			l.byText[doc.text] = doc
		}
		l.byID[entry.ID] = doc
	}
	return nil
}

// unservable is a persisted document that this schema or its limits refuse.
type unservable struct {
	origin string
	fault  *gqlerror.Error
}

// Error names the document's file and the fault.
func (u *unservable) Error() string {
	return "persisted document " + u.origin + ": " + strings.TrimPrefix(u.fault.Error(), "input:")
}

// known finds a document by its text.
func (l *library) known(text string) *document {
	if doc := l.byText[text]; doc != nil {
		return doc
	}
	return l.recent.get(text)
}

// operationOf finds what is known of an operation that has been prepared, nil when it has been forgotten since.
func (l *library) operationOf(oc *graphql.OperationContext) *operation {
	doc := l.known(oc.RawQuery)
	if doc == nil || doc.ast != oc.Doc {
		return nil
	}
	op, _ := doc.operation(oc.OperationName)
	return op
}

// find finds a document by its text, and prepares it at first sight.
func (l *library) find(ctx context.Context, text string) (*document, gqlerror.List) {
	if doc := l.known(text); doc != nil {
		return doc, nil
	}
	if len(text) > l.limits.DocumentBytes {
		return nil, gqlerror.List{fault(codeMaxCost, "The document has %d bytes, at most %d.", len(text), l.limits.DocumentBytes)}
	}
	if refused := l.wait(ctx); refused != nil {
		return nil, gqlerror.List{refused}
	}
	defer func() { <-l.turns }()
	if doc := l.recent.get(text); doc != nil { // prepared by another request, while this one waited
		return doc, nil
	}
	doc, faults := l.prepare(text)
	if len(faults) > 0 {
		return nil, faults
	}
	l.recent.add(text, doc, doc.bytes)
	return doc, nil
}

// wait takes a turn. Preparing takes the processor alone, so more of it at a time would only slow down the requests whose
// documents are known.
func (l *library) wait(ctx context.Context) *gqlerror.Error {
	select {
	case l.turns <- struct{}{}:
		return nil
	default:
	}
	timer := time.NewTimer(l.limits.CompileWait)
	defer timer.Stop()
	select {
	case l.turns <- struct{}{}:
		return nil
	case <-timer.C:
		return fault(codeOverloaded, "Too many new documents at the same time. Try again in a moment.")
	case <-ctx.Done():
		return fault(commerce.CodeUnavailable, textTimeout)
	}
}

// prepare does everything that is done once for a text. Its effort grows with the text's length and no faster.
func (l *library) prepare(text string) (*document, gqlerror.List) {
	if len(text) > l.limits.DocumentBytes {
		return nil, gqlerror.List{fault(codeMaxCost, "The document has %d bytes, at most %d.", len(text), l.limits.DocumentBytes)}
	}
	parsed, err := parser.ParseQueryWithTokenLimit(&ast.Source{Input: text}, l.limits.Tokens)
	if err != nil {
		return nil, gqlerror.List{l.unreadable(err)}
	}
	if len(parsed.Operations) == 0 {
		return nil, gqlerror.List{fault(codeValidation, "no operation provided")}
	}
	fragments := byName(parsed.Fragments)
	nodes, introspects, refused := l.limits.measure(parsed, fragments)
	if refused == nil && introspects && !l.introspection {
		refused = introspectionIsOff()
	}
	if refused != nil {
		return nil, gqlerror.List{refused}
	}
	if faults := l.rules.validate(parsed, fragments); len(faults) > 0 {
		return nil, faults
	}
	doc := &document{text: text, ast: parsed, bytes: weight(text, nodes), introspects: introspects}
	pricer := newPricer()
	for _, def := range parsed.Operations {
		op := &operation{document: doc, def: def, cost: pricer.set(def.SelectionSet)}
		if l.planner != nil {
			op.plans = l.planner.Prepare(parsed, def)
		}
		doc.operations = append(doc.operations, op)
	}
	return doc, nil
}

func introspectionIsOff() *gqlerror.Error {
	return fault(codeValidation, "Introspection is off. The schema is served at /schema.graphql.")
}

func (l *library) unreadable(err error) *gqlerror.Error {
	shown, ok := errors.AsType[*gqlerror.Error](err)
	switch {
	case strings.Contains(err.Error(), "exceeded token limit"):
		return fault(codeMaxCost, "The document has more than %d tokens.", l.limits.Tokens)
	case !ok:
		return fault(codeParse, "The document cannot be read.")
	}
	shown.Extensions = map[string]any{"code": string(codeParse)}
	return shown
}

// byName is the document's fragments. Of two with the same name the first counts; validation refuses the second.
func byName(list ast.FragmentDefinitionList) map[string]*ast.FragmentDefinition {
	if len(list) == 0 {
		return nil
	}
	fragments := make(map[string]*ast.FragmentDefinition, len(list))
	for _, def := range list {
		if _, twice := fragments[def.Name]; !twice {
			fragments[def.Name] = def
		}
	}
	return fragments
}

// weight is about the memory that a document keeps: a node of the tree takes some 250 bytes, with its place in the
// text, its comments and the token it was made from. A test compares it with what is allocated.
func weight(text string, nodes int) int { return len(text) + 1<<10 + nodes*nodeBytes }

const nodeBytes = 256
