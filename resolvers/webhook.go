package resolvers

import (
	"context"
	"time"

	"github.com/kirana-commerce/kirana/commerce"
	"github.com/kirana-commerce/kirana/dataloader"
	"github.com/kirana-commerce/kirana/graph/model"
)

// defaultOverlap is for how many seconds secrets from before are good, unless it is said: a day.
const defaultOverlap = 24 * 60 * 60

// newWebhook is a subscription as it is asked for.
func (r *Resolver) newWebhook(in model.WebhookSubscriptionCreateInput) commerce.NewWebhook {
	topics := mapped(in.Topics, func(name string) commerce.Topic { return commerce.Topic(name) })
	return commerce.NewWebhook{URL: in.URL, Topics: topics, Secret: commerce.NewWebhookSecret(), Loopback: r.WebhookLoopback}
}

func webhookPayload(issued *commerce.IssuedWebhook, refused []*commerce.Refusal, err error) (*model.WebhookSubscriptionCreatePayload, error) {
	if issued == nil {
		return &model.WebhookSubscriptionCreatePayload{UserErrors: refused}, err
	}
	secret := issued.Secret.Reveal()
	return &model.WebhookSubscriptionCreatePayload{WebhookSubscription: issued.Subscription, Secret: &secret, UserErrors: refused}, err
}

// updateWebhook changes a subscription. One that gets a secret shows it once: asked again, it is not shown.
func (r *Resolver) updateWebhook(ctx context.Context, in model.WebhookSubscriptionUpdateInput) (*model.WebhookSubscriptionUpdatePayload, error) {
	p := commerce.WebhookPatch{
		URL: in.URL, Topics: mapped(in.Topics, func(name string) commerce.Topic { return commerce.Topic(name) }), Retopic: in.Topics != nil, Paused: in.Paused,
		Overlap: time.Duration(value(in.OverlapSeconds, defaultOverlap)) * time.Second, Loopback: r.WebhookLoopback,
	}
	update := func(by commerce.Actor) (*commerce.WebhookSubscription, error) {
		p.ID = commerce.WebhookID(commerce.OwnID(by.Store, commerce.KindWebhookSubscription, in.ID))
		return r.WebhookEditor.UpdateWebhook(ctx, by, p)
	}
	if !value(in.NewSecret, false) {
		w, refused, err := changeAccess(ctx, update)
		return &model.WebhookSubscriptionUpdatePayload{WebhookSubscription: w, UserErrors: refused}, err
	}
	p.Secret = commerce.NewWebhookSecret()
	issued, refused, err := changeAccess(ctx, func(by commerce.Actor) (*commerce.IssuedWebhook, error) {
		w, err := update(by)
		return &commerce.IssuedWebhook{Subscription: w, Secret: p.Secret}, err
	})
	payload := &model.WebhookSubscriptionUpdatePayload{UserErrors: refused}
	if issued != nil && issued.Subscription != nil {
		secret := issued.Secret.Reveal()
		payload.WebhookSubscription, payload.Secret = issued.Subscription, &secret
	}
	return payload, err
}

// webhookAgain finds the subscription as it is now; nothing when it was deleted since.
func webhookAgain(ctx context.Context, outcome commerce.Outcome, into **commerce.WebhookSubscription) error {
	var id commerce.GlobalID
	if err := outcome.Read(&id); err != nil {
		return err
	}
	all, err := dataloader.From(ctx).WebhooksOf.LoadOne(ctx, id.Store)
	for _, w := range all {
		if w.NodeID() == id {
			*into = w
		}
	}
	return err
}

// storeWebhooks are the webhook subscriptions of stores.
func storeWebhooks(ctx context.Context, stores []*commerce.Store) ([][]*commerce.WebhookSubscription, error) {
	return loadEach(ctx, &dataloader.From(ctx).WebhooksOf, stores, func(s *commerce.Store) commerce.StoreID { return s.ID })
}
