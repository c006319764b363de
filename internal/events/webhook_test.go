package events

import (
	"context"
	"crypto/hmac"
	"crypto/sha256"
	"encoding/base64"
	"errors"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"strconv"
	"strings"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/kirana-commerce/kirana/commerce"
)

// start runs webhooks until the test ends.
func start(tb testing.TB, w *Webhooks) {
	tb.Helper()
	ctx, stop := context.WithCancel(context.Background())
	done := make(chan error, 1)
	go func() { done <- w.Run(ctx) }()
	tb.Cleanup(func() {
		stop()
		require.NoError(tb, <-done)
	})
}

func newTestWebhooks(q *queue, l *log) *Webhooks {
	return NewWebhooks(WebhookOptions{Queue: q, Loopback: true, Logger: l.logger(), Now: func() time.Time { return time.Unix(1_800_000_007, 0) }})
}

func next(tb testing.TB, q *queue) ending {
	tb.Helper()
	select {
	case e := <-q.ended:
		return e
	case <-time.After(patience):
		require.FailNow(tb, "no round ended")
		panic("unreachable")
	}
}

// What arrives is the documented envelope, and its signature is that of standardwebhooks.com: the expected one was made by hand.
func TestWhatAReceiverGets(t *testing.T) {
	t.Parallel()
	type got struct {
		header http.Header
		body   string
	}
	requests := make(chan got, 1)
	receiver := httptest.NewServer(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
		body, _ := io.ReadAll(r.Body)
		requests <- got{r.Header, r.Method + " " + r.URL.Path + " " + string(body)}
	}))
	t.Cleanup(receiver.Close)
	sent := round(3, receiver.URL+"/orders", order(3, 41))
	q := newQueue(sent)
	start(t, newTestWebhooks(q, &log{}))
	end := next(t, q)
	require.Equal(t, []commerce.WebhookResult{{EventID: 41}}, end.Results)
	r := <-requests
	body := `{"id":"evt_3_41","topic":"order.created","version":1,"at":"2027-01-15T08:00:00Z","store":"gid://kirana/Store/3","subject":"gid://kirana/Order/1/7","payload":{"id":"gid://kirana/Order/1/7","name":"#1001","currency":"INR","totalMinor":4200}}`
	require.Equal(t, "POST /orders "+body, r.body)
	require.Equal(t, "application/json", r.header.Get("Content-Type"))
	require.Equal(t, "evt_3_41", r.header.Get("webhook-id"))
	require.Equal(t, "1800000007", r.header.Get("webhook-timestamp"))
	key, err := base64.StdEncoding.DecodeString(strings.TrimPrefix(sent.Secret.Reveal(), "whsec_"))
	require.NoError(t, err)
	require.Len(t, key, 32)
	mac := hmac.New(sha256.New, key)
	mac.Write([]byte("evt_3_41.1800000007." + body))
	require.Equal(t, "v1,"+base64.StdEncoding.EncodeToString(mac.Sum(nil)), r.header.Get("webhook-signature"))
}

// The example of the specification: https://github.com/standard-webhooks/standard-webhooks/blob/main/spec/standard-webhooks.md.
func TestTheSignatureOfTheSpecification(t *testing.T) {
	t.Parallel()
	h := http.Header{}
	sign(h, []commerce.WebhookSecret{"whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"}, "msg_p5jXN8AQM9LWM0D4loKWxJek", time.Unix(1614265330, 0), []byte(`{"test": 2432232314}`))
	require.Equal(t, "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=", h.Get("Webhook-Signature"))
}

// Whatever a receiver answers, it is 2xx or it is not.
func TestAnswersOfReceivers(t *testing.T) {
	t.Parallel()
	var followed atomic.Bool
	receiver := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		switch r.URL.Path {
		case "/followed":
			followed.Store(true)
		case "/hang-up":
			panic(http.ErrAbortHandler)
		case "/endless":
			for r.Context().Err() == nil {
				_, _ = w.Write(make([]byte, 64<<10))
			}
		default:
			status, _ := strconv.Atoi(strings.TrimPrefix(r.URL.Path, "/"))
			w.Header().Set("Location", "/followed")
			w.WriteHeader(status)
		}
	}))
	t.Cleanup(receiver.Close)
	for path, want := range map[string]struct {
		problem string
		gone    bool
	}{
		"/200": {}, "/204": {}, "/endless": {},
		"/302":     {problem: "redirects"},
		"/400":     {problem: "status 400"},
		"/410":     {"status 410", true},
		"/500":     {problem: "status 500"},
		"/hang-up": {problem: "cannot be reached"},
	} {
		t.Run(path, func(t *testing.T) {
			t.Parallel()
			q := newQueue(round(1, receiver.URL+path, order(1, 1)))
			start(t, newTestWebhooks(q, &log{}))
			end := next(t, q)
			require.Equal(t, want.problem != "", end.Failed)
			require.Equal(t, want.gone, end.Gone)
			require.Contains(t, end.LastError, want.problem)
			require.Equal(t, end.LastError, end.Results[0].Error)
			require.Equal(t, want.problem == "", end.Results[0].Pause == 0)
		})
	}
	t.Cleanup(func() { require.False(t, followed.Load(), "a redirect is not followed") })
}

// hung is a transport on which receivers never answer but for one.
type hung struct {
	well string
	asks chan string
}

func (h hung) RoundTrip(r *http.Request) (*http.Response, error) {
	h.asks <- r.URL.Host
	if r.URL.Host == h.well {
		return &http.Response{StatusCode: http.StatusOK, Body: http.NoBody}, nil
	}
	<-r.Context().Done()
	return nil, r.Context().Err()
}

// Receivers that hang are given ten seconds, and nobody else waits for them.
func TestReceiversThatHang(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		q := newQueue()
		for i := range defaultReceivers - 1 {
			q.add(round(1, "https://hung.example.com", order(1, int64(i))))
		}
		q.add(round(2, "https://well.example.com", order(2, 1)))
		w := newTestWebhooks(q, &log{})
		w.client.Transport = hung{"well.example.com", make(chan string, 100)}
		began := time.Now()
		start(t, w)
		require.Equal(t, commerce.StoreID(2), next(t, q).round.Store)
		require.Equal(t, began, time.Now(), "at once")
		for range defaultReceivers - 1 {
			end := next(t, q)
			require.Equal(t, "The receiver did not answer within 10 s.", end.LastError)
			require.Equal(t, 1, end.Failures)
			require.Positive(t, end.Pause)
		}
		require.Equal(t, sendTimeout, time.Since(began))
	})
}

// A process that ends breaks off what is under way, and counts it for nobody: it is sent again under the same key.
func TestTheProcessEnds(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		q := newQueue(round(1, "https://hung.example.com", order(1, 1)))
		w := newTestWebhooks(q, &log{})
		asks := make(chan string, 1)
		w.client.Transport = hung{"", asks}
		ctx, stop := context.WithCancel(t.Context())
		done := make(chan error, 1)
		go func() { done <- w.Run(ctx) }()
		<-asks
		stop()
		require.NoError(t, <-done)
		end := next(t, q)
		require.Empty(t, end.Results)
		require.False(t, end.Failed)
		require.Zero(t, end.Failures)
	})
}

// Faults of the queue do not end the sending, nor make it spin.
func TestFaultsOfTheQueue(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		q, l := newQueue(round(1, "https://well.example.com", order(1, 1))), &log{}
		q.fault = errors.New("no route")
		w := newTestWebhooks(q, l)
		w.client.Transport = hung{"well.example.com", make(chan string, 10)}
		began := time.Now()
		start(t, w)
		next(t, q)
		require.Equal(t, queuePoll, time.Since(began), "it is tried again a moment later")
		require.Contains(t, l.String(), "cannot be read")
		for _, c := range []struct {
			disabled bool
			fault    error
			said     string
		}{{true, nil, "was given up"}, {false, errors.New("no route"), "cannot be noted"}, {false, commerce.ErrLeaseLost, "another process has it"}} {
			q.mu.Lock()
			q.disabled, q.endFault = c.disabled, c.fault
			q.mu.Unlock()
			q.add(round(1, "https://well.example.com", order(1, 1)))
			next(t, q)
			synctest.Wait()
			require.Contains(t, l.String(), c.said)
		}
	})
}

// What is taken down is sent without waiting for the next look.
func TestNotifyWakes(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		q := newQueue()
		w := newTestWebhooks(q, &log{})
		w.client.Transport = hung{"well.example.com", make(chan string, 10)}
		start(t, w)
		synctest.Wait()
		q.add(round(1, "https://well.example.com", order(1, 1)))
		began := time.Now()
		require.NoError(t, w.Notify(t.Context(), []commerce.Event{order(1, 1)}))
		next(t, q)
		require.Equal(t, began, time.Now())
		require.Len(t, q.queued, 1)
		q.mu.Lock()
		q.fault = errors.New("no route")
		q.mu.Unlock()
		require.ErrorContains(t, w.Notify(t.Context(), nil), "no route")
	})
}

// Nothing is sent into private networks, whatever a name resolves to and however an address is spelt.
func TestAddressesThatAreNotDialed(t *testing.T) {
	t.Parallel()
	public, dev := newGuard(false), newGuard(true)
	for address, c := range map[string]struct{ public, dev bool }{
		"93.184.216.34:443":                {true, true},
		"[2606:2800:21f:cb07:6820::1]:443": {true, true},
		"93.184.216.34:22":                 {false, true},
		"93.184.216.34:80":                 {false, true},
		"127.0.0.1:443":                    {false, true},
		"127.8.8.8:443":                    {false, true},
		"[::1]:443":                        {false, true},
		"0.0.0.0:443":                      {},
		"[::]:443":                         {},
		"10.1.2.3:443":                     {},
		"172.16.0.1:443":                   {},
		"192.168.1.1:443":                  {},
		"100.64.0.1:443":                   {},
		"169.254.169.254:443":              {}, // the metadata of clouds
		"[fd00:ec2::254]:443":              {}, // the same
		"[fe80::1]:443":                    {},
		"[fc00::1]:443":                    {},
		"224.0.0.1:443":                    {},
		"255.255.255.255:443":              {},
		"[ff02::1]:443":                    {},
		"[::ffff:127.0.0.1]:443":           {},
		"[::ffff:10.0.0.1]:443":            {},
		"[::10.0.0.1]:443":                 {},
		"[64:ff9b::a00:1]:443":             {}, // 10.0.0.1 behind a translator
		"[2002:a00:1::]:443":               {}, // 10.0.0.1 in a tunnel
		"not-an-address:443":               {},
	} {
		network := "tcp4"
		if strings.HasPrefix(address, "[") {
			network = "tcp6"
		}
		require.Equal(t, c.public, public.Safe(network, address, nil) == nil, address)
		require.Equal(t, c.dev, dev.Safe(network, address, nil) == nil, address)
	}
	require.Error(t, public.Safe("udp4", "93.184.216.34:443", nil))
}

// The guard stands where connections are made: nobody at the door of a private address notices.
func TestTheGuardIsAtTheDoor(t *testing.T) {
	t.Parallel()
	listener, err := new(net.ListenConfig).Listen(t.Context(), "tcp", "127.0.0.1:0")
	require.NoError(t, err)
	visits := make(chan struct{}, 1)
	go func() {
		if c, err := listener.Accept(); err == nil {
			visits <- struct{}{}
			_ = c.Close()
		}
		close(visits)
	}()
	_, port, err := net.SplitHostPort(listener.Addr().String())
	require.NoError(t, err)
	for _, url := range []string{"http://127.0.0.1:" + port, "https://localhost:" + port, "http://[::ffff:127.0.0.1]:" + port} {
		q := newQueue(round(1, url, order(1, 1)))
		w := NewWebhooks(WebhookOptions{Queue: q, Logger: (&log{}).logger(), Now: time.Now})
		start(t, w)
		require.Equal(t, "The address is not one of the public internet.", next(t, q).LastError, url)
	}
	require.NoError(t, listener.Close())
	_, visited := <-visits
	require.False(t, visited)
}

// What a merchant reads of a receiver that cannot be reached tells nothing of the server's network.
func TestProblems(t *testing.T) {
	t.Parallel()
	receiver := httptest.NewTLSServer(http.NotFoundHandler())
	t.Cleanup(receiver.Close)
	receiver.Config.ErrorLog = nil
	for url, want := range map[string]string{
		receiver.URL:                   "The receiver has no certificate that is valid for the address.",
		"http://127.0.0.1:1":           "The receiver cannot be reached.",
		"https://name.invalid":         "The name of the receiver is not known.",
		"https://exa mple.com":         "The address cannot be read.",
		"gopher://127.0.0.1/something": "The receiver cannot be reached.",
	} {
		q := newQueue(round(1, url, order(1, 1)))
		start(t, newTestWebhooks(q, &log{}))
		require.Equal(t, want, next(t, q).LastError, url)
	}
}
