package commerce

import (
	"slices"
	"strconv"
	"strings"
)

// CollectionRuleColumn is what of a product a rule looks at.
type CollectionRuleColumn string

// The columns of rules. All conditions on variants of one rule set hold for one and the same variant.
const (
	RuleTag            CollectionRuleColumn = "TAG"
	RuleTitle          CollectionRuleColumn = "TITLE"
	RuleType           CollectionRuleColumn = "TYPE"
	RuleVendor         CollectionRuleColumn = "VENDOR"
	RuleVariantPrice   CollectionRuleColumn = "VARIANT_PRICE"
	RuleVariantCompare CollectionRuleColumn = "VARIANT_COMPARE_AT_PRICE"
	RuleVariantStock   CollectionRuleColumn = "VARIANT_INVENTORY"
)

// Valid reports whether there is such a column.
func (c CollectionRuleColumn) Valid() bool {
	switch c {
	case RuleTag, RuleTitle, RuleType, RuleVendor, RuleVariantPrice, RuleVariantCompare, RuleVariantStock:
		return true
	}
	return false
}

// CollectionRuleRelation is how a rule compares.
type CollectionRuleRelation string

// The relations of rules. Texts compare without regard to upper and lower case.
const (
	RuleEquals      CollectionRuleRelation = "EQUALS"
	RuleNotEquals   CollectionRuleRelation = "NOT_EQUALS"
	RuleStartsWith  CollectionRuleRelation = "STARTS_WITH"
	RuleEndsWith    CollectionRuleRelation = "ENDS_WITH"
	RuleContains    CollectionRuleRelation = "CONTAINS"
	RuleNotContains CollectionRuleRelation = "NOT_CONTAINS"
	RuleGreaterThan CollectionRuleRelation = "GREATER_THAN"
	RuleLessThan    CollectionRuleRelation = "LESS_THAN"
	RuleIsSet       CollectionRuleRelation = "IS_SET"
	RuleIsNotSet    CollectionRuleRelation = "IS_NOT_SET"
)

// Valid reports whether there is such a relation.
func (r CollectionRuleRelation) Valid() bool {
	switch r {
	case RuleEquals, RuleNotEquals, RuleStartsWith, RuleEndsWith, RuleContains, RuleNotContains, RuleGreaterThan, RuleLessThan, RuleIsSet, RuleIsNotSet:
		return true
	}
	return false
}

// relations are those that a column can be asked with.
func (c CollectionRuleColumn) relations() []CollectionRuleRelation {
	switch c {
	case RuleTag:
		return []CollectionRuleRelation{RuleEquals, RuleNotEquals}
	case RuleTitle, RuleType, RuleVendor:
		return []CollectionRuleRelation{RuleEquals, RuleNotEquals, RuleStartsWith, RuleEndsWith, RuleContains, RuleNotContains}
	case RuleVariantPrice, RuleVariantStock:
		return []CollectionRuleRelation{RuleEquals, RuleNotEquals, RuleGreaterThan, RuleLessThan}
	case RuleVariantCompare:
		return []CollectionRuleRelation{RuleEquals, RuleNotEquals, RuleGreaterThan, RuleLessThan, RuleIsSet, RuleIsNotSet}
	}
	return nil
}

// CollectionRule is one condition on products.
type CollectionRule struct {
	Column    CollectionRuleColumn
	Relation  CollectionRuleRelation
	Condition string
}

// Amount is the number that the rule compares with: minor units of c, or units in stock. known is false for a rule about texts
// or about whether there is a value.
func (r CollectionRule) Amount(c Currency) (n int64, known bool, err error) {
	switch {
	case r.Relation == RuleIsSet || r.Relation == RuleIsNotSet:
		return 0, false, nil
	case r.Column == RuleVariantPrice || r.Column == RuleVariantCompare:
		n, err = ParseMinor(r.Condition, c)
		return n, err == nil, err
	case r.Column == RuleVariantStock:
		n, err = strconv.ParseInt(strings.TrimSpace(r.Condition), 10, 32)
		return n, err == nil, err
	}
	return 0, false, nil
}

// MaxRules is how many rules one collection may have.
const MaxRules = 60

// CollectionRuleSet says which products are in an automatic collection: those that all of the rules hold for, or any.
type CollectionRuleSet struct {
	AppliedDisjunctively bool
	Rules                []CollectionRule
}

// check reports everything that keeps the rules from being followed.
func (s *CollectionRuleSet) check(r *Refusals, c Currency) {
	path := []any{"input", "ruleSet", "rules"}
	switch {
	case len(s.Rules) == 0:
		r.Add(RefusalBlank, path, "An automatic collection needs a rule.")
	case len(s.Rules) > MaxRules:
		r.Add(RefusalTooMany, path, "%d rules are too many: %d are the most.", len(s.Rules), MaxRules)
		return
	}
	for i, rule := range s.Rules {
		rule.check(r, append(slices.Clip(path), i), c)
	}
}

func (r CollectionRule) check(refusals *Refusals, path []any, c Currency) {
	if !slices.Contains(r.Column.relations(), r.Relation) {
		refusals.Add(RefusalInvalid, append(slices.Clip(path), "relation"), "%s cannot be asked with %s.", r.Column, r.Relation)
		return
	}
	path = append(slices.Clip(path), "condition")
	needed := r.Relation != RuleIsSet && r.Relation != RuleIsNotSet
	switch _, _, err := r.Amount(c); {
	case !needed && r.Condition != "":
		refusals.Add(RefusalInvalid, path, "%s takes no condition: leave it empty.", r.Relation)
	case needed && strings.TrimSpace(r.Condition) == "":
		refusals.Add(RefusalBlank, path, "The rule needs something to compare with.")
	case Characters(MaxLabel).Exceeded(r.Condition):
		refusals.Add(RefusalTooLong, path, "The condition is longer than %s.", Characters(MaxLabel))
	case !storable(r.Condition):
		refusals.Add(RefusalInvalid, path, "The condition is not UTF-8 text without zero bytes.")
	case err != nil && r.Column == RuleVariantStock:
		refusals.Add(RefusalInvalid, path, "%.40q is no number of units.", r.Condition)
	case err != nil:
		refusals.Add(RefusalInvalid, path, "%s.", err)
	}
}
