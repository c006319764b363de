package db

import (
	"strings"

	"github.com/kirana-commerce/kirana/commerce"
)

// checkInputs refuses a batch that has a product which could not be stored as it is, before anything is written: a whole
// batch must not fail in the middle, nor come back next time as changed. Code BAD_USER_INPUT.
func checkInputs(store commerce.StoreID, in []commerce.ProductInput) error {
	seen := make(map[string]bool, len(in))
	for i := range in {
		var problem string
		problems := in[i].Validate()
		for _, one := range in[i].CheckReferences(store) {
			problems = append(problems, one.Message)
		}
		switch {
		case len(problems) > 0:
			problem = strings.Join(problems, "; ")
		case seen[in[i].Handle]:
			problem = "the handle is given twice"
		}
		if problem != "" {
			return commerce.BadInput("products", "product %d, %.80q: %s.", i+1, in[i].Handle, problem)
		}
		seen[in[i].Handle] = true
	}
	return nil
}
