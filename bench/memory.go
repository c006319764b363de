package main

import (
	"context"
	"fmt"
	"maps"
	"slices"
	"strconv"
	"time"

	"github.com/kirana-commerce/kirana/commerce"
	"github.com/kirana-commerce/kirana/dataloader"
)

const (
	benchStore  commerce.StoreID = 1
	benchHandle                  = "bench"
)

// memory is a store whose every answer stands ready, so that reading it costs next to nothing: what is measured is the
// engine. It knows the pages that the scenarios ask for and no others; the readers they never call are nil.
type memory struct {
	commerce.StoreReader
	commerce.ProductReader
	commerce.OptionReader
	commerce.VariantReader
	commerce.MediaReader
	commerce.CollectionReader

	stores   map[string]*commerce.Store
	products map[commerce.ProductListKey]map[commerce.ProductListKey]commerce.List[*commerce.Product]
	variants map[commerce.Page]map[commerce.ProductPageKey]commerce.List[*commerce.ProductVariant]
	media    map[commerce.Page]map[commerce.ProductPageKey]commerce.List[*commerce.MediaImage]
}

// The sizes of the store in memory and of the pages that are asked of it.
const (
	memoryProducts = 100
	memoryVariants = 3
	memoryMedia    = 2
)

func newMemory() *memory {
	m := &memory{
		stores: map[string]*commerce.Store{benchHandle: {
			ID: benchStore, Handle: benchHandle, Name: "Bench", Currency: "INR", Status: commerce.StorePublished, CreatedAt: moment(0),
		}},
		products: map[commerce.ProductListKey]map[commerce.ProductListKey]commerce.List[*commerce.Product]{},
		variants: map[commerce.Page]map[commerce.ProductPageKey]commerce.List[*commerce.ProductVariant]{},
		media:    map[commerce.Page]map[commerce.ProductPageKey]commerce.List[*commerce.MediaImage]{},
	}
	var products []commerce.Item[*commerce.Product]
	variantPage := commerce.FirstPage(memoryVariants, commerce.Ordering{Key: commerce.VariantSortPosition})
	mediaPage := commerce.FirstPage(memoryMedia, commerce.Ordering{Key: commerce.MediaSortPosition})
	variants := map[commerce.ProductPageKey]commerce.List[*commerce.ProductVariant]{}
	media := map[commerce.ProductPageKey]commerce.List[*commerce.MediaImage]{}
	for i := range memoryProducts {
		p := memoryProduct(i)
		products = append(products, commerce.Item[*commerce.Product]{Node: p, Value: strconv.Itoa(i + 1), ID: int64(p.ID)})
		variants[commerce.ProductPageKey{Product: p.Ref(), Page: variantPage}] = commerce.NewList(variantPage, variantsOf(p))
		media[commerce.ProductPageKey{Product: p.Ref(), Page: mediaPage}] = commerce.NewList(mediaPage, mediaOf(p))
	}
	m.variants[variantPage], m.media[mediaPage] = variants, media
	for _, n := range []int{20, memoryProducts} {
		page := commerce.FirstPage(n, commerce.Ordering{Key: commerce.ProductSortID})
		key := commerce.ProductListKey{Store: benchStore, Page: page}
		m.products[key] = map[commerce.ProductListKey]commerce.List[*commerce.Product]{key: commerce.NewList(page, slices.Clone(products))}
	}
	return m
}

// moment is a time that is the same in every process.
func moment(i int) time.Time {
	return time.Date(2026, 11, 22, 9, 30, 0, i*1000, time.UTC)
}

// memoryProduct makes a product. No text of the store holds <, > or &, which gqlgen's transport writes in another way.
func memoryProduct(i int) *commerce.Product {
	return &commerce.Product{
		StoreID: benchStore, ID: commerce.ProductID(i + 1), Currency: "INR",
		Handle: fmt.Sprintf("cotton-kurta-%d", i), Title: fmt.Sprintf("Cotton Kurta %d", i),
		DescriptionHTML: fmt.Sprintf("A kurta made to last. Item %d.", i),
		Vendor:          fmt.Sprintf("Vendor %d", i%40), ProductType: "Kurta", Tags: []string{"everyday", fmt.Sprintf("tag%d", i%30)},
		PublishedAt: moment(i), CreatedAt: moment(i), UpdatedAt: moment(2 * i),
	}
}

func variantsOf(p *commerce.Product) []commerce.Item[*commerce.ProductVariant] {
	var items []commerce.Item[*commerce.ProductVariant]
	for i, size := range []string{"S", "M", "L"} {
		sku := fmt.Sprintf("sku-%d-%s", p.ID, size)
		v := &commerce.ProductVariant{
			StoreID: p.StoreID, ProductID: p.ID, ID: commerce.VariantID(int(p.ID)*memoryVariants + i), Currency: p.Currency, Position: i + 1, SKU: &sku,
			PriceMinor: 10_000 + int64(p.ID)*25, InventoryTracked: true, InventoryQuantity: int(p.ID) % 7, InventoryPolicy: commerce.InventoryDeny,
			WeightUnit: commerce.WeightKilograms, SelectedOptions: []commerce.SelectedOption{{Name: "Size", Value: size}},
		}
		items = append(items, commerce.Item[*commerce.ProductVariant]{Node: v, Value: strconv.Itoa(v.Position), ID: int64(v.ID)})
	}
	return items
}

func mediaOf(p *commerce.Product) []commerce.Item[*commerce.MediaImage] {
	var items []commerce.Item[*commerce.MediaImage]
	for i, alt := range []string{"Front", "Back"} {
		m := &commerce.MediaImage{
			StoreID: p.StoreID, ProductID: p.ID, ID: commerce.MediaID(int(p.ID)*memoryMedia + i), Position: i + 1,
			Image: commerce.Image{URL: fmt.Sprintf("/pictures/bench/p-%d-%d.svg", p.ID, i+1), AltText: &alt},
		}
		items = append(items, commerce.Item[*commerce.MediaImage]{Node: m, Value: strconv.Itoa(m.Position), ID: int64(m.ID)})
	}
	return items
}

// readers are the sources of the dataloaders.
func (m *memory) readers() dataloader.Readers {
	return dataloader.Readers{Stores: m, Products: m, Options: m, Variants: m, Media: m, Collections: m}
}

// StoresByHandle finds the store.
func (m *memory) StoresByHandle(context.Context, []string) (map[string]*commerce.Store, error) {
	return m.stores, nil
}

// ProductLists finds pages of products.
func (m *memory) ProductLists(_ context.Context, keys []commerce.ProductListKey) (map[commerce.ProductListKey]commerce.List[*commerce.Product], error) {
	return prepared(m.products, keys, func(k commerce.ProductListKey) commerce.ProductListKey { return k })
}

// VariantLists finds pages of variants.
func (m *memory) VariantLists(_ context.Context, keys []commerce.ProductPageKey) (map[commerce.ProductPageKey]commerce.List[*commerce.ProductVariant], error) {
	return prepared(m.variants, keys, func(k commerce.ProductPageKey) commerce.Page { return k.Page })
}

// MediaLists finds pages of pictures.
func (m *memory) MediaLists(_ context.Context, keys []commerce.ProductPageKey) (map[commerce.ProductPageKey]commerce.List[*commerce.MediaImage], error) {
	return prepared(m.media, keys, func(k commerce.ProductPageKey) commerce.Page { return k.Page })
}

// prepared returns the answer that stands ready for all keys of one kind, more than was asked for included.
func prepared[K, G comparable, V any](answers map[G]map[K]V, keys []K, group func(K) G) (map[K]V, error) {
	answer, known := answers[group(keys[0])]
	if !known {
		return nil, fmt.Errorf("the store in memory has no answer to %v, only to %v", keys[0], slices.Collect(maps.Keys(answers)))
	}
	return answer, nil
}
