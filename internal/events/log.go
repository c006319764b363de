package events

import (
	"context"
	"encoding/json"
	"log/slog"

	"github.com/kirana-commerce/kirana/commerce"
)

// Log writes a line of the process's log for each new order: who has no program that listens has this. It holds numbers and amounts,
// nothing of the buyer (docs/privacy.md).
type Log struct{ Logger *slog.Logger }

// Notify writes the lines.
func (l Log) Notify(ctx context.Context, events []commerce.Event) error {
	for i := range events {
		e := &events[i]
		if e.Topic != commerce.TopicOrderCreated {
			continue
		}
		var order struct {
			Name       string `json:"name"`
			Currency   string `json:"currency"`
			TotalMinor int64  `json:"totalMinor"`
		}
		if err := json.Unmarshal(e.Payload, &order); err != nil {
			// It would not be readable the next time either, and would keep all others waiting.
			l.Logger.ErrorContext(ctx, "an event cannot be read", "event", e.Key(), "error", err)
			continue
		}
		l.Logger.InfoContext(ctx, "a new order", "event", e.Key(), "store", int64(e.Store), "order", e.Subject, "name", order.Name,
			"currency", order.Currency, "totalMinor", order.TotalMinor)
	}
	return nil
}
