package resolver

import (
	"context"

	"github.com/kirana-commerce/kirana/graph/plan/plantest/zoo"
)

type (
	mutation struct{ *Root }
	step     struct{ *Root }
)

// Step counts, and then fails as it is told.
func (r mutation) Step(_ context.Context, add int, how zoo.How) (*zoo.Step, error) {
	r.calls.add("Mutation.step")
	total := r.world.Step(add)
	return zoo.Single(how, total, &zoo.Step{Total: total, Number: total})
}

// StrictStep counts, and then fails as it is told.
func (r mutation) StrictStep(ctx context.Context, add int, how zoo.How) (*zoo.Step, error) {
	return r.Step(ctx, add, how)
}

// Rename gives a keeper a name.
func (r mutation) Rename(_ context.Context, number int, name string) (*zoo.Keeper, error) {
	r.calls.add("Mutation.rename")
	return r.world.Rename(number, name), nil
}

// Reset begins to count anew.
func (r mutation) Reset(context.Context) (int, error) {
	r.calls.add("Mutation.reset")
	return r.world.Reset(), nil
}

func stepNumber(s *zoo.Step) int { return s.Number }

// Seen is the count when what is below the mutation is resolved: more than the mutation told if another ran in between.
func (r step) Seen(_ context.Context, steps []*zoo.Step) ([]int, error) {
	total := r.world.Step(0)
	return counted(r.Root, "Step.seen", zoo.HowFine, steps, stepNumber, func(int) int { return total })
}

// Keeper is who stepped.
func (r step) Keeper(_ context.Context, steps []*zoo.Step, how zoo.How) ([]*zoo.Keeper, error) {
	return counted(r.Root, "Step.keeper", how, steps, stepNumber, func(n int) *zoo.Keeper { return r.world.Keeper(n%zoo.Keepers + 1) })
}

// Steps are steps that were not made.
func (r step) Steps(_ context.Context, steps []*zoo.Step) ([][]*zoo.Step, error) {
	return counted(r.Root, "Step.steps", zoo.HowFine, steps, stepNumber, func(n int) []*zoo.Step {
		return []*zoo.Step{{Total: n + 1, Number: n + 1}, {Total: n + 2, Number: n + 2}}
	})
}
