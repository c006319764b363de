// Package demo holds the catalogues of the demo stores, in the export format that merchants bring along.
//
// It never imports them: `kirana dev` does, the first time it runs.
package demo

import "embed"

// Files holds one file for each store, named by the store's handle.
//
//go:embed *.csv
var Files embed.FS

// Store is one demo store.
type Store struct{ Handle, Name, Currency string }

// Stores lists the demo stores.
func Stores() []Store {
	return []Store{
		{"corner", "The Corner Shop", "INR"},
		{"boutique", "Tara Boutique", "INR"},
		{"gadgets", "Gadget Shelf", "USD"},
	}
}
