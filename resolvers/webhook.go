package resolvers

import (
	"context"

	"github.com/kirana-commerce/kirana/commerce"
	"github.com/kirana-commerce/kirana/dataloader"
	"github.com/kirana-commerce/kirana/graph/model"
)

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

// storeWebhooks are the webhook subscriptions of stores.
func storeWebhooks(ctx context.Context, stores []*commerce.Store) ([][]*commerce.WebhookSubscription, error) {
	return loadEach(ctx, &dataloader.From(ctx).WebhooksOf, stores, func(s *commerce.Store) commerce.StoreID { return s.ID })
}
