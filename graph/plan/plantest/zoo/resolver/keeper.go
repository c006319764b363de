package resolver

import (
	"context"
	"fmt"
	"slices"

	"github.com/99designs/gqlgen/graphql"

	"github.com/kirana-commerce/kirana/graph/plan/plantest/zoo"
)

type (
	keeper  struct{ *Root }
	author  struct{ *Root }
	visitor struct{ *Root }
)

func keeperNumber(k *zoo.Keeper) int { return k.Number }

func fine(number int) *string { return new(fmt.Sprintf("fine %d", number)) }

// keepers is a list of keepers around a number, with holes.
func (r *Root) keepers(number int) []*zoo.Keeper {
	return r.world.KeeperList(number-1, number+1, number+2)
}

// Badge is what stands on the keepers' badges.
func (r keeper) Badge(_ context.Context, all []*zoo.Keeper, text string) ([]*string, error) {
	return counted(r.Root, "Keeper.badge", zoo.HowFine, all, keeperNumber, func(n int) *string { return new(fmt.Sprintf("[%s %d]", text, n)) })
}

// Probe fails as it is told.
func (r keeper) Probe(_ context.Context, all []*zoo.Keeper, how zoo.How, tag *string) ([]*string, error) {
	return counted(r.Root, "Keeper.probe", how, all, keeperNumber, func(n int) *string {
		if tag != nil {
			return new(fmt.Sprintf("%s %d", *tag, n))
		}
		return fine(n)
	})
}

// StrictProbe fails as it is told.
func (r keeper) StrictProbe(_ context.Context, all []*zoo.Keeper, how zoo.How) ([]string, error) {
	return counted(r.Root, "Keeper.strictProbe", how, all, keeperNumber, func(n int) string { return *fine(n) })
}

// Alone is asked once for each keeper.
func (r keeper) Alone(_ context.Context, k *zoo.Keeper, how zoo.How) (*string, error) {
	r.calls.add("Keeper.alone")
	return zoo.Single(how, k.Number, fine(k.Number))
}

// StrictAlone is asked once for each keeper.
func (r keeper) StrictAlone(_ context.Context, k *zoo.Keeper, how zoo.How) (string, error) {
	r.calls.add("Keeper.strictAlone")
	return zoo.Single(how, k.Number, *fine(k.Number))
}

// Boss is the keeper before.
func (r keeper) Boss(_ context.Context, all []*zoo.Keeper, how zoo.How) ([]*zoo.Keeper, error) {
	return counted(r.Root, "Keeper.boss", how, all, keeperNumber, func(n int) *zoo.Keeper { return r.world.Keeper(n - 1) })
}

// StrictBoss is the keeper before; the first has none, though it should.
func (r keeper) StrictBoss(_ context.Context, all []*zoo.Keeper, how zoo.How) ([]*zoo.Keeper, error) {
	return counted(r.Root, "Keeper.strictBoss", how, all, keeperNumber, func(n int) *zoo.Keeper { return r.world.Keeper(n - 1) })
}

// Friends are the keepers after.
func (r keeper) Friends(_ context.Context, all []*zoo.Keeper, n *int) ([][]*zoo.Keeper, error) {
	return counted(r.Root, "Keeper.friends", zoo.HowFine, all, keeperNumber, func(number int) []*zoo.Keeper {
		list := make([]*zoo.Keeper, max(first(n), 0))
		for i := range list {
			list[i] = r.world.Keeper((number+i)%zoo.Keepers + 1)
		}
		return list
	})
}

// Rivals are keepers, some of them missing.
func (r keeper) Rivals(_ context.Context, all []*zoo.Keeper, how zoo.How) ([][]*zoo.Keeper, error) {
	return counted(r.Root, "Keeper.rivals", how, all, keeperNumber, r.keepers)
}

// StrictRivals are keepers, some of them missing though they should not.
func (r keeper) StrictRivals(_ context.Context, all []*zoo.Keeper, how zoo.How) ([][]*zoo.Keeper, error) {
	return counted(r.Root, "Keeper.strictRivals", how, all, keeperNumber, r.keepers)
}

// Animals are whom the keepers feed.
func (r keeper) Animals(_ context.Context, all []*zoo.Keeper, filter *zoo.AnimalFilter, n int) ([][]zoo.Animal, error) {
	return counted(r.Root, "Keeper.animals", zoo.HowFine, all, keeperNumber, func(number int) []zoo.Animal {
		animals := r.world.Animals(number, n)
		if filter != nil && filter.Page != nil && filter.Page.First < len(animals) {
			animals = animals[:max(filter.Page.First, 0)]
		}
		return animals
	})
}

// Zoo are all animals a keeper knows, with nil pointers and nothing among them.
func (r keeper) Zoo(_ context.Context, all []*zoo.Keeper) ([][]zoo.Animal, error) {
	return counted(r.Root, "Keeper.zoo", zoo.HowFine, all, keeperNumber, func(n int) []zoo.Animal {
		if n%3 == 0 {
			return nil
		}
		return []zoo.Animal{r.world.Dog(n), nil, (*zoo.Dog)(nil), r.world.Cat(n), new(r.world.Cat(n + 1)), *r.world.Fish(n), r.world.Fish(n + 1)}
	})
}

// Favourite is one creature, a nil pointer or nothing.
func (r keeper) Favourite(_ context.Context, all []*zoo.Keeper) ([]zoo.Creature, error) {
	return counted(r.Root, "Keeper.favourite", zoo.HowFine, all, keeperNumber, func(n int) zoo.Creature {
		switch n % 5 {
		case 0:
			return nil
		case 1:
			return (*zoo.Dog)(nil)
		}
		return r.world.Creatures(n, 1)[0]
	})
}

// Creatures are many.
func (r keeper) Creatures(_ context.Context, all []*zoo.Keeper) ([][]zoo.Creature, error) {
	return counted(r.Root, "Keeper.creatures", zoo.HowFine, all, keeperNumber, func(n int) []zoo.Creature { return r.world.Creatures(n, n%4) })
}

// Report looks ahead: it fills what is asked for and no more.
func (r keeper) Report(ctx context.Context, all []*zoo.Keeper) ([]*zoo.Report, error) {
	var asked []string
	for _, field := range graphql.CollectFieldsCtx(ctx, []string{"Report"}) {
		asked = append(asked, field.Name)
	}
	slices.Sort(asked)
	asked = slices.Compact(asked)
	return counted(r.Root, "Keeper.report", zoo.HowFine, all, keeperNumber, func(n int) *zoo.Report {
		report := &zoo.Report{Asked: asked}
		if graphql.FieldRequested(ctx, "pages") {
			report.Pages = new(n)
		}
		if graphql.FieldRequested(ctx, "lines") {
			report.Lines = new(n * 40)
		}
		if graphql.AnyFieldRequested(ctx, "author.first", "author.last", "author.keeper") {
			report.Author = &zoo.Author{Number: n}
		}
		if graphql.FieldRequested(ctx, "author.first") {
			report.Author.First = new("First")
		}
		if graphql.FieldRequested(ctx, "author.last") {
			report.Author.Last = new("Last")
		}
		return report
	})
}

// Moods are the moods a keeper has seen.
func (r keeper) Moods(_ context.Context, all []*zoo.Keeper, how zoo.How) ([][]zoo.Mood, error) {
	return counted(r.Root, "Keeper.moods", how, all, keeperNumber, func(n int) []zoo.Mood { return []zoo.Mood{zoo.MoodCalm, zoo.MoodWild}[:n%3] })
}

// Numbers are numbers with holes.
func (r keeper) Numbers(_ context.Context, all []*zoo.Keeper, how zoo.How) ([][]*int, error) {
	return counted(r.Root, "Keeper.numbers", how, all, keeperNumber, func(n int) []*int { return []*int{&n, nil, new(-n)} })
}

// Tags are texts.
func (r keeper) Tags(_ context.Context, all []*zoo.Keeper, how zoo.How) ([][]string, error) {
	return counted(r.Root, "Keeper.tags", how, all, keeperNumber, func(n int) []string { return []string{"a", "<b>"}[:n%3] })
}

// Grid are the cages a keeper cleans.
func (r keeper) Grid(_ context.Context, all []*zoo.Keeper) ([][][]*zoo.Cage, error) {
	return counted(r.Root, "Keeper.grid", zoo.HowFine, all, keeperNumber, func(n int) [][]*zoo.Cage {
		grid := r.world.Cages(n%3, 2)
		if len(grid) > 0 && n%4 == 1 {
			grid[0][1] = nil
		}
		return grid
	})
}

// Holes are numbers in lists in lists, with holes at each level.
func (r keeper) Holes(_ context.Context, all []*zoo.Keeper) ([][][]*int, error) {
	return counted(r.Root, "Keeper.holes", zoo.HowFine, all, keeperNumber, func(n int) [][]*int {
		return [][][]*int{nil, {}, {{&n, nil}, {}}, {{nil}, nil}}[n%4]
	})
}

// Plate is bound to a map.
func (r keeper) Plate(_ context.Context, all []*zoo.Keeper) ([]map[string]any, error) {
	return counted(r.Root, "Keeper.plate", zoo.HowFine, all, keeperNumber, func(n int) map[string]any { return r.plate(n) })
}

// Quiet fails as it is told, and nobody hears of it.
func (r keeper) Quiet(_ context.Context, all []*zoo.Keeper, how zoo.How) ([]*string, error) {
	return counted(r.Root, "Keeper.quiet", how, all, keeperNumber, fine)
}

// Pointed is the keeper itself.
func (r keeper) Pointed(_ context.Context, k *zoo.Keeper) (*zoo.Keeper, error) {
	r.calls.add("Keeper.pointed")
	return r.world.Keeper(k.Number), nil
}

// Keeper is who the author is.
func (r author) Keeper(_ context.Context, all []*zoo.Author) ([]*zoo.Keeper, error) {
	return counted(r.Root, "Author.keeper", zoo.HowFine, all, func(a *zoo.Author) int { return a.Number }, r.world.Keeper)
}

// Guide is who leads the visitors.
func (r visitor) Guide(_ context.Context, all []*zoo.Visitor) ([]*zoo.Keeper, error) {
	return counted(r.Root, "Visitor.guide", zoo.HowFine, all, func(v *zoo.Visitor) int { return v.Number }, r.world.Keeper)
}
