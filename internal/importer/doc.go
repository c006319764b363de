// Package importer turns catalogue files into the domain's inputs, hands them to a catalogue in batches, and
// writes inputs as files again. It reads the product export CSV of Shopify, in its older and its newer column names, and
// writes it in the older ones.
//
// It also reads what small shops have: price lists, whose columns it guesses, and chat texts. No guess is written before a
// person has seen and confirmed it.
//
// Files are streamed, and cells, rows and batches are limited: memory holds a few batches whatever the file, and a few
// bytes for each handle. A product with any bad row is refused whole, with file, line, column and reason; the good
// products of the file go in.
//
// Descriptions are cleaned of whatever could run or style a page (internal/markup).
//
// It never talks to a database, never fetches a picture and never guesses a price.
package importer
