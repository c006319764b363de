// Package searchtest proves product searchers: a suite that every commerce.ProductSearcher has to pass, a brute-force
// oracle to compare with, and a real Elasticsearch with an index of one's own for tests that need one.
//
// It is for tests alone. It never talks to a server that serves anybody: of the environment it reads TEST_* and CI only.
package searchtest
