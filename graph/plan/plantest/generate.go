package plantest

import (
	"fmt"
	"maps"
	"math/rand/v2"
	"slices"
	"strings"

	"github.com/vektah/gqlparser/v2/ast"
)

// Options bound and guide the documents that are made up. A zero field stands for a default.
type Options struct {
	// Operations are the kinds to choose from; queries alone by default.
	Operations []ast.Operation
	// Fields is about how many fields a document may have, fragments spelled out; 30 by default.
	Fields int
	// Depth is how deep selections may nest; 5 by default.
	Depth int
	// Lists is how many lists may nest, each multiplying the answer; 3 by default.
	Lists int
	// Introspection adds a few __schema and __type.
	Introspection bool
	// Value gives a meaningful value, as decoded from JSON, for what stands at a schema coordinate: "Query.keeper(number:)",
	// "AnimalFilter.page", or "Tag" for a scalar wherever it stands. With false the generator chooses.
	Value func(rng *rand.Rand, coordinate string, typ *ast.Type) (any, bool)
	// Omit leaves out the field at a coordinate such as "Query.node", or a directive such as "@inContext".
	Omit func(coordinate string) bool
	// Give makes sure of the optional argument at a coordinate such as "Query.keepers(first:)".
	Give func(coordinate string) bool
	// Literals writes all values into the document, none as a variable.
	Literals bool
}

func (o Options) orDefault() Options {
	if len(o.Operations) == 0 {
		o.Operations = []ast.Operation{ast.Query}
	}
	if o.Fields == 0 {
		o.Fields = 30
	}
	if o.Depth == 0 {
		o.Depth = 5
	}
	if o.Lists == 0 {
		o.Lists = 3
	}
	if o.Value == nil {
		o.Value = func(*rand.Rand, string, *ast.Type) (any, bool) { return nil, false }
	}
	if o.Omit == nil {
		o.Omit = func(string) bool { return false }
	}
	if o.Give == nil {
		o.Give = func(string) bool { return false }
	}
	return o
}

// Seeded is the source of the document with this index in the run with this seed, so that the two name the document.
func Seeded(seed, index uint64) *rand.Rand { return rand.New(rand.NewPCG(seed, index)) }

// Generate makes up a valid document.
func Generate(rng *rand.Rand, schema *ast.Schema, o Options) Document {
	g := &generator{
		rng: rng, schema: schema, o: o.orDefault(),
		keys: map[string]string{}, arguments: map[string][]ast.ArgumentList{}, overlaps: map[string][]string{}, values: map[string]any{},
	}
	g.budget = 1 + rng.IntN(g.o.Fields)
	return g.document()
}

type generator struct {
	rng    *rand.Rand
	schema *ast.Schema
	o      Options
	budget int

	// keys says what each response key stands for, in the whole document: that makes any two selections mergeable.
	keys      map[string]string
	arguments map[string][]ast.ArgumentList // made up so far, by the field's coordinate
	overlaps  map[string][]string           // types whose fragments can match, by type
	fragments []*fragment
	variables ast.VariableDefinitionList
	values    map[string]any
}

// room is how much deeper a selection may go.
type room struct{ depth, lists int }

type fragment struct {
	definition *ast.FragmentDefinition
	weight     int
	room       room
}

func (g *generator) chance(percent int) bool { return g.rng.IntN(100) < percent }

func pick[T any](rng *rand.Rand, from []T) T { return from[rng.IntN(len(from))] }

func (g *generator) document() Document {
	kind := pick(g.rng, g.o.Operations)
	root := map[ast.Operation]*ast.Definition{ast.Query: g.schema.Query, ast.Mutation: g.schema.Mutation, ast.Subscription: g.schema.Subscription}[kind]
	op := &ast.OperationDefinition{Operation: kind}
	at := room{g.o.Depth, g.o.Lists}
	if kind == ast.Subscription {
		op.SelectionSet = ast.SelectionSet{g.field(root, at, true)}
	} else {
		op.SelectionSet = g.selectionSet(root, at)
	}
	op.Directives = g.executable(nil, ast.DirectiveLocation(strings.ToUpper(string(kind))), 5)
	doc := &ast.QueryDocument{Operations: ast.OperationList{op}}
	for _, f := range g.fragments {
		doc.Fragments = append(doc.Fragments, f.definition)
	}
	op.VariableDefinitions = g.variables
	result := Document{Variables: g.values}
	if g.chance(40) || len(g.variables) > 0 {
		op.Name = "Main"
	}
	if g.chance(10) {
		op.Name, result.OperationName = "Main", "Main"
		doc.Operations = append(doc.Operations, &ast.OperationDefinition{
			Operation: ast.Query, Name: "Other", SelectionSet: ast.SelectionSet{&ast.Field{Name: typename, Alias: typename}},
		})
	}
	result.Query = printed(doc)
	return result
}

const typename = "__typename"

func (g *generator) selectionSet(def *ast.Definition, at room) ast.SelectionSet {
	var set ast.SelectionSet
	for range 1 + g.rng.IntN(5) {
		if g.budget <= 0 {
			break
		}
		set = append(set, g.selections(def, at)...)
	}
	if len(set) == 0 {
		set = append(set, g.typename())
	}
	return set
}

// selections is one thing to select, or the same thing twice.
func (g *generator) selections(def *ast.Definition, at room) ast.SelectionSet {
	fragments := 14
	if def.IsAbstractType() {
		fragments = 60
	}
	if at.depth > 0 && g.chance(fragments) {
		if g.chance(50) {
			return ast.SelectionSet{g.spread(def, at)}
		}
		return ast.SelectionSet{g.inline(def, at)}
	}
	if def.Kind == ast.Union || g.chance(6) {
		return ast.SelectionSet{g.typename()}
	}
	first := g.field(def, at, false)
	if len(first.SelectionSet) == 0 && g.chance(90) || g.budget <= 0 || !g.chance(16) {
		return ast.SelectionSet{first}
	}
	again := *first
	if g.chance(50) {
		again.Alias = g.key(pick(g.rng, aliases()), &again)
	}
	if len(first.SelectionSet) > 0 && g.chance(60) {
		again.SelectionSet = g.below(&again, at)
	}
	return ast.SelectionSet{first, &again}
}

func (g *generator) typename() *ast.Field {
	g.budget--
	f := &ast.Field{Name: typename, Definition: &ast.FieldDefinition{Type: ast.NonNullNamedType("String", nil)}}
	f.Alias = typename
	if g.chance(20) {
		f.Alias = g.key("kind", f)
	}
	return f
}

// field selects one of a type's fields; alone means that nothing else is selected, and that no directive may drop it.
func (g *generator) field(def *ast.Definition, at room, alone bool) *ast.Field {
	fields := g.fields(def, at)
	if len(fields) == 0 {
		return g.typename()
	}
	g.budget--
	chosen := pick(g.rng, fields)
	f := &ast.Field{Name: chosen.Name, Definition: chosen, ObjectDefinition: def}
	f.Arguments = g.argumentList(def.Name+"."+chosen.Name, chosen.Arguments)
	alias := f.Name
	if g.chance(20) {
		alias = pick(g.rng, aliases())
	}
	f.Alias = g.key(alias, f)
	if !alone {
		f.Directives = g.conditions()
	}
	f.Directives = g.executable(f.Directives, ast.LocationField, 2)
	f.SelectionSet = g.below(f, at)
	return f
}

func aliases() []string { return []string{"a", "b", "c", "name", "id"} }

// fields are those of a type that there is room for.
func (g *generator) fields(def *ast.Definition, at room) []*ast.FieldDefinition {
	var fields []*ast.FieldDefinition
	for _, f := range def.Fields {
		composite := g.schema.Types[f.Type.Name()].IsCompositeType()
		switch {
		case strings.HasPrefix(f.Name, "__") && (!g.o.Introspection || !g.chance(20)):
		case composite && (at.depth <= 0 || listDepth(f.Type) > at.lists):
		case g.o.Omit(def.Name + "." + f.Name):
		default:
			fields = append(fields, f)
		}
	}
	return fields
}

func listDepth(t *ast.Type) int {
	if t.Elem == nil {
		return 0
	}
	return 1 + listDepth(t.Elem)
}

// below selects from what a field gives, if there is anything to select from.
func (g *generator) below(f *ast.Field, at room) ast.SelectionSet {
	def := g.schema.Types[f.Definition.Type.Name()]
	if !def.IsCompositeType() {
		return nil
	}
	if strings.HasPrefix(f.Name, "__") {
		at = room{min(at.depth, 3), min(at.lists, 2)} // a rule of gqlparser's bounds introspection
	}
	return g.selectionSet(def, room{at.depth - 1, at.lists - listDepth(f.Definition.Type)})
}

// key is a response key for a field: the one that is wished for, or one like it if that stands for something else.
func (g *generator) key(wish string, f *ast.Field) string {
	means := f.Name + argumentText(f.Arguments) + f.Definition.Type.String()
	for n := 1; ; n++ {
		key := wish
		if n > 1 {
			key = fmt.Sprint(wish, n)
		}
		if taken, ok := g.keys[key]; !ok || taken == means {
			g.keys[key] = means
			return key
		}
	}
}

func argumentText(list ast.ArgumentList) string {
	var text strings.Builder
	for _, a := range list {
		text.WriteString(a.Name + ":" + a.Value.String() + ",")
	}
	return text.String()
}

func (g *generator) inline(def *ast.Definition, at room) *ast.InlineFragment {
	f := &ast.InlineFragment{TypeCondition: pick(g.rng, g.overlap(def)), Directives: g.conditions()}
	on := g.schema.Types[f.TypeCondition]
	if g.chance(15) {
		f.TypeCondition, on = "", def
	}
	f.SelectionSet = g.selectionSet(on, room{at.depth - 1, at.lists})
	return f
}

// spread spreads a fragment, a known one if one fits. A fragment is known when it is complete, so none can contain itself.
func (g *generator) spread(def *ast.Definition, at room) *ast.FragmentSpread {
	types := g.overlap(def)
	for _, f := range g.fragments {
		if f.weight <= g.budget && f.room.depth <= at.depth && f.room.lists <= at.lists && slices.Contains(types, f.definition.TypeCondition) && g.chance(50) {
			g.budget -= f.weight
			return &ast.FragmentSpread{Name: f.definition.Name, Directives: g.conditions()}
		}
	}
	before := g.budget
	on := pick(g.rng, types)
	f := &fragment{room: at, definition: &ast.FragmentDefinition{TypeCondition: on}}
	f.definition.SelectionSet = g.selectionSet(g.schema.Types[on], room{at.depth - 1, at.lists})
	f.definition.Name = fmt.Sprintf("F%d", len(g.fragments)+1)
	f.weight = before - g.budget
	g.fragments = append(g.fragments, f)
	return &ast.FragmentSpread{Name: f.definition.Name, Directives: g.conditions()}
}

// overlap is the types on which a fragment inside of def can match something.
func (g *generator) overlap(def *ast.Definition) []string {
	if types, ok := g.overlaps[def.Name]; ok {
		return types
	}
	var types []string
	mine := g.schema.GetPossibleTypes(def)
	for _, name := range slices.Sorted(maps.Keys(g.schema.Types)) {
		other := g.schema.Types[name]
		if !other.IsCompositeType() || strings.HasPrefix(name, "__") != strings.HasPrefix(def.Name, "__") {
			continue
		}
		if slices.ContainsFunc(g.schema.GetPossibleTypes(other), func(d *ast.Definition) bool { return slices.Contains(mine, d) }) {
			types = append(types, name)
		}
	}
	g.overlaps[def.Name] = types
	return types
}
