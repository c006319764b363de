package events

import (
	"crypto/hmac"
	"crypto/sha256"
	"encoding/base64"
	"fmt"
	"net/http"
	"os"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/kirana-commerce/kirana/commerce"
)

func verify(secret string, h http.Header, body []byte, now time.Time) bool {
	at, err := strconv.ParseInt(h.Get("webhook-timestamp"), 10, 64)
	if err != nil || now.Sub(time.Unix(at, 0)).Abs() > 5*time.Minute {
		return false
	}
	key, _ := base64.StdEncoding.DecodeString(strings.TrimPrefix(secret, "whsec_"))
	mac := hmac.New(sha256.New, key)
	fmt.Fprintf(mac, "%s.%d.%s", h.Get("webhook-id"), at, body)
	for signature := range strings.FieldsSeq(h.Get("webhook-signature")) {
		got, _ := base64.StdEncoding.DecodeString(strings.TrimPrefix(signature, "v1,"))
		if hmac.Equal(got, mac.Sum(nil)) {
			return true
		}
	}
	return false
}

// What docs/webhooks.md tells receivers to do, word for word, takes what is sent and nothing else.
func TestTheDocumentedVerification(t *testing.T) {
	t.Parallel()
	page, err := os.ReadFile("../../docs/webhooks.md")
	require.NoError(t, err)
	source, err := os.ReadFile("verify_test.go")
	require.NoError(t, err)
	_, block, _ := strings.Cut(string(page), "```go\n")
	block, _, _ = strings.Cut(block, "```")
	require.NotEmpty(t, block)
	require.Contains(t, string(source), block)

	secret, h, body, now := commerce.NewWebhookSecret(), http.Header{}, []byte(`{"id":"evt_1_1"}`), time.Unix(1_800_000_000, 0)
	sign(h, []commerce.WebhookSecret{secret}, "evt_1_1", now, body)
	require.True(t, verify(secret.Reveal(), h, body, now.Add(4*time.Minute)))
	require.False(t, verify(secret.Reveal(), h, body, now.Add(6*time.Minute)), "sent again later")
	require.False(t, verify(secret.Reveal(), h, append(body, ' '), now))
	require.False(t, verify(commerce.NewWebhookSecret().Reveal(), h, body, now))
	former, both := commerce.NewWebhookSecret(), http.Header{}
	sign(both, []commerce.WebhookSecret{secret, former}, "evt_1_1", now, body)
	for _, known := range []commerce.WebhookSecret{secret, former} {
		require.True(t, verify(known.Reveal(), both, body, now), "while the secret is being replaced")
	}
	require.False(t, verify(commerce.NewWebhookSecret().Reveal(), both, body, now))
	h.Set("webhook-id", "evt_1_2")
	require.False(t, verify(secret.Reveal(), h, body, now))
	require.False(t, verify(secret.Reveal(), http.Header{}, body, now))
}
