package commerce

import (
	"slices"
	"time"
)

// maxFormerSecrets is how many secrets from before may be good beside a subscription's own.
const maxFormerSecrets = 4

// WebhookPatch changes a subscription. What is nil, or empty, stays as it is.
type WebhookPatch struct {
	ID     WebhookID
	URL    *string
	Topics []Topic
	// Retopic tells a list without topics from none.
	Retopic bool
	// Paused keeps events instead of sending them, or sends what was kept; either ends that sending was given up.
	Paused *bool
	// Secret is a new one, "" for none. For as long as Overlap events are signed with those from before, too.
	Secret  WebhookSecret
	Overlap time.Duration
	// Loopback lets the receiver be on this machine, without encryption: for development alone.
	Loopback bool
}

// Check reports everything that keeps the actor from changing the subscription, of which so many secrets from before are good, and events
// of such topics wait. Whoever changes where events go, or what they are signed with, has to have the right to read all that is sent there
// by now, and all that waits: the subscription may have had other topics.
func (p WebhookPatch) Check(by Actor, was *WebhookSubscription, former int, waiting []Topic) Refusals {
	var r Refusals
	for _, t := range slices.Concat(was.Topics, waiting) {
		if !by.Covers([]Scope{t.Scope()}) {
			r.Add(RefusalForbidden, []any{"input", "id"}, "The subscription sends events of %s. You do not have the scope %s in this store.", t, t.Scope())
			break
		}
	}
	if p.URL != nil {
		checkWebhookURL(&r, *p.URL, p.Loopback)
	}
	if p.Retopic {
		checkWebhookTopics(&r, p.Topics, by)
	}
	if p.Secret == "" {
		return r
	}
	if p.Overlap < 0 || p.Overlap > MaxOverlap {
		r.Add(RefusalInvalid, []any{"input", "overlapSeconds"}, "The overlap is outside 0 to %d seconds.", int(MaxOverlap.Seconds()))
	} else if p.Overlap > 0 && former >= maxFormerSecrets {
		r.Add(RefusalTooMany, []any{"input", "newSecret"},
			"%d secrets from before are still good, as many as may be. Wait until they end, or end them all with 0 as overlapSeconds.", former)
	}
	return r
}

// WebhookState is what a subscription becomes, as its editor writes it.
type WebhookState struct {
	URL    string
	Topics []Topic
	Paused bool
	// Moved: there is another receiver, of whom nothing is known. Revived: sending was given up, and is taken up. Resumed: what was kept is sent.
	Moved, Revived, Resumed bool
}

// Apply is what becomes of a subscription.
func (p WebhookPatch) Apply(was *WebhookSubscription) WebhookState {
	s := WebhookState{URL: was.URL, Topics: was.Topics, Paused: was.PausedAt != nil}
	if p.URL != nil {
		s.URL, s.Moved = *p.URL, *p.URL != was.URL
	}
	if p.Retopic {
		s.Topics = p.Topics
	}
	if p.Paused != nil {
		s.Paused = *p.Paused
		s.Revived = was.DisabledAt != nil
		s.Resumed = !s.Paused && (s.Revived || was.PausedAt != nil)
	}
	return s
}
