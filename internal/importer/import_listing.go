package importer

import (
	"bufio"
	"bytes"
	"cmp"
	"context"
	"fmt"
	"io"
	"slices"

	"github.com/kirana-commerce/kirana/commerce"
)

// openList opens a price list.
func (im *importing) openList(r *bufio.Reader) (source, error) {
	l, err := im.layout(r)
	if err != nil {
		return nil, err
	}
	return NewListReader(im.report.File, r, im.store.Currency, l), nil
}

// layout says how a price list is to be read: as it was confirmed, else by a guess from its beginning.
func (im *importing) layout(r *bufio.Reader) (Layout, error) {
	if im.options.Layout != "" {
		return ParseLayout(im.options.Layout)
	}
	start, err := peek(r)
	if err != nil {
		return Layout{}, fmt.Errorf("reading %s: %w", im.report.File, err)
	}
	text, err := sampleOf(NewText(bytes.NewReader(start)))
	if err != nil {
		return Layout{}, fmt.Errorf("reading %s: %w", im.report.File, err)
	}
	g, l, err := GuessLayout(text, im.store.Currency)
	if err != nil {
		return Layout{}, fmt.Errorf("%s: %w", im.report.File, err)
	}
	im.report.Guess = &g
	if !im.options.DryRun {
		return Layout{}, ErrUnconfirmed
	}
	return l, nil
}

// openChat reads a chat text. It is confirmed as a whole: every line of it is a guess.
func (im *importing) openChat(r io.Reader) (source, error) {
	raw := &counter{r: r}
	text, err := io.ReadAll(io.LimitReader(NewText(raw), MaxChatBytes+1))
	switch {
	case err != nil:
		return nil, fmt.Errorf("reading %s: %w", im.report.File, err)
	case len(text) > MaxChatBytes:
		return nil, fmt.Errorf("%s: a chat text is at most %d MiB", im.report.File, MaxChatBytes>>20)
	}
	chat := ParseChat(im.report.File, string(text), im.store.Currency)
	if len(chat.Lines)+len(chat.Rejections) == 0 {
		return nil, fmt.Errorf("%s: the text is empty", im.report.File)
	}
	if most := im.options.MaxLines; most > 0 && len(chat.Lines) > most {
		return nil, fmt.Errorf("%s: the chat text has %d products, more than can be looked through: write at most %d at a time, or a price list",
			im.report.File, len(chat.Lines), most)
	}
	im.report.Guess = &Guess{Format: FormatChat, Layout: chat.Layout(), Lines: chat.Lines}
	switch layout := im.options.Layout; {
	case layout == "" && !im.options.DryRun:
		return nil, ErrUnconfirmed
	case layout != "" && layout != chat.Layout():
		return nil, fmt.Errorf("%s: the layout %.40q confirms another text, or the same one understood in another way: "+
			"look at it again with a dry run", im.report.File, layout)
	}
	return &chatSource{chat: chat, size: raw.n}, nil
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
func (im *importing) putListings(ctx context.Context, w Writer, b *batch) error {
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
