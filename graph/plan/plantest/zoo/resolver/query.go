package resolver

import (
	"context"
	"encoding/json"
	"fmt"
	"time"

	"github.com/kirana-commerce/kirana/graph/plan/plantest/zoo"
)

type query struct{ *Root }

// find is the thing with an id, if it is of the kind that is asked for.
func find[T any](r query, field, id string) T {
	r.calls.add(field)
	found, _ := r.world.Find(id).(T)
	return found
}

// Node finds anything.
func (r query) Node(_ context.Context, id string) (zoo.Node, error) {
	return find[zoo.Node](r, "Query.node", id), nil
}

// StrictNode finds anything, and should.
func (r query) StrictNode(_ context.Context, id string) (zoo.Node, error) {
	return find[zoo.Node](r, "Query.strictNode", id), nil
}

// Named finds what has a name.
func (r query) Named(_ context.Context, id string) (zoo.Named, error) {
	return find[zoo.Named](r, "Query.named", id), nil
}

// Animal finds an animal.
func (r query) Animal(_ context.Context, id string) (zoo.Animal, error) {
	return find[zoo.Animal](r, "Query.animal", id), nil
}

// StrictAnimal finds an animal, and should.
func (r query) StrictAnimal(_ context.Context, id string) (zoo.Animal, error) {
	return find[zoo.Animal](r, "Query.strictAnimal", id), nil
}

// Animals lists animals.
func (r query) Animals(_ context.Context, n *int) ([]zoo.Animal, error) {
	r.calls.add("Query.animals")
	return r.world.Animals(0, first(n)), nil
}

// HoledAnimals lists animals, nil pointers and nothing.
func (r query) HoledAnimals(context.Context) ([]zoo.Animal, error) {
	r.calls.add("Query.holedAnimals")
	return []zoo.Animal{nil, r.world.Dog(1), (*zoo.Dog)(nil), r.world.Cat(2), (*zoo.Fish)(nil), *r.world.Fish(3)}, nil
}

// StrictHoledAnimals lists animals, with a nil pointer that should not be there.
func (r query) StrictHoledAnimals(context.Context) ([]zoo.Animal, error) {
	r.calls.add("Query.strictHoledAnimals")
	return []zoo.Animal{r.world.Dog(1), (*zoo.Dog)(nil)}, nil
}

// Creature finds a creature.
func (r query) Creature(_ context.Context, id string) (zoo.Creature, error) {
	return find[zoo.Creature](r, "Query.creature", id), nil
}

// Creatures lists creatures.
func (r query) Creatures(_ context.Context, n *int) ([]zoo.Creature, error) {
	r.calls.add("Query.creatures")
	return r.world.Creatures(0, first(n)), nil
}

// Keeper finds a keeper.
func (r query) Keeper(_ context.Context, number int) (*zoo.Keeper, error) {
	r.calls.add("Query.keeper")
	return r.world.Keeper(number), nil
}

// StrictKeeper finds a keeper, and should.
func (r query) StrictKeeper(_ context.Context, number int) (*zoo.Keeper, error) {
	r.calls.add("Query.strictKeeper")
	return r.world.Keeper(number), nil
}

// Keepers lists keepers.
func (r query) Keepers(_ context.Context, n *int) ([]*zoo.Keeper, error) {
	r.calls.add("Query.keepers")
	list := make([]*zoo.Keeper, max(first(n), 0))
	for i := range list {
		list[i] = r.world.Keeper(i + 1)
	}
	return list, nil
}

// HoledKeepers lists keepers, some of them missing.
func (r query) HoledKeepers(context.Context) ([]*zoo.Keeper, error) {
	r.calls.add("Query.holedKeepers")
	return r.world.KeeperList(0, 2, 3, 10), nil
}

// StrictHoledKeepers lists keepers, some of them missing though they should not.
func (r query) StrictHoledKeepers(context.Context) ([]*zoo.Keeper, error) {
	r.calls.add("Query.strictHoledKeepers")
	return r.world.KeeperList(1, 0, 2), nil
}

// Groups are keepers in groups.
func (r query) Groups(context.Context) ([][]*zoo.Keeper, error) {
	r.calls.add("Query.groups")
	return [][]*zoo.Keeper{r.world.KeeperList(1, 2), {}, nil, r.world.KeeperList(3, 4, 5)}, nil
}

// Visitor is the second visitor.
func (r query) Visitor(context.Context) (*zoo.Visitor, error) {
	r.calls.add("Query.visitor")
	return &zoo.Visitor{Number: 2}, nil
}

// Visitors lists visitors.
func (r query) Visitors(context.Context) ([]*zoo.Visitor, error) {
	r.calls.add("Query.visitors")
	return []*zoo.Visitor{{Number: 1}, {Number: 2}, {Number: 3}}, nil
}

// Specimen is a specimen, bare or full.
func (r query) Specimen(_ context.Context, bare bool) (*zoo.Specimen, error) {
	r.calls.add("Query.specimen")
	if bare {
		return r.world.Bare(), nil
	}
	return r.world.Specimen(), nil
}

// Specimens lists both, and nothing.
func (r query) Specimens(context.Context) ([]*zoo.Specimen, error) {
	r.calls.add("Query.specimens")
	return []*zoo.Specimen{r.world.Bare(), nil, r.world.Specimen()}, nil
}

// Cages are rows of cages.
func (r query) Cages(context.Context) ([][]*zoo.Cage, error) {
	r.calls.add("Query.cages")
	return r.world.Cages(2, 3), nil
}

func (r *Root) plate(number int) map[string]any {
	plate := map[string]any{"text": new("plate"), "number": number, "wrong": "no number", "keeper": r.world.Keeper(number)}
	if number%3 == 0 {
		return map[string]any{"text": "by value"}
	}
	if number%5 == 0 {
		return nil
	}
	return plate
}

// Plate is bound to a map.
func (r query) Plate(_ context.Context, how zoo.How) (map[string]any, error) {
	r.calls.add("Query.plate")
	return zoo.Single(how, 1, r.plate(1))
}

// Plates lists maps.
func (r query) Plates(context.Context) ([]map[string]any, error) {
	r.calls.add("Query.plates")
	return []map[string]any{r.plate(1), r.plate(2), r.plate(3)}, nil
}

// Echo tells how its arguments arrived.
func (r query) Echo(_ context.Context, filter *zoo.AnimalFilter, id *string, ids []string, n *int, f *float64, on *bool, tag *string,
	color *zoo.Color, weight *zoo.Weight, point *zoo.Point, diet *zoo.Diet, diets []zoo.Diet, mood *zoo.Mood, size *zoo.Size,
	value any, values map[string]any, knobs map[string]any, at *time.Time, grid [][]*int,
) (string, error) {
	r.calls.add("Query.echo")
	told, err := json.Marshal([]any{filter, id, ids, n, f, on, tag, color, weight, point, diet, diets, mood, size, value, values, knobs, at, grid})
	if err != nil {
		return "", fmt.Errorf("telling the arguments: %w", err)
	}
	return fmt.Sprintf("%s %t", told, filter != nil && filter.Nickname.IsSet()), nil
}

// Limited has arguments with directives.
func (r query) Limited(_ context.Context, n int, word *string) (*string, error) {
	r.calls.add("Query.limited")
	if word == nil {
		return nil, nil //nolint:nilnil // no word, no answer
	}
	return new(fmt.Sprintf("%d %q", n, *word)), nil
}

// Text fails as it is told.
func (r query) Text(_ context.Context, how zoo.How) (*string, error) {
	r.calls.add("Query.text")
	return zoo.Single(how, 1, fine(1))
}

// StrictText fails as it is told.
func (r query) StrictText(_ context.Context, how zoo.How) (string, error) {
	r.calls.add("Query.strictText")
	return zoo.Single(how, 1, *fine(1))
}

// Guarded is behind a directive that lets nobody pass.
func (r query) Guarded(context.Context) (*zoo.Keeper, error) {
	r.calls.add("Query.guarded")
	return r.world.Keeper(1), nil
}

// Open is behind a directive that lets everybody pass.
func (r query) Open(context.Context) (*zoo.Keeper, error) {
	r.calls.add("Query.open")
	return r.world.Keeper(2), nil
}

// Loud is changed by directives.
func (r query) Loud(context.Context) (string, error) {
	r.calls.add("Query.loud")
	return "loud", nil
}
