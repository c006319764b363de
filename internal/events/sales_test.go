package events_test

import (
	"context"
	"errors"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/kirana-commerce/kirana/commerce"
	"github.com/kirana-commerce/kirana/internal/events"
)

// ranker remembers what it is told.
type ranker struct {
	commerce.SalesRanker

	noted []commerce.OrderRef
	err   error
}

func (r *ranker) NoteSales(_ context.Context, orders []commerce.OrderRef) error {
	r.noted = append(r.noted, orders...)
	return r.err
}

// Every event about an order has its products counted anew, each order once; other events have not.
func TestSalesAreNoted(t *testing.T) {
	t.Parallel()
	r := &ranker{}
	about := func(topic commerce.Topic, subject string) commerce.Event {
		return commerce.Event{Topic: topic, Subject: subject}
	}
	require.NoError(t, events.Sales{Ranker: r}.Notify(t.Context(), []commerce.Event{about(commerce.TopicCustomerErased, "gid://kirana/Customer/1/7")}))
	require.Nil(t, r.noted)
	r.err = errors.New("down")
	err := events.Sales{Ranker: r}.Notify(t.Context(), []commerce.Event{
		about(commerce.TopicOrderCreated, "gid://kirana/Order/1/7"), about(commerce.TopicOrderCancelled, "gid://kirana/Order/1/7"),
		about(commerce.TopicOrderEdited, "gid://kirana/Order/2/7"), about(commerce.TopicCustomerErased, "gid://kirana/Customer/1/7"), about(commerce.TopicOrderPaid, "x"),
	})
	require.ErrorIs(t, err, r.err, "so that they come again")
	require.Equal(t, []commerce.OrderRef{{Store: 1, ID: 7}, {Store: 2, ID: 7}}, r.noted)
}
