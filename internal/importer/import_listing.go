package importer

import (
	"bytes"
	"cmp"
	"context"
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"

	"github.com/kirana-commerce/kirana/commerce"
)

// ErrUnconfirmed says that nothing was written, since how the file is to be read was guessed and nobody has confirmed it. The
// report holds the guess.
var ErrUnconfirmed = errors.New("how the file is to be read was guessed: look at it and confirm it by its layout")

// ImportListings reads a price list or a chat text as Import does a product export. Its lines create products, or change of
// those that exist only what they say.
//
// layout is the text by which a guess is confirmed: a Layout of a price list, or what a dry run of the very same chat text
// said. Without one the way to read the file is guessed, and a dry run reports what would happen; any other import writes
// nothing and returns ErrUnconfirmed. Either way the guess is in the report.
func ImportListings(ctx context.Context, w commerce.ListingWriter, store *commerce.Store, name string, r io.Reader, size int64, f Format, layout string, o Options) (Report, error) {
	im := newImporting(store, name, size, o)
	im.put = func(ctx context.Context, b *batch) error { return im.putListings(ctx, w, b) }
	if f == FormatChat {
		return im.chat(ctx, r, layout)
	}
	return im.list(ctx, r, layout)
}

// list imports a price list.
func (im *importing) list(ctx context.Context, r io.Reader, text string) (Report, error) {
	var l Layout
	var err error
	if text != "" {
		l, err = ParseLayout(text)
	} else {
		r, l, err = im.guess(r)
	}
	if err != nil {
		return im.report, err
	}
	return im.finish(ctx, r, func(r io.Reader) source { return NewListReader(im.report.File, r, im.store.Currency, l) })
}

// guess looks at the beginning of a price list, and returns the whole of it again.
func (im *importing) guess(r io.Reader) (io.Reader, Layout, error) {
	start, err := sampleOf(r)
	if err != nil {
		return nil, Layout{}, fmt.Errorf("reading %s: %w", im.report.File, err)
	}
	text, err := sampleOf(NewText(bytes.NewReader(start)))
	if err != nil {
		return nil, Layout{}, fmt.Errorf("reading %s: %w", im.report.File, err)
	}
	g, l, err := GuessLayout(text, im.store.Currency)
	if err != nil {
		return nil, Layout{}, fmt.Errorf("%s: %w", im.report.File, err)
	}
	im.report.Guess = &g
	if !im.options.DryRun {
		return nil, Layout{}, ErrUnconfirmed
	}
	return io.MultiReader(bytes.NewReader(start), r), l, nil
}

// chat imports a chat text. It is confirmed as a whole: every line of it is a guess.
func (im *importing) chat(ctx context.Context, r io.Reader, layout string) (Report, error) {
	raw := &counter{r: r}
	text, err := io.ReadAll(io.LimitReader(NewText(raw), MaxChatBytes+1))
	switch {
	case err != nil:
		return im.report, fmt.Errorf("reading %s: %w", im.report.File, err)
	case len(text) > MaxChatBytes:
		return im.report, fmt.Errorf("%s: a chat text is at most %d MiB", im.report.File, MaxChatBytes>>20)
	}
	chat := ParseChat(im.report.File, string(text), im.store.Currency)
	if len(chat.Lines)+len(chat.Rejections) == 0 {
		return im.report, fmt.Errorf("%s: the text is empty", im.report.File)
	}
	if im.maxLines > 0 && len(chat.Lines) > im.maxLines {
		return im.report, fmt.Errorf("%s: the chat text has %d products, more than can be looked through: write at most %d at a time, or a price list",
			im.report.File, len(chat.Lines), im.maxLines)
	}
	im.report.Guess = &Guess{Format: FormatChat, Layout: chat.Layout(), Lines: chat.Lines}
	switch {
	case layout == "" && !im.options.DryRun:
		return im.report, ErrUnconfirmed
	case layout != "" && layout != chat.Layout():
		return im.report, fmt.Errorf("%s: the layout %.40q confirms another text, or the same one understood in another way: "+
			"look at it again with a dry run", im.report.File, layout)
	}
	return im.finish(ctx, strings.NewReader(""), func(io.Reader) source { return &chatSource{chat: chat, size: raw.n} })
}

// chatSource hands out the lines of a chat text in their order, refused ones among them.
type chatSource struct {
	chat *Chat
	size int64
	line int
	told int
}

// Offset says that the text is read.
func (c *chatSource) Offset() int64 { return c.size }

// Notes tells what of the text is not used.
func (c *chatSource) Notes() []string { return c.chat.Notes }

func (c *chatSource) read(b *batch) error {
	if c.told < len(c.chat.Rejections) {
		c.told++
		return &RejectedError{Rejections: c.chat.Rejections[c.told-1 : c.told]}
	}
	if c.line == len(c.chat.Lines) {
		return io.EOF
	}
	b.add(c.chat.Lines[c.line].listing, c.chat.Lines[c.line].Line)
	c.line++
	return nil
}

func (l *ListReader) read(b *batch) error {
	listing, line, err := l.Next()
	if err == nil {
		b.add(listing, line)
	}
	return err
}

func (b *batch) add(l commerce.Listing, line int) {
	b.listings, b.lines = append(b.listings, l), append(b.lines, line)
	b.variants++
}

// putListings writes listings, and adds those that the writer refuses to the batch's rejections.
func (im *importing) putListings(ctx context.Context, w commerce.ListingWriter, b *batch) error {
	put := w.UpsertListings
	if im.options.DryRun {
		put = w.CompareListings
	}
	outcomes, err := put(ctx, im.store, b.listings)
	first, last := b.listings[0], b.listings[len(b.listings)-1]
	if err = im.putFault(err, len(b.listings), len(outcomes), cmp.Or(first.Name, first.SKU), cmp.Or(last.Name, last.SKU)); err != nil {
		return err
	}
	for i, outcome := range outcomes {
		if outcome.Refusal == "" {
			im.count(outcome.Outcome)
			im.report.Variants++
			continue
		}
		b.rejected++
		b.rejections = appendRejections(b.rejections, []Rejection{{
			File: im.report.File, Line: b.lines[i], Handle: commerce.Truncate(commerce.Slug(b.listings[i].Name), maxHeading), Reason: outcome.Refusal,
		}})
	}
	slices.SortStableFunc(b.rejections, func(a, b Rejection) int { return cmp.Compare(a.Line, b.Line) })
	return nil
}
