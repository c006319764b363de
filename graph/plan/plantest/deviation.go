package plantest

import (
	"regexp"

	"github.com/vektah/gqlparser/v2/ast"
	"github.com/vektah/gqlparser/v2/gqlerror"
)

// Deviation is a way in which the errors of an engine may differ from those of gqlgen's executor. Data may differ in one case
// alone, the event that is null (see nullEvent).
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
				field := rootField(op.SelectionSet)
				if op.Operation == ast.Subscription && field != nil && len(err.Path) > 0 && err.Path[0] == ast.PathName(field.Alias) {
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

// rootField is the only field of a subscription.
func rootField(set ast.SelectionSet) *ast.Field {
	for _, selection := range set {
		var field *ast.Field
		switch selection := selection.(type) {
		case *ast.Field:
			field = selection
		case *ast.InlineFragment:
			field = rootField(selection.SelectionSet)
		case *ast.FragmentSpread:
			field = rootField(selection.Definition.SelectionSet)
		}
		if field != nil {
			return field
		}
	}
	return nil
}
