package importer

import (
	"cmp"
	"math"
	"net/url"
	"slices"
	"strconv"
	"strings"

	"github.com/kirana-commerce/kirana/commerce"
)

// picture is a picture and the place the file wants it in.
type picture struct {
	url, alt string
	position int
}

// unplaced is the position of pictures without one: after all others, in the file's order.
const unplaced = math.MaxInt

// addPicture takes the picture of the current row.
func (d *draft) addPicture() {
	address := d.pictureURL(colImage)
	alt := d.text(colImageAlt, commerce.Characters(maxLine))
	position := d.position()
	if address == "" {
		return
	}
	i := slices.IndexFunc(d.pictures, func(p picture) bool { return p.url == address })
	switch {
	case i >= 0:
		d.pictures[i].position = min(d.pictures[i].position, position)
		d.pictures[i].alt = cmp.Or(d.pictures[i].alt, alt)
	case len(d.pictures) == commerce.MaxMedia:
		d.reject(colImage, "more than %d pictures", commerce.MaxMedia)
	default:
		d.pictures = append(d.pictures, picture{address, alt, position})
	}
}

func (d *draft) position() int {
	text := d.r.cell(colImagePosition)
	if text == "" {
		return unplaced
	}
	n, err := strconv.Atoi(text)
	if err != nil || n < 1 {
		d.reject(colImagePosition, "%.40q is not a position: write 1 for the first picture", text)
	}
	return n
}

// media orders the pictures and adds those that only a variant names.
func (d *draft) media() []commerce.MediaInput {
	slices.SortStableFunc(d.pictures, func(a, b picture) int { return cmp.Compare(a.position, b.position) })
	var media []commerce.MediaInput
	for _, p := range d.pictures {
		media = append(media, commerce.MediaInput{URL: p.url, Alt: p.alt})
	}
	for _, v := range d.in.Variants {
		known := v.ImageURL == "" || slices.ContainsFunc(media, func(m commerce.MediaInput) bool { return m.URL == v.ImageURL })
		if !known && len(media) <= commerce.MaxMedia {
			media = append(media, commerce.MediaInput{URL: v.ImageURL})
		}
	}
	return media
}

// pictureURL reads where a picture is: on the web or, as an absolute path, on the server itself.
func (d *draft) pictureURL(c column) string {
	text := d.text(c, commerce.Bytes(commerce.MaxURL))
	if text != "" && !usablePicture(text) {
		d.reject(c, "%.80q is no address of a picture: write https://… or a path such as /pictures/rice.svg", text)
		return ""
	}
	return text
}

func usablePicture(text string) bool {
	u, err := url.Parse(text)
	if err != nil {
		return false
	}
	if u.Scheme == "" && u.Host == "" {
		// Browsers read a backslash as a slash, and two slashes as another server.
		return strings.HasPrefix(text, "/") && !strings.HasPrefix(text, "//") && !strings.HasPrefix(text, `/\`)
	}
	return (u.Scheme == "https" || u.Scheme == "http") && u.Host != ""
}
