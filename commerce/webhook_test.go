package commerce_test

import (
	"net/netip"
	"net/url"
	"os"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/kirana-commerce/kirana/commerce"
)

// The documented topics are those that there are, and each needs the right to read what it is about.
func TestTopicsAreDocumented(t *testing.T) {
	t.Parallel()
	page, err := os.ReadFile("../docs/events.md")
	require.NoError(t, err)
	var names []string
	for line := range strings.Lines(string(page)) {
		if list, found := strings.CutPrefix(line, "| `topic` | "); found {
			for name := range strings.SplitSeq(strings.TrimSuffix(strings.TrimSpace(list), " |"), ", ") {
				names = append(names, strings.Trim(name, "`"))
			}
		}
	}
	s := commerce.WebhookSubscription{Topics: commerce.Topics()}
	require.Equal(t, names, s.TopicNames())
	require.Equal(t, commerce.ScopeCustomersRead, commerce.TopicCustomerErased.Scope())
	require.Equal(t, commerce.ScopeOrdersRead, commerce.TopicOrderPaid.Scope())
}

func unlucky(most time.Duration) time.Duration { return most - 1 }
func lucky(time.Duration) time.Duration        { return 0 }

func roundOf(failures int, attempts ...int) *commerce.WebhookRound {
	r := &commerce.WebhookRound{Failures: failures}
	for i, n := range attempts {
		r.Deliveries = append(r.Deliveries, commerce.WebhookDelivery{Event: commerce.Event{ID: int64(i + 1)}, Attempts: n})
	}
	return r
}

// Pauses grow fourfold up to a bound, give or take a quarter; the last attempt comes within two days of the event.
func TestWebhookPauses(t *testing.T) {
	t.Parallel()
	failed := map[int]commerce.WebhookAnswer{0: {Status: 500}}
	var total time.Duration
	for attempts, want := range []time.Duration{5 * time.Second, 20 * time.Second, 80 * time.Second, 320 * time.Second, 1280 * time.Second, 5120 * time.Second, 20480 * time.Second, 6 * time.Hour, 6 * time.Hour} {
		short, long := roundOf(0, attempts).End(failed, lucky), roundOf(0, attempts).End(failed, unlucky)
		require.Equal(t, want*3/4, short.Results[0].Pause)
		require.InDelta(t, want*5/4, long.Results[0].Pause, 2)
		total += long.Results[0].Pause
	}
	require.Equal(t, 6*time.Hour*3/4, roundOf(0, 1_000_000).End(failed, lucky).Results[0].Pause)
	require.Greater(t, total, 20*time.Hour)
	require.Less(t, commerce.WebhookLife+6*time.Hour*5/4, 48*time.Hour)
	for failures, want := range []time.Duration{5 * time.Second, 20 * time.Second, 80 * time.Second, 320 * time.Second, 10 * time.Minute, 10 * time.Minute} {
		require.Equal(t, want*3/4, roundOf(failures, 0).End(failed, lucky).Pause, "the receiver's own")
	}
}

func TestTheEndOfARound(t *testing.T) {
	t.Parallel()
	ok, bad, gone, lost := commerce.WebhookAnswer{Status: 202}, commerce.WebhookAnswer{Status: 404}, commerce.WebhookAnswer{Status: 410}, commerce.WebhookAnswer{Problem: "No."}
	for name, c := range map[string]struct {
		answers      map[int]commerce.WebhookAnswer
		failures     int
		accepted     int
		failed, gone bool
		pause        bool
		last         string
	}{
		"all accepted":       {map[int]commerce.WebhookAnswer{0: ok, 1: ok}, 0, 2, false, false, false, ""},
		"one of them":        {map[int]commerce.WebhookAnswer{0: bad, 1: ok}, 0, 1, true, false, false, "The receiver answered with the HTTP status 404."},
		"none":               {map[int]commerce.WebhookAnswer{0: bad, 1: lost}, 4, 0, true, false, true, "No."},
		"gone":               {map[int]commerce.WebhookAnswer{0: gone, 1: lost}, 4, 0, true, true, true, "No."},
		"one was not sent":   {map[int]commerce.WebhookAnswer{1: bad}, 4, 0, true, false, true, "The receiver answered with the HTTP status 404."},
		"nothing was sent":   {nil, 3, 0, false, false, false, ""},
		"redirected":         {map[int]commerce.WebhookAnswer{0: {Status: 308}}, 4, 0, true, false, true, "The receiver redirects to another address, which is not followed: subscribe with that one."},
		"informed, not sent": {map[int]commerce.WebhookAnswer{0: {Status: 199}}, 4, 0, true, false, true, "The receiver answered with the HTTP status 199."},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			end := roundOf(3, 0, 0).End(c.answers, lucky)
			require.Len(t, end.Results, len(c.answers))
			require.Equal(t, c.failures, end.Failures)
			require.Equal(t, c.accepted, end.Accepted())
			require.Equal(t, []bool{c.failed, c.gone, c.pause}, []bool{end.Failed, end.Gone, end.Pause > 0})
			require.Equal(t, c.last, end.LastError)
		})
	}
}

func TestWebhookSecrets(t *testing.T) {
	t.Parallel()
	one, two := commerce.NewWebhookSecret(), commerce.NewWebhookSecret()
	require.NotEqual(t, one, two)
	require.Len(t, one.Key(), 32)
	require.True(t, strings.HasPrefix(one.Reveal(), "whsec_"))
	require.Equal(t, "(secret)", one.String())
	require.Nil(t, commerce.WebhookSecret("whsec_!").Key())
}

// Whatever address is taken, it is https on port 443 of a name that no parser takes for an address.
func FuzzWebhookURL(f *testing.F) {
	for _, text := range []string{
		"https://hooks.example.com/", "https://127.0.0.1/", "https://0x7f.1/", "https://2130706433/", "https://[::1]/", "http://a.b", "https://a.b:443/", "https://a.b.:8443",
		"https://user@a.b/", "https://a.b/#c", "https://a.1", "https://xn--p1ai.xn--p1ai/", "https:a.b", "https://a..b/", "https://%31%32%37.0.0.1/", "https://１２７.0.0.1/", "https://localhost./",
	} {
		f.Add(text)
	}
	owner := commerce.Actor{Scopes: commerce.Scopes()}
	f.Fuzz(func(t *testing.T, text string) {
		if len(commerce.NewWebhook{URL: text, Topics: commerce.Topics()}.Check(owner)) > 0 {
			return
		}
		u, err := url.Parse(text)
		require.NoError(t, err)
		require.Equal(t, "https", u.Scheme)
		require.Contains(t, []string{"", "443"}, u.Port())
		require.Nil(t, u.User)
		host := strings.TrimSuffix(u.Hostname(), ".")
		_, err = netip.ParseAddr(host)
		require.Error(t, err, host)
		require.Contains(t, host, ".")
		last := host[strings.LastIndex(host, ".")+1:]
		require.NotEmpty(t, last)
		require.False(t, last[0] >= '0' && last[0] <= '9', host)
		require.NotEqual(t, "localhost", strings.ToLower(last))
	})
}
