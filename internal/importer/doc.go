// Package importer turns catalogue files into the domain's inputs and hands them to a commerce.CatalogWriter in batches.
// It reads the product export CSV of Shopify, in its older and its newer column names.
//
// Files are streamed, and cells, rows and batches are limited: memory holds a few batches whatever the file, and a few
// bytes for each handle. A product with any bad row is refused whole, with file, line, column and reason; the good
// products of the file go in.
//
// Descriptions are cleaned of whatever could run or style a page (internal/markup).
//
// It never talks to a database, never fetches a picture and never guesses a price.
package importer
