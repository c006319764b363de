package resolver

import (
	"maps"
	"sync"

	"github.com/99designs/gqlgen/graphql"

	"github.com/kirana-commerce/kirana/graph/plan"
	"github.com/kirana-commerce/kirana/graph/plan/plantest/zoo"
	"github.com/kirana-commerce/kirana/graph/plan/plantest/zoo/generated"
)

// Root resolves one zoo.
type Root struct {
	world *zoo.World
	calls *Calls
}

// New is a zoo of its own, with its counts at zero.
func New() *Root { return &Root{world: zoo.NewWorld(), calls: &Calls{count: map[string]int{}}} }

// Schema is the zoo as gqlgen executes it.
func (r *Root) Schema() graphql.ExecutableSchema {
	return generated.NewExecutableSchema(generated.Config{Resolvers: r, Directives: directives()})
}

// Plan is the zoo as plans execute it.
func (r *Root) Plan() *plan.Schema {
	return generated.NewPlan(generated.Config{Resolvers: r, Directives: directives()})
}

// Calls are the calls of resolvers so far.
func (r *Root) Calls() *Calls { return r.calls }

// Calls counts the calls of each field with a resolver.
type Calls struct {
	mu    sync.Mutex
	count map[string]int
}

func (c *Calls) add(field string) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.count[field]++
}

// Take tells the counts by "Type.field", and begins to count anew.
func (c *Calls) Take() map[string]int {
	c.mu.Lock()
	defer c.mu.Unlock()
	taken := maps.Clone(c.count)
	clear(c.count)
	return taken
}

// Author resolves authors.
func (r *Root) Author() generated.AuthorResolver { return author{r} }

// Cage resolves cages.
func (r *Root) Cage() generated.CageResolver { return cage{r} }

// Cat resolves cats.
func (r *Root) Cat() generated.CatResolver { return cat{r} }

// Dog resolves dogs.
func (r *Root) Dog() generated.DogResolver { return dog{r} }

// Fish resolves fish.
func (r *Root) Fish() generated.FishResolver { return fish{r} }

// Keeper resolves keepers.
func (r *Root) Keeper() generated.KeeperResolver { return keeper{r} }

// Mutation changes the zoo.
func (r *Root) Mutation() generated.MutationResolver { return mutation{r} }

// Query is where reading begins.
func (r *Root) Query() generated.QueryResolver { return query{r} }

// Step resolves steps.
func (r *Root) Step() generated.StepResolver { return step{r} }

// Subscription is where listening begins.
func (r *Root) Subscription() generated.SubscriptionResolver { return subscription{r} }

// Tick resolves events.
func (r *Root) Tick() generated.TickResolver { return tick{r} }

// Visitor resolves visitors.
func (r *Root) Visitor() generated.VisitorResolver { return visitor{r} }
