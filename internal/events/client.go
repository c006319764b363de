package events

import (
	"bytes"
	"context"
	"crypto/hmac"
	"crypto/sha256"
	"crypto/tls"
	"encoding/base64"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/netip"
	"strconv"
	"strings"
	"time"

	"code.dny.dev/ssrf"

	"github.com/kirana-commerce/kirana/commerce"
)

// Of an answer only the status matters. Some of the rest is read, so that the connection can be used again.
const (
	maxAnswer       = 4 << 10
	maxAnswerHeader = 16 << 10
)

// newClient makes a client that connects to the public internet alone. The address is looked at when it is dialed, after its name was
// resolved: a name that leads elsewhere the next time is found out. A proxy would resolve it again, so there is none.
func newClient(loopback bool) *http.Client {
	dialer := net.Dialer{Timeout: sendTimeout, Control: newGuard(loopback).Safe}
	return &http.Client{
		Transport: &http.Transport{
			DialContext: dialer.DialContext, ForceAttemptHTTP2: true, DisableCompression: true,
			TLSClientConfig:     &tls.Config{MinVersion: tls.VersionTLS12},
			MaxIdleConnsPerHost: commerce.MaxWebhooksAtOnce, MaxIdleConns: 256,
			IdleConnTimeout: 30 * time.Second, MaxResponseHeaderBytes: maxAnswerHeader,
		},
		CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
	}
}

// newGuard refuses all addresses of special purpose: loopback, private, link-local (and with it the metadata of clouds), multicast and
// the like, in IPv4, in IPv6, and of the one in the other.
func newGuard(loopback bool) *ssrf.Guardian {
	if loopback {
		return ssrf.New(ssrf.WithAnyPort(), ssrf.WithAllowedV4Prefixes(netip.MustParsePrefix("127.0.0.0/8")), ssrf.WithAllowedV6Prefixes(netip.MustParsePrefix("::1/128")))
	}
	return ssrf.New(ssrf.WithPorts(443))
}

// post sends one event. sent is false when the process ends before there is an answer.
func (w *Webhooks) post(ctx context.Context, r *commerce.WebhookRound, e *commerce.Event) (a commerce.WebhookAnswer, sent bool) {
	body, err := e.Envelope()
	if err != nil {
		return commerce.WebhookAnswer{Problem: "The event cannot be written as JSON."}, true
	}
	sending, cancel := context.WithTimeout(ctx, sendTimeout)
	defer cancel()
	request, err := http.NewRequestWithContext(sending, http.MethodPost, r.URL, bytes.NewReader(body))
	if err != nil {
		return commerce.WebhookAnswer{Problem: "The address cannot be read."}, true
	}
	request.Header.Set("Content-Type", "application/json")
	request.Header.Set("User-Agent", "Kirana-Webhooks/1")
	sign(request.Header, append([]commerce.WebhookSecret{r.Secret}, r.Former...), e.Key(), w.o.Now(), body)
	response, err := w.client.Do(request)
	if err != nil {
		return commerce.WebhookAnswer{Problem: problem(err)}, ctx.Err() == nil
	}
	_, _ = io.Copy(io.Discard, io.LimitReader(response.Body, maxAnswer)) // the status has come, and says it all
	_ = response.Body.Close()
	return commerce.WebhookAnswer{Status: response.StatusCode}, true
}

// sign signs what is sent, as https://www.standardwebhooks.com has it: the moment is part of it, so that nobody can send it again later.
// Each secret signs; a receiver goes by the one that it has.
func sign(h http.Header, secrets []commerce.WebhookSecret, id string, at time.Time, body []byte) {
	moment := strconv.FormatInt(at.Unix(), 10)
	signatures := make([]string, len(secrets))
	for i, secret := range secrets {
		mac := hmac.New(sha256.New, secret.Key())
		_, _ = fmt.Fprintf(mac, "%s.%s.%s", id, moment, body) // it never fails
		signatures[i] = "v1," + base64.StdEncoding.EncodeToString(mac.Sum(nil))
	}
	h.Set("Webhook-Id", id)
	h.Set("Webhook-Timestamp", moment)
	h.Set("Webhook-Signature", strings.Join(signatures, " "))
}

// problem says for the merchant why there was no answer. It tells nothing of what the server's network looks like.
func problem(err error) string {
	var named *net.DNSError
	var certificate *tls.CertificateVerificationError
	switch {
	case errors.Is(err, ssrf.ErrProhibitedIP), errors.Is(err, ssrf.ErrProhibitedPort), errors.Is(err, ssrf.ErrProhibitedNetwork):
		return "The address is not one of the public internet."
	case errors.As(err, &certificate):
		return "The receiver has no certificate that is valid for the address."
	case errors.Is(err, context.DeadlineExceeded):
		return fmt.Sprintf("The receiver did not answer within %d s.", int(sendTimeout.Seconds()))
	case errors.As(err, &named):
		return "The name of the receiver is not known."
	}
	return "The receiver cannot be reached."
}
