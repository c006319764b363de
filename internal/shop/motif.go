package shop

import (
	"fmt"
	"strings"
)

// palette is the colours of one picture: neighbours on the colour circle, pale enough for dark ink.
type palette struct{ light, mid, shape, accent, ink string }

func newPalette(seed uint64) palette {
	hue := int(seed % 360)
	next := (hue + 28) % 360
	hsl := func(h, s, l int) string { return fmt.Sprintf("hsl(%d, %d%%, %d%%)", h, s, l) }
	return palette{
		light: hsl(hue, 52, 93), mid: hsl(next, 42, 82),
		shape: hsl(hue, 40, 74), accent: hsl(next, 46, 66), ink: hsl(hue, 45, 19),
	}
}

// motif draws the shapes behind the label: one of six kinds, moved and sized by the seed.
func motif(b *strings.Builder, seed uint64, p palette) {
	a, c := int(seed>>8%120), int(seed>>20%120)
	switch seed % 6 {
	case 0:
		rings(b, a, c, p)
	case 1:
		hills(b, a, c, p)
	case 2:
		petals(b, a, p)
	case 3:
		dots(b, a, p)
	case 4:
		arches(b, a, p)
	default:
		leaves(b, a, c, p)
	}
}

func rings(b *strings.Builder, a, c int, p palette) {
	for i := range 4 {
		fmt.Fprintf(b, `<circle cx="%d" cy="%d" r="%d" fill="none" stroke="%s" stroke-width="26" stroke-opacity=".5"/>`, 560+a, 170+c, 90+i*95, p.shape)
	}
	fmt.Fprintf(b, `<circle cx="%d" cy="%d" r="120" fill="%s" fill-opacity=".55"/>`, 130+a/2, 660-c/2, p.accent)
}

func hills(b *strings.Builder, a, c int, p palette) {
	fmt.Fprintf(b, `<circle cx="%d" cy="%d" r="92" fill="%s" fill-opacity=".7"/>`, 180+3*a, 170+c/2, p.accent)
	for i := range 3 {
		y := 470 + i*95
		fmt.Fprintf(b, `<path d="M0 %d C %d %d, %d %d, 800 %d V800 H0Z" fill="%s" fill-opacity=".4"/>`, y, 200+a, y-150+c, 520-a, y+130, y-40, p.shape)
	}
}

func petals(b *strings.Builder, a int, p palette) {
	for i := range 8 {
		fmt.Fprintf(b, `<ellipse cx="400" cy="170" rx="82" ry="200" fill="%s" fill-opacity=".34" transform="rotate(%d 400 400)"/>`, p.shape, i*45+a/3)
	}
	fmt.Fprintf(b, `<circle cx="400" cy="400" r="130" fill="%s" fill-opacity=".5"/>`, p.accent)
}

func dots(b *strings.Builder, a int, p palette) {
	for y := range 7 {
		for x := range 7 {
			r := 12 + (x*17+y*29+a)%26
			colour := p.shape
			if (x+y)%2 == 0 {
				colour = p.accent
			}
			fmt.Fprintf(b, `<circle cx="%d" cy="%d" r="%d" fill="%s" fill-opacity=".5"/>`, 58+x*114, 58+y*114, r, colour)
		}
	}
}

func arches(b *strings.Builder, a int, p palette) {
	for i := range 3 {
		colour := p.shape
		if i == 1 {
			colour = p.accent
		}
		x, top := 40+i*250, 130+(i*53+a)%90
		fmt.Fprintf(b, `<path d="M%d 800 V%d a110 110 0 0 1 220 0 V800Z" fill="%s" fill-opacity=".5"/>`, x, top+110, colour)
	}
}

func leaves(b *strings.Builder, a, c int, p palette) {
	fmt.Fprintf(b, `<path d="M%d 800 C %d 560, %d 300, %d 40" fill="none" stroke="%s" stroke-width="9" stroke-opacity=".7"/>`, 330+a, 360, 480, 420+c, p.accent)
	for i := range 7 {
		y, turn := 690-i*92, 38+a/6
		if i%2 == 0 {
			turn = -turn
		}
		fmt.Fprintf(b, `<ellipse cx="%d" cy="%d" rx="120" ry="44" fill="%s" fill-opacity=".55" transform="rotate(%d %d %d)"/>`, 400+3*turn, y, p.shape, turn, 400+3*turn, y)
	}
}
