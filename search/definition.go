package search

import (
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"slices"
)

// Alias is the name under which the product index is read. It points to one generation of the index at a time.
const Alias = "kirana-products"

// documentShape counts the shapes of document that AppendDocument has written. Raise it when a field gets another
// meaning without another mapping, so that indexes written before are rebuilt.
const documentShape = 1

// The names of the analyzers and of the normalizer. Index and search side differ in what they bound: a document is
// indexed whole, but no text that is searched for may cost more than maxWords words.
const (
	wordsAnalyzer       = "words"
	wordsQueryAnalyzer  = "words_query"
	prefixAnalyzer      = "prefix"
	prefixQueryAnalyzer = "prefix_query"
	stemsAnalyzer       = "stems"
	joinedAnalyzer      = "joined"
	caselessNormalizer  = "caseless"
	maxWords            = 16
	longestPrefix       = 20
)

// longestKeyword is in characters: of 4 bytes each they stay under Lucene's 32,766 bytes for a term, so that no value,
// however long, keeps its product out of the index.
const longestKeyword = 8191

// The fields of a document.
const (
	fieldStore        = "store_id"
	fieldStoreNumber  = "store_id.number"
	fieldProduct      = "product_id"
	fieldTitle        = "title"
	fieldTitlePrefix  = "title.prefix"
	fieldTitleStems   = "title.stems"
	fieldTitleSort    = "title_sort"
	fieldVendor       = "vendor"
	fieldProductType  = "product_type"
	fieldTags         = "tags"
	fieldOptionValues = "option_values"
	fieldBody         = "body"
	fieldBodyStems    = "body.stems"
	fieldWords        = "words"
	fieldStems        = "stems"
	fieldJoined       = "joined"
	fieldSKU          = "sku"
	fieldBarcode      = "barcode"
	fieldCollections  = "collections"
	fieldAttributes   = "attrs"
	fieldPriceMin     = "price_min"
	fieldPriceMax     = "price_max"
	fieldAvailable    = "available"
	fieldPublishedAt  = "published_at"
	fieldCreatedAt    = "created_at"
	fieldPopularity   = "popularity"
	fieldVersion      = "version"
	fieldHash         = "hash"
	fieldVariants     = "variants"
)

// What variants have, once for each product. As long as no other condition is on variants, products are counted by these, without looking into
// their variants: ten times as fast.
const (
	fieldOptions      = "options"
	fieldOptionLabels = "option_labels" // how merchants spell them
	fieldUnavailable  = "unavailable"   // some variant cannot be bought
	fieldPriceSteps   = "price_steps"   // the buckets of all grids of prices that some variant is in
)

// The fields of a variant inside a document, by their full names.
const (
	variantPrice     = fieldVariants + ".price"
	variantAvailable = fieldVariants + ".available"
	variantOptions   = fieldVariants + ".options"
)

// Meta is what an index says about itself, in the _meta of its mapping.
type Meta struct {
	// Hash is the DefinitionHash the index was made with. Another one in the code calls for a new generation.
	Hash string `json:"hash"`
	// Epoch is the upper part of the versions of the index's documents. It lives here because restoring the database
	// would turn it back there.
	Epoch int64 `json:"epoch"`
	// SystemID and Timeline identify the database whose write-ahead log the versions count.
	SystemID string `json:"system_id"`
	Timeline int    `json:"timeline"`
	// Since is the position of the commit that asked for the index, 0 when nobody did.
	Since int64 `json:"since,omitempty"`
}

// Definition is the body that creates an index for products. The index carries meta with the hash of this definition,
// whatever meta.Hash says.
func Definition(meta Meta) []byte {
	meta.Hash = DefinitionHash()
	mapping := mappings()
	mapping["_meta"] = meta
	return encode(object{"settings": settings(), "mappings": mapping})
}

// DefinitionHash identifies the settings, the mapping and the shape of the documents. Two programs with the same hash
// can serve and feed the same index.
func DefinitionHash() string {
	sum := sha256.Sum256(encode(list{documentShape, settings(), mappings()}))
	return hex.EncodeToString(sum[:8])
}

// settings: one shard keeps refreshes cheap and counts exact; a replica appears by itself once there is a second node.
// The refresh interval is a ceiling, the indexer refreshes when it has caught up; naming it also switches off the
// pause of refreshes on idle indexes. Tombstones outlive every late bulk. Sorting keeps a store's documents together, and
// has those that suggestions show first at their beginning (see tiers).
func settings() object {
	return object{
		"index": object{
			"number_of_shards":     1,
			"auto_expand_replicas": "0-1",
			"refresh_interval":     "5s",
			"gc_deletes":           "15m",
			"translog":             object{"flush_threshold_size": "64mb"},
			"sort":                 indexSort(),
		},
		"analysis": analysis(),
	}
}

func indexSort() object {
	var fields, order list
	for _, f := range tierFields() {
		fields, order = append(fields, f.name), append(order, f.direction())
	}
	return object{"field": fields, "order": order}
}

// analysis splits texts of any script into words without accents and case, and reads every script's digits alike.
// Beside the words as they are, it keeps their stems and each two neighbours joined, which for Chinese, whose words no
// tokenizer here knows, are pairs of characters. A store's language is not known: what a word's ending means is told by
// its script.
func analysis() object {
	fold := list{"lowercase", "decimal_digit", "asciifolding"}
	analyzer := func(more ...any) object {
		return object{"type": "custom", "tokenizer": "standard", "filter": append(slices.Clip(fold), more...)}
	}
	return object{
		"char_filter": object{"letters": object{"type": "mapping", "mappings": letterMappings()}},
		"filter": object{
			"word_limit":   object{"type": "limit", "max_token_count": maxWords},
			"beginnings":   object{"type": "edge_ngram", "min_gram": 1, "max_gram": longestPrefix},
			"prefix_limit": object{"type": "truncate", "length": longestPrefix},
			"possessive":   object{"type": "stemmer", "language": "possessive_english"},
			"english":      object{"type": "stemmer", "language": "light_english"},
			"hindi":        object{"type": "pattern_replace", "pattern": hindiEndings, "replacement": "$1"},
			"arabic":       object{"type": "pattern_replace", "pattern": arabicArticle, "replacement": "$1"},
			"neighbours": object{
				"type": "shingle", "min_shingle_size": 2, "max_shingle_size": 2, "output_unigrams": false, "token_separator": "",
			},
		},
		"analyzer": object{
			wordsAnalyzer:       analyzer(),
			wordsQueryAnalyzer:  analyzer("word_limit"),
			prefixAnalyzer:      analyzer("beginnings"),
			prefixQueryAnalyzer: analyzer("prefix_limit", "word_limit"),
			stemsAnalyzer:       analyzer("possessive", "english", "hindi", "arabic").with("char_filter", list{"letters"}),
			joinedAnalyzer:      analyzer("neighbours", "english").with("char_filter", list{"letters"}),
		},
		"normalizer": object{
			caselessNormalizer: object{"type": "custom", "filter": list{"lowercase", "asciifolding"}},
		},
	}
}

// mappings is strict: merchants never add fields, and a document of an unknown shape is refused rather than guessed at.
// Routing is required, so that no document can be written where its store's searches do not look.
func mappings() object {
	return object{
		"dynamic":  "strict",
		"_routing": object{"required": true},
		"properties": object{
			// As a number, too: who walks over all stores has to walk as the database counts.
			fieldStore:   object{"type": "keyword", "fields": object{"number": object{"type": "long"}}},
			fieldProduct: object{"type": "long"},
			fieldTitle: shortText().with("fields", object{
				"prefix": text(prefixAnalyzer, prefixQueryAnalyzer), "stems": text(stemsAnalyzer, stemsAnalyzer),
			}),
			fieldTitleSort:    caseless(),
			fieldVendor:       facetKeyword(),
			fieldProductType:  facetKeyword(),
			fieldTags:         facetKeyword(),
			fieldOptionValues: shortText(),
			fieldBody:         text(wordsAnalyzer, wordsQueryAnalyzer).with("fields", object{"stems": text(stemsAnalyzer, stemsAnalyzer)}),
			// What typos are forgiven in: all short texts of the product together, so that "nkie shrit" finds a shirt by Nike.
			fieldWords: text(wordsAnalyzer, wordsQueryAnalyzer),
			// The same texts by their stems, and with each two neighbours joined, for "powerbank". Who searches those has joined
			// the words already.
			fieldStems:       text(stemsAnalyzer, stemsAnalyzer),
			fieldJoined:      text(joinedAnalyzer, stemsAnalyzer),
			fieldSKU:         caseless(),
			fieldBarcode:     caseless(),
			fieldCollections: object{"type": "keyword"},
			// The values of all metafields together, each behind the metafield's name: whatever merchants call theirs adds no field.
			fieldAttributes:  keyword(),
			fieldPriceMin:    object{"type": "long"},
			fieldPriceMax:    object{"type": "long"},
			fieldAvailable:   object{"type": "boolean"},
			fieldPublishedAt: object{"type": "date", "format": "epoch_millis"},
			fieldCreatedAt:   object{"type": "date", "format": "epoch_millis"},
			fieldPopularity:  object{"type": "long"},
			fieldVersion:     object{"type": "long", "index": false},
			fieldHash:        object{"type": "long", "index": false},
			fieldVariants: object{"type": "nested", "dynamic": "strict", "properties": object{
				"price":     object{"type": "long"},
				"available": object{"type": "boolean"},
				"options":   keyword(),
			}},
			fieldOptions:      counted(),
			fieldOptionLabels: counted(),
			fieldUnavailable:  object{"type": "boolean"},
			fieldPriceSteps:   counted(),
		},
	}
}

// text keeps no positions: nothing searches for phrases. It keeps no lengths (norms) either: beside variants, which have none, they are
// stored sparsely, and writing a term's postings looks each of them up, which was more than half of what indexing costs (ADR 13).
func text(analyzer, queryAnalyzer string) object {
	return object{"type": "text", "analyzer": analyzer, "search_analyzer": queryAnalyzer, "index_options": "freqs", "norms": false}
}

func keyword() object { return object{"type": "keyword", "ignore_above": longestKeyword} }

// counted is a keyword that nothing searches for.
func counted() object { return keyword().with("index", false) }

func caseless() object { return keyword().with("normalizer", caselessNormalizer) }

// shortText is one of the texts whose typos are forgiven.
func shortText() object {
	return text(wordsAnalyzer, wordsQueryAnalyzer).with("copy_to", shortCopies())
}

// shortCopies are the fields in which all short texts of a product stand together.
func shortCopies() list { return list{fieldWords, fieldStems, fieldJoined} }

// facetKeyword is counted and filtered by as it is spelt, and searched by its words.
func facetKeyword() object {
	return keyword().with("copy_to", shortCopies()).with("fields", object{"text": text(wordsAnalyzer, wordsQueryAnalyzer)})
}

// encode renders what consists of strings, numbers, booleans, lists and objects alone, which always succeeds.
func encode(v any) []byte {
	b, err := json.Marshal(v)
	if err != nil {
		panic("search: a request that is no JSON: " + err.Error())
	}
	return b
}
