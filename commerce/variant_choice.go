package commerce

import (
	"context"
	"strconv"
	"strings"
)

// Choice is the options a buyer has chosen, in a form that compares.
type Choice struct {
	// options are the names and values, each behind its length in bytes; none says that nothing was chosen at all.
	options string
	none    bool
	// IgnoreUnknown leaves options that the product does not have out of account, AnyCase makes capitals no difference.
	IgnoreUnknown, AnyCase bool
	// OrFirst is content with the first variant that can be bought, else the first.
	OrFirst bool
}

// maxChoice bounds the options of a choice: more than a product has, since clients may carry those of another.
const maxChoice = 20

// NewChoice makes a choice of options; nil when the buyer has made none. Code BAD_USER_INPUT.
func NewChoice(options []*SelectedOption) (Choice, error) {
	if len(options) > maxChoice {
		return Choice{}, BadInput("selectedOptions", "%d options are too many: at most %d.", len(options), maxChoice)
	}
	var b strings.Builder
	for _, o := range options {
		for _, text := range []string{o.Name, o.Value} {
			b.WriteString(strconv.Itoa(len(text)))
			b.WriteByte(':')
			b.WriteString(text)
		}
	}
	return Choice{options: b.String(), none: options == nil}, nil
}

// None reports whether the buyer has chosen nothing at all.
func (c Choice) None() bool { return c.none }

// Options are the names that were chosen and the value for each.
func (c Choice) Options() (names, values []string) {
	var texts []string
	for rest := c.options; rest != ""; {
		length, text, _ := strings.Cut(rest, ":")
		n, _ := strconv.Atoi(length)
		texts, rest = append(texts, text[:n]), text[n:]
	}
	for i := 0; i < len(texts); i += 2 {
		names, values = append(names, texts[i]), append(values, texts[i+1])
	}
	return names, values
}

// ChoiceKey asks for variants of a product by a choice of options.
type ChoiceKey struct {
	Product ProductRef
	Choice  Choice
}

// VariantChooser finds variants of products buyers can see by their options. A key without one is missing from the answer.
type VariantChooser interface {
	// ChosenVariants finds the variant that has exactly the options.
	ChosenVariants(ctx context.Context, keys []ChoiceKey) (map[ChoiceKey]*ProductVariant, error)
	// AdjacentVariants finds the variants that differ in one option from the choice, in the order of their ids.
	AdjacentVariants(ctx context.Context, keys []ChoiceKey) (map[ChoiceKey][]*ProductVariant, error)
	// FirstVariants finds the first variant with each value of a product's options.
	FirstVariants(ctx context.Context, refs []ProductRef) (map[ProductRef]map[SelectedOption]*ProductVariant, error)
}
