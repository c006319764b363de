package events

import (
	"context"

	"github.com/kirana-commerce/kirana/commerce"
)

// Sales notes of which products the sales have to be counted anew, because their orders have changed.
type Sales struct{ Ranker commerce.SalesRanker }

// Notify notes the products of the orders that events are about.
func (s Sales) Notify(ctx context.Context, events []commerce.Event) error {
	var orders []commerce.OrderRef
	noted := make(map[string]bool, len(events))
	for i := range events {
		id, known := commerce.ParseGlobalID(events[i].Subject)
		if known && id.Kind == commerce.KindOrder && !noted[events[i].Subject] {
			noted[events[i].Subject] = true
			orders = append(orders, commerce.OrderRef{Store: id.Store, ID: commerce.OrderID(id.ID)})
		}
	}
	if len(orders) == 0 {
		return nil
	}
	return s.Ranker.NoteSales(ctx, orders)
}
