package zoo

import (
	"fmt"
	"math"
	"strconv"
	"strings"
	"sync"
	"time"
)

// Keepers is how many keepers there are, numbered from 1.
const Keepers = 9

// World is the zoo's data. Only its count of steps and the names of keepers change, by mutations.
type World struct {
	mu    sync.Mutex
	total int
	names map[int]string
}

// NewWorld is a zoo in which nothing has happened yet.
func NewWorld() *World { return &World{names: map[int]string{}} }

// Step counts, and tells the new count.
func (w *World) Step(add int) int {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.total += add
	return w.total
}

// Reset begins to count anew, and tells the old count.
func (w *World) Reset() int {
	w.mu.Lock()
	defer w.mu.Unlock()
	was := w.total
	w.total = 0
	clear(w.names)
	return was
}

// Rename gives a keeper a name.
func (w *World) Rename(number int, name string) *Keeper {
	w.mu.Lock()
	if 0 < number && number <= Keepers {
		w.names[number] = name
	}
	w.mu.Unlock()
	return w.Keeper(number)
}

// Keeper is nil where there is none.
func (w *World) Keeper(number int) *Keeper {
	if number < 1 || number > Keepers {
		return nil
	}
	k := &Keeper{ID: fmt.Sprintf("keeper:%d", number), Number: number, Name: fmt.Sprintf("Keeper %d", number), Title: "guard"}
	w.mu.Lock()
	if name, ok := w.names[number]; ok {
		k.Name = name
	}
	w.mu.Unlock()
	k.Home = place(number, 2)
	if number%2 == 0 {
		k.Nickname, k.Email = new("nick & co"), new(fmt.Sprintf("k%d@example.com", number))
	}
	if number%3 == 0 {
		k.Salary, k.Boring = new(1000*number), new("bored")
	}
	return k
}

// KeeperList is the keepers with these numbers, nil where there is none.
func (w *World) KeeperList(numbers ...int) []*Keeper {
	list := make([]*Keeper, len(numbers))
	for i, number := range numbers {
		list[i] = w.Keeper(number)
	}
	return list
}

func place(number, depth int) Place {
	p := Place{Street: fmt.Sprintf("Street %d", number), Yard: Yard{Cellar: Cellar{Deep: -number}, Promoted: "<yard>"}}
	if number%2 == 0 {
		p.Floor, p.Annex = &number, &Annex{Lost: "found"}
	}
	if depth > 0 {
		nested := place(number+1, depth-1)
		p.Nested = &nested
	}
	return p
}

// Dog is a dog with this number.
func (w *World) Dog(number int) *Dog {
	d := &Dog{Being: being("dog", number, 4), Bark: "woof\n"}
	d.Diet = DietMeat
	return d
}

// Cat is a cat with this number.
func (w *World) Cat(number int) Cat {
	c := Cat{Being: being("cat", number, 4), Lives: 9 - number}
	c.Diet = DietAll
	if number%2 == 0 {
		c.Mood = new(MoodWild)
	}
	return c
}

// Fish is a fish with this number.
func (w *World) Fish(number int) *Fish {
	b := being("fish", number, 0)
	b.Diet = DietGrass
	f := &Fish{Being: &b}
	if number%2 == 1 {
		f.Depth = new(float64(number) * 1.5)
	}
	return f
}

func being(kind string, number, legs int) Being {
	b := Being{ID: fmt.Sprintf("%s:%d", kind, number), Number: number, Name: fmt.Sprintf("%s %d", kind, number), Legs: legs}
	if number%2 == 1 {
		b.Nickname = new("nick\u2028" + kind)
	}
	return b
}

// Animals lists n animals of all kinds, pointers and values, from a number on.
func (w *World) Animals(from, n int) []Animal {
	list := make([]Animal, min(max(n, 0), 12))
	for i := range list {
		number := (from+i)%5 + 1
		switch (from + i) % 4 {
		case 0:
			list[i] = w.Dog(number)
		case 1:
			list[i] = w.Cat(number)
		case 2:
			list[i] = w.Fish(number)
		default:
			list[i] = new(w.Cat(number))
		}
	}
	return list
}

// Creatures lists n creatures of all kinds, pointers and values, from a number on.
func (w *World) Creatures(from, n int) []Creature {
	list := make([]Creature, min(max(n, 0), 12))
	for i := range list {
		number := (from+i)%5 + 1
		switch (from + i) % 3 {
		case 0:
			list[i] = &Visitor{Number: number}
		case 1:
			list[i] = w.Cat(number)
		default:
			list[i] = w.Dog(number)
		}
	}
	return list
}

// Find is what has an id. An id of the number 0 finds a nil pointer of that kind, any other unknown one nothing at all.
func (w *World) Find(id string) any {
	kind, digits, _ := strings.Cut(id, ":")
	number, err := strconv.Atoi(digits)
	if err != nil || number < 0 || number > Keepers {
		return nil
	}
	switch kind {
	case "dog":
		return pointer(number, w.Dog)
	case "cat":
		if number%2 == 1 {
			return w.Cat(number)
		}
		return pointer(number, func(n int) *Cat { return new(w.Cat(n)) })
	case "fish":
		return pointer(number, w.Fish)
	case "keeper":
		return pointer(number, w.Keeper)
	case "visitor":
		return pointer(number, func(n int) *Visitor { return &Visitor{Number: n} })
	}
	return nil
}

func pointer[T any](number int, get func(int) *T) *T {
	if number == 0 {
		return nil
	}
	return get(number)
}

// Cages is rows of cages.
func (w *World) Cages(rows, cols int) [][]*Cage {
	grid := make([][]*Cage, rows)
	for r := range grid {
		grid[r] = make([]*Cage, cols)
		for c := range grid[r] {
			grid[r][c] = &Cage{Row: r, Col: c}
			if (r+c)%2 == 1 {
				grid[r][c].Size, grid[r][c].Sizes = new(SizeLarge), []Size{SizeSmall, SizeLarge}
			}
		}
	}
	return grid
}

// Bare is a specimen of which everything that can be missing is.
func (w *World) Bare() *Specimen {
	return &Specimen{
		ID: "specimen:0", Diet: DietAll, Mood: MoodCalm, Size: SizeSmall, Point: Point{1, 2}, Time: time.Unix(0, 0).UTC(),
		StrictBadPoint: Point{0, 1}, StrictZeroTime: time.Unix(1, 0).UTC(),
	}
}

// Specimen is a specimen of which nothing is missing and much is wrong.
func (w *World) Specimen() *Specimen {
	at := time.Date(2026, 11, 22, 9, 30, 0, 123456789, time.FixedZone("", 19800))
	s := &Specimen{
		ID: "specimen:1", Number: -7, Text: "a\"b\\c\n\t\u0001\u007f<>&\u2028é😀" + string([]byte{0xff}), Optional: new(""),
		Int: math.MinInt32, Int32: new(int32(math.MaxInt32)), Int64: math.MaxInt64, Flag: true, OptionalFlag: new(false),
		Float: 1e21, OptionalFloat: new(-0.000001), Nan: new(math.NaN()), StrictNaN: math.Inf(1),
		Handle: "a-handle", OptionalHandle: new(Handle("b")), Tag: "t", OptionalTag: new("<t>"),
		Color: 0xabc, OptionalColor: new(Color(1)), Weight: 2.5, OptionalWeight: new(Weight(0)), BadWeight: new(Weight(-1)), StrictBadWeight: -2,
		Point: Point{1, 2}, OptionalPoint: new(Point{-1, 3}), BadPoint: new(Point{4, 4}), StrictBadPoint: Point{5, 5},
		Time: at, NoTime: nil, ZeroTime: time.Time{}, Any: []any{1, "two", nil, map[string]any{"three": 3.5}}, Map: map[string]any{"b": 1, "a": []string{"x"}},
		Fuse: new("boom"), StrictFuse: "boom",
		Diet: DietMeat, OptionalDiet: new(DietGrass), BadDiet: new(Diet("STONES")), Mood: MoodWild, OptionalMood: new(Mood(9)), Size: SizeLarge, OptionalSize: new(SizeSmall),
	}
	lists(s, at)
	return s
}

func lists(s *Specimen, at time.Time) {
	s.Texts, s.OptionalTexts, s.PointedTexts = []string{"a", ""}, []string{}, &[]string{"p"}
	s.HoledTexts, s.StrictHoledTexts = []*string{new("a"), nil, new("c")}, []*string{nil, new("b"), nil}
	s.Ints, s.Matrix, s.HoledMatrix = []int{3, -1, 2}, [][]int{{1, 2}, nil, {}}, [][]*int{{new(1), nil}, nil, {}}
	s.Diets, s.HoledDiets, s.StrictHoledDiets = []Diet{DietAll, DietMeat}, []*Diet{nil, new(DietAll)}, []*Diet{new(DietAll), nil, nil}
	s.Moods, s.Sizes = []Mood{MoodCalm, MoodWild}, []Size{SizeLarge}
	s.Weights, s.Floats = []Weight{1, -1, -2}, []*float64{new(0.5), nil, new(math.Inf(-1)), new(math.NaN()), new(3.0)}
	s.Times, s.Colors = []time.Time{at, at.UTC()}, []*Color{new(Color(0xfff)), nil}
	s.Places, s.PlacePointers, s.StrictHoledPlaces = []Place{place(1, 1), place(2, 0)}, []*Place{nil, new(place(2, 0))}, []*Place{new(place(1, 0)), nil}
	s.PlaceValue, s.PlaceMatrix = place(3, 1), [][]*Place{{new(place(1, 0)), new(place(2, 0))}, nil, {}}
	s.Parent = &Specimen{ID: "specimen:2", Diet: DietAll, Mood: MoodCalm, Size: SizeSmall, Time: at, Fuse: new("fine"), StrictFuse: "fine", StrictZeroTime: at, StrictBadPoint: Point{1, 0}}
}
