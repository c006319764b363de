package graph

import (
	"context"
	"errors"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/kirana-commerce/kirana/commerce"
	"github.com/kirana-commerce/kirana/internal/auth"
)

// gate knows one merchant, until it is told otherwise.
type gate struct {
	fault atomic.Pointer[error]
	asked atomic.Int64
	used  atomic.Int64 // of what is asked, what counts as use
}

func (g *gate) shut(err error) { g.fault.Store(&err) }

func (g *gate) renew(ctx context.Context) (context.Context, error) {
	g.asked.Add(1)
	if commerce.CountsAsUse(ctx) {
		g.used.Add(1)
	}
	if fault := g.fault.Load(); fault != nil && *fault != nil {
		return ctx, *fault
	}
	return auth.With(ctx, auth.Request{Viewer: &commerce.Viewer{Merchant: 8}}), nil
}

func (g *gate) options(viewer *commerce.Viewer) Options {
	return Options{Renew: g.renew, LongLived: func(ctx context.Context) (context.Context, context.CancelFunc) {
		return context.WithCancel(auth.With(ctx, auth.Request{Viewer: viewer}))
	}}
}

// Whoever opened a connection is asked for again: a session that has ended, or a key that was revoked, keeps none open.
func TestSocketRenewal(t *testing.T) {
	t.Parallel()
	merchant := &commerce.Viewer{Merchant: 7}
	begin := func(t *testing.T, g *gate, k *ticker, viewer *commerce.Viewer) *peer {
		t.Helper()
		p := dial(t, serve(t, k.handler(g.options(viewer))), protocolTransport)
		p.say(hello)
		p.hear(ack)
		return p
	}
	t.Run("while it is idle", func(t *testing.T) {
		t.Parallel()
		synctest.Test(t, func(t *testing.T) {
			g, k := &gate{}, &ticker{stays: true}
			p := begin(t, g, k, merchant)
			p.say(subscribe("1"))
			<-k.entered
			begun := time.Now()
			g.shut(errors.New("nobody can say"))
			<-time.After(renewal + time.Second)
			g.shut(auth.ErrInvalidToken)
			for m := range p.heard {
				require.JSONEq(t, `{"type":"ping"}`, m)
			}
			p.hearClose(closeForbidden, "The token is not valid any more")
			require.Equal(t, 2*renewal, time.Since(begun))
			require.Equal(t, []int64{1, 3}, []int64{g.used.Load(), g.asked.Load()}, "an open connection does not use the token, an operation does")
			synctest.Wait()
			require.EqualValues(t, 1, k.ended.Load(), "what it had asked for ends with it")
		})
	})
	t.Run("before an operation", func(t *testing.T) {
		t.Parallel()
		synctest.Test(t, func(t *testing.T) {
			g := &gate{}
			p := begin(t, g, &ticker{}, merchant)
			g.shut(auth.ErrInvalidToken)
			p.say(subscribe("1"))
			p.hearClose(closeForbidden, "The token is not valid any more")
		})
	})
	t.Run("nobody can say", func(t *testing.T) {
		t.Parallel()
		synctest.Test(t, func(t *testing.T) {
			g := &gate{}
			p := begin(t, g, &ticker{}, merchant)
			g.shut(errors.New("secret: password=hunter2"))
			p.say(subscribe("1"))
			p.hear(`{"id":"1","type":"next","payload":{"data":null,"errors":[{"message":"`+textSignIn+`","extensions":{"code":"UNAVAILABLE"}}]}}`, end("1"))
		})
	})
	t.Run("somebody without a token", func(t *testing.T) {
		t.Parallel()
		synctest.Test(t, func(t *testing.T) {
			g := &gate{}
			begin(t, g, &ticker{}, nil)
			<-time.After(renewal + time.Second)
			require.Zero(t, g.asked.Load())
		})
	})
}
