package main

import (
	"log/slog"
	"reflect"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/kirana-commerce/kirana/commerce"
	"github.com/kirana-commerce/kirana/internal/config"
)

// Nothing that resolvers and dataloaders need is left out: a field that is nil fails at its first use alone.
func TestEverythingIsWired(t *testing.T) {
	t.Parallel()
	s, err := newService(config.Config{
		Addr: "127.0.0.1:0", DatabaseURL: "postgres://127.0.0.1:1/kirana", ElasticsearchURL: "http://127.0.0.1:1", Introspection: "never",
		ReplicaMaxLag: time.Second, RequestTimeout: time.Minute, WebhooksLoopback: true,
	}, slog.New(slog.DiscardHandler))
	require.NoError(t, err)
	t.Cleanup(func() { require.NoError(t, s.close()) })
	for _, whole := range []reflect.Value{reflect.ValueOf(*s.resolvers()), reflect.ValueOf(readersFor(s.db, &commerce.Viewer{}, false))} {
		for i := range whole.NumField() {
			if !whole.Type().Field(i).IsExported() {
				continue // of its own making
			}
			require.False(t, whole.Field(i).IsZero(), "%s.%s", whole.Type(), whole.Type().Field(i).Name)
		}
	}
}
