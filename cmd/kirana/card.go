package main

import (
	"net/http"

	"github.com/kirana-commerce/kirana/commerce"
	"github.com/kirana-commerce/kirana/db"
	"github.com/kirana-commerce/kirana/internal/config"
	"github.com/kirana-commerce/kirana/internal/payment"
	"github.com/kirana-commerce/kirana/internal/telemetry"
)

// cardDesk takes payments by card, if the configuration says with what.
func cardDesk(c *config.Config, d *db.DB) *commerce.CardDesk {
	desk := &commerce.CardDesk{Book: d, Watch: d, PublishableKey: c.StripePublishableKey}
	if c.Cards() {
		desk.Provider = payment.New(payment.Options{Key: c.StripeKey, URL: c.StripeURL})
	}
	return desk
}

// stripe takes the messages of Stripe in; nil where no cards are taken.
func (s *service) stripe() http.Handler {
	if !s.cards.Open() {
		return nil
	}
	return &payment.Webhook{
		Secret: s.config.StripeWebhookSecret, Desk: s.cards, Logger: s.logger, Count: telemetry.NewCards(s.registry).Message,
	}
}
