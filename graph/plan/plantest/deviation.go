package plantest

import (
	"regexp"

	"github.com/vektah/gqlparser/v2/ast"
	"github.com/vektah/gqlparser/v2/gqlerror"
)

// Deviation is a way in which an engine may differ from gqlgen's executor. Data may never differ.
type Deviation struct {
	Name   string
	Reason string
	apply  func(*ast.OperationDefinition, *gqlerror.Error)
}

// Deviations are all ways in which errors may differ. Two more are in the comparison itself: the order of errors means
// nothing, since gqlgen runs siblings at the same time; and an error that gqlgen tells several times may be told less often,
// but once at least (@twice asks a batch twice, and gqlgen tells its error each time).
func Deviations() []Deviation {
	return []Deviation{
		{
			Name: "a batch that panics",
			Reason: "gqlgen tells the panic at the item that happened to ask first, and “unexpected result type” at all others; " +
				"the specification wants an error for each field that has none of its value, and leaves the text open",
			apply: reword(`^batch resolver \S+ returned unexpected result type \(index \d+\)$`, Recovered),
		},
		{
			Name: "a batch of the wrong length",
			Reason: "the text counts the parents and names the index within gqlgen's group, which is one list; an engine that " +
				"calls once for all lists counts others",
			apply: reword(`^(?:index \d+: )?batch resolver (\S+) returned \d+ (results|errors) for \d+ parents(?: \(index \d+\))?$`,
				"batch resolver $1 returned the wrong number of $2"),
		},
		{
			Name: "paths below an event",
			Reason: "gqlgen leaves the subscription's own field out of the path of an error below an event; the specification " +
				"wants it there",
			apply: func(op *ast.OperationDefinition, err *gqlerror.Error) {
				if op.Operation == ast.Subscription && len(err.Path) > 0 && err.Path[0] == ast.PathName(rootKey(op.SelectionSet)) {
					err.Path = err.Path[1:]
				}
			},
		},
	}
}

func reword(pattern, to string) func(*ast.OperationDefinition, *gqlerror.Error) {
	expression := regexp.MustCompile(pattern)
	return func(_ *ast.OperationDefinition, err *gqlerror.Error) {
		err.Message = expression.ReplaceAllString(err.Message, to)
	}
}

// rootKey is the response key of the only field of a subscription.
func rootKey(set ast.SelectionSet) string {
	for _, selection := range set {
		key := ""
		switch selection := selection.(type) {
		case *ast.Field:
			key = selection.Alias
		case *ast.InlineFragment:
			key = rootKey(selection.SelectionSet)
		case *ast.FragmentSpread:
			key = rootKey(selection.Definition.SelectionSet)
		}
		if key != "" {
			return key
		}
	}
	return ""
}
