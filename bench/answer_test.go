package main

import (
	"net/http"
	"testing"

	"github.com/stretchr/testify/require"
)

func TestAnswer(t *testing.T) {
	t.Parallel()
	a, err := newAnswer(http.StatusOK, []byte(`{"data":{"a":"<","b":[1,2.0]}}`))
	require.NoError(t, err)
	for body, same := range map[string]bool{
		`{"data":{"a":"<","b":[1,2.0]}}`:                         true,
		`{"data": {"b": [1, 2.0], "a": "\u003c"}}`:               true,
		`{"data":{"a":"<","b":[1,2.0]},"extensions":{"cost":7}}`: true,
		`{"data":{"a":"<","b":[2.0,1]}}`:                         false,
		`{"data":{"a":"<","b":[1,2]}}`:                           false,
		`{"data":{"a":"<"}}`:                                     false,
		`{"data":{"a":"<","b":[1,2.0]},"errors":[{}]}`:           false,
		``: false,
	} {
		require.Equal(t, same, a.same([]byte(body)), body)
	}
}

func TestAnswerRefuses(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		status int
		body   string
	}{
		{http.StatusOK, `{"data":null}`},
		{http.StatusOK, `{"errors":[{"message":"no"}]}`},
		{http.StatusOK, `{"data":{"a":1},"errors":[{"message":"no"}]}`},
		{http.StatusOK, `{"data":{"a":1}`},
		{http.StatusBadRequest, `{"data":{"a":1}}`},
	} {
		_, err := newAnswer(c.status, []byte(c.body))
		require.Error(t, err, c.body)
	}
}
