package commerce

import (
	"context"
	"time"
)

// The orders of search results.
const (
	SearchSortRelevance SortKey = "RELEVANCE"
	SearchSortPrice     SortKey = "PRICE"
	SearchSortTitle     SortKey = "TITLE"
	SearchSortCreatedAt SortKey = "CREATED_AT"
	// SearchSortBestSelling has what sells best first.
	SearchSortBestSelling SortKey = "BEST_SELLING"
)

// UnavailableMode says what search does with products of which no variant can be bought.
type UnavailableMode string

// What search does with products that cannot be bought: show them among the others, show them after the others, or hide them.
const (
	UnavailableShow UnavailableMode = "SHOW"
	UnavailableLast UnavailableMode = "LAST"
	UnavailableHide UnavailableMode = "HIDE"
)

// SearchField is a text of products that a search can be limited to, by its name in the API.
type SearchField string

// The texts of products, by what the fields of a document are called in the API.
const (
	SearchFieldTitle       SearchField = "TITLE"
	SearchFieldProductType SearchField = "PRODUCT_TYPE"
	SearchFieldVendor      SearchField = "VENDOR"
	SearchFieldTag         SearchField = "TAG"
	SearchFieldOptions     SearchField = "VARIANTS_TITLE"
	SearchFieldSKU         SearchField = "VARIANTS_SKU"
	SearchFieldBarcode     SearchField = "VARIANTS_BARCODE"
	SearchFieldBody        SearchField = "BODY"
)

// MaxSearchText bounds the text of a search, in bytes.
const MaxSearchText = 500

// FewResults is how many products a search has to find so that nobody wonders whether something else was meant.
const FewResults = 5

// SearchQuery asks for one page of the products of a store that match a text and a selection of filters.
type SearchQuery struct {
	Store    StoreID
	Currency Currency
	// Text is what the shopper typed; empty browses the whole catalogue.
	Text string
	// Prefix lets the last word match words that begin with it.
	Prefix bool
	// Typing says that the text is still being typed, and the answer wanted at once: where very many products match, those with a title
	// that goes on with it may be shown by how well they sell, and how well the words fit may count for nothing.
	Typing      bool
	Unavailable UnavailableMode
	// Fields limits a text to products that have every word of it in these, nil for no limit. Words may be misspelt, and the last one
	// may be a beginning as Prefix says; synonyms count for nothing here.
	Fields    []SearchField
	Selection Selection
	Page      Page
	// WantTotal and WantFacets ask for the parts of the answer that cost extra.
	WantTotal, WantFacets bool
	// WantSuggestion asks for a text that finds more, in case that this one finds less than FewResults.
	WantSuggestion bool
	// WantSpread asks for how the prices are spread, beside the facets.
	WantSpread bool
	// Synonyms are the store's, nil for the starter set. Placement is where the store's rules put products.
	Synonyms  *Synonyms
	Placement Placement
	// Filters is what the store has decided about its filters, nil for nothing.
	Filters *StoreSearchFacets
}

// SearchResult is one page of hits in order, and what was asked for beside it. The hits are the index's word:
// whoever shows them re-reads the products from the database, which is never stale.
type SearchResult struct {
	Hits   List[ProductRef]
	Total  int
	Facets []Facet
	// Suggestion is another text that finds more, "" for none: of words that products of the store have.
	Suggestion string
	// AsOf is up to when the answer has everything, zero when it comes from the index, which tells by itself. Degraded says that the
	// search engine was to answer, and did not.
	AsOf     time.Time
	Degraded bool
	// Older says that the answer lacks something that whoever asks has seen: the index had not got it, and nothing could stand in.
	Older bool
	// Age is how much older than the index the answer is: the pages of a walk by relevance are read from one view of it. Drifts says that
	// the view was lost: products may come again, or not at all.
	Age    time.Duration
	Drifts bool
}

// ProductSearcher answers searches, each within one store. The answers stand in the queries' order.
// Code UNAVAILABLE when the search engine does not answer.
type ProductSearcher interface {
	SearchProducts(ctx context.Context, queries []SearchQuery) ([]SearchResult, error)
}
