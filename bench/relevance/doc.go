// Package relevance measures how well search finds what shoppers mean: it holds judged queries on the demo stores'
// catalogues, makes a large catalogue and misspellings, and reckons the figures.
//
// It never looks into a search engine: everything goes through commerce.ProductSearcher, with the defaults of the API.
package relevance
