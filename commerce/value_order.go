package commerce

import "cmp"

// ValueRank is the place of a filter's value among the others: sizes come first, in the order that people know them by; then the values
// with most products; then by the value itself.
type ValueRank struct {
	size  Size
	sized bool
	count int
	key   string
}

// RankValue is the rank of a value with its count of products. bySize says that the filter's values may be sizes: those of a vendor called
// 3M are not. key is the form in which values compare, and tells each from the others.
func RankValue(key string, count int, bySize bool) ValueRank {
	r := ValueRank{count: count, key: key}
	if bySize {
		r.size, r.sized = ParseSize(key)
	}
	return r
}

// Compare orders ranks. It is 0 only for values of one key and count.
func (r ValueRank) Compare(other ValueRank) int {
	switch {
	case r.sized != other.sized && r.sized:
		return -1
	case r.sized != other.sized:
		return 1
	case r.sized:
		if order := r.size.Compare(other.size); order != 0 {
			return order
		}
	}
	return cmp.Or(cmp.Compare(other.count, r.count), cmp.Compare(r.key, other.key))
}
