package main

import (
	"bufio"
	"fmt"
	"os"
	"path/filepath"
)

// writeCatalogue writes n products with three variants and two pictures each as a product export.
func (s *system) writeCatalogue(n int) (string, error) {
	path := filepath.Join(s.dir, fmt.Sprintf("catalogue-%d.csv", n))
	file, err := os.Create(path)
	if err != nil {
		return "", err
	}
	w := bufio.NewWriter(file)
	fmt.Fprintln(w, "Handle,Title,Body (HTML),Vendor,Type,Tags,Published,Option1 Name,Option1 Value,Variant SKU,Variant Inventory Tracker,"+
		"Variant Inventory Qty,Variant Inventory Policy,Variant Price,Image Src,Image Position,Image Alt Text,Status")
	// Titles are made of these words.
	materials := []string{"Cotton", "Linen", "Silk", "Wool", "Denim", "Bamboo", "Jute", "Leather"}
	things := []string{"Kurta", "Shirt", "Scarf", "Bag", "Dress", "Jacket", "Towel", "Blanket", "Cushion", "Rug"}
	for i := range n {
		thing := things[i%len(things)]
		title := fmt.Sprintf("%s %s %d", materials[i/len(things)%len(materials)], thing, i)
		fmt.Fprintf(w, "p-%d,%s,<p>A %s made to last. Item %d.</p>,Vendor %d,%s,\"tag%d, everyday\",true,Size,S,sku-%d-s,shopify,%d,deny,%d.00,/pictures/bench/p-%d-1.svg,1,Front,active\n",
			i, title, title, i, i%40, thing, i%30, i, i%7, 100+i%900, i)
		fmt.Fprintf(w, "p-%d,,,,,,,,M,sku-%d-m,shopify,%d,deny,%d.50,/pictures/bench/p-%d-2.svg,2,Back,\n", i, i, i%5, 100+i%900, i)
		fmt.Fprintf(w, "p-%d,,,,,,,,L,sku-%d-l,,0,deny,%d.75,,,,\n", i, i, 100+i%900)
	}
	if err := w.Flush(); err != nil {
		return "", err
	}
	return path, file.Close()
}
