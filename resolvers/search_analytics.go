package resolvers

import (
	"context"

	"github.com/kirana-commerce/kirana/commerce"
	"github.com/kirana-commerce/kirana/dataloader"
	"github.com/kirana-commerce/kirana/graph/model"
)

// recordSearchEvents counts what a client tells of searches in the current store. Clients are nobody: no right is asked for.
func (r *Resolver) recordSearchEvents(ctx context.Context, in []*commerce.SearchEventInput) (int, []*commerce.Refusal, error) {
	return changeVisited(ctx, func(store *commerce.Store) (int, error) {
		events, err := commerce.NewSearchEvents(store.ID, commerce.DayOf(r.Now()), in)
		if err != nil {
			return 0, err
		}
		if err := r.Gate.SearchEvents(ctx, store.ID); err != nil {
			return 0, err
		}
		return r.SearchEvents.RecordSearchEvents(ctx, events)
	})
}

// searchAnalytics are what was searched for in stores in some days.
func (r *Resolver) searchAnalytics(ctx context.Context, stores []*commerce.Store, from, to *commerce.Day) ([]*commerce.SearchAnalytics, error) {
	periods, today := make([]commerce.SearchPeriod, len(stores)), commerce.DayOf(r.Now())
	for i, s := range stores {
		var err error
		if periods[i], err = commerce.NewSearchPeriod(s.ID, from, to, today); err != nil {
			return nil, err
		}
	}
	return dataloader.From(ctx).SearchFigures.Load(ctx, periods)
}

// searchTexts are a page of the texts of each period, those with most first.
func searchTexts(ctx context.Context, of []*commerce.SearchAnalytics, args commerce.PageArgs, key *model.SearchTextSortKeys, reverse bool) ([]*model.SearchTextConnection, error) {
	order := commerce.Ordering{Key: commerce.SortKey(value(key, model.SearchTextSortKeysSearches)), Reverse: !reverse}
	page, err := commerce.NewPage(args, order)
	if err != nil {
		return nil, err
	}
	return counted(ctx, &dataloader.From(ctx).SearchTextList, mapped(of, func(a *commerce.SearchAnalytics) commerce.SearchTextListKey {
		return commerce.SearchTextListKey{SearchPeriod: a.Period, Page: page}
	}))
}
