// Package job does the long work of stores: it takes jobs from the queue one after the other, does them, and says how far they
// are. It also takes their files in over HTTP and hands out what they made.
//
// It never keeps a file or a position itself: both are in the database, so that any process can go on with what another began.
package job
