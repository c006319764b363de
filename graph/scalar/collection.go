package scalar

import (
	"github.com/99designs/gqlgen/graphql"

	"github.com/kirana-commerce/kirana/commerce"
	"github.com/kirana-commerce/kirana/graph/plan"
)

// AppendCollectionSortOrder renders the order of a collection.
func AppendCollectionSortOrder(b []byte, o commerce.CollectionSortOrder) []byte {
	return plan.AppendText(b, o)
}

// MarshalCollectionSortOrder renders the order of a collection.
func MarshalCollectionSortOrder(o commerce.CollectionSortOrder) graphql.Marshaler {
	return appended(AppendCollectionSortOrder, o)
}

// UnmarshalCollectionSortOrder reads the order of a collection.
func UnmarshalCollectionSortOrder(v any) (commerce.CollectionSortOrder, error) {
	return enum(v, commerce.CollectionSortOrder.Valid)
}

// AppendCollectionRuleColumn renders what a rule looks at.
func AppendCollectionRuleColumn(b []byte, c commerce.CollectionRuleColumn) []byte {
	return plan.AppendText(b, c)
}

// MarshalCollectionRuleColumn renders what a rule looks at.
func MarshalCollectionRuleColumn(c commerce.CollectionRuleColumn) graphql.Marshaler {
	return appended(AppendCollectionRuleColumn, c)
}

// UnmarshalCollectionRuleColumn reads what a rule looks at.
func UnmarshalCollectionRuleColumn(v any) (commerce.CollectionRuleColumn, error) {
	return enum(v, commerce.CollectionRuleColumn.Valid)
}

// AppendCollectionRuleRelation renders how a rule compares.
func AppendCollectionRuleRelation(b []byte, r commerce.CollectionRuleRelation) []byte {
	return plan.AppendText(b, r)
}

// MarshalCollectionRuleRelation renders how a rule compares.
func MarshalCollectionRuleRelation(r commerce.CollectionRuleRelation) graphql.Marshaler {
	return appended(AppendCollectionRuleRelation, r)
}

// UnmarshalCollectionRuleRelation reads how a rule compares.
func UnmarshalCollectionRuleRelation(v any) (commerce.CollectionRuleRelation, error) {
	return enum(v, commerce.CollectionRuleRelation.Valid)
}
