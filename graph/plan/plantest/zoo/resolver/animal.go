package resolver

import (
	"context"

	"github.com/kirana-commerce/kirana/graph/plan/plantest/zoo"
)

type (
	dog  struct{ *Root }
	cat  struct{ *Root }
	fish struct{ *Root }
	cage struct{ *Root }
)

func dogNumber(d *zoo.Dog) int   { return d.Number }
func catNumber(c *zoo.Cat) int   { return c.Number }
func fishNumber(f *zoo.Fish) int { return f.Number }
func cageNumber(c *zoo.Cage) int { return 2*c.Row + c.Col }

// counted is a batch that fails as it is told.
func counted[P, T any](r *Root, field string, how zoo.How, parents []*P, number func(*P) int, value func(int) T) ([]T, error) {
	r.calls.add(field)
	return zoo.Batch(how, parents, number, func(p *P) T { return value(number(p)) })
}

func first(n *int) int {
	if n == nil {
		return 1
	}
	return *n
}

// mates is nobody, a nil pointer, a value and a pointer in turn.
func (r *Root) mates(number int) zoo.Animal {
	switch number % 4 {
	case 0:
		return nil
	case 1:
		return (*zoo.Cat)(nil)
	case 2:
		return r.world.Cat(number)
	}
	return r.world.Dog(number)
}

func (r *Root) friends(n *int) func(int) []zoo.Animal {
	return func(number int) []zoo.Animal { return r.world.Animals(number, first(n)) }
}

// Keeper is who feeds the dogs.
func (r dog) Keeper(_ context.Context, dogs []*zoo.Dog, how zoo.How) ([]*zoo.Keeper, error) {
	return counted(r.Root, "Dog.keeper", how, dogs, dogNumber, r.world.Keeper)
}

// Friends are the animals after the dogs.
func (r dog) Friends(_ context.Context, dogs []*zoo.Dog, n *int) ([][]zoo.Animal, error) {
	return counted(r.Root, "Dog.friends", zoo.HowFine, dogs, dogNumber, r.friends(n))
}

// Mate is whom the dogs live with.
func (r dog) Mate(_ context.Context, dogs []*zoo.Dog) ([]zoo.Animal, error) {
	return counted(r.Root, "Dog.mate", zoo.HowFine, dogs, dogNumber, r.mates)
}

// Owner is whom the dogs belong to; some belong to nobody, though they should.
func (r dog) Owner(_ context.Context, dogs []*zoo.Dog) ([]*zoo.Keeper, error) {
	return counted(r.Root, "Dog.owner", zoo.HowFine, dogs, dogNumber, func(n int) *zoo.Keeper { return r.world.Keeper(n * 3) })
}

// Puppies are dogs.
func (r dog) Puppies(_ context.Context, dogs []*zoo.Dog) ([][]*zoo.Dog, error) {
	return counted(r.Root, "Dog.puppies", zoo.HowFine, dogs, dogNumber, func(n int) []*zoo.Dog {
		return []*zoo.Dog{r.world.Dog(n%5 + 1), r.world.Dog(n%3 + 1)}[:n%3]
	})
}

// Keeper is who feeds the cats.
func (r cat) Keeper(_ context.Context, cats []*zoo.Cat, how zoo.How) ([]*zoo.Keeper, error) {
	return counted(r.Root, "Cat.keeper", how, cats, catNumber, r.world.Keeper)
}

// Friends are the animals after the cats.
func (r cat) Friends(_ context.Context, cats []*zoo.Cat, n *int) ([][]zoo.Animal, error) {
	return counted(r.Root, "Cat.friends", zoo.HowFine, cats, catNumber, r.friends(n))
}

// Mate is whom the cats live with.
func (r cat) Mate(_ context.Context, cats []*zoo.Cat) ([]zoo.Animal, error) {
	return counted(r.Root, "Cat.mate", zoo.HowFine, cats, catNumber, r.mates)
}

// Keeper is who feeds the fish.
func (r fish) Keeper(_ context.Context, all []*zoo.Fish, how zoo.How) ([]*zoo.Keeper, error) {
	return counted(r.Root, "Fish.keeper", how, all, fishNumber, r.world.Keeper)
}

// Friends are the animals after the fish.
func (r fish) Friends(_ context.Context, all []*zoo.Fish, n *int) ([][]zoo.Animal, error) {
	return counted(r.Root, "Fish.friends", zoo.HowFine, all, fishNumber, r.friends(n))
}

// Mate is whom the fish live with.
func (r fish) Mate(_ context.Context, all []*zoo.Fish) ([]zoo.Animal, error) {
	return counted(r.Root, "Fish.mate", zoo.HowFine, all, fishNumber, r.mates)
}

// Tank is where the fish live.
func (r fish) Tank(_ context.Context, all []*zoo.Fish) ([]*zoo.Cage, error) {
	return counted(r.Root, "Fish.tank", zoo.HowFine, all, fishNumber, func(n int) *zoo.Cage { return r.world.Cages(1, n)[0][n-1] })
}

// Inspector is who looks at the cages.
func (r cage) Inspector(_ context.Context, cages []*zoo.Cage, how zoo.How) ([]*zoo.Keeper, error) {
	return counted(r.Root, "Cage.inspector", how, cages, cageNumber, r.world.Keeper)
}

// StrictInspector is who looks at the cages; the first has nobody, though it should.
func (r cage) StrictInspector(_ context.Context, cages []*zoo.Cage, how zoo.How) ([]*zoo.Keeper, error) {
	return counted(r.Root, "Cage.strictInspector", how, cages, cageNumber, r.world.Keeper)
}

// Animals live in the cages.
func (r cage) Animals(_ context.Context, cages []*zoo.Cage) ([][]zoo.Animal, error) {
	return counted(r.Root, "Cage.animals", zoo.HowFine, cages, cageNumber, func(n int) []zoo.Animal { return r.world.Animals(n, n%4) })
}

// Pet is one of them, or none.
func (r cage) Pet(_ context.Context, cages []*zoo.Cage) ([]zoo.Animal, error) {
	return counted(r.Root, "Cage.pet", zoo.HowFine, cages, cageNumber, r.mates)
}

// StrictPet is one of them, or none though there should be.
func (r cage) StrictPet(_ context.Context, cages []*zoo.Cage) ([]zoo.Animal, error) {
	return counted(r.Root, "Cage.strictPet", zoo.HowFine, cages, cageNumber, func(n int) zoo.Animal { return r.mates(n + 2) })
}
