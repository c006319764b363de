package main

import (
	"bytes"
	"context"
	"errors"
	"math"
	"net/http"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

func TestSpread(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		values []float64
		want   spread
	}{
		{nil, spread{}},
		{[]float64{7}, spread{7, 7, 7}},
		{[]float64{4, 1}, spread{2.5, 1, 4}},
		{[]float64{9, 1, 3, 2, 5}, spread{3, 1, 9}},
	} {
		require.Equal(t, c.want, spreadOf(c.values))
	}
	require.Equal(t, "2.50 (1.00–120)", spread{2.5, 1, 120.4}.String())
}

func TestInterleave(t *testing.T) {
	t.Parallel()
	var order []string
	contenders := make([]*contender, 2)
	for i, name := range []string{"a", "b"} {
		n := 0.0
		contenders[i] = &contender{name: name, measure: func(context.Context, time.Duration) (sample, error) {
			order = append(order, name)
			n++
			return sample{rate: n * float64(i+1)}, nil
		}}
	}
	require.NoError(t, interleave(t.Context(), contenders, 3, time.Second))
	require.Equal(t, []string{"a", "b", "a", "b", "a", "b", "a", "b"}, order)
	require.Equal(t, []float64{2, 3, 4}, contenders[0].column(rateOf), "the first is warm-up")
	require.Equal(t, spread{2, 2, 2}, ratioOf(contenders[1], contenders[0], rateOf))

	broken := errors.New("no")
	contenders[1].measure = func(context.Context, time.Duration) (sample, error) { return sample{}, broken }
	require.ErrorIs(t, interleave(t.Context(), contenders, 1, time.Second), broken)
}

func TestComparison(t *testing.T) {
	t.Parallel()
	says := func(body string) answer {
		a, err := newAnswer(http.StatusOK, []byte(body))
		require.NoError(t, err)
		return a
	}
	one := &contender{name: "one", answer: says(`{"data":{"n":1}}`), hasCPU: true, samples: []sample{{rate: 10, cpu: 100}}}
	for name, c := range map[string]struct {
		other answer
		want  string
	}{
		"equal":      {says(`{"data":{"n":1}}`), "bodies equal byte for byte"},
		"same data":  {says(`{"data":{"n": 1}}`), "equal data, bodies differ in their bytes"},
		"no server":  {answer{}, "bodies equal byte for byte"},
		"other data": {says(`{"data":{"n":2}}`), ""},
	} {
		other := &contender{name: "other", answer: c.other, samples: []sample{{rate: 20}}}
		var b bytes.Buffer
		err := comparison{title: name, contenders: []*contender{one, other}, columns: measureColumns(false)}.print(&b)
		if c.want == "" {
			require.ErrorContains(t, err, "different answers")
			continue
		}
		require.NoError(t, err)
		require.Contains(t, b.String(), c.want)
		require.Regexp(t, `one +10.0 \(10.0–10.0\) +100 \(100–100\) +–`, b.String())
		require.Regexp(t, `other +20.0 \(20.0–20.0\) +– +–`, b.String())
	}
}

func TestFigures(t *testing.T) {
	t.Parallel()
	var b bytes.Buffer
	r := &results{title: "scenario", out: &b}
	r.factorAtLeast("factor", spread{8, 7, 9}, 8)
	r.rangeAtMost("cost", spread{61, 50, 70}, "", 60)
	r.keep("only in the file", spread{1, 1, 1}, "")
	r.tell("size", 3, "bytes")
	require.NoError(t, r.print(""))
	require.Regexp(t, `factor +8.00 \(7.00–9.00\) +× +≥ 8 +yes`, b.String())
	require.Regexp(t, `cost +61.0 \(50.0–70.0\) +≤ 60 +NO`, b.String())
	require.Regexp(t, `size +3 +bytes`, b.String())
	require.NotContains(t, b.String(), "only in the file")
}

func TestParseStat(t *testing.T) {
	t.Parallel()
	const rest = " S 41 42 42 0 -1 4194304 96 0 0 0 7 5 3 2 20 0 1 0 76779 3133440 356"
	for _, name := range []string{"postgres", "a b", "a) R 9 (b"} {
		p, err := parseStat("43 (" + name + ")" + rest)
		require.NoError(t, err)
		require.Equal(t, processTime{parent: 41, own: 120 * time.Millisecond, ended: 50 * time.Millisecond}, p)
	}
	for _, text := range []string{"", "43 (postgres)", "43 (postgres) S x 42 42 0 -1 4194304 96 0 0 0 7 5 3 2 20"} {
		_, err := parseStat(text)
		require.Error(t, err, text)
	}
	_, err := treeTime(math.MaxInt32)
	require.Error(t, err)
}
