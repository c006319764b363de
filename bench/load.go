package main

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"sync"
	"time"
)

const (
	// answerLimit is how long one answer may take.
	answerLimit = 30 * time.Second
	// checkEvery is how many answers of a connection go by between two whose bodies are compared.
	checkEvery = 8
)

// load is a closed loop: each connection asks again as soon as it has its answer.
type load struct {
	addr        string
	request     []byte
	connections int
	// want is what every answer must say.
	want answer
}

// traffic is what a load saw.
type traffic struct {
	latencies []time.Duration
	// wrong counts the answers that were no success or, where they were compared, said something else.
	wrong   int
	elapsed time.Duration
}

// rate is the answers of a second.
func (t traffic) rate() float64 { return float64(len(t.latencies)) / t.elapsed.Seconds() }

// err says how many answers were wrong.
func (t traffic) err() error {
	switch {
	case t.wrong > 0:
		return fmt.Errorf("%d of %d answers were wrong", t.wrong, len(t.latencies))
	case len(t.latencies) == 0:
		return errors.New("there was no answer at all")
	}
	return nil
}

// run asks from all connections for a while.
func (l load) run(ctx context.Context, d time.Duration) (traffic, error) {
	connections, err := l.dial(ctx)
	defer func() {
		for _, c := range connections {
			_ = c.close() // everything has been read
		}
	}()
	if err != nil {
		return traffic{}, err
	}
	parts, faults := make([]traffic, len(connections)), make([]error, len(connections))
	started := time.Now()
	var wait sync.WaitGroup
	for i, c := range connections {
		wait.Go(func() { parts[i], faults[i] = l.loop(ctx, c, started.Add(d)) })
	}
	wait.Wait()
	all := traffic{elapsed: time.Since(started)}
	for _, p := range parts {
		all.latencies = append(all.latencies, p.latencies...)
		all.wrong += p.wrong
	}
	return all, errors.Join(ctx.Err(), errors.Join(faults...))
}

func (l load) dial(ctx context.Context) (connections []*connection, err error) {
	for range l.connections {
		c, err := dial(ctx, l.addr)
		if err != nil {
			return connections, err
		}
		connections = append(connections, c)
	}
	return connections, nil
}

// loop asks at least once, however late it gets to run.
func (l load) loop(ctx context.Context, c *connection, end time.Time) (traffic, error) {
	t := traffic{latencies: make([]time.Duration, 0, 1<<14)}
	for now := time.Now(); len(t.latencies) == 0 || now.Before(end) && ctx.Err() == nil; {
		status, body, err := c.exchange(l.request, now.Add(answerLimit))
		if err != nil {
			return t, err
		}
		then := time.Now()
		if status != http.StatusOK || len(t.latencies)%checkEvery == 0 && !l.want.same(body) {
			t.wrong++
		}
		t.latencies = append(t.latencies, then.Sub(now))
		now = then
	}
	return t, nil
}

// askOnce sends one request and reads the answer.
func askOnce(ctx context.Context, addr string, request []byte) (answer, error) {
	c, err := dial(ctx, addr)
	if err != nil {
		return answer{}, err
	}
	defer c.close() //nolint:errcheck // everything has been read
	status, body, err := c.exchange(request, time.Now().Add(answerLimit))
	if err != nil {
		return answer{}, err
	}
	return newAnswer(status, body)
}
