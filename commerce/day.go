package commerce

import "time"

// Day is a day in UTC, as the number of days since the first of January 1970.
type Day int

const secondsOfDay = 24 * 60 * 60

// DayOf is the day of a moment.
func DayOf(t time.Time) Day {
	s := t.Unix()
	d := s / secondsOfDay
	if s%secondsOfDay < 0 {
		d--
	}
	return Day(d)
}

// ParseDay reads a day such as 2026-11-22; false for every other text.
func ParseDay(text string) (Day, bool) {
	t, err := time.Parse(time.DateOnly, text)
	return DayOf(t), err == nil
}

// String writes the day as ParseDay reads it.
func (d Day) String() string { return time.Unix(int64(d)*secondsOfDay, 0).UTC().Format(time.DateOnly) }
