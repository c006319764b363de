package zoo

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"time"
)

// Node is what has an id.
type Node interface{ IsNode() }

// Named is what has a name.
type Named interface{ IsNamed() }

// Animal is a dog, a cat or a fish.
type Animal interface {
	Node
	Named
	IsAnimal()
}

// Creature is a dog, a cat or a visitor.
type Creature interface{ IsCreature() }

// Being is what all animals are.
type Being struct {
	ID       string
	Number   int
	Name     string
	Nickname *string
	Legs     int
	Diet     Diet
}

// Dog is an animal by its pointer alone.
type Dog struct {
	Being
	Bark string
}

// Cat is an animal by its value too.
type Cat struct {
	Mood *Mood
	Being
	Lives int
}

// Fish embeds by pointer.
type Fish struct {
	*Being
	Depth *float64
}

// IsNode marks a node.
func (*Dog) IsNode() {}

// IsNamed marks what has a name.
func (*Dog) IsNamed() {}

// IsAnimal marks an animal.
func (*Dog) IsAnimal() {}

// IsCreature marks a creature.
func (*Dog) IsCreature() {}

// IsNode marks a node.
func (Cat) IsNode() {}

// IsNamed marks what has a name.
func (Cat) IsNamed() {}

// IsAnimal marks an animal.
func (Cat) IsAnimal() {}

// IsCreature marks a creature.
func (Cat) IsCreature() {}

// IsNode marks a node.
func (Fish) IsNode() {}

// IsNamed marks what has a name.
func (Fish) IsNamed() {}

// IsAnimal marks an animal.
func (Fish) IsAnimal() {}

// Barks says a word as often as it is told.
func (d *Dog) Barks(times int) string { return strings.Repeat(d.Bark, min(max(times, 0), 3)) }

// Keeper is a person who works here.
type Keeper struct {
	ID       string
	Number   int
	Name     string
	Nickname *string
	Title    string
	Salary   *int
	Email    *string
	Boring   *string
	Home     Place
}

// StrictSalary is the salary of one who always has one.
func (k *Keeper) StrictSalary() int { return 100 * k.Number }

// Never is asked for by nobody.
func (k *Keeper) Never() string { return "asked" }

// StrictNever is asked for by nobody either.
func (k *Keeper) StrictNever() string { return "asked" }

// Wrong is what a directive takes the place of.
func (k *Keeper) Wrong() (int, error) { return k.Number, nil }

// Bites is what a directive panics in front of.
func (k *Keeper) Bites() string { return "no" }

// Members is what a directive keeps from some.
func (k *Keeper) Members() *int { return &k.Number }

// StrictMembers is what a directive keeps from some.
func (k *Keeper) StrictMembers() int { return k.Number }

// IsNode marks a node.
func (*Keeper) IsNode() {}

// IsNamed marks what has a name.
func (*Keeper) IsNamed() {}

// Report is filled as far as it was asked for.
type Report struct {
	Asked  []string
	Pages  *int
	Lines  *int
	Author *Author
}

// Author wrote a report.
type Author struct {
	First, Last *string
	Number      int
}

// Cage stands in a row of cages.
type Cage struct {
	Row, Col int
	Size     *Size
	Sizes    []Size
}

// Visitor has a method for everything.
type Visitor struct{ Number int }

// IsNode marks a node.
func (*Visitor) IsNode() {}

// IsCreature marks a creature.
func (*Visitor) IsCreature() {}

// ID is made up when asked for.
func (v *Visitor) ID() string { return fmt.Sprintf("visitor:%d", v.Number) }

// Plain has a result alone.
func (v *Visitor) Plain() string { return fmt.Sprintf("<visitor & \"%d\">", v.Number) }

// Faulty can fail.
func (v *Visitor) Faulty(how How) (*string, error) { return Single(how, v.Number, new("fine")) }

// StrictFaulty can fail.
func (v *Visitor) StrictFaulty(how How) (string, error) { return Single(how, v.Number, "fine") }

// Maybe has a second result that says whether there is a first.
func (v *Visitor) Maybe() (*int, bool) { return &v.Number, v.Number%2 == 0 }

// StrictMaybe has a second result that says whether there is a first, where there should be.
func (v *Visitor) StrictMaybe(how How) (int, bool) {
	return v.Number, how != HowNothing && (how != HowHoles || v.Number%2 == 0)
}

type contextKey struct{}

// WithWord gives the methods of visitors a word to find.
func WithWord(ctx context.Context, word string) context.Context {
	return context.WithValue(ctx, contextKey{}, word)
}

// WithContext finds its word.
func (v *Visitor) WithContext(ctx context.Context) (string, error) {
	word, ok := ctx.Value(contextKey{}).(string)
	if !ok {
		return "", errors.New("there is no word")
	}
	return word, nil
}

// WithAll takes all that a method can take.
func (v *Visitor) WithAll(_ context.Context, n int, names []string, filter *AnimalFilter) (string, error) {
	if n < 0 {
		return "", fmt.Errorf("%d is less than nothing", n)
	}
	return fmt.Sprintf("%d %q %t", n, names, filter != nil), nil
}

// Companion is the visitor before.
func (v *Visitor) Companion() *Visitor {
	if v.Number <= 1 {
		return nil
	}
	return &Visitor{Number: v.Number - 1}
}

// Companions are the two visitors after, by value.
func (v *Visitor) Companions() []Visitor { return []Visitor{{v.Number + 1}, {v.Number + 2}} }

// Panics panics.
func (v *Visitor) Panics(how How) (string, error) { return Single(how, v.Number, "no") }

// Place is where a keeper lives. Its fields come from what it embeds.
type Place struct {
	Street string
	Floor  *int
	Nested *Place
	Yard
	*Annex
}

// Yard is embedded by value and embeds in turn.
type Yard struct {
	Cellar
	Promoted string
}

// Cellar is embedded in what is embedded.
type Cellar struct{ Deep int }

// Annex is embedded by pointer. Where there is none, asking for Lost panics.
type Annex struct{ Lost string }

// Inner is a place by value.
func (p *Place) Inner() Place { return Place{Street: p.Street + "'", Annex: p.Annex} }

// Specimen has a field of every kind of leaf.
type Specimen struct {
	ID                string
	Number            int
	Text              string
	Optional          *string
	Int               int
	Int32             *int32
	Int64             int64
	Float             float64
	OptionalFloat     *float64
	Nan               *float64
	StrictNaN         float64
	Flag              bool
	OptionalFlag      *bool
	Handle            Handle
	OptionalHandle    *Handle
	Tag               string
	OptionalTag       *string
	Color             Color
	OptionalColor     *Color
	Weight            Weight
	OptionalWeight    *Weight
	BadWeight         *Weight
	StrictBadWeight   Weight
	Point             Point
	OptionalPoint     *Point
	BadPoint          *Point
	StrictBadPoint    Point
	Time              time.Time
	ZeroTime          time.Time
	StrictZeroTime    time.Time
	NoTime            *time.Time
	Any, NoAny        any
	Map, NoMap        map[string]any
	Fuse              *string
	StrictFuse        string
	Diet              Diet
	OptionalDiet      *Diet
	BadDiet           *Diet
	Mood              Mood
	OptionalMood      *Mood
	Size              Size
	OptionalSize      *Size
	Texts             []string
	NilTexts          []string
	OptionalTexts     []string
	HoledTexts        []*string
	StrictHoledTexts  []*string
	PointedTexts      *[]string
	Ints              []int
	Matrix            [][]int
	HoledMatrix       [][]*int
	Diets             []Diet
	HoledDiets        []*Diet
	StrictHoledDiets  []*Diet
	Moods             []Mood
	Sizes             []Size
	Weights           []Weight
	Floats            []*float64
	Times             []time.Time
	Colors            []*Color
	Places            []Place
	PlacePointers     []*Place
	StrictHoledPlaces []*Place
	PlaceValue        Place
	PlaceMatrix       [][]*Place
	Parent            *Specimen
}

// Step is a step that a mutation made.
type Step struct {
	Total  int
	Number int
}

// Tick is an event.
type Tick struct{ N int }
