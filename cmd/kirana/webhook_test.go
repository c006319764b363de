package main

import (
	"context"
	"crypto/hmac"
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/kirana-commerce/kirana/commerce"
	"github.com/kirana-commerce/kirana/internal/config"
	"github.com/kirana-commerce/kirana/internal/lifecycle"
)

// hooked is a webhook subscription as its maker sees it once.
type hooked struct {
	Secret              string
	WebhookSubscription hook
}

type hook struct {
	ID, URL                                  string
	Topics                                   []string
	LastDeliveredAt, FailingSince, LastError *string
	DisabledAt, PausedAt                     *string
	PreviousSecretExpiresAt                  *string
	FailedDeliveries, WaitingEvents          int
	LastAttempt                              *struct {
		At, EventID, Topic string
		Status             *int
		Error              *string
	}
}

const hookFields = "id url topics lastDeliveredAt failingSince lastError failedDeliveries disabledAt pausedAt previousSecretExpiresAt waitingEvents " +
	"lastAttempt { at eventId topic status error }"

func (c client) hook(t *testing.T, url string, topics ...string) hooked {
	t.Helper()
	var made hooked
	in := map[string]any{"url": url}
	if len(topics) > 0 {
		in["topics"] = topics
	}
	c.run(t, "webhookSubscriptionCreate", in, "secret webhookSubscription { "+hookFields+" }", &made)
	return made
}

func (c client) hooks(t *testing.T) []hook {
	t.Helper()
	var store struct{ WebhookSubscriptions []hook }
	c.ask(t, `{ store { webhookSubscriptions { `+hookFields+` createdAt } } }`, nil).field(t, "store", &store)
	return store.WebhookSubscriptions
}

// telling runs what kirana serve runs to tell of events, until the test ends.
func (o *office) telling(t *testing.T) {
	t.Helper()
	ctx, stop := context.WithCancel(context.Background())
	group := lifecycle.NewGroup(ctx)
	group.Go("events", o.service.relay.Run)
	group.Go("webhooks", o.service.webhooks.Run)
	t.Cleanup(func() {
		stop()
		require.NoError(t, group.Wait())
	})
}

// signature is what a secret signs a request with.
func signature(t *testing.T, secret string, d delivered) string {
	t.Helper()
	key, err := base64.StdEncoding.DecodeString(strings.TrimPrefix(secret, "whsec_"))
	require.NoError(t, err)
	mac := hmac.New(sha256.New, key)
	_, _ = fmt.Fprintf(mac, "%s.%s.%s", d.header.Get("webhook-id"), d.header.Get("webhook-timestamp"), d.body)
	return "v1," + base64.StdEncoding.EncodeToString(mac.Sum(nil))
}

// delivered is a request that a receiver got.
type delivered struct {
	header http.Header
	body   []byte
}

// receiver is a program of the merchant's that answers in turn with these statuses, and then with 200.
func receiver(t *testing.T, statuses ...int) (url string, got <-chan delivered) {
	t.Helper()
	requests := make(chan delivered, 100)
	answers := make(chan int, len(statuses))
	for _, s := range statuses {
		answers <- s
	}
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		body, _ := io.ReadAll(r.Body)
		select {
		case status := <-answers:
			w.WriteHeader(status)
		default:
		}
		requests <- delivered{r.Header, body}
	}))
	t.Cleanup(server.Close)
	return server.URL, requests
}

func arrives(t *testing.T, got <-chan delivered) delivered {
	t.Helper()
	select {
	case d := <-got:
		return d
	case <-time.After(time.Minute):
		require.FailNow(t, "nothing arrives")
		panic("unreachable")
	}
}

// A buyer orders, and the merchant's program hears of it, in a request whose signature it can check. What it does not accept comes again
// under the same id. The log has a line, and nothing of the buyer.
func TestTheMerchantIsToldOfAnOrder(t *testing.T) {
	t.Parallel()
	s := trial{newStocked(t, func(c *config.Config) { c.WebhooksLoopback = true }), t}
	url, got := receiver(t, http.StatusServiceUnavailable)
	made := s.mine.hook(t, url+"/orders", "order.created", "order.paid")
	require.True(t, strings.HasPrefix(made.Secret, "whsec_"))
	require.NotContains(t, s.cell(t, `SELECT string_agg(detail::text, '') FROM audit_log`), made.Secret)
	order, _ := s.order()
	s.telling(t)

	first := arrives(t, got)
	require.Eventually(t, func() bool { return s.mine.hooks(t)[0].LastError != nil }, time.Minute, 5*time.Millisecond)
	require.Equal(t, "The receiver answered with the HTTP status 503.", *s.mine.hooks(t)[0].LastError)
	require.NotNil(t, s.mine.hooks(t)[0].FailingSince)
	_, err := s.database.SQL.ExecContext(t.Context(), `UPDATE webhook_deliveries SET next_at = now()`)
	require.NoError(t, err)
	_, err = s.database.SQL.ExecContext(t.Context(), `UPDATE webhook_subscriptions SET next_at = now()`)
	require.NoError(t, err)
	again := arrives(t, got)
	require.Equal(t, first.body, again.body)
	require.Equal(t, first.header.Get("webhook-id"), again.header.Get("webhook-id"))
	s.mine.run(t, "orderMarkAsPaid", map[string]any{"id": order}, "", &struct{}{})
	paid := arrives(t, got)

	for _, d := range []delivered{first, again, paid} {
		require.Equal(t, signature(t, made.Secret, d), d.header.Get("webhook-signature"))
	}
	var event struct {
		ID, Topic, Store, Subject string
		Version                   int
		Payload                   map[string]any
	}
	require.NoError(t, json.Unmarshal(first.body, &event))
	require.Equal(t, first.header.Get("webhook-id"), event.ID)
	require.Equal(t, []any{"order.created", 1, order, "gid://kirana/Store/1", order}, []any{event.Topic, event.Version, event.Subject, event.Store, event.Payload["id"]})
	require.NoError(t, json.Unmarshal(paid.body, &event))
	require.Equal(t, []any{"order.paid", order, "PAID"}, []any{event.Topic, event.Subject, event.Payload["financialStatus"]})
	require.Eventually(t, func() bool { return s.mine.hooks(t)[0].LastDeliveredAt != nil }, time.Minute, 5*time.Millisecond)
	require.Nil(t, s.mine.hooks(t)[0].FailingSince)

	w := httptest.NewRecorder()
	s.handler.ServeHTTP(w, httptest.NewRequestWithContext(t.Context(), http.MethodGet, "/metrics", nil))
	require.Contains(t, w.Body.String(), "\nkirana_webhook_deliveries_total{result=\"failed\"} 1\n")
	require.Contains(t, w.Body.String(), "\nkirana_events_told_total{topic=\"order.created\"} 1\n")
}

// A merchant pauses a subscription, has it get another secret, and resumes it: what happened meanwhile arrives, signed with both secrets.
func TestAWebhookIsPausedAndResumed(t *testing.T) {
	t.Parallel()
	s := trial{newStocked(t, func(c *config.Config) { c.WebhooksLoopback = true }), t}
	url, got := receiver(t)
	made := s.mine.hook(t, url, "order.created")
	update := func(pairs ...any) (now hooked) {
		in := input(append([]any{"id", made.WebhookSubscription.ID}, pairs...)...)["input"].(map[string]any)
		s.mine.run(t, "webhookSubscriptionUpdate", in, "secret webhookSubscription { "+hookFields+" }", &now)
		return now
	}
	require.NotNil(t, update("paused", true).WebhookSubscription.PausedAt)
	require.Nil(t, s.mine.hooks(t)[0].LastAttempt)
	order, _ := s.order()
	s.telling(t)
	require.Eventually(t, func() bool { return s.mine.hooks(t)[0].WaitingEvents == 1 }, time.Minute, 5*time.Millisecond)
	renewed := update("newSecret", true, "paused", false)
	require.NotEmpty(t, renewed.Secret)
	require.NotEqual(t, made.Secret, renewed.Secret)
	require.NotNil(t, renewed.WebhookSubscription.PreviousSecretExpiresAt)
	d := arrives(t, got)
	require.Contains(t, string(d.body), order)
	signatures := strings.Fields(d.header.Get("webhook-signature"))
	require.Len(t, signatures, 2)
	for i, secret := range []string{renewed.Secret, made.Secret} {
		require.Equal(t, signature(t, secret, d), signatures[i])
	}
	require.Eventually(t, func() bool { return s.mine.hooks(t)[0].LastAttempt != nil }, time.Minute, 5*time.Millisecond)
	now := s.mine.hooks(t)[0]
	require.Equal(t, []any{d.header.Get("webhook-id"), "order.created", 200, (*string)(nil)}, []any{now.LastAttempt.EventID, now.LastAttempt.Topic, *now.LastAttempt.Status, now.LastAttempt.Error})
	require.Zero(t, now.WaitingEvents)
	require.Empty(t, update("topics", []string{"order.paid"}).Secret, "what is not renewed is not shown")
	require.Equal(t, []string{"order.paid"}, s.mine.hooks(t)[0].Topics)
}

// A receiver that says that it is gone is sent nothing any more, and the subscription says so.
func TestAReceiverThatIsGone(t *testing.T) {
	t.Parallel()
	s := trial{newStocked(t, func(c *config.Config) { c.WebhooksLoopback = true }), t}
	url, got := receiver(t, http.StatusGone)
	made := s.mine.hook(t, url, "order.created")
	s.order()
	s.telling(t)
	arrives(t, got)
	require.Eventually(t, func() bool { return s.mine.hooks(t)[0].DisabledAt != nil }, time.Minute, 5*time.Millisecond)
	require.Equal(t, 1, s.mine.hooks(t)[0].FailedDeliveries)
	s.mine.run(t, "webhookSubscriptionDelete", map[string]any{"id": made.WebhookSubscription.ID}, "", &struct{}{})
	require.Empty(t, s.mine.hooks(t))
}

// Everything that can be wrong with a subscription, with path and code; and nothing is written.
func TestWebhookRefusals(t *testing.T) {
	t.Parallel()
	o := newOffice(t)
	asha, meera := o.as(o.signUp(t, "asha@shop.test")), o.as(o.signUp(t, "meera@shop.test"))
	asha, meera = asha.in(asha.open(t, "Tea")), meera.in(meera.open(t, "Other"))
	foreign := meera.hook(t, "https://hooks.example.com/", "order.created")
	customers := asha.hook(t, "https://hooks.example.com/", "customer.erased")
	two := asha.hook(t, "https://hooks.example.com/2", "order.created").WebhookSubscription.ID
	full := asha.hook(t, "https://hooks.example.com/3", "order.created").WebhookSubscription.ID
	patch := func(id string, pairs ...any) map[string]any { return input(append([]any{"id", id}, pairs...)...) }
	for range 4 {
		asha.run(t, "webhookSubscriptionUpdate", patch(full, "newSecret", true)["input"].(map[string]any), "", &struct{}{})
	}
	lesser, orders := asha.key(t, "staff:write"), asha.key(t, "staff:write", "orders:read")
	o.exec(t, `UPDATE api_keys SET last_used_at = now() + interval '1 day'`)
	before := o.dump(t)
	at := func(url string, topics ...string) map[string]any {
		in := map[string]any{"url": url}
		if topics != nil {
			in["topics"] = topics
		}
		return map[string]any{"input": in}
	}
	const create, update, good = "webhookSubscriptionCreate", "webhookSubscriptionUpdate", "https://shop.example.com/orders"
	invalid := []string{"input.url INVALID"}
	for _, c := range []struct {
		who      client
		mutation string
		input    map[string]any
		want     []string
	}{
		{asha, create, at(""), []string{"input.url BLANK"}},
		{asha, create, map[string]any{"input": map[string]any{"url": "", "topics": []string{}}}, []string{"input.url BLANK", "input.topics BLANK"}},
		{asha, create, at("https://shop.example.com/" + strings.Repeat("x", 2048)), []string{"input.url TOO_LONG"}},
		{asha, create, at("https://hooks.example.com/"), []string{"input.url TAKEN"}},
		{asha, create, at("http://shop.example.com/"), invalid},
		{asha, create, at("ftp://shop.example.com/"), invalid},
		{asha, create, at("shop.example.com"), invalid},
		{asha, create, at("https:shop.example.com"), invalid},
		{asha, create, at("https://"), invalid},
		{asha, create, at("https://a b.example.com/"), invalid},
		{asha, create, at("https://user@shop.example.com/"), invalid},
		{asha, create, at("https://user:password@shop.example.com/"), invalid},
		{asha, create, at("https://shop.example.com/#orders"), invalid},
		{asha, create, at("https://shop.example.com:8443/"), invalid},
		{asha, create, at("https://shop.example.com:22/"), invalid},
		{asha, create, at("https://localhost/"), invalid},
		{asha, create, at("https://shop.localhost/"), invalid},
		{asha, create, at("https://metadata.google.internal/"), invalid},
		{asha, create, at("https://printer.local/"), invalid},
		{asha, create, at("https://127.0.0.1/"), invalid},
		{asha, create, at("http://127.0.0.1/"), invalid},
		{asha, create, at("https://93.184.216.34/"), invalid},
		{asha, create, at("https://0x7f.1/"), invalid},
		{asha, create, at("https://2130706433/"), invalid},
		{asha, create, at("https://127.1/"), invalid},
		{asha, create, at("https://[::1]/"), invalid},
		{asha, create, at("https://[::ffff:10.0.0.1]/"), invalid},
		{asha, create, at("https://[fe80::1%25eth0]/"), invalid},
		{asha, create, at(good, "order.created", "order.lost", "order.created"), []string{"input.topics.1 INVALID", "input.topics.2 DUPLICATE"}},
		{asha, create, at(good, make([]string, 1+len(commerce.Topics()))...), []string{"input.topics TOO_MANY"}},
		{lesser, create, at(good), []string{"input.topics.0 FORBIDDEN"}},
		{orders, create, at(good, "order.paid", "customer.erased"), []string{"input.topics.1 FORBIDDEN"}},
		{asha, update, patch(foreign.WebhookSubscription.ID, "paused", true), []string{"input.id NOT_FOUND"}},
		{asha, update, patch("gid://kirana/WebhookSubscription/1/999", "paused", true), []string{"input.id NOT_FOUND"}},
		{asha, update, patch("nonsense", "paused", true), []string{"input.id NOT_FOUND"}},
		{asha, update, patch(two, "url", ""), []string{"input.url BLANK"}},
		{asha, update, patch(two, "url", "http://shop.example.com/", "topics", []string{}), []string{"input.url INVALID", "input.topics BLANK"}},
		{asha, update, patch(two, "url", "https://shop.example.com/"+strings.Repeat("x", 2048)), []string{"input.url TOO_LONG"}},
		{asha, update, patch(two, "url", "https://hooks.example.com/"), []string{"input.url TAKEN"}},
		{asha, update, patch(two, "topics", []string{"order.lost", "order.paid", "order.paid"}), []string{"input.topics.0 INVALID", "input.topics.2 DUPLICATE"}},
		{asha, update, patch(two, "topics", make([]string, 1+len(commerce.Topics()))), []string{"input.topics TOO_MANY"}},
		{asha, update, patch(two, "newSecret", true, "overlapSeconds", -1), []string{"input.overlapSeconds INVALID"}},
		{asha, update, patch(two, "newSecret", true, "overlapSeconds", 2592001), []string{"input.overlapSeconds INVALID"}},
		{asha, update, patch(full, "newSecret", true), []string{"input.newSecret TOO_MANY"}},
		{lesser, update, patch(two, "url", good), []string{"input.id FORBIDDEN"}},
		{lesser, update, patch(two, "newSecret", true), []string{"input.id FORBIDDEN"}},
		{lesser, update, patch(two, "paused", true, "topics", []string{"order.paid"}), []string{"input.id FORBIDDEN", "input.topics.0 FORBIDDEN"}},
		{orders, update, patch(two, "topics", []string{"order.paid", "customer.erased"}), []string{"input.topics.1 FORBIDDEN"}},
		{orders, update, patch(customers.WebhookSubscription.ID, "url", good, "topics", []string{"order.paid"}), []string{"input.id FORBIDDEN"}},
		{asha, "webhookSubscriptionDelete", input("id", foreign.WebhookSubscription.ID), []string{"input.id NOT_FOUND"}},
		{asha, "webhookSubscriptionDelete", input("id", "gid://kirana/WebhookSubscription/1/999"), []string{"input.id NOT_FOUND"}},
		{asha, "webhookSubscriptionDelete", input("id", "nonsense"), []string{"input.id NOT_FOUND"}},
	} {
		require.Equal(t, c.want, c.who.ask(t, mutationText(c.mutation, ""), c.input).refusals(t, c.mutation), "%s %v", c.mutation, c.input)
	}
	require.Equal(t, before, o.dump(t))

	require.Equal(t, []string{"order.created"}, asha.hook(t, good).WebhookSubscription.Topics)
	o.exec(t, `INSERT INTO webhook_subscriptions (store_id, url, topics, secret) SELECT 1, 'https://x.example.com/' || n, '{order.paid}', 'x' FROM generate_series(1, 6) n`)
	require.Equal(t, []string{"TOO_MANY"}, asha.ask(t, mutationText(create, ""), at("https://y.example.com/")).refusals(t, create))
	require.Equal(t, []string{"FORBIDDEN"}, asha.key(t, "orders:read").ask(t, `{ store { webhookSubscriptions { url } } }`, nil).codes())
}
