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
type Store struct{ Handle, Name, Currency, Accent, Description string }

// Stores lists the demo stores.
func Stores() []Store {
	return []Store{
		{"corner", "The Corner Shop", "INR", "#0f766e", "Rice, dal, spices and all the small things of every day, from the shop at the corner. Open from seven in the morning."},
		{"boutique", "Tara Boutique", "INR", "#b4235a", "Cottons, silks and jewellery, chosen piece by piece and made by people we know."},
		{"gadgets", "Gadget Shelf", "USD", "#2f5bd7", "Cables, chargers and sound that do what the box says."},
	}
}
