package db

import (
	"context"
	"errors"

	"github.com/kirana-commerce/kirana/commerce"
)

// Sweep deletes what has expired: files, the outcomes of mutations, carts that nobody has changed for long, events that everybody was
// told of, what webhooks that are paused have kept for too long, what the provider of card payments has told, what customers signed in
// with, and counts of old searches.
func (d *DB) Sweep(ctx context.Context) error {
	return errors.Join(
		d.sweep(ctx, sweptUploadsSQL),
		d.sweep(ctx, sweptOutcomesSQL, commerce.IdempotencyLife.Seconds()),
		d.sweep(ctx, sweptCartsSQL, commerce.CartLife.Seconds()),
		d.sweep(ctx, sweptPausesSQL, commerce.WebhookPause.Seconds()),
		d.sweep(ctx, sweptSigningSQL),
		d.sweep(ctx, sweptDeliveriesSQL, commerce.EventLife.Seconds()),
		d.sweep(ctx, sweptEventsSQL, commerce.EventLife.Seconds()),
		d.sweep(ctx, sweptCardEventsSQL),
		d.sweep(ctx, sweptCodesSQL),
		d.sweep(ctx, sweptVisitsSQL),
		d.sweep(ctx, sweptSearchTextsSQL, commerce.SearchAnalyticsDays),
		d.sweep(ctx, sweptSearchesSQL, commerce.SearchAnalyticsDays),
	)
}

// sweep runs a statement that deletes a few rows for as long as there are any.
func (d *DB) sweep(ctx context.Context, text string, args ...any) error {
	for {
		result, err := d.primary.ExecContext(ctx, text, args...)
		if err != nil {
			return fault(ctx, err)
		}
		if n, err := result.RowsAffected(); err != nil || n == 0 {
			return fault(ctx, err)
		}
	}
}
