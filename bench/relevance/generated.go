package relevance

import (
	"fmt"
	"math/rand/v2"
	"strings"

	"github.com/kirana-commerce/kirana/commerce"
)

// generatedStore is the store of generated products.
const generatedStore commerce.StoreID = 9

// generatedQueries is how many queries are made for a generated catalogue.
const generatedQueries = 400

// kind is a type of generated product, and how shoppers write it: first as its titles do.
type kind struct {
	name      string
	spellings []string
}

// kinds holds plurals, joined and split words, and what people get wrong.
func kinds() []kind {
	return []kind{
		{"T-Shirt", []string{"t-shirt", "tshirt", "t shirt", "t-shirts", "tshirts"}},
		{"Sundress", []string{"sundress", "sun dress", "sundresses", "sundres"}},
		{"Backpack", []string{"backpack", "back pack", "backpacks", "bakpack"}},
		{"Water Bottle", []string{"water bottle", "waterbottle", "water bottles", "watter bottle"}},
		{"Bookshelf", []string{"bookshelf", "book shelf", "bookshelfs"}},
		{"Tablecloth", []string{"tablecloth", "table cloth", "tablecloths", "tabelcloth"}},
		{"Phone Case", []string{"phone case", "phonecase", "phone cases", "fone case"}},
		{"Scarf", []string{"scarf", "scarfs", "scraf"}},
		{"Lunch Box", []string{"lunch box", "lunchbox", "lunch boxes", "luch box"}},
		{"Cushion Cover", []string{"cushion cover", "cushion covers", "cusion cover"}},
		{"Umbrella", []string{"umbrella", "umbrellas", "umberella", "umbrela"}}, //nolint:misspell // meant
		{"Sneakers", []string{"sneakers", "sneaker", "sneekers"}},
		{"Jewellery Case", []string{"jewellery case", "jewelery case", "jewellery cases"}},
		{"Notebook", []string{"notebook", "note book", "notebooks", "notebok"}}, //nolint:misspell // meant
		{"Curtain", []string{"curtain", "curtains", "curtian"}},                 //nolint:misspell // meant
		{"Hoodie", []string{"hoodie", "hoodies", "hoody"}},
		{"Wallet", []string{"wallet", "wallets", "walet"}},
		{"Blanket", []string{"blanket", "blankets", "blankit"}},
		{"Trousers", []string{"trousers", "trouser", "trowsers"}},
		{"Raincoat", []string{"raincoat", "rain coat", "raincoats"}},
	}
}

// Generated makes n products of one store and queries for them, the same ones for the same seed. What a query names is
// what an answer must have; an answer of the type that lacks the rest is graded 1.
func Generated(n int, seed uint64) (Catalogue, []Query) {
	random := rand.New(rand.NewPCG(seed, 1)) //nolint:gosec // a catalogue, no secret
	colours := []string{"Red", "Green", "Blue", "Black", "White", "Yellow", "Pink", "Grey", "Maroon", "Turquoise"}
	materials := []string{"Cotton", "Linen", "Leather", "Denim", "Bamboo", "Canvas", "Velvet", "Woollen"}
	brands := makeBrands(random, 120)
	all := make([]made, n)
	c := Catalogue{Docs: make([]commerce.ProductDocument, n)}
	for i := range all {
		all[i] = made{random.IntN(len(kinds())), pick(random, colours), pick(random, materials), pick(random, brands)}
		other := made{random.IntN(len(kinds())), pick(random, colours), pick(random, materials), ""}
		c.Docs[i] = all[i].document(commerce.ProductRef{Store: generatedStore, ID: commerce.ProductID(i + 1)}, other)
	}
	queries := make([]Query, generatedQueries)
	for i := range queries {
		queries[i] = all[random.IntN(n)].query(random, i, all)
	}
	return c, queries
}

// made is what a generated product is.
type made struct {
	kind                    int
	colour, material, brand string
}

// document mentions another product in its description, as descriptions do.
func (m made) document(ref commerce.ProductRef, other made) commerce.ProductDocument {
	name := kinds()[m.kind].name
	return commerce.ProductDocument{
		Ref: ref, Title: m.material + " " + name, Vendor: m.brand, ProductType: name, Tags: []string{m.material},
		Body:        fmt.Sprintf("Goes well with a %s %s of %s.", other.colour, kinds()[other.kind].name, other.material),
		PublishedAt: since(), CreatedAt: since(),
		Variants: []commerce.DocumentVariant{{
			SKU: fmt.Sprintf("G-%d", ref.ID), PriceMinor: 100, Available: true,
			Options: []commerce.SelectedOption{{Name: "Colour", Value: m.colour}},
		}},
	}
}

// query asks for a product by its type in some spelling and, in turn, its colour, material, brand or none of them.
func (m made) query(random *rand.Rand, turn int, all []made) Query {
	text := pick(random, kinds()[m.kind].spellings)
	want := made{kind: m.kind}
	switch turn % 4 {
	case 0:
		want.colour = m.colour
	case 1:
		want.material = m.material
	case 2:
		want.brand = m.brand
	}
	text = strings.ToLower(strings.TrimSpace(want.colour+want.material+want.brand)) + " " + text
	q := Query{Store: generatedStore, Text: strings.TrimSpace(text), Grades: map[commerce.ProductID]int{}}
	for i, p := range all {
		if p.kind == want.kind {
			q.Grades[commerce.ProductID(i+1)] = p.grade(want)
		}
	}
	return q
}

func (m made) grade(want made) int {
	if (want.colour == "" || want.colour == m.colour) && (want.material == "" || want.material == m.material) &&
		(want.brand == "" || want.brand == m.brand) {
		return best
	}
	return 1
}

func makeBrands(random *rand.Rand, n int) []string {
	syllables := []string{"ka", "ri", "no", "vel", "tor", "mi", "su", "dan", "pe", "lo", "zan", "gir", "ta", "fen", "bo", "hal"}
	brands := make([]string, n)
	for i := range brands {
		brands[i] = strings.ToUpper(pick(random, []string{"b", "d", "k", "m", "r", "s", "t", "v"})) + pick(random, []string{"a", "e", "i", "o"}) +
			pick(random, syllables) + pick(random, syllables) + pick(random, syllables)
	}
	return brands
}

func pick[T any](random *rand.Rand, from []T) T { return from[random.IntN(len(from))] }
