package commerce

import (
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

func TestNewSearchEvents(t *testing.T) {
	t.Parallel()
	const tea = "gid://kirana/Product/1/7"
	at := func(n int) *int { return &n }
	events, err := NewSearchEvents(1, 3, []*SearchEventInput{
		{SearchClick, " Green  TEA ", tea, at(2)},
		{SearchClick, "green tea", tea, at(MaxClickPosition)},
		{SearchCartAdd, "green tea", tea, nil},
		{SearchOrder, "green tea", tea, at(5)},
		{SearchOrder, "asha@example.com", "gid://kirana/Product/1/8", nil},
	})
	require.NoError(t, err)
	require.Equal(t, SearchEvents{Store: 1, Products: []ProductID{7, 7, 7, 7, 8}, Counts: SearchCounts{
		{1, 3, "green tea"}: {Clicks: 2, CartAdds: 1, Orders: 1, Positions: MaxClickPosition + 2}, {1, 3, ""}: {Orders: 1},
	}}, events)
	for want, e := range map[string]SearchEventInput{
		"events.0.text BLANK":          {SearchClick, " \t", tea, at(1)},
		"events.0.text TOO_LONG":       {SearchClick, strings.Repeat("x", MaxSearchText+1), tea, at(1)},
		"events.0.text INVALID":        {SearchClick, "te\x00a", tea, at(1)},
		"events.0.productId NOT_FOUND": {SearchCartAdd, "tea", "gid://kirana/Product/2/7", nil},
		"events.0.position BLANK":      {SearchClick, "tea", tea, nil},
		"events.0.position INVALID":    {SearchOrder, "tea", tea, at(0)},
	} {
		_, err := NewSearchEvents(1, 3, []*SearchEventInput{&e})
		var r Refusals
		require.ErrorAs(t, err, &r, want)
		require.Len(t, r, 1)
		require.Equal(t, "input."+want, strings.Join(r[0].Field, ".")+" "+string(r[0].Code))
	}
}

func TestSearchPeriod(t *testing.T) {
	t.Parallel()
	day := func(d Day) *Day { return &d }
	for _, c := range []struct {
		from, to *Day
		want     SearchPeriod
	}{
		{nil, nil, SearchPeriod{1, 71, 100}}, {day(5), nil, SearchPeriod{1, 5, 100}}, {nil, day(50), SearchPeriod{1, 21, 50}}, {day(7), day(7), SearchPeriod{1, 7, 7}},
	} {
		p, err := NewSearchPeriod(1, c.from, c.to, 100)
		require.NoError(t, err)
		require.Equal(t, c.want, p)
	}
	for _, ends := range [][2]*Day{{day(8), day(7)}, {day(101), nil}} {
		_, err := NewSearchPeriod(1, ends[0], ends[1], 100)
		require.Equal(t, CodeBadUserInput, CodeOf(err))
	}
}

func TestDay(t *testing.T) {
	t.Parallel()
	kolkata := time.FixedZone("", 5*3600+1800)
	for text, moment := range map[string]time.Time{
		"1969-12-31": time.Unix(-1, 0), "1970-01-01": time.Unix(0, 0), "1970-01-02": time.Unix(24*3600, 0), "2026-11-21": time.Date(2026, 11, 22, 5, 29, 59, 0, kolkata),
	} {
		require.Equal(t, text, DayOf(moment).String())
		parsed, ok := ParseDay(text)
		require.True(t, ok)
		require.Equal(t, DayOf(moment), parsed)
	}
}

func TestClickThroughRate(t *testing.T) {
	t.Parallel()
	require.Nil(t, SearchFigures{Clicks: 2}.ClickThroughRate(), "nobody has searched")
	require.InDelta(t, 0.5, *SearchFigures{Searches: 4, Clicks: 2}.ClickThroughRate(), 0)
	require.Nil(t, SearchFigures{Searches: 2}.AverageClickPosition())
	require.InDelta(t, 1.5, *SearchFigures{Clicks: 2, Positions: 3}.AverageClickPosition(), 0)
}
