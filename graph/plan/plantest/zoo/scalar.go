package zoo

import (
	"context"
	"errors"
	"fmt"
	"io"
	"strconv"
	"strings"

	"github.com/99designs/gqlgen/graphql"
)

// MarshalTag writes a text with a mark in front.
func MarshalTag(text string) graphql.Marshaler { return graphql.MarshalString("#" + text) }

// UnmarshalTag reads a text that may have its mark.
func UnmarshalTag(value any) (string, error) {
	text, ok := value.(string)
	if !ok {
		return "", fmt.Errorf("a tag is a text, not %T", value)
	}
	return strings.TrimPrefix(text, "#"), nil
}

// Color is red, green and blue, four bits each.
type Color uint16 //nolint:recvcheck // as gqlgen wants it: values are written, pointers are read into

// MarshalGQL writes the color as #rgb.
func (c Color) MarshalGQL(w io.Writer) { fmt.Fprintf(w, `"#%03x"`, uint16(c)) }

// UnmarshalGQL reads a color written as #rgb.
func (c *Color) UnmarshalGQL(value any) error {
	text, ok := value.(string)
	if !ok {
		return fmt.Errorf("a color is a text, not %T", value)
	}
	number, err := strconv.ParseUint(strings.TrimPrefix(text, "#"), 16, 12)
	if err != nil {
		return errors.New("a color looks like #3ac")
	}
	*c = Color(number)
	return nil
}

// Weight is in kilograms.
type Weight float64

// MarshalWeight writes a weight, and refuses a negative one.
func MarshalWeight(weight Weight) graphql.ContextMarshaler {
	return graphql.ContextWriterFunc(func(_ context.Context, w io.Writer) error {
		if weight < 0 {
			return fmt.Errorf("the weight %g is negative", float64(weight))
		}
		fmt.Fprintf(w, `%g`, float64(weight))
		return nil
	})
}

// UnmarshalWeight reads a weight, and refuses a negative one.
func UnmarshalWeight(_ context.Context, value any) (Weight, error) {
	number, err := graphql.UnmarshalFloat(value)
	if err != nil {
		return 0, err
	}
	if number < 0 {
		return 0, fmt.Errorf("the weight %g is negative", number)
	}
	return Weight(number), nil
}

// Point is a place on the map of the zoo.
type Point struct{ X, Y int } //nolint:recvcheck // as gqlgen wants it: values are written, pointers are read into

// MarshalGQLContext writes the point as x:y, and refuses the diagonal.
func (p Point) MarshalGQLContext(_ context.Context, w io.Writer) error {
	if p.X == p.Y {
		return fmt.Errorf("the point %d:%d is on the diagonal", p.X, p.Y)
	}
	fmt.Fprintf(w, `"%d:%d"`, p.X, p.Y)
	return nil
}

// UnmarshalGQLContext reads a point written as x:y.
func (p *Point) UnmarshalGQLContext(_ context.Context, value any) error {
	text, ok := value.(string)
	if !ok {
		return fmt.Errorf("a point is a text, not %T", value)
	}
	if _, err := fmt.Sscanf(text, "%d:%d", &p.X, &p.Y); err != nil {
		return errors.New("a point looks like 1:2")
	}
	return nil
}

// MarshalFuse writes a text, and panics at boom before anything is written.
func MarshalFuse(text string) graphql.Marshaler {
	if text == "boom" {
		panic("boom")
	}
	return graphql.MarshalString(text)
}

// UnmarshalFuse reads a text.
func UnmarshalFuse(value any) (string, error) { return graphql.UnmarshalString(value) }

// Mood is an enum with methods of its own.
type Mood int //nolint:recvcheck // as gqlgen wants it: values are written, pointers are read into

// The moods of an animal. A mood that is none of them is written as the text that it cannot be.
const (
	MoodCalm Mood = iota + 1
	MoodWild
)

// MarshalGQL writes the mood's name.
func (m Mood) MarshalGQL(w io.Writer) {
	name := "MADE_UP"
	switch m {
	case MoodCalm:
		name = "CALM"
	case MoodWild:
		name = "WILD"
	}
	fmt.Fprint(w, strconv.Quote(name))
}

// UnmarshalGQL reads the mood's name.
func (m *Mood) UnmarshalGQL(value any) error {
	switch value {
	case "CALM":
		*m = MoodCalm
	case "WILD":
		*m = MoodWild
	default:
		return fmt.Errorf("%v is no mood", value)
	}
	return nil
}

// Size is an enum that the generated code maps to names.
type Size int

// The sizes of a cage.
const (
	SizeSmall Size = 10
	SizeLarge Size = 20
)

// Handle is a text type of its own; gqlgen converts it.
type Handle string
