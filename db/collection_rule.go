package db

import (
	"database/sql"
	"encoding/json"
	"fmt"

	"github.com/kirana-commerce/kirana/commerce"
)

// storedRules is a rule set as the column collections.rule_set keeps it. The amounts are what the conditions mean as numbers, so
// that the database needs to know of no currency.
type storedRules struct {
	Any   bool         `json:"any"`
	Rules []storedRule `json:"rules"`
}

type storedRule struct {
	Column    string `json:"column"`
	Relation  string `json:"relation"`
	Condition string `json:"condition"`
	Amount    *int64 `json:"amount,omitempty"`
}

// encodeRules is the column's value, NULL for a collection without rules.
func encodeRules(s *commerce.CollectionRuleSet, c commerce.Currency) (sql.NullString, error) {
	if s == nil {
		return sql.NullString{}, nil
	}
	stored := storedRules{Any: s.AppliedDisjunctively, Rules: make([]storedRule, len(s.Rules))}
	for i, rule := range s.Rules {
		row := storedRule{Column: string(rule.Column), Relation: string(rule.Relation), Condition: rule.Condition}
		n, known, err := rule.Amount(c)
		if err != nil {
			return sql.NullString{}, fmt.Errorf("rule %d: %w", i, err)
		}
		if known {
			row.Amount = &n
		}
		stored.Rules[i] = row
	}
	text, err := json.Marshal(stored)
	return sql.NullString{String: string(text), Valid: true}, err
}

// ruleSet reads the column of a row.
func ruleSet(r *row) *commerce.CollectionRuleSet {
	text := r.literal()
	if text == nil {
		return nil
	}
	var stored storedRules
	if err := json.Unmarshal(text, &stored); err != nil {
		r.fail(err)
		return nil
	}
	s := &commerce.CollectionRuleSet{AppliedDisjunctively: stored.Any, Rules: make([]commerce.CollectionRule, len(stored.Rules))}
	for i, rule := range stored.Rules {
		s.Rules[i] = commerce.CollectionRule{
			Column: commerce.CollectionRuleColumn(rule.Column), Relation: commerce.CollectionRuleRelation(rule.Relation), Condition: rule.Condition,
		}
	}
	return s
}
